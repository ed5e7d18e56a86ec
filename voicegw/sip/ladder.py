"""A call's messages drawn as a ladder: customer's side, gateway, manager's side. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voicegw.model.call import LegRole
from voicegw.model.trace import TraceDirection, TracedMessage

_COLUMN: Final = 30
_CSEQ = re.compile(r"(?im)^cseq[ \t]*:[ \t]*\d+[ \t]+(\S+)")
_MAX_SUMMARY: Final = _COLUMN - 6


def summary(text: str) -> str:
    """Return what a message is in a few words: `INVITE`, or `200 OK (INVITE)`."""
    first = text.split("\n", 1)[0].strip()
    if not first.upper().startswith("SIP/"):
        return first.split(" ", 1)[0]
    method = _CSEQ.search(text)
    return first.partition(" ")[2] + (f" ({method[1]})" if method else "")


def ladder(messages: Sequence[TracedMessage], dropped: int = 0) -> str:
    """Return the drawing of `messages`, a line each, with seconds since the first.

    `dropped` messages are missing from the middle.
    """
    lines = [
        f"{'':>9}  {'customer':<{_COLUMN}}{'gateway':^9}{'manager':>{_COLUMN}}",
        *(_rung(message, messages[0]) for message in messages),
    ]
    if dropped:
        lines.append(f"{'':>9}  ({dropped} messages from the middle were not kept)")
    return "\n".join(lines) + "\n"


def _rung(message: TracedMessage, first: TracedMessage) -> str:
    since_s = (message.at - first.at).total_seconds()
    is_left = message.role is LegRole.CUSTOMER
    towards_gateway = message.direction is TraceDirection.IN
    what = summary(message.text)[:_MAX_SUMMARY]
    label = f" {what} ".center(_COLUMN - 3, "-")
    arrow = f"|{label}>|" if is_left == towards_gateway else f"|<{label}|"
    empty = " " * _COLUMN
    columns = (arrow, empty) if is_left else (empty, arrow)
    where = f"{message.peer}/{message.transport}"
    return f"{since_s:9.3f}  {columns[0]}{'|':^9}{columns[1]}  {where}"
