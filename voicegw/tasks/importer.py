"""Imports of tasks: good rows in, every bad one named.

Repeatable: rows are matched by external id, and what has not changed is not written. It runs as
imports of the directory do, in a process of its own and in short transactions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from voicegw.clock import Clock
from voicegw.directory.calendar import Calendars
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_file import ImportRow, read_rows
from voicegw.directory.import_reach import EVERYTHING, ImportReach
from voicegw.directory.importer import ImportCounts, OnProblem, OnProgress
from voicegw.directory.references import References
from voicegw.errors import ConflictError, InvalidError
from voicegw.field_faults import FieldFault
from voicegw.model.directory import Customer
from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import Task
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.jobs import RowProblem
from voicegw.store.task_changes import PutTask, TaskChanges
from voicegw.store.task_types import TaskTypeRepository
from voicegw.tasks.import_records import TaskRow, TypeNames, group_of, number_of, task_of
from voicegw.tasks.types import TaskTypes

#: Rows a transaction.
CHUNK_ROWS: Final = 100


class TaskImporter:
    """Imports files of tasks, one at a time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        by: str,
        region: str = "CN",
        calendars: Calendars | None = None,
        chunk_rows: int = CHUNK_ROWS,
        reach: ImportReach = EVERYTHING,
    ) -> None:
        """Write to `database` in the name of `by`, a principal, what is within `reach`.

        `region` is the numbers', `calendars` know the groups' working days.
        """
        self._reach = reach
        self._directory = DirectoryRepository(database)
        self._types = TaskTypes(TaskTypeRepository(database))
        self._changes = TaskChanges(database)
        self._clock = clock
        self._by = by
        self._region = region
        self._calendars = calendars or Calendars()
        self._chunk_rows = chunk_rows
        self._references = References([], [])
        self._names = TypeNames({})
        self._counts = ImportCounts()
        self._on_problem: OnProblem = lambda _problem: None
        self._on_progress: OnProgress = lambda _counts: None

    async def run(
        self,
        kind: ImportKind,
        path: Path,
        *,
        dry_run: bool = False,
        mapping: Mapping[str, str] | None = None,
        on_problem: OnProblem = lambda _problem: None,
        on_progress: OnProgress = lambda _counts: None,
    ) -> ImportCounts:
        """Import the file at `path` and return the final counts; `dry_run` writes nothing.

        All as :meth:`voicegw.directory.importer.DirectoryImporter.run`; `kind` is tasks.
        """
        self._counts = ImportCounts()
        self._on_problem, self._on_progress = on_problem, on_progress
        on_progress(self._counts)
        await self._types.reload()
        self._names = TypeNames(self._types.all())
        has = self._reach.has
        self._references = References(
            [one for one in await self._directory.groups.all() if has(one.id)],
            [one for one in await self._directory.managers.all() if has(one.group_id)],
        )
        chunk: dict[str, ImportRow] = {}
        for row in self._good_rows(path, kind, mapping or {}):
            external_id = row.cells["external_id"]
            if not external_id:
                self._bad(row.line, FieldFault("external_id", "must not be empty", "missing"))
                continue
            # A task that is named again is changed again: the last row counts.
            if external_id in chunk or len(chunk) >= self._chunk_rows:
                await self._write(chunk, dry_run=dry_run)
                chunk = {}
            chunk[external_id] = row
        await self._write(chunk, dry_run=dry_run)
        return self._counts

    async def _write(self, rows: Mapping[str, ImportRow], *, dry_run: bool) -> None:
        now = self._clock.now()
        makers = {}
        customers = await self._customers(rows.values())
        for external_id, row in rows.items():
            try:
                named = await self._named(row, customers)
            except InvalidError as error:
                self._bad(row.line, error.fault)
                continue
            makers[external_id] = partial(self._task, named, now)
        began = time.monotonic()
        put = partial(self._changes.put_many, makers, now, by=self._by, dry_run=dry_run)
        try:
            results = await put()
        except ConflictError:
            # Somebody else has made one of them at the same moment: now it is known.
            results = await put()
        for external_id, result in results.items():
            if isinstance(result, InvalidError):
                self._bad(rows[external_id].line, result.fault)
            elif isinstance(result, ConflictError):
                self._bad(rows[external_id].line, FieldFault("external_id", result.detail))
            elif result is PutTask.UNCHANGED:
                self._counts.rows_unchanged += 1
            else:
                self._counts.rows_written += 1
                self._counts.rows_new += result is PutTask.CREATED
        self._on_progress(self._counts)
        # Others get at least as much of the store's time as this takes.
        await asyncio.sleep(time.monotonic() - began)

    def _task(self, named: TaskRow, now: datetime, known: Task | None) -> Task:
        """Return the task of a row, in place of `known`. Raises InvalidError and ConflictError."""
        if known is not None and not self._reach.has(known.group_id):
            raise ConflictError("already-exists", "Another task has this external id.")
        return task_of(named, known, new_id(IdKind.TASK), now, self._calendars)

    async def _named(self, row: ImportRow, customers: Mapping[str, Customer]) -> TaskRow:
        """Return a row with whom it names. Raises InvalidError."""
        cells = row.cells
        rule = self._names.rule(cells["type"])
        manager = None
        if cells.get("manager"):
            manager = self._references.manager("manager", cells["manager"])
        customer, number = None, None
        if cells.get("customer"):
            customer = customers.get(cells["customer"])
            if customer is None:
                raise InvalidError("customer", "no such customer", kind="not-found")
        elif not cells.get("customer_number"):
            raise InvalidError(
                "customer",
                "give the customer, or customer_number",
                kind="choose-one",
                fields="customer, customer_number",
            )
        group = None
        if customer is None:
            # A local number is completed by the area code of the group, which no customer tells.
            known = [one for one in (manager,) if one is not None]
            area_code = None
            if cells.get("group") or known:
                group = group_of(row, self._references, known)
                area_code = group.area_code
            number = number_of(cells["customer_number"], self._region, area_code)
            customer = await self._only_customer(number)
            if customer is None and not self._reach.any_number:
                raise InvalidError(
                    "customer_number", "is that of no one customer of yours", kind="not-found"
                )
        group = group or group_of(row, self._references, (manager, customer))
        return TaskRow(row, rule, group, manager, customer, number)

    async def _customers(self, rows: Iterable[ImportRow]) -> Mapping[str, Customer]:
        """Return the customers that rows name, by external id."""
        named = {row.cells["customer"] for row in rows if row.cells.get("customer")}
        if not named:
            return {}
        found = await self._directory.customers.list_by_external_ids(sorted(named))
        return {
            one.external_id: one
            for one in found
            if one.external_id is not None and self._reach.has(one.group_id)
        }

    async def _only_customer(self, number: str) -> Customer | None:
        """Return the customer with this number, if only one has it: it may be a family's."""
        found = [
            one
            for one in await self._directory.customers.find_by_number(number)
            if self._reach.has(one.group_id)
        ]
        return found[0] if len(found) == 1 else None

    def _good_rows(
        self, path: Path, kind: ImportKind, mapping: Mapping[str, str]
    ) -> Iterator[ImportRow]:
        for row in read_rows(path, kind, mapping):
            self._counts.rows_read += 1
            if isinstance(row, RowProblem):
                self._refuse(row)
            else:
                yield row

    def _bad(self, line: int, fault: FieldFault) -> None:
        self._refuse(RowProblem.of(line, fault))

    def _refuse(self, problem: RowProblem) -> None:
        self._counts.rows_bad += 1
        self._on_problem(problem)
