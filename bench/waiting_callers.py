"""200 real callers before 20 managers, through the whole flow, and what each of them hears.

    python bench/waiting_callers.py [--callers 200] [--managers 20] [--talk-s 8] [--over-s 40]

Callers of a hotline that answers at once: some are customers with an owner, all others are for the
group (all managers at once), then for the queue. Managers answer, decline, are busy, or let it
ring; a tenth of the callers hang up while they wait, a twentieth press 1. Every packet of sound
that a caller receives is listened to from the answer to the end.

Exit code 1 when a caller has heard nothing for longer than a pause of the ring-back tone (4 s) and
the head of a prompt, somebody was overtaken or never served, a manager was rung for two at once, or
the sums of the queue are not those of the calls.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crowd_phones import Agent, Dialog, speak_all
from lab import CONFIG, CUSTOMER_PATTERN, HOTLINE, Node, enter_namespace, machine
from lab import node as lab_node

SERVER = ("127.0.0.1", 5060)
LONGEST_SILENCE_S = 4.25
"""A pause of the ring-back tone is 4 s (1 s of tone); a prompt begins with 0.1 s of silence."""
ROUTING = {
    "group": {"strategy": "ring_all", "ring_s": 6},
    "queue": {
        "size": 500,
        "max_wait_s": 1200,
        "announce_every_s": 20,
        "ring_s": 6,
        "rest_s": 4,
        "wrap_up_s": 1,
    },
}


@dataclass
class Crowd:
    """Managers and callers who do as people do, out of one seed."""

    rng: random.Random
    talk_s: float
    faults: list[str] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    left_waiting: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    _engaged: dict[str, Dialog] = field(default_factory=dict)

    def invited(self, dialog: Dialog) -> None:
        """Have a manager's telephone be answered, or not."""
        before = self._engaged.get(dialog.number)
        if before is not None and before.state != "over":
            self.faults.append("a manager was rung for two at once")
        self._engaged[dialog.number] = dialog
        self.background(self._manager(dialog))

    def background(self, work: Any) -> None:
        """Have `work` done by a task of its own."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _manager(self, dialog: Dialog) -> None:
        chance = self.rng.random()
        await asyncio.sleep(self.rng.uniform(0.5, 3))
        if chance < 0.04:
            dialog.refuse(603)
        elif chance < 0.08:
            dialog.refuse(486)
        elif chance >= 0.16:
            await dialog.pick_up()
            talks_s = 4 + self.rng.expovariate(1 / max(self.talk_s - 4, 0.1))
            try:
                async with asyncio.timeout(talks_s):
                    await dialog.over.wait()
            except TimeoutError:
                dialog.bye()

    async def caller(self, agent: Agent, number: int, at_s: float) -> Dialog:
        """Call, and perhaps leave before anybody is there."""
        await asyncio.sleep(at_s)
        dialog = await agent.call(CUSTOMER_PATTERN % number, HOTLINE, SERVER)
        chance = self.rng.random()
        await dialog.answered.wait()
        if chance < 0.15:
            await asyncio.sleep(self.rng.uniform(4, 60))
            if dialog.state == "talking":
                if chance < 0.10:
                    self.left_waiting.append(dialog.number)
                    dialog.bye()
                elif dialog.sound is not None:
                    self.pressed.append(dialog.number)
                    dialog.sound.press("1")
        await dialog.over.wait()
        return dialog


async def run(
    arguments: argparse.Namespace, running: Node
) -> tuple[Crowd, list[Dialog], dict[str, Any]]:
    """Have all of them call; return what they saw, and what the queue says at the end."""
    crowd = Crowd(random.Random(arguments.seed), arguments.talk_s)
    callers, managers = Agent("127.0.0.2"), Agent("127.0.0.3", crowd.invited)
    await callers.open(6060)
    await managers.open(6080)
    crowd.background(speak_all((callers, managers)))
    rng = random.Random(arguments.seed + 1)
    works = [
        asyncio.ensure_future(crowd.caller(callers, number, rng.uniform(0, arguments.over_s)))
        for number in range(arguments.callers)
    ]
    done: set[asyncio.Future[Dialog]] = set()
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + arguments.limit_s
    while len(done) < len(works) and loop.time() < ends_at:
        done, _ = await asyncio.wait(works, timeout=10)
        queues = await asyncio.to_thread(running.get, "/v1/queues")
        waiting = sum(one["waiting"] for one in queues["items"])
        print(f"  {len(done):4} calls over, {waiting:4} wait", flush=True)
    for work in works:
        if not work.done():
            crowd.faults.append("a caller was never served")
            work.cancel()
    await asyncio.sleep(1)
    queues = await asyncio.to_thread(running.get, "/v1/queues")
    for task in list(crowd.tasks):
        task.cancel()
    await asyncio.gather(*works, *crowd.tasks, return_exceptions=True)
    dialogs = [one.result() for one in works if not one.cancelled()]
    return crowd, dialogs, queues["items"][0]


def calls_of(running: Node) -> list[dict[str, Any]]:
    """Return all calls of the node, oldest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = running.get(f"/v1/calls?limit=200{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found[::-1]
        cursor = f"&cursor={page['next_cursor']}"


def offers(running: Node, calls: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield when each caller came to the queue, and when somebody was first rung for that one."""
    for call in calls:
        if not any(step["step"] == "queue" for step in call["plan"]):
            continue
        events = running.get(f"/v1/calls/{call['id']}/events")["items"]
        entered = next(
            event["time"]
            for event in events
            if event["type"] == "call.step" and event["data"]["plan"][-1]["step"] == "queue"
        )
        rung = [leg["started_at"] for leg in call["legs"] if leg["role"] == "manager"]
        rung = [at for at in rung if datetime.fromisoformat(at) >= datetime.fromisoformat(entered)]
        if rung:
            yield entered, min(rung)


def judge(running: Node, crowd: Crowd, dialogs: list[Dialog], queue: dict[str, Any]) -> list[str]:
    """Print what came of it and return what was missed."""
    faults = list(crowd.faults)
    calls = calls_of(running)
    outcomes = Counter(call["outcome"] for call in calls)
    totals = queue["totals"]
    print(f"outcomes: {dict(outcomes)}")
    print(f"queue: {totals}")
    silence = max(one.sound.longest_silence_s for one in dialogs if one.sound)
    gap = max(one.sound.longest_gap_s for one in dialogs if one.sound)
    packets = sum(one.sound.packets for one in dialogs if one.sound)
    print(f"packets listened to: {packets}")
    print(f"longest without sound: {silence:.2f} s; without a packet: {gap:.2f} s")
    if silence > LONGEST_SILENCE_S:
        faults.append(f"a caller heard nothing for {silence:.2f} s")
    order = sorted(offers(running, calls))
    overtaken = sum(late[1] < early[1] for early, late in itertools.pairwise(order))
    waits = sorted(
        (datetime.fromisoformat(rung) - datetime.fromisoformat(entered)).total_seconds()
        for entered, rung in order
    )
    if waits:
        print(
            f"waited for an offer: {len(waits)} callers, median {waits[len(waits) // 2]:.1f} s, "
            f"longest {waits[-1]:.1f} s; overtaken: {overtaken}"
        )
    if overtaken:
        faults.append(f"{overtaken} callers were overtaken")
    queued = [call for call in calls if any(step["step"] == "queue" for step in call["plan"])]
    results = Counter(call["plan"][-1]["result"] for call in queued)
    sums = {
        "calls": (len(calls), len(dialogs)),
        "entered": (totals["entered"], len(queued)),
        "left": (totals["entered"], sum(totals[how] for how in DEPARTURES)),
        "answered": (totals["answered"], results["connected"]),
        "abandoned": (totals["abandoned"], results["canceled"]),
        "callback": (totals["callback"], outcomes["callback_requested"]),
        "hung up or abandoned": (
            outcomes["abandoned"],
            sum(_abandoned(call, crowd.left_waiting) for call in calls),
        ),
    }
    faults += [f"{what}: {one} is not {two}" for what, (one, two) in sums.items() if one != two]
    if any(call["outcome"] is None for call in calls):
        faults.append("a call has no outcome")
    return faults


DEPARTURES = ("answered", "abandoned", "callback", "timed_out", "ended")


def _abandoned(call: dict[str, Any], left: list[str]) -> bool:
    """Whether a caller hung up before talking, by the caller's own account."""
    return call["customer_number"] in left and call["bridged_at"] is None


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=200)
    parser.add_argument("--managers", type=int, default=20)
    parser.add_argument("--talk-s", type=float, default=8, help="mean length of a talk")
    parser.add_argument("--over-s", type=float, default=40, help="all call within so many seconds")
    parser.add_argument("--limit-s", type=float, default=600, help="when to give up")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    enter_namespace()
    print(machine())
    config = CONFIG.replace("announce = false", "announce = true")
    with lab_node(people=arguments.managers, core=None, config=config) as running:
        hotline = running.get("/v1/hotlines")["items"][0]
        kept = ("number", "group_id", "name")
        body = {key: hotline[key] for key in kept} | {
            "answer": "at_once",
            "announce": "prompt",
            "max_ring_s": 6,
            "routing": ROUTING,
        }
        status, answer = running.request("PUT", f"/v1/hotlines/{hotline['id']}", body)
        if status != 200:
            raise SystemExit(f"the hotline was not changed: {answer}")
        crowd, dialogs, queue = asyncio.run(run(arguments, running))
        faults = judge(running, crowd, dialogs, queue)
        running.assert_nothing_held(timeout_s=40)
    for fault, count in Counter(faults).items():
        print(f"MISSED: {fault} ({count})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
