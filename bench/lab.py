"""A real node under load, for the programs beside this file.

Every bench runs the product's own flow: `voicegw serve` with its store, journal, directory, outbox,
masking and recording, pinned to one core, with the generator `rtpload` on the other. Where root is
to be had the whole bench moves into a network namespace of its own, so that nothing else's traffic
or ports matter.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.parts.node import Directory, NodeProcess  # noqa: E402 - after the path to it
from tests.parts.sipp import Sipp  # noqa: E402
from tests.parts.sipp_steps import Behaviour, called_scenario, calling_scenario  # noqa: E402

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


def cpu_s(pids: list[int]) -> float:
    """Return the CPU seconds that processes have used; those that have ended count nothing."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def build_rtpload() -> Path:
    """Compile the generator where it is older than its source; return its path."""
    source, program = HERE / "rtpload.c", HERE / "rtpload"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["gcc", "-O2", "-Wall", "-o", program, source, "-lm"], check=True)
    return program


class Node(NodeProcess):
    """A running node under load."""

    def pids(self) -> list[int]:
        """Return the node and its media workers; what makes recordings is another matter."""
        return [self.pid, *self.media_workers()]

    def finishers(self) -> list[int]:
        """Return the processes that make recordings."""
        return [pid for pid, command in self.children().items() if "finisher" in command]


def directory(people: int) -> Directory:
    """Return one hotline and `people` managers, each owning one customer."""
    found = Directory()
    found.hotlines = [
        ["number", "group_external_id", "name", "answer", "announce", "max_ring_s"],
        [HOTLINE, "g1", "Hotline", "at_owner", "none", "30"],
    ]
    found.managers = [["external_id", "name", "group_external_id", "phones"]]
    found.customers = [["external_id", "name", "group_external_id", "numbers", "owner_external_id"]]
    for index in range(people):
        found.managers.append([f"m{index}", f"M{index}", "g1", MANAGER_PATTERN % index])
        found.customers.append(
            [f"c{index}", f"C{index}", "g1", CUSTOMER_PATTERN % index, f"m{index}"]
        )
    return found


CONFIG = """
[node]
name = "bench"
data_dir = "{folder}/data"
[sip]
listen = ["udp://127.0.0.1:5060"]
[[trunk]]
name = "generator"
uri = "sip:127.0.0.3:6080"
options_s = 0
sources = ["127.0.0.0/8"]
identity = "pai"
[media]
workers = {workers}
bind = "127.0.0.1"
codecs = ["PCMA", "PCMU"]
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
    *,
    people: int,
    workers: int = 1,
    core: int | None = 0,
    port_drain_s: float = 5,
    config: str = CONFIG,
    town: Directory | None = None,
) -> Iterator[Node]:
    """Start a node with `people` managers and customers, pinned to `core`; end it afterwards.

    `config` has the places that `CONFIG` has; `town` takes the place of the people.
    """
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
        folder = Path(name)
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        running = Node(
            folder,
            config.format(folder=folder, workers=workers, port_drain_s=port_drain_s),
            api_port=8080,
            prefix=[] if core is None else ["taskset", "-c", str(core)],
            preexec=_shield,
        )
        running.prepare(town or directory(people))
        try:
            running.start()
            yield running
        finally:
            running.stop()


def _shield() -> None:
    """Keep neighbours on the machine out of the figures: a scheduling group of its own."""
    os.setsid()
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("-15")


def sipp_callees(
    folder: Path, behaviours: list[Behaviour], *, linger_ms: int = 0, core: int = 1
) -> Sipp:
    """Start SIPp as the telephones behind the trunk; it runs until it is stopped."""
    return Sipp(
        folder,
        "callees",
        called_scenario(behaviours, linger_ms=linger_ms),
        host="127.0.0.3",
        port=6080,
        traced=False,
        timeout_s=100_000,
        prefix=["taskset", "-c", str(core)],
    )


def sipp_callers(
    folder: Path,
    does: str,
    people: range,
    *,
    rate: float,
    calls: int,
    dut: str = "127.0.0.1:5060",
    linger_ms: int = 0,
    pause_ms: int = 1000,
    port: int = 6060,
    core: int = 1,
) -> Sipp:
    """Start SIPp as customers who call the hotline, the `people` in turn, `rate` a second.

    Those who talk hang up after `pause_ms`.
    """
    scenario = calling_scenario(does, linger_ms=linger_ms)
    return Sipp(
        folder,
        f"callers-{does}-{people.start}",
        scenario.replace('<pause milliseconds="1000"/>', f'<pause milliseconds="{pause_ms}"/>'),
        host="127.0.0.2",
        port=port,
        remote=dut,
        rows=[(CUSTOMER_PATTERN % index, HOTLINE) for index in people],
        rate=rate,
        calls=calls,
        traced=False,
        timeout_s=100_000,
        prefix=["taskset", "-c", str(core)],
    )


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
