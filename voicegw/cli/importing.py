"""`voicegw import`: rows of a CSV or XLSX file, from a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from config import Settings
from voicegw.cli.noting import BY, entry_of
from voicegw.clock import SystemClock
from voicegw.directory.calendar import Calendars
from voicegw.directory.import_columns import ImportKind, checked_mapping
from voicegw.directory.import_job import Importer
from voicegw.directory.importer import DirectoryImporter, ImportCounts
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.directory import Role
from voicegw.model.ids import IdKind, new_id
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.import_mappings import ImportMappingRepository
from voicegw.store.jobs import RowProblem
from voicegw.tasks.importer import TaskImporter

#: Rows named on a terminal or in JSON; the counts go on beyond.
_SHOWN_PROBLEMS = 1000


def run_import(
    settings: Settings,
    kind: ImportKind,
    file: Path,
    mapped: Sequence[str],
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Import `file` and print what became of it; return 1 when a row was bad, else 0.

    `mapped` are texts such as `主要联系方式=numbers`: what titles mean, besides what is kept.
    Raises InvalidError when nothing of the file can be used, StoreError when the store can't be.
    """
    counts, problems = asyncio.run(_import(settings, kind, file, _pairs(mapped), dry_run=dry_run))
    if as_json:
        result = {"kind": kind.value, "dry_run": dry_run, **asdict(counts)}
        bad = [
            {"line": problem.line, "field": problem.field, "message": problem.message}
            for problem in problems
        ]
        typer.echo(json.dumps({**result, "problems": bad}, ensure_ascii=False))
    else:
        for problem in problems:
            field = f"{problem.field}: " if problem.field else ""
            typer.echo(f"{file}:{problem.line}: {field}{problem.message}", err=True)
        verb = "would be written" if dry_run else "written"
        typer.echo(
            f"{counts.rows_read} rows read, {counts.rows_written} {verb} "
            f"({counts.rows_new} new), "
            f"{counts.rows_unchanged} unchanged, {counts.rows_bad} bad"
        )
    return 1 if counts.rows_bad else 0


async def _import(
    settings: Settings,
    kind: ImportKind,
    file: Path,
    mapped: Mapping[str, str],
    *,
    dry_run: bool,
) -> tuple[ImportCounts, list[RowProblem]]:
    problems: list[RowProblem] = []

    def note(problem: RowProblem) -> None:
        if len(problems) < _SHOWN_PROBLEMS:
            problems.append(problem)

    database = await Database.open(settings.store.url, node=settings.node.name)
    try:
        importer = _importer(settings, database, kind)
        mapping = await _mapping(database, kind, mapped)
        # Before the rows, as over the API: nothing is written without its entry.
        how = {"kind": kind.value, "dry_run": dry_run}
        entry = entry_of(AuditAction.IMPORT, SubjectKind.IMPORT, new_id(IdKind.JOB), how)
        await AuditLog(database).note(entry)
        counts = await importer.run(kind, file, dry_run=dry_run, mapping=mapping, on_problem=note)
    finally:
        await database.close()
    return counts, sorted(problems, key=lambda problem: problem.line)


def _importer(settings: Settings, database: Database, kind: ImportKind) -> Importer:
    region = settings.numbers.region
    if kind is ImportKind.TASKS:
        calendars = Calendars(settings.calendar.holiday_days, settings.calendar.worked_days)
        return TaskImporter(database, SystemClock(), by=BY, region=region, calendars=calendars)
    return DirectoryImporter(
        DirectoryRepository(database), SystemClock(), by=BY, role=Role.ADMIN, region=region
    )


def _pairs(mapped: Sequence[str]) -> dict[str, str]:
    """Return titles and columns. Raises InvalidError."""
    if not all("=" in text for text in mapped):
        raise InvalidError("mapping", "expected TITLE=COLUMN")
    return {title: name for title, _, name in (text.rpartition("=") for text in mapped)}


async def _mapping(
    database: Database, kind: ImportKind, given: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what titles mean: what is kept, and what is given now, which is kept with it."""
    repository = ImportMappingRepository(database)
    kept = (await repository.get(kind)).mapping
    if not given:
        return kept
    mapping = checked_mapping(kind, {**kept, **given})
    entry = entry_of(AuditAction.IMPORT_MAPPING, SubjectKind.IMPORT_MAPPING, kind.value, {})
    await AuditLog(database).note(entry)
    await repository.put(kind, mapping, by=BY, at=SystemClock().now())
    return mapping
