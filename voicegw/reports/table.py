"""A report's table, made of the rows of sums that the store has found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from voicegw.model.report import Figures, ReportRow, SplitBy
from voicegw.model.rollup import RollupKind, sum_of_code, sum_of_kind
from voicegw.model.task_type import ResultKind
from voicegw.reports.catalogue import KEY_OF, SPANS, ReportShape
from voicegw.reports.figures import of_code, of_result_kind
from voicegw.reports.result_kinds import ResultKinds

_CODE: Final = sum_of_code("")

Keys = tuple[str | None, ...]
SumsByKind = Mapping[RollupKind, Mapping[str, int]]
Added = dict[Keys, dict[RollupKind, dict[str, int]]]
"""Sums by what a row is about, and by what they count."""


def add_rows(
    added: Added,
    kind: RollupKind,
    rows: Iterable[Sequence[Any]],
    names: Sequence[str],
    *,
    keys: int,
) -> None:
    """Add rows of the store, of `keys` keys and then the sums called `names`, to `added`."""
    for row in rows:
        of = added.setdefault(tuple(map(_key, row[:keys])), {})
        found = {name: value for name, value in zip(names, row[keys:], strict=True) if value}
        sums = of.setdefault(kind, found)
        if sums is not found:
            for name, value in found.items():
                sums[name] = sums.get(name, 0) + value


def add_results(
    added: Added, kind: RollupKind, rows: Iterable[Sequence[Any]], means: ResultKinds
) -> None:
    """Add rows of the store to `added`: keys, how often a result was told, its type, its code.

    What `means` knows is added to its kind, too.
    """
    for *keys, told, type_, code in rows:
        of = tuple(_key(value) for value in keys)
        sums = added.setdefault(of, {}).setdefault(kind, {})
        result_kind = means.kind(type_, code)
        names = [sum_of_code(code)]
        if result_kind is not None:
            names.append(sum_of_kind(result_kind))
        for name in names:
            sums[name] = sums.get(name, 0) + told


def with_results(shape: ReportShape, means: ResultKinds, *all_added: Added | None) -> ReportShape:
    """Return the shape with a figure for each kind of results, and each code that was told."""
    kind = shape.results
    if kind is None:
        return shape
    codes = {
        name.partition(":")[2]
        for added in all_added
        for of in (added or {}).values()
        for name in of.get(kind, {})
        if name.startswith(_CODE)
    }
    return replace(
        shape,
        figures=(
            *shape.figures,
            *(of_result_kind(kind, one) for one in ResultKind),
            *(of_code(kind, one, means.names(one)) for one in sorted(codes)),
        ),
    )


def table_rows(
    shape: ReportShape, by: Sequence[SplitBy], now: Added, before: Added | None
) -> list[ReportRow]:
    """Return the rows of a report, in the order of their keys; what has no name comes last.

    `before` are the sums of the span before by the same keys; None where none is compared with.
    """
    ordered = sorted(now, key=lambda one: [(value is None, value or "") for value in one])
    found = _all_figures(shape, [now[keys] for keys in ordered])
    previous: Sequence[Figures | None] = [None] * len(ordered)
    if before is not None:
        previous = _all_figures(shape, [before.get(keys, {}) for keys in ordered])
    names = [KEY_OF[one] for one in by]
    return [
        ReportRow(dict(zip(names, keys, strict=True)), here, previous=there)
        for keys, here, there in zip(ordered, found, previous, strict=True)
    ]


def total(added: Added) -> dict[RollupKind, dict[str, int]]:
    """Return the sums of all rows together."""
    found: dict[RollupKind, dict[str, int]] = {}
    for of in added.values():
        for kind, sums in of.items():
            all_of = found.setdefault(kind, {})
            for name, value in sums.items():
                all_of[name] = all_of.get(name, 0) + value
    return found


def figures(shape: ReportShape, sums: SumsByKind) -> Figures:
    """Return the figures of a report that follow from `sums`."""
    return _all_figures(shape, [sums])[0]


def _all_figures(shape: ReportShape, rows: Sequence[SumsByKind]) -> list[Figures]:
    # One figure for all rows, then the next: half the time of row by row.
    by_kind = {kind: [sums.get(kind, {}) for sums in rows] for kind in shape.kinds}
    columns = [map(one.formula, by_kind[one.kind]) for one in shape.figures]
    keys = [one.column.key for one in shape.figures]
    return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]


def previous_span(from_: date, until: date) -> tuple[date, date]:
    """Return the span of the same length before; before whole months, as many whole months."""
    if from_.day == 1 and until.day == 1:
        months = (until.year - from_.year) * 12 + until.month - from_.month
        number = from_.year * 12 + from_.month - 1 - months
        return date(number // 12, number % 12 + 1, 1), from_
    return from_ - (until - from_), from_


def shifted(added: Added, by: Sequence[SplitBy], previous_from: date, from_: date) -> Added:
    """Return the sums of the span before by the keys of what they are compared with.

    The first day with the first day, the first month with the first month; weeks are not compared.
    """
    if not by or by[0] not in SPANS:
        return added
    found: Added = {}
    for keys, sums in added.items():
        begin = keys[0]
        if begin is not None and by[0] is not SplitBy.WEEK:
            at = _moved(date.fromisoformat(begin), previous_from, from_, by[0])
            found[at.isoformat(), *keys[1:]] = sums
    return found


def _moved(day: date, previous_from: date, from_: date, by: SplitBy) -> date:
    if by is SplitBy.DAY:
        return day + (from_ - previous_from)
    months = (from_.year - previous_from.year) * 12 + from_.month - previous_from.month
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def span_of(row: ReportRow, from_: date, until: date) -> tuple[date, date]:
    """Return the days that a row is about, of the report's."""
    for split, length in ((SplitBy.DAY, timedelta(days=1)), (SplitBy.WEEK, timedelta(days=7))):
        begin = row.keys.get(KEY_OF[split])
        if begin is not None:
            first = date.fromisoformat(begin)
            return max(first, from_), min(first + length, until)
    month = row.keys.get(KEY_OF[SplitBy.MONTH])
    if month is None:
        return from_, until
    first = date.fromisoformat(month)
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return max(first, from_), min(after, until)


def _key(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else value or None
