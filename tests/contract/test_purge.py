"""Old records go, or lose their persons: which, which not, and what is counted of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from tests.contract.records import a_call, a_recording
from tests.contract.test_tasks import a_task
from voicegw.clock import SystemClock
from voicegw.journal.entries import CallChanged, RecordingChanged, TaskWanted
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.recording import LegalHold, RecordingStatus
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.task import TaskState
from voicegw.retention.run import Retention, RetentionRules
from voicegw.store import schema
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.disposal import DisposalRepository
from voicegw.store.purge import Purged, PurgeRepository
from voicegw.store.tasks import TaskRepository

DAY_S = 86_400.0


class Clock(SystemClock):
    """Stands still at NOW, or some days later."""

    def __init__(self, days: float = 0) -> None:
        self.days = days

    def now(self) -> datetime:
        return NOW + timedelta(days=self.days)


def retention(database: Database, days: float = 0, **rules: Any) -> Retention:
    """Return what deletes, `days` after NOW."""
    frozen_until = rules.pop("frozen_until", None)
    return Retention(
        PurgeRepository(database),
        Clock(days),
        RetentionRules(**rules),
        frozen_until=frozen_until,
        rest_s=0,
    )


async def rows(database: Database, table: sa.Table) -> int:
    """Return how many rows a table has."""
    query = sa.select(sa.func.count()).select_from(table)
    return int(await database.do_read(lambda connection: connection.execute(query).scalar_one()))


@pytest.fixture
async def filled(database: Database) -> Database:
    """Calls 0 to 399 days old, ten days apart, and these that stay for a reason of their own.

    `sound` has a recording, `held` one on hold, `matter` an open task, `live` has not ended.
    """
    entries: list[Any] = [
        CallChanged(a_call(f"{age:03}", age_s=age * DAY_S, ended=True)) for age in range(0, 400, 10)
    ]
    old = {"age_s": 380 * DAY_S, "ended": True}
    for name in ("sound", "held", "matter"):
        entries.append(CallChanged(a_call(name, **old)))  # type: ignore[arg-type]
    entries.append(CallChanged(a_call("live", age_s=380 * DAY_S)))
    for name in ("sound", "held"):
        recording = a_recording(name, f"call_{name}", RecordingStatus.COMPLETED)
        entries.append(RecordingChanged(recording))
    entries.append(RecordingChanged(a_recording("gone", "call_390", RecordingStatus.ABSENT)))
    entries.append(TaskWanted(a_task("matter")))
    await BatchWriter(database, "node-1").apply_entries(entries, 1)
    entry = AuditEntry(NOW, "key_1", "admin", AuditAction.HELD, SubjectKind.RECORDING, "rec_held")
    await DisposalRepository(database).hold("rec_held", LegalHold("key_1", "court", NOW), entry)
    return database


async def calls_left(database: Database) -> set[str]:
    """Return the keys of the calls that are there."""
    page = await CallRepository(database).list(limit=200)
    return {call.id.removeprefix("call_") for call in page.items}


async def test_calls_past_their_time_go_but_what_is_needed_stays(filled: Database) -> None:
    one = retention(filled, calls_days=100)
    assert await one.due() == {Purged.CALLS: 29}
    assert await one.run() == {Purged.CALLS: 29}
    young = {f"{age:03}" for age in range(0, 110, 10)}
    assert await calls_left(filled) == young | {"sound", "held", "matter", "live"}
    assert await one.run() == {Purged.CALLS: 0}, "repeating does nothing"
    (entry,) = (await AuditLog(filled).list(AuditFilter(action=AuditAction.RETENTION))).items
    assert (entry.subject, entry.detail["records"], entry.detail["days"]) == ("calls", 29, 100)


async def test_what_stays_is_walked_over_once_and_outside_the_transaction(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    write = filled.do_write

    async def noted(work: Any) -> Any:
        def watched(connection: sa.Connection) -> Any:
            execute = connection.execute

            def note(statement: Any, *more: Any) -> Any:
                asked.append(str(statement))
                return execute(statement, *more)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(connection, "execute", note)
                return work(connection)

        return await write(watched)

    monkeypatch.setattr(filled, "do_write", noted)
    purge = PurgeRepository(filled)
    before = NOW - timedelta(days=100)
    place = None
    done = []
    while step := await purge.delete(Purged.CALLS, before, place, limit=10):
        count, place = step
        done.append(count)
    assert done == [10, 10, 9]
    assert place is not None
    assert await purge.delete(Purged.CALLS, before, place, limit=10) is None
    looked = [one for one in asked if one.startswith("SELECT")]
    assert looked
    assert all("calls.id IN" in one and "LIMIT" not in one for one in looked)


async def test_a_dry_run_deletes_nothing(filled: Database) -> None:
    before = await calls_left(filled)
    await retention(filled, calls_days=31, tasks_days=31, anonymise_days=31).due()
    assert await calls_left(filled) == before
    assert not (await AuditLog(filled).list(AuditFilter(action=AuditAction.RETENTION))).items


async def test_what_is_of_no_frozen_month_stays(filled: Database) -> None:
    frozen_until = NOW - timedelta(days=205)
    done = await retention(filled, calls_days=100, frozen_until=frozen_until).run()
    assert done == {Purged.CALLS: 19}


async def test_persons_are_taken_out_and_figures_stay(filled: Database) -> None:
    done = await retention(filled, anonymise_days=100).run()
    # 29 old ones and the one with sound; the one on hold and the open matter stay as they are.
    assert {what: count for what, count in done.items() if count} == {Purged.CALLS_ANONYMISED: 30}
    calls = CallRepository(filled)
    old, young, held = [await calls.get(f"call_{key}") for key in ("200", "050", "held")]
    assert old is not None
    assert young is not None
    assert held is not None
    assert old.customer_number is None
    assert old.manager_id == "mgr_1"
    assert young.customer_number == held.customer_number == "+8613900139000"
    numbers = sa.select(sa.func.count()).where(schema.calls.c.customer_number.is_not(None))
    left = await filled.do_read(lambda connection: connection.execute(numbers).scalar_one())
    assert left == len(await calls_left(filled)) - 30


async def test_the_next_run_finds_what_has_become_old_and_what_was_kept(filled: Database) -> None:
    await retention(filled, anonymise_days=100).run()
    entry = AuditEntry(
        NOW, "key_1", "admin", AuditAction.RELEASED, SubjectKind.RECORDING, "rec_held"
    )
    await DisposalRepository(filled).release("rec_held", entry)
    done = await retention(filled, days=15, anonymise_days=100).run()
    # Calls of 100 and 90 days, and the one whose hold is over.
    assert done[Purged.CALLS_ANONYMISED] == 3


async def test_closed_tasks_go_with_their_history(database: Database) -> None:
    old, young = NOW - timedelta(days=60), NOW - timedelta(days=10)
    tasks = [
        a_task("old", state=TaskState.DONE, closed_at=old, created_at=old),
        a_task("young", state=TaskState.DONE, closed_at=young, created_at=old, customer_id="c2"),
        a_task("open", created_at=old, customer_id="c3"),
    ]
    await BatchWriter(database, "node-1").apply_entries([TaskWanted(one) for one in tasks], 1)
    line = {"at": old, "by": "gateway", "what": "closed", "changes": {}}
    history = [{"task_id": one.id, **line} for one in tasks]
    await database.do_write(lambda one: one.execute(schema.task_history.insert(), history))
    notices = [{"task_id": one.id, "day": "2026-01-05", "at": old} for one in tasks]
    await database.do_write(lambda one: one.execute(schema.plan_notices.insert(), notices))
    triggers = [
        _trigger("of_old", old, tasks[0].id),
        _trigger("of_open", old, tasks[2].id),
        _trigger("of_none", old, None),
        _trigger("young", young, None),
    ]
    await database.do_write(lambda one: one.execute(schema.triggers.insert(), triggers))
    done = await retention(database, tasks_days=31).run()
    assert done == {Purged.TASKS: 1, Purged.TRIGGERS: 2, Purged.DIALLINGS: 0}
    ids = sa.select(schema.triggers.c.id).order_by(schema.triggers.c.id)
    kept = await database.do_read(lambda one: one.execute(ids).scalars().all())
    assert kept == ["of_open", "young"]
    assert await rows(database, schema.plan_notices) == 2
    left = await TaskRepository(database).get(tasks[0].id)
    assert left is None
    assert await rows(database, schema.tasks) == 2
    query = sa.select(sa.func.count()).where(schema.task_history.c.task_id == tasks[0].id)
    assert await database.do_read(lambda one: one.execute(query).scalar_one()) == 0


def _trigger(key: str, at: datetime, task_id: str | None) -> dict[str, Any]:
    return {
        "id": key, "kind": "spend_fell", "customer_id": "cus_1", "task_id": task_id,
        "outcome": "created", "created_at": at, "document": {},
    }  # fmt: skip


async def test_stopped_diallings_go(database: Database) -> None:
    old, young = NOW - timedelta(days=40), NOW - timedelta(days=20)
    stops = {"old": old, "young": young, "going": None}
    diallings: list[dict[str, Any]] = [
        {
            "id": f"dlg_{key}", "manager_id": "mgr_1", "group_id": "grp_1", "created_at": old,
            "stopped_at": at, "revision": 1, "document": {},
        }
        for key, at in stops.items()
    ]  # fmt: skip
    await database.do_write(lambda one: one.execute(schema.diallings.insert(), diallings))
    one = retention(database, tasks_days=31)
    assert (await one.due())[Purged.DIALLINGS] == 1
    assert (await one.run())[Purged.DIALLINGS] == 1
    ids = sa.select(schema.diallings.c.id).order_by(schema.diallings.c.id)
    kept = await database.do_read(lambda one: one.execute(ids).scalars().all())
    assert kept == ["dlg_going", "dlg_young"]


async def test_messages_go_with_their_numbers(database: Database) -> None:
    old = NOW - timedelta(days=40)
    message = {
        "to": "+8613900139000", "text": "hello", "purpose": "notice", "created_at": old,
        "expires_at": old, "due_at": old, "attempts": 1,
    }  # fmt: skip
    messages = [message | {"id": f"sms_{state}", "state": state} for state in ("sent", "waiting")]
    reply = {"id": "rpl_1", "from_": "+8613900139000", "text": "1", "at": old}

    def fill(connection: sa.Connection) -> None:
        connection.execute(schema.sms_messages.insert(), messages)
        connection.execute(schema.sms_replies.insert(), [reply])

    await database.do_write(fill)
    done = await retention(database, sms_days=31).run()
    assert done == {Purged.SMS: 1, Purged.SMS_REPLIES: 1}
    assert await rows(database, schema.sms_messages) == 1
    assert await rows(database, schema.sms_replies) == 0


async def test_messages_and_triggers_keep_no_person(database: Database) -> None:
    old = NOW - timedelta(days=60)
    message = {
        "to": "+8613900139000", "text": "hello", "purpose": "notice", "expires_at": old,
        "due_at": old, "attempts": 1, "link_hash": None,
    }  # fmt: skip
    messages = [
        message | {"id": "sms_old", "state": "sent", "created_at": old, "link_hash": "x"},
        message | {"id": "sms_waiting", "state": "waiting", "created_at": old},
        message | {"id": "sms_young", "state": "sent", "created_at": NOW},
    ]
    reply = {"from_": "+8613900139000", "text": "1", "at": old, "meaning": None}
    replies = [reply | {"id": "rpl_1"}, reply | {"id": "rpl_2", "meaning": "unsubscribed"}]
    matter = a_task("open", created_at=old)
    await BatchWriter(database, "node-1").apply_entries([TaskWanted(matter)], 1)
    facts = {"facts": {"amount": 7}, "measured": 7}
    triggers = [
        _trigger("of_none", old, None) | {"document": facts},
        _trigger("of_open", old, matter.id) | {"document": facts},
        _trigger("young", NOW, None) | {"document": facts},
    ]

    def fill(connection: sa.Connection) -> None:
        connection.execute(schema.sms_messages.insert(), messages)
        connection.execute(schema.sms_replies.insert(), replies)
        connection.execute(schema.triggers.insert(), triggers)

    await database.do_write(fill)
    one = retention(database, anonymise_days=31)
    due = {what: count for what, count in (await one.due()).items() if count}
    assert due == {
        Purged.TRIGGERS_ANONYMISED: 1,
        Purged.SMS_ANONYMISED: 1,
        Purged.SMS_REPLIES_ANONYMISED: 1,
    }
    assert {what: count for what, count in (await one.run()).items() if count} == due
    assert not any((await one.run()).values()), "repeating does nothing"
    columns = schema.sms_messages.c
    query = sa.select(columns.id, columns.to, columns.text, columns.link_hash).order_by(columns.id)
    kept = await database.do_read(lambda connection: connection.execute(query).all())
    assert [tuple(row) for row in kept] == [
        ("sms_old", "", "", None),
        ("sms_waiting", "+8613900139000", "hello", None),
        ("sms_young", "+8613900139000", "hello", None),
    ]
    numbers = sa.select(schema.sms_replies.c.from_).order_by(schema.sms_replies.c.id)
    froms = await database.do_read(lambda connection: connection.execute(numbers).scalars().all())
    assert froms == ["", "+8613900139000"]
    documents = sa.select(schema.triggers.c.document).order_by(schema.triggers.c.id)
    left = await database.do_read(lambda connection: connection.execute(documents).scalars().all())
    assert [one["facts"] for one in left] == [{}, {"amount": 7}, {"amount": 7}]
    assert left[0]["measured"] == 7
    # What has been waiting, and the matter that is closed by now, are found by a later run.
    sent = schema.sms_messages.update().values(state="sent")
    closed = schema.tasks.update().values(closed_at=NOW)
    await database.do_write(lambda connection: [connection.execute(one) for one in (sent, closed)])
    done = await retention(database, days=1, anonymise_days=31).run()
    assert (done[Purged.SMS_ANONYMISED], done[Purged.TRIGGERS_ANONYMISED]) == (1, 1)


async def test_no_words_are_kept_of_a_call_that_names_nobody(filled: Database) -> None:
    calls = CallRepository(filled)
    said = Disposition("success", DispositionSource.API, "mgr_1", NOW, "wants fibre")
    await retention(filled, anonymise_days=100).run()
    for key, note in (("200", ""), ("050", "wants fibre")):
        told = await calls.dispose(f"call_{key}", said)
        assert told.disposition is not None
        assert (told.disposition.code, told.disposition.note) == ("success", note)
        again = await calls.dispose(f"call_{key}", said)
        assert again.disposition == told.disposition
