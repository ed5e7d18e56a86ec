"""sippy's b2bua_simple: another back-to-back agent on the way, which passes calls on."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from tests.parts.needs import missing
from tests.parts.node import wait_for
from tests.parts.sipp import is_bound


class SippyAgent:
    """One b2bua_simple on UDP; whoever calls it is put through to `next_hop` (host:port)."""

    def __init__(self, folder: Path, *, host: str, port: int, next_hop: str) -> None:
        """Start it."""
        if importlib.util.find_spec("sippy") is None:
            missing("sippy is not installed (pip install sippy)")
        folder.mkdir()
        command = [sys.executable, "-m", "sippy.b2bua_simple", "-f", "-l", host, "-p", str(port)]
        with (folder / "sippy.log").open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "-n", next_hop],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        wait_for("sippy listening", lambda: is_bound(host, port))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(5)
