"""What is wrong with a request before anybody is asked about it (RFC 3261 §8.2). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request
from voicegw.sip.sdp_body import ACCEPTED_BODIES, sdp_of, takes_sdp
from voicegw.sip.session import ALLOW, SUPPORTED
from voicegw.sip.session_timer import SessionTimerValues

Answer = tuple[int, Sequence[tuple[str, HeaderValue]]]
"""Status and headers of an answer."""

_METHODS: Final = frozenset(ALLOW.split(", ")) | {"REFER"}
_EXTENSIONS: Final = frozenset(SUPPORTED.split(", "))
_REGISTER_EXTENSIONS: Final = {"REGISTER": frozenset({"path"})}


def fault_of(request: Request, *, registers: bool) -> Answer | None:
    """Return how to refuse a request that lacks what every one must have; None: it is well.

    `registers` tells whether telephones may register here. Raises MalformedMessageError for a
    header that can't be read.
    """
    known = request.method in _METHODS or (request.method == "REGISTER" and registers)
    understood = _EXTENSIONS | _REGISTER_EXTENSIONS.get(request.method, frozenset())
    unsupported = [tag for tag in request.require if tag not in understood]
    if not known:
        return 405, (("Allow", ALLOW),)
    if request.uri.opaque:
        return 416, ()
    if request.max_forwards == 0 and request.method == "INVITE" and request.to.tag is None:
        # RFC 7332: a back-to-back agent breaks loops; but whoever says BYE has arrived.
        return 483, ()
    if unsupported:
        return 420, (("Unsupported", ", ".join(unsupported)),)
    return None


def invite_fault_of(request: Request, timers: SessionTimerValues) -> Answer | None:
    """Return how to refuse an INVITE that no session can come of (§8.2.3, RFC 4028 §9); or None.

    Raises MalformedMessageError for a header that can't be read.
    """
    encoding = (request.header("Content-Encoding") or "identity").strip().lower()
    if request.body and sdp_of(request) is None:
        return 415, (("Accept", ACCEPTED_BODIES),)
    if encoding != "identity":
        return 415, (("Accept-Encoding", "identity"),)
    if not takes_sdp(request):
        return 406, ()
    if timers.too_short(request):
        return 422, (("Min-SE", timers.min_se_s),)
    return None
