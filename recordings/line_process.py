"""The node's end of a process of its own that answers each line it reads with a line.

Finisher, listener and check process are such: what is heavy, or may crash on bytes of strangers,
happens outside of the node.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from voicegw.errors import RecordingError

_T = TypeVar("_T")


class ProcessLostError(RecordingError):
    """A process died, gave no answer in time, or one that makes no sense."""

    slug = "process-lost"


class LineProcess:
    """One process, started when it is first needed and again after it died."""

    def __init__(
        self, module: str, arguments: Sequence[str] = (), *, limit_bytes: int = 64 << 20
    ) -> None:
        """`module` is run by this interpreter; an answer has at most `limit_bytes`."""
        self._command = [sys.executable, "-m", module, *arguments]
        self._limit_bytes = limit_bytes
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def ask(self, line: bytes, decode: Callable[[bytes], _T], timeout_s: float) -> _T:
        """Return the answer to `line`, one question at a time.

        Raises ProcessLostError, after which the next question has a new process, and OSError when
        none can be started.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(timeout_s):
                    return decode(await self._answer(line))
            except (ConnectionError, TimeoutError, ValueError, msgspec.DecodeError) as error:
                await self._end(0.0)
                raise ProcessLostError(type(error).__name__) from error
            except asyncio.CancelledError:
                # Its answer would be taken for that to the next question.
                await self._end(0.0)
                raise

    async def _answer(self, line: bytes) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=self._limit_bytes,
            )
        if process.stdin is None or process.stdout is None:
            raise ConnectionError
        process.stdin.write(line)
        await process.stdin.drain()
        return await process.stdout.readline()

    async def end(self, patience_s: float) -> None:
        """Close the process's input and wait for it; kill it when that takes too long."""
        async with self._turn:
            await self._end(patience_s)

    async def _end(self, patience_s: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(patience_s):
                await process.wait()
        except (TimeoutError, asyncio.CancelledError) as error:
            # Cancelled or late: nobody knows of the process any more, so it must not go on.
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if isinstance(error, asyncio.CancelledError):
                raise
