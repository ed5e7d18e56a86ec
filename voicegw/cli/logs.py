"""How a node logs: one line a record on standard error, its facts as key=value at the end."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from voicegw.identity import mask_within

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
#: What libraries add for terminals.
_DECORATION = frozenset({"color_message"})
_CHATTY = ("alembic", "httpx", "uvicorn")


class FactsFormatter(logging.Formatter):
    """Formats a record and everything given to it as `extra`.

    In a traceback telephone numbers are masked: an exception's text may repeat what a peer sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return `time LEVEL logger: message key=value …`; a traceback follows where there is one.

        Line breaks inside are written as `\\n`: what a peer sent must not forge a line.
        """
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = "".join(
            f" {key}={value}"
            for key, value in vars(record).items()
            if key not in _STANDARD | _DECORATION
        )
        line = f"{time} {record.levelname} {record.name}: {record.getMessage()}{facts}"
        line = line.replace("\r", "\\r").replace("\n", "\\n")
        if record.exc_info:
            line += "\n" + mask_within(self.formatException(record.exc_info))
        return line


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send this process's log records of `level` and above to standard error.

    Libraries that tell of every step only tell of what is wrong.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FactsFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
