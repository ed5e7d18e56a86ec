"""Whole flows with a caller, in virtual time: what is heard, where it leads, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest

from tests.unit.calls.fake_flows import flow_of
from tests.unit.calls.fake_signalling import FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.caller import Caller
from voicegw.calls.flow_terms import Answered, Unanswered
from voicegw.calls.outcome import Ending
from voicegw.calls.walk import walk
from voicegw.model.call import CallOutcome, LegRole
from voicegw.model.directory import HotlineAnswer, ManagerStatus
from voicegw.model.recording import MarkKind
from voicegw.routing.plan import PlanStep

MakeRig = Callable[..., Rig]
CUSTOMER = LegRole.CUSTOMER

MENU = """
flow: menu
languages: [zh, en]
start: main
steps:
  main:
    do: menu
    prompts: [main_menu]
    keys: {1: owner, 2: english}
    otherwise: bye
  english: {do: set, language: en, next: bye}
  owner: {do: route, to: owner, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""

CODE = """
flow: code
variables: {code: "", amount: "0"}
start: ask
steps:
  ask: {do: gather, prompts: [enter_pin], into: code, max_digits: 4, secret: true,
        next: look, otherwise: plan}
  look: {do: http, url: "https://crm.example.com/", send: [code], take: [amount], targets: [tell],
         timeout_s: 5, otherwise: plan}
  tell: {do: say, prompts: [{digits: amount}], next: bye}
  bye: {do: hang_up, prompts: [goodbye]}
  plan: {do: route}
"""


async def call_flow(rig: Rig, text: str, **session: object) -> tuple[str, FakeUas]:
    """Have a customer call a hotline with this flow; the first thing is being said."""
    flow = flow_of(text)
    rig.flows.flows[flow.name] = flow
    rig.directory.hotline_.flow = flow.name
    caller = FakeUas(**session)  # type: ignore[arg-type]
    call_id = await rig.offer(caller)
    if caller.answered:
        caller.ack()
        await rig.turn()
    return call_id, caller


async def press(rig: Rig, call_id: str, *keys: str) -> None:
    """Press keys on the customer's telephone, a moment between them."""
    leg = rig.leg(call_id, CUSTOMER).id
    for key in keys:
        rig.sound.key(leg, key)
        await elapse(0.2)
    await rig.turn()


async def close(rig: Rig) -> None:
    """Let the last words come and check that nothing is left."""
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()
    assert rig.journal.open_legs() == set()


def steps(rig: Rig, call_id: str) -> list[tuple[str, str | None, str | None]]:
    """Return what the record says of each step: where, what came of it, why."""
    return [(one.step, one.result, one.reason) for one in rig.record(call_id).plan]


@virtual
async def test_a_caller_who_is_informed_has_been_served(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _ = await call_flow(rig, MENU)
    assert rig.heard(call_id, CUSTOMER) == ["main_menu"]
    await press(rig, call_id, "2")
    await elapse(1.1)
    assert rig.played(call_id, CUSTOMER) == ["goodbye"]
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.SELF_SERVICE)
    assert call.answered_at is not None
    assert steps(rig, call_id) == [
        ("flow:menu@1/main", "2", None),
        ("flow:menu@1/english", "done", None),
        ("flow:menu@1/bye", "done", None),
    ]


@virtual
async def test_prompts_are_in_the_language_that_was_chosen(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _ = await call_flow(rig, MENU)
    await press(rig, call_id, "2")
    await elapse(1.1)
    await close(rig)
    rig.check_over(call_id)
    assert rig.prompts.asked[0] == ("main_menu", "zh")
    assert ("goodbye", "en") in rig.prompts.asked
    assert ("goodbye", "zh") not in rig.prompts.asked


@virtual
async def test_a_menu_leads_to_the_owner(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await call_flow(rig, MENU)
    await press(rig, call_id, "1")
    assert rig.heard(call_id, CUSTOMER)[-1] == "ringback_cn"
    rig.manager.progress(180)
    await rig.turn()
    rig.manager.pick_up()
    await rig.turn()
    await elapse(1.1)
    assert rig.record(call_id).bridged_at is not None
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert steps(rig, call_id)[-1] == ("flow:menu@1/owner", "connected", None)


@virtual
async def test_an_owner_who_does_not_answer_is_missed_though_a_goodbye_was_said(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id, _ = await call_flow(rig, MENU)
    await press(rig, call_id, "1")
    rig.manager.progress(180)
    await elapse(31)
    await elapse(1.1)
    await close(rig)
    rig.check_over(call_id, CallOutcome.MISSED)
    assert ("flow:menu@1/owner", "no_answer", None) in steps(rig, call_id)
    assert rig.played(call_id, CUSTOMER)[-1] == "goodbye"


@virtual
async def test_an_owner_who_is_away_is_not_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.manager_.status = ManagerStatus.AWAY
    call_id, _ = await call_flow(rig, MENU)
    await press(rig, call_id, "1")
    await elapse(1.1)
    await close(rig)
    rig.check_over(call_id)
    assert rig.sessions == []
    assert ("flow:menu@1/owner", "skipped", "away") in steps(rig, call_id)


@virtual
async def test_who_presses_nothing_is_asked_three_times_and_hears_the_line_meanwhile(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id, _ = await call_flow(rig, MENU)
    await elapse(30)
    heard = rig.heard(call_id, CUSTOMER)
    asked = [one for one in heard if "main_menu" in one]
    assert asked == ["main_menu", "no_input+main_menu", "no_input+main_menu"]
    assert heard.count("tone_beep") == 3
    await close(rig)
    rig.check_over(call_id, CallOutcome.SELF_SERVICE)
    assert steps(rig, call_id)[0] == ("flow:menu@1/main", "otherwise", "no-input")


@virtual
async def test_a_key_ends_the_prompt(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _ = await call_flow(rig, MENU)
    await press(rig, call_id, "9")
    assert rig.heard(call_id, CUSTOMER)[-2:] == ["silence", "invalid_choice+main_menu"]
    assert rig.played(call_id, CUSTOMER) == []
    await press(rig, call_id, "2")
    await elapse(1.1)
    await close(rig)
    rig.check_over(call_id, CallOutcome.SELF_SERVICE)


@virtual
async def test_a_caller_who_hangs_up_in_a_menu_has_given_up(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await call_flow(rig, MENU)
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.ABANDONED)
    assert steps(rig, call_id) == [("flow:menu@1/main", "canceled", None)]


@virtual
async def test_secret_digits_are_not_captured_and_not_told(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.outside.answer = Answered("tell", {"amount": "7"})
    call_id, _ = await call_flow(rig, CODE)
    assert rig.sound.marks[-1] == MarkKind.PAUSE
    await press(rig, call_id, "4", "7", "1", "1")
    await elapse(0.2)
    assert rig.outside.asked[0].body["variables"] == {"code": "4711"}
    assert rig.outside.asked[0].body["customer_masked"] == "138****8000"
    assert rig.heard(call_id, CUSTOMER)[-1] == "d7"
    assert MarkKind.RESUME not in rig.sound.marks
    await elapse(3)
    await close(rig)
    rig.check_over(call_id, CallOutcome.SELF_SERVICE)
    assert "4711" not in b"".join(rig.journal.lines).decode()
    assert ("flow:code@1/ask", "entered", None) in steps(rig, call_id)


@virtual
async def test_the_capture_goes_on_once_the_last_secret_key_has_ended(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.outside.answer = Unanswered("timeout")
    call_id, _ = await call_flow(rig, CODE)
    await press(rig, call_id, "4", "7", "1", "1")
    assert rig.sound.marks[-1] == MarkKind.PAUSE
    await elapse(1.2)
    assert rig.sound.marks[-1] == MarkKind.RESUME
    rig.manager.refuse(486)
    await elapse(3)
    await close(rig)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert ("flow:code@1/look", "otherwise", "timeout") in steps(rig, call_id)


@virtual
async def test_a_slow_system_outside_is_waited_for_with_music(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.outside.after_s = 3.0
    rig.outside.answer = Answered("tell", {"amount": "7"})
    call_id, _ = await call_flow(rig, CODE)
    await press(rig, call_id, "1", "#")
    await elapse(1.5)
    assert rig.heard(call_id, CUSTOMER)[-1] == "moh"
    await elapse(6)
    await close(rig)
    rig.check_over(call_id, CallOutcome.SELF_SERVICE)


@virtual
async def test_a_system_that_keeps_no_time_is_left(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.outside.after_s = 3600.0
    call_id, _ = await call_flow(rig, CODE)
    await press(rig, call_id, "1", "#")
    await elapse(8)
    assert ("flow:code@1/look", "otherwise", "timeout") in steps(rig, call_id) or rig.sessions
    rig.manager.refuse(486)
    await elapse(3)
    await close(rig)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)


@virtual
async def test_a_prompt_that_is_gone_leads_to_the_plan(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.prompts.missing.add("main_menu")
    call_id, caller = await call_flow(rig, MENU)
    rig.manager.pick_up()
    await rig.turn()
    await elapse(1.1)
    assert rig.record(call_id).bridged_at is not None
    assert steps(rig, call_id)[0] == ("flow:menu@1/main", "failed", "no-prompt")
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_hotline_whose_flow_is_not_there_has_its_plan(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.flow = "nowhere"
    caller = FakeUas()
    call_id = await rig.offer(caller)
    rig.manager.refuse(486)
    await elapse(3)
    await close(rig)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)


@virtual
async def test_a_flow_that_only_decides_answers_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    text = """
flow: decide
start: known
steps:
  known: {do: condition, test: known, then: plan, else: bye}
  plan: {do: route}
  bye: {do: hang_up, prompts: [goodbye], missed: true}
"""
    call_id, caller = await call_flow(rig, text)
    assert caller.commands == [("ring", 180, None)]
    rig.manager.refuse(486)
    await elapse(3)
    await close(rig)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)


@virtual
async def test_a_call_keeps_the_version_it_began_with(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _ = await call_flow(rig, MENU)
    rig.flows.flows["menu"] = flow_of(MENU.replace("[goodbye]", "[closed]"), version=2)
    await press(rig, call_id, "2")
    await elapse(1.1)
    assert rig.played(call_id, CUSTOMER) == ["goodbye"]
    await close(rig)
    rig.check_over(call_id, CallOutcome.SELF_SERVICE)


@virtual
async def test_the_call_itself_may_go_to_an_allowed_short_code(make_rig: MakeRig) -> None:
    rig = make_rig(short_codes=("10010",))
    text = """
flow: operator
start: over
steps:
  over: {do: transfer, short_code: 10010, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
    call_id, caller = await call_flow(rig, text)
    [session] = rig.invited("10010")
    assert session.presentation.number == rig.directory.hotline_.number
    session.pick_up()
    await rig.turn()
    await elapse(1.1)
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_short_code_that_is_not_allowed_is_not_dialled(make_rig: MakeRig) -> None:
    rig = make_rig()
    text = """
flow: operator
start: over
steps:
  over: {do: transfer, short_code: 10010, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
    call_id, _ = await call_flow(rig, text)
    await elapse(1.1)
    await close(rig)
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    assert rig.sessions == []


@virtual
async def test_a_flow_names_a_manager_by_staff_number(make_rig: MakeRig) -> None:
    rig = make_rig()
    text = """
flow: staff
variables: {who: ""}
start: ask
steps:
  ask: {do: gather, prompts: [enter_staff_number], into: who, next: over, otherwise: bye}
  over: {do: transfer, manager_in: who, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
    call_id, caller = await call_flow(rig, text)
    await press(rig, call_id, "1", "0", "0", "2", "#")
    assert len(rig.invited("+8613700137000")) == 1
    rig.invited("+8613700137000")[0].pick_up()
    await rig.turn()
    await elapse(1.1)
    assert rig.record(call_id).manager_id == "mgr_2"
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_flow_chooses_the_survey_of_its_talk(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    text = """
flow: survey
start: choose
steps:
  choose: {do: survey, survey: satisfaction, next: plan}
  plan: {do: route}
"""
    seen: list[str | None] = []

    async def noted(caller: Caller, plan: Sequence[PlanStep], max_talk_s: float) -> Ending:
        seen.append(caller.hotline.after_call.survey)
        return await walk(caller, plan, max_talk_s)

    monkeypatch.setattr("voicegw.calls.flow_run.walk", noted)
    call_id, _ = await call_flow(rig, text)
    assert seen == ["satisfaction"]
    assert rig.directory.hotline_.after_call.survey is None
    rig.manager.refuse(486)
    await elapse(3)
    await close(rig)
    rig.check_over(call_id)


@virtual
async def test_an_at_once_hotline_says_what_the_flow_says_first(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_ = msgspec.structs.replace(
        rig.directory.hotline_, answer=HotlineAnswer.AT_ONCE
    )
    call_id, _ = await call_flow(rig, MENU)
    assert rig.heard(call_id, CUSTOMER) == ["main_menu"]
    await press(rig, call_id, "2")
    await elapse(1.1)
    await close(rig)
    rig.check_over(call_id, CallOutcome.SELF_SERVICE)


STEP = """
flow: step
start: one
steps:
  one: {step}
  bye: {{do: hang_up, prompts: [goodbye]}}
"""


@virtual
async def test_a_message_is_left_with_the_greeting_of_the_flow(make_rig: MakeRig) -> None:
    rig = make_rig()
    step = "{do: voicemail, greeting: leave_message, otherwise: bye}"
    call_id, caller = await call_flow(rig, STEP.format(step=step))
    await elapse(6)
    assert "leave_message" in rig.played(call_id, CUSTOMER)
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.VOICEMAIL)
    assert steps(rig, call_id)[0][:2] == ("flow:step@1/one", "left")


@virtual
async def test_a_caller_waits_with_the_music_of_the_flow_as_long_as_it_says(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    rig.directory.colleague.status = ManagerStatus.DEPARTED
    rig.slots.take("mgr_1")  # talks with somebody else
    step = "{do: queue, music: ringback_cn, max_wait_s: 20, announce_every_s: 0, otherwise: bye}"
    call_id, _ = await call_flow(rig, STEP.format(step=step))
    await elapse(10)
    assert rig.heard(call_id, CUSTOMER)[-1] == "ringback_cn"
    await elapse(20)
    rig.slots.give_back("mgr_1")
    await close(rig)
    rig.check_over(call_id, CallOutcome.MISSED)
    assert steps(rig, call_id)[0][:2] == ("flow:step@1/one", "timed_out")
    assert rig.played(call_id, CUSTOMER)[-1] == "goodbye"


@virtual
async def test_a_group_is_rung_though_the_hotline_has_none_in_its_plan(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.colleague.status = ManagerStatus.DEPARTED
    call_id, caller = await call_flow(
        rig, STEP.format(step="{do: route, to: group, otherwise: bye}")
    )
    rig.manager.pick_up()
    await rig.turn()
    await elapse(1.1)
    assert rig.record(call_id).bridged_at is not None
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_nobody_is_responsible_or_was_last_here(make_rig: MakeRig) -> None:
    for to in ("responsible", "recent", "deputy"):
        rig = make_rig()
        step = f"{{do: route, to: {to}, otherwise: bye}}"
        call_id, _ = await call_flow(rig, STEP.format(step=step))
        await elapse(1.1)
        await close(rig)
        rig.check_over(call_id, CallOutcome.SELF_SERVICE)
        assert steps(rig, call_id)[0][:2] == ("flow:step@1/one", "empty")


@virtual
async def test_a_place_in_the_queue_is_told_in_the_language_that_was_chosen(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    rig.directory.colleague.status = ManagerStatus.DEPARTED
    rig.slots.take("mgr_1")  # talks with somebody else
    text = """
flow: english
languages: [zh, en]
start: choose
steps:
  choose: {do: set, language: en, next: hello}
  hello: {do: say, prompts: [welcome], next: queue}
  queue: {do: queue, max_wait_s: 20, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
    call_id, caller = await call_flow(rig, text)
    await elapse(3)
    assert ("queue_next", "en") in rig.prompts.asked
    assert ("queue_next", "zh") not in rig.prompts.asked
    caller.bye()
    rig.slots.give_back("mgr_1")
    await close(rig)
    rig.check_over(call_id, CallOutcome.ABANDONED)
