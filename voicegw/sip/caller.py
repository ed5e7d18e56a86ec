"""Who calls: the identity a trunk vouches for. Pure."""

from __future__ import annotations

import re
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import URI, Address
from voicegw.sip.message import Request
from voicegw.sip.telephone_uri import telephone_number

_HIDDEN_USERS: Final = frozenset({"anonymous", "restricted", "private"})
_ANONYMOUS_USERS: Final = _HIDDEN_USERS | {"unknown", "unavailable"}
_WITHHOLDING: Final = frozenset({"id", "user", "header"})
_UNSCREENED: Final = re.compile(r";\s*screen\s*=\s*\"?no\b", re.IGNORECASE)
_FORGED: Final = re.compile(r";\s*verstat\s*=\s*\"?TN-Validation-Failed\b", re.IGNORECASE)
_RPID_PRIVACY: Final = re.compile(r";\s*privacy\s*=\s*\"?([a-z]+)", re.IGNORECASE)


def asserted_caller(request: Request) -> str | None:
    """Return the caller's number as text, None for an anonymous caller.

    P-Asserted-Identity (RFC 3325) comes before Remote-Party-ID and From; only trunks may be
    believed so, and the caller of this function has checked that the request came from one. A
    caller who wants privacy is still named by the assertion, to be matched only: ask
    :func:`number_withheld` before the number is kept or shown.
    """
    for value in (*_asserted(request), request.header("Remote-Party-ID")):
        user = _user_of(value)
        if user is not None:
            return user
    return _user_of(request.header("From"))


def is_asserted(request: Request) -> bool:
    """Whether the trunk itself tells who calls, and does not only pass on what the caller wrote.

    So by P-Asserted-Identity, or by Remote-Party-ID that was screened.
    """
    party = request.header("Remote-Party-ID") or ""
    screened = party if _UNSCREENED.search(party) is None else None
    return any(_user_of(value) is not None for value in (*_asserted(request), screened))


def failed_verification(request: Request) -> bool:
    """Whether the network has found the caller's number to be forged (3GPP TS 24.229 §7.2A.20)."""
    names = ("P-Asserted-Identity", "Remote-Party-ID", "From")
    values = (value for name in names for value in request.headers.get_all(name))
    return any(_FORGED.search(value) is not None for value in values)


def number_withheld(request: Request) -> bool:
    """Whether the caller does not want the number to be shown to anybody.

    So by Privacy (RFC 3323 §4.2, RFC 3325 §9.3), by Remote-Party-ID's `privacy`, or by an
    anonymous From.
    """
    wishes = {
        token.strip().lower()
        for value in request.headers.get_all("Privacy")
        for token in value.replace(",", ";").split(";")
    }
    if wishes & _WITHHOLDING:
        return True
    party = _RPID_PRIVACY.search(request.header("Remote-Party-ID") or "")
    if party is not None and party[1].lower() != "off":
        return True
    uri = _uri(request.header("From"))
    return uri is not None and (uri.user or "").lower() in _HIDDEN_USERS


def _asserted(request: Request) -> list[str]:
    """Return the asserted identities; a broken list counts as none, since it names nobody."""
    try:
        return request.header_list("P-Asserted-Identity")
    except MalformedMessageError:
        return []


def _user_of(value: str | None) -> str | None:
    uri = _uri(value)
    if uri is None or not uri.user or uri.user.lower() in _ANONYMOUS_USERS:
        return None
    return telephone_number(uri)


def without_parameters(user: str) -> str:
    """Return a user part without number portability parameters (RFC 4694): 13800138000;npdi;…"""
    return user.split(";", 1)[0]


def _uri(value: str | None) -> URI | None:
    if not value:
        return None
    try:
        return Address.parse(value).uri
    except MalformedMessageError:
        return None
