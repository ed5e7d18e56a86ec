"""Diallings: a manager's list that is worked through, one customer after the other. Pure.

The record says all that another node needs to go on: which customer is shown or called, and the id
of that call, written before anything is dialled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.errors import ConflictError
from voicegw.model.call import Call, CallOutcome, LegRole

MAX_ASIDE: Final = 200
"""So many tasks that were put aside are remembered; the oldest comes back first."""
SHORT_PAUSE_S: Final = 5
"""After a call in vain there is little to write down."""


class DiallingMode(StrEnum):
    """Who says when the next customer is called."""

    PREVIEW = "preview"
    """The next customer is shown, and called when the manager says so."""
    PROGRESSIVE = "progressive"
    """The next customer is called as soon as the manager is ready."""


class DiallingState(StrEnum):
    """What a dialling is about; the last is final."""

    WAITING = "waiting"
    """It looks for the next task, or waits for what `why` says."""
    SHOWN = "shown"
    """A task is shown, and waits for the manager's word."""
    CALLING = "calling"
    WRAP_UP = "wrap_up"
    """The call is over; the manager tells what came of it."""
    PAUSED = "paused"
    STOPPED = "stopped"


class DiallingWait(StrEnum):
    """Why nobody is called, besides the rules that refuse calls (their codes stand there too)."""

    NOTHING_TO_CALL = "nothing-to-call"
    """No open task may be called for now."""
    MANAGER_BUSY = "manager-busy"
    MANAGER_AWAY = "manager-away"
    MANAGER_GONE = "manager-gone"
    OUTSIDE_HOURS = "outside-hours"
    MANAGER_NOT_REACHED = "manager-not-reached"
    """The manager's telephone was not picked up: nobody rings it again by itself."""
    CALL_FAILED = "call-failed"
    """A call failed before the customer was rung: the next ones might as well."""
    ASKED = "asked"
    """By somebody's word."""


class Dialling(msgspec.Struct):
    """One list that is worked through. `revision` rises with every change.

    `types` are names of types of tasks, own ones included; empty: all. `pause_s` is how long the
    manager has after a talk, unless its result is told sooner. `aside` are tasks that were skipped,
    and until when.
    """

    id: str
    manager_id: str
    group_id: str
    mode: DiallingMode
    created_at: datetime
    created_by: str
    types: list[str] = []
    pause_s: int = 30
    state: DiallingState = DiallingState.WAITING
    why: str | None = None
    task_id: str | None = None
    """Which task is shown or called for, or was last."""
    favours: list[str] = []
    """Why that task."""
    call_id: str | None = None
    """The call that runs, or was last; written before it is dialled."""
    is_told: bool = False
    """Whether the manager has said that the customer who is shown is to be called."""
    is_pausing: bool = False
    """Whether it pauses when the call is over."""
    was_talk: bool = False
    """Whether the manager has talked with the customer of the last call."""
    wrap_up_until: datetime | None = None
    calls: int = 0
    """How many customers' telephones were, or may have been, rung."""
    talks: int = 0
    aside: dict[str, datetime] = {}
    stopped_at: datetime | None = None
    revision: int = 1

    @property
    def is_over(self) -> bool:
        """Whether it is stopped."""
        return self.state is DiallingState.STOPPED


_NOT_PICKED_UP: Final = frozenset(
    {
        CallOutcome.MANAGER_DECLINED,
        CallOutcome.MANAGER_NO_ANSWER,
        CallOutcome.MANAGER_NOT_CONFIRMED,
        CallOutcome.MANAGER_UNREACHABLE,
    }
)
_NOTHING_DIALLED: Final = frozenset({CallOutcome.MANAGER_BUSY, CallOutcome.REFUSED})


# -- what its manager says ---------------------------------------------------------------------


def told_ready(dialling: Dialling) -> Dialling:
    """Return it after its manager has said to go on: call who is shown, or look for the next.

    While a call runs, nothing changes but that it does not pause. Raises ConflictError
    `dialling-stopped`.
    """
    _require_going(dialling)
    if dialling.state is DiallingState.CALLING:
        return _changed(dialling, is_pausing=False)
    if dialling.state is DiallingState.SHOWN:
        return _changed(dialling, is_told=True, why=None)
    return _changed(dialling, state=DiallingState.WAITING, why=None, wrap_up_until=None)


def told_to_pause(dialling: Dialling) -> Dialling:
    """Return it paused, or to be paused when its call is over. Raises ConflictError."""
    _require_going(dialling)
    if dialling.state is DiallingState.CALLING:
        return _changed(dialling, is_pausing=True)
    return _paused(dialling, DiallingWait.ASKED)


def told_to_skip(dialling: Dialling, until: datetime) -> Dialling:
    """Return it with the task that is shown put aside until then.

    Raises ConflictError `dialling-stopped`, and `nothing-shown` where no task is shown.
    """
    _require_going(dialling)
    if dialling.state is not DiallingState.SHOWN or dialling.task_id is None:
        raise ConflictError("nothing-shown", "No customer is shown who could be skipped.")
    return set_aside(dialling, dialling.task_id, until)


def told_to_stop(dialling: Dialling, at: datetime, why: str = DiallingWait.ASKED) -> Dialling:
    """Return it stopped; a call that runs goes on. One that is stopped stays as it is."""
    if dialling.is_over:
        return dialling
    return _changed(dialling, state=DiallingState.STOPPED, stopped_at=at, why=why, is_told=False)


# -- what its node does ------------------------------------------------------------------------


def waits(dialling: Dialling, why: str | None) -> Dialling:
    """Return it waiting, for `why`; nobody is shown any more."""
    if dialling.state is DiallingState.WAITING and dialling.why == why:
        return dialling
    return _changed(
        dialling, state=DiallingState.WAITING, why=why, is_told=False, wrap_up_until=None
    )


def delayed(dialling: Dialling, why: str) -> Dialling:
    """Return it as it is, with why it does not go on."""
    return dialling if dialling.why == why else _changed(dialling, why=why)


def shows(dialling: Dialling, task_id: str, favours: Sequence[str]) -> Dialling:
    """Return it showing a task."""
    return _changed(
        dialling,
        state=DiallingState.SHOWN,
        task_id=task_id,
        favours=list(favours),
        is_told=False,
        why=None,
    )


def calls(dialling: Dialling, task_id: str, call_id: str, favours: Sequence[str]) -> Dialling:
    """Return it calling for a task: to be written before anything is dialled."""
    return _changed(
        dialling,
        state=DiallingState.CALLING,
        task_id=task_id,
        call_id=call_id,
        favours=list(favours),
        is_told=False,
        was_talk=False,
        why=None,
        wrap_up_until=None,
    )


def set_aside(dialling: Dialling, task_id: str, until: datetime) -> Dialling:
    """Return it waiting, with a task that it leaves alone until then."""
    aside = {key: end for key, end in dialling.aside.items() if key != task_id}
    aside[task_id] = until
    kept = dict(list(aside.items())[-MAX_ASIDE:])
    return _changed(dialling, state=DiallingState.WAITING, why=None, is_told=False, aside=kept)


def never_called(dialling: Dialling, why: str | None) -> Dialling:
    """Return it after a call that was refused, or never came about: nobody was dialled."""
    if dialling.is_pausing:
        return _paused(dialling, DiallingWait.ASKED)
    return _changed(dialling, state=DiallingState.WAITING, why=why, call_id=None)


def call_over(dialling: Dialling, call: Call, at: datetime) -> Dialling:
    """Return it after its call, which has ended, or whose end nobody will ever know."""
    outcome = call.outcome or CallOutcome.INTERRUPTED
    if outcome in _NOT_PICKED_UP:
        return _paused(dialling, DiallingWait.MANAGER_NOT_REACHED)
    if outcome in _NOTHING_DIALLED:
        busy = outcome is CallOutcome.MANAGER_BUSY
        return never_called(dialling, DiallingWait.MANAGER_BUSY if busy else None)
    if outcome is CallOutcome.FAILED and all(leg.role is not LegRole.CUSTOMER for leg in call.legs):
        return _paused(dialling, DiallingWait.CALL_FAILED)
    was_talk = call.bridged_at is not None
    counted = msgspec.structs.replace(
        dialling,
        calls=dialling.calls + 1,
        talks=dialling.talks + was_talk,
        was_talk=was_talk,
    )
    if dialling.is_pausing:
        return _paused(counted, DiallingWait.ASKED)
    rest_s = dialling.pause_s if was_talk else min(dialling.pause_s, SHORT_PAUSE_S)
    until = max(at, (call.ended_at or at) + timedelta(seconds=rest_s))
    return _changed(counted, state=DiallingState.WRAP_UP, wrap_up_until=until)


def _paused(dialling: Dialling, why: str) -> Dialling:
    if dialling.state is DiallingState.PAUSED:
        return dialling
    return _changed(
        dialling,
        state=DiallingState.PAUSED,
        why=why,
        is_told=False,
        is_pausing=False,
        wrap_up_until=None,
    )


def _changed(dialling: Dialling, **fields: object) -> Dialling:
    after = msgspec.structs.replace(dialling, **fields)
    if after == dialling:
        return dialling
    return msgspec.structs.replace(after, revision=dialling.revision + 1)


def _require_going(dialling: Dialling) -> None:
    if dialling.is_over:
        raise ConflictError("dialling-stopped", "The dialling is stopped: begin another one.")
