"""The delivery process itself: its lines, and its end with its input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.parts.empty_store import empty_store
from voicegw.events.delivery.protocol import (
    DeliveryOrder,
    Report,
    encode_line,
    line_decoder,
)

COMMAND = [sys.executable, "-m", "voicegw.events.delivery"]


def test_it_reports_and_ends_when_its_input_does(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    empty_store(url)
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode_line(DeliveryOrder(store_url=url, node="n")))
        process.stdin.flush()
        said = line_decoder.decode(process.stdout.readline())
        assert isinstance(said, Report)
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_store_of_another_version_ends_it_with_a_sentence(tmp_path: Path) -> None:
    order = DeliveryOrder(store_url=f"sqlite:///{tmp_path / 'none.db'}", node="n")
    done = subprocess.run(COMMAND, input=encode_line(order), capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("delivery failed: ")
