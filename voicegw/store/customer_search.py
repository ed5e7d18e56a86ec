"""Customers by what somebody types: a part of the name, an id, the end of a number.

What is found is ranked, and within a rank in the order of an index, so that a page is the beginning
of a range and needs no other: those whom the text names exactly, those whose number it is, those
whose name it is in, by that part of the name. A customer is told once, at the first place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from voicegw.model.directory import Customer
from voicegw.model.name_keys import MAX_KEY, first_match
from voicegw.store import schema
from voicegw.store.customers import customers_with, having_number, wishing_no_calls
from voicegw.store.database import Database
from voicegw.store.owners import is_owned_by, owned_ids
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor

_COLUMNS: Final = schema.customers.c
_NUMBERS: Final = schema.customer_numbers.c
_KEYS: Final = schema.customer_keys.c
_HIGHEST: Final = "\U0010ffff"
#: Digits of the end of a number that the index has.
ENDING_DIGITS: Final = 4
#: `+86` and more than eight digits: shorter ones show less than their last four (`identity.mask`).
_SHOWS_ENDING: Final = 12

#: A place in what is found: rank, key, group, customer.
Place = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, made by `api.customer_query`.

    `name` is folded (`searched_name`). `exact`: an external id, or the digits by which managers
    dial. `number` is a whole number, normalised; `ending` at least four digits at its end, with
    `only_shown` only of numbers whose masked form shows their last four.
    """

    name: str
    exact: str
    number: str | None = None
    ending: str | None = None
    only_shown: bool = False

    def names_exactly(self, customer: Customer) -> bool:
        """Whether it is the customer's external id or code."""
        return self.exact in (customer.external_id, customer.code)

    def has_number_of(self, customer: Customer) -> bool:
        """Whether it is, or ends, one of the customer's numbers."""
        return any(self._is(number) for number in customer.numbers)

    def _is(self, number: str) -> bool:
        if number == self.number:
            return True
        shows = not self.only_shown or len(number) >= _SHOWS_ENDING
        return self.ending is not None and shows and number.endswith(self.ending)


@dataclass(frozen=True, slots=True)
class Among:
    """Who is searched: customers of these groups (None: of all), of this owner, and so on."""

    group_ids: Sequence[str] | None = None
    owner_id: str | None = None
    number: str | None = None
    equal: Mapping[str, str | None] = field(default_factory=dict)
    is_do_not_call: bool | None = None

    @property
    def beside_group(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on a customer's row besides that of the group, and of the owner."""
        wanted: list[sa.ColumnElement[bool]] = [
            _COLUMNS[name] == value for name, value in self.equal.items() if value is not None
        ]
        if self.number is not None:
            wanted.append(having_number(self.number))
        if self.is_do_not_call is not None:
            wanted.append(wishing_no_calls(self.is_do_not_call))
        return wanted

    @property
    def of_row(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on a customer's row but that of the owner."""
        wanted = self.beside_group
        if self.group_ids is not None:
            wanted.append(_COLUMNS.group_id.in_(self.group_ids))
        return wanted

    @property
    def all(self) -> list[sa.ColumnElement[bool]]:
        """All conditions on a customer's row."""
        owner = [] if self.owner_id is None else [is_owned_by(self.owner_id)]
        return [*self.of_row, *owner]


class CustomerSearch:
    """Finds customers. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Search `database`, which the caller opens and closes."""
        self._database = database

    async def find(
        self,
        wanted: Wanted,
        among: Among,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Customer]:
        """Return a page of the customers `among` these of whom something is as `wanted`.

        It may hold a few less than `limit` though others follow: a customer who is found twice is
        told once. Raises InvalidError for a bad `limit` or `cursor`.
        """
        check_limit(limit)
        after: Place = (0, "", "", "")
        if cursor is not None:
            after = decode_cursor(cursor, tuple[int, str, str, str])
        search = _Search(wanted, among, limit + 1, self._database.dialect == "postgresql")
        return await self._database.do_read(lambda connection: search.page(connection, after))


@dataclass(frozen=True, slots=True)
class _Search:
    """One search, for up to `count` places."""

    wanted: Wanted
    among: Among
    count: int
    postgres: bool

    def page(self, connection: sa.Connection, after: Place) -> Page[Customer]:
        places: list[Place] = []
        ranks: Sequence[Callable[[sa.Connection, Place, int], list[Place]]] = (
            self._exact,
            self._numbers,
            self._names,
        )
        for rank, found in enumerate(ranks):
            if rank >= after[0] and len(places) < self.count:
                start = after if rank == after[0] else (rank, "", "", "")
                places += found(connection, start, self.count - len(places))
        page = places[: self.count - 1]
        ids = [place[3] for place in page]
        known = {one.id: one for one in customers_with(connection, ids)}
        told = [
            known[place[3]]
            for place in page
            if place[3] in known and self._first(known[place[3]]) == place[:2]
        ]
        return Page(told, encode_cursor(*page[-1]) if len(places) > len(page) else None)

    def _first(self, customer: Customer) -> tuple[int, str]:
        """The first place at which a customer is found."""
        if self.wanted.names_exactly(customer):
            return (0, "")
        if self.wanted.has_number_of(customer):
            return (1, "")
        return (2, first_match(customer.name, self.wanted.name) or "")

    def _exact(self, connection: sa.Connection, after: Place, count: int) -> list[Place]:
        exact = self.wanted.exact
        either = sa.union(
            sa.select(_COLUMNS.id).where(_COLUMNS.external_id == exact),
            sa.select(_COLUMNS.id).where(_COLUMNS.code == exact),
        )
        return self._by_id(connection, 0, either, after, count)

    def _numbers(self, connection: sa.Connection, after: Place, count: int) -> list[Place]:
        wanted, number = self.wanted, _NUMBERS.number
        parts: list[sa.Select[Any]] = []
        if wanted.number is not None:
            parts.append(sa.select(_NUMBERS.customer_id).where(number == wanted.number))
        if wanted.ending is not None:
            ending = [self._end(ENDING_DIGITS) == wanted.ending[-ENDING_DIGITS:]]
            if len(wanted.ending) > ENDING_DIGITS:
                ending.append(self._end(len(wanted.ending)) == wanted.ending)
            if wanted.only_shown:
                ending.append(sa.func.length(number) >= _SHOWS_ENDING)
            parts.append(sa.select(_NUMBERS.customer_id).where(*ending))
        if not parts:
            return []
        return self._by_id(connection, 1, sa.union(*parts), after, count)

    def _end(self, digits: int) -> sa.ColumnElement[str]:
        """The last `digits` of a number, as the index of endings spells it."""
        place = sa.literal_column(str(digits if self.postgres else -digits), sa.Integer)
        end = sa.func.right if self.postgres else sa.func.substr
        return end(_NUMBERS.number, place, type_=sa.Text)

    def _by_id(
        self,
        connection: sa.Connection,
        rank: int,
        ids: sa.CompoundSelect[Any],
        after: Place,
        count: int,
    ) -> list[Place]:
        query = (
            sa.select(_COLUMNS.id)
            .where(_COLUMNS.id.in_(ids), _COLUMNS.id > after[3], *self.among.all)
            .order_by(_COLUMNS.id)
            .limit(count)
        )
        return [(rank, "", "", one) for one in connection.execute(query).scalars()]

    def _names(self, connection: sa.Connection, after: Place, count: int) -> list[Place]:
        if not self.wanted.name:
            return []
        if self.among.owner_id is not None:
            return self._names_of_owned(connection, self.among.owner_id, after, count)
        beginning = self.wanted.name[:MAX_KEY]
        row = (_KEYS.key, _KEYS.group_id, _KEYS.customer_id)
        # The one lower bound: given two, PostgreSQL may begin at the index's first entry.
        start = after[1:] if after[1] else (beginning, "", "")
        query = (
            sa.select(*row)
            .where(sa.tuple_(*row) > sa.tuple_(*map(sa.literal, start)))
            .where(_KEYS.key < beginning + _HIGHEST)
            .order_by(*row)
            .limit(count)
        )
        if self.among.group_ids is not None:
            query = query.where(_KEYS.group_id.in_(self.among.group_ids))
        others = self.among.beside_group
        if others:
            query = query.join(schema.customers, _COLUMNS.id == _KEYS.customer_id).where(*others)
        return [(2, one.key, one.group_id, one.customer_id) for one in connection.execute(query)]

    def _names_of_owned(
        self, connection: sa.Connection, owner_id: str, after: Place, count: int
    ) -> list[Place]:
        """The same of one manager's customers: fewer than those of one name in a city."""
        owned = sa.select(_COLUMNS.id, _COLUMNS.group_id, _COLUMNS.name).where(
            _COLUMNS.id.in_(owned_ids(owner_id, self.among.of_row))
        )
        places = []
        for row in connection.execute(owned):
            key = first_match(row.name, self.wanted.name)
            if key is not None and (2, key, row.group_id, row.id) > after:
                places.append((2, key, row.group_id, row.id))
        return sorted(places)[:count]
