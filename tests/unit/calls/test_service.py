"""Begins calls, refuses calls, ends calls: whatever fails, nothing is dialled twice or left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from config.values import RateLimit
from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, MANAGER_NUMBER, FakeUas
from tests.unit.calls.rig import Rig, quiet_now, unwilling
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.control import DialRequest
from voicegw.errors import ConflictError, NotFoundError, PolicyError, StoreUnavailableError
from voicegw.journal.entries import CallChanged, LegOpened, RecordingChanged
from voicegw.model.call import (
    CallOutcome,
    CallStatus,
    HangupSource,
    LegRole,
)
from voicegw.model.directory import Customer, Phone
from voicegw.model.recording import RecordingStatus

MakeRig = Callable[..., Rig]

#: Seconds from a request to the middle of its commit: four look-ups, then half of it.
IN_COMMIT_S = 0.0045
#: Moments in the life of a click-to-dial, each with what leads there from the one before.
STAGES = ["calling", "ringing", "told", "customer-calling", "customer-rings", "notice", "talk"]


async def reach(rig: Rig, stage: str) -> str:
    """Dial and go on to `stage`."""
    call_id = await rig.dial()
    for name in STAGES[1 : STAGES.index(stage) + 1]:
        match name:
            case "ringing":
                rig.manager.progress(180)
            case "told":
                rig.manager.pick_up()
            case "customer-rings":
                rig.customer.progress(180)
            case "notice":
                rig.customer.pick_up()
        await elapse(1.1 if name in ("customer-calling", "talk") else 0.1)
    return call_id


async def close(rig: Rig) -> None:
    """Let the last words come and check that nothing is left."""
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()


@pytest.mark.parametrize("stage", STAGES)
@virtual
async def test_the_api_hangs_up_at_any_moment(make_rig: MakeRig, stage: str) -> None:
    rig = make_rig()
    call_id = await reach(rig, stage)
    shown = await rig.service.hangup(call_id)
    assert shown.id == call_id
    await elapse(1)
    call = rig.check_over(call_id)
    assert call.outcome is (CallOutcome.CONNECTED if stage == "talk" else CallOutcome.CANCELED)
    assert call.hangup_source is HangupSource.API
    with pytest.raises(NotFoundError):
        await rig.service.hangup(call_id)
    await close(rig)


@pytest.mark.parametrize("stage", STAGES)
@virtual
async def test_the_sound_dies_at_any_moment(make_rig: MakeRig, stage: str) -> None:
    rig = make_rig()
    call_id = await reach(rig, stage)
    rig.sound.die()
    await elapse(1)
    call = rig.check_over(call_id)
    assert call.outcome is (CallOutcome.INTERRUPTED if stage == "talk" else CallOutcome.FAILED)
    assert (call.failure, call.q850) == ("media-lost", 41)
    await close(rig)


@pytest.mark.parametrize("stage", STAGES)
@virtual
async def test_the_disk_refuses_the_journal_at_any_moment(make_rig: MakeRig, stage: str) -> None:
    rig = make_rig()
    call_id = await reach(rig, stage)
    rig.journal.disk_full = True
    await rig.service.hangup(call_id)
    await elapse(1)
    assert rig.counters.journal_failures > 0
    assert rig.service.live(call_id) is None
    await close(rig)


@pytest.mark.parametrize("stage", ["calling", "talk"])
@virtual
async def test_a_live_call_is_shown_as_a_copy(make_rig: MakeRig, stage: str) -> None:
    rig = make_rig()
    call_id = await reach(rig, stage)
    shown = rig.service.live(call_id)
    assert shown is not None
    shown.status = CallStatus.FAILED
    again = rig.service.live(call_id)
    assert again is not None
    assert again.status is not CallStatus.FAILED
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_a_call_that_is_not_in_the_store_yet_is_shown_as_it_ended(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    rig.journal.commit_delay_s = 0.5
    rig.customer.bye()
    await elapse(0.1)
    assert rig.service.live_count() == 0
    shown = rig.service.live(call_id)
    assert shown is not None
    assert shown.outcome is CallOutcome.CONNECTED
    assert await rig.service.hangup(call_id) == shown
    await elapse(0.5)
    assert rig.service.live(call_id) is None
    with pytest.raises(NotFoundError):
        await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_a_call_that_ends_while_the_store_is_away_is_answered_from_memory(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    rig.journal.store_away = True
    rig.customer.bye()
    await elapse(60)
    shown = rig.service.live(call_id)
    assert shown is not None
    assert shown.outcome is CallOutcome.CONNECTED
    rig.journal.store_away = False
    await elapse(2)
    assert rig.service.live(call_id) is None
    await close(rig)


@virtual
async def test_a_node_that_ends_does_not_wait_for_the_store(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    rig.journal.store_away = True
    rig.customer.bye()
    await elapse(1)
    await rig.service.end_all()
    assert rig.service.live(call_id) is None
    await close(rig)


@virtual
async def test_a_call_of_nobody_is_unknown(make_rig: MakeRig) -> None:
    rig = make_rig()
    assert rig.service.live("call_none") is None
    with pytest.raises(NotFoundError):
        await rig.service.hangup("call_none")


@virtual
async def test_the_journal_holds_an_invite_before_it_leaves(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    entries = rig.journal.entries
    opened = [one for one in entries if isinstance(one, LegOpened)]
    assert opened[0].call_id == call_id
    assert not opened[0].session.confirmed
    first_call = next(index for index, one in enumerate(entries) if isinstance(one, CallChanged))
    assert first_call < entries.index(opened[0])
    rig.manager.pick_up()
    await rig.turn()
    confirmed = [one for one in rig.journal.entries if isinstance(one, LegOpened)]
    assert confirmed[-1].session.confirmed
    await rig.service.hangup(call_id)
    await close(rig)


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "prepare"),
    [
        ("draining", lambda rig: setattr(rig.service, "draining", True)),
        ("overloaded", lambda rig: setattr(rig, "overloaded", True)),
        ("store-unavailable", lambda rig: setattr(rig, "store_ready", False)),
        ("recording-unavailable", lambda rig: setattr(rig.desk, "room", False)),
        ("manager-busy", lambda rig: rig.slots.take("mgr_1")),
        ("trunk-full", lambda rig: rig.router.trunks.clear()),
        (
            "do-not-call",
            lambda rig: setattr(rig.directory.customer_, "do_not_call", unwilling()),
        ),
        (
            "prefix-not-allowed",
            lambda rig: setattr(rig.directory.customer_, "numbers", ["+12024561111"]),
        ),
        ("prefix-not-allowed", lambda rig: setattr(rig.directory.customer_, "numbers", [])),
        ("emergency-number", lambda rig: setattr(rig.directory.customer_, "numbers", ["110"])),
    ],
)
@virtual
async def test_a_refused_call_leaves_nothing(
    make_rig: MakeRig, slug: str, prepare: Callable[[Rig], object]
) -> None:
    rig = make_rig()
    prepare(rig)
    taken = len(rig.slots)
    with pytest.raises(PolicyError) as caught:
        await rig.dial()
    assert caught.value.slug == slug
    assert not rig.sessions
    assert not rig.journal.lines
    assert len(rig.slots) == taken
    assert rig.service.live_count() == 0


@pytest.mark.parametrize(
    ("phone", "room", "refused"),
    [
        (Phone(number=MANAGER_NUMBER), 2, False),
        (Phone(number=MANAGER_NUMBER), 1, True),
        (Phone(aor="desk"), 1, False),
    ],
)
@virtual
async def test_trunks_need_room_for_both_telephones(
    make_rig: MakeRig, phone: Phone, room: int, refused: bool
) -> None:
    rig = make_rig()
    rig.directory.manager_.phones = [phone]
    rig.router.room_left = room
    if refused:
        with pytest.raises(PolicyError) as caught:
            await rig.dial()
        assert caught.value.slug == "trunk-full"
    else:
        await rig.service.hangup(await rig.dial())
    await close(rig)


@virtual
async def test_quiet_hours_are_those_of_the_clock_where_the_customer_is(make_rig: MakeRig) -> None:
    rig = make_rig(quiet=quiet_now())
    with pytest.raises(PolicyError) as caught:
        await rig.dial()
    assert caught.value.slug == "quiet-hours"
    assert caught.value.retry_after_s == pytest.approx(3600, abs=1)
    rig.directory.group_.timezone = "Europe/Berlin"
    await rig.service.hangup(await rig.dial())
    await close(rig)


@virtual
async def test_a_groups_own_quiet_hours_win_over_the_configured_ones(make_rig: MakeRig) -> None:
    rig = make_rig(quiet=quiet_now())
    rig.directory.group_.quiet_hours = "off"
    await rig.service.hangup(await rig.dial())
    rig.directory.group_.quiet_hours = "08:00-12:00"
    with pytest.raises(PolicyError) as caught:
        await rig.dial()
    assert caught.value.retry_after_s == pytest.approx(7200, abs=1)
    await close(rig)


@virtual
@pytest.mark.parametrize("named", [True, False])
async def test_one_of_a_family_who_refuses_calls_refuses_them_for_the_number(
    make_rig: MakeRig, named: bool
) -> None:
    rig = make_rig()
    relative = Customer("cus_2", "Relative", "grp_1", do_not_call=unwilling())
    rig.directory.relatives.append(relative)
    whom = {"customer_id": "cus_1" if named else None}
    number = None if named else rig.directory.customer_.numbers[0]
    with pytest.raises(PolicyError) as caught:
        await rig.dial(**whom, customer_number=number)
    assert caught.value.slug == "do-not-call"


@virtual
async def test_a_customer_is_not_called_too_often(make_rig: MakeRig) -> None:
    rig = make_rig(rates=[RateLimit(1, 60)])
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    await elapse(10)
    with pytest.raises(PolicyError) as caught:
        await rig.dial()
    assert caught.value.slug == "customer-rate"
    assert caught.value.retry_after_s == pytest.approx(50, abs=1)
    await elapse(51)
    call_id = await rig.dial(customer_id=None, customer_number=CUSTOMER_NUMBER)
    assert rig.record(call_id).customer_id == "cus_1"
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_another_number_of_the_same_customer_counts_too(make_rig: MakeRig) -> None:
    rig = make_rig(rates=[RateLimit(1, 60)])
    rig.directory.customer_.numbers.append("+8613700137000")
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    await elapse(10)
    with pytest.raises(PolicyError) as caught:
        await rig.dial(customer_id=None, customer_number="+8613700137000")
    assert caught.value.slug == "customer-rate"
    await elapse(51)
    call_id = await rig.dial(customer_id=None, customer_number="+8613700137000")
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_old_calls_are_forgotten(make_rig: MakeRig) -> None:
    rig = make_rig(rates=[RateLimit(1, 60)])
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    rig.service.forget_old()
    assert len(rig.rates) == 1
    await elapse(61)
    rig.service.forget_old()
    assert len(rig.rates) == 0
    await close(rig)


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("manager", {"manager_id": "mgr_none"}),
        ("customer", {"customer_id": "cus_none"}),
        ("customer", {"customer_id": None}),
        ("hotline", {"hotline_id": "hot_none"}),
    ],
)
@virtual
async def test_what_does_not_exist_can_not_be_dialled(
    make_rig: MakeRig, kind: str, request_: dict[str, object]
) -> None:
    rig = make_rig()
    with pytest.raises(NotFoundError) as caught:
        await rig.dial(**request_)
    assert caught.value.kind == kind
    assert not rig.journal.lines


@virtual
async def test_a_group_without_a_hotline_can_not_dial(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.group_id = "grp_other"
    with pytest.raises(NotFoundError) as caught:
        await rig.dial()
    assert caught.value.kind == "hotline"
    call_id = await rig.dial(hotline_id="hot_1")
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_a_number_of_nobody_may_be_dialled(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial(customer_id=None, customer_number="+8613700137000")
    call = rig.record(call_id)
    assert (call.customer_id, call.customer_number) == (None, "+8613700137000")
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_two_requests_at_once_get_one_manager(make_rig: MakeRig) -> None:
    rig = make_rig()
    request = DialRequest(manager_id="mgr_1", customer_id="cus_1")
    results = await asyncio.gather(
        rig.service.dial(request), rig.service.dial(request), return_exceptions=True
    )
    refused = [one for one in results if isinstance(one, PolicyError)]
    assert [one.slug for one in refused] == ["manager-busy"]
    await rig.turn()
    assert len(rig.sessions) == 1
    await rig.service.end_all()
    await close(rig)


# -- a task that is closed meanwhile --------------------------------------------------------------


@virtual
async def test_a_call_that_nobody_wants_any_more_is_not_dialled(make_rig: MakeRig) -> None:
    rig = make_rig()
    asked: list[int] = []

    async def still_wanted() -> None:
        asked.append(len(rig.journal.entries))
        raise ConflictError("task-closed", "closed")

    request = DialRequest(
        manager_id="mgr_1", customer_id="cus_1", task_id="tsk_1", still_wanted=still_wanted
    )
    with pytest.raises(ConflictError):
        await rig.service.dial(request)
    await elapse(1)
    assert not rig.sessions
    rig.check_clean()
    [call_id] = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
    assert asked == [1]  # when it is written down, so that who closes the task sees the call
    assert rig.check_over(call_id, CallOutcome.REFUSED).failure == "task-closed"


# -- store and journal away ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["store", "journal"])
@virtual
async def test_a_call_that_can_not_be_stored_is_not_dialled(make_rig: MakeRig, how: str) -> None:
    rig = make_rig(rates=[RateLimit(1, 60)])
    if how == "store":
        rig.journal.store_away = True
    else:
        rig.journal.disk_full = True
    with pytest.raises(StoreUnavailableError):
        await rig.service.dial(DialRequest(manager_id="mgr_1", customer_id="cus_1"))
    await elapse(1)
    assert not rig.sessions
    assert not rig.media.sounds
    rig.journal.store_away = False
    await elapse(2)
    rig.check_clean()
    if how == "store":
        [call_id] = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
        call = rig.check_over(call_id, CallOutcome.REFUSED)
        assert call.failure == "store-unavailable"
    # What was never dialled does not count against the customer.
    rig.journal.disk_full = False
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_a_requester_who_goes_away_before_the_commit(make_rig: MakeRig) -> None:
    rig = make_rig()
    task = asyncio.ensure_future(
        rig.service.dial(DialRequest(manager_id="mgr_1", customer_id="cus_1"))
    )
    await asyncio.sleep(IN_COMMIT_S)
    assert len(rig.journal.lines) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await elapse(1)
    assert not rig.sessions
    rig.check_clean()


@virtual
async def test_a_hangup_before_the_commit_dials_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    task = asyncio.ensure_future(
        rig.service.dial(DialRequest(manager_id="mgr_1", customer_id="cus_1"))
    )
    await asyncio.sleep(IN_COMMIT_S)
    assert len(rig.journal.lines) == 1
    await rig.service.end_all()
    call = await task
    await elapse(1)
    assert not rig.sessions
    rig.check_over(call.id, CallOutcome.FAILED)
    rig.check_clean()


@virtual
async def test_the_store_away_does_not_touch_a_running_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    rig.journal.store_away = True
    rig.store_ready = False
    await elapse(30)
    assert rig.service.live(call_id) is not None
    rig.customer.bye()
    await elapse(1)
    rig.journal.store_away = False
    await elapse(2)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


# -- faults --------------------------------------------------------------------------------------


@virtual
async def test_no_port_for_the_sound_dials_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.media.full = True
    call_id = await rig.dial()
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert call.failure == "media-full"
    assert not rig.sessions
    rig.check_clean()


@virtual
async def test_a_missing_prompt_ends_one_call_in_order(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.parts.prompts.missing.add("connecting_customer")  # type: ignore[attr-defined]
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert call.failure == "not-found"
    await close(rig)


@virtual
async def test_a_defect_in_a_flow_ends_one_call_in_order(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.router.broken = True
    with_defect = await rig.dial()
    call = rig.check_over(with_defect, CallOutcome.FAILED)
    assert call.failure == "internal-error"
    assert rig.counters.flow_faults == 1
    assert len(rig.slots) == 0
    assert rig.service.live_count() == 0


def breaks(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("a defect")


@pytest.mark.parametrize("broken", [MANAGER_NUMBER, CUSTOMER_NUMBER])
@virtual
async def test_a_leg_that_can_not_be_ended_keeps_nothing_else(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    monkeypatch.setattr(rig.invited(broken)[-1], "end", breaks)
    await rig.service.hangup(call_id)
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    [other] = [one for one in rig.sessions if one.target.number != broken]
    assert other.over
    assert rig.counters.flow_faults == 1
    assert (len(rig.slots), rig.service.live_count()) == (0, 0)
    assert [route.taken for route in rig.router.trunks] == [0, 0]
    assert len(rig.desk.submitted) == 1


@virtual
async def test_sound_that_can_not_be_closed_still_ends_the_call(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    monkeypatch.setattr(rig.sound, "close", breaks)
    rig.customer.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert rig.manager.over
    assert rig.counters.flow_faults == 1
    assert (len(rig.slots), len(rig.desk.submitted)) == (0, 1)


@virtual
async def test_one_thing_to_give_back_that_fails_keeps_none_of_the_others(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    monkeypatch.setattr(rig.slots, "give_back", breaks)
    call_id = await reach(rig, "talk")
    rig.customer.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert [route.taken for route in rig.router.trunks] == [0, 0]
    assert rig.service.live_count() == 0


@virtual
async def test_a_call_that_can_not_even_be_written_leaves_no_slot(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(rates=[RateLimit(1, 60)])
    with monkeypatch.context() as broken:
        broken.setattr(rig.journal, "append", breaks)
        with pytest.raises(RuntimeError):
            await rig.dial()
        await elapse(1)
    assert (len(rig.slots), rig.service.live_count(), len(rig.rates)) == (0, 0, 0)
    assert not rig.sessions
    await rig.service.hangup(await rig.dial())
    await close_after_faults(rig)


async def close_after_faults(rig: Rig) -> None:
    """Close a rig in which defects were provoked."""
    assert rig.counters.flow_faults
    rig.counters.flow_faults = 0
    await close(rig)


@virtual
async def test_without_capture_a_call_that_must_be_recorded_dials_nobody(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    rig.media.refuses_capture = True
    call_id = await rig.dial()
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert call.failure == "recording-error"
    assert not rig.sessions
    await close(rig)


@virtual
async def test_without_capture_another_call_goes_on_and_tells_so(make_rig: MakeRig) -> None:
    rig = make_rig(required=False)
    rig.media.refuses_capture = True
    call_id = await reach(rig, "talk")
    assert rig.sound.capture is None
    rig.customer.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    [recording] = rig.journal.recordings()
    assert (recording.status, recording.reason) == (RecordingStatus.ABSENT, "capture-refused")
    assert [(one.id, one.status) for one in call.recordings] == [
        (recording.id, RecordingStatus.ABSENT)
    ]
    assert rig.desk.submitted == []
    told = [
        event
        for entry in rig.journal.entries
        if isinstance(entry, RecordingChanged)
        for event in entry.events
    ]
    assert [(str(event.type), event.subject) for event in told] == [("recording.absent", call_id)]
    await close(rig)


@virtual
async def test_a_capture_that_can_not_be_removed_holds_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "told")
    capture = rig.sound.capture
    assert capture is not None
    capture.path.mkdir()
    rig.manager.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CANCELED)
    await close(rig)


@virtual
async def test_a_call_never_bridged_leaves_no_capture(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "told")
    capture = rig.sound.capture
    assert capture is not None
    capture.path.write_bytes(b"spool")
    assert capture.header["call_id"] == call_id
    assert "13800138000" not in str(capture)
    rig.manager.bye()
    await elapse(1)
    assert not capture.path.exists()
    assert not rig.journal.recordings()
    await close(rig)


@virtual
async def test_a_bridged_call_owes_its_recording(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    capture = rig.sound.capture
    assert capture is not None
    capture.path.write_bytes(b"spool")
    [recording] = rig.journal.recordings()
    assert (recording.call_id, recording.spool) == (call_id, capture.path.name)
    rig.customer.bye()
    await elapse(1)
    assert capture.path.exists()
    assert [one.id for one in rig.desk.submitted] == [recording.id]
    assert rig.record(call_id).recordings[0].id == recording.id
    await close(rig)


# -- the end of the node -------------------------------------------------------------------------


@virtual
async def test_an_idle_node_drains_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.service.drain(10)
    assert rig.clock.monotonic() < 1
    assert rig.service.draining


@virtual
async def test_draining_waits_for_live_calls_and_refuses_new_ones(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    drain = asyncio.ensure_future(rig.service.drain(300))
    await elapse(10)
    caller = FakeUas()
    rig.hand(caller)
    assert (caller.final_status, caller.final_headers) == (503, {"Retry-After": "30"})
    with pytest.raises(PolicyError) as caught:
        await rig.dial()
    assert caught.value.slug == "draining"
    assert not drain.done()
    rig.customer.bye()
    await elapse(1)
    assert drain.done()
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@pytest.mark.parametrize("stage", STAGES)
@virtual
async def test_what_drains_too_long_is_hung_up(make_rig: MakeRig, stage: str) -> None:
    rig = make_rig()
    call_id = await reach(rig, stage)
    await rig.service.drain(0.05)
    call = rig.check_over(call_id)
    assert call.outcome is (CallOutcome.CONNECTED if stage == "talk" else CallOutcome.FAILED)
    assert call.hangup_source is HangupSource.GATEWAY
    await close(rig)


@virtual
async def test_a_caller_who_is_being_looked_up_when_the_node_drains(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.delay_s = 0.5
    caller = FakeUas()
    rig.hand(caller)
    await elapse(0.1)
    await rig.service.drain(10)
    await elapse(3)
    assert caller.final_status == 503
    rig.check_clean()


@virtual
async def test_a_cancelled_task_still_ends_its_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await reach(rig, "talk")
    [task] = asyncio.all_tasks() - {asyncio.current_task()}
    task.cancel()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.INTERRUPTED)
    assert call.failure == "node-stopped"
    assert rig.leg(call_id, LegRole.MANAGER).ended_at is not None
    await close(rig)
