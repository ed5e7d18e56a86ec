"""Session descriptions as bodies of messages: opaque text at this level. Pure.

They come alone, or beside others in a multipart body (RFC 5621): softswitches of carriers put the
ISUP message of the telephone network next to the description (RFC 3204).
"""

from __future__ import annotations

import re
from typing import Final

from voicegw.sip.message import Request, Response

SDP_TYPE: Final = "application/sdp"
ACCEPTED_BODIES: Final = f"{SDP_TYPE}, multipart/mixed"
"""What may come where a session description is expected; the value of Accept."""

_SDP_RANGES: Final = frozenset({SDP_TYPE, "application/*", "*/*"})
_IS_SDP = re.compile(rb"^content-type[ \t]*:[ \t]*application/sdp[ \t]*(?:;|\r|$)", re.I | re.M)
_MAX_BOUNDARY_CHARS: Final = 70
_MAX_PARTS: Final = 16


def sdp_of(message: Request | Response) -> str | None:
    """Return the session description a message carries, None when it has none.

    Raises MalformedMessageError when Content-Type can't be read.
    """
    content_type = message.content_type
    if not message.body or content_type is None:
        return None
    body: bytes | None = None
    if content_type.mime_type == SDP_TYPE:
        body = message.body
    elif content_type.mime_type.startswith("multipart/"):
        body = _sdp_part(message.body, content_type.parameters.get("boundary") or "")
    return None if body is None else body.decode("utf-8", "replace")


def takes_sdp(message: Request | Response) -> bool:
    """Whether a session description may be in the answer, as far as Accept says (§20.1)."""
    ranges = message.header_list("Accept")
    return not ranges or any(one.partition(";")[0].strip().lower() in _SDP_RANGES for one in ranges)


def _sdp_part(body: bytes, boundary: str) -> bytes | None:
    """Return the first part that is a session description (RFC 2046 §5.1.1)."""
    if not 0 < len(boundary) <= _MAX_BOUNDARY_CHARS:
        return None
    delimiter = b"\r\n--" + boundary.encode(errors="replace")
    _, *parts = (b"\r\n" + body).split(delimiter, _MAX_PARTS)
    for part in parts:
        if part.startswith(b"--"):
            break
        head, blank, content = part.partition(b"\r\n\r\n")
        if blank and _IS_SDP.search(head):
            return content
    return None
