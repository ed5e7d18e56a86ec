"""Deletes recordings that are past their time, in small steps, and never what must be kept.

A run looks at everything that is old enough, so one that was broken off is simply made again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.retention import RetentionPolicy
from voicegw.clock import Clock
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.store.groups import GroupRepository
from voicegw.store.hotlines import HotlineRepository
from voicegw.store.retention import OldRecording, OldRecordings

logger = logging.getLogger(__name__)

PRINCIPAL: Final = "retention"
"""Who deletes, in stubs and in the audit log."""
_A_PAGE: Final = 100


class Directory(Protocol):
    """Where groups and hotlines are read; `voicegw.store.directory.DirectoryRepository` is one."""

    groups: GroupRepository
    hotlines: HotlineRepository


@dataclass(slots=True)
class ExpiryReport:
    """What a run found. `deleted` stays 0 in a dry run, where `due` would be deleted."""

    looked_at: int = 0
    due: int = 0
    held: int = 0
    under_review: int = 0
    deleted: int = 0


class Expiry:
    """Looks for recordings past their time."""

    def __init__(
        self,
        directory: Directory,
        old: OldRecordings,
        deleter: RecordingDeleter,
        clock: Clock,
        *,
        default_days: int,
        rest_s: float = 0.05,
    ) -> None:
        """`rest_s` is how long a run rests after each hundred, so that others have their turn."""
        self._directory = directory
        self._old = old
        self._deleter = deleter
        self._clock = clock
        self._default_days = default_days
        self._rest_s = rest_s

    async def run(
        self,
        *,
        dry_run: bool = False,
        progress: Callable[[ExpiryReport], None] = lambda _report: None,
    ) -> ExpiryReport:
        """Delete what is due; `progress` is told after each hundred. Raises StoreError.

        Raises StartError when the signing key can't be used.
        """
        now = self._clock.now()
        policy = RetentionPolicy(
            self._default_days,
            await self._directory.groups.all(),
            await self._directory.hotlines.all(),
        )
        before = now - timedelta(days=policy.shortest_days())
        report = ExpiryReport()
        last: OldRecording | None = None
        while page := await self._old.page(before, last, _A_PAGE):
            for one in page:
                report.looked_at += 1
                if policy.is_due(one.created_at, one.group_id, one.hotline_id, now):
                    days = policy.days(one.group_id, one.hotline_id)
                    await self._expire(one, days, report, dry_run=dry_run)
            last = page[-1]
            progress(report)
            await asyncio.sleep(self._rest_s)
        return report

    async def _expire(
        self, one: OldRecording, days: int, report: ExpiryReport, *, dry_run: bool
    ) -> None:
        if one.is_held or one.is_under_review:
            report.held += one.is_held
            report.under_review += not one.is_held
            return
        report.due += 1
        if dry_run:
            return
        entry = AuditEntry(
            at=self._clock.now(),
            principal=PRINCIPAL,
            role="system",
            action=AuditAction.DELETED,
            subject_kind=SubjectKind.RECORDING,
            subject=one.id,
            group_id=one.group_id,
            detail={"retention_days": days},
        )
        try:
            await self._deleter.delete(one.id, f"kept for {days} days", entry)
        except (ConflictError, NotFoundError) as error:
            # Held, under review or deleted since the page was read.
            logger.info("not expired", extra={"recording_id": one.id, "why": error.slug})
        except ValueError:
            # Its stub can't be written down exactly, and verification names it as unsealed. It
            # must not keep the others from being deleted at their time.
            logger.exception("not expired", extra={"recording_id": one.id})
        else:
            report.deleted += 1
