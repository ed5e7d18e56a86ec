"""The Reason header field: why a session ended (RFC 3326). Pure."""

from __future__ import annotations

import re

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import quote, split_quoted
from voicegw.sip.message import Request, Response

_CAUSE = re.compile(r"cause\s*=\s*(\d{1,3})", re.IGNORECASE)


def q850_cause(message: Request | Response) -> int | None:
    """Return the Q.850 cause (1 to 127) that a message names, None when it names none.

    What can't be read counts as absent: the field is only informative.
    """
    for value in message.headers.get_all("Reason"):
        try:
            reasons = split_quoted(value, ",")
        except MalformedMessageError:
            continue
        for reason in reasons:
            protocol, _, parameters = reason.partition(";")
            if protocol.strip().upper() != "Q.850":
                continue
            match = _CAUSE.search(parameters)
            if match is not None and 1 <= int(match[1]) <= 127:
                return int(match[1])
    return None


def reason_header(
    *, status: int | None = None, q850: int | None = None, text: str | None = None
) -> list[tuple[str, str]]:
    """Return the Reason fields to send; `text` goes with each and holds no telephone number."""
    tail = f";text={quote(text)}" if text else ""
    reasons = []
    if q850 is not None:
        reasons.append(("Reason", f"Q.850;cause={q850}{tail}"))
    if status is not None:
        reasons.append(("Reason", f"SIP;cause={status}{tail}"))
    return reasons
