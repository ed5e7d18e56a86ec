"""Imports of groups, hotlines, managers and customers: good rows in, every bad one named.

Repeatable: rows are matched by external id (hotlines by number), and what has not changed is not
written. It runs in a process of its own, in short transactions with pauses between them, so that
neither the node's loop nor the writes of calls wait for an import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from voicegw.clock import Clock
from voicegw.directory import rules
from voicegw.directory.customer_batch import CHUNK, CustomerBatch, Written
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_file import ImportRow, read_rows
from voicegw.directory.import_records import customer_of, group_of, hotline_of, manager_of
from voicegw.directory.references import References
from voicegw.directory.service import DirectoryService
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.field_faults import FieldFault
from voicegw.model.directory import Customer, Group, Manager
from voicegw.model.ids import IdKind, new_id
from voicegw.model.introduction import Introduction
from voicegw.store.customers import Change
from voicegw.store.directory import DirectoryRepository
from voicegw.store.jobs import RowProblem

#: Rows a transaction.
CHUNK_ROWS = CHUNK
_WHY = "import"


@dataclass(slots=True)
class ImportCounts:
    """How far an import is, in rows. Written are those new or changed; unchanged ones are good.

    Dry, written are those that would be. `rows_new` are among `rows_written`.
    """

    rows_read: int = 0
    rows_written: int = 0
    rows_new: int = 0
    rows_unchanged: int = 0
    rows_bad: int = 0


OnProblem = Callable[[RowProblem], None]
OnProgress = Callable[[ImportCounts], None]


class DirectoryImporter:
    """Imports files into the directory, one at a time."""

    def __init__(
        self,
        repository: DirectoryRepository,
        clock: Clock,
        *,
        by: str,
        role: str = "",
        region: str = "CN",
        chunk_rows: int = CHUNK_ROWS,
        introduction: Introduction | None = None,
    ) -> None:
        """Write to `repository` in the name of `by` (a principal and its `role`).

        `region` is the numbers'. `introduction` is how new owners get known to their customers;
        None: no tasks are made for that.
        """
        self._introduction = introduction
        self._repository = repository
        self._batch = CustomerBatch(repository.customers)
        self._service = DirectoryService(repository, clock, region=region)
        self._clock = clock
        self._by = by
        self._role = role
        self._region = region
        self._chunk_rows = chunk_rows
        self._references = References([], [])
        self._counts = ImportCounts()
        self._on_problem: OnProblem = lambda _problem: None
        self._on_progress: OnProgress = lambda _counts: None
        self._dry_run = False
        self._mapping: Mapping[str, str] = {}
        self._would_be_new: set[str] = set()
        """External ids of customers that a dry run has met already."""

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

        `mapping` says what titles of columns mean, as :func:`read_rows` takes it.
        `on_problem` is called for every bad row, `on_progress` at the beginning, now and then and
        at the end, always with the same counts, which go on rising. Raises InvalidError
        when nothing of the file can be used, StoreUnavailableError when the store goes away: rows
        so far are kept, and the import can be repeated.
        """
        self._counts = ImportCounts()
        self._on_problem = on_problem
        self._on_progress = on_progress
        self._dry_run = dry_run
        self._mapping = mapping or {}
        self._would_be_new.clear()
        on_progress(self._counts)
        self._references = References(
            await self._repository.groups.all(), await self._repository.managers.all()
        )
        if kind is ImportKind.GROUPS:
            await self._groups(path)
        elif kind is ImportKind.HOTLINES:
            await self._hotlines(path)
        elif kind is ImportKind.MANAGERS:
            await self._managers(path)
        else:
            await self._customers(path)
        on_progress(self._counts)
        return self._counts

    async def _groups(self, path: Path) -> None:
        """Take groups, parents before children whatever the order of rows."""
        waiting = list(self._good_rows(path, ImportKind.GROUPS))
        while waiting:
            later: list[tuple[ImportRow, InvalidError]] = []
            for row in waiting:
                try:
                    await self._group(row)
                except InvalidError as error:
                    later.append((row, error))
                except (ConflictError, NotFoundError) as error:
                    self._bad(row.line, _clash("external_id", error))
            if len(later) == len(waiting):
                for row, reason in later:
                    self._bad(row.line, reason.fault)
                return
            waiting = [row for row, _ in later]

    async def _group(self, row: ImportRow) -> None:
        known = self._references.known_group(row.cells["external_id"])
        group = rules.checked_group(group_of(row, known, self._references))
        if group == known:
            self._counts.rows_unchanged += 1
            return
        written: Group = group
        if self._dry_run:
            written = msgspec.structs.replace(group, id=group.id or new_id(IdKind.GROUP))
        elif known is None:
            written = await self._service.create_group(group)
        else:
            written = await self._service.update_group(group)
        self._references.add_group(written)
        self._written(1, new=known is None)

    async def _hotlines(self, path: Path) -> None:
        for row in self._good_rows(path, ImportKind.HOTLINES):
            try:
                group = self._references.group("group", row.cells["group"])
                number = rules.require_number(
                    "number", row.cells["number"], self._region, group.area_code
                )
                known = await self._repository.hotlines.get_by_number(number)
                hotline = rules.checked_hotline(
                    hotline_of(row, known, self._references), group, self._region
                )
                if hotline == known:
                    self._counts.rows_unchanged += 1
                    continue
                if self._dry_run:
                    await self._repository.hotlines.check_flow(hotline.flow)
                elif known is None:
                    await self._service.create_hotline(hotline)
                else:
                    await self._service.update_hotline(hotline)
                self._written(1, new=known is None)
            except InvalidError as error:
                self._bad(row.line, error.fault)
            except (ConflictError, NotFoundError) as error:
                self._bad(row.line, _clash("number", error))

    async def _managers(self, path: Path) -> None:
        """Take managers, then their deputies, who may come in later rows."""
        deputies: list[tuple[int, str, str]] = []
        for row in self._good_rows(path, ImportKind.MANAGERS):
            try:
                manager = await self._manager(row)
                if "deputy" in row.cells:
                    deputies.append((row.line, manager.id, row.cells["deputy"]))
            except InvalidError as error:
                self._bad(row.line, error.fault)
            except (ConflictError, NotFoundError) as error:
                self._bad(row.line, _clash("external_id", error))
        for line, manager_id, deputy in deputies:
            try:
                await self._deputy(manager_id, deputy)
            except InvalidError as error:
                self._bad(line, msgspec.structs.replace(error.fault, field="deputy"))
            except NotFoundError as error:
                self._bad(line, _clash("deputy", error))

    async def _manager(self, row: ImportRow) -> Manager:
        known = self._references.known_manager(row.cells["external_id"])
        wanted = manager_of(row, known, self._references)
        group = self._references.group("group", wanted.group_id)
        manager = rules.checked_manager(wanted, group, self._region)
        if known is not None and manager == known:
            self._counts.rows_unchanged += 1
            return known
        if self._dry_run:
            manager = msgspec.structs.replace(manager, id=manager.id or new_id(IdKind.MANAGER))
        elif known is None:
            manager = await self._service.create_manager(manager)
        else:
            manager = await self._service.update_manager(manager)
        self._references.add_manager(manager)
        self._written(1, new=known is None)
        return manager

    async def _deputy(self, manager_id: str, deputy: str) -> None:
        manager = self._references.manager("external_id", manager_id)
        deputy_id = self._references.manager("deputy", deputy).id if deputy else None
        if deputy_id == manager.id:
            raise InvalidError("deputy", "a manager can't be the own deputy", kind="own-self")
        if deputy_id == manager.deputy_id:
            return
        changed = msgspec.structs.replace(manager, deputy_id=deputy_id)
        if not self._dry_run:
            changed = await self._service.update_manager(changed)
        self._references.add_manager(changed)

    async def _customers(self, path: Path) -> None:
        chunk: dict[str, ImportRow] = {}
        for row in self._good_rows(path, ImportKind.CUSTOMERS):
            external_id = row.cells["external_id"]
            if not external_id:
                self._bad(row.line, FieldFault("external_id", "must not be empty", "missing"))
                continue
            # A customer who is named again is changed again: the last row counts.
            if external_id in chunk or len(chunk) >= self._chunk_rows:
                await self._customer_chunk(chunk)
                chunk = {}
            chunk[external_id] = row
        await self._customer_chunk(chunk)

    async def _customer_chunk(self, rows: Mapping[str, ImportRow]) -> None:
        now = self._clock.now()
        makers = {
            external_id: partial(self._customer, row, now) for external_id, row in rows.items()
        }
        change = Change(self._by, _WHY, now, self._role, self._introduction)
        results = await self._batch.write(makers, change, dry_run=self._dry_run)
        for external_id, result in results.items():
            if result.fault is not None:
                self._bad(rows[external_id].line, result.fault)
                continue
            match result.written:
                case Written.UNCHANGED:
                    self._counts.rows_unchanged += 1
                case _:
                    new = result.written is Written.CREATED
                    self._written(1, new=new and external_id not in self._would_be_new)
                    if self._dry_run and new:
                        self._would_be_new.add(external_id)
        self._on_progress(self._counts)

    def _customer(self, row: ImportRow, now: datetime, before: Customer | None) -> Customer:
        """Return the customer of a row. Raises InvalidError."""
        wanted, group = customer_of(row, before, self._references, now)
        return rules.checked_customer(wanted, group, self._region)

    def _good_rows(self, path: Path, kind: ImportKind) -> Iterator[ImportRow]:
        for row in read_rows(path, kind, self._mapping):
            self._counts.rows_read += 1
            if isinstance(row, RowProblem):
                self._refuse(row)
            else:
                yield row

    def _written(self, rows: int, *, new: int) -> None:
        self._counts.rows_written += rows
        self._counts.rows_new += new

    def _bad(self, line: int, fault: FieldFault) -> None:
        self._refuse(RowProblem.of(line, fault))

    def _refuse(self, problem: RowProblem) -> None:
        self._counts.rows_bad += 1
        self._on_problem(problem)


def _clash(field: str, error: ConflictError | NotFoundError) -> FieldFault:
    is_taken = error.slug == "already-exists"
    return FieldFault(field, str(error), "taken" if is_taken else "not-found")
