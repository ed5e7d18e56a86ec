"""The node's end of a listener process: starts it, asks it, ends it when there is nothing to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from recordings.line_process import LineProcess
from recordings.network.protocol import EarlySound, ListenRequest, encode_line, reply_decoder

_END_S: Final = 2.0


class Listener:
    """One listener process, started when it is needed and again after it died."""

    def __init__(
        self, region: str, *, key_file: str = "", timeout_s: float = 120.0, idle_s: float = 120.0
    ) -> None:
        """Take whose tones to look for, and the file of keys; no process is started yet.

        One that has had nothing to do for `idle_s` is ended.
        """
        arguments = [key_file] if key_file else []
        self._process = LineProcess("recordings.network.listener_process", arguments)
        self._region = region
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._rest: asyncio.Task[None] | None = None

    async def hear(self, spool: Path) -> EarlySound:
        """Return what is heard in a spool, given by its absolute path.

        Raises RecordingError when the process died or gave no answer in time, OSError when none
        can be started.
        """
        line = encode_line(ListenRequest(str(spool), self._region))
        async with self._turn:
            await self._stay()
            sound = await self._process.ask(line, reply_decoder.decode, self._timeout_s)
            self._rest = asyncio.create_task(self._end_when_idle())
            return sound

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid

    async def stop(self) -> None:
        """End the process; `hear` starts another one."""
        async with self._turn:
            await self._stay()
            await self._process.end(_END_S)

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle_s)
        await self._process.end(_END_S)

    async def _stay(self) -> None:
        """Have the process not end by itself; it may just have begun to."""
        rest, self._rest = self._rest, None
        if rest is not None:
            rest.cancel()
            await asyncio.gather(rest, return_exceptions=True)
