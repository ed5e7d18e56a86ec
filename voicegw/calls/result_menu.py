"""Which key of a manager tells which result of a talk, and the prompt that says so. Pure.

The shipped prompt, `result_ask`, names four keys and what they mean after any call. A talk for a
task may come to the results of the task's type, each with a key of its own: all of them are taken.
They are spoken where there is a prompt that names them, `result_ask_{type}`, which operators record
or have spoken from text; without one the four keys mean what they are said to mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from voicegw.model.survey import RESULT_KEYS
from voicegw.model.task_type import TaskTypeRule

GENERAL_PROMPT: Final = "result_ask"
_NO_NAME: Final = re.compile(r"[^a-z0-9_]+")


class TaskRules(Protocol):
    """Knows what a task may come to."""

    async def rule_of(self, task_id: str) -> TaskTypeRule | None:
        """Return the rule of a task's type; None where the task, or the store, is away."""
        ...


class NoTaskRules:
    """Where there are no tasks."""

    async def rule_of(self, task_id: str) -> TaskTypeRule | None:
        """Return None."""
        del task_id
        return None


@dataclass(frozen=True, slots=True)
class ResultMenu:
    """What a manager is asked with, and the code of each key."""

    prompt: str
    codes: Mapping[str, str]


def own_prompt(type_name: str) -> str:
    """Return the name of the prompt that names the keys of a type: `result_ask_renewal`."""
    return f"{GENERAL_PROMPT}_{_NO_NAME.sub('_', type_name.lower())}"


def result_menu(rule: TaskTypeRule | None, has_prompt: Callable[[str], bool]) -> ResultMenu:
    """Return what is asked after a talk for a task of this type; None: for no task."""
    own = {} if rule is None else {one.key: one.code for one in rule.results}
    if rule is not None and own and has_prompt(own_prompt(rule.name)):
        return ResultMenu(own_prompt(rule.name), own)
    return ResultMenu(GENERAL_PROMPT, {**own, **RESULT_KEYS})
