"""After many calls with every kind of ending a node holds what it held before: nothing.

bench/leftovers.py does the same with ten thousand.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.lab import (
    HOTLINE,
    MANAGERS,
    Lab,
    customer_number,
    customer_of,
    manager_does,
)
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

ROUNDS = 3
MOST_CONNECTIONS = 12
"""Of a node with SQLite: twice five that read and one that writes (voicegw/store/engines.py)."""


def descriptors(pid: int) -> list[str]:
    """Return what files and sockets a process holds open."""
    held = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            held.append(entry.readlink().name)
        except FileNotFoundError:
            continue  # closed since they were listed
    return held


def test_nothing_is_left_of_many_calls(lab: Lab) -> None:
    """Sessions, transactions, ports, slots, spools and sockets are all back where they were."""
    workers = lab.node.media_workers()

    def held(*, database: bool) -> int:
        names = [name for pid in [lab.node.pid, *workers] for name in descriptors(pid)]
        return sum((".db" in name) is database for name in names)

    one_round(lab)  # pools and caches reach their size
    before = held(database=False)
    for _ in range(ROUNDS):
        one_round(lab)
    lab.node.assert_nothing_held()
    wait_for("transactions forgotten", lambda: transactions(lab) == 0, 20)
    wait_for("recordings made", lambda: lab.node.metrics()["voicegw_recordings_backlog"] == 0)
    # A connection of whoever reads the API may still be open.
    assert held(database=False) <= before + 5
    # A busy node opens more of the few connections of its pools, of three files each.
    assert held(database=True) <= MOST_CONNECTIONS * 3
    assert list(Path(lab.folder, "data", "spool").iterdir()) == []


def transactions(lab: Lab) -> float:
    """Return how many SIP transactions the node holds."""
    return lab.node.metrics()["voicegw_sip_transactions"]


def one_round(lab: Lab) -> None:
    """Have one customer of every manager call: half talk, half find the manager busy."""
    managers = range(1, MANAGERS + 1)
    known = lab.node.call_ids()
    carrier = lab.carrier(
        *(manager_does("answers" if one % 2 else "busy", one) for one in managers),
        calls=MANAGERS,
    )
    callers = [
        lab.caller(
            "talks_and_hangs_up" if one % 2 else "hears_a_sentence_then_486",
            (customer_number(customer_of(one)), HOTLINE),
        )
        for one in managers
    ]
    for caller in callers:
        caller.finished()
    carrier.finished()
    ended = [lab.node.ended(call_id)["outcome"] for call_id in lab.node.new_calls(known, MANAGERS)]
    assert sorted(set(ended)) == ["connected", "manager_busy"]
