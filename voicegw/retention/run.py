"""Does to old records what their age asks for, in small steps, and counts it.

A run looks at everything that is old enough, so one that was broken off is simply made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.retention.anonymise import anonymous_call, anonymous_task, anonymous_trigger
from voicegw.store.purge import Place, Purged, PurgeRepository, Without

PRINCIPAL: Final = "retention"
_COUNTED: Final = frozenset(
    {Purged.CALLS, Purged.TASKS, Purged.CALLS_ANONYMISED, Purged.TASKS_ANONYMISED}
)
"""What figures are counted from."""
_STEP: Final = 100
"""Few, because calls wait while they are removed."""


_WITHOUT_PERSONS: Final[Mapping[Purged, Without]] = {
    Purged.CALLS_ANONYMISED: anonymous_call,
    Purged.TASKS_ANONYMISED: anonymous_task,
    Purged.TRIGGERS_ANONYMISED: anonymous_trigger,
}
_BLANKED: Final = frozenset({Purged.SMS_ANONYMISED, Purged.SMS_REPLIES_ANONYMISED})


class RetentionRules(msgspec.Struct, frozen=True):
    """How many days records are kept; 0: for ever."""

    calls_days: int = 0
    tasks_days: int = 0
    sms_days: int = 0
    report_files_days: int = 0
    anonymise_days: int = 0

    def days(self) -> dict[Purged, int]:
        """Return the rules that are switched on, in the order in which they are carried out."""
        wanted = {
            Purged.CALLS: self.calls_days,
            Purged.TASKS: self.tasks_days,
            # After the tasks that they have led to.
            Purged.TRIGGERS: self.tasks_days,
            Purged.DIALLINGS: self.tasks_days,
            Purged.SMS: self.sms_days,
            Purged.SMS_REPLIES: self.sms_days,
            Purged.REPORT_FILES: self.report_files_days,
            Purged.CALLS_ANONYMISED: self.anonymise_days,
            Purged.TASKS_ANONYMISED: self.anonymise_days,
            Purged.TRIGGERS_ANONYMISED: self.anonymise_days,
            Purged.SMS_ANONYMISED: self.anonymise_days,
            Purged.SMS_REPLIES_ANONYMISED: self.anonymise_days,
        }
        return {what: days for what, days in wanted.items() if days}


class Retention:
    """Carries the rules out, or counts what that would come to."""

    def __init__(
        self,
        purge: PurgeRepository,
        clock: Clock,
        rules: RetentionRules,
        *,
        frozen_until: datetime | None = None,
        rest_s: float = 0.05,
        report: Callable[[Purged, int], None] = lambda _what, _count: None,
    ) -> None:
        """No call or task of `frozen_until` or later goes: its figures are not final; None: any.

        `rest_s` is how long a run rests after each step, `report` is told what was done so far.
        """
        self._purge = purge
        self._clock = clock
        self._rules = rules
        self._frozen_until = frozen_until
        self._rest_s = rest_s
        self._report = report

    async def due(self) -> dict[Purged, int]:
        """Return how many records each rule would be carried out on. Raises StoreError."""
        return {
            what: await self._purge.count(what, self._before(what, days))
            for what, days in self._rules.days().items()
        }

    async def run(self) -> dict[Purged, int]:
        """Carry all rules out; return how many records each was carried out on.

        Raises StoreError; what is done by then is done.
        """
        done: dict[Purged, int] = {}
        for what, days in self._rules.days().items():
            before = self._before(what, days)
            done[what] = await self._carry_out(what, before)
            await self._purge.conclude(what, before, self._entry(what, days, before, done[what]))
        return done

    def _before(self, what: Purged, days: int) -> datetime:
        before = self._clock.now() - timedelta(days=days)
        if self._frozen_until is None or what not in _COUNTED:
            return before
        return min(before, self._frozen_until)

    async def _carry_out(self, what: Purged, before: datetime) -> int:
        without = _WITHOUT_PERSONS.get(what)
        if without is not None:
            return await self._anonymise(what, before, without)
        if what in _BLANKED:
            return await self._blank(what, before)
        return await self._delete(what, before)

    async def _delete(self, what: Purged, before: datetime) -> int:
        done = 0
        place: Place | None = None
        while step := await self._purge.delete(what, before, place, limit=_STEP):
            count, place = step
            done += count
            self._report(what, done)
            await asyncio.sleep(self._rest_s)
        return done

    async def _anonymise(self, what: Purged, before: datetime, without: Without) -> int:
        span = (await self._purge.mark(what), before)
        done = 0
        place: Place | None = None
        while step := await self._purge.anonymise(what, span, place, without, limit=_STEP):
            count, place = step
            done += count
            self._report(what, done)
            await asyncio.sleep(self._rest_s)
        return done

    async def _blank(self, what: Purged, before: datetime) -> int:
        span = (await self._purge.mark(what), before)
        done = 0
        while count := await self._purge.blank(what, span, limit=_STEP):
            done += count
            self._report(what, done)
            await asyncio.sleep(self._rest_s)
        return done

    def _entry(self, what: Purged, days: int, before: datetime, count: int) -> AuditEntry | None:
        if count == 0:
            return None
        return AuditEntry(
            at=self._clock.now(),
            principal=PRINCIPAL,
            role="system",
            action=AuditAction.RETENTION,
            subject_kind=SubjectKind.RETENTION,
            subject=what,
            detail={"days": days, "before": before.isoformat(), "records": count},
        )
