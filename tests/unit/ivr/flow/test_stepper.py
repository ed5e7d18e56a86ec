"""Every verb without sound: an event in, a command out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.checker import check
from ivr.flow.stepper import MAX_STEPS, CheckedFlow
from voicegw.calls.flow_terms import (
    Answered,
    Ask,
    AskAfterwards,
    Collect,
    Collected,
    Command,
    Done,
    Event,
    FlowContext,
    FlowRun,
    HangUp,
    Move,
    Passed,
    Play,
    Say,
    Take,
    Taken,
    Unanswered,
    WalkPlan,
)
from voicegw.routing.plan import StepKind, StepResult

ENDS = """
  bye: {do: hang_up, prompts: [goodbye]}
  plan: {do: route}
"""


class EveryPrompt:
    def has(self, name: str, language: str) -> bool:
        return True


def begun(step: str, context: FlowContext | None = None, head: str = "") -> tuple[FlowRun, Move]:
    """Return a run of a flow with one step, and its first move."""
    text = f"flow: one\nlanguages: [zh, en]\n{head}start: one\nsteps:\n  one: {step}\n{ENDS}"
    checked = check(text, EveryPrompt())
    wrong = [one for one in checked.findings if "no step leads here" not in one.what]
    assert not wrong, wrong
    run = CheckedFlow("one", 1, checked.draft).run()
    return run, run.begin(context or FlowContext())


BYE = HangUp(("goodbye",), "zh")


def test_say() -> None:
    run, move = begun("{do: say, prompts: [welcome, closed], next: bye}")
    assert move.command == Say(("welcome", "closed"), "zh")
    assert run.next(Done()) == Move("bye", "hang_up", BYE, (Passed("one", "say", "done"),))


@pytest.mark.parametrize(
    ("item", "value", "names"),
    [
        ("{digits: x}", "71", ("d7", "yao")),
        ("{number: x}", "12", ("ten", "d2")),
        ("{money: x}", "3", ("d3", "yuan")),
        ("{number: x}", "many", ()),
        ("{money: x}", "", ()),
    ],
)
def test_say_values(item: str, value: str, names: tuple[str, ...]) -> None:
    head = f'variables: {{x: "{value}"}}\n'
    _, move = begun(f"{{do: say, prompts: [welcome, {item}], next: bye}}", head=head)
    assert move.command == Say(("welcome", *names), "zh")


def test_play() -> None:
    run, move = begun("{do: play, sound: moh, for_s: 7, skip: true, next: bye}")
    assert move.command == Play("moh", "zh", 7.0, until_key=True)
    assert run.next(Done()).command == BYE


MENU = "{do: menu, prompts: [main_menu], keys: {1: plan, '*': bye}, otherwise: bye, tries: 3}"


@pytest.mark.parametrize(("key", "command"), [("1", WalkPlan()), ("*", BYE)])
def test_a_menu_leads_where_the_key_does(key: str, command: Command) -> None:
    run, move = begun(MENU)
    assert move.command == Collect(("main_menu",), "zh", wait_s=5.0)
    after = run.next(Collected(key))
    assert after.command == command
    assert after.passed == (Passed("one", "menu", key),)


def test_a_menu_is_said_three_times_then_left() -> None:
    run, _ = begun(MENU)
    again = run.next(Collected(""))
    assert again == Move("one", "menu", Collect(("no_input", "main_menu"), "zh", wait_s=5.0))
    wrong = run.next(Collected("7"))
    assert wrong.command == Collect(("invalid_choice", "main_menu"), "zh", wait_s=5.0)
    left = run.next(Collected(""))
    assert left.command == BYE
    assert left.passed == (Passed("one", "menu", "otherwise", "no-input"),)


GATHER = (
    "{do: gather, prompts: [enter_customer], into: code, min_digits: 2, max_digits: 4, "
    "next: plan, otherwise: bye, secret: true}"
)


def test_a_gather_keeps_what_was_entered_and_tells_nobody() -> None:
    run, move = begun(GATHER, head='variables: {code: ""}\n')
    assert move.command == Collect(
        ("enter_customer",), "zh", 4, wait_s=5.0, between_s=3.0, end_key="#", is_secret=True
    )
    after = run.next(Collected("4711"))
    assert after.command == WalkPlan()
    assert after.passed == (Passed("one", "gather", "entered"),)
    assert "4711" not in repr(Collected("4711"))


@pytest.mark.parametrize("digits", ["", "1", "12345", "1*"])
def test_a_gather_asks_again_for_what_can_not_be_right(digits: str) -> None:
    run, _ = begun(GATHER, head='variables: {code: ""}\n')
    first = "invalid_choice" if digits else "no_input"
    for _ in range(2):
        again = run.next(Collected(digits)).command
        assert isinstance(again, Collect)
        assert again.prompts == (first, "enter_customer")
    reason = "invalid" if digits else "no-input"
    assert run.next(Collected(digits)).passed == (Passed("one", "gather", "otherwise", reason),)


@pytest.mark.parametrize(
    ("test", "context"),
    [
        ("hours", FlowContext(is_open=True)),
        ("holiday", FlowContext(is_holiday=True)),
        ("known", FlowContext(is_known=True)),
        ("owner", FlowContext(has_owner=True)),
        ("withheld", FlowContext(is_withheld=True)),
        ("class, is: [gold, silver]", FlowContext(customer_class="silver")),
        ("tier, is: [a]", FlowContext(tier="a")),
    ],
)
def test_a_condition_looks_at_what_is_known(test: str, context: FlowContext) -> None:
    step = f"{{do: condition, test: {test}, then: plan, else: bye}}"
    assert begun(step, context)[1].command == WalkPlan()
    assert begun(step, FlowContext(is_open=False))[1].command == BYE
    assert begun(step, context)[1].passed == (Passed("one", "condition", "then"),)


def test_a_condition_looks_at_variables_and_the_language() -> None:
    step = "{do: condition, test: variable, variable: x, is: [a], then: plan, else: bye}"
    assert begun(step, head="variables: {x: a}\n")[1].command == WalkPlan()
    assert begun(step, head="variables: {x: b}\n")[1].command == BYE
    step = "{do: condition, test: language, is: [zh], then: plan, else: bye}"
    assert begun(step)[1].command == WalkPlan()


def test_set_chooses_the_language_of_what_follows() -> None:
    _, move = begun("{do: set, language: en, next: bye}")
    assert move.command == HangUp(("goodbye",), "en")
    assert move.passed == (Passed("one", "set", "done"),)


def test_a_flow_without_languages_is_in_the_nodes() -> None:
    checked = check(f"flow: one\nstart: bye\nsteps:\n{ENDS}", EveryPrompt())
    run = CheckedFlow("one", 1, checked.draft).run()
    assert run.begin(FlowContext(language="en")).command == HangUp(("goodbye",), "en")


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("{do: route, to: owner, otherwise: bye}", Take(StepKind.OWNER)),
        ("{do: route, to: responsible, otherwise: bye}", Take(StepKind.RESPONSIBLE)),
        ("{do: route, to: recent, otherwise: bye}", Take(StepKind.RECENT)),
        ("{do: route, to: deputy, otherwise: bye}", Take(StepKind.DEPUTY)),
        (
            "{do: route, to: group, group_id: grp_2, otherwise: bye}",
            Take(StepKind.GROUP, group_id="grp_2"),
        ),
        ("{do: queue, otherwise: bye}", Take(StepKind.QUEUE)),
        (
            "{do: queue, max_wait_s: 60, callback: false, music: moh, otherwise: bye}",
            Take(StepKind.QUEUE, settings={"max_wait_s": 60, "callback": False, "music": "moh"}),
        ),
        (
            "{do: voicemail, max_s: 30, otherwise: bye}",
            Take(StepKind.VOICEMAIL, settings={"max_s": 30}),
        ),
        ("{do: transfer, manager: 1002, otherwise: bye}", Take(StepKind.MANAGER, manager="1002")),
        ("{do: transfer, group_id: g, otherwise: bye}", Take(StepKind.GROUP, group_id="g")),
        (
            "{do: transfer, short_code: 10010, otherwise: bye}",
            Take(StepKind.SHORT_CODE, short_code="10010"),
        ),
    ],
)
def test_steps_of_a_plan_are_asked_for_and_left_when_in_vain(step: str, command: Take) -> None:
    run, move = begun(step)
    assert move.command == command
    after = run.next(Taken(StepResult.NO_ANSWER))
    assert after.command == BYE
    assert after.passed[0].result == "no_answer"


def test_a_transfer_to_nobody_rings_nobody() -> None:
    _, move = begun("{do: transfer, manager_in: x, otherwise: bye}", head='variables: {x: ""}\n')
    assert move.command == BYE
    assert move.passed == (Passed("one", "transfer", "empty"),)


def test_a_survey_is_asked_afterwards() -> None:
    run, move = begun("{do: survey, survey: satisfaction, next: plan}")
    assert move.command == AskAfterwards("satisfaction")
    assert run.next(Done()).command == WalkPlan()


HTTP = (
    '{do: http, url: "https://crm.example.com/", targets: [plan], send: [x], take: [y], '
    "next: bye, otherwise: other}\n  other: {do: hang_up, missed: true}"
)
HEAD = "variables: {x: a, y: b, z: c}\n"
OTHER = HangUp((), "zh", is_missed=True)


def test_http_tells_nothing_but_what_may_be_known() -> None:
    context = FlowContext("hot_1", is_known=True, masked_number="138****8000", tier="a")
    _, move = begun(HTTP, context, HEAD)
    assert move.command == Ask(
        "https://crm.example.com/",
        {
            "hotline_id": "hot_1",
            "customer_masked": "138****8000",
            "known": True,
            "class": None,
            "tier": "a",
            "open": True,
            "language": "zh",
            "variables": {"x": "a"},
        },
        3.0,
    )


@pytest.mark.parametrize(
    ("event", "command", "reason"),
    [
        (Answered("plan"), WalkPlan(), None),
        (Answered(), BYE, None),
        (Answered("bye"), OTHER, "unknown-step"),
        (Answered("nowhere"), OTHER, "unknown-step"),
        (Answered("plan", {"y": "v" * 201}), OTHER, "value-too-long"),
        (Unanswered("timeout"), OTHER, "timeout"),
        (Done(), OTHER, "no-answer"),
    ],
)
def test_http_goes_where_the_answer_says(
    event: Event, command: Command, reason: str | None
) -> None:
    run, _ = begun(HTTP, head=HEAD)
    after = run.next(event)
    assert (after.command, after.passed[0].reason) == (command, reason)


def test_an_answer_sets_only_what_it_may() -> None:
    step = (
        '{do: http, url: "https://crm.example.com/", take: [y], next: look, otherwise: bye}\n'
        "  look: {do: condition, test: variable, variable: y, is: [new], then: more, else: bye}\n"
        "  more: {do: condition, test: variable, variable: z, is: [c], then: plan, else: bye}"
    )
    run, _ = begun(step, head=HEAD)
    assert run.next(Answered(None, {"y": "new", "z": "evil"})).command == WalkPlan()


def test_who_presses_forever_is_given_to_the_plan() -> None:
    step = "{do: menu, prompts: [main_menu], keys: {1: one}, otherwise: bye}"
    run, _ = begun(step)
    for _ in range(MAX_STEPS - 1):
        assert isinstance(run.next(Collected("1")).command, Collect)
    assert run.next(Collected("1")).command == WalkPlan("too-many-steps")


# -- any flow that was checked -----------------------------------------------------------------

NAMES = ("a", "b", "c", "d", "e")


def _step(place: int) -> st.SearchStrategy[str]:
    """Return a step that leads anywhere by a key, and only onwards without one."""
    onwards = st.sampled_from([*NAMES[place + 1 :], "z"])
    anywhere = st.sampled_from(NAMES)
    return st.one_of(
        st.builds("{{do: say, prompts: [welcome], next: {}}}".format, onwards),
        st.builds("{{do: set, variables: {{v: '1'}}, next: {}}}".format, onwards),
        st.builds(
            "{{do: menu, prompts: [main_menu], keys: {{1: {}, 2: {}}}, otherwise: {}}}".format,
            anywhere,
            anywhere,
            onwards,
        ),
        st.builds(
            "{{do: gather, prompts: [enter_pin], into: v, next: {}, otherwise: {}}}".format,
            anywhere,
            onwards,
        ),
        st.builds(
            "{{do: condition, test: variable, variable: v, is: ['1'], then: {}, else: {}}}".format,
            onwards,
            onwards,
        ),
        st.builds("{{do: route, to: owner, otherwise: {}}}".format, onwards),
        st.builds("{{do: queue, otherwise: {}}}".format, onwards),
        st.builds("{{do: voicemail, otherwise: {}}}".format, onwards),
        st.builds(
            "{{do: http, url: 'https://x.example/', targets: [{}], otherwise: {}}}".format,
            onwards,
            onwards,
        ),
        st.just("{do: hang_up, prompts: [goodbye]}"),
        st.just("{do: route}"),
    )


EVENTS = st.one_of(
    st.just(Done()),
    st.builds(Collected, st.text("0123456789*#", max_size=5)),
    st.builds(Taken, st.sampled_from(StepResult)),
    st.builds(Answered, st.one_of(st.none(), st.sampled_from(NAMES))),
    st.just(Unanswered("timeout")),
)


@settings(max_examples=100, deadline=None)
@given(st.tuples(*(_step(place) for place in range(len(NAMES)))), st.lists(EVENTS, max_size=40))
def test_any_checked_flow_ends_or_waits_for_a_key(
    steps: tuple[str, ...], events: list[Event]
) -> None:
    body = "".join(f"  {one}: {step}\n" for one, step in zip(NAMES, steps, strict=True))
    text = f'flow: any\nvariables: {{v: ""}}\nstart: a\nsteps:\n{body}  z: {{do: hang_up}}\n'
    checked = check(text, EveryPrompt())
    harmless = ("no step leads here", "every key leads to the same step")
    assert all(one.what.endswith(harmless) for one in checked.findings), checked.findings
    if checked.draft.broken:
        return
    run = CheckedFlow("any", 1, checked.draft).run()
    move = run.begin(FlowContext())
    for event in events:
        if isinstance(move.command, HangUp | WalkPlan):
            return
        move = run.next(event)
    # Whoever says nothing more, and reaches nobody, comes to an end soon.
    for _ in range(3 * len(NAMES)):
        if isinstance(move.command, HangUp | WalkPlan):
            return
        match move.command:
            case Collect():
                move = run.next(Collected(""))
            case Take():
                move = run.next(Taken(StepResult.NO_ANSWER))
            case Ask():
                move = run.next(Unanswered("timeout"))
            case _:
                move = run.next(Done())
    assert isinstance(move.command, HangUp | WalkPlan), "a silent caller never leaves"
