"""Imports as jobs: how far they are, and every row that could not be taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.field_faults import FaultParam, FieldFault
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import (
    COUNT_BITS,
    DEFAULT_LIMIT,
    Page,
    check_limit,
    decode_cursor,
    encode_cursor,
)
from voicegw.store.rows import to_struct

_JOBS = schema.jobs.c
_PROBLEMS = schema.job_problems.c


OF_FILE: Final = "file"
"""The field of a fault that is about a whole import."""


class JobState(StrEnum):
    """How far a job is; the last two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Job(msgspec.Struct):
    """An import. The counts are rows; `failure` says why a failed job stopped.

    `rows_written` are those new or changed (dry: that would be), `rows_new` among them.
    """

    id: str
    kind: str
    created_by: str
    created_at: datetime
    state: JobState = JobState.QUEUED
    dry_run: bool = False
    group_id: str | None = None
    finished_at: datetime | None = None
    rows_read: int = 0
    rows_written: int = 0
    rows_new: int = 0
    rows_unchanged: int = 0
    rows_bad: int = 0
    failure: str | None = None
    fault: FieldFault | None = None
    """The same for programs; the field is `file`, or the column it is about."""

    def give_up(self, fault: FieldFault, at: datetime) -> None:
        """It has failed."""
        is_of_file = fault.field == OF_FILE
        self.state = JobState.FAILED
        self.failure = fault.message if is_of_file else f"{fault.field}: {fault.message}"
        self.fault = fault
        self.finished_at = at


class RowProblem(msgspec.Struct, frozen=True):
    """A row that was not taken. `line` counts from 1, the header included."""

    line: int
    field: str
    message: str
    kind: str = "other"
    params: dict[str, FaultParam] = {}

    @classmethod
    def of(cls, line: int, fault: FieldFault) -> RowProblem:
        """Return what is wrong with the row in `line`."""
        return cls(line, fault.field, fault.message, fault.kind, fault.params)


class JobRepository:
    """Reads and writes jobs. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, job: Job) -> None:
        """Add `job`. Raises ConflictError when its id is taken."""
        row = _row(job)
        await self._database.do_write(
            lambda connection: connection.execute(schema.jobs.insert(), row)
        )

    async def get(self, job_id: str) -> Job | None:
        """Return the job with this id."""
        async with self._database.read() as connection:
            query = sa.select(schema.jobs).where(_JOBS.id == job_id)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else to_struct(row, Job)

    async def update(self, job: Job, problems: Sequence[RowProblem] = ()) -> None:
        """Replace the job of the same id and add bad rows to it. Raises NotFoundError."""
        row = _row(job)
        more = [msgspec.structs.asdict(one) | {"job_id": job.id} for one in problems]
        add = self._database.insert(schema.job_problems).on_conflict_do_nothing(
            index_elements=["job_id", "line"]
        )

        # One visit to the thread that writes: an import's loop reads its file meanwhile, and would
        # hold the store for that long between two statements.
        def work(connection: sa.Connection) -> None:
            result = connection.execute(schema.jobs.update().where(_JOBS.id == job.id), row)
            if result.rowcount == 0:
                raise NotFoundError("job", job.id)
            if more:
                connection.execute(add, more)

        await self._database.do_write(work)

    async def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[Job]:
        """Return a page of jobs, newest first. Raises InvalidError for a bad limit or cursor."""
        query = sa.select(schema.jobs).order_by(_JOBS.id.desc()).limit(check_limit(limit) + 1)
        if cursor is not None:
            (before,) = decode_cursor(cursor, tuple[str])
            query = query.where(_JOBS.id < before)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, Job) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def problems(
        self, job_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[RowProblem]:
        """Return a page of a job's bad rows by line. Raises InvalidError for a bad cursor."""
        query = (
            sa.select(schema.job_problems)
            .where(_PROBLEMS.job_id == job_id)
            .order_by(_PROBLEMS.line)
            .limit(check_limit(limit) + 1)
        )
        if cursor is not None:
            (line,) = decode_cursor(cursor, tuple[int], bits=COUNT_BITS)
            query = query.where(_PROBLEMS.line > line)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, RowProblem) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].line) if len(rows) > limit else None)


def _row(job: Job) -> dict[str, Any]:
    return msgspec.structs.asdict(job) | {"fault": msgspec.to_builtins(job.fault)}
