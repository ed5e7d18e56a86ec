"""The node's end of a finisher process: starts it, asks it, notices when it has died."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Final

import msgspec

from recordings.finishing.finisher import FinishResult
from recordings.finishing.protocol import FinishRequest, encode_line, reply_decoder

_LINE_LIMIT_BYTES: Final = 1 << 20


class FinisherProcess:
    """One finisher process, started when it is first needed and again after it died."""

    def __init__(self, storage_url: str, key_file: str = "") -> None:
        """Take the storage's URL and the file of keys; no process is started yet."""
        self._arguments = [storage_url, key_file] if key_file else [storage_url]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def finish(self, request: FinishRequest, timeout_s: float) -> FinishResult | None:
        """Return the result, None when the process died or gave no answer in time.

        Raises OSError when no process can be started.
        """
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "recordings.finishing.finisher_process",
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT_BYTES,
            )
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipe to the finisher process")
        try:
            async with asyncio.timeout(timeout_s):
                process.stdin.write(encode_line(request))
                await process.stdin.drain()
                line = await process.stdout.readline()
            return reply_decoder.decode(line).result
        except (ConnectionError, TimeoutError, msgspec.DecodeError):
            await self.end(0.0)
            return None

    async def end(self, patience_s: float) -> None:
        """Close the process's input and wait for it; kill it when that takes too long."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(patience_s):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
