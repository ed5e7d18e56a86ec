"""Recordings by what was said in them.

A term is found anywhere in a text, whole words or not, from one character on. Two ways lead to the
answer, and both look at the text itself in the end:

* *walk*: the newest recordings within the other filters, one after the other. A common term fills
  its page here, and a filter that leaves few recordings has all of them looked at;
* *index*: whatever the walk has not filled. SQLite has a trigram index (FTS5), in which a shorter
  term is the beginning of trigrams. PostgreSQL has an index of neighbouring characters (GIN on
  bigints): pg_trgm gives no key for two Chinese characters inside a text, the most usual term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from voicegw.model.recording import Recording
from voicegw.model.search_text import folded, grams, trigrams
from voicegw.model.transcript import Segment, Transcript
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, newest_first, page_of
from voicegw.store.recordings import RecordingFilter

_RECORDINGS: Final = schema.recordings.c
_TRANSCRIPTS: Final = schema.transcripts.c
_HIGHEST: Final = "\U0010ffff"
_INDEX: Final = sa.table("transcript_index", sa.column("rowid", sa.Integer))
_TERMS: Final = sa.table(
    "transcript_terms", sa.column("term", sa.Text), sa.column("doc", sa.Integer)
)

#: Recordings that are looked at one by one before the index is asked.
WALK: Final = 2000
#: Segments shown of one recording.
MAX_MATCHES: Final = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A recording and the first segments of its transcript that hold a term."""

    recording: Recording
    matches: Sequence[Segment]

    @property
    def id(self) -> str:
        """The recording's id."""
        return self.recording.id

    @property
    def created_at(self) -> datetime:
        """The recording's time."""
        return self.recording.created_at


class RecordingSearch:
    """Finds recordings by text. Every method is one or a few short reads.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, *, walk: int = WALK) -> None:
        """Search `database`, which the caller opens and closes; `walk`: see :data:`WALK`."""
        self._database = database
        self._walk = walk

    async def find(
        self,
        terms: Sequence[str],
        wanted: RecordingFilter = RecordingFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Found]:
        """Return a page of recordings in whose transcripts all `terms` occur, newest first.

        `terms` come from `search_terms`; there is at least one. Cursors are those of the list of
        recordings. Raises InvalidError for a bad limit or cursor.
        """
        check_limit(limit)
        near = self._nearest(wanted, cursor)
        by_index = self._page(terms, wanted, limit=limit, cursor=cursor)

        def search(connection: sa.Connection) -> Sequence[Found]:
            walked = connection.execute(_holding(self._walked(near, limit), terms, self._dialect))
            found = _found(walked.all(), terms)
            looked_at = sa.select(sa.func.count()).select_from(near)
            if len(found) > limit or connection.execute(looked_at).scalar_one() < self._walk:
                return found
            return _found(connection.execute(by_index).all(), terms)

        return page_of(await self._database.do_read(search), limit)

    @property
    def _dialect(self) -> str:
        return self._database.dialect

    def _nearest(self, wanted: RecordingFilter, cursor: str | None) -> sa.Subquery:
        """The newest recordings that fulfil the other filters, as many as are walked."""
        query = newest_first(
            sa.select(_RECORDINGS.id, _RECORDINGS.created_at).where(*wanted.conditions()),
            _RECORDINGS.created_at,
            _RECORDINGS.id,
            limit=1,
            cursor=cursor,
        )
        return query.limit(self._walk).subquery("near")

    def _walked(self, near: sa.Subquery, limit: int) -> sa.Select[Any]:
        return (
            sa.select(_RECORDINGS.document, _TRANSCRIPTS.document.label("transcript"))
            .select_from(near)
            .join(schema.transcripts, _TRANSCRIPTS.recording_id == near.c.id)
            .join(schema.recordings, _RECORDINGS.id == near.c.id)
            .order_by(near.c.created_at.desc(), near.c.id.desc())
            .limit(limit + 1)
        )

    def _page(
        self, terms: Sequence[str], wanted: RecordingFilter, *, limit: int, cursor: str | None
    ) -> sa.Select[Any]:
        said = sa.select(_TRANSCRIPTS.recording_id, _TRANSCRIPTS.document.label("transcript"))
        holding = _holding(said.where(_indexed(terms, self._dialect)), terms, self._dialect)
        # PostgreSQL, expecting more than there are, would go through all recordings by their time
        # and compare each with each that holds the terms: those are found first, by themselves.
        found = holding.cte("holding").prefix_with("MATERIALIZED", dialect="postgresql")
        return newest_first(
            sa.select(_RECORDINGS.document, found.c.transcript)
            .select_from(found)
            .join(schema.recordings, _RECORDINGS.id == found.c.recording_id)
            .where(*wanted.conditions()),
            _RECORDINGS.created_at,
            _RECORDINGS.id,
            limit=limit,
            cursor=cursor,
        )


def _indexed(terms: Sequence[str], dialect: str) -> sa.ColumnElement[bool]:
    """What the index can say of texts that hold all `terms`: necessary, not sufficient."""
    if dialect == "postgresql":
        keys = sorted({key for term in terms for key in grams(term)})
        said = sa.func.transcript_grams(_TRANSCRIPTS.text)
        bound = sa.cast(sa.literal(keys, postgresql.ARRAY(sa.BigInteger)), _BIGINTS)
        return sa.and_(sa.type_coerce(said, _BIGINTS).contains(bound), _TRANSCRIPTS.text != "")
    conditions: list[sa.ColumnElement[bool]] = []
    whole = sorted({one for term in terms for one in trigrams(term)})
    if whole:
        expression = " AND ".join('"' + one.replace('"', '""') + '"' for one in whole)
        matching = sa.select(_INDEX.c.rowid).where(
            sa.column("transcript_index").op("MATCH")(expression)
        )
        conditions.append(_TRANSCRIPTS.number.in_(matching))
    for short in (term for term in terms if not trigrams(term)):
        beginning = sa.select(_TERMS.c.doc).where(
            _TERMS.c.term >= short, _TERMS.c.term < short + _HIGHEST
        )
        conditions.append(_TRANSCRIPTS.number.in_(beginning))
    return sa.and_(*conditions)


_BIGINTS: Final = postgresql.ARRAY(sa.BigInteger)


def _holding(query: sa.Select[Any], terms: Sequence[str], dialect: str) -> sa.Select[Any]:
    """Keep the rows whose text holds all `terms`."""
    place = sa.func.strpos if dialect == "postgresql" else sa.func.instr
    return query.where(*[place(_TRANSCRIPTS.text, term) > 0 for term in terms])


def _found(rows: Sequence[sa.Row[Any]], terms: Sequence[str]) -> Sequence[Found]:
    return [
        Found(
            msgspec.convert(row.document, Recording),
            matching_segments(msgspec.convert(row.transcript, Transcript), terms),
        )
        for row in rows
    ]


def matching_segments(transcript: Transcript, terms: Sequence[str]) -> Sequence[Segment]:
    """Return the first segments that hold any of `terms`."""
    found = []
    for segment in transcript.segments:
        text = folded(segment.text)
        if any(term in text for term in terms):
            found.append(segment)
            if len(found) == MAX_MATCHES:
                break
    return found
