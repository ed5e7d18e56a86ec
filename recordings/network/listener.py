"""The node's end of a listener process: starts it, asks it, ends it when there is nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Final

import msgspec

from recordings.network.protocol import EarlySound, ListenRequest, encode_line, reply_decoder
from voicegw.errors import RecordingError

_LINE_LIMIT_BYTES: Final = 4 << 20
"""A minute of sound is 1.3 MB in base 64."""
_END_S: Final = 2.0


class Listener:
    """One listener process, started when it is needed and again after it died."""

    def __init__(
        self, region: str, *, key_file: str = "", timeout_s: float = 120.0, idle_s: float = 120.0
    ) -> None:
        """Take whose tones to look for, and the file of keys; no process is started yet.

        One that has had nothing to do for `idle_s` is ended.
        """
        self._region = region
        self._arguments = [key_file] if key_file else []
        self._timeout_s = timeout_s
        self._process: asyncio.subprocess.Process | None = None
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._rest: asyncio.Task[None] | None = None

    async def hear(self, spool: Path) -> EarlySound:
        """Return what is heard in a spool, given by its absolute path.

        Raises RecordingError when the process died or gave no answer in time, OSError when none
        can be started.
        """
        request = ListenRequest(str(spool), self._region)
        async with self._turn:
            await self._stay()
            process = await self._running()
            if process.stdin is None or process.stdout is None:
                raise OSError("no pipe to the listener process")
            try:
                async with asyncio.timeout(self._timeout_s):
                    process.stdin.write(encode_line(request))
                    await process.stdin.drain()
                    line = await process.stdout.readline()
                reply = reply_decoder.decode(line)
            except (ConnectionError, TimeoutError, ValueError, msgspec.DecodeError) as error:
                await self._end(0.0)
                raise RecordingError("the listener process died") from error
            except asyncio.CancelledError:
                # Its answer would be taken for the next one's.
                await self._end(0.0)
                raise
            self._rest = asyncio.create_task(self._end_when_idle())
            return reply

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def stop(self) -> None:
        """End the process; `hear` starts another one."""
        async with self._turn:
            await self._stay()
            await self._end(_END_S)

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle_s)
        await self._end(_END_S)

    async def _stay(self) -> None:
        """Have the process not end by itself; it may just have begun to."""
        rest, self._rest = self._rest, None
        if rest is not None:
            rest.cancel()
            await asyncio.gather(rest, return_exceptions=True)

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "recordings.network.listener_process",
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT_BYTES,
            )
        return self._process

    async def _end(self, patience_s: float) -> None:
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
