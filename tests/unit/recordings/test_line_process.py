"""Processes that answer lines: lost, late, nonsensical, too long, cancelled."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recordings.line_process import LineProcess, ProcessLostError

_PROGRAM = """
import sys
for line in sys.stdin.buffer:
    word = line.decode().strip()
    if word == "die":
        sys.exit(3)
    if word == "sleep":
        sys.stdin.buffer.read()
    answer = "x" * 5000 + " long" if word == "long" else word
    print(answer, flush=True)
"""


@pytest.fixture
async def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LineProcess]:
    (tmp_path / "parrot.py").write_text(_PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = LineProcess("parrot", limit_bytes=1000)
    yield made
    await made.end(0.0)


async def asked(process: LineProcess, word: str, timeout_s: float = 20.0) -> str:
    return await process.ask(f"{word}\n".encode(), lambda line: line.decode().strip(), timeout_s)


async def test_one_process_answers_all(process: LineProcess) -> None:
    assert process.pid is None
    assert [await asked(process, "a"), process.pid] == ["a", process.pid]
    first = process.pid
    answers = await asyncio.gather(*(asked(process, str(number)) for number in range(5)))
    assert (answers, process.pid) == ([str(number) for number in range(5)], first)
    await process.end(5.0)
    assert process.pid is None


def refused(line: bytes) -> str:
    raise ValueError(line)


@pytest.mark.parametrize(("word", "timeout_s"), [("long", 20.0), ("sleep", 0.3)])
async def test_what_follows_a_lost_answer_is_the_next_ones(
    process: LineProcess, word: str, timeout_s: float
) -> None:
    await asked(process, "a")
    before = process.pid
    with pytest.raises(ProcessLostError):
        await asked(process, word, timeout_s)
    assert (await asked(process, "b"), process.pid != before) == ("b", True)


async def test_an_answer_that_makes_no_sense_ends_the_process(process: LineProcess) -> None:
    with pytest.raises(ProcessLostError):
        await process.ask(b"a\n", refused, 20.0)
    assert process.pid is None


async def test_a_cancelled_question_leaves_no_answer_behind(process: LineProcess) -> None:
    await asked(process, "a")
    cancelled = asyncio.create_task(asked(process, "sleep"))
    await asyncio.sleep(0.05)
    cancelled.cancel()
    assert isinstance((await asyncio.gather(cancelled, return_exceptions=True))[0], BaseException)
    assert await asked(process, "b") == "b"


async def test_a_process_that_does_not_end_is_killed_though_its_end_is_cancelled(
    process: LineProcess,
) -> None:
    await asked(process, "a")
    pid = process.pid
    assert pid is not None
    asking = asyncio.create_task(asked(process, "sleep"))
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGSTOP)  # it does not even notice that its input is closed
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_ending_that_is_cancelled_leaves_no_process(process: LineProcess) -> None:
    await asked(process, "a")
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    ending = asyncio.create_task(process.end(60.0))
    await asyncio.sleep(0.05)
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
