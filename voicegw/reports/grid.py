"""A report's table as the rows and columns of a sheet, whatever writes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from voicegw.model.report import ReportColumn, ReportRow, ReportTable, Unit
from voicegw.model.report_file import Language
from voicegw.reports.sheet_words import NOBODY, name_before

Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a sheet: its title, and what its values count in."""

    title: str
    unit: Unit


class Grid:
    """The sheet of a table: what a row is about, its figures, and those of the span before.

    What people call a manager, a group or a hotline stands before its id.
    """

    def __init__(self, table: ReportTable, language: Language) -> None:
        """Look at `table` only: nothing is copied before rows are asked for."""
        self._table = table
        self._language = language
        self._named = {name for row in table.rows for name in row.names}
        self._compares = table.previous_totals is not None

    def columns(self) -> list[GridColumn]:
        """Return the columns, in order."""
        found = []
        for key in self._table.keys:
            title = title_of(key, self._language)
            if key.key in self._named:
                found += [GridColumn(title, Unit.TEXT), GridColumn(f"{title} id", Unit.TEXT)]
            else:
                found.append(GridColumn(title, key.unit))
        titles = [(title_of(one, self._language), one.unit) for one in self._table.columns]
        found += [GridColumn(title, unit) for title, unit in titles]
        if self._compares:
            found += [
                GridColumn(name_before(title, self._language), unit) for title, unit in titles
            ]
        return found

    def rows(self) -> Iterator[list[Value]]:
        """Yield the values of each row, by column."""
        columns = self._table.columns
        for row in self._table.rows:
            values = self._keys(row)
            values += [row.figures.get(one.key) for one in columns]
            if self._compares:
                before = row.previous or {}
                values += [before.get(one.key) for one in columns]
            yield values

    def _keys(self, row: ReportRow) -> list[Value]:
        values: list[Value] = []
        for key in self._table.keys:
            value = row.keys.get(key.key)
            if key.key in self._named:
                values += [row.names.get(key.key) or NOBODY[self._language], value]
            else:
                values.append(value if key.unit is not Unit.DATE else _as_date(value))
        return values


def title_of(column: ReportColumn, language: Language) -> str:
    """Return what people call a column; its key where it has no name in `language`."""
    return column.names.get(language) or column.key


def labels(row: ReportRow, keys: Sequence[ReportColumn]) -> str:
    """Return what a row is about, in one line."""
    return " ".join(row.names.get(one.key) or row.keys.get(one.key) or "–" for one in keys)


def _as_date(value: str | None) -> Value:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        return value
