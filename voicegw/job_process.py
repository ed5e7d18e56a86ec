"""Runs a job beside the node, as a process of its own that ends with the node.

`python -m voicegw.job_process MODULE PID` runs `MODULE` for the node of this process id. Were the
node killed and the job not, the node's successor would begin the same work beside it: a report
would be mailed by both.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import runpy
import signal
import sys
from dataclasses import dataclass
from typing import Final

import msgspec

from voicegw.identity import mask_within

_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job has ended: its exit code, what it printed, and the last line it complained by.

    `said` is for logs and alerts; telephone numbers in it are masked.
    """

    code: int
    printed: bytes
    said: str


def job_command(module: str) -> tuple[str, ...]:
    """Return the command that runs a module as a job of this process."""
    return (sys.executable, "-m", __name__, module, str(os.getpid()))


async def run_job(module: str, order: msgspec.Struct | bytes) -> JobEnd:
    """Run `module` as a program, give it `order` as JSON on standard input, and wait for its end.

    A long order comes as bytes: whoever has it written knows how not to hold up the loop by that.

    Cancelled, it ends the process first. What can't be started has exit code -1.
    """
    written = order if isinstance(order, bytes) else msgspec.json.encode(order)
    try:
        process = await asyncio.create_subprocess_exec(
            *job_command(module),
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


def end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however that does."""
    with contextlib.suppress(OSError, AttributeError):  # no such call outside of Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main(arguments: list[str]) -> None:
    """Run the module that is named, for the process that is named."""
    module, parent = arguments
    end_with(int(parent))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
