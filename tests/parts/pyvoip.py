"""pyVoIP as a telephone that registers with the node: the lab's own, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.parts.node import wait_for
from voicegw.demo.sound import Voice, write_wav


class NotRegisteredError(Exception):
    """The node refused the telephone."""


class PyvoipPhone:
    """A telephone that answers whatever rings it, speaks a tone and keeps what it hears."""

    def __init__(
        self, folder: Path, *, user: str, password: str, server: str, host: str, tone_hz: int
    ) -> None:
        """Start it and wait until it is registered at `server`, or raise NotRegisteredError."""
        folder.mkdir(parents=True)
        self.folder = folder
        self.tap = folder / "signalling.log"
        write_wav(folder / "says.wav", Voice(tone_hz, ()).samples())
        self.events: list[dict[str, Any]] = []
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-W", "ignore", "-m", "voicegw.demo.phone"),
                    *("--server", server, "--host", host),
                    *("--number", user, "--password", password),
                    *("--say", str(folder / "says.wav"), "--record", str(folder)),
                    *("--tap", str(self.tap)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if self.wait_for("registered", "failed", timeout_s=15)["event"] == "failed":
            self.stop()
            raise NotRegisteredError(user)

    def wait_for(self, *kinds: str, timeout_s: float = 10) -> dict[str, Any]:
        """Wait for the first event of these kinds and return it."""

        def look() -> dict[str, Any] | None:
            return next((one for one in self.events if one["event"] in kinds), None)

        found: dict[str, Any] = wait_for(f"the telephone's {kinds}", look, timeout_s)
        return found

    def call(self, number: str) -> None:
        """Dial."""
        self._tell({"do": "call", "to": number})

    def hang_up(self) -> None:
        """End its call."""
        self._tell({"do": "hangup"})

    def stop(self) -> None:
        """End the process, by force when it does not leave by itself."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(4)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _tell(self, command: dict[str, str]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))
