"""Old records that go: calls, tasks, triggers, messages, and the persons they tell of.

Each method is one short transaction over at most `limit` rows, so that a running call never waits
for it; whoever calls it rests in between. Repeating is safe: what is gone is found no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from voicegw.model.audit import AuditEntry
from voicegw.model.recording import RecordingStatus
from voicegw.model.report_file import FileState
from voicegw.model.review import ReviewState
from voicegw.model.sms import UNSUBSCRIBED, SmsState
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database

_CALLS = schema.calls.c
_TASKS = schema.tasks.c
_RECORDINGS = schema.recordings.c
_REVIEWS = schema.reviews.c
_MESSAGES = schema.sms_messages.c
_REPLIES = schema.sms_replies.c
_FILES = schema.report_files.c
_TRIGGERS = schema.triggers.c
_DIALLINGS = schema.diallings.c
_MARKS = schema.retention_marks.c

Document = dict[str, Any]
Without = Callable[[Document], Document]
"""Returns a record without the persons it tells of."""
Place = tuple[datetime, str | int]
"""Where a walk through old records has come to: time and id of the last one."""


class Purged(StrEnum):
    """What was done to old records, as marks and reports of it name it."""

    CALLS = "calls"
    TASKS = "tasks"
    TRIGGERS = "triggers"
    DIALLINGS = "diallings"
    SMS = "sms"
    SMS_REPLIES = "sms-replies"
    REPORT_FILES = "report-files"
    CALLS_ANONYMISED = "calls-anonymised"
    TASKS_ANONYMISED = "tasks-anonymised"
    TRIGGERS_ANONYMISED = "triggers-anonymised"
    SMS_ANONYMISED = "sms-anonymised"
    SMS_REPLIES_ANONYMISED = "sms-replies-anonymised"


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which rows of `table` are due: those whose `time` is old enough and that `may_go`.

    What belongs to a row goes with it: rows of other tables, by the column that names it.
    `personal` tells rows that hold a person still; `blank` are the values of those that hold none.
    """

    table: sa.Table
    key: sa.ColumnElement[Any]
    time: sa.ColumnElement[datetime]
    may_go: tuple[sa.ColumnElement[bool], ...] = ()
    belonging: tuple[sa.Column[Any], ...] = ()
    personal: sa.ColumnElement[bool] = field(default_factory=sa.false)
    blank: Mapping[str, Any] = field(default_factory=dict)

    def due(self, before: datetime) -> list[sa.ColumnElement[bool]]:
        return [self.time < before, *self.may_go]


#: A recording, on hold or not, that somebody may still listen to.
_SOUND: Final = sa.exists().where(
    _RECORDINGS.call_id == _CALLS.id,
    _RECORDINGS.status.not_in([RecordingStatus.DELETED, RecordingStatus.ABSENT]),
)
#: A recording on legal hold: its call stays as it was.
_HELD: Final = sa.exists().where(
    _RECORDINGS.call_id == _CALLS.id, _RECORDINGS.document["hold"]["by"].as_string().is_not(None)
)
_REVIEWED: Final = sa.exists().where(
    _REVIEWS.call_id == _CALLS.id, _REVIEWS.state != ReviewState.FINAL
)
#: A task that comes from the call and is not closed.
_MATTER: Final = sa.exists().where(_TASKS.call_id == _CALLS.id, _TASKS.closed_at.is_(None))
#: What a trigger led to, open or not old enough.
_TASK: Final = sa.exists().where(_TASKS.id == _TRIGGERS.task_id)
_OPEN_TASK: Final = sa.exists().where(_TASKS.id == _TRIGGERS.task_id, _TASKS.closed_at.is_(None))
_OVER: Final = _CALLS.is_final.is_(True)
_TRACES: Final = schema.call_traces.c.call_id
_SCORES: Final = schema.report_scores.c.call_id
_FAULTS: Final = schema.report_faults.c.call_id
_HISTORY: Final = schema.task_history.c.task_id
_NOTICES: Final = schema.plan_notices.c.task_id

_RULES: Final[Mapping[Purged, _Rule]] = {
    Purged.CALLS: _Rule(
        schema.calls,
        _CALLS.id,
        _CALLS.created_at,
        (_OVER, ~_SOUND, ~_REVIEWED, ~_MATTER),
        (_TRACES, _SCORES, _FAULTS),
    ),
    Purged.TASKS: _Rule(schema.tasks, _TASKS.id, _TASKS.closed_at, (), (_HISTORY, _NOTICES)),
    Purged.TRIGGERS: _Rule(schema.triggers, _TRIGGERS.id, _TRIGGERS.created_at, (~_TASK,)),
    # One that goes on has no such time.
    Purged.DIALLINGS: _Rule(schema.diallings, _DIALLINGS.id, _DIALLINGS.stopped_at),
    Purged.SMS: _Rule(
        schema.sms_messages,
        _MESSAGES.id,
        _MESSAGES.created_at,
        (_MESSAGES.state != SmsState.WAITING,),
    ),
    Purged.SMS_REPLIES: _Rule(
        schema.sms_replies,
        _REPLIES.number,
        _REPLIES.at,
        # Who wants no messages is not asked again because that was long ago.
        (sa.func.coalesce(_REPLIES.meaning, "") != UNSUBSCRIBED,),
    ),
    Purged.REPORT_FILES: _Rule(
        schema.report_files,
        _FILES.id,
        _FILES.created_at,
        (_FILES.state.in_([FileState.COMPLETED, FileState.FAILED]),),
    ),
    Purged.CALLS_ANONYMISED: _Rule(
        schema.calls,
        _CALLS.id,
        _CALLS.created_at,
        (_OVER, ~_HELD, ~_MATTER),
        (_TRACES,),
        personal=_CALLS.customer_number.is_not(None),
        blank={"customer_number": sa.null()},
    ),
    Purged.TASKS_ANONYMISED: _Rule(
        schema.tasks,
        _TASKS.id,
        _TASKS.closed_at,
        (),
        (_HISTORY,),
        personal=_TASKS.customer_number.is_not(None),
        blank={"customer_number": sa.null()},
    ),
    Purged.TRIGGERS_ANONYMISED: _Rule(
        schema.triggers,
        _TRIGGERS.id,
        _TRIGGERS.created_at,
        (~_OPEN_TASK,),
        personal=_TRIGGERS.document["facts"].as_string() != "{}",
    ),
    Purged.SMS_ANONYMISED: _Rule(
        schema.sms_messages,
        _MESSAGES.id,
        _MESSAGES.created_at,
        (_MESSAGES.state != SmsState.WAITING, _MESSAGES.to != ""),
        blank={"to": "", "text": "", "link_hash": sa.null()},
    ),
    Purged.SMS_REPLIES_ANONYMISED: _Rule(
        schema.sms_replies,
        _REPLIES.number,
        _REPLIES.at,
        # The wish for no more messages holds for a number: that one stays.
        (sa.func.coalesce(_REPLIES.meaning, "") != UNSUBSCRIBED, _REPLIES.from_ != ""),
        blank={"from_": "", "text": ""},
    ),
}
_OF_PERSONS: Final = frozenset(
    {
        Purged.CALLS_ANONYMISED,
        Purged.TASKS_ANONYMISED,
        Purged.TRIGGERS_ANONYMISED,
        Purged.SMS_ANONYMISED,
        Purged.SMS_REPLIES_ANONYMISED,
    }
)
#: What is kept as it was is looked at again for so long: no message waits for longer.
_LOOKED_AT_AGAIN: Final = timedelta(days=31)


class PurgeRepository:
    """Counts and removes what is old. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def count(self, what: Purged, before: datetime) -> int:
        """Return on how many records the rule would be carried out in all."""
        query = sa.select(sa.func.count()).where(*_RULES[what].due(before))
        if what in _OF_PERSONS:
            query = query.where(_is_personal(what, await self.mark(what)))
        return int(await self._database.do_read(lambda one: one.execute(query).scalar_one()))

    async def delete(
        self, what: Purged, before: datetime, after: Place | None, *, limit: int
    ) -> tuple[int, Place] | None:
        """Delete up to `limit` records older than `before` that follow `after`, and what belongs to
        them; None: there are none.

        Returns how many, and the place of the last one. A call stays that runs, has sound, is under
        review, or is the matter of an open task; a task is as old as its end, a trigger stays as
        long as its task; a message stays that is still to be sent.
        """
        rule = _RULES[what]
        due = rule.due(before)
        some = await self._some(rule, due, after, limit)
        if some is None:
            return None
        found, place = some
        # Looked at again, because a task or a review may have come since.
        still = sa.select(rule.key).where(rule.key.in_(found), *due).with_for_update()

        def delete(connection: sa.Connection) -> int:
            keys = connection.execute(still).scalars().all()
            for column in rule.belonging:
                connection.execute(sa.delete(column.table).where(column.in_(keys)))
            connection.execute(rule.table.delete().where(rule.key.in_(keys)))
            return len(keys)

        return await self._database.do_write(delete), place

    async def _some(
        self, rule: _Rule, due: Sequence[sa.ColumnElement[bool]], after: Place | None, limit: int
    ) -> tuple[Sequence[Any], Place] | None:
        """Return the keys of up to `limit` records that follow `after`, and the last one's place.

        They are looked for outside the transaction that changes them: between them may lie a year
        of records that stay, and whoever walks over those in a transaction has calls wait.
        """
        query = (
            sa.select(rule.key.label("key"), rule.time.label("at"))
            .where(*due)
            .order_by(rule.time, rule.key)
            .limit(limit)
        )
        if after is not None:
            last = sa.tuple_(sa.literal(after[0], rule.time.type), sa.literal(after[1]))
            query = query.where(sa.tuple_(rule.time, rule.key) > last)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return ([row.key for row in rows], (rows[-1].at, rows[-1].key)) if rows else None

    async def anonymise(
        self,
        what: Purged,
        span: tuple[datetime | None, datetime],
        after: Place | None,
        without: Without,
        *,
        limit: int,
    ) -> tuple[int, Place] | None:
        """Take the persons out of up to `limit` records that follow `after`; None: there are none.

        Returns how many, and the place of the last one. `span` is the mark of the run before and
        the end of this one: of what is older than that mark, only what was kept then (on hold, a
        matter) and is personal is looked at. Traces of calls and the history of tasks hold what
        was said and typed, so they go.
        """
        since, before = span
        rule = _RULES[what]
        due = [*rule.due(before), _is_personal(what, since)]
        some = await self._some(rule, due, after, limit)
        if some is None:
            return None
        found, place = some
        query = (
            sa.select(rule.key, rule.table.c.document)
            .where(rule.key.in_(found), *due)
            .with_for_update()
        )
        change = (
            rule.table.update()
            .where(rule.key == sa.bindparam("which"))
            .values({**rule.blank, "document": sa.bindparam("left")})
        )

        def blank(connection: sa.Connection) -> int:
            rows = connection.execute(query).all()
            if not rows:
                return 0
            left = [{"which": row.id, "left": without(row.document)} for row in rows]
            connection.execute(change, left)
            for column in rule.belonging:
                ids = [row.id for row in rows]
                connection.execute(sa.delete(column.table).where(column.in_(ids)))
            return len(rows)

        return await self._database.do_write(blank), place

    async def blank(
        self, what: Purged, span: tuple[datetime | None, datetime], *, limit: int
    ) -> int:
        """Take the persons out of up to `limit` records that are columns alone; return how many.

        `span` as for `anonymise`. 0: there are none left.
        """
        since, before = span
        rule = _RULES[what]
        due = [*rule.due(before), _is_personal(what, since)]
        some = await self._some(rule, due, None, limit)
        if some is None:
            return 0
        change = rule.table.update().where(rule.key.in_(some[0]), *rule.due(before))
        values = dict(rule.blank)
        return await self._database.do_write(
            lambda connection: connection.execute(change.values(values)).rowcount
        )

    async def mark(self, what: Purged) -> datetime | None:
        """Return until when everything was done; None: never."""
        query = sa.select(_MARKS.until).where(_MARKS.what == what)
        found: datetime | None = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return found

    async def conclude(self, what: Purged, until: datetime, entry: AuditEntry | None) -> None:
        """Note that all before `until` is done, in the audit log too, where something was."""
        insert = self._database.insert(schema.retention_marks).values(what=what, until=until)
        statement = insert.on_conflict_do_update(
            index_elements=["what"], set_={"until": until}, where=_MARKS.until < until
        )

        def note(connection: sa.Connection) -> None:
            connection.execute(statement)
            if entry is not None:
                add_entries(connection, [entry])

        await self._database.do_write(note)


def _is_personal(what: Purged, since: datetime | None) -> sa.ColumnElement[bool]:
    """Whether a record was not looked at before, or was kept as it was then."""
    if since is None:
        return sa.true()
    rule = _RULES[what]
    if what in {Purged.SMS_ANONYMISED, Purged.SMS_REPLIES_ANONYMISED}:
        return rule.time >= since - _LOOKED_AT_AGAIN
    return sa.or_(rule.time >= since, rule.personal)
