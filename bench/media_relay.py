"""What one media worker costs: recorded two-leg calls through the embedded engine.

    python bench/media_relay.py [--calls 20,100,200,300,400] [--hold 20] [--json FILE]

A worker pinned to core 0 is driven by bench/rtpload (mode `map`, on the last core, with real-time
priority where allowed); both directions are captured. A plain C relay (bench/floor_relay.c) runs
under the same load right after, as the floor that the kernel sets. Printed per number of calls:
loss, delay added in ms (p50/p95/p99), CPU-seconds per call-minute, the C relay's, resident memory.

Neighbours on the machine show in the delays: give the run a quiet machine, or root, so that it may
raise its own priority. CPU-seconds are per process and repeat better.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
from voicegw.media.engine import CaptureSpec, FromLeg, MediaEvent
from voicegw.model.call import LegRole
from voicegw.sdp.description import parse

BENCH = Path(__file__).resolve().parent
PEER_A, PEER_B, PEER_PORT_BASE = "127.0.0.2", "127.0.0.3", 10000
FLOOR_PORT_BASE = 40000
WORKER_CORE = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    calls: int
    worker: dict[str, Any]
    floor: dict[str, Any]


def build(program: Path, *libraries: str) -> Path:
    """Compile the C file of that name in bench/ where it is newer than `program`."""
    source = BENCH / f"{program.name}.c"
    program.parent.mkdir(exist_ok=True)
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("gcc") or sys.exit("gcc is needed: apt-get install gcc")
        subprocess.run(
            [compiler, "-O2", "-Wall", "-o", str(program), str(source), *libraries], check=True
        )
    return program


def description(host: str, port: int) -> str:
    """Return what a G.711 telephone would offer or answer."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    )


def shield() -> None:
    """Keep neighbours out of the figures, as far as this user may."""
    with contextlib.suppress(OSError):
        os.setsid()
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("-15", encoding="ascii")


async def load(calls: int, hold_s: float, map_file: Path, pid: int) -> dict[str, Any]:
    """Run the generator on the last core and return its figures."""
    command = [str(build(BENCH / "rtpload", "-lm")), "--mode", "map", "--map", str(map_file)]
    command += ["--calls", str(calls), "--hold", str(hold_s), "--settle", "6", "--codec", "pcma"]
    command += ["--media-a", PEER_A, "--media-b", PEER_B, "--port-base", str(PEER_PORT_BASE)]
    command += ["--pid", str(pid)]
    pin = ["taskset", "-c", str((os.cpu_count() or 1) - 1)]
    realtime = ["chrt", "-f", "10"] if os.geteuid() == 0 and shutil.which("chrt") else []
    process = await asyncio.create_subprocess_exec(
        *realtime, *pin, *command, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise SystemExit("rtpload failed")
    figures: dict[str, Any] = json.loads(output.decode().splitlines()[-1])
    return figures


async def measure_worker(calls: int, hold_s: float, folder: Path) -> dict[str, Any]:
    """Carry `calls` recorded calls in one worker."""
    engine = EmbeddedEngine(
        EmbeddedEngineOptions(
            workers=1,
            ports="20000-29999",
            bind_host="127.0.0.1",
            cpu_affinity=(WORKER_CORE,),
            port_drain_s=0,
        )
    )
    await engine.start()
    events: list[MediaEvent] = []
    sessions, lines = [], []
    try:
        for i in range(calls):
            spec = CaptureSpec(folder / f"{calls}-{i}.spool", {"call_id": f"bench-{i}"})
            session = await engine.open(f"bench-{i}", spec, events.append)
            sessions.append(session)
            peers = ((PEER_A, PEER_PORT_BASE + 4 * i), (PEER_B, PEER_PORT_BASE + 4 * i + 2))
            ours = []
            for role, peer in zip((LegRole.CUSTOMER, LegRole.MANAGER), peers, strict=True):
                answer = await session.answer(role.value, role, description(*peer))
                ours.append(parse(answer).media[0].port)
            session.connect(FromLeg(LegRole.CUSTOMER), LegRole.MANAGER)
            session.connect(FromLeg(LegRole.MANAGER), LegRole.CUSTOMER)
            lines.append(f"{i} 127.0.0.1 {ours[0]} 127.0.0.1 {ours[1]}")
        map_file = folder / "map"
        map_file.write_text("\n".join(lines) + "\n", encoding="ascii")
        figures = await load(calls, hold_s, map_file, engine.worker_pids()[0])
        summaries = [await session.close() for session in sessions]
        figures["capture_dropped"] = sum(summary.dropped_packets for summary in summaries)
    finally:
        await engine.stop()
    return figures


async def measure_floor(calls: int, hold_s: float, folder: Path) -> dict[str, Any]:
    """Carry the same in C, without recording or rewriting."""
    arguments = [str(calls), str(FLOOR_PORT_BASE), PEER_A, PEER_B, str(PEER_PORT_BASE)]
    process = await asyncio.create_subprocess_exec(
        *("taskset", "-c", str(WORKER_CORE), str(build(BENCH / "out" / "floor_relay"))),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdout is None or await process.stdout.readline() != b"ready\n":
            raise SystemExit("floor_relay failed")
        map_file = folder / "floor-map"
        ports = [(FLOOR_PORT_BASE + 4 * i, FLOOR_PORT_BASE + 4 * i + 2) for i in range(calls)]
        map_file.write_text(
            "".join(f"{i} 127.0.0.1 {a} 127.0.0.1 {b}\n" for i, (a, b) in enumerate(ports)),
            encoding="ascii",
        )
        return await load(calls, hold_s, map_file, process.pid)
    finally:
        process.kill()
        await process.wait()


async def run(calls: list[int], hold_s: float) -> list[Row]:
    """Measure each number of calls and print its line at once."""
    print(
        f"{'calls':>5} {'loss %':>8} {'delay p50/p95/p99 ms':>22} {'CPU-s/call-min':>15} "
        f"{'C relay':>8} {'core %':>7} {'RSS MB':>7} {'capture lost':>12}"
    )
    rows = []
    for count in calls:
        with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
            worker = await measure_worker(count, hold_s, Path(name))
            floor = await measure_floor(count, hold_s, Path(name))
        row = Row(count, worker, floor)
        rows.append(row)
        delay = worker["delay_ms"]
        delays = f"{delay['p50']:.2f}/{delay['p95']:.2f}/{delay['p99']:.2f}"
        print(
            f"{count:>5} {100 * worker['loss']:>8.3f} {delays:>22} "
            f"{worker['dut_cpu_s_per_call_min']:>15.4f} "
            f"{floor['dut_cpu_s_per_call_min']:>8.4f} {100 * worker['dut_core_frac']:>7.1f} "
            f"{worker['rss_window_kb'] / 1024:>7.1f} {worker['capture_dropped']:>12}",
            flush=True,
        )
    return rows


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", default="20,100,200,300,400")
    parser.add_argument("--hold", type=float, default=20.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    shield()
    rows = asyncio.run(run([int(n) for n in options.calls.split(",")], options.hold))
    if options.json is not None:
        options.json.write_text(
            json.dumps([{"calls": r.calls, "worker": r.worker, "floor": r.floor} for r in rows]),
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
