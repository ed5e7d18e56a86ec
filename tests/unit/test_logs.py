from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicegw.log_context import bind
from voicegw.logs import (
    OWN_LOGGERS,
    FactsFormatter,
    JsonFormatter,
    log_as_process,
    log_to_stderr,
    record_counts,
)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Undo what the tests do to the log: others look at it, too."""
    loggers = [logging.getLogger(name) for name in ("", *OWN_LOGGERS)]
    before = [(one, one.level) for one in loggers]
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers
    for one, level in before:
        one.setLevel(level)


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


def test_what_is_wrong_is_counted_by_level() -> None:
    log_to_stderr()
    before = dict(record_counts.counts)
    logger = logging.getLogger("voicegw.x")
    logger.info("hello")
    logger.warning("late")
    try:
        raise ValueError("odd")
    except ValueError:
        logger.exception("failed")
    more = {level: count - before[level] for level, count in record_counts.counts.items()}
    assert more == {"warning": 1, "error": 1, "critical": 0}


def test_a_record_as_json_has_facts_ids_and_node() -> None:
    with bind(request_id="r", call_id="call_1"):
        line = JsonFormatter("n1").format(
            record("call\nended", leg_id="leg_1", where=Path("x"), node="other", level=3)
        )
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "logger": "voicegw.x",
        "message": "call\nended",
        "node": "n1",
        "request_id": "r",
        "call_id": "call_1",
        "leg_id": "leg_1",
        "where": "x",
    }


def test_what_a_record_says_of_itself_comes_before_what_is_bound() -> None:
    with bind(call_id="call_1"):
        assert FactsFormatter().format(record("x", call_id="call_2")).endswith("x call_id=call_2")


def test_a_traceback_in_json_holds_no_number() -> None:
    try:
        raise ValueError("calling +8613800138000")
    except ValueError:
        text = JsonFormatter().format(record("failed", exc_info=sys.exc_info()))
    assert "138****8000" in json.loads(text)["traceback"]
    assert "13800138000" not in text


def test_a_process_logs_as_its_node_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEGW_LOG_FORMAT", "json")
    monkeypatch.setenv("VOICEGW_LOG_NODE", "n1")
    log_as_process()
    logging.getLogger("recordings.x").info("chatter")
    logging.getLogger("recordings.x").warning("odd", extra={"recording_id": "rec_1"})
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert (found["node"], found["level"], found["recording_id"]) == ("n1", "warning", "rec_1")
