"""When nothing more will become known of a call: `call.settled`, once a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.call import Call
from voicegw.model.event import Event, EventType
from voicegw.model.finding import QualityResult
from voicegw.model.ids import settled_id
from voicegw.model.recording import RecordingStatus
from voicegw.model.work import WorkKind, WorkState, work_id
from voicegw.store import schema
from voicegw.store.events import append_numbered

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_CALLS = schema.calls.c
_RECORDINGS = schema.recordings.c
_WORK = schema.work.c

# Two recordings of a call may end at once: the later of the two sees what the other wrote. In the
# order of the ids, so that two who lock several calls do not wait for each other.
_ENDED_CALLS = (
    sa.select(_CALLS.document)
    .where(_CALLS.id.in_(_IDS), _CALLS.is_final.is_(True))
    .order_by(_CALLS.id)
    .with_for_update()
)
_RECORDING_STATES = sa.select(_RECORDINGS.call_id, _RECORDINGS.id, _RECORDINGS.status).where(
    _RECORDINGS.call_id.in_(_IDS)
)
_WORK_STATES = sa.select(_WORK.id, _WORK.state).where(_WORK.id.in_(_IDS))
_RESULTS = sa.select(
    schema.quality_results.c.recording_id, schema.quality_results.c.document
).where(schema.quality_results.c.recording_id.in_(_IDS))

_ENDED_WORK = frozenset({WorkState.DONE, WorkState.FAILED})


def settle_calls(
    dialect: str, connection: sa.Connection, call_ids: Iterable[str], now: datetime
) -> None:
    """Add `call.settled`, inside a transaction, for those of the calls about which all is known.

    The event's id follows from the call's, so it is there once however often this is asked.
    """
    events = settled_events(connection, dict.fromkeys(call_ids, now))
    if events:
        append_numbered(dialect, connection, events)


def settled_events(connection: sa.Connection, asked: Mapping[str, datetime]) -> Sequence[Event]:
    """Return `call.settled`, unnumbered, for those calls about which all is known.

    `asked` has the time of the event by the id of the call. All is known when the call has ended,
    each of its recordings is final, each completed one has been checked or given up, and nobody is
    still finding out who answered. A call without recordings is settled by its owner, at its end.
    A handful of statements, however many calls.
    """
    ended = _ended(connection, asked)
    work = _work_states(connection, ended)
    known = [one for one in ended if one.all_is_known(work)]
    results = _results(connection, known)
    return [_event(one, results.get(one.call.recording_id), asked[one.call.id]) for one in known]


@dataclass(frozen=True, slots=True)
class _Ended:
    """A call that has ended, with how each of its recordings did, by id."""

    call: Call
    states: Mapping[str, RecordingStatus]

    def completed(self) -> list[str]:
        """Return its recordings that have sound."""
        return [one for one, state in self.states.items() if state is RecordingStatus.COMPLETED]

    def checks(self) -> list[str]:
        """Return the ids of the work that checks its recordings."""
        return [work_id(WorkKind.CHECK, one) for one in self.completed()]

    def listenings(self) -> list[str]:
        """Return the ids of the work that finds out what a network said, or who answered."""
        return [work_id(WorkKind.NETWORK, one) for one in (self.call.id, *self.states)]

    def all_is_known(self, work: Mapping[str, str]) -> bool:
        """Whether nothing is left to be done, given the states of all that work by id."""
        checked = all(work.get(one) in _ENDED_WORK for one in self.checks())
        return checked and all(
            work.get(one, WorkState.DONE) in _ENDED_WORK for one in self.listenings()
        )


def _ended(connection: sa.Connection, call_ids: Iterable[str]) -> Sequence[_Ended]:
    """Return those of the calls that have ended with recordings, all of which are final."""
    documents = connection.execute(_ENDED_CALLS, {"ids": list(call_ids)}).scalars()
    calls = [msgspec.convert(document, Call) for document in documents]
    calls = [call for call in calls if call.recordings]
    if not calls:
        return []
    states: dict[str, dict[str, RecordingStatus]] = {call.id: {} for call in calls}
    for row in connection.execute(_RECORDING_STATES, {"ids": list(states)}):
        states[row.call_id][row.id] = RecordingStatus(row.status)
    ended = [_Ended(call, states[call.id]) for call in calls]
    return [
        one
        for one in ended
        if RecordingStatus.PENDING not in one.states.values()
        and all(recording.id in one.states for recording in one.call.recordings)
    ]


def _work_states(connection: sa.Connection, ended: Sequence[_Ended]) -> Mapping[str, str]:
    wanted = [name for one in ended for name in (*one.checks(), *one.listenings())]
    if not wanted:
        return {}
    return {row.id: row.state for row in connection.execute(_WORK_STATES, {"ids": wanted})}


def _results(
    connection: sa.Connection, ended: Sequence[_Ended]
) -> Mapping[str | None, dict[str, Any]]:
    """Return what the checks of the talks came to, in short, by recording; where there was one."""
    wanted = [one.call.recording_id for one in ended if one.completed()]
    if not wanted:
        return {}
    found: dict[str | None, dict[str, Any]] = {}
    for row in connection.execute(_RESULTS, {"ids": wanted}):
        result = msgspec.convert(row.document, QualityResult)
        found[row.recording_id] = {
            "score": result.score,
            "findings": result.findings,
            "script_ids": result.script_ids,
        }
    return found


def _event(ended: _Ended, quality: dict[str, Any] | None, at: datetime) -> Event:
    call = ended.call
    for one in call.recordings:
        one.status = ended.states[one.id]
    data: dict[str, Any] = msgspec.to_builtins(call)
    data["quality"] = quality
    return Event(
        id=settled_id(call.id),
        type=EventType.CALL_SETTLED,
        subject=call.id,
        time=at,
        sequence=0,
        data=data,
        group_id=call.group_id,
        manager_id=call.manager_id,
    )
