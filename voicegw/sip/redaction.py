"""What of a message's text may be shown. Pure.

Two steps. :func:`without_secrets` takes out what nobody is to see, ever: credentials, nonces, keys
of encrypted sound, digits. It is done before a message is kept, and with it
:func:`without_caller` where the number is withheld. :func:`without_identities` takes out, for those
who may not see them, whose numbers and names a message holds, in whatever header and spelling, and
where a telephone is. What is hidden leaves its place visible, so that the message stays readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from voicegw.identity import mask

HIDDEN: Final = "(hidden)"
_DOTS: Final = "…"

_FOLD = re.compile(r"\r?\n[ \t]+")
_SECRET_HEADER = re.compile(
    r"(?im)^((?:proxy-)?authorization|(?:proxy-)?authentication-info|identity|y)[ \t]*:"
    r"[^\n]*?(?=\r?$)"
)
#: A message without any of these, in small letters, holds no secret and no folded line.
_SUSPECT: Final = (
    *("uthenti", "uthori", "identity", "nonce", "inline", "crypto", "ice-", "key-mgmt"),
    *("\nk=", "\ny:", "\ny ", "\ny\t", "\n ", "\n\t"),
)
_CHALLENGE = re.compile(r"(?im)^(?:www|proxy)-authenticate[ \t]*:[^\n]*")
_NONCE = re.compile(r'(?i)\b(nonce|opaque)\s*=\s*("(?:[^"\\]|\\.)*"|[^,\s]*)')
_KEY_LINE = re.compile(
    r"(?im)^(a=crypto:\d+\s+\S+\s+|a=key-mgmt:|a=ice-pwd:|a=ice-ufrag:|k=)[^\n]*?(?=\r?$)"
)
#: A key may stand anywhere, even where no key belongs.
_INLINE_KEY = re.compile(r"(?i)inline:[A-Za-z0-9+/=|:]{8,}")
_CONTENT_TYPE = re.compile(r"(?im)^(?:content-type|c)[ \t]*:[ \t]*([^;\s]+)")
_SDP_TYPE: Final = "\r\ncontent-type: application/sdp\r\n"
_SHOWN_BODIES: Final = frozenset({"application/sdp", "message/sipfrag"})

_URI_USER = re.compile(r"(?i)\b(sips?:)([^@\s<>\"]+)@")
_OTHER_URI = re.compile(r"(?i)\b((?:tel|fax|modem|im|pres|mailto|urn):)([^;?>\s,\"]+)")
#: What people write about a call or themselves, and what their exchanges tell each other of them.
_ABOUT_PEOPLE = re.compile(
    r"(?im)^(subject|s|organization|user-to-user|geolocation|call-info)[ \t]*+:[^\r\n]*+"
)
_QUOTED_NAME = re.compile(r'"(?:[^"\\\r\n]|\\.)*+"(?=\s*<)')
#: Possessive, so that a long run of spaces costs no more than any other line.
_BARE_NAME = re.compile(r"(?m)^([^\s:<>\"]++[ \t]*+:[ \t]*+)([^\"<>\s][^\"<>\r\n]*+)(?=<)")
_AFTER_COMMA_NAME = re.compile(r"(,[ \t]*+)([^\"<>,;=\s][^\"<>,;=\r\n]*+)(?=<)")
_SDP_NAMES = re.compile(r"(?m)^([siuep]=|o=)([^\s]+)([^\r\n]*)")
#: Seven digits and more, with what people write between them.
_NUMBER = re.compile(r"\+?\d(?:[ ().\-]{0,2}\d){6,}")
_LONG: Final = 7
#: What may stand between the digits of a number that is known.
_BETWEEN: Final = r"(?:%[2-7][0-9A-Fa-f]|[^0-9A-Za-z%\r\n]){0,4}"
#: What a number looks like that has been masked (voicegw.identity.mask).
_MASKED_NUMBER = re.compile(r"\d{3}\*{4}\d{4}|\*+\d{2}")
_PLAIN_LINE = re.compile(
    r"(?i)^(?:cseq|rseq|rack|max-forwards|content-length|l|expires|min-expires|session-expires|x"
    r"|min-se|timestamp|date|retry-after)[ \t]*:|^[vtmbz]="
)
_SDP_ADDRESS = re.compile(r"(?m)^(c=IN IP\d |a=rtcp:\d+ IN IP\d )\S+")
_SDP_ORIGIN_HOST = re.compile(r"(?m)^(o=.* IN IP\d )\S+")
_VIA_HOST = re.compile(r"(?im)^((?:via|v)[ \t]*:[ \t]*SIP/2\.0/\w+[ \t]+)[^;\r\n]+")
_AFTER_AT = re.compile(r"@(\[[0-9A-Fa-f:.%]+\]|[^\s;>:,?\"]+)(:\d+)?")
_URI_HOST = re.compile(r"(?i)\b(sips?:)(?![^@\s<>\"]*@)([^;>\s,?]+)")
_IPV4 = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
_IPV6 = re.compile(r"(?i)\[[0-9a-f:.]+\]|(?<![0-9a-z])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}")


def without_secrets(text: str) -> str:
    """Return a message without what nobody is to see; folded lines are joined.

    A body of another kind than a description or a fragment of SIP (DTMF, ISUP) is left out whole.
    """
    if _is_plain(text.lower()):
        return text
    head, gap, body = _parted(text)
    head = _SECRET_HEADER.sub(rf"\1: {HIDDEN}", _FOLD.sub(" ", head))
    head = _CHALLENGE.sub(lambda line: _NONCE.sub(rf'\1="{HIDDEN}"', line[0]), head)
    kind = _CONTENT_TYPE.search(head)
    if body and (kind is None or kind[1].lower() not in _SHOWN_BODIES):
        body = HIDDEN
    elif body:
        body = _SECRET_HEADER.sub(rf"\1: {HIDDEN}", body)
        body = _KEY_LINE.sub(rf"\1{HIDDEN}", body)
    return _INLINE_KEY.sub(f"inline:{HIDDEN}", head + gap + body)


def without_identities(text: str, numbers: Iterable[str], *, hide_hosts: bool) -> str:
    """Return a message with every number masked and every name hidden.

    `numbers` are those known to be in play, masked in every spelling however short they are;
    anything else of seven digits and more is taken for a number. `hide_hosts` hides addresses and
    host names, too.
    """
    head, gap, body = _parted(text)
    head = _ABOUT_PEOPLE.sub(rf"\1: {_DOTS}", head)
    head = _QUOTED_NAME.sub(f'"{_DOTS}"', head)
    head = _BARE_NAME.sub(_without_bare_name, head)
    head = _AFTER_COMMA_NAME.sub(_without_bare_name, head)
    text = head + gap + _SDP_NAMES.sub(_without_name, body)
    text = _URI_USER.sub(lambda found: f"{found[1]}{_masked_user(found[2])}@", text)
    text = _OTHER_URI.sub(lambda found: f"{found[1]}{_masked_user(found[2])}", text)
    if hide_hosts:
        text = _without_hosts(text)
    for known in _spellings(numbers):
        text = known.sub(lambda found: _masked(unquote(found[0])), text)
    return "".join(
        line if _PLAIN_LINE.match(line) else _without_numbers(line)
        for line in text.splitlines(keepends=True)
    )


def without_caller(text: str) -> str:
    """Return a message without any number or name, not even masked.

    For the leg of a caller who withholds the number (RFC 3323 §4.2): trunks assert it all the same.
    """
    return _MASKED_NUMBER.sub(_DOTS, without_identities(text, (), hide_hosts=False))


def _is_plain(small: str) -> bool:
    """Whether a message, in small letters, has surely nothing to take out: most have not."""
    end = small.find("\r\n\r\n")
    if end < 0:
        return False
    for word in _SUSPECT:
        if word in small:
            return False
    return end + 4 == len(small) or _SDP_TYPE in small[: end + 2]


def _parted(text: str) -> tuple[str, str, str]:
    """Return the head of a message, the blank line, and its body."""
    found = re.search(r"\r?\n\r?\n", text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]


def _without_bare_name(found: re.Match[str]) -> str:
    """Hide a name without quotes; the space before its address stays."""
    return found[1] + _DOTS + found[2][len(found[2].rstrip()) :]


def _without_name(line: re.Match[str]) -> str:
    """Hide what an SDP line says of people: the user of `o=`, all of the others."""
    if line[1] == "o=":
        return f"o={'-' if line[2] == '-' else _DOTS}{line[3]}"
    return line[1] + ("-" if (line[2], line[3]) == ("-", "") else _DOTS)


def _masked_user(user: str) -> str:
    plain = unquote(user.partition(":")[0].partition(";")[0])
    return _masked(plain) if len(_digits(plain)) >= 3 else _DOTS


def _masked(spelling: str) -> str:
    """Return what a number, however written, is shown as."""
    digits = _digits(spelling).removeprefix("00")
    is_international = len(digits) == 13 and digits.startswith("86")
    return mask(f"+{digits}" if is_international else digits) or _DOTS


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _without_numbers(line: str) -> str:
    """Mask what may be a number in a line; addresses (every second part) are none."""
    parts = _IPV4.split(line)
    parts[::2] = [_NUMBER.sub(lambda found: _masked(found[0]), part) for part in parts[::2]]
    return "".join(parts)


def _without_hosts(text: str) -> str:
    text = _VIA_HOST.sub(rf"\1{_DOTS}", text)
    text = _SDP_ORIGIN_HOST.sub(rf"\1{_DOTS}", _SDP_ADDRESS.sub(rf"\1{_DOTS}", text))
    text = _URI_HOST.sub(rf"\1{_DOTS}", _AFTER_AT.sub(f"@{_DOTS}", text))
    return _IPV6.sub(_DOTS, _IPV4.sub(_DOTS, text))


def _spellings(numbers: Iterable[str]) -> list[re.Pattern[str]]:
    """Return what finds each number: its national digits, escaped or not, whatever is between.

    A short one must stand by itself, or every port would be one.
    """
    patterns = []
    for number in numbers:
        national = _digits(number.removeprefix("+86"))
        digits = _BETWEEN.join(f"(?:{digit}|%3{digit})" for digit in national)
        if len(national) >= _LONG:
            patterns.append(re.compile(digits))
        elif len(national) >= 3:
            patterns.append(re.compile(rf"(?<!\d){digits}(?!\d)"))
    return patterns
