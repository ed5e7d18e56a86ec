"""Answers what a report asks: from the sums of days and months, never from calls themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Final
from urllib.parse import urlencode

import msgspec

from voicegw.clock import Clock
from voicegw.errors import InvalidError
from voicegw.model.report import ReportKind, ReportRow, ReportTable, SplitBy
from voicegw.model.rollup import RollupKind
from voicegw.model.task import TaskType
from voicegw.reports.catalogue import KEY_OF, SHAPES, key_column, split_of
from voicegw.reports.local_days import LocalDays
from voicegw.reports.result_kinds import ResultKinds, ResultRules
from voicegw.reports.table import (
    Added,
    add_results,
    add_rows,
    figures,
    previous_span,
    shifted,
    span_of,
    table_rows,
    total,
    with_results,
)
from voicegw.store.report_names import ReportNames
from voicegw.store.report_rollups import RollupQuery, RollupRepository

MAX_DAYS: Final = 731
MAX_ROWS: Final = 10_000
_MAX_RESULTS: Final = 100_000
_TASK_TYPES: Final = frozenset(one.value for one in TaskType)


class ReportRequest(msgspec.Struct, frozen=True):
    """What a report is asked for, and of what its asker sees.

    Local days from `from_` (inclusive) to `until` (exclusive). `group_ids` None: all groups; what
    else is None does not filter. `type` is a task's type, or a call's direction. With `compare` the
    span before is told as well.
    """

    kind: ReportKind
    from_: date
    until: date
    by: tuple[SplitBy, ...] = ()
    group_ids: tuple[str, ...] | None = None
    manager_id: str | None = None
    hotline_id: str | None = None
    type: str | None = None
    group_id: str | None = None
    """The group that was asked for, whose `group_ids` are: it and those below."""
    compare: bool = False


class ReportService:
    """Makes the tables of reports. Raises StoreUnavailableError when the store can't be used."""

    def __init__(
        self,
        rollups: RollupRepository,
        names: ReportNames,
        clock: Clock,
        timezone: str,
        *,
        results: Callable[[], ResultRules] = dict,
    ) -> None:
        """`timezone` is that of what has no group, `results` tells those of each type of tasks."""
        self._rollups = rollups
        self._names = names
        self._clock = clock
        self._timezone = timezone
        self._results = results

    async def table(self, request: ReportRequest) -> ReportTable:
        """Return the report. Raises InvalidError for a span, or a split, that it can't have."""
        if request.until <= request.from_:
            raise InvalidError("until", "must be later than from", kind="not-after", other="from")
        if (request.until - request.from_).days > MAX_DAYS:
            raise InvalidError(
                "from", f"at most {MAX_DAYS} days before until", kind="too-great", max_days=MAX_DAYS
            )
        by = split_of(request.kind, request.by)
        # Asked first: what is written while sums are read may be in them, or not.
        as_of = await self._as_of()
        means = ResultKinds(self._results())
        now = await self._added(request, by, (request.from_, request.until), means)
        span = previous_span(request.from_, request.until)
        before = await self._added(request, by, span, means) if request.compare else None
        days = LocalDays(await self._names.timezones(), self._timezone)
        table = await asyncio.to_thread(_table, request, by, means, now, before)
        table.as_of = as_of
        zones = _zones(request, days)
        table.timezone = zones.pop() if len(zones) == 1 else None
        await self._name(table.rows, by)
        await asyncio.to_thread(_link, table, request, days)
        return table

    async def _as_of(self) -> datetime | None:
        now = self._clock.now()
        if await self._rollups.has_marks():
            return await self._rollups.complete_at()
        return now

    async def _added(
        self,
        request: ReportRequest,
        by: tuple[SplitBy, ...],
        span: tuple[date, date],
        means: ResultKinds,
    ) -> Added:
        added: Added = {}
        shape = SHAPES[request.kind]
        for kind in shape.kinds:
            query = RollupQuery(
                kind,
                *span,
                by,
                group_ids=request.group_ids,
                manager_id=request.manager_id,
                hotline_id=request.hotline_id,
                type=request.type,
            )
            names = shape.sums(kind)
            rows = await self._rollups.sums(query, names, limit=MAX_ROWS + 1)
            await asyncio.to_thread(add_rows, added, kind, rows, names, keys=len(by))
            if kind is shape.results:
                told = await self._rollups.results(query, limit=_MAX_RESULTS)
                if len(told) >= _MAX_RESULTS:
                    raise InvalidError(
                        "by", "comes to too many results; ask for a shorter span", kind="too-many"
                    )
                await asyncio.to_thread(add_results, added, kind, told, means)
        if len(added) > MAX_ROWS:
            raise InvalidError(
                "by",
                f"comes to more than {MAX_ROWS} rows; ask for a shorter span",
                kind="too-many",
                max=MAX_ROWS,
            )
        return added

    async def _name(self, rows: Sequence[ReportRow], by: Collection[SplitBy]) -> None:
        for split in (SplitBy.GROUP, SplitBy.MANAGER, SplitBy.HOTLINE):
            if split not in by:
                continue
            key = KEY_OF[split]
            ids = {row.keys[key] for row in rows} - {None}
            names = await self._names.names(split, [one for one in ids if one is not None])
            for row in rows:
                name = names.get(row.keys[key] or "")
                if name is not None:
                    row.names = {**row.names, key: name}


def _table(
    request: ReportRequest,
    by: tuple[SplitBy, ...],
    means: ResultKinds,
    now: Added,
    before: Added | None,
) -> ReportTable:
    shape = with_results(SHAPES[request.kind], means, now, before)
    previous_from, _ = previous_span(request.from_, request.until)
    aligned = None if before is None else shifted(before, by, previous_from, request.from_)
    return ReportTable(
        kind=request.kind,
        from_=request.from_,
        until=request.until,
        by=by,
        as_of=None,
        timezone=None,
        keys=[key_column(one) for one in by],
        columns=[one.column for one in shape.figures],
        rows=table_rows(shape, by, now, aligned),
        totals=figures(shape, total(now)),
        previous_from=None if before is None else previous_from,
        previous_totals=None if before is None else figures(shape, total(before)),
    )


def _zones(request: ReportRequest, days: LocalDays) -> set[str]:
    if request.group_ids is not None:
        return {days.zones.get(one, days.default) for one in request.group_ids}
    # What has no group is in it, too.
    return {*days.zones.values(), days.default}


def _link(table: ReportTable, request: ReportRequest, days: LocalDays) -> None:
    """Have each row lead to the calls and tasks that it counts."""
    lists = sorted({one.rows for one in table.columns})
    first_group = next(iter(request.group_ids or days.zones), "")

    @cache
    def in_span(group_id: str, span: tuple[date, date]) -> str:
        begin, end = (days.bounds(group_id, day)[0] for day in span)
        return urlencode({"from": begin.isoformat(), "until": end.isoformat()})

    for row in table.rows:
        query = _narrowed(row, request)
        group_id = row.keys.get(KEY_OF[SplitBy.GROUP]) or ""
        if query is None or (not group_id and table.timezone is None):
            continue  # there is no such filter, or days of several time zones
        span = in_span(group_id or first_group, span_of(row, table.from_, table.until))
        row.links = {
            one: "&".join(filter(None, (f"/v1/{one}?{span}", urlencode(_of_list(query, one)))))
            for one in lists
            # Tasks are not listed by hotline.
            if one == RollupKind.CALLS or "hotline_id" not in query
        }


def _narrowed(row: ReportRow, request: ReportRequest) -> Mapping[str, str] | None:
    """Return what lists are filtered by to hold what a row counts; None: they can't be."""
    query = {
        name: value
        for name, value in (
            ("group_id", request.group_id),
            ("manager_id", request.manager_id),
            ("hotline_id", request.hotline_id),
            ("type", request.type),
        )
        if value is not None
    }
    for name in ("group_id", "manager_id", "hotline_id", "type"):
        if name in row.keys:
            value = row.keys[name]
            if value is None:
                return None
            query[name] = value
    if KEY_OF[SplitBy.GROUP] in row.keys:
        query["below"] = "false"  # they have rows of their own
    return query


def _of_list(query: Mapping[str, str], name: str) -> dict[str, str]:
    """Return `query` as the list of calls, or of tasks, takes it."""
    found = dict(query)
    kind = found.pop("type", None)
    if kind is None:
        return found
    if name == RollupKind.CALLS:
        # What is the type of a task is the direction of a call.
        return found | {"direction": kind}
    if kind in _TASK_TYPES:
        return found | {"type": kind}
    return found | {"type": TaskType.OWN.value, "own_type": kind}
