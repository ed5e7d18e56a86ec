"""A caller whom nobody takes leaves a message; what calls leave to be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.follow_up import follow_up
from voicegw.journal.entries import CallChanged, TaskWanted
from voicegw.model.call import Call, CallOutcome, Direction, HangupSource, LegRole, final_status
from voicegw.model.recording import RecordingKind, RecordingRef, RecordingStatus
from voicegw.model.routing import Routing, VoicemailRouting
from voicegw.model.task import Task, TaskType

MakeRig = Callable[..., Rig]
CUSTOMER = LegRole.CUSTOMER


def tasks(rig: Rig) -> list[Task]:
    return [one.task for one in rig.journal.entries if isinstance(one, TaskWanted)]


async def to_beep(rig: Rig, **session: Any) -> tuple[str, FakeUas]:
    """Have the owner decline and the caller hear the greeting and the beep."""
    hotline = rig.directory.hotline_
    rig.directory.hotline_ = msgspec.structs.replace(
        hotline, routing=Routing(voicemail=VoicemailRouting(max_s=60))
    )
    caller = FakeUas(**session)
    call_id = await rig.offer(caller)
    rig.manager.progress(180)
    await elapse(3)
    rig.manager.refuse(603)
    await rig.turn()
    caller.ack()
    await elapse(2.3)
    assert "beep" in rig.sound.marks
    return call_id, caller


@virtual
async def test_a_message_is_a_recording_and_a_task_of_the_owner(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await to_beep(rig)
    assert rig.played(call_id, CUSTOMER)[-2:] == ["voicemail_greeting", "tone_beep"]
    assert rig.sound.marks[-1] == "beep", "so far it is none"
    await elapse(20)
    assert (rig.sound.marks[-1], rig.sound.details[-1]) == (
        "owed",
        {"recording": "voicemail", "manager": "mgr_1", "customer": "cus_1"},
    )
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.VOICEMAIL)
    assert call.hangup_source is HangupSource.CUSTOMER
    assert call.recording_id is None
    assert [one.kind for one in call.recordings] == [RecordingKind.VOICEMAIL]
    assert [(one.step, one.result) for one in call.plan] == [
        ("owner", "declined"),
        ("voicemail", "left"),
    ]
    (submitted,) = rig.desk.submitted
    assert (submitted.kind, submitted.manager_id) == (RecordingKind.VOICEMAIL, "mgr_1")
    (task,) = tasks(rig)
    assert (task.type, task.manager_id, task.customer_id, task.recording_id) == (
        TaskType.VOICEMAIL,
        "mgr_1",
        "cus_1",
        submitted.id,
    )
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()


@virtual
async def test_the_journal_knows_of_a_message_while_it_is_spoken(make_rig: MakeRig) -> None:
    """What a crash would leave: the call with its recording, which makes it a task."""
    rig = make_rig()
    call_id, caller = await to_beep(rig)
    await elapse(3)
    changes = [one.call for one in rig.journal.entries if isinstance(one, CallChanged)]
    message = follow_up(msgspec.structs.replace(changes[-1], outcome=CallOutcome.INTERRUPTED), None)
    assert message is not None
    assert message.type is TaskType.VOICEMAIL
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.VOICEMAIL)


@virtual
async def test_the_hash_key_ends_the_message_and_thanks_are_not_in_it(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _caller = await to_beep(rig)
    await elapse(5)
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "5")
    await elapse(0.1)
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "#")
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.VOICEMAIL)
    assert call.hangup_source is HangupSource.GATEWAY
    assert rig.played(call_id, CUSTOMER)[-1] == "message_saved"
    assert rig.sound.marks[-1] == "end"
    assert [one.type for one in tasks(rig)] == [TaskType.VOICEMAIL]


@virtual
async def test_a_message_ends_after_its_longest_time(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _caller = await to_beep(rig)
    await elapse(57)
    assert not rig.record(call_id).is_final
    await elapse(8)
    assert rig.check_over(call_id, CallOutcome.VOICEMAIL).plan[-1].result == "left"


@virtual
async def test_who_says_nothing_has_left_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await to_beep(rig)
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.ABANDONED)
    assert call.recordings == []
    assert rig.desk.submitted == []
    assert [one.type for one in tasks(rig)] == [TaskType.MISSED_CALL]


@virtual
async def test_the_hash_key_alone_leaves_nothing_and_the_plan_goes_on(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _caller = await to_beep(rig)
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "#")
    await elapse(3)
    call = rig.check_over(call_id)
    assert call.outcome is not CallOutcome.VOICEMAIL
    assert [(one.step, one.result) for one in call.plan][-2:] == [
        ("voicemail", "empty"),
        ("hang_up", "done"),
    ]
    assert rig.desk.submitted == []


@virtual
async def test_nobody_is_asked_to_speak_where_nothing_is_kept(make_rig: MakeRig) -> None:
    rig = make_rig(recording=False)
    rig.directory.hotline_ = msgspec.structs.replace(
        rig.directory.hotline_, routing=Routing(voicemail=VoicemailRouting())
    )
    caller = FakeUas()
    call_id = await rig.offer(caller)
    rig.manager.refuse(486)
    await rig.turn()
    caller.ack()
    await elapse(5)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert [(one.step, one.result, one.reason) for one in call.plan][1] == (
        "voicemail",
        "failed",
        "not-recorded",
    )
    assert "message_impossible" in rig.played(call_id, CUSTOMER)
    assert "tone_beep" not in rig.played(call_id, CUSTOMER)


# -- what is to be done

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def ended(outcome: CallOutcome, **more: Any) -> Call:
    fields: dict[str, Any] = {
        "id": "call_1",
        "direction": Direction.INBOUND,
        "status": final_status(outcome),
        "node": "node-1",
        "created_at": NOW,
        "ended_at": NOW + timedelta(seconds=20),
        "outcome": outcome,
        "group_id": "grp_1",
        "customer_id": "cus_1",
        "customer_number": CUSTOMER_NUMBER,
    }
    return Call(**(fields | more))


@pytest.mark.parametrize("outcome", list(CallOutcome))
def test_every_outcome_leaves_what_it_should(outcome: CallOutcome) -> None:
    task = follow_up(ended(outcome), "mgr_1")
    expected = {
        CallOutcome.CALLBACK_REQUESTED: TaskType.CALLBACK,
        CallOutcome.MISSED: TaskType.MISSED_CALL,
        CallOutcome.ABANDONED: TaskType.MISSED_CALL,
        CallOutcome.MANAGER_BUSY: TaskType.MISSED_CALL,
        CallOutcome.MANAGER_DECLINED: TaskType.MISSED_CALL,
        CallOutcome.MANAGER_UNREACHABLE: TaskType.MISSED_CALL,
        CallOutcome.FAILED: TaskType.MISSED_CALL,
        CallOutcome.INTERRUPTED: TaskType.MISSED_CALL,
    }.get(outcome)
    assert (None if task is None else task.type) == expected
    # Whoever has talked with somebody was served; and a click-to-dial is the manager's own affair.
    assert follow_up(ended(outcome, bridged_at=NOW), "mgr_1") is None
    assert follow_up(ended(outcome, direction=Direction.CLICK_TO_DIAL), "mgr_1") is None
    # Nobody could call back.
    assert follow_up(ended(outcome, customer_id=None, customer_number=None), None) is None


def test_a_message_is_a_task_even_from_nobody_known() -> None:
    message = RecordingRef("rec_1", RecordingKind.VOICEMAIL, RecordingStatus.PENDING)
    call = ended(
        CallOutcome.INTERRUPTED, recordings=[message], customer_id=None, customer_number=None
    )
    task = follow_up(call, None)
    assert task is not None
    assert (task.type, task.recording_id, task.manager_id) == (TaskType.VOICEMAIL, "rec_1", None)


def test_who_gives_up_at_once_has_dialled_by_mistake() -> None:
    soon = ended(CallOutcome.ABANDONED, ended_at=NOW + timedelta(seconds=2))
    assert follow_up(soon, "mgr_1") is None
