"""Pausing a recording: when it is possible, what is written, how a pause ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.call import CallOutcome

MakeRig = Callable[..., Rig]
PAUSED, RESUMED = "call.recording_paused", "call.recording_resumed"


@virtual
async def test_a_pause_is_marked_shown_and_told_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    paused = await rig.service.pause_recording(call_id)
    await elapse(5)
    again = await rig.service.pause_recording(call_id)
    assert paused.recording_paused_at is not None
    assert again.recording_paused_at == paused.recording_paused_at
    resumed = await rig.service.resume_recording(call_id)
    assert resumed.recording_paused_at is None
    assert (await rig.service.resume_recording(call_id)).recording_paused_at is None
    assert rig.sound.marks[-2:] == ["pause", "resume"]
    assert rig.sound.details[-2:] == [{"by": "api"}, {"by": "api"}]
    told = [kind for kind in rig.journal.types(call_id) if "recording" in kind]
    assert told == [PAUSED, RESUMED]
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_pause_ends_by_itself(make_rig: MakeRig) -> None:
    rig = make_rig(max_pause_s=60)
    call_id = await to_talk(rig)
    await rig.service.pause_recording(call_id)
    await elapse(59)
    assert rig.record(call_id).recording_paused_at is not None
    await elapse(2)
    assert rig.record(call_id).recording_paused_at is None
    assert rig.sound.details[-1] == {"by": "limit"}
    await rig.service.pause_recording(call_id)
    await elapse(30)
    await rig.service.resume_recording(call_id)
    await rig.service.pause_recording(call_id)
    await elapse(45)
    assert rig.record(call_id).recording_paused_at is not None  # the limit of the pause before
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_pause_without_a_limit_lasts(make_rig: MakeRig) -> None:
    rig = make_rig(max_pause_s=0)
    call_id = await to_talk(rig)
    await rig.service.pause_recording(call_id)
    await elapse(590)
    assert rig.record(call_id).recording_paused_at is not None
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_pause_ends_with_its_call(make_rig: MakeRig) -> None:
    rig = make_rig(max_pause_s=60)
    call_id = await to_talk(rig)
    await rig.service.pause_recording(call_id)
    rig.customer.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.recording_paused_at is None
    assert rig.sound.marks[-1] == "pause"  # silent up to its end: nothing more is captured
    await elapse(120)
    assert RESUMED not in rig.journal.types(call_id)
    await close(rig)


@virtual
async def test_nothing_can_be_paused_before_the_talk(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    for act in (rig.service.pause_recording, rig.service.resume_recording):
        with pytest.raises(ConflictError) as refused:
            await act(call_id)
        assert refused.value.slug == "not-recording"
    rig.manager.bye()
    await close(rig)


@virtual
async def test_nothing_can_be_paused_where_nothing_is_recorded(make_rig: MakeRig) -> None:
    rig = make_rig(recording=False)
    call_id = await to_talk(rig)
    with pytest.raises(ConflictError, match="records nothing"):
        await rig.service.pause_recording(call_id)
    rig.customer.bye()
    await close(rig)


@virtual
async def test_nothing_can_be_paused_whose_capture_was_refused(make_rig: MakeRig) -> None:
    rig = make_rig(required=False)
    rig.media.refuses_capture = True
    call_id = await to_talk(rig)
    with pytest.raises(ConflictError, match="without a recording"):
        await rig.service.pause_recording(call_id)
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_lost_worker_refuses_a_pause(make_rig: MakeRig) -> None:
    rig = make_rig(max_pause_s=10)
    call_id = await to_talk(rig)
    await rig.service.pause_recording(call_id)
    rig.sound.dead = True
    await elapse(11)
    assert rig.record(call_id).recording_paused_at is not None
    with pytest.raises(ConflictError, match="lost"):
        await rig.service.resume_recording(call_id)
    rig.customer.bye()
    await close(rig)
    assert rig.record(call_id).recording_paused_at is None


@virtual
async def test_an_ended_call_is_not_recorded_any_more(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.journal.store_away = True
    rig.customer.bye()
    await elapse(1)
    with pytest.raises(ConflictError, match="over"):
        await rig.service.pause_recording(call_id)
    rig.journal.store_away = False
    await close(rig)
    with pytest.raises(NotFoundError):
        await rig.service.pause_recording(call_id)
