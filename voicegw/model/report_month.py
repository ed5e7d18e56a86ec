"""Months that are closed: their figures are final, and what came later is told beside them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import msgspec

from voicegw.model.rollup import RollupKind

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ZONES_APART = timedelta(hours=14)
"""How far ahead of UTC a day begins somewhere."""


class FrozenMonth(msgspec.Struct, frozen=True):
    """A month whose sums are final. `sha256` covers all of them and `previous_sha256`.

    So each month vouches for those before it; the first one's `previous_sha256` is empty.
    """

    month: date
    frozen_at: datetime
    rows: int
    sha256: str
    previous_sha256: str


class Correction(msgspec.Struct, frozen=True):
    """A sum of a frozen month as it would be by what has become known since.

    `before` is what was known until then: the frozen sum, or that of the correction before. ''
    stands for no group, manager, hotline or type. `caused_by` are ids of calls or tasks of that day
    that were written since the sums before; at most some of them.
    """

    month: date
    kind: RollupKind
    group_id: str
    day: date
    manager_id: str
    hotline_id: str
    type: str
    name: str
    before: int
    after: int
    at: datetime
    caused_by: tuple[str, ...] = ()
    number: int = 0
    """Given by the store, in the order in which they are found."""


def next_month(month: date) -> date:
    """Return the first of the month after the one that begins with `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def frozen_until(frozen: Collection[date]) -> datetime:
    """Return until when records are counted in frozen months only, whatever their time zone."""
    if not frozen:
        return _NEVER
    after = next_month(max(frozen))
    return datetime(after.year, after.month, after.day, tzinfo=UTC) - _ZONES_APART
