"""The queries of the list of calls, newest first: which index is followed. Pure.

A page costs the same however many calls there are, and wherever in the list it is, if the database
follows an index that has the page's calls together and in order. It finds that one by itself where
each column shall have one value. Where a column may have one of several (the groups of a scope, the
outcomes of a status) it would read all calls in order, or all that fit: so the index is followed
once for each value, a page far, and the newest of what that finds are the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from voicegw.store import schema
from voicegw.store.paging import check_limit, decode_cursor

#: So often an index is followed at most; what has more values than that is in most calls anyway.
MOST_WAYS: Final = 256
#: Columns whose several values are followed one by one, in this order.
_FOLLOWED: Final = ("group_id", "outcome")
#: Columns that leave few calls, whose groups are then looked at one by one.
_SELECTIVE: Final = frozenset(
    {"id", "manager_id", "customer_id", "customer_number", "hotline_id", "task_id"}
)
_SHOWN: Final = "CAST(document AS TEXT) AS document, sequence"
_NEWEST: Final = "ORDER BY {0}created_at DESC, {0}id DESC LIMIT :limit"


@dataclass(frozen=True, slots=True)
class WantedCalls:
    """Which calls a list shall hold.

    `one_of` gives columns of the table and the values that they may have. `from_` (inclusive) and
    `until` (exclusive) are about `created_at`. `is_live`: only calls that have not ended.
    """

    one_of: Mapping[str, Sequence[str]]
    from_: datetime | None = None
    until: datetime | None = None
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the text of a statement depends on."""

    dialect: str
    followed: tuple[str, ...]
    one_of: tuple[str, ...]
    has_from: bool
    has_until: bool
    is_live: bool
    has_cursor: bool


def calls_query(
    dialect: str, wanted: WantedCalls, *, limit: int, cursor: str | None
) -> tuple[sa.TextualSelect, dict[str, Any]]:
    """Return the query for the wanted calls of a page and one more, and its parameters.

    Its rows are `document` (text) and `sequence`. Raises InvalidError for a bad limit or cursor.
    """
    # Calls that have not ended are few, in order, and have an index of their own.
    followed = () if wanted.is_live else _followed(wanted.one_of)
    others = {name: values for name, values in wanted.one_of.items() if name not in followed}
    parameters: dict[str, Any] = {"limit": check_limit(limit) + 1, **others}
    if followed:
        parameters |= _ways(dialect, [wanted.one_of[name] for name in followed])
    for name, bound in (("from_", wanted.from_), ("until", wanted.until)):
        if bound is not None:
            parameters[name] = bound
    if cursor is not None:
        parameters["last_at"], parameters["last_id"] = decode_cursor(cursor, tuple[datetime, str])
    shape = _Shape(
        dialect,
        followed,
        tuple(others),
        has_from=wanted.from_ is not None,
        has_until=wanted.until is not None,
        is_live=wanted.is_live,
        has_cursor=cursor is not None,
    )
    return _statement(shape), parameters


def _followed(one_of: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the columns whose values are followed one by one; none where one way is enough."""
    found: list[str] = []
    ways = 1
    for name in _FOLLOWED[1:] if _SELECTIVE & one_of.keys() else _FOLLOWED:
        if name in one_of and ways * len(one_of[name]) <= MOST_WAYS:
            ways *= len(one_of[name])
            found.append(name)
    return tuple(found) if ways > 1 else ()


def _ways(dialect: str, values: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return every combination of `values` as the parameters that `_statement` takes."""
    ways = list(product(*values))
    if dialect == "sqlite":
        return {"ways": msgspec.json.encode(ways).decode()}
    return {f"way_{place}": [way[place] for way in ways] for place in range(len(values))}


@lru_cache(maxsize=512)
def _statement(shape: _Shape) -> sa.TextualSelect:
    """Return the statement of this shape: built once, for building costs more than running it."""
    # Its "+" keeps SQLite from following this column's index instead of the few live calls'.
    sign = "+" if shape.is_live and shape.dialect == "sqlite" else ""
    conditions = [f"{sign}{name} IN :{name}" for name in shape.one_of]
    if shape.has_from:
        conditions.append("created_at >= :from_")
    if shape.has_until:
        conditions.append("created_at < :until")
    if shape.is_live:
        conditions.append("is_final = 0" if shape.dialect == "sqlite" else "is_final = false")
    if shape.has_cursor:
        # A range of the index first; then what lies at its very edge.
        conditions.append("created_at <= :last_at AND (created_at < :last_at OR id < :last_id)")
    if not shape.followed:
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        text = f"SELECT {_SHOWN} FROM calls {where}{_NEWEST.format('')}"
    elif shape.dialect == "sqlite":
        text = _sqlite_ways(shape.followed, conditions)
    else:
        text = _postgres_ways(shape.followed, conditions)
    return (
        sa.text(text).bindparams(*_parameters(shape)).columns(document=sa.Text, sequence=sa.Integer)
    )


def _sqlite_ways(followed: Sequence[str], conditions: Sequence[str]) -> str:
    # An argument of json_each may name the tables before it: SQLite's only lateral join.
    here = [
        f"{name} = json_extract(way.value, '$[{place}]')" for place, name in enumerate(followed)
    ]
    one_way = (
        f"SELECT created_at, id FROM calls WHERE {' AND '.join([*here, *conditions])}"
        f" {_NEWEST.format('')}"
    )
    keys = f"SELECT json_group_array(json_array(created_at, id)) FROM ({one_way})"
    page = (
        "SELECT json_extract(found.value, '$[0]') AS created_at,"
        " json_extract(found.value, '$[1]') AS id"
        f" FROM json_each(:ways) AS way, json_each(({keys})) AS found {_NEWEST.format('')}"
    )
    return _documents(page)


def _postgres_ways(followed: Sequence[str], conditions: Sequence[str]) -> str:
    arrays = ", ".join(f":way_{place}" for place in range(len(followed)))
    names = ", ".join(f"way_{place}" for place in range(len(followed)))
    here = [f"{name} = way.way_{place}" for place, name in enumerate(followed)]
    one_way = (
        f"SELECT created_at, id FROM calls WHERE {' AND '.join([*here, *conditions])}"
        f" {_NEWEST.format('')}"
    )
    page = (
        f"SELECT found.created_at, found.id FROM unnest({arrays}) AS way ({names})"
        f" CROSS JOIN LATERAL ({one_way}) AS found {_NEWEST.format('found.')}"
    )
    return _documents(page)


def _documents(page: str) -> str:
    """Return the query for the documents of the calls that `page` names: read for no others."""
    return (
        f"SELECT {_SHOWN} FROM ({page}) AS page"
        " JOIN calls ON calls.id = page.id ORDER BY page.created_at DESC, page.id DESC"
    )


def _parameters(shape: _Shape) -> list[sa.BindParameter[Any]]:
    found: list[sa.BindParameter[Any]] = [sa.bindparam("limit", type_=sa.Integer)]
    found += [sa.bindparam(name, expanding=True, type_=sa.Text) for name in shape.one_of]
    if shape.has_from:
        found.append(sa.bindparam("from_", type_=schema.UtcTime))
    if shape.has_until:
        found.append(sa.bindparam("until", type_=schema.UtcTime))
    if shape.has_cursor:
        found.append(sa.bindparam("last_at", type_=schema.UtcTime))
        found.append(sa.bindparam("last_id", type_=sa.Text))
    if not shape.followed:
        return found
    if shape.dialect == "sqlite":
        return [*found, sa.bindparam("ways", type_=sa.Text)]
    texts = postgresql.ARRAY(sa.Text)
    return found + [
        sa.bindparam(f"way_{place}", type_=texts) for place in range(len(shape.followed))
    ]
