"""When nothing more will become known of a call: `call.settled`, once a call."""

from __future__ import annotations

from collections.abc import Iterable
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

_CALLS = schema.calls.c
_RECORDINGS = schema.recordings.c
_WORK = schema.work.c


def settle_calls(
    dialect: str, connection: sa.Connection, call_ids: Iterable[str], now: datetime
) -> None:
    """Add `call.settled`, inside a transaction, for those of the calls about which all is known.

    All is known when the call has ended, each of its recordings is final, each completed one has
    been checked or given up, and nobody is still finding out who answered. The event's id follows
    from the call's, so it is there once however often this is asked. A call without recordings is
    settled by its owner, at its end.
    """
    for call_id in sorted(set(call_ids)):
        event = _settled(connection, call_id, now)
        if event is not None:
            append_numbered(dialect, connection, [event])


def _settled(connection: sa.Connection, call_id: str, now: datetime) -> Event | None:
    query = sa.select(_CALLS.document).where(_CALLS.id == call_id, _CALLS.is_final.is_(True))
    # Two recordings of a call may end at once: the later of the two sees what the other wrote.
    document = connection.execute(query.with_for_update()).scalar_one_or_none()
    if document is None:
        return None
    call = msgspec.convert(document, Call)
    rows = connection.execute(
        sa.select(_RECORDINGS.id, _RECORDINGS.status).where(_RECORDINGS.call_id == call_id)
    ).all()
    states = {row.id: RecordingStatus(row.status) for row in rows}
    if not call.recordings or any(one.id not in states for one in call.recordings):
        return None
    if RecordingStatus.PENDING in states.values():
        return None
    completed = [one for one, status in states.items() if status is RecordingStatus.COMPLETED]
    if not _all_checked(connection, completed) or _is_listened_to(connection, [call_id, *states]):
        return None
    for one in call.recordings:
        one.status = states[one.id]
    data: dict[str, Any] = msgspec.to_builtins(call)
    data["quality"] = _quality(connection, call.recording_id) if completed else None
    return Event(
        id=settled_id(call_id),
        type=EventType.CALL_SETTLED,
        subject=call_id,
        time=now,
        sequence=0,
        data=data,
        group_id=call.group_id,
    )


def _all_checked(connection: sa.Connection, recording_ids: Iterable[str]) -> bool:
    wanted = [work_id(WorkKind.CHECK, one) for one in recording_ids]
    if not wanted:
        return True
    query = (
        sa.select(sa.func.count())
        .select_from(schema.work)
        .where(_WORK.id.in_(wanted), _WORK.state.in_([WorkState.DONE, WorkState.FAILED]))
    )
    return bool(connection.execute(query).scalar_one() == len(wanted))


def _is_listened_to(connection: sa.Connection, subjects: Iterable[str]) -> bool:
    """Whether it is still to be found out what a network said, or who answered."""
    wanted = [work_id(WorkKind.NETWORK, one) for one in subjects]
    query = sa.select(_WORK.id).where(
        _WORK.id.in_(wanted), _WORK.state.in_([WorkState.WAITING, WorkState.LEASED])
    )
    return connection.execute(query.limit(1)).first() is not None


def _quality(connection: sa.Connection, recording_id: str | None) -> dict[str, Any] | None:
    """Return what the check of the talk came to, in short; None where there was none."""
    query = sa.select(schema.quality_results.c.document).where(
        schema.quality_results.c.recording_id == recording_id
    )
    document = connection.execute(query).scalar_one_or_none()
    if document is None:
        return None
    result = msgspec.convert(document, QualityResult)
    return {"score": result.score, "findings": result.findings, "script_ids": result.script_ids}
