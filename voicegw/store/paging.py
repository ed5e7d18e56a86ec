"""Pages of a list, the opaque cursors that lead to the next, and the queries for them. Pure."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import msgspec
import sqlalchemy as sa

from voicegw.errors import InvalidError

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
COUNT_BITS: Final = 31
"""What a whole number of a column of 32 bits may have: versions, lines of a file."""
_KEY_BITS: Final = 63

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Up to `limit` items; `next_cursor` asks for those that follow, None at the end."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(*key: str | int) -> str:
    """Return an opaque cursor for the sort key of the last item of a page."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: type[T], *, bits: int = _KEY_BITS) -> T:
    """Return the sort key inside `cursor`, a tuple of type `shape`.

    `bits` is what its whole numbers may have: PostgreSQL fails at more than their column holds.
    Raises InvalidError naming `cursor` when it is none of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = urlsafe_b64decode(padded)
        if rb"\u0000" in text:
            raise ValueError("no key holds a NUL, and PostgreSQL takes none")
        key = msgspec.json.decode(text, type=shape)
        for part in cast(Any, key):
            _check_part(part, bits)
        return key
    except (ValueError, OverflowError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidError("cursor", "not a cursor of this list", kind="pattern") from error


def _check_part(part: str | int | datetime, bits: int) -> None:
    """Raise ValueError or OverflowError for what no column of a sort key can be compared with."""
    if isinstance(part, int) and part.bit_length() > bits:
        raise ValueError("its column holds no such number")
    if isinstance(part, datetime):
        if part.tzinfo is None:
            raise ValueError("it has no time zone")
        part.astimezone(UTC)


def check_limit(limit: int) -> int:
    """Return `limit`; raises InvalidError when it is outside 1 to MAX_LIMIT."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidError(
            "limit", f"must be between 1 and {MAX_LIMIT}", kind="out-of-range", min=1, max=MAX_LIMIT
        )
    return limit


class Dated(Protocol):
    """What can be listed newest first."""

    @property
    def id(self) -> str:
        """Unique; tells items of one moment apart."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it began."""
        ...


D = TypeVar("D", bound=Dated)


def conditions(
    table: sa.Table,
    equal: Mapping[str, object],
    *,
    group_ids: Sequence[str] | None,
    from_: datetime | None,
    until: datetime | None,
) -> list[sa.ColumnElement[bool]]:
    """Return what rows of `table` must fulfil to be in a list; None does not filter.

    `equal` gives columns and their values, `from_` (inclusive) and `until` (exclusive) bound
    `created_at`.
    """
    columns = table.c
    wanted: list[sa.ColumnElement[bool]] = [
        columns[name] == value for name, value in equal.items() if value is not None
    ]
    if group_ids is not None:
        wanted.append(columns.group_id.in_(group_ids))
    if from_ is not None:
        wanted.append(columns.created_at >= from_)
    if until is not None:
        wanted.append(columns.created_at < until)
    return wanted


def newest_first(
    query: sa.Select[Any],
    created_at: sa.ColumnElement[Any],
    item_id: sa.ColumnElement[Any],
    *,
    limit: int,
    cursor: str | None,
) -> sa.Select[Any]:
    """Return `query` for one page and one item more, newest first, from `cursor` on.

    Raises InvalidError for a bad limit or cursor.
    """
    query = query.order_by(created_at.desc(), item_id.desc()).limit(check_limit(limit) + 1)
    if cursor is None:
        return query
    last_at, last_id = decode_cursor(cursor, tuple[datetime, str])
    # A range of the index first; then what lies at its very edge.
    return query.where(
        created_at <= last_at,
        sa.or_(created_at < last_at, item_id < last_id),
    )


def page_of(found: Sequence[D], limit: int, at: Callable[[D], datetime] | None = None) -> Page[D]:
    """Return the page of what a `newest_first` query found.

    `at` tells the moment that the query is in the order of, if that is not `created_at`.
    """
    page = list(found[:limit])
    if len(found) <= limit:
        return Page(page, None)
    last = page[-1]
    moment = last.created_at if at is None else at(last)
    return Page(page, encode_cursor(moment.isoformat(), last.id))
