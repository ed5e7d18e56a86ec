"""Telephone numbers in URIs: sip, sips and tel, with what carriers add to them. Pure.

Number portability (`npdi`, `rn`: RFC 4694), ISDN subaddress (`isub`, `ext`), the calling party's
category (`cpc`) and `user=phone` say nothing about who is meant and are passed over;
`phone-context` (RFC 3966 §5.1.5) completes a local number.
"""

from __future__ import annotations

import re
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import URI, Address
from voicegw.sip.message import Request

_GLOBAL_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}")
_SEPARATORS: Final = re.compile(r"[-.()]")
#: Shorter ones are service codes, which no prefix completes: 10086 is not +8610086.
_SHORTEST_LOCAL_DIGITS: Final = 7


def telephone_number(uri: URI) -> str | None:
    """Return the number that `uri` stands for, as written but completed; None without a user part.

    For a SIP URI that is the user part, which may also be a name.
    """
    if not uri.user:
        return None
    user, *parameters = uri.user.split(";")
    context = uri.parameters.get("phone-context")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() == "phone-context":
            context = value
    prefix = _SEPARATORS.sub("", context or "")
    digits = _SEPARATORS.sub("", user)
    is_local = digits.isdecimal() and len(digits) >= _SHORTEST_LOCAL_DIGITS
    if not is_local or not _GLOBAL_PREFIX.fullmatch(prefix) or digits.startswith("00"):
        return user
    # Within a context the trunk prefix 0 has no place; carriers write it all the same.
    return prefix + digits.removeprefix("0")


def called_numbers(request: Request, registered_as: str = "") -> list[str]:
    """Return whom an INVITE is for, the most certain first.

    A carrier that we are registered with as `registered_as` may write that, our Contact, into the
    Request-URI; then P-Called-Party-ID (RFC 7315 §4.2) and To say which number was dialled.
    """
    found = [telephone_number(request.uri)]
    if not request.uri.user or (registered_as and request.uri.user == registered_as):
        for name in ("P-Called-Party-ID", "To"):
            value = request.header(name)
            try:
                found.append(telephone_number(Address.parse(value).uri) if value else None)
            except MalformedMessageError:
                continue
    return list(dict.fromkeys(number for number in found if number))
