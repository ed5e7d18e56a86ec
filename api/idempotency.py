"""A request with an Idempotency-Key does its work once, however often it is sent.

What it answered is kept and replayed to the same body; another body is refused; while the first
request is being worked on, the others are told so. A refusal or a fault releases the key, because
nothing was done.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from starlette.responses import Response

from api.problems import ApiProblem
from voicegw.errors import InvalidError, StoreUnavailableError
from voicegw.store.idempotency import (
    Begun,
    IdempotencyRepository,
    InFlight,
    Mismatch,
    Replay,
    StoredResponse,
)

logger = logging.getLogger(__name__)

MAX_KEY_CHARACTERS: Final = 255
_REPLAYED: Final = {"Idempotent-Replayed": "true"}
_PLACE: Final = "location"


def fingerprint(route: str, body: bytes) -> str:
    """Return what tells one request from another: a hash of its route and its canonical body."""
    return hashlib.sha256(route.encode() + b"\0" + body).hexdigest()


class Idempotency:
    """Runs work at most once per principal and key."""

    def __init__(self, keys: IdempotencyRepository, now: Callable[[], datetime]) -> None:
        """`now` is the time of day in UTC."""
        self._keys = keys
        self._now = now

    async def run(
        self,
        principal: str,
        key: str | None,
        request_hash: str,
        work: Callable[[], Awaitable[StoredResponse]],
        *,
        without_body: Callable[[StoredResponse], bool] = lambda _answer: False,
    ) -> Response:
        """Return what `work` answers, or what it answered before.

        Of an answer `without_body` only the head is kept, so that its secret is nowhere: a
        repetition is told where to find what was made, as ApiProblem `secret-shown`. Without a key
        `work` simply runs. Raises ApiProblem `idempotency-mismatch` and `idempotency-in-flight`,
        InvalidError for an unusable key, StoreUnavailableError when the key can't be claimed
        (nothing was done then), and whatever `work` raises. When `work` is cancelled it may or may
        not have acted, so that the key stays claimed.
        """
        if key is None:
            return _response(await work())
        if not 1 <= len(key) <= MAX_KEY_CHARACTERS or not key.isprintable():
            raise InvalidError(
                "Idempotency-Key",
                "must have 1 to 255 printable characters",
                kind="length",
                min=1,
                max=MAX_KEY_CHARACTERS,
            )
        claim = await self._keys.begin(principal, key, request_hash, self._now())
        if not isinstance(claim, Begun):
            return _repeated(claim)
        try:
            answer = await work()
        except Exception:
            await self._release(principal, key)
            raise
        kept = StoredResponse(answer.status, b"", answer.headers)
        await self._complete(principal, key, kept if without_body(answer) else answer)
        return _response(answer)

    async def _complete(self, principal: str, key: str, answer: StoredResponse) -> None:
        try:
            await self._keys.complete(principal, key, answer)
        except StoreUnavailableError:
            # The work is done and its answer right; the key stays claimed, so nothing is repeated.
            logger.warning("answer to an idempotent request not kept", extra={"key_id": principal})

    async def _release(self, principal: str, key: str) -> None:
        try:
            await self._keys.release(principal, key)
        except StoreUnavailableError:
            # The reason of the refusal matters more to the client than the key, which expires.
            logger.warning("idempotency key not released", extra={"key_id": principal})


def _repeated(claim: Replay | Mismatch | InFlight) -> Response:
    """Return what a request is answered that is not the first with its key, or raise ApiProblem."""
    match claim:
        case Replay(response) if response.body:
            return _response(response, _REPLAYED)
        case Replay(response):
            place = {name: response.headers[name] for name in response.headers if name == _PLACE}
            raise ApiProblem(
                "secret-shown",
                "It was made by the first request; its secret was shown that once.",
                headers=place,
            )
        case Mismatch():
            raise ApiProblem(
                "idempotency-mismatch", "The Idempotency-Key was used for another request."
            )
        case InFlight():
            raise ApiProblem(
                "idempotency-in-flight",
                "The request with this Idempotency-Key is being worked on.",
                headers={"Retry-After": "1"},
            )


def _response(answer: StoredResponse, extra: dict[str, str] | None = None) -> Response:
    return Response(
        answer.body,
        status_code=answer.status,
        headers={**answer.headers, **(extra or {})},
        media_type="application/json",
    )
