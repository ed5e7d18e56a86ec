from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.parts.ports import free_port
from voicegw.logs import OWN_LOGGERS, FactsFormatter


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small valid configuration with free ports in a folder of its own.

    It names a holiday, so that no test depends on the years that the library knows.
    """
    monkeypatch.delenv("VOICEGW_CONFIG", raising=False)
    path = tmp_path / "voicegw.toml"
    path.write_text(
        f"""
        [node]
        data_dir = "{tmp_path}/data"
        [sip]
        listen = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]
        [media]
        bind = "127.0.0.1"
        [recording]
        min_free_bytes = "1 B"
        [api]
        listen = "127.0.0.1:{free_port()}"
        [transcription]
        engine = "none"
        [calendar]
        holidays = ["{datetime.now(UTC):%Y}-01-01", "{datetime.now(UTC).year + 1}-01-01"]
        """
    )
    return path


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Undo what commands do to the log: other tests look at it, too."""
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in (None, *OWN_LOGGERS)}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    for handler in list(root.handlers):
        if isinstance(handler.formatter, FactsFormatter):
            root.removeHandler(handler)
