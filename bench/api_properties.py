"""Every operation of the API by thousands of generated requests, on a node with live calls.

    python bench/api_properties.py --examples 2000 [--share 1/4]

All of schemathesis' checks and phases: the document's examples, every boundary of its schemas,
random requests that fit it and that don't, and sequences that follow what answers lead to; as an
administrator, then as every other role. Printed are, for each operation, how many requests were
sent and how they were answered; once a minute how far it is, and each failure when it is met. The
whole takes hours: with `--share 2/4` requests are generated for every fourth operation only, from
the second on. It ends with 1 where anything breaks what the document promises,
or an operation never succeeded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.parts.api_properties import PHASES, PropertyRun
from tests.parts.api_world import ApiWorld
from voicegw.model.directory import Role


class Progress:
    """Prints how far a run is, and failures as they come."""

    _EVERY_S = 60.0

    def __init__(self) -> None:
        """Begin; `run` is set when it is there."""
        self.run: PropertyRun | None = None
        self._began_s = self._told_s = time.monotonic()
        self._known: set[str] = set()

    def __call__(self) -> None:
        """Tell what is new."""
        if self.run is None:
            return
        for failure in self.run.failures():
            if failure not in self._known:
                self._known.add(failure)
                print(f"FAILED {failure}\n", flush=True)
        now_s = time.monotonic()
        if now_s >= self._told_s + self._EVERY_S:
            self._told_s = now_s
            sent = [one.examples for one in self.run.reports.values()]
            begun = sum(count > 0 for count in sent)
            print(
                f"  {now_s - self._began_s:5.0f} s: {sum(sent)} requests, {begun} operations begun",
                flush=True,
            )


def show(run: PropertyRun, took_s: float) -> list[str]:
    """Print what came of a run, and return its failures."""
    for report in sorted(run.reports.values(), key=lambda one: one.label):
        answers = " ".join(f"{status}×{n}" for status, n in sorted(report.statuses.items()))
        print(f"{report.label:64} {report.examples:7}  {answers}")
    total = sum(report.examples for report in run.reports.values())
    failures = list(run.failures())
    print(f"{len(run.reports)} operations, {total} requests in {took_s:.0f} s")
    print(f"{len(failures)} kinds of failures\n")
    for failure in failures:
        print(f"FAILED {failure}\n")
    return failures


def main() -> int:
    """Run as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=2000, help="generated, an operation")
    parser.add_argument("--phases", default=",".join(PHASES), help="of the administrator's run")
    parser.add_argument(
        "--role-examples", type=int, default=20, help="generated, an operation, for other roles"
    )
    parser.add_argument("--share", default="1/1", help="which of how many parts of the operations")
    given = parser.parse_args()
    part, parts = (int(one) for one in given.share.split("/"))
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="voicegw-api-", ignore_cleanup_errors=True) as folder:
        world = ApiWorld(Path(folder))
        try:
            began_s = time.monotonic()
            progress = Progress()
            run = PropertyRun(
                world,
                examples=given.examples,
                phases=given.phases.split(","),
                share=(part, parts),
                on_event=progress,
            )
            progress.run = run
            run.scenes()
            run.generated()
            failures += show(run, time.monotonic() - began_s)
            for missing in run.unreached():
                failures.append(missing)
                print(f"FAILED {missing}\n")
            for role in Role if given.role_examples else ():
                if role is Role.ADMIN:
                    continue
                print(f"as {role}:")
                began_s = time.monotonic()
                run = PropertyRun(
                    world,
                    examples=given.role_examples,
                    phases=("fuzzing",),
                    who=world.key_of(role),
                )
                run.generated()
                failures += show(run, time.monotonic() - began_s)
        finally:
            world.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
