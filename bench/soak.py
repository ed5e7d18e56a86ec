"""Hours of calls with mixed outcomes; at the end nothing of them may be left.

    python bench/soak.py [--minutes 60] [--cps 5]

SIPp plays customers who talk, give up, or meet a manager who is busy, declines, is unknown, does
not answer, or hangs up first. Prints every minute what the node holds; at the end how the calls
ended, and the node's dialogs, timers, ports, slots, tasks, files and memory before and after.
Exit code 1 when a call ended otherwise than scripted, or something is left.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import Node, enter_namespace, machine, node, sipp_callees, sipp_callers
from leftovers import GAUGES, descriptors, rss_kb

from tests.parts.sipp import Sipp
from tests.parts.sipp_steps import Behaviour

#: Gauges that have a level of their own, to be reached again.
LEVELS = ("voicegw_sip_timers", "voicegw_loop_tasks")
PEOPLE = 100
#: The longest call: half a minute of ringing, a sentence, the answers to what is repeated.
LAST_CALLS_S = 90


@dataclass(frozen=True, slots=True)
class Group:
    """A hundred customers and their managers: what each does, and what the record shall say.

    `share` is the part of all calls that is theirs.
    """

    share: float
    caller: str
    manager: str
    outcome: str


GROUPS = (
    Group(0.40, "talks_and_hangs_up", "answers", "connected"),
    Group(0.20, "talks_until_hung_up", "answers_then_hangs_up", "connected"),
    Group(0.10, "gives_up_while_ringing", "no_answer", "abandoned"),
    Group(0.10, "hears_a_sentence_then_486", "busy", "manager_busy"),
    Group(0.08, "hears_a_sentence_then_480", "not_found", "manager_unreachable"),
    Group(0.06, "hears_a_sentence_then_480", "declines", "manager_declined"),
    Group(0.06, "hears_a_sentence_then_480", "no_answer", "missed"),
)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--cps", type=float, default=5)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}", flush=True)
    with node(people=PEOPLE * len(GROUPS)) as running:
        # Caches and pools reach their size in a first round; it is not counted.
        run(running, minutes=0.5, cps=options.cps)
        before, seen = held(running), outcomes(running)
        failed = run(running, minutes=options.minutes, cps=options.cps)
        after, ended = held(running), outcomes(running) - seen
    print(f"calls: {ended.total()}; scripts not followed to their end: {failed}")
    for group in GROUPS:
        print(f"  {group.caller}, manager {group.manager}: {group.outcome} expected")
    for outcome, count in sorted(ended.items()):
        print(f"  ended {outcome}: {count}")
    for name in before:
        print(f"{name}: before {before[name]:.0f}, after {after[name]:.0f}")
    left = [name for name in GAUGES if after[name]]
    left += [name for name in LEVELS if after[name] > before[name]]
    if after["descriptors"] > before["descriptors"]:
        left.append("descriptors")
    unexpected = set(ended) - {group.outcome for group in GROUPS}
    if left or failed or unexpected:
        sys.exit(f"left over: {left}; scripts failed: {failed}; unexpected: {unexpected}")


def run(running: Node, *, minutes: float, cps: float) -> int:
    """Make calls for `minutes`, wait until they are over, return how many scripts failed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        callees = sipp_callees(folder, [_behaviour(index) for index in range(len(GROUPS))])
        calls = [max(1, round(cps * group.share * minutes * 60)) for group in GROUPS]
        callers = [
            sipp_callers(
                folder,
                group.caller,
                range(PEOPLE * index, PEOPLE * (index + 1)),
                rate=cps * group.share,
                calls=calls[index],
                port=6100 + 10 * index,
            )
            for index, group in enumerate(GROUPS)
        ]
        _watch(running, callers, minutes)
        failed = sum(
            planned - one.figure("SuccessfulCall(C)")
            for one, planned in zip(callers, calls, strict=True)
        )
        callees.stop()
    # Timers of the last transactions (RFC 3261: 64*T1), resting ports.
    time.sleep(45)
    return failed


def _behaviour(index: int) -> Behaviour:
    return Behaviour(f"[+]8613900000{index}[0-9][0-9]", GROUPS[index].manager)


def _watch(running: Node, callers: Sequence[Sipp], minutes: float) -> None:
    begin = time.monotonic()
    last_line = 0
    while any(one.process.poll() is None for one in callers):
        time.sleep(1)
        passed_s = time.monotonic() - begin
        if passed_s // 60 > last_line:
            last_line = int(passed_s // 60)
            now = held(running)
            print(
                f"minute {last_line}: {now['voicegw_calls_live']:.0f} calls live, "
                f"{now['voicegw_sip_timers']:.0f} timers, {now['resident_kib']:.0f} KiB",
                flush=True,
            )
        if passed_s > minutes * 60 + LAST_CALLS_S:
            for one in callers:
                one.stop()
            raise SystemExit("calls that should have ended long ago still run")


def held(running: Node) -> dict[str, float]:
    """Return what the node holds now."""
    metrics = running.metrics()
    found = {name: metrics[name] for name in (*GAUGES, *LEVELS)}
    return found | {"descriptors": descriptors(running), "resident_kib": rss_kb(running)}


def outcomes(running: Node) -> Counter[str]:
    """Return how many calls have ended with each outcome."""
    found: Counter[str] = Counter()
    for name, value in running.metrics().items():
        if name.startswith("voicegw_calls_ended_total{"):
            found[name.partition('outcome="')[2].partition('"')[0]] += int(value)
    return found


if __name__ == "__main__":
    main()
