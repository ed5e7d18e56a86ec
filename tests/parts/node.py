"""A real node: `voicegw serve` as a process of its own, with store, directory and API key."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.parts import preloaded
from tests.parts.preloaded import PreloadedProcess

VOICEGW = Path(sys.executable).parent / "voicegw"
READY_S = 60.0


def children_of(pid: int) -> dict[int, str]:
    """Return the child processes of a process and their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            stat = (entry / "stat").read_text()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == pid:
            found[int(entry.name)] = command
    return found


def wait_for(
    what: str, condition: Callable[[], Any], timeout_s: float = 10, every_s: float = 0.05
) -> Any:
    """Return the first true value of `condition`; AssertionError when none came in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {timeout_s:.0f} s: {what}")
        time.sleep(every_s)


@dataclass
class Directory:
    """What is imported before the node starts: rows by kind, the first row being the header."""

    groups: list[list[str]] = field(
        default_factory=lambda: [["external_id", "name"], ["g1", "County"]]
    )
    hotlines: list[list[str]] = field(default_factory=list)
    managers: list[list[str]] = field(default_factory=list)
    customers: list[list[str]] = field(default_factory=list)

    def write(self, folder: Path) -> dict[str, Path]:
        """Write one CSV file a kind that has rows; return them in the order to import."""
        paths = {}
        for kind in ("groups", "hotlines", "managers", "customers"):
            rows: Sequence[Sequence[str]] = getattr(self, kind)
            if len(rows) > 1:
                paths[kind] = folder / f"{kind}.csv"
                with paths[kind].open("w", newline="") as stream:
                    csv.writer(stream).writerows(rows)
        return paths


class NodeProcess:
    """A node with its own folder. `start` may be called again after it has ended."""

    def __init__(
        self,
        folder: Path,
        config: str,
        *,
        api_port: int,
        prefix: Sequence[str] = (),
        env: dict[str, str] | None = None,
        preexec: Callable[[], None] | None = None,
    ) -> None:
        """Write the configuration; nothing runs yet. `prefix` comes before the command."""
        self.folder = folder
        self.config = folder / "voicegw.toml"
        self.config.write_text(config)
        self.api = f"http://127.0.0.1:{api_port}"
        self.key = ""
        self.log = folder / "serve.log"
        self.process: subprocess.Popen[bytes] | PreloadedProcess | None = None
        self._prefix = list(prefix)
        self._env = os.environ | (env or {})
        self._preexec = preexec

    def cli(self, *arguments: str) -> str:
        """Run a `voicegw` command on this node's configuration and return its output."""
        done = preloaded.run([*arguments, "--config", str(self.config)], env=self._env)
        if done.returncode:
            raise AssertionError(f"voicegw {arguments[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def prepare(self, directory: Directory) -> None:
        """Migrate the store, import the directory, make an administrator's key."""
        self.cli("migrate")
        for kind, path in directory.write(self.folder).items():
            self.cli("import", kind, str(path))
        self.key = json.loads(self.cli("keys", "create", "--role", "admin", "--json"))["key"]

    def adopt(self, prepared: Path, key: str) -> None:
        """Take over a copy of the SQLite database that another node has `prepare`d."""
        (self.folder / "data").mkdir(mode=0o700, exist_ok=True)
        shutil.copy(prepared, self.folder / "data" / "voicegw.db")
        self.key = key

    def start(self, *, installed: bool = False) -> None:
        """Start the node, by the `installed` command where that is asked; wait until it answers."""
        serve = ["serve", "--config", str(self.config)]
        if installed or self._prefix or self._preexec:
            with self.log.open("ab") as out:
                self.process = subprocess.Popen(
                    [*self._prefix, VOICEGW, *serve],
                    stdout=out,
                    stderr=out,
                    env=self._env,
                    preexec_fn=self._preexec,  # noqa: PLW1509 - given by programs without threads
                )
        else:
            self.process = PreloadedProcess(serve, env=self._env, stdout=self.log, stderr=self.log)
        try:
            wait_for("node ready", self._answers_or_dead, READY_S)
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended: {self.log.read_text()[-3000:]}")
        except AssertionError:
            self.kill()
            raise

    def _answers_or_dead(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            return True
        try:
            urllib.request.urlopen(self.api + "/readyz", timeout=2).close()
        except urllib.error.HTTPError as error:
            # It lives; what it lacks is for the test to say.
            error.close()
        except OSError:
            return False
        return True

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The node's process id."""
        assert self.process is not None
        return self.process.pid

    def children(self) -> dict[int, str]:
        """Return the node's child processes and their command lines."""
        return children_of(self.pid)

    def media_workers(self) -> list[int]:
        """Return the process ids of the media workers."""
        return [pid for pid, command in self.children().items() if "media" in command]

    def stop(self, timeout_s: float = 20) -> int:
        """End the node in order (a second SIGTERM when it drains) and return its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGTERM)
            return self.process.wait(10)

    def kill(self) -> None:
        """Kill the node as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 10,
    ) -> tuple[int, Any]:
        """Return status and JSON of a request with the administrator's key."""
        send = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            send["Content-Type"] = "application/json"
        request = urllib.request.Request(self.api + path, data, send, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"null")

    def get(self, path: str) -> Any:
        """Return the JSON of a GET that must succeed."""
        status, body = self.request("GET", path)
        assert status == 200, (status, body)
        return body

    def dial(self, manager: str, customer: str, **more: Any) -> str:
        """Start a click-to-dial by external ids and return the call's id."""
        body = {"manager_external_id": manager, "customer_external_id": customer, **more}
        status, call = self.request("POST", "/v1/calls", body)
        assert status == 202, (status, call)
        return str(call["id"])

    def ended(self, call_id: str, timeout_s: float = 20) -> dict[str, Any]:
        """Wait until a call is over and return it."""

        def look() -> dict[str, Any] | None:
            call: dict[str, Any] = self.get(f"/v1/calls/{call_id}")
            return call if call["outcome"] is not None else None

        return dict(wait_for("call ended", look, timeout_s))

    def call_with_status(self, call_id: str, status: str, timeout_s: float = 20) -> dict[str, Any]:
        """Wait until a call has a status and return it."""

        def look() -> dict[str, Any] | None:
            call: dict[str, Any] = self.get(f"/v1/calls/{call_id}")
            return call if call["status"] == status else None

        return dict(wait_for(f"call {status}", look, timeout_s))

    def bridged(self, call_id: str, timeout_s: float = 30) -> dict[str, Any]:
        """Wait until the two talk and return the call."""

        def look() -> dict[str, Any] | None:
            call: dict[str, Any] = self.get(f"/v1/calls/{call_id}")
            if call["bridged_at"] is None and call["outcome"] is not None:
                raise AssertionError(f"never bridged: {call}")
            return call if call["bridged_at"] is not None else None

        return dict(wait_for("call bridged", look, timeout_s))

    def call_ids(self) -> set[str]:
        """Return the ids of the newest calls."""
        return {item["id"] for item in self.get("/v1/calls?limit=200")["items"]}

    def new_calls(self, known: set[str], count: int = 1, timeout_s: float = 20) -> list[str]:
        """Wait for `count` calls that are not among `known` and return their ids."""

        def look() -> list[str] | None:
            new = self.call_ids() - known
            return sorted(new) if len(new) >= count else None

        found: list[str] = wait_for(f"{count} new calls", look, timeout_s)
        assert len(found) == count, found
        return found

    def hangup(self, call_id: str) -> None:
        """End a call by the API."""
        status, body = self.request("POST", f"/v1/calls/{call_id}/hangup")
        assert status in (200, 202), (status, body)

    def event_types(self, call_id: str) -> list[str]:
        """Return the types of a call's events in order."""
        items = self.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
        return [item["type"] for item in items]

    def wait_for_event(self, call_id: str, kind: str, timeout_s: float = 10) -> None:
        """Wait until an event of this type tells of the call."""
        wait_for(f"event {kind}", lambda: kind in self.event_types(call_id), timeout_s)

    def metrics(self) -> dict[str, float]:
        """Return the node's figures by name (labels kept as written)."""
        with urllib.request.urlopen(self.api + "/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found

    def assert_nothing_held(self, timeout_s: float = 10) -> None:
        """Assert that no call, session, port or slot is held."""
        names = (
            "voicegw_calls_live",
            "voicegw_sip_sessions",
            "voicegw_media_sessions",
            "voicegw_media_ports_in_use",
            "voicegw_manager_slots_in_use",
            "voicegw_trunk_calls_in_use",
        )
        last: dict[str, float] = {}

        def look() -> bool:
            figures = self.metrics()
            last.clear()
            last.update({name: figures[name] for name in names})
            return not any(last.values())

        try:
            wait_for("nothing held", look, timeout_s)
        except AssertionError:
            raise AssertionError(f"still held: {last}") from None
