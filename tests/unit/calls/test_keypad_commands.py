"""Commands by keys, and what is none: it must reach the far end as it was pressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.calls.keypad_commands import STAR_S, Command, StarKeys


def pressed(keys: StarKeys, digits: str, at: float = 0.0) -> tuple[str, list[Command]]:
    """Press `digits` at once; return what was passed on and commanded."""
    passed, commands = "", []
    for digit in digits:
        more, command = keys.press(digit, at)
        passed += more
        if command is not None:
            commands.append(command)
    return passed, commands


@pytest.mark.parametrize(
    ("digits", "passed", "commands"),
    [
        ("123#", "123#", []),
        ("*1", "", [Command.HOLD]),
        ("*2", "", [Command.TRANSFER]),
        ("*3", "", [Command.ADD]),
        ("*0", "", [Command.BACK]),
        ("*4", "*4", []),
        ("*#", "*#", []),
        ("**", "*", []),
        ("**1", "*", [Command.HOLD]),
        ("1*15", "15", [Command.HOLD]),
        ("*1*1", "", [Command.HOLD, Command.HOLD]),
        ("*A1", "*A1", []),
    ],
)
def test_what_is_passed_on_and_what_commands(
    digits: str, passed: str, commands: list[Command]
) -> None:
    assert pressed(StarKeys(), digits) == (passed, commands)


def test_a_lone_star_is_passed_on_after_two_seconds() -> None:
    keys = StarKeys()
    assert keys.press("*", 10.0) == ("", None)
    assert keys.due_at == 10.0 + STAR_S
    assert keys.overdue(10.0 + STAR_S - 0.01) == ""
    assert keys.overdue(10.0 + STAR_S) == "*"
    assert keys.due_at is None
    assert keys.overdue(20.0) == ""


def test_a_digit_too_late_for_a_command_comes_after_its_star() -> None:
    keys = StarKeys()
    keys.press("*", 0.0)
    assert keys.press("1", STAR_S) == ("*1", None)


@given(st.text("0123456789*#ABCD", max_size=30))
def test_nothing_is_lost_or_changed(digits: str) -> None:
    keys = StarKeys()
    passed, commands = pressed(keys, digits)
    passed += keys.overdue(STAR_S)
    assert len(digits) == len(passed) + 2 * len(commands)
    rest = iter(digits)
    assert all(digit in rest for digit in passed), "out of order"
