"""`voicegw recordings export` and `dossier`: archives written by a process of their own."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from api.access import Scopes
from config import Settings
from recordings.care.archive import Member
from recordings.care.dossier_request import DossierRequest
from recordings.care.export_service import ArchiveRequest, write_archive
from recordings.care.recordings_request import RecordingsRequest
from voicegw.cli.known_names import check_matter, check_recordings
from voicegw.cli.noting import BY, entry_of
from voicegw.cli.options import time_of
from voicegw.clock import SystemClock
from voicegw.errors import InvalidError
from voicegw.events.outward import record_shown
from voicegw.identity import mask_within
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Role
from voicegw.model.export import Export, ExportContent, ExportKind
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.ids import IdKind, new_id
from voicegw.model.numbers import require_number
from voicegw.model.search_text import search_terms
from voicegw.setup.integrity import key_folder
from voicegw.setup.storage import recording_files
from voicegw.store.audit import AuditLog
from voicegw.store.calls import CallFilter
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.recordings import RecordingFilter


@dataclass(frozen=True, slots=True)
class AskedRecordings:
    """Which recordings the command line asks for, as it was written there."""

    from_: str | None = None
    until: str | None = None
    group: str | None = None
    manager: str | None = None
    customer: str | None = None
    call: str | None = None
    number: str | None = None
    said: str | None = None
    finding: FindingKind | None = None
    severity: Severity | None = None
    min_score: float | None = None
    max_score: float | None = None
    has_transcript: bool | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedMatter:
    """Which matter the command line asks for."""

    customer: str | None = None
    task: str | None = None
    calls: tuple[str, ...] = ()
    from_: str | None = None
    until: str | None = None


def run_export(
    settings: Settings,
    asked: AskedRecordings,
    target: Path,
    *,
    contents: list[ExportContent],
    redacted: bool,
    why: str,
) -> dict[str, object]:
    """Write an archive of recordings to `target`, and return what it is.

    Raises InvalidError for what can't be read of `asked` or a target that is there already, OSError
    when the disk takes no more, StoreError and ConfigError.
    """
    export = _export(settings, ExportKind.RECORDINGS, why, _described(asked))
    export.contents, export.redacted = contents, redacted
    return asyncio.run(_write(settings, export, target, asked))


def run_dossier(
    settings: Settings, asked: AskedMatter, target: Path, *, why: str
) -> dict[str, object]:
    """Write a dossier to `target`, and return what it is. Raises the same."""
    if asked.customer is None and asked.task is None and not asked.calls:
        raise InvalidError("--customer", "name a customer, a task or calls")
    export = _export(settings, ExportKind.DOSSIER, why, _described(asked))
    export.contents = [ExportContent.MASTER, ExportContent.TRANSCRIPT, ExportContent.FINDINGS]
    return asyncio.run(_write(settings, export, target, asked))


async def _write(
    settings: Settings, export: Export, target: Path, asked: AskedRecordings | AskedMatter
) -> dict[str, object]:
    clock = SystemClock()
    database = await Database.open(settings.store.url)
    try:
        request: ArchiveRequest
        if isinstance(asked, AskedMatter):
            request = _dossier(settings, export, asked)
            await check_matter(database, request.wanted)
        else:
            wanted = await _filter(settings, database, asked)
            await check_recordings(database, wanted, asked.group)
            request = RecordingsRequest(export, wanted, tuple(search_terms(asked.said or "")))
        await AuditLog(database).note(_entry(export))
        files = recording_files(settings)
        progress = _Progress(export)
        made = await write_archive(request, target, database, files, clock, on_page=progress.tell)
    except FileExistsError as error:
        raise InvalidError("FILE", f"{target} is there already") from error
    finally:
        await database.close()
    return _result(export, target, made)


def _result(export: Export, target: Path, made: Member) -> dict[str, object]:
    return {
        "file": str(target),
        "recordings": export.recordings,
        "incomplete": export.incomplete,
        "size_bytes": made.size_bytes,
        "sha256": made.sha256,
    }


def _export(settings: Settings, kind: ExportKind, why: str, filters: dict[str, object]) -> Export:
    return Export(
        id=new_id(IdKind.EXPORT),
        kind=kind,
        node=settings.node.name,
        created_by=BY,
        role=Role.ADMIN,
        created_at=datetime.now(UTC),
        why=mask_within(why),
        filters=filters,
    )


def _entry(export: Export) -> AuditEntry:
    is_dossier = export.kind is ExportKind.DOSSIER
    return entry_of(
        AuditAction.DOSSIER_MADE if is_dossier else AuditAction.EXPORT_STARTED,
        SubjectKind.EXPORT,
        export.id,
        {
            "kind": export.kind,
            "contents": export.contents,
            "redacted": export.redacted,
            "filters": export.filters,
            "why": export.why,
        },
    )


async def _filter(
    settings: Settings, database: Database, asked: AskedRecordings
) -> RecordingFilter:
    groups = None
    if asked.group is not None:
        directory = DirectoryRepository(database)
        scopes = Scopes(directory.groups, directory.managers, SystemClock())
        groups = sorted(await scopes.below(asked.group))
    number = asked.number
    if number is not None:
        number = require_number("--number", number, settings.numbers.region)
    return RecordingFilter(
        group_ids=groups,
        manager_id=asked.manager,
        customer_id=asked.customer,
        call_id=asked.call,
        number=number,
        finding=asked.finding,
        severity=asked.severity,
        min_score=asked.min_score,
        max_score=asked.max_score,
        has_transcript=asked.has_transcript,
        ids=asked.ids or None,
        from_=time_of("--from", asked.from_),
        until=time_of("--until", asked.until) or datetime.now(UTC),
    )


def _dossier(settings: Settings, export: Export, asked: AskedMatter) -> DossierRequest:
    wanted = CallFilter(
        customer_id=asked.customer,
        task_id=asked.task,
        ids=asked.calls or None,
        from_=time_of("--from", asked.from_),
        until=time_of("--until", asked.until),
    )
    return DossierRequest(
        export, wanted, key_folder(settings).load, partial(record_shown, Role.ADMIN)
    )


def _described(asked: AskedRecordings | AskedMatter) -> dict[str, object]:
    """Return what was asked for, without number and text."""
    described: dict[str, object] = {}
    for name in asked.__dataclass_fields__:
        value = getattr(asked, name)
        if value is not None and value != ():
            hidden = name in {"number", "said"}
            described[name.rstrip("_")] = "given" if hidden else value
    return described


class _Progress:
    """Tells on a terminal how far an archive is."""

    def __init__(self, export: Export) -> None:
        self._export = export

    def tell(self) -> None:
        if sys.stderr.isatty():
            print(f"\r{self._export.recordings} recordings", end="", file=sys.stderr, flush=True)
