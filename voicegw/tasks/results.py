"""Whether what is told of a task is a result that its type allows, and what follows. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.errors import ConflictError, InvalidError
from voicegw.model.escalation import late_by
from voicegw.model.task import Task, TaskResult, TaskSource, TaskState, called_again, closed
from voicegw.model.task_type import GENERAL_RESULTS, ResultKind, TaskTypeRule

_AFTER_A_TALK: Final = frozenset({ResultKind.SUCCESS, ResultKind.PARTIAL, ResultKind.REFUSED})
_FINAL: Final = frozenset({ResultKind.SUCCESS, ResultKind.REFUSED})


class Proposal(StrEnum):
    """What whoever tells a result is asked to do besides."""

    DO_NOT_CALL = "do_not_call"
    """To note the customer's wish not to be called."""


def told(task: Task, rule: TaskTypeRule, result: TaskResult, again_at: datetime | None) -> Task:
    """Return `task` with `result`: closed, or to be called again at `again_at`.

    The same again changes nothing, whatever its type asks for by now. Raises InvalidError naming
    the field that does not fit the type, and ConflictError: `task-closed`, `contact-missing` where
    nobody has talked with the customer, `exception-needed` where it is late, telling by how much.
    """
    result = msgspec.structs.replace(result, kind=_kind(rule, result.code, again_at))
    if _is_repeated(task, result, again_at):
        return task
    if again_at is not None:
        return called_again(task, result, again_at)
    if task.is_open:
        _check_contact(task, rule, result)
        _check_words(task, rule, result)
    return closed(task, result)


def proposals(rule: TaskTypeRule, result: TaskResult | None) -> list[Proposal]:
    """Return what is to be asked of whoever has told `result`."""
    named = None if result is None else rule.result(result.code)
    return [Proposal.DO_NOT_CALL] if named is not None and named.proposes_do_not_call else []


def needs_reason(task: Task, rule: TaskTypeRule, code: str) -> bool:
    """Whether `code` is told of `task` with the true reason only."""
    kind, named = rule.result_kind(code), rule.result(code)
    if task.source is TaskSource.TRIGGER and kind in _AFTER_A_TALK:
        # What another system has noticed is closed with why it was so, whatever its type asks.
        return True
    # A general code tells no more than its kind: it is held to what the type asks of that kind.
    alike = [one for one in rule.results if one.kind is kind] if named is None else [named]
    return bool(alike) and all(one.needs_reason for one in alike)


def codes(rule: TaskTypeRule) -> list[str]:
    """Return the codes that a task of the type may be closed with; empty: any."""
    if not rule.results:
        return []
    own = [one.code for one in rule.results]
    return own + [code for code in GENERAL_RESULTS if code not in own]


def _kind(rule: TaskTypeRule, code: str, again_at: datetime | None) -> ResultKind | None:
    kind = rule.result_kind(code)
    if kind is None and rule.results:
        raise InvalidError(
            "code",
            f"expected one of {', '.join(codes(rule))}",
            kind="not-one-of",
            allowed=", ".join(codes(rule)),
        )
    if kind is ResultKind.CALL_AGAIN and again_at is None:
        raise InvalidError("call_again_at", f"must be given with {code}", kind="missing")
    if again_at is not None and kind in _FINAL:
        raise InvalidError(
            "call_again_at",
            f"does not go with {code}, after which nothing is left",
            kind="not-with",
            other="code",
        )
    return kind


def _is_repeated(task: Task, result: TaskResult, again_at: datetime | None) -> bool:
    known = task.result
    if known is None or known.told != result.told:
        return False
    if again_at is None:
        return task.state is TaskState.DONE
    return task.is_open and task.due_at == again_at


def _check_contact(task: Task, rule: TaskTypeRule, result: TaskResult) -> None:
    needs_contact = rule.needs_contact or task.contact_by is not None
    if needs_contact and task.contacted_at is None and result.kind in _AFTER_A_TALK:
        raise ConflictError(
            "contact-missing", "Nobody has talked with the customer since the task is there."
        )


def _check_words(task: Task, rule: TaskTypeRule, result: TaskResult) -> None:
    if not result.reason and needs_reason(task, rule, result.code):
        raise InvalidError(
            "reason", f"must be given with {result.code}: the true reason", kind="missing"
        )
    late = late_by(task, result.at)
    if late and not result.exception:
        raise ConflictError(
            "exception-needed", f"The time for closing it was {_spelled(late)} ago: say why."
        )


def _spelled(late: timedelta) -> str:
    """Return a time as people say it: `2 d 3 h`, `5 min`."""
    minutes = max(1, int(late.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
