"""How a node and its processes log: one line a record on standard error.

As text, the facts stand as key=value behind the message; as JSON, a record is one object. Both hold
the ids of :mod:`voicegw.log_context`, and never a telephone number: code names things by id, and
what nobody has composed with care (tracebacks) is masked.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from voicegw.identity import mask_within
from voicegw.log_context import bound

LogFormat = Literal["text", "json"]

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
#: What libraries add for terminals.
_DECORATION: Final = frozenset({"color_message"})
_CHATTY: Final = ("alembic", "httpx", "uvicorn")
OWN_LOGGERS: Final = ("api", "ivr", "recordings", "voicegw")
"""Who may tell of every step: libraries would show what they are given, numbers too."""
_FORMAT_VARIABLE: Final = "VOICEGW_LOG_FORMAT"
_NODE_VARIABLE: Final = "VOICEGW_LOG_NODE"
"""How a node's processes hear of both; each is started with its node's environment."""


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """Return what was given to `record` as `extra`, and the ids bound where it was written."""
    given = {
        key: value for key, value in vars(record).items() if key not in _STANDARD | _DECORATION
    }
    return {**bound(), **given}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class FactsFormatter(logging.Formatter):
    """Formats a record as a line for people.

    In a traceback telephone numbers are masked: an exception's text may repeat what a peer sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return `time LEVEL logger: message key=value …`; a traceback follows where there is one.

        Line breaks inside are written as `\\n`: what a peer sent must not forge a line.
        """
        facts = "".join(f" {key}={value}" for key, value in facts_of(record).items())
        line = f"{_time(record)} {record.levelname} {record.name}: {record.getMessage()}{facts}"
        line = line.replace("\r", "\\r").replace("\n", "\\n")
        if record.exc_info:
            line += "\n" + mask_within(self.formatException(record.exc_info))
        return line


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object for programs."""

    def __init__(self, node: str = "") -> None:
        """`node` stands in every record, if given."""
        super().__init__()
        self._node = node

    def format(self, record: logging.LogRecord) -> str:
        """Return `{"time", "level", "logger", "message", "node", …facts, "traceback"}`."""
        document: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if self._node:
            document["node"] = self._node
        for key, value in facts_of(record).items():
            document.setdefault(key, value)
        if record.exc_info:
            document["traceback"] = mask_within(self.formatException(record.exc_info))
        return msgspec.json.encode(document, enc_hook=str).decode()


class RecordCounts(logging.Handler):
    """Counts what is wrong by level, so that a defect that was caught and logged is noticed.

    `counts` are records of this process: warnings, errors and what is critical.
    """

    def __init__(self) -> None:
        """Begin with none of each level."""
        super().__init__(logging.WARNING)
        self.counts = dict.fromkeys(("warning", "error", "critical"), 0)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        level = record.levelname.lower()
        if level in self.counts:
            self.counts[level] += 1


record_counts: Final = RecordCounts()
"""Of this process, since it logs by one of the functions below."""


def log_to_stderr(
    level: int = logging.INFO, log_format: LogFormat = "text", node: str = ""
) -> None:
    """Send this process's log records of `level` and above to standard error.

    Libraries tell of what is wrong, never of every step, whatever the level.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(node) if log_format == "json" else FactsFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler, record_counts]
    root.setLevel(max(level, logging.INFO))
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def log_as_node(level: int, log_format: LogFormat, node: str) -> None:
    """Log as the node of that name; the processes that it starts log in the same form."""
    os.environ[_FORMAT_VARIABLE], os.environ[_NODE_VARIABLE] = log_format, node
    log_to_stderr(level, log_format, node)


def log_as_process() -> None:
    """Log in the form of the node that has started this process, what is wrong only."""
    log_format: LogFormat = "json" if os.environ.get(_FORMAT_VARIABLE) == "json" else "text"
    log_to_stderr(logging.WARNING, log_format, os.environ.get(_NODE_VARIABLE, ""))
