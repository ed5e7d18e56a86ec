"""Every operation of the API by thousands of generated requests, on a node with live calls.

    python bench/api_properties.py --examples 2000 [--ledger FILE] [--minutes M] [--share 1/4]

All of schemathesis' checks and phases: the document's examples, every boundary of its schemas,
random requests that fit it and that don't, and sequences that follow what answers lead to; as an
administrator, then as every other role. Printed is, when an operation is through, how many requests
were sent, how long that took and how they were answered, then each failure.

The whole takes hours. With `--share 2/4` requests are generated for every fourth operation only,
from the second on; with `--minutes` no operation is begun after so many, and with `--ledger` those
are left out that a run with that file was through with, unless they failed or are described in
other words by now. What all runs with one ledger came to is printed last;
`bench/api_properties.jsonl` is that of the long run with 2,000 examples. A run ends with 1 where
anything breaks what the document promises, or an operation never succeeded.
"""

from __future__ import annotations

import argparse
import gc
import math
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.parts.api_ledger import Ledger, OperationReport
from tests.parts.api_properties import PHASES, PropertyRun
from tests.parts.api_world import ApiWorld
from voicegw import __version__
from voicegw.model.directory import Role


def show(report: OperationReport) -> None:
    """Print what came of an operation."""
    answers = " ".join(f"{status}×{n}" for status, n in sorted(report.statuses.items()))
    print(
        f"{report.label:64} {report.examples:6} {report.generated_s:6.1f} s  {answers}", flush=True
    )
    for name, told in report.failures.items():
        print(f"FAILED {report.label}: {name}\n{told}\n", flush=True)


def revision() -> str:
    """Return which version of this program runs; a plus tells that it was changed since."""
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return __version__


def carry_out(run: PropertyRun, ledger: Ledger, enough: Callable[[], bool]) -> bool:
    """Send what is left to send, print and keep what comes of it; return whether all is well."""
    began_s = time.monotonic()
    shown: set[str] = set()
    for report in run.generated(enough):
        ledger.add(report)
        show(report)
        shown.add(report.label)
    requests = sum(one.examples for one in run.reports.values())
    print(f"{requests} requests in {time.monotonic() - began_s:.0f} s\n", flush=True)
    for report in run.reports.values():
        if report.failures and report.label not in shown:
            show(report)
    return not any(run.failures())


def as_administrator(world: ApiWorld, given: argparse.Namespace) -> bool:
    """Run as who may do everything; return whether all is well."""
    phases = given.phases.split(",")
    part, parts = (int(one) for one in given.share.split("/"))
    ledger = Ledger(given.ledger, examples=given.examples, phases=phases, revision=revision())
    run = PropertyRun(
        world, examples=given.examples, phases=phases, share=(part, parts), is_done=ledger.has
    )
    print(f"{len(run.chosen)} operations to go", flush=True)
    until_s = time.monotonic() + given.minutes * 60
    run.scenes()
    good = carry_out(run, ledger, lambda: time.monotonic() > until_s)
    print(ledger.total(run.reports.values()))
    for missing in run.unreached():
        good = False
        print(f"FAILED {missing}\n")
    return good


def as_others(world: ApiWorld, examples: int) -> bool:
    """Run as every other role; return whether all is well."""
    good = True
    for role in Role:
        if role is Role.ADMIN:
            continue
        print(f"as {role}:")
        run = PropertyRun(world, examples=examples, phases=("fuzzing",), who=world.key_of(role))
        ledger = Ledger(None, examples=examples, phases=("fuzzing",), revision="")
        good &= carry_out(run, ledger, lambda: False)
    return good


def main() -> int:
    """Run as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=2000, help="generated, an operation")
    parser.add_argument("--phases", default=",".join(PHASES), help="of the administrator's run")
    parser.add_argument(
        "--role-examples", type=int, default=20, help="generated, an operation, for other roles"
    )
    parser.add_argument("--share", default="1/1", help="which of how many parts of the operations")
    parser.add_argument("--ledger", type=Path, help="where to keep what has been through")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin no more after so many"
    )
    given = parser.parse_args()
    # An operation's requests are all kept until it is through: looking for garbage among them takes
    # as long as making them.
    gc.set_threshold(50_000, 50, 100)
    # So that the node ends with this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="voicegw-api-", ignore_cleanup_errors=True) as folder:
        world = ApiWorld(Path(folder))
        try:
            good = as_administrator(world, given)
            if given.role_examples:
                good &= as_others(world, given.role_examples)
        finally:
            world.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
