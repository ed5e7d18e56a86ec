"""Recordings that may be past their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.recording import RecordingStatus
from voicegw.model.review import ReviewState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct

_RECORDINGS = schema.recordings.c
_CALLS = schema.calls.c
_REVIEWS = schema.reviews.c


class OldRecording(msgspec.Struct, frozen=True):
    """What decides whether a recording is deleted for its age."""

    id: str
    created_at: datetime
    group_id: str | None
    hotline_id: str | None
    is_held: bool
    is_under_review: bool


class OldRecordings:
    """Reads recordings by their age. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def page(
        self, before: datetime, after: OldRecording | None, limit: int
    ) -> Sequence[OldRecording]:
        """Return recordings with sound made at or before `before`, oldest first, after `after`.

        Those that could not be made count as well: their captures are sound too.
        """
        reviewed = sa.exists().where(
            _REVIEWS.recording_id == _RECORDINGS.id, _REVIEWS.state != ReviewState.FINAL
        )
        query = (
            sa.select(
                _RECORDINGS.id,
                _RECORDINGS.created_at,
                _RECORDINGS.group_id,
                _CALLS.document["hotline_id"].as_string().label("hotline_id"),
                _RECORDINGS.document["hold"]["by"].as_string().is_not(None).label("is_held"),
                reviewed.label("is_under_review"),
            )
            .select_from(
                schema.recordings.outerjoin(schema.calls, _CALLS.id == _RECORDINGS.call_id)
            )
            .where(
                _RECORDINGS.status.in_([RecordingStatus.COMPLETED, RecordingStatus.FAILED]),
                _RECORDINGS.created_at <= before,
            )
            .order_by(_RECORDINGS.created_at, _RECORDINGS.id)
            .limit(limit)
        )
        if after is not None:
            place = sa.tuple_(_RECORDINGS.created_at, _RECORDINGS.id)
            last = sa.tuple_(
                sa.literal(after.created_at, _RECORDINGS.created_at.type), sa.literal(after.id)
            )
            query = query.where(place > last)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return [to_struct(row, OldRecording) for row in rows]
