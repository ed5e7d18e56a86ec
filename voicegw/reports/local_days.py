"""Local days: which moments they hold, and which of them an hour touches. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_LAST = timedelta(hours=1) - timedelta(microseconds=1)


class Created(Protocol):
    """What counts on the day on which it was created."""

    @property
    def created_at(self) -> datetime:
        """When that was, aware."""
        ...


R = TypeVar("R", bound=Created)


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The days of groups, each in its own time zone; `default` is that of what has no group."""

    zones: Mapping[str, str]
    default: str

    def zone(self, group_id: str) -> ZoneInfo:
        """Return the time zone of a group; '' is none."""
        return ZoneInfo(self.zones.get(group_id, self.default))

    def bounds(self, group_id: str, day: date) -> tuple[datetime, datetime]:
        """Return when a group's day begins and when the next one does, in UTC.

        A day is as long as clocks say: 23 or 25 hours where they are put forward or back.
        """
        zone = self.zone(group_id)
        begin, end = (datetime.combine(one, time(), zone) for one in (day, day + _DAY))
        return begin.astimezone(UTC), end.astimezone(UTC)

    def of_hour(self, group_id: str, hour: datetime) -> set[date]:
        """Return the days that the hour from `hour` on is part of."""
        zone = self.zone(group_id)
        return {at.astimezone(zone).date() for at in (hour, hour + _LAST)}

    def split(self, group_id: str, records: Iterable[R]) -> dict[date, list[R]]:
        """Return a group's records by the day that each was created on."""
        zone = self.zone(group_id)
        found: dict[date, list[R]] = {}
        for record in records:
            found.setdefault(record.created_at.astimezone(zone).date(), []).append(record)
        return found

    def between(self, group_id: str, first: datetime, last: datetime) -> Iterator[date]:
        """Return every day from that of `first` to that of `last`."""
        zone = self.zone(group_id)
        day, end = first.astimezone(zone).date(), last.astimezone(zone).date()
        while day <= end:
            yield day
            day += _DAY
