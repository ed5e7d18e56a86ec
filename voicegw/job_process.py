"""Runs a job beside the node, as a process of its own."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import msgspec

from voicegw.identity import mask_within


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job has ended: its exit code, what it printed, and the last line it complained by.

    `said` is for logs and alerts; telephone numbers in it are masked.
    """

    code: int
    printed: bytes
    said: str


async def run_job(module: str, order: msgspec.Struct | bytes) -> JobEnd:
    """Run `python -m module`, give it `order` as JSON on standard input, and wait for its end.

    A long order comes as bytes: whoever has it written knows how not to hold up the loop by that.

    Cancelled, it ends the process first. What can't be started has exit code -1.
    """
    written = order if isinstance(order, bytes) else msgspec.json.encode(order)
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return JobEnd(-1, b"", f"no process could be started ({error.strerror})")
    try:
        printed, errors = await process.communicate(written)
    except asyncio.CancelledError:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        raise
    # The last line of a traceback may repeat anything.
    said = mask_within(errors.decode(errors="replace").strip().rpartition("\n")[2])
    return JobEnd(process.returncode or 0, printed, said)
