"""The lab's other processes, as the scenario sees them: a real node, and telephones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from voicegw.errors import Problem, StartError

_READY_WITHIN_S = 20.0
_STOP_WITHIN_S = 8.0
_PHONE_LEAVES_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """A telephone to start: its account, its voice and where it keeps what it hears."""

    name: str
    number: str
    password: str
    voice: Path
    folder: Path


@dataclass(slots=True)
class PhoneEvent:
    """One line a telephone printed."""

    event: str
    facts: dict[str, Any] = field(default_factory=dict)


class Telephone:
    """An independent telephone in a process of its own."""

    def __init__(self, options: PhoneOptions) -> None:
        """Prepare; :meth:`start` starts it."""
        self.options = options
        self.tap = options.folder / "signalling.log"
        self._process: asyncio.subprocess.Process | None = None
        self._events: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None

    async def start(self, server: tuple[str, int], host: str) -> None:
        """Start and register it. Raises StartError when it can't."""
        options = self.options
        log = (options.folder / "phone.log").open("wb")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "ignore", "-m", "voicegw.demo.phone"),
                *("--server", f"{server[0]}:{server[1]}", "--host", host),
                *("--number", options.number, "--password", options.password),
                *("--say", str(options.voice), "--record", str(options.folder)),
                *("--tap", str(self.tap)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._reader = asyncio.create_task(self._read())
        event = await self.expect("registered", "failed", within_s=_READY_WITHIN_S)
        if event is None or event.event == "failed":
            what, mend = "did not register", f"see {options.folder / 'phone.log'}"
            raise StartError(Problem(f"telephone of the {options.name}", what, mend))

    async def expect(self, *events: str, within_s: float) -> PhoneEvent | None:
        """Return the next event of these kinds, skipping others; None when it does not come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while True:
                    found = await self._events.get()
                    if found.event in events:
                        return found
        return None

    def call(self, number: str) -> None:
        """Dial."""
        self._tell({"do": "call", "to": number})

    def hang_up(self) -> None:
        """End its call."""
        self._tell({"do": "hangup"})

    async def stop(self) -> None:
        """End the process, by force when it does not leave by itself."""
        process = self._process
        if process is None or self._reader is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        await _end(process, _PHONE_LEAVES_WITHIN_S)
        await self._reader

    def _tell(self, command: dict[str, str]) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        while line := await self._process.stdout.readline():
            facts = json.loads(line)
            self._events.put_nowait(PhoneEvent(facts.pop("event"), facts))


class Node:
    """A real node: `voicegw serve` with a configuration of its own."""

    def __init__(self, config: Path, log: Path, url: str) -> None:
        """Prepare; `url` is where its API will be."""
        self.url = url
        self._config = config
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises StartError with its last words."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "voicegw.cli", "serve", "--config", str(self._config)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(_READY_WITHIN_S), httpx.AsyncClient() as client:
                while not await _is_ready(client, self.url):
                    if self._process.returncode is not None:
                        raise StartError(self._problem("ended at once"))
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise StartError(self._problem(f"isn't ready after {_READY_WITHIN_S:g} s")) from error

    async def stop(self) -> None:
        """Drain and end it, by force when it does not end by itself."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await _end(self._process, _STOP_WITHIN_S)

    async def wait(self) -> None:
        """Wait until the node ends by itself."""
        if self._process is not None:
            await self._process.wait()

    def _problem(self, what: str) -> Problem:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        return Problem("node", what + last, f"see {self._log}")


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def _end(process: asyncio.subprocess.Process, within_s: float) -> None:
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        process.kill()
        await process.wait()
