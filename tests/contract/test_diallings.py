"""Lists that are worked through: one a manager, one node, one call a customer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from tests.contract.conftest import NOW
from tests.contract.records import a_call
from voicegw.errors import ConflictError, NotFoundError
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Direction
from voicegw.model.dialling import (
    Dialling,
    DiallingMode,
    DiallingState,
    calls,
    told_ready,
    told_to_pause,
    told_to_stop,
)
from voicegw.model.node import RegisteredNode
from voicegw.model.task import Attempt, Task, TaskState, TaskType
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.diallings import (
    CLAIM,
    CLAIM_LOST,
    CUSTOMER_ENGAGED,
    GRACE,
    Claim,
    DiallingFilter,
    Diallings,
    claim_keys,
)
from voicegw.store.events import EventRepository
from voicegw.store.next_tasks import NextTasks
from voicegw.store.nodes import NodeRepository
from voicegw.store.task_changes import TaskChanges

SECOND = timedelta(seconds=1)
LEASE = 30 * SECOND
NUMBER = "+8613800138000"


def a_dialling(key: str = "1", manager: str = "mgr_1", **more: Any) -> Dialling:
    fields: dict[str, Any] = {
        "id": f"dlg_{key}",
        "manager_id": manager,
        "group_id": "grp_1",
        "mode": DiallingMode.PROGRESSIVE,
        "created_at": NOW,
        "created_by": "key_1",
    }
    return Dialling(**(fields | more))


def a_task(key: str = "1", **more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"tsk_{key}",
        "type": TaskType.REVISIT,
        "created_at": NOW,
        "state": TaskState.ASSIGNED,
        "manager_id": "mgr_1",
        "group_id": "grp_1",
        "customer_id": "cus_1",
    }
    return Task(**(fields | more))


def call_for(task: Task, call_id: str) -> Callable[[Dialling], Dialling]:
    return lambda dialling: calls(dialling, task.id, call_id, [])


def claim_of(task: Task, key: str = "1", *, numbers: tuple[str, ...] = (NUMBER,)) -> Claim:
    keys = claim_keys(task.customer_id, numbers)
    return Claim(f"dlg_{key}", task, keys, call_for(task, f"call_{key}"))


async def told(database: Database) -> list[tuple[str, str]]:
    events = [one.event for one in await EventRepository(database).after(None)]
    return [(one.type, one.data["state"]) for one in events if one.type.startswith("dialling.")]


async def test_a_manager_works_on_one_list(database: Database) -> None:
    book = Diallings(database, "node-1")
    started = await asyncio.gather(
        *(book.create(a_dialling(str(number))) for number in range(4)), return_exceptions=True
    )
    refused = [one for one in started if isinstance(one, ConflictError)]
    assert [one.slug for one in refused] == ["dialling-running"] * 3
    (going,) = (await book.list(DiallingFilter(is_going=True))).items
    assert await book.get(going.id) == going
    stopped = await book.change(going.id, lambda one: told_to_stop(one, NOW), NOW)
    assert (stopped.state, stopped.stopped_at) == (DiallingState.STOPPED, NOW)
    await book.create(a_dialling("5"))
    assert [one.id for one in (await book.list(DiallingFilter(is_going=False))).items] == [going.id]
    assert await book.get("dlg_9") is None
    with pytest.raises(NotFoundError):
        await book.change("dlg_9", told_ready, NOW)
    kinds = [kind for kind, _ in await told(database)]
    assert kinds == ["dialling.started", "dialling.stopped", "dialling.started"]


async def test_what_managers_see_of_a_list_is_filtered_by_theirs(database: Database) -> None:
    book = Diallings(database, "node-1")
    await book.create(a_dialling("1"))
    await book.create(a_dialling("2", "mgr_2", group_id="grp_2"))
    for wanted, keys in (
        (DiallingFilter(), ["dlg_2", "dlg_1"]),
        (DiallingFilter(group_ids=["grp_2"]), ["dlg_2"]),
        (DiallingFilter(manager_id="mgr_1"), ["dlg_1"]),
    ):
        assert [one.id for one in (await book.list(wanted)).items] == keys


async def test_one_node_drives_it_until_its_lease_is_over_or_given_up(database: Database) -> None:
    one, other = Diallings(database, "node-1"), Diallings(database, "node-2")
    await one.create(a_dialling())
    assert await one.is_any_free(NOW)
    await asyncio.gather(one.lease(NOW, NOW + LEASE), other.lease(NOW, NOW + LEASE))
    held = [[each.id for each in await book.going()] for book in (one, other)]
    assert sorted(held) == [[], ["dlg_1"]]
    winner, loser = (one, other) if held[0] else (other, one)
    await loser.lease(NOW + 29 * SECOND, NOW + 60 * SECOND)
    assert await loser.going() == []
    assert not await loser.is_any_free(NOW + 29 * SECOND)
    await loser.lease(NOW + LEASE, NOW + 2 * LEASE)
    assert [each.lease_until for each in await loser.going()] == [NOW + 2 * LEASE]
    assert await winner.going() == []
    await loser.give_up(NOW + 31 * SECOND)
    assert await winner.is_any_free(NOW + 31 * SECOND)


async def test_a_claim_is_written_before_the_call_with_its_id(database: Database) -> None:
    book, task = Diallings(database, "node-1"), a_task()
    await TaskChanges(database).create(task)
    await book.create(a_dialling())
    # Nobody calls for a list that it does not drive.
    assert await book.claim(claim_of(task), NOW) is None
    await book.lease(NOW, NOW + LEASE)
    claimed = await book.claim(claim_of(task), NOW)
    assert claimed is not None
    assert (claimed.state, claimed.task_id, claimed.call_id) == ("calling", "tsk_1", "call_1")
    assert await book.get("dlg_1") == claimed
    assert await book.claim(claim_of(task), NOW + LEASE) is None
    engaged = (await NextTasks(database).open_work("mgr_1", NOW, lambda _task: True)).engaged
    assert engaged == {"customer:cus_1": NOW + CLAIM}


@pytest.mark.parametrize("shared", ["customer", "number"])
async def test_one_of_several_managers_calls_a_customer_at_one_moment(
    database: Database, shared: str
) -> None:
    tasks = []
    for number in range(5):
        customer = "cus_1" if shared == "customer" else f"cus_{number}"
        tasks.append(a_task(str(number), manager_id=f"mgr_{number}", customer_id=customer))
        await TaskChanges(database).create(tasks[-1])
    books = [Diallings(database, f"node-{number}") for number in range(5)]
    for number, book in enumerate(books):
        await book.create(a_dialling(str(number), f"mgr_{number}"))
        await book.lease(NOW, NOW + LEASE)
    own = [(f"+861380013800{number}",) for number in range(5)]
    claims = [
        claim_of(task, str(number), numbers=(NUMBER,) if shared == "number" else own[number])
        for number, task in enumerate(tasks)
    ]
    # Each node drives what it was first to lease; the first has all of them.
    first = books[0]
    won = await asyncio.gather(*(first.claim(claim, NOW) for claim in claims))
    assert sum(one is not None for one in won) == 1
    # Who chose before the call, and claims after it, still finds it.
    winner = next(one for one in won if one is not None)
    over = NOW + timedelta(minutes=2)
    await first.lease(over - SECOND, over + LEASE)
    await first.change(
        winner.id, lambda one: msgspec.structs.replace(one, state="wrap_up"), over,
        call_over=winner.call_id,
    )  # fmt: skip
    others = [one for one in claims if one.dialling_id != winner.id]
    assert await first.claim(others[0], over + GRACE - SECOND) is None
    await first.lease(over + GRACE, over + 2 * GRACE)
    assert await first.claim(others[0], over + GRACE) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"attempts": [Attempt("call_0", NOW)]},
        {"manager_id": "mgr_2"},
        {"state": TaskState.DONE, "closed_at": NOW},
        {"not_before": NOW + CLAIM},
    ],
)
async def test_a_task_that_is_not_as_it_was_is_not_called_for(
    database: Database, change: dict[str, Any]
) -> None:
    book, changes, chosen = Diallings(database, "node-1"), TaskChanges(database), a_task()
    await changes.create(chosen)
    await book.create(a_dialling())
    await book.lease(NOW, NOW + LEASE)
    await changes.change("tsk_1", partial(msgspec.structs.replace, **change), NOW)
    assert await book.claim(claim_of(chosen), NOW) is None
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(schema.dial_claims))).all()
    assert rows == []


async def test_a_claim_of_a_call_that_was_not_made_is_undone(database: Database) -> None:
    book, task = Diallings(database, "node-1"), a_task()
    await TaskChanges(database).create(task)
    await book.create(a_dialling())
    await book.lease(NOW, NOW + LEASE)
    assert await book.claim(claim_of(task), NOW) is not None
    back = await book.unclaim(
        "dlg_1", "call_1", lambda one: msgspec.structs.replace(one, state="waiting"), NOW
    )
    assert back.state == "waiting"
    assert await book.claim(claim_of(task), NOW) is not None


async def test_claims_last_as_long_as_their_calls(database: Database) -> None:
    book, task = Diallings(database, "node-1"), a_task()
    await TaskChanges(database).create(task)
    await book.create(a_dialling())
    await book.lease(NOW, NOW + LEASE)
    await book.claim(claim_of(task), NOW)
    assert await book.forget_claims(NOW + CLAIM) == 0
    await book.lease(NOW + CLAIM, NOW + CLAIM + LEASE, ["call_1"])
    assert await book.forget_claims(NOW + CLAIM + SECOND) == 0
    assert await book.forget_claims(NOW + 2 * CLAIM + SECOND) == 2


async def test_changes_are_told_once_and_only_when_something_shows(database: Database) -> None:
    book = Diallings(database, "node-1")
    await book.create(a_dialling())
    for how in (told_to_pause, told_to_pause, told_ready, told_ready):
        await book.change("dlg_1", how, NOW)
    assert await told(database) == [
        ("dialling.started", "waiting"),
        ("dialling.changed", "paused"),
        ("dialling.changed", "waiting"),
    ]
    events = [one.event for one in await EventRepository(database).after(None)]
    assert "aside" not in events[-1].data


async def test_a_manager_in_a_call_of_a_node_that_runs_is_engaged(database: Database) -> None:
    book, call = Diallings(database, "node-1"), a_call("call_1")
    call.created_at, call.manager_id, call.node = NOW, "mgr_1", "node-2"
    await BatchWriter(database, "node-2").apply_entries([CallChanged(call, [])], 1)
    assert not await book.is_engaged("mgr_1", NOW)
    await NodeRepository(database).hold(RegisteredNode("node-2", None, NOW, NOW + LEASE))
    assert await book.is_engaged("mgr_1", NOW)
    assert not await book.is_engaged("mgr_2", NOW)
    assert not await book.is_engaged("mgr_1", NOW + LEASE)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("nothing", None),
        ("another node drives it", CLAIM_LOST),
        ("the lease is over", CLAIM_LOST),
        ("it is called anew", CLAIM_LOST),
        ("it is to pause", CLAIM_LOST),
        ("the task is given away", CLAIM_LOST),
        ("the customer calls", CUSTOMER_ENGAGED),
        ("somebody calls the number", CUSTOMER_ENGAGED),
        ("a call of a lost node", None),
    ],
)
async def test_a_claim_stands_until_somebody_is_rung(
    database: Database, what: str, why: str | None
) -> None:
    book, tasks, task, at = Diallings(database, "node-1"), TaskChanges(database), a_task(), NOW
    await tasks.create(task)
    await book.create(a_dialling())
    await book.lease(NOW, NOW + LEASE)
    wanted = claim_of(task)
    await book.claim(wanted, NOW)
    other = a_call("call_2")
    other.created_at, other.node = NOW, "node-2"
    other.customer_id = "cus_1" if what == "the customer calls" else None
    other.customer_number = "+8613900139000" if other.customer_id else NUMBER
    other.direction = Direction.INBOUND if other.customer_id else Direction.CLICK_TO_DIAL
    if what == "another node drives it":
        await book.give_up(NOW)
        await Diallings(database, "node-2").lease(NOW, NOW + LEASE)
    elif what == "the lease is over":
        at = NOW + LEASE
    elif what == "it is called anew":
        await book.change("dlg_1", call_for(task, "call_3"), NOW)
    elif what == "it is to pause":
        await book.change("dlg_1", told_to_pause, NOW)
    elif what == "the task is given away":
        await tasks.change("tsk_1", lambda one: replace(one, manager_id="mgr_2"), NOW)
    elif what != "nothing":
        await BatchWriter(database, "node-2").apply_entries([CallChanged(other, [])], 1)
        if what != "a call of a lost node":
            await NodeRepository(database).hold(RegisteredNode("node-2", None, NOW, NOW + LEASE))
    assert await book.stands_against(wanted, "call_1", at) == why
