"""What managers who dial need: rules, PINs, what the store knows, who is told of a lock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from config.dialling import DialThroughSettings
from config.settings import Settings
from voicegw.calls.dial_desk import DialDesk, DialThroughRules
from voicegw.calls.parts import CallParts
from voicegw.calls.pin import PinDesk, PinRules
from voicegw.clock import Clock
from voicegw.directory.pins import is_managers_pin
from voicegw.errors import StoreUnavailableError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Manager
from voicegw.model.numbers import normalise
from voicegw.store.audit import AuditLog
from voicegw.store.dialling import DiallingRepository

_log = logging.getLogger(__name__)

ALERT_LOCKED: Final = "pin-locked"
"""The alert while a PIN is locked."""


@dataclass(frozen=True, slots=True)
class PinWatch:
    """Tells operators of locked PINs; `tell` raises and clears the alert."""

    ledger: DiallingRepository
    audit: AuditLog
    clock: Clock
    tell: Callable[[bool], None]
    lock: timedelta

    async def locked(self, manager: Manager | None) -> None:
        """Note that a failure has locked `manager`, or a telephone (None)."""
        self.tell(True)
        entry = AuditEntry(
            at=self.clock.now(),
            principal="telephone",
            role="",
            action=AuditAction.PIN_LOCKED,
            subject_kind=SubjectKind.MANAGER,
            subject="" if manager is None else manager.id,
            group_id=None if manager is None else manager.group_id,
        )
        try:
            await self.audit.note(entry)
        except StoreUnavailableError:
            # The lock itself was stored a moment ago; the alert has told of it.
            _log.warning("lock of a PIN not in the audit log")

    async def look(self) -> None:
        """Clear the alert once nobody is locked any more, and forget what is too old to count."""
        now = self.clock.now()
        try:
            await self.ledger.forget_failures_before(now - self.lock)
            self.tell(bool(await self.ledger.locked(now)))
        except StoreUnavailableError:
            return  # asked again in a moment


def dial_desk(settings: Settings, parts: CallParts, watch: PinWatch) -> DialDesk:
    """Return the desk that serves managers who dial."""
    options = settings.dial_through
    return DialDesk(
        parts,
        watch.ledger,
        PinDesk(
            watch.ledger,
            parts.directory,
            parts.clock,
            verify=lambda pin_hash, pin: asyncio.to_thread(is_managers_pin, pin_hash, pin),
            on_locked=watch.locked,
            rules=PinRules(options.pin_failures, timedelta(seconds=options.pin_lock_s)),
        ),
        _rules(options, settings),
    )


def _rules(options: DialThroughSettings, settings: Settings) -> DialThroughRules:
    normalised = (normalise(number, settings.numbers.region) for number in options.numbers)
    return DialThroughRules(
        enabled=options.enabled,
        always_ask_pin=options.always_ask_pin,
        ask_unasserted=options.ask_unasserted,
        numbers=frozenset(number for number in normalised if number is not None),
        calls_per_day=options.calls_per_day,
        minutes_per_day=options.minutes_per_day,
        timezone=settings.node.timezone,
    )
