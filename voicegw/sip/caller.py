"""Who calls: the identity a trunk vouches for. Pure."""

from __future__ import annotations

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import Address
from voicegw.sip.message import Request

_ANONYMOUS_USERS = frozenset({"anonymous", "unknown", "unavailable", "restricted", "private"})


def asserted_caller(request: Request) -> str | None:
    """Return the caller's number as text, None for an anonymous caller.

    P-Asserted-Identity (RFC 3325) comes before Remote-Party-ID and From; only trunks may be
    believed so, and the caller of this function has checked that the request came from one. A
    caller who wants privacy is still named by the assertion: it is shown to nobody but matched.
    """
    for value in (*_asserted(request), request.header("Remote-Party-ID")):
        user = _user_of(value)
        if user is not None:
            return user
    return _user_of(request.header("From"))


def _asserted(request: Request) -> list[str]:
    """Return the asserted identities; a broken list counts as none, since it names nobody."""
    try:
        return request.header_list("P-Asserted-Identity")
    except MalformedMessageError:
        return []


def _user_of(value: str | None) -> str | None:
    if not value:
        return None
    try:
        uri = Address.parse(value).uri
    except MalformedMessageError:
        return None
    user = uri.user
    if not user or user.lower() in _ANONYMOUS_USERS:
        return None
    # A user part may carry number portability parameters (RFC 4694): 13800138000;npdi;rn=…
    return str(user).split(";", 1)[0]
