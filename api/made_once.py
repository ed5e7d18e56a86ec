"""Routes that make something make it once for each Idempotency-Key.

:func:`made_once` stands below the route's own decorator; the header, its document and what a
repetition answers are the same for all, and the route itself knows nothing of it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
from fastapi import Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.dependencies import Caller
from api.idempotency import fingerprint
from api.services import ApiServices
from voicegw.store.idempotency import StoredResponse

Route = Callable[..., Awaitable[Response]]

#: Written anew with each answer.
_OF_THE_BODY: Final = frozenset({"content-length", "content-type"})
ABOUT_KEY: Final = "Any text of yours; the same text never makes a second one"
"""What the header is, for routes that read their body themselves."""
_ABOUT_SHOWN_ONCE: Final = (
    f"{ABOUT_KEY}. What was shown once is not shown again: a repetition answers 409 `secret-shown`"
    " with the `Location` of what was made"
)


class _NotMadeError(Exception):
    """The route has answered and made nothing: the key is free again."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def made_once(*, shown_once: str | None = None) -> Callable[[Route], Route]:
    """Have a route take an Idempotency-Key.

    Its parameters are `request`, `services`, `caller` and mostly `body`.

    Only 201 and 202 are kept: an answer of 200, as that of a dry run, makes nothing. `shown_once`
    is the field of the answer that is shown this once: an answer that has it is not kept, only
    where what it made is found.
    """

    def decorated(route: Route) -> Route:
        @functools.wraps(route)
        async def wrapper(*, idempotency_key: str | None = None, **given: Any) -> Response:
            request: Request = given["request"]
            services: ApiServices = given["services"]
            caller: Caller = given["caller"]

            async def work() -> StoredResponse:
                answer = await route(**given)
                if answer.status_code not in {201, 202}:
                    raise _NotMadeError(answer)
                return stored(answer)

            try:
                return await services.idempotency.run(
                    caller.principal.id,
                    idempotency_key,
                    _hash(request, given.get("body")),
                    work,
                    without_body=lambda answer: _shows(answer, shown_once),
                )
            except _NotMadeError as done:
                return done.answer

        own = inspect.signature(route)
        about = ABOUT_KEY if shown_once is None else _ABOUT_SHOWN_ONCE
        header = inspect.Parameter(
            "idempotency_key",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, Header(description=about)],
        )
        vars(wrapper)["__signature__"] = own.replace(parameters=[*own.parameters.values(), header])
        return wrapper

    return decorated


def _hash(request: Request, body: BaseModel | None) -> str:
    sent = b"" if body is None else body.model_dump_json().encode()
    return fingerprint(f"{request.method} {request.url.path}?{request.url.query}", sent)


def stored(answer: Response) -> StoredResponse:
    """Return an answer as it is kept for repetitions."""
    headers = {one: value for one, value in answer.headers.items() if one not in _OF_THE_BODY}
    return StoredResponse(answer.status_code, bytes(answer.body), headers)


def _shows(answer: StoredResponse, field: str | None) -> bool:
    """Whether an answer has a secret: a user who logs in elsewhere only is made without one."""
    return field is not None and msgspec.json.decode(answer.body).get(field) is not None
