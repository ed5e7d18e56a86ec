"""After a crash every leg is ended, every record closed once, and nothing is dialled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.calls.fake_world import FakeJournal
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.recovery import close_interrupted, end_orphans
from voicegw.errors import MalformedMessageError
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, LegOpened
from voicegw.model.call import (
    CallOutcome,
    CallStatus,
    HangupSource,
    LegResult,
)
from voicegw.sip.snapshot import SessionSnapshot

MakeRig = Callable[..., Rig]
RESTARTED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


class Ender:
    """Notes which sessions were ended."""

    def __init__(self, *, useless: int = 0) -> None:
        self.ended: list[SessionSnapshot] = []
        self._useless = useless

    def end_orphan(self, snapshot: SessionSnapshot, now: float) -> None:
        if self._useless:
            self._useless -= 1
            raise MalformedMessageError("Contact is missing")
        self.ended.append(snapshot)


async def crash(rig: Rig) -> FakeJournal:
    """Return what the disk holds of a node killed in mid-call."""
    left = FakeJournal()
    left.lines = list(rig.journal.lines)
    await rig.service.end_all()
    await elapse(1)
    return left


def open_legs(journal: FakeJournal) -> list[LegOpened]:
    """Return the last snapshot of each leg that is still open."""
    opened = {one.leg_id: one for one in journal.entries if isinstance(one, LegOpened)}
    return [one for leg_id, one in opened.items() if leg_id in journal.open_legs()]


@virtual
async def test_a_talk_cut_off_by_a_crash_is_closed(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1.2)
    rig.customer.pick_up()
    await elapse(1.2)
    journal = await crash(rig)

    ender = Ender()
    legs = open_legs(journal)
    assert len(legs) == 2
    end_orphans(ender, journal, legs, 0.0)
    assert [one.confirmed for one in ender.ended] == [True, True]
    assert journal.open_legs() == set()

    close_interrupted(
        journal, EventFactory(rig.clock), [journal.calls(call_id)[-1].call], RESTARTED
    )
    call = journal.calls(call_id)[-1].call
    assert (call.outcome, call.status) == (CallOutcome.INTERRUPTED, CallStatus.FAILED)
    assert (call.hangup_source, call.failure) == (HangupSource.GATEWAY, "node-restarted")
    assert call.ended_at == RESTARTED
    assert call.bridged_at is not None
    assert call.talk_s == round((RESTARTED - call.bridged_at).total_seconds(), 3)
    assert journal.types(call_id)[-3:] == ["leg.ended", "leg.ended", "call.ended"]
    sequences = [event.sequence for event in journal.events(call_id)]
    assert sequences == list(range(1, len(sequences) + 1))
    assert call.sequence == sequences[-1]


@virtual
async def test_a_call_without_a_recording_is_settled_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    journal = await crash(rig)
    before = journal.calls(call_id)[-1].call
    close_interrupted(journal, EventFactory(rig.clock), [before], RESTARTED)
    assert journal.types(call_id)[-2:] == ["call.ended", "call.settled"]
    events = journal.events(call_id)
    assert [one.sequence for one in events] == list(range(1, len(events) + 1))
    assert events[-1].data["sequence"] == events[-1].sequence


@pytest.mark.parametrize(("died_s", "talk_s"), [(30, 30.0), (-5, 0.0), (9e9, 3600.0)])
@virtual
async def test_nobody_talks_after_the_crash(
    make_rig: MakeRig, died_s: float, talk_s: float
) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1.2)
    rig.customer.pick_up()
    await elapse(1.2)
    journal = await crash(rig)
    call = journal.calls(call_id)[-1].call
    bridged = call.bridged_at
    assert bridged is not None
    restarted, died = bridged + timedelta(hours=1), bridged + timedelta(seconds=died_s)
    close_interrupted(journal, EventFactory(rig.clock), [call], restarted, died)
    closed = journal.calls(call_id)[-1].call
    assert (closed.talk_s, closed.ended_at) == (talk_s, restarted)


@virtual
async def test_a_ringing_call_cut_off_by_a_crash_has_no_talk(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.progress(180)
    await rig.turn()
    journal = await crash(rig)
    rig.finish_signalling()

    ender = Ender()
    end_orphans(ender, journal, open_legs(journal), 0.0)
    assert [one.confirmed for one in ender.ended] == [False]
    close_interrupted(
        journal, EventFactory(rig.clock), [journal.calls(call_id)[-1].call], RESTARTED
    )
    call = journal.calls(call_id)[-1].call
    assert call.talk_s is None
    assert [leg.result for leg in call.legs] == [LegResult.FAILED]
    assert [leg.ended_at for leg in call.legs] == [RESTARTED]


@virtual
async def test_a_leg_that_had_ended_keeps_its_end(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1.2)
    rig.customer.refuse(486)
    await rig.turn()
    journal = await crash(rig)
    before = journal.calls(call_id)[-1].call
    customer = before.legs[-1]
    assert customer.ended_at is not None
    close_interrupted(journal, EventFactory(rig.clock), [before], RESTARTED)
    call = journal.calls(call_id)[-1].call
    assert call.legs[-1].ended_at == customer.ended_at
    assert call.legs[-1].result is LegResult.BUSY
    assert journal.types(call_id).count("leg.ended") == 2


@virtual
async def test_an_orphan_that_can_not_be_ended_holds_up_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.dial()
    rig.manager.pick_up()
    await elapse(1.2)
    journal = await crash(rig)
    rig.finish_signalling()
    ender = Ender(useless=1)
    end_orphans(ender, journal, open_legs(journal), 0.0)
    assert len(ender.ended) == 1
    assert journal.open_legs() == set()


@virtual
async def test_a_full_disk_does_not_keep_orphans_from_being_ended(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1.2)
    journal = await crash(rig)
    rig.finish_signalling()
    legs, call = open_legs(journal), journal.calls(call_id)[-1].call
    journal.disk_full = True
    ender = Ender()
    end_orphans(ender, journal, legs, 0.0)
    close_interrupted(journal, EventFactory(rig.clock), [call], RESTARTED)
    assert len(ender.ended) == len(legs) == 2
    assert journal.open_legs() == {one.leg_id for one in legs}, "the next start finds them again"


@virtual
async def test_nothing_to_recover_writes_nothing() -> None:
    await asyncio.sleep(0)
    journal = FakeJournal()
    end_orphans(Ender(), journal, [], 0.0)
    assert not [one for one in journal.entries if isinstance(one, CallChanged)]
    assert not journal.lines
