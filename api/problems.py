"""Problem details (RFC 9457): the one shape of every error this API answers with.

`code` is stable; `CODES` lists each with its status and meaning and is what the reference page
and the OpenAPI document show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

from voicegw.field_faults import FieldFault

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """A stable code, the status it comes with, and what it means to the caller."""

    status: int
    meaning: str


CODES: Final[Mapping[str, ProblemCode]] = {
    "bad-request": ProblemCode(400, "The request can't be read: its JSON or form is broken."),
    "unauthenticated": ProblemCode(
        401, "No valid key (`Authorization: Bearer vgw_…`), and no session that has not ended."
    ),
    "login-failed": ProblemCode(401, "Login, password or code is wrong, or out of use."),
    "second-factor-needed": ProblemCode(401, "The password is right; send a code (`totp`), too."),
    "forbidden": ProblemCode(403, "The key's role may see this, but not change it."),
    "csrf": ProblemCode(403, "Sent by a cookie without its `X-CSRF-Token`, or from another site."),
    "password-change-needed": ProblemCode(403, "Choose a password of your own first."),
    "second-factor-missing": ProblemCode(403, "Set up a second factor first."),
    "oidc-refused": ProblemCode(403, "The OpenID provider's user may not log in here."),
    "oidc-expired": ProblemCode(403, "This browser has begun no such login, or too long ago."),
    "wrong-password": ProblemCode(403, "The present password is wrong."),
    "do-not-call": ProblemCode(403, "The customer asked not to be called."),
    "prefix-not-allowed": ProblemCode(403, "The number's prefix is not among those allowed."),
    "emergency-number": ProblemCode(403, "Emergency numbers are never dialled for the API."),
    "own-call": ProblemCode(403, "Nobody reviews or judges the own call."),
    "same-reviewer": ProblemCode(403, "Another review of the talk is this reviewer's."),
    "not-the-reviewer": ProblemCode(403, "The review is somebody else's."),
    "not-your-call": ProblemCode(403, "Only the manager whose call it was may appeal."),
    "appeal-too-late": ProblemCode(403, "The time for an appeal is over."),
    "scorer-decides": ProblemCode(403, "Another person than the scorer decides an appeal."),
    "not-found": ProblemCode(404, "No such thing, or none that this key may see."),
    "method-not-allowed": ProblemCode(405, "The resource has no such method; see `Allow`."),
    "not-acceptable": ProblemCode(406, "It is not available in the form asked for."),
    "task-closed": ProblemCode(409, "The task is done or cancelled, or has another result."),
    "contact-missing": ProblemCode(
        409, "Nobody has talked with the task's customer, as its type asks for before it is closed."
    ),
    "exception-needed": ProblemCode(
        409, "It is past the time for closing the task: say why in `exception`."
    ),
    "customer-unknown": ProblemCode(409, "The task's number is nobody's in the directory."),
    "nobody-responsible": ProblemCode(409, "No manager has the task, who could answer for it."),
    "assignment-changed": ProblemCode(
        409, "Tasks or managers have changed since the preview; ask for another one."
    ),
    "dialling-running": ProblemCode(409, "The manager works on a list already."),
    "dialling-stopped": ProblemCode(409, "The dialling is stopped; begin another one."),
    "nothing-shown": ProblemCode(409, "No customer is shown who could be skipped."),
    "manager-gone": ProblemCode(409, "The manager has left."),
    "call-running": ProblemCode(409, "The call runs on another node, which alone changes it."),
    "call-gone": ProblemCode(409, "The call has been deleted in the meantime."),
    "secret-shown": ProblemCode(
        409,
        "It was made by the first request with this Idempotency-Key, whose answer had the secret:"
        " that is kept nowhere. `Location` names what was made; have another secret made for it.",
    ),
    "handover-state": ProblemCode(409, "The handover has switched or is over."),
    "review-state": ProblemCode(409, "The review is not at the stage for this."),
    "review-final": ProblemCode(409, "The review is final; nothing of it changes."),
    "appeal-open": ProblemCode(409, "The manager may still appeal; close it later."),
    "sample-outdated": ProblemCode(409, "Another sample has some of the talks; draw again."),
    "too-slow": ProblemCode(408, "The request took too long to come."),
    "conflict": ProblemCode(409, "The request contradicts the present state."),
    "already-exists": ProblemCode(409, "Another record has this value already."),
    "reference": ProblemCode(409, "Another record refers to this one, or the one named is gone."),
    "own-account": ProblemCode(409, "Nobody takes the own account away, or changes its role."),
    "no-password": ProblemCode(409, "The account has no password here."),
    "second-factor-state": ProblemCode(409, "There is a second factor already, or none yet."),
    "manager-busy": ProblemCode(409, "The manager already has as many calls as allowed."),
    "group-full": ProblemCode(503, "The manager's group already has as many calls as allowed."),
    "idempotency-in-flight": ProblemCode(409, "The same Idempotency-Key is being worked on."),
    "too-many-webhooks": ProblemCode(409, "There are as many webhooks as there may be."),
    "webhook-off": ProblemCode(409, "The webhook is switched off; switch it on first."),
    "replay-running": ProblemCode(409, "Events are being sent to the webhook once more already."),
    "too-many-schedules": ProblemCode(409, "There are as many schedules of one owner as may be."),
    "report-not-made": ProblemCode(409, "The report is not made yet, or can't be made."),
    "export-not-ready": ProblemCode(409, "The archive is not finished, or has been removed."),
    "export-elsewhere": ProblemCode(409, "The archive lies on another node; ask that one."),
    "call-elsewhere": ProblemCode(
        409, "The call runs on a node to which requests can't be passed; ask that one."
    ),
    "not-recording": ProblemCode(409, "Nothing is recorded of this call; `detail` says why."),
    "not-bridged": ProblemCode(409, "The two do not talk with each other now."),
    "transfer-running": ProblemCode(409, "The customer is being handed on, or three talk."),
    "not-consulting": ProblemCode(409, "Nobody is rung or asked for this call just now."),
    "not-supported": ProblemCode(409, "Three can't talk: their sound can't be added up."),
    "same-manager": ProblemCode(409, "The manager has the customer already."),
    "manager-away": ProblemCode(409, "The manager takes no calls now."),
    "nobody-there": ProblemCode(409, "Nobody of the group takes calls now."),
    "too-many-transfers": ProblemCode(409, "The customer was handed on as often as allowed."),
    "call-held": ProblemCode(409, "One of the two is on hold."),
    "disclosure-running": ProblemCode(409, "Statements are being played to the customer."),
    "recording-not-ready": ProblemCode(409, "The recording is not finished yet."),
    "recording-held": ProblemCode(409, "The recording is on legal hold and may not be deleted."),
    "recording-under-review": ProblemCode(409, "A review of the recording is not final yet."),
    "expired": ProblemCode(410, "A command came too late, or was retained; send it anew."),
    "recording-deleted": ProblemCode(410, "The recording has been deleted; its stub remains."),
    "event-gone": ProblemCode(410, "The event was archived; `detail` names the oldest at hand."),
    "export-withdrawn": ProblemCode(410, "A recording in the archive has been deleted since."),
    "precondition-failed": ProblemCode(412, "It has changed since: `If-Match` names another."),
    "revision-changed": ProblemCode(412, "It was changed since you read it; read it again."),
    "transcript-not-ready": ProblemCode(409, "The transcript is not finished yet."),
    "transcript-failed": ProblemCode(409, "There will be no transcript; as JSON it says why."),
    "too-large": ProblemCode(413, "The body exceeds the limit."),
    "target-too-long": ProblemCode(414, "The path and query of the request exceed the limit."),
    "unsupported-media-type": ProblemCode(415, "The body is of a type this resource can't read."),
    "range-not-satisfiable": ProblemCode(416, "The range lies outside the audio."),
    "invalid": ProblemCode(422, "A value is not acceptable; `errors` names each field."),
    "idempotency-mismatch": ProblemCode(422, "The Idempotency-Key was used for another request."),
    "rate-limited": ProblemCode(429, "The key, or the address, asks too often; see `Retry-After`."),
    "customer-rate": ProblemCode(429, "The customer was called often enough; see `Retry-After`."),
    "quiet-hours": ProblemCode(429, "No calls at this time of day; see `Retry-After`."),
    "too-many-streams": ProblemCode(429, "The key has as many streams of events as allowed."),
    "login-locked": ProblemCode(429, "Too many logins have failed; see `Retry-After`."),
    "head-too-large": ProblemCode(431, "Request line and header fields exceed the limit."),
    "internal-error": ProblemCode(500, "A fault of the gateway; quote `request_id`."),
    "recording-damaged": ProblemCode(500, "The stored file is not what was recorded."),
    "key-missing": ProblemCode(503, "The recording is encrypted and its key is not here."),
    "storage-unavailable": ProblemCode(503, "The storage of recordings can't be reached."),
    "oidc-unavailable": ProblemCode(503, "The OpenID provider does not answer as it should."),
    "trunk-full": ProblemCode(503, "Every trunk that may carry the call is full."),
    "recording-unavailable": ProblemCode(503, "The call could not be recorded, so it is not made."),
    "store-unavailable": ProblemCode(503, "The database can't be reached at the moment."),
    "node-away": ProblemCode(503, "The node that the call runs on does not answer."),
    "too-many-exports": ProblemCode(503, "Too many exports wait already; see `Retry-After`."),
    "too-many-imports": ProblemCode(503, "Too many imports wait already; see `Retry-After`."),
    "overloaded": ProblemCode(503, "The node has more to do than it can; see `Retry-After`."),
    "streams-full": ProblemCode(503, "The node has as many streams of events as it may."),
    "too-many-connections": ProblemCode(503, "Every connection that may be is in use; ask later."),
    "draining": ProblemCode(503, "The node is about to stop and takes no new calls."),
}


class ApiProblem(Exception):  # noqa: N818 (a problem, in the words of RFC 9457)
    """An error that only exists at this edge: authentication, negotiation, idempotency.

    `code` is one of :data:`CODES`, which also gives the status.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = CODES[code].status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


class ProblemDocument(msgspec.Struct, omit_defaults=False):
    """The document itself, in the order of RFC 9457 §3.1 and then our own members."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: Sequence[FieldFault]
    request_id: str


def problem_document(
    *,
    status: int,
    code: str,
    detail: str,
    instance: str,
    request_id: str,
    errors: Sequence[FieldFault] = (),
) -> ProblemDocument:
    """Return the document of a problem. `detail` must hold no telephone number."""
    return ProblemDocument(
        type=f"/docs#problem-{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=instance,
        code=code,
        errors=errors,
        request_id=request_id,
    )


def problem_response(
    *,
    status: int,
    code: str,
    detail: str,
    instance: str,
    request_id: str,
    errors: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that carries a problem. `detail` must hold no telephone number."""
    document = problem_document(
        status=status,
        code=code,
        detail=detail,
        instance=instance,
        request_id=request_id,
        errors=errors,
    )
    return Response(
        msgspec.json.encode(document),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )
