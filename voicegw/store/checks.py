"""What the automatic check of recordings found, in the store.

A check is written whole or not at all: its result, its findings, what it tells the world, and that
its work is done. A later check of the same recording replaces what the earlier one found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.event import Event
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.rollup import FAULTS
from voicegw.model.work import WorkItem
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of
from voicegw.store.recordings import is_deleted
from voicegw.store.report_marks import mark_calls_of
from voicegw.store.settling import settle_calls
from voicegw.store.work import conclude_work

_RESULTS = schema.quality_results.c
_FINDINGS = schema.findings.c


class FindingFilter(msgspec.Struct, frozen=True):
    """Which findings a list shall hold; what is None does not filter.

    `from_` (inclusive) and `until` (exclusive) are about `created_at`.
    """

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    kind: FindingKind | None = None
    severity: Severity | None = None
    script_id: str | None = None
    statement_id: str | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of findings."""
        equal = {
            "manager_id": self.manager_id,
            "kind": self.kind,
            "severity": self.severity,
            "script_id": self.script_id,
            "statement_id": self.statement_id,
        }
        return conditions(
            schema.findings, equal, group_ids=self.group_ids, from_=self.from_, until=self.until
        )


class CheckRepository:
    """Reads and writes results and findings. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def result(self, recording_id: str) -> QualityResult | None:
        """Return what the check of a recording came to, None while there was none."""
        query = sa.select(_RESULTS.document).where(_RESULTS.recording_id == recording_id)
        async with self._database.read() as connection:
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, QualityResult)

    async def findings(self, recording_id: str) -> Sequence[Finding]:
        """Return what was found in a recording, oldest first."""
        query = (
            sa.select(_FINDINGS.document)
            .where(_FINDINGS.recording_id == recording_id)
            .order_by(_FINDINGS.id)
        )
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(one, Finding) for one in documents]

    async def results(self, recording_ids: Collection[str]) -> Mapping[str, QualityResult]:
        """Return what the checks of these recordings came to, where there was one."""
        query = sa.select(_RESULTS.document).where(_RESULTS.recording_id.in_(recording_ids))
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        found = [msgspec.convert(one, QualityResult) for one in documents]
        return {one.recording_id: one for one in found}

    async def findings_of(self, recording_ids: Collection[str]) -> Mapping[str, Sequence[Finding]]:
        """Return what was found in each of these recordings, oldest first."""
        query = (
            sa.select(_FINDINGS.document)
            .where(_FINDINGS.recording_id.in_(recording_ids))
            .order_by(_FINDINGS.id)
        )
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        by_recording: dict[str, list[Finding]] = {}
        for document in documents:
            finding = msgspec.convert(document, Finding)
            by_recording.setdefault(finding.recording_id, []).append(finding)
        return by_recording

    async def list(
        self,
        wanted: FindingFilter = FindingFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Finding]:
        """Return a page of findings, newest first. Raises InvalidError for a bad cursor."""
        query = newest_first(
            sa.select(_FINDINGS.document).where(*wanted.conditions()),
            _FINDINGS.created_at,
            _FINDINGS.id,
            limit=limit,
            cursor=cursor,
        )
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return page_of([msgspec.convert(one, Finding) for one in documents], limit)

    async def conclude(
        self,
        item: WorkItem,
        result: QualityResult,
        findings: Sequence[Finding],
        event: Event,
        now: datetime,
    ) -> bool:
        """Write what a check came to, and settle the call if it was the last to be known of it.

        Returns False, and changes nothing, when `item` is no longer ours. Of a recording that has
        been deleted meanwhile nothing is written; its work ends all the same.
        """

        def write(connection: sa.Connection) -> bool:
            if not conclude_work(connection, item, now):
                return False
            _forget(connection, result.recording_id)
            if not is_deleted(connection, result.recording_id):
                connection.execute(schema.quality_results.insert(), [_result_row(result)])
                _keep_score(connection, result, findings)
                if findings:
                    connection.execute(
                        schema.findings.insert(), [_finding_row(one) for one in findings]
                    )
                append_numbered(self._database.dialect, connection, [event])
            settle_calls(self._database.dialect, connection, [result.call_id], now)
            mark_calls_of(connection, [result.call_id])
            return True

        return await self._database.do_write(write)

    async def give_up(self, item: WorkItem, failure: str, now: datetime) -> bool:
        """End a check that can't be made; the call may be settled without. False: not ours."""

        def write(connection: sa.Connection) -> bool:
            if not conclude_work(connection, item, now, failure=failure):
                return False
            query = sa.select(schema.recordings.c.call_id).where(
                schema.recordings.c.id == item.subject
            )
            call_id = connection.execute(query).scalar_one_or_none()
            if call_id is not None:
                settle_calls(self._database.dialect, connection, [call_id], now)
            return True

        return await self._database.do_write(write)


def _forget(connection: sa.Connection, recording_id: str) -> None:
    connection.execute(schema.findings.delete().where(_FINDINGS.recording_id == recording_id))
    connection.execute(schema.quality_results.delete().where(_RESULTS.recording_id == recording_id))


def _keep_score(
    connection: sa.Connection, result: QualityResult, findings: Sequence[Finding]
) -> None:
    """Keep for reports what stays when the recording is deleted."""
    scores, faults = schema.report_scores, schema.report_faults
    connection.execute(scores.delete().where(scores.c.recording_id == result.recording_id))
    connection.execute(faults.delete().where(faults.c.recording_id == result.recording_id))
    counts = Counter(one.kind for one in findings if one.kind in FAULTS)
    if counts:
        known = {"recording_id": result.recording_id, "call_id": result.call_id}
        rows = [{**known, "kind": kind, "found": found} for kind, found in counts.items()]
        connection.execute(faults.insert(), rows)
    if result.score is not None:
        row = {
            "recording_id": result.recording_id,
            "call_id": result.call_id,
            "score": result.score,
        }
        connection.execute(scores.insert(), row)


def _result_row(result: QualityResult) -> dict[str, object]:
    return {
        "recording_id": result.recording_id,
        "call_id": result.call_id,
        "group_id": result.group_id,
        "manager_id": result.manager_id,
        "created_at": result.created_at,
        "score": result.score,
        "document": result,
    }


def _finding_row(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "recording_id": finding.recording_id,
        "kind": finding.kind,
        "severity": finding.severity,
        "script_id": finding.script_id,
        "statement_id": finding.statement_id,
        "group_id": finding.group_id,
        "manager_id": finding.manager_id,
        "created_at": finding.created_at,
        "document": finding,
    }
