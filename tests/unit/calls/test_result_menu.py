"""Which key means what."""

from __future__ import annotations

import pytest

from voicegw.calls.result_menu import own_prompt, result_menu
from voicegw.model.survey import RESULT_KEYS
from voicegw.model.task_type import ResultKind, ResultRule, TaskTypeRule
from voicegw.tasks.shipped_types import SHIPPED_TYPES

PILOT = TaskTypeRule(
    "Fibre-Pilot",
    results=tuple(
        ResultRule(f"code_{key}", ResultKind.PARTIAL, str(key)) for key in (2, 3, 5, 9, 0)
    ),
)


def nothing(_name: str) -> bool:
    return False


@pytest.mark.parametrize("name", SHIPPED_TYPES)
def test_each_result_of_a_shipped_type_has_a_key(name: str) -> None:
    rule = SHIPPED_TYPES[name]
    spoken = result_menu(rule, lambda _name: True)
    assert set(spoken.codes.values()) == {one.code for one in rule.results} or not rule.results
    plain = result_menu(rule, nothing)
    assert plain.prompt == "result_ask"
    # The keys that the shipped prompt names mean what it says; all others are the type's own.
    assert {key: plain.codes[key] for key in RESULT_KEYS} == RESULT_KEYS
    beyond = {one.key: one.code for one in rule.results if one.key not in RESULT_KEYS}
    assert beyond.items() <= plain.codes.items()


def test_a_prompt_of_its_own_makes_all_keys_those_of_the_type() -> None:
    known = {"result_ask_fibre_pilot"}
    assert own_prompt(PILOT.name) in known
    menu = result_menu(PILOT, known.__contains__)
    assert menu.prompt == "result_ask_fibre_pilot"
    assert menu.codes == {key: f"code_{key}" for key in "23590"}
    assert result_menu(PILOT, nothing).codes["2"] == "refused"


def test_without_a_task_or_results_there_are_the_four() -> None:
    assert result_menu(None, nothing).codes == RESULT_KEYS
    assert result_menu(TaskTypeRule("own"), lambda _name: True).prompt == "result_ask"
