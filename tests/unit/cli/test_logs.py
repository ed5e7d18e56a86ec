from __future__ import annotations

import logging
import sys

import pytest

from voicegw.cli.logs import FactsFormatter, log_to_stderr


def record(message: str, **extra: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "voicegw.x", "levelname": "INFO", "msg": message, "created": 0.0, **extra}
    )


def test_facts_stand_behind_the_message() -> None:
    line = FactsFormatter().format(record("call ended", call_id="call_1", color_message="x"))
    assert line == "1970-01-01T00:00:00.000+00:00 INFO voicegw.x: call ended call_id=call_1"


def test_a_peer_can_not_forge_a_line() -> None:
    line = FactsFormatter().format(record("refused", why="x\r\n2026 ERROR forged"))
    assert "\n" not in line
    assert "\\r\\n2026" in line


def test_a_traceback_follows() -> None:
    try:
        raise ValueError("odd")
    except ValueError:
        text = FactsFormatter().format(record("failed", exc_info=sys.exc_info()))
    assert text.splitlines()[1].startswith("Traceback")


def test_a_traceback_holds_no_number() -> None:
    try:
        raise ValueError("calling +8613800138000")
    except ValueError:
        text = FactsFormatter().format(record("failed", exc_info=sys.exc_info()))
    assert "calling 138****8000" in text
    assert "13800138000" not in text


def test_a_node_logs_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    logging.getLogger("voicegw.x").info("hello", extra={"n": 1})
    logging.getLogger("alembic").info("chatter")
    shown = capsys.readouterr()
    assert "hello n=1" in shown.err
    assert "chatter" not in shown.err
    assert shown.out == ""
