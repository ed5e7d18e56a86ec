"""Who is left when a talk is over is asked by keys; the talk itself has ended."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import CUSTOMER, MANAGER, close, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.errors import ConflictError
from voicegw.model.call import CallOutcome, HangupSource, LegRole
from voicegw.model.routing import AfterCall
from voicegw.model.survey import DispositionSource
from voicegw.tasks.shipped_types import SHIPPED_TYPES

MakeRig = Callable[..., Rig]
TALK_S = 30.0


async def ended_by(rig: Rig, role: LegRole, after: AfterCall, **request: object) -> str:
    """Talk for a while; then one of the two hangs up."""
    rig.directory.hotline_ = msgspec.structs.replace(rig.directory.hotline_, after_call=after)
    call_id = await to_talk(rig, **request)
    await elapse(TALK_S)
    (rig.customer if role is CUSTOMER else rig.manager).bye()
    await elapse(0.1)
    return call_id


def press(rig: Rig, call_id: str, role: LegRole, digit: str) -> None:
    rig.sound.key(rig.leg(call_id, role).id, digit)


def check_talk(rig: Rig, call_id: str, source: HangupSource) -> None:
    """The call has ended as its talk did."""
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.hangup_source is source
    assert call.talk_s == pytest.approx(TALK_S, abs=0.2)
    assert rig.sound.marks.count("end") == 1


@virtual
async def test_a_customer_is_asked_once_the_manager_has_hung_up(make_rig: MakeRig) -> None:
    rig = make_rig()
    after = AfterCall(survey="satisfaction_and_solved")
    call_id = await ended_by(rig, MANAGER, after)
    record = rig.record(call_id)
    assert not record.is_final
    assert rig.leg(call_id, MANAGER).ended_at is not None
    assert not rig.slots.full("mgr_1"), "whoever has hung up is free"
    await elapse(1.5)
    press(rig, call_id, CUSTOMER, "5")
    await elapse(1.5)
    press(rig, call_id, CUSTOMER, "1")
    await elapse(3)
    check_talk(rig, call_id, HangupSource.MANAGER)
    answers = [(one.survey, one.question, one.key) for one in rig.record(call_id).survey]
    assert answers == [
        ("satisfaction_and_solved", "satisfaction", "5"),
        ("satisfaction_and_solved", "solved", "1"),
    ]
    heard = rig.heard(call_id, CUSTOMER)
    assert heard[heard.index("survey_intro") :] == [
        "survey_intro",
        "survey_ask",
        "silence",
        "survey_solved",
        "silence",
        "survey_thanks",
    ]
    assert rig.journal.types(call_id).count("survey.answered") == 2
    await close(rig)


@virtual
async def test_a_manager_enters_the_result_once_the_customer_has_hung_up(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await ended_by(rig, CUSTOMER, AfterCall(result=True))
    assert rig.slots.full("mgr_1"), "who is being asked takes no call"
    await elapse(0.5)
    press(rig, call_id, MANAGER, "3")
    await elapse(3)
    check_talk(rig, call_id, HangupSource.CUSTOMER)
    disposition = rig.record(call_id).disposition
    assert disposition is not None
    assert (disposition.code, disposition.source, disposition.by) == (
        "call_again",
        DispositionSource.KEYPAD,
        "mgr_1",
    )
    assert "disposition.received" in rig.journal.types(call_id)
    assert rig.played(call_id, MANAGER)[-1] == "result_saved"
    await close(rig)


@pytest.mark.parametrize(
    ("digit", "delay_s", "spoken", "prompt", "code"),
    [
        ("1", 0.0, True, "result_ask_revisit", "revisit_done"),
        ("6", 0.0, True, "result_ask_revisit", "problem_found"),
        ("1", 0.0, False, "result_ask", "success"),
        ("6", 0.0, False, "result_ask", "problem_found"),
        ("6", 60.0, True, "result_ask", None),
    ],
)
@virtual
async def test_every_result_of_the_task_s_type_has_its_key(
    make_rig: MakeRig, digit: str, delay_s: float, spoken: bool, prompt: str, code: str | None
) -> None:
    rig = make_rig()
    rig.task_rules.rules["tsk_1"] = SHIPPED_TYPES["revisit"]
    rig.task_rules.delay_s = delay_s
    if spoken:
        rig.prompts.own.add("result_ask_revisit")
    call_id = await ended_by(rig, CUSTOMER, AfterCall(result=True), task_id="tsk_1")
    await elapse(1.5)
    assert prompt in rig.heard(call_id, MANAGER)
    press(rig, call_id, MANAGER, digit)
    await elapse(20)
    check_talk(rig, call_id, HangupSource.CUSTOMER)
    disposition = rig.record(call_id).disposition
    assert (None if disposition is None else disposition.code) == code
    await close(rig)


@virtual
async def test_a_wish_to_hand_on_that_comes_too_late_is_answered(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_ = msgspec.structs.replace(
        rig.directory.hotline_, after_call=AfterCall(result=True)
    )
    call_id = await to_talk(rig)
    await elapse(TALK_S)
    wish = rig.manager.refer("1002")
    rig.customer.bye()
    await elapse(0.1)
    assert wish.told == [("refuse", 480)]
    await elapse(60)
    check_talk(rig, call_id, HangupSource.CUSTOMER)
    await close(rig)


@pytest.mark.parametrize(
    ("gone", "after"),
    [
        (CUSTOMER, AfterCall(survey="satisfaction")),
        (MANAGER, AfterCall(result=True)),
        (MANAGER, AfterCall()),
    ],
)
@virtual
async def test_nobody_is_asked_what_the_hotline_does_not_want(
    make_rig: MakeRig, gone: LegRole, after: AfterCall
) -> None:
    rig = make_rig()
    call_id = await ended_by(rig, gone, after)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.survey, call.disposition) == ([], None)
    await close(rig)


@virtual
async def test_a_wrong_key_is_asked_again_and_silence_ends_it(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await ended_by(rig, MANAGER, AfterCall(survey="satisfaction"))
    await elapse(0.5)
    press(rig, call_id, CUSTOMER, "9")
    await elapse(1.5)
    assert "invalid_choice" in rig.heard(call_id, CUSTOMER)
    await elapse(20)
    check_talk(rig, call_id, HangupSource.MANAGER)
    assert [one.key for one in rig.record(call_id).survey] == [None]
    assert rig.sound.longest_silence_s(rig.leg(call_id, CUSTOMER).id) <= 4
    await close(rig)


@pytest.mark.parametrize("after_s", [0.0, 0.5, 1.5, 4.0])
@pytest.mark.parametrize("gone", [CUSTOMER, MANAGER])
@virtual
async def test_who_hangs_up_while_being_asked_ends_the_call(
    make_rig: MakeRig, gone: LegRole, after_s: float
) -> None:
    rig = make_rig()
    after = AfterCall(survey="satisfaction_and_solved", result=True)
    call_id = await ended_by(rig, gone, after)
    await elapse(after_s)
    (rig.manager if gone is CUSTOMER else rig.customer).bye()
    await elapse(1)
    source = HangupSource.CUSTOMER if gone is CUSTOMER else HangupSource.MANAGER
    check_talk(rig, call_id, source)
    await close(rig)


@virtual
async def test_the_api_may_end_the_questions(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await ended_by(rig, MANAGER, AfterCall(survey="satisfaction"))
    await rig.service.hangup(call_id)
    await elapse(1)
    check_talk(rig, call_id, HangupSource.MANAGER)
    await close(rig)


@virtual
async def test_what_is_answered_is_not_recorded_even_on_demand(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await ended_by(rig, MANAGER, AfterCall(survey="satisfaction"))
    with pytest.raises(ConflictError):
        await rig.service.pause_recording(call_id)
    with pytest.raises(ConflictError):
        await rig.service.resume_recording(call_id)
    await elapse(30)
    check_talk(rig, call_id, HangupSource.MANAGER)
    await close(rig)


@virtual
async def test_a_lost_worker_ends_the_questions_in_order(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await ended_by(rig, MANAGER, AfterCall(survey="satisfaction"))
    rig.sound.die()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.hangup_source is HangupSource.MANAGER
    await close(rig)


@virtual
async def test_a_worker_that_dies_with_the_talk_changes_nothing_of_its_end(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    rig.directory.hotline_ = msgspec.structs.replace(
        rig.directory.hotline_, after_call=AfterCall(survey="satisfaction")
    )
    call_id = await to_talk(rig)
    await elapse(TALK_S)
    rig.manager.bye()
    rig.sound.die()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.hangup_source is HangupSource.MANAGER
    await close(rig)
