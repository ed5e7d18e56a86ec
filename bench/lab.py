"""A real node under load, for the programs beside this file.

Every bench runs the product's own flow: `voicegw serve` with its store, journal, directory, outbox,
masking and recording, pinned to one core, with the generator `rtpload` on the other. Where root is
to be had the whole bench moves into a network namespace of its own, so that nothing else's traffic
or ports matter.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VOICEGW = Path(sys.executable).parent / "voicegw"
HOTLINE = "4008001234"
CUSTOMER_PATTERN = "+86138%08d"
MANAGER_PATTERN = "+86139%08d"


def enter_namespace() -> None:
    """Run this program again inside a network namespace of its own, where that is allowed."""
    if os.environ.get("VOICEGW_BENCH_NETNS") or os.geteuid() != 0 or not shutil.which("unshare"):
        return
    env = os.environ | {"VOICEGW_BENCH_NETNS": "1"}
    inner = 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"'
    os.execvpe(
        "unshare",
        ["unshare", "-n", "sh", "-c", inner, "sh", sys.executable, *sys.argv],
        env,
    )


def machine() -> str:
    """Return one line that names the machine a figure comes from."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return (
        f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def build_rtpload() -> Path:
    """Compile the generator where it is older than its source; return its path."""
    source, program = HERE / "rtpload.c", HERE / "rtpload"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["gcc", "-O2", "-Wall", "-o", program, source, "-lm"], check=True)
    return program


@dataclass
class Node:
    """A running `voicegw serve`, its API and its processes."""

    process: subprocess.Popen[bytes]
    folder: Path
    config: Path
    api: str
    key: str
    log: Path
    extra: dict[str, Any] = field(default_factory=dict)

    def pids(self) -> list[int]:
        """Return the node and its media workers; the finisher is another matter."""
        return [self.process.pid, *self._children(finisher=False)]

    def finisher_pids(self) -> list[int]:
        """Return the processes that make recordings."""
        return self._children(finisher=True)

    def _children(self, *, finisher: bool) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                stat = (entry / "stat").read_text()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            if parent == self.process.pid and (b"finisher" in command) is finisher:
                found.append(int(entry.name))
        return found

    def get(self, path: str) -> Any:
        """Return the JSON at `path` of the API."""
        request = urllib.request.Request(
            self.api + path, headers={"Authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

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


def run_cli(config: Path, *arguments: str) -> str:
    """Run `voicegw` with `--config` and return its output; a failure ends the bench."""
    done = subprocess.run(
        [VOICEGW, *arguments, "--config", config], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"voicegw {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout


def write_directory(folder: Path, people: int) -> dict[str, Path]:
    """Write import files: one group and hotline, `people` managers, each owning one customer."""
    files = {
        "groups": [["external_id", "name"], ["g1", "County"]],
        "hotlines": [
            ["number", "group_external_id", "name", "answer", "announce", "max_ring_s"],
            [HOTLINE, "g1", "Hotline", "at_owner", "none", "30"],
        ],
        "managers": [["external_id", "name", "group_external_id", "phones"]],
        "customers": [["external_id", "name", "group_external_id", "numbers", "owner_external_id"]],
    }
    for index in range(people):
        files["managers"].append([f"m{index}", f"M{index}", "g1", MANAGER_PATTERN % index])
        files["customers"].append(
            [f"c{index}", f"C{index}", "g1", CUSTOMER_PATTERN % index, f"m{index}"]
        )
    paths = {}
    for kind, rows in files.items():
        paths[kind] = folder / f"{kind}.csv"
        with paths[kind].open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return paths


CONFIG = """
[node]
name = "bench"
data_dir = "{folder}/data"
[sip]
listen = ["udp://127.0.0.1:5060"]
[[trunk]]
name = "generator"
uri = "sip:127.0.0.3:6080"
sources = ["127.0.0.0/8"]
identity = "pai"
[media]
workers = {workers}
bind = "127.0.0.1"
ports = "20000-29999"
port_drain_s = {port_drain_s}
[recording]
min_free_bytes = "100 MB"
announce = false
[policy]
per_customer = ["100000/d"]
[api]
listen = "127.0.0.1:8080"
"""


@contextmanager
def node(
    *, people: int, workers: int = 1, core: int | None = 0, port_drain_s: float = 5
) -> Iterator[Node]:
    """Start a node with `people` managers and customers, pinned to `core`; end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
        folder = Path(name)
        config = folder / "voicegw.toml"
        config.write_text(CONFIG.format(folder=folder, workers=workers, port_drain_s=port_drain_s))
        run_cli(config, "migrate")
        for kind, path in write_directory(folder, people).items():
            run_cli(config, "import", kind, str(path))
        key = json.loads(run_cli(config, "keys", "create", "--role", "admin", "--json"))["key"]
        log = folder / "serve.log"
        command: list[str] = [str(VOICEGW), "serve", "--config", str(config)]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        # The node's files may be many: one socket pair and one spool a call.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, preexec_fn=_shield)
        del soft
        running = Node(process, folder, config, "http://127.0.0.1:8080", key, log)
        try:
            _await_ready(running)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                process.wait(10)


def _shield() -> None:
    """Keep neighbours on the machine out of the figures: a scheduling group of its own."""
    os.setsid()
    try:
        Path("/proc/self/autogroup").write_text("-15")
    except OSError:
        pass


def _await_ready(running: Node) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            raise SystemExit(f"the node ended: {running.log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(running.api + "/readyz", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the node does not get ready: {running.log.read_text()[-2000:]}")


def rtpload(running: Node | None, *arguments: str, core: int = 1) -> dict[str, Any]:
    """Run the generator against the node and return its figures."""
    program = build_rtpload()
    command = ["taskset", "-c", str(core), str(program), *arguments]
    if os.geteuid() == 0:
        command = ["chrt", "-f", "10", *command]
    if running is not None:
        command += ["--dut", "127.0.0.1:5060", "--user", HOTLINE]
        command += ["--from", CUSTOMER_PATTERN, "--callee", MANAGER_PATTERN]
        for pid in running.pids():
            command += ["--pid", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"rtpload: {done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
