"""Brings the sums of days up to date with what was written: a round at a time.

Marks say where something was written (:mod:`voicegw.store.report_marks`). Their days, and those of
earlier calls that a talk has answered, are summed anew from all calls and tasks: so what comes late
enters, and the same mark twice changes nothing. A round that is broken off is done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from voicegw.clock import Clock
from voicegw.model.rollup import Cell, Mark, RollupKind, Sums
from voicegw.reports.call_sums import (
    RECOVERED_WITHIN,
    CallFacts,
    Talks,
    answered_by,
    sum_calls,
)
from voicegw.reports.freezing import months_due
from voicegw.reports.local_days import LocalDays
from voicegw.reports.task_sums import TaskFacts, sum_tasks
from voicegw.store.groups import GroupRepository
from voicegw.store.purge import Purged, PurgeRepository
from voicegw.store.report_facts import ReportFacts
from voicegw.store.report_months import MonthRepository
from voicegw.store.report_rollups import RollupRepository

LEASE_S: Final = 60.0
_PURGED: Final = {
    RollupKind.CALLS: (Purged.CALLS, Purged.CALLS_ANONYMISED),
    # Of a task that was closed long ago its day of creation is older still.
    RollupKind.TASKS: (Purged.TASKS, Purged.TASKS_ANONYMISED),
}
_MARKS_AT_ONCE: Final = 2000
#: What is written in some ten milliseconds.
_ROWS_AT_ONCE: Final = 200
_DAYS_AT_ONCE: Final = 7
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_decode_call = msgspec.json.Decoder(CallFacts).decode
_decode_task = msgspec.json.Decoder(TaskFacts).decode


class Rollup:
    """Sums what was written. One at a time does it, in all nodes: who holds the lease."""

    def __init__(
        self,
        rollups: RollupRepository,
        facts: ReportFacts,
        groups: GroupRepository,
        clock: Clock,
        *,
        owner: str,
        timezone: str,
        months: MonthRepository | None = None,
        purge: PurgeRepository | None = None,
    ) -> None:
        """`owner`, `node/process`, is unique to this process; `timezone` that of what has no group.

        With `months` the sums of frozen ones are left alone, and with `purge` those of days whose
        records may be gone.
        """
        self._months = months
        self._purge = purge
        self._rollups = rollups
        self._facts = facts
        self._groups = groups
        self._clock = clock
        self._owner = owner
        self._timezone = timezone
        self._extend_at_s = 0.0

    async def round(self) -> int:
        """Sum what the oldest marks name; return how many days were, 0 when there was nothing.

        0 also where another process sums. Raises LostLeaseError when one has begun to since, and
        StoreUnavailableError; in both cases the marks stay.
        """
        now = self._clock.now()
        if not await self._rollups.lease(self._owner, now, LEASE_S):
            return 0
        marks = await self._rollups.marks(_MARKS_AT_ONCE)
        complete_at = now if len(marks) < _MARKS_AT_ONCE else None
        if not marks:
            await self._rollups.conclude((), self._owner, complete_at)
            return 0
        groups = await self._groups.all()
        days = LocalDays({group.id: group.timezone for group in groups}, self._timezone)
        frozen = await self._frozen()
        cells = await self._cells(marks, days)
        late = {cell for cell in cells if _month_of(cell).day in frozen}
        cells -= late
        await self._correct(late, days, now)
        await self._put(sorted(cells), days)
        for month in sorted({_month_of(cell) for cell in cells}):
            await self._keep_lease()
            await self._rollups.sum_month(month.kind, month.group_id, month.day, self._owner)
        await self._rollups.conclude(marks, self._owner, complete_at)
        return len(cells) + len(late)

    async def freeze(self, freeze_day: int) -> int:
        """Freeze the months that are due, once all is summed; return how many were.

        Raises LostLeaseError and StoreUnavailableError.
        """
        now = self._clock.now()
        if self._months is None or await self._rollups.has_marks():
            return 0
        today = now.astimezone(ZoneInfo(self._timezone)).date()
        first, frozen = await self._months.first_summed(), await self._frozen()
        due = months_due(first, frozen, today, freeze_day)
        if not due or not await self._rollups.lease(self._owner, now, LEASE_S):
            return 0
        for month in due:
            await self._keep_lease()
            await self._months.freeze(month, self._owner, now)
        return len(due)

    async def _frozen(self) -> frozenset[date]:
        if self._months is None:
            return frozenset()
        return frozenset(one.month for one in await self._months.months())

    async def _correct(self, cells: Iterable[Cell], days: LocalDays, now: datetime) -> None:
        """Note what has become known of frozen days, as far as their records are all there."""
        if self._months is None:
            return
        since = (await self._rollups.complete_at() or now) - _HOUR
        for cell in sorted(cells):
            begin, end = days.bounds(cell.group_id, cell.day)
            if await self._is_purged(cell.kind, begin):
                continue
            await self._keep_lease()
            causes = await self._months.causes(cell, begin, end, since)
            rows = (await self._sums([cell], days))[cell]
            await self._months.correct(cell, rows, self._owner, now, causes)

    async def _is_purged(self, kind: RollupKind, begin: datetime) -> bool:
        """Whether something of a day that begins at `begin` may have been deleted, or blanked."""
        if self._purge is None:
            return False
        marks = [await self._purge.mark(what) for what in _PURGED[kind]]
        return any(mark is not None and begin < mark for mark in marks)

    async def release(self) -> None:
        """Let another process sum."""
        await self._rollups.release(self._owner)

    async def _put(self, cells: Sequence[Cell], days: LocalDays) -> None:
        """Sum the days, and write them some at a time: each write has calls wait."""
        found: dict[Cell, list[Sums]] = {}
        rows = 0
        for run in _runs(cells):
            for cell, sums in (await self._sums(run, days)).items():
                found[cell] = sums
                rows += len(sums) + 1
                if rows >= _ROWS_AT_ONCE:
                    await self._keep_lease()
                    await self._rollups.put_cells(found, self._owner)
                    found, rows = {}, 0
        await self._rollups.put_cells(found, self._owner)

    async def _keep_lease(self) -> None:
        # What is written asks for the lease itself: here it is only made to last.
        now_s = self._clock.monotonic()
        if now_s >= self._extend_at_s:
            await self._rollups.extend(self._owner, self._clock.now(), LEASE_S)
            self._extend_at_s = now_s + LEASE_S / 4

    async def _cells(self, marks: Sequence[Mark], days: LocalDays) -> set[Cell]:
        """Return the days to be summed anew."""
        cells: set[Cell] = set()
        hours = set()
        for mark in marks:
            if mark.hour is not None:
                hours.add((mark.kind, mark.group_id, mark.hour))
                continue
            span = await self._facts.span(mark.kind, mark.group_id)
            if span is not None:
                # A day to each side: in the time zone that it had they may have begun there.
                first, last = span[0] - _DAY, span[1] + _DAY
                some = days.between(mark.group_id, first, last)
                cells |= {Cell(mark.kind, mark.group_id, day) for day in some}
        for kind, group_id, hour in hours:
            cells |= {Cell(kind, group_id, day) for day in days.of_hour(group_id, hour)}
            if kind is RollupKind.CALLS:
                cells |= await self._answered(group_id, hour, days)
        return cells

    async def _answered(self, group_id: str, hour: datetime, days: LocalDays) -> set[Cell]:
        """Return the days of earlier calls in vain that the talks of an hour have answered.

        And those of talks that turned out to be none.
        """
        talks = [
            call
            for call in await self._calls(RollupKind.CALLS, group_id, hour, hour + _HOUR)
            if call.may_have_been_talk
        ]
        if not talks:
            return set()
        earlier = await self._calls_of(talks, hour - RECOVERED_WITHIN, hour + _HOUR)
        found = answered_by(talks, earlier)
        return {
            Cell(RollupKind.CALLS, call.group_id or "", day)
            for call in found
            for day in days.between(call.group_id or "", call.created_at, call.created_at)
        }

    async def _sums(self, run: Sequence[Cell], days: LocalDays) -> dict[Cell, list[Sums]]:
        """Return the sums of days of a group that follow one another."""
        kind, group_id = run[0].kind, run[0].group_id
        begin, _ = days.bounds(group_id, run[0].day)
        _, end = days.bounds(group_id, run[-1].day)
        if kind is RollupKind.TASKS:
            documents = await self._facts.documents(kind, group_id, begin, end)
            tasks = days.split(group_id, [_decode_task(one) for one in documents])
            return {cell: sum_tasks(tasks.get(cell.day, ())) for cell in run}
        calls = await self._calls(kind, group_id, begin, end)
        in_vain = [call for call in calls if call.is_lost or call.is_unreached]
        talks = Talks(await self._calls_of(in_vain, begin, end + RECOVERED_WITHIN))
        talk_ids = [call.id for call in calls if call.is_talk]
        scores = await self._facts.scores(talk_ids)
        judged = await self._facts.judged(talk_ids)
        by_day = days.split(group_id, calls)
        return {cell: sum_calls(by_day.get(cell.day, ()), talks, scores, judged) for cell in run}

    async def _calls(
        self, kind: RollupKind, group_id: str, begin: datetime, end: datetime
    ) -> list[CallFacts]:
        documents = await self._facts.documents(kind, group_id, begin, end)
        return [_decode_call(one) for one in documents]

    async def _calls_of(
        self, calls: Iterable[CallFacts], begin: datetime, end: datetime
    ) -> list[CallFacts]:
        """Return the calls in a span with the customers of `calls`, each once."""
        some = list(calls)
        customers = {call.customer_id for call in some if call.customer_id is not None}
        numbers = {call.customer_number for call in some if call.customer_number is not None}
        documents = await self._facts.calls_of(customers, numbers, begin, end)
        return list({call.id: call for call in map(_decode_call, documents)}.values())


def _month_of(cell: Cell) -> Cell:
    return Cell(cell.kind, cell.group_id, cell.day.replace(day=1))


def _runs(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Yield sorted cells in runs of days of one group that follow one another: read at once."""
    run: list[Cell] = []
    for cell in cells:
        if run and (
            (cell.kind, cell.group_id) != (run[0].kind, run[0].group_id)
            or cell.day - run[-1].day != _DAY
            or len(run) == _DAYS_AT_ONCE
        ):
            yield run
            run = []
        run.append(cell)
    if run:
        yield run
