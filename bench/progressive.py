"""50 managers work through 1,000 tasks, progressively, while their node is killed ten times.

    python bench/progressive.py [--managers 50] [--tasks 1000] [--kills 10] [--seed 1] [--nodes 1]

Real calls over SIP to simulated telephones. Customers answer and talk, are busy, decline, or let it
ring; managers pick up, now and then not, and tell the result of each talk. A twentieth of the tasks
are about a customer of whom a colleague has a task as well; another twentieth of customers are in a
group where it is always quiet. At random moments the node is killed (SIGKILL) and started again.
With two nodes, on PostgreSQL, one of them is killed, or sleeps (SIGSTOP) longer than its lease.

Exit code 1 when a customer was rung by two calls, one was rung in quiet hours, or while no manager
of that customer was on the line; when a task was lost: not tried though its customer may be called,
or neither open nor done; or when it took longer than the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from crowd_phones import Agent, Dialog, speak_all
from lab import (
    CONFIG,
    CUSTOMER_PATTERN,
    HOTLINE,
    MANAGER_PATTERN,
    Node,
    enter_namespace,
    machine,
)
from lab import node as lab_node

from tests.parts.node import Directory
from tests.parts.postgres import PostgresServer

SHARED_EACH: Final = 20
"""Every so many tasks one is about a customer of whom a colleague has a task."""
QUIET_EACH: Final = 20
"""Every so many customers one is where it is always quiet."""
RING_S: Final = 5
SLEEPS: Final = 0.4
"""So many outages of one of two nodes are sleeps, the others kills."""
SLEEP_S: Final = 45
"""Longer than the lease of a list, and of a node."""
SECOND: Final = {
    'name = "bench"': 'name = "bench2"',
    "127.0.0.1:5060": "127.0.0.1:5061",
    "127.0.0.1:8080": "127.0.0.1:8081",
    "20000-29999": "30000-39999",
}
"""What the second node has otherwise."""
ENDINGS: Final = ("connected", "customer_busy", "customer_declined", "customer_no_answer")


@dataclass
class Plan:
    """Who has tasks for whom. Managers and customers are numbers."""

    managers: int
    tasks: list[tuple[int, int]] = field(default_factory=list)
    """Manager and customer of each."""
    quiet: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, managers: int, tasks: int) -> Plan:
        """Return a plan with `tasks` tasks, evenly among `managers`."""
        plan = cls(managers)
        for number in range(tasks):
            manager = number % managers
            is_shared = number >= managers and number % SHARED_EACH == 0
            # The customer of the task before, which is a colleague's.
            plan.tasks.append((manager, number - 1 if is_shared else number))
        plan.quiet = {one for one in plan.customers if one % QUIET_EACH == 7}
        return plan

    @property
    def customers(self) -> list[int]:
        """All who have a task."""
        return sorted({customer for _, customer in self.tasks})

    def responsible(self) -> dict[str, set[str]]:
        """Return the numbers of the managers of each customer's number."""
        found: dict[str, set[str]] = defaultdict(set)
        for manager, customer in self.tasks:
            found[CUSTOMER_PATTERN % customer].add(MANAGER_PATTERN % manager)
        return found

    def town(self) -> Directory:
        """Return it as what is imported."""
        made = Directory()
        made.groups = [
            ["external_id", "name", "quiet_hours"],
            ["g1", "County", ""],
            ["night", "Night", "00:00-24:00"],
        ]
        made.hotlines = [
            ["number", "group_external_id", "name", "answer", "announce", "max_ring_s"],
            [HOTLINE, "g1", "Hotline", "at_owner", "none", str(RING_S)],
        ]
        made.managers = [["external_id", "name", "group_external_id", "phones"]]
        for one in range(self.managers):
            made.managers.append([f"m{one}", f"M{one}", "g1", MANAGER_PATTERN % one])
        made.customers = [["external_id", "name", "group_external_id", "numbers"]]
        for one in self.customers:
            group = "night" if one in self.quiet else "g1"
            made.customers.append([f"c{one}", f"C{one}", group, CUSTOMER_PATTERN % one])
        return made


class Phones:
    """The telephones of all, behind one address, and what they saw."""

    def __init__(self, plan: Plan, rng: random.Random) -> None:
        """Managers and customers of `plan` do as `rng` has it."""
        self._responsible = plan.responsible()
        self._rng = rng
        self._tasks: set[asyncio.Task[None]] = set()
        self.rung: Counter[str] = Counter()
        """How many calls have rung each customer."""
        self.alone: list[str] = []
        """Customers who were rung while no manager of theirs was on the line."""
        self._talking: dict[str, Dialog] = {}

    def invited(self, dialog: Dialog) -> None:
        """Have a telephone be answered, or not."""
        is_customer = dialog.number in self._responsible
        if is_customer:
            self.rung[dialog.number] += 1
            on_line = (self._talking.get(one) for one in self._responsible[dialog.number])
            if not any(one is not None and one.state == "talking" for one in on_line):
                self.alone.append(dialog.number)
        work = self._customer(dialog) if is_customer else self._manager(dialog)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _manager(self, dialog: Dialog) -> None:
        if self._rng.random() < 0.01:
            return  # not there: it rings until the gateway gives up
        await asyncio.sleep(self._rng.uniform(0.1, 0.5))
        self._talking[dialog.number] = dialog
        await dialog.pick_up()

    async def _customer(self, dialog: Dialog) -> None:
        chance = self._rng.random()
        await asyncio.sleep(self._rng.uniform(0.2, 1))
        if chance < 0.15:
            dialog.refuse(486)
        elif chance < 0.2:
            dialog.refuse(603)
        elif chance >= 0.35:
            await dialog.pick_up()
            await asyncio.sleep(self._rng.uniform(0.5, 2.5))
            dialog.bye()

    async def close(self) -> None:
        """End what everybody still does."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Office:
    """What the managers do at their desks: begin, tell results, go on after a pause."""

    def __init__(self, running: Callable[[], Node], plan: Plan) -> None:
        """Ask the node that is `running` in the name of all managers of `plan`."""
        self._running = running
        self._plan = plan

    @property
    def _node(self) -> Node:
        return self._running()

    def begin(self) -> None:
        """Make all tasks, and have all managers work on them."""
        for manager, customer in self._plan.tasks:
            self._post(
                "/v1/tasks",
                {
                    "type": "revisit",
                    "manager_external_id": f"m{manager}",
                    "customer_external_id": f"c{customer}",
                },
            )
        for one in self._pages("/v1/managers"):
            body = {"manager_id": one["id"], "mode": "progressive", "pause_s": 10}
            self._post("/v1/diallings", body)

    def look(self) -> Counter[str]:
        """Tell results, end pauses; return how many lists are in which state, and why."""
        for task in self._pages("/v1/tasks", "&state=dialled"):
            ended = [one["outcome"] for one in task["attempts"]]
            if ended and ended[-1] == "connected":
                body = {"code": "revisit_done"}
                self._node.request("PUT", f"/v1/tasks/{task['id']}/result", body)
        states: Counter[str] = Counter()
        for one in self._pages("/v1/diallings"):
            states[one["why"] or one["state"]] += 1
            if one["state"] == "paused":
                self._node.request("POST", f"/v1/diallings/{one['id']}/ready")
        return states

    def tasks(self) -> list[dict[str, Any]]:
        """Return all tasks."""
        return list(self._pages("/v1/tasks"))

    def calls(self) -> list[dict[str, Any]]:
        """Return all calls."""
        return list(self._pages("/v1/calls"))

    def _post(self, path: str, body: dict[str, Any]) -> None:
        status, answer = self._node.request("POST", path, body, timeout_s=30)
        if status != 201:
            raise SystemExit(f"POST {path}: {answer}")

    def _pages(self, path: str, more: str = "") -> Iterable[dict[str, Any]]:
        cursor = ""
        while True:
            status, page = self._node.request(
                "GET", f"{path}?limit=200{more}{cursor}", timeout_s=30
            )
            if status != 200:
                return
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={page['next_cursor']}"


class Outages:
    """Ends and stops nodes at random moments."""

    def __init__(self, nodes: Sequence[Node], rng: random.Random) -> None:
        """All `nodes` run."""
        self._nodes = list(nodes)
        self._rng = rng
        self._next_at = time.monotonic() + rng.uniform(5, 12)
        self._asleep: tuple[Node, float] | None = None
        self.count = 0

    def up(self) -> Node:
        """Return a node that answers."""
        asleep = None if self._asleep is None else self._asleep[0]
        return next(one for one in self._nodes if one is not asleep)

    @property
    def is_whole(self) -> bool:
        """Whether all nodes answer."""
        return self._asleep is None

    def look(self) -> bool:
        """Do what is due; return whether a node has just failed. Blocks while one starts."""
        now = time.monotonic()
        if self._asleep is not None:
            node, until = self._asleep
            if now < until:
                return False
            os.kill(node.pid, signal.SIGCONT)
            self._asleep = None
            self._next_at = now + self._rng.uniform(3, 12)
        if now < self._next_at:
            return False
        node = self._rng.choice(self._nodes)
        self.count += 1
        if len(self._nodes) > 1 and self._rng.random() < SLEEPS:
            os.kill(node.pid, signal.SIGSTOP)
            self._asleep = (node, now + SLEEP_S)
            return True
        node.kill()
        node.start()
        self._next_at = time.monotonic() + self._rng.uniform(3, 12)
        return True


async def work(
    arguments: argparse.Namespace, nodes: Sequence[Node], plan: Plan
) -> tuple[Phones, int]:
    """Have the lists worked through; return what the telephones saw, and the outages."""
    rng = random.Random(arguments.seed)
    phones = Phones(plan, rng)
    people, nobody = Agent("127.0.0.3", phones.invited), Agent("127.0.0.2")
    await people.open(6080)
    await nobody.open(6060)
    speaking = asyncio.create_task(speak_all((nobody, people)))
    outages = Outages(nodes, rng)
    office = Office(outages.up, plan)
    await asyncio.to_thread(office.begin)
    began = time.monotonic()
    try:
        while time.monotonic() < began + arguments.limit_s:
            states = await asyncio.to_thread(office.look)
            is_done = states.total() and set(states) == {"nothing-to-call"}
            if is_done and outages.is_whole:
                break
            is_due = outages.count < arguments.kills or not outages.is_whole
            if is_due and await asyncio.to_thread(outages.look):
                rung = phones.rung.total()
                told = f"  outage {outages.count}; {rung} customers rung; {dict(states)}"
                print(told, flush=True)
            await asyncio.sleep(1)
    finally:
        speaking.cancel()
        await phones.close()
    print(f"took {time.monotonic() - began:.0f} s with {outages.count} outages")
    return phones, outages.count


def judge(running: Node, plan: Plan, phones: Phones) -> list[str]:
    """Print what came of it and return what was missed."""
    faults: list[str] = []
    office = Office(lambda: running, plan)
    tasks, calls = office.tasks(), office.calls()
    outcomes = Counter(call["outcome"] for call in calls)
    states = Counter(task["state"] for task in tasks)
    print(f"calls: {dict(outcomes)}")
    print(f"tasks: {dict(states)}")
    print(f"customers rung: {len(phones.rung)} of {len(plan.customers) - len(plan.quiet)}")
    twice = [number for number, count in phones.rung.items() if count > 1]
    in_quiet = [one for one in plan.quiet if phones.rung[CUSTOMER_PATTERN % one]]
    faults += ["a customer was rung by two calls"] * len(twice)
    faults += ["a customer was rung in quiet hours"] * len(in_quiet)
    faults += ["a customer was rung without a manager"] * len(phones.alone)
    if len(tasks) != len(plan.tasks):
        faults.append(f"{len(tasks)} tasks are left of {len(plan.tasks)}")
    if any(call["outcome"] is None for call in calls):
        faults.append("a call has no outcome")
    called = {
        call["customer_id"]
        for call in calls
        if call["outcome"] in {*ENDINGS, "interrupted", "failed", "canceled", "abandoned"}
    }
    night = {
        group["id"] for group in running.get("/v1/groups")["items"] if group["name"] == "Night"
    }
    quiet = {
        one["id"]
        for group in night
        for one in running.get(f"/v1/customers?limit=200&group_id={group}")["items"]
    }
    for task in tasks:
        tried = [one for one in task["attempts"] if one["outcome"] in ENDINGS]
        if task["customer_id"] in quiet:
            if task["attempts"]:
                faults.append("a task was tried in quiet hours")
        elif task["customer_id"] not in called:
            faults.append("a task was lost: its customer was never called")
        elif "connected" in [one["outcome"] for one in tried] and task["state"] != "done":
            faults.append("a talk's result was lost")
    return faults


def started(count: int, plan: Plan, stack: ExitStack) -> Iterable[Node]:
    """Yield so many nodes with the people of `plan`; two are on one PostgreSQL."""
    town = plan.town()
    if count == 1:
        yield stack.enter_context(lab_node(people=0, core=None, config=CONFIG, town=town))
        return
    server = PostgresServer()
    stack.callback(server.remove)
    server.start()
    stack.callback(server.stop)
    store = f'[store]\nurl = "{server.create_database("voicegw")}"\n'
    first = stack.enter_context(lab_node(people=0, core=None, config=CONFIG + store, town=town))
    yield first
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicegw-bench-")))
    config = CONFIG.format(folder=folder, workers=1, port_drain_s=5) + store
    for old, new in SECOND.items():
        config = config.replace(old, new)
    second = Node(folder, config, api_port=8081)
    second.key = first.key
    stack.callback(second.stop)
    second.start()
    yield second


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--managers", type=int, default=50)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--nodes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--limit-s", type=float, default=900, help="when to give up")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    enter_namespace()
    print(machine())
    plan = Plan.of(arguments.managers, arguments.tasks)
    with ExitStack() as stack:
        nodes = list(started(arguments.nodes, plan, stack))
        phones, kills = asyncio.run(work(arguments, nodes, plan))
        faults = judge(nodes[0], plan, phones)
    if kills < arguments.kills:
        faults.append(f"{kills} outages only")
    for fault, count in Counter(faults).items():
        print(f"MISSED: {fault} ({count})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
