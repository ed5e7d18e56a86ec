"""Everything that is wrong with a flow is told at once, each with its line and a mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.checker import check, circles
from ivr.prompts import SHIPPED, TONES

GOOD = """
flow: good
languages: [zh, en]
variables: {code: ""}
start: main
steps:
  main: {do: menu, prompts: [welcome], keys: {1: ask, 2: bye}, otherwise: bye}
  ask: {do: gather, prompts: [enter_pin], into: code, next: bye, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""


SURVEYED = """
flow: surveyed
start: ask
steps:
  ask: {do: survey, survey: SURVEY, next: plan}
  plan: {do: route, to: plan}
"""


class Prompts:
    """The shipped prompts, as files."""

    def has(self, name: str, language: str) -> bool:
        return any((SHIPPED / one / f"{name}.wav").is_file() for one in (language, TONES))


def told(text: str) -> list[tuple[int, str, str]]:
    """Return line, problem and mend of everything that is wrong."""
    return [(one.line, one.what, one.mend) for one in check(text, Prompts()).findings]


def test_a_right_flow_has_no_problems() -> None:
    assert told(GOOD) == []


@pytest.mark.parametrize("path", sorted(Path("ivr/flows").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_shipped_flows_are_right(path: Path) -> None:
    checked = check(path.read_text(encoding="utf-8"), Prompts())
    assert checked.problems(path.name) == []
    assert checked.draft.name == path.stem


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("otherwise: bye}\n  ask", "otherwise: by}\n  ask"), 7, "main: there is no step by"),
        (("start: main", "start: man"), 5, "start: there is no step man"),
        (("1: ask, ", ""), 8, "ask: no step leads here"),
        (("[welcome]", "[welcom]"), 7, "main: there is no prompt welcom in zh, en"),
        (("into: code", "into: cod"), 8, "ask: there is no variable cod"),
        (("[enter_pin]", "[{digits: kode}]"), 8, "ask: there is no variable kode"),
        (("do: gather", "do: gathr"), 8, "ask: gathr is no verb"),
        (("do: gather, ", ""), 8, "ask: no verb"),
        (("into: code, ", ""), 8, "ask: into is missing"),
        (("next: bye,", "next: bye, tries: 9,"), 8, "ask: tries: expected int <= 3"),
        (("next: bye,", "next: bye, tries: two,"), 8, "ask: tries: expected int, got str"),
        (("next: bye,", "next: bye, trys: 2,"), 8, "ask: trys is unknown"),
        (("next: bye,", "next: bye, min_digits: 30,"), 8, "ask: more than max_digits (20)"),
        (("[goodbye]", "goodbye"), 9, "bye: prompts: expected array, got str"),
        (("  bye:", "  Bye:"), 9, "Bye: no name for a step"),
        (("flow: good", "flow: Good"), 2, "flow: expected"),
        (("flow: good", ""), 3, "flow is missing"),
        (("start: main", ""), 2, "start is missing"),
        (("languages", "langages"), 3, "langages is unknown"),
        (("{1: ask", "{x: ask"), 7, "main: keys: expected one key: 0 to 9, * or #"),
        (("{1: ask", "{1: bye, 1: ask"), 7, "1 comes twice"),
        (("steps:", "steps: &a"), None, None),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    change: tuple[str, str], line: int | None, what: str | None
) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    found = told(text)
    if what is None:
        assert found == []
        return
    assert any(one[0] == line and one[1].startswith(what) and one[2] for one in found), found


@pytest.mark.parametrize(
    ("change", "step", "at", "kind", "params"),
    [
        (
            ("otherwise: bye}\n  ask", "otherwise: by}\n  ask"),
            *("main", "", "no-such-step", {"near": "bye", "name": "by"}),
        ),
        (("start: main", "start: 9"), None, "start", "pattern", {"example": "main_menu"}),
        (("start: main", "start: man"), None, "start", "no-such-step", {"near": "main"}),
        (("1: ask, ", ""), "ask", "", "unreachable", {}),
        (
            ("[welcome]", "[welcom]"),
            *("main", "", "no-such-prompt", {"name": "welcom", "languages": "zh, en"}),
        ),
        (("into: code", "into: cod"), "ask", "", "no-such-variable", {"near": "code"}),
        (("do: gather", "do: gathr"), "ask", "do", "not-one-of", {"near": "gather"}),
        (("do: gather, ", ""), "ask", "do", "missing", {}),
        (("into: code, ", ""), "ask", "into", "missing", {}),
        (("next: bye,", "next: bye, tries: 9,"), "ask", "tries", "too-great", {"max": 3}),
        (("next: bye,", "next: bye, wait_s: 0.5,"), "ask", "wait_s", "too-small", {"min": 1}),
        (("next: bye,", "next: bye, tries: two,"), "ask", "tries", "not-whole", {}),
        (("next: bye,", "next: bye, wait_s: x,"), "ask", "wait_s", "not-a-number", {}),
        (("next: bye,", "next: bye, secret: x,"), "ask", "secret", "not-a-boolean", {}),
        (("next: bye,", "next: bye, end: x,"), "ask", "end", "not-one-of", {"allowed": "#, *"}),
        (("next: bye,", "next: bye, trys: 2,"), "ask", "trys", "unknown-field", {"near": "tries"}),
        (
            ("next: bye,", "next: bye, min_digits: 30,"),
            *("ask", "min_digits", "too-great", {"other": "max_digits"}),
        ),
        (("[goodbye]", "goodbye"), "bye", "prompts", "wrong-type", {}),
        (("[enter_pin]", "[]"), "ask", "prompts", "too-few", {"min": 1}),
        (
            ("[enter_pin]", "[{digits: code, money: code}]"),
            *("ask", "prompts.0", "choose-one", {"fields": "digits, number, money"}),
        ),
        (("  bye:", "  Bye:"), "Bye", "", "pattern", {"example": "main_menu"}),
        (("{1: ask", "{x: ask"), "main", "keys", "pattern", {"example": "1"}),
        (("{1: ask", "{1: bye, 1: ask"), "main", "keys.1", "given-twice", {}),
        (("flow: good", "flow: [a"), None, "", "not-yaml", {}),
    ],
)
def test_what_is_wrong_is_told_to_programs(
    change: tuple[str, str], step: str | None, at: str, kind: str, params: dict[str, object]
) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    found = check(text, Prompts()).findings
    about = [one for one in found if (one.step, one.at, one.kind) == (step, at, kind)]
    assert any(params.items() <= one.params.items() for one in about), found


def test_a_circle_without_a_key_is_told_with_its_way() -> None:
    text = """
flow: round
start: a
steps:
  a: {do: say, prompts: [welcome], next: b}
  b: {do: condition, test: hours, then: c, else: bye}
  c: {do: menu, prompts: [main_menu], keys: {1: bye}, otherwise: a}
  bye: {do: hang_up}
"""
    assert told(text) == [
        (
            5,
            "a: goes round without a key being pressed: a → b → c → a",
            "lead one of them to an end; only a key may lead back",
        )
    ]


@pytest.mark.parametrize("survey", ["satisfaction", "satisfaction_and_solved"])
def test_a_survey_that_is_known_has_its_prompts(survey: str) -> None:
    assert told(SURVEYED.replace("SURVEY", survey)) == []


def test_a_survey_that_nobody_knows_is_told() -> None:
    ((line, what, mend),) = told(SURVEYED.replace("SURVEY", "satisfied"))
    assert (line, what) == (5, "ask: there is no survey satisfied")
    assert mend == "one of satisfaction, satisfaction_and_solved"


def test_a_key_may_lead_back() -> None:
    text = """
flow: again
start: a
steps:
  a: {do: menu, prompts: [main_menu], keys: {1: a, 2: bye}, otherwise: bye}
  bye: {do: hang_up}
"""
    assert told(text) == []


def test_a_flow_that_never_ends_is_told() -> None:
    text = """
flow: endless
start: a
steps:
  a: {do: play, sound: moh, next: b}
  b: {do: play, sound: moh, next: a}
"""
    assert [one[1] for one in told(text)] == [
        "no step ends the call",
        "a: goes round without a key being pressed: a → b → a",
    ]


def test_everything_wrong_is_told_at_once() -> None:
    text = """
flow: wrong
languages: [zh]
start: a
steps:
  a: {do: menu, prompts: [nothing], keys: {1: nowhere}, otherwise: b, wait_s: 99}
  b: {do: set, language: fr, next: c}
  c: {do: condition, test: class, then: d, else: d}
  d: {do: http, url: "ftp://x", otherwise: e}
  e: {do: transfer, otherwise: f}
  f: {do: say, prompts: [absent], next: gone}
  g: {do: route, to: owner}
"""
    lines = [one[0] for one in told(text)]
    assert set(lines) == {6, 7, 8, 9, 10, 11, 12}
    kinds = {(one.step, one.at, one.kind) for one in check(text, Prompts()).findings}
    assert kinds >= {
        ("b", "language", "not-one-of"),
        ("c", "is", "missing"),
        ("d", "url", "not-a-url"),
        ("d", "targets", "missing"),
        ("e", "do", "choose-one"),
        ("g", "otherwise", "missing"),
    }


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("- a\n- b\n", "no flow"),
        ("just words", "no flow"),
        ("flow: [a", "not readable"),
        ("flow: a\nsteps: []\n", "steps: missing"),
        ("a: &x b\nc: *x\n", "an alias"),
        ("{[a]: b}", "a key that is no word"),
        ("x" * (65 << 10), "more than 64 KiB"),
        ("[" * 60_000, "too deep"),
        ("- " * 30_000, "too deep"),
        ("{a: " * 16_000, "too deep"),
        ("a: 1\tb: 2\n\tc: 3", "not readable"),
    ],
)
def test_what_is_no_flow_is_told(text: str, what: str) -> None:
    assert any(one[1].startswith(what) for one in told(text)), told(text)
    assert all(one.kind != "other" for one in check(text, Prompts()).findings)


def test_words_that_yaml_takes_for_something_else_stay_words() -> None:
    text = GOOD.replace('{code: ""}', "{code: no, yes: 1, date: 2026-03-01}")
    draft = check(text, Prompts()).draft
    assert draft.variables == {"code": "no", "yes": "1", "date": "2026-03-01"}


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    checked = check(text, Prompts())
    assert all(one.line >= 1 and one.what and one.mend for one in checked.findings)
    assert all(one.kind != "other" for one in checked.findings)
    assert checked.findings or checked.draft.steps


def test_each_circle_of_a_knot_is_found_once() -> None:
    assert circles({"a": ["b"], "b": ["c", "a"], "c": ["c"], "d": []}) == [["c"], ["a", "b"]]
