"""Session descriptions as bodies of messages: opaque text at this level."""

from __future__ import annotations

from typing import Final

from voicegw.sip.message import Request, Response

SDP_TYPE: Final = "application/sdp"


def sdp_of(message: Request | Response) -> str | None:
    """Return the session description a message carries, None when it has none."""
    content_type = message.content_type
    if not message.body or content_type is None or content_type.mime_type != SDP_TYPE:
        return None
    return message.body.decode("utf-8", "replace")
