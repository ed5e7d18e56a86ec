"""A real PostgreSQL: started for tests on an ephemeral port, in a folder of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import asyncpg

from tests.parts.ports import free_port

_USER = "postgres"


class PostgresMissingError(Exception):
    """PostgreSQL's programs are not on this machine (Debian: apt-get install postgresql)."""


class PostgresServer:
    """One server. `start` and `stop` may be repeated: a test can take the store away."""

    def __init__(self, *, durable: bool = False) -> None:
        """Initialise a new data folder. Raises PostgresMissingError.

        Only a `durable` server waits for the disk as one in use does; tests are quicker without.
        """
        self._fsync = "on" if durable else "off"
        self._programs = _programs()
        # The server refuses to run as root, and its user can't enter the 0700 folders of pytest.
        self._as_user = ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
        self._folder = Path(tempfile.mkdtemp(prefix="voicegw-postgres-"))
        self._folder.chmod(0o755)
        self._data = self._folder / "data"
        self._data.mkdir()
        if self._as_user:
            shutil.chown(self._folder, _USER)
            shutil.chown(self._data, _USER)
        self.port = free_port()
        options = [
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]
        self._run("initdb", "-D", str(self._data), "-U", _USER, *options)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        options += f" -c fsync={self._fsync}"
        log = str(self._folder / "server.log")
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-t", "150", "-l", log, "-o", options, "start"
        )

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def backends(self) -> list[int]:
        """Return the process ids of the running server's children."""
        pid = (self._data / "postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def remove(self) -> None:
        """Delete the folder of a stopped server."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the URL of `database`, as the configuration takes it."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Create an empty database and return its URL."""
        asyncio.run(self._execute(f'CREATE DATABASE "{name}"'))
        return self.url(name)

    def execute(self, database: str, statement: str) -> None:
        """Carry out `statement` in `database`."""
        asyncio.run(self._execute(statement, database))

    async def _execute(self, statement: str, database: str = _USER) -> None:
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self._programs / program), *arguments]
        # Not captured: the server inherits the pipes and would keep them open.
        done = subprocess.run(
            command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=180,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} ended with {done.returncode}")


def _programs() -> Path:
    found = shutil.which("pg_ctl")
    if found is not None and shutil.which("initdb") is not None:
        return Path(found).parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdecimal() else 0,
    )
    if not versions:
        raise PostgresMissingError("PostgreSQL is not installed (apt-get install postgresql)")
    return versions[-1].parent
