"""What can go wrong with a request, as exceptions: problem details (RFC 9457) and no answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import msgspec


class VoicegwError(Exception):
    """Whatever this client raises by itself."""


class NoAnswerError(VoicegwError):
    """The gateway could not be reached, the connection broke, or something else has answered.

    What was asked for may have been done, unless the request was one that may be repeated: then it
    was, as often as the client may.
    """


class StreamEndedError(VoicegwError):
    """The gateway has ended a stream of events for good; `reason` is its own word for it."""

    def __init__(self, reason: str, last_id: str | None) -> None:
        """`last_id` is the id of the last event that came; None: none has."""
        super().__init__(f"the stream of events was ended: {reason}")
        self.reason = reason
        self.last_id = last_id


class WaitedTooLongError(VoicegwError, TimeoutError):
    """What was waited for has not come in the time given."""


class InvalidSignatureError(VoicegwError):
    """A webhook's request is not signed with the secret, or too old."""


class FieldProblem(msgspec.Struct, frozen=True):
    """One field of a request that is not acceptable. `field` is a dotted path, as in `phones.0`.

    `message` is an English sentence; `kind` is stable, with its values in `params`, such as
    `too-long` and `max`: the gateway's `/docs#faults` has them all.
    """

    field: str
    message: str
    kind: str = "other"
    params: dict[str, str | int | float] = {}


class ProblemError(VoicegwError):
    """The gateway has refused a request, or failed: a problem of RFC 9457.

    `code` is stable; `/docs` of the gateway explains each. Codes and fields that this client does
    not know come through as they are.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str = "",
        errors: tuple[FieldProblem, ...] = (),
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        """`retry_after_s`: how long to wait before another try; None: waiting may not help."""
        fields = "".join(f"; {one.field}: {one.message}" for one in errors)
        super().__init__(f"{status} {code}: {detail}{fields}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class UnauthenticatedError(ProblemError):
    """401: no valid key."""


class ForbiddenError(ProblemError):
    """403: the key may not do this, or a rule forbids the call (`do-not-call`, …)."""


class NotFoundError(ProblemError):
    """404: no such thing, or none that the key may see."""


class ConflictError(ProblemError):
    """409: it contradicts the present state (`manager-busy`, `recording-not-ready`, …)."""


class GoneError(ProblemError):
    """410: it was there and is no more (`event-gone`, `recording-deleted`)."""


class PreconditionFailedError(ProblemError):
    """412: somebody has changed it since it was read."""


class InvalidError(ProblemError):
    """400 or 422: `errors` names each field that is not acceptable."""


class TooManyRequestsError(ProblemError):
    """429: not now (`rate-limited`, `customer-rate`, `quiet-hours`); see `retry_after_s`."""


class UnavailableError(ProblemError):
    """503: a part of the gateway can't do its work; nothing was done. See `retry_after_s`.

    Of `node-away` (the node of a call) `detail` says whether something may have been done.
    """


_BY_STATUS: Final[Mapping[int, type[ProblemError]]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    412: PreconditionFailedError,
    422: InvalidError,
    429: TooManyRequestsError,
    503: UnavailableError,
}


class _Document(msgspec.Struct):
    """The body of a problem, as far as this client reads it."""

    code: str = ""
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()
    request_id: str = ""


def problem_of(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime | None = None
) -> ProblemError:
    """Return the exception for an answer that is no success.

    What is no problem document, as that of a proxy, has the code `http-502` of its status.
    `headers` are looked up in lower case. `now` is for a Retry-After that is a date.
    """
    try:
        document = msgspec.json.decode(body, type=_Document)
    except msgspec.DecodeError:
        document = _Document()
    kind = _BY_STATUS.get(status, ProblemError)
    return kind(
        status=status,
        code=document.code or f"http-{status}",
        detail=document.detail or _phrase(status),
        errors=document.errors,
        request_id=document.request_id or headers.get("x-request-id", ""),
        retry_after_s=_retry_after_s(headers.get("retry-after", ""), now),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _retry_after_s(text: str, now: datetime | None) -> float | None:
    """Return the seconds of a Retry-After: a number, or a date (RFC 9110 §10.2.3)."""
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
