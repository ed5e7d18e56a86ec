"""After a crash: end what the dead process had begun, and say so. Nothing is dialled again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from voicegw.calls.follow_up import follow_up
from voicegw.calls.ports import Journal
from voicegw.errors import VoicegwError
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, Entry, LegClosed, LegOpened, TaskWanted
from voicegw.model.call import (
    Call,
    CallOutcome,
    HangupSource,
    LegResult,
    final_status,
)
from voicegw.model.disclosure import DisclosureStatus
from voicegw.model.event import Event, EventType
from voicegw.sip.snapshot import SessionSnapshot

_log = logging.getLogger(__name__)


class OrphanEnder(Protocol):
    """Ends a session of which only its snapshot is left."""

    def end_orphan(self, snapshot: SessionSnapshot, now: float) -> None:
        """Send CANCEL, BYE or the final answer that fits.

        Raises SipError for a snapshot that is of no use.
        """
        ...


def end_orphans(
    ender: OrphanEnder, journal: Journal, legs: Sequence[LegOpened], now: float
) -> None:
    """End every leg that the journal holds as open.

    One whose snapshot can't be used is given up: it must not keep the node from starting, nor the
    others from being ended. What the disk does not take now is found again by the next start.
    """
    for leg in legs:
        facts = {"call_id": leg.call_id, "leg_id": leg.leg_id}
        try:
            ender.end_orphan(leg.session, now)
        except VoicegwError as error:
            _log.error("orphan given up", extra={**facts, "why": error.slug})
        else:
            _log.warning("orphan ended", extra=facts)
        _write(journal, LegClosed(leg.leg_id, leg.branch))


def close_interrupted(
    journal: Journal,
    factory: EventFactory,
    calls: Sequence[Call],
    now: datetime,
    last_sign: datetime | None = None,
) -> None:
    """Close the records of calls that the crash cut off as `interrupted`, one event each.

    A call ends `now`, when its legs are ended; but nobody talked after `last_sign`, the last sign
    of life of the dead process.
    """
    silent_at = now if last_sign is None else min(now, last_sign)
    for call in calls:
        events: list[Event] = []
        for leg in call.legs:
            if leg.ended_at is None:
                leg.ended_at = now
                leg.result = leg.result or LegResult.FAILED
                leg.hangup_source = HangupSource.GATEWAY
                call.sequence += 1
                events.append(factory.leg(EventType.LEG_ENDED, call, leg))
        call.outcome = CallOutcome.INTERRUPTED
        call.status = final_status(call.outcome)
        call.ended_at = now
        call.hangup_source = HangupSource.GATEWAY
        call.failure = "node-restarted"
        call.recording_paused_at = None
        for disclosure in call.disclosures:
            disclosure.close(DisclosureStatus.INTERRUPTED, silent_at)
        if call.bridged_at is not None:
            call.talk_s = max(0.0, round((silent_at - call.bridged_at).total_seconds(), 3))
        call.sequence += 1
        events.append(factory.call(EventType.CALL_ENDED, call))
        if not call.recordings:
            call.sequence += 1
            events.append(factory.call(EventType.CALL_SETTLED, call))
        _write(journal, CallChanged(call, events))
        task = follow_up(call, call.manager_id)
        if task is not None:
            _write(journal, TaskWanted(task))
        _log.warning("call closed after a crash", extra={"call_id": call.id})


def _write(journal: Journal, entry: Entry) -> None:
    try:
        journal.append(entry)
    except OSError as error:
        _log.error("journal refused an entry", extra={"why": error.strerror})
