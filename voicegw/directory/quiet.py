"""Whether a customer may be called at this hour, where the customer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Protocol
from zoneinfo import ZoneInfo

from voicegw.directory.calendar import Calendars
from voicegw.model.directory import Group
from voicegw.model.hours import Calendar
from voicegw.model.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class QuietTime:
    """It is quiet now; `ends_in_s` is when it no longer is, None: nobody knows an end."""

    ends_in_s: int | None


class GroupTree(Protocol):
    """Knows a group and what it is below."""

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        """Return the group and all above it, nearest first."""
        ...


class QuietTimes:
    """Quiet hours by region: those of the customer's group, inherited, else the configured ones."""

    def __init__(
        self,
        directory: GroupTree,
        calendars: Calendars,
        configured: QuietHours,
        *,
        timezone: str,
    ) -> None:
        """`configured` holds where no group says otherwise; `timezone` where there is no group."""
        self._directory = directory
        self._calendars = calendars
        self._configured = configured
        self._timezone = timezone

    async def now(self, group_id: str | None, at: datetime) -> QuietTime | None:
        """Return the quiet time that `at` (aware) is within for customers of a group, or None.

        The hours are those of the clock in the group's time zone. Raises StoreUnavailableError only
        when nothing was ever read of the directory.
        """
        quiet, local, calendar = await self._hours(group_id, at)
        if not quiet.is_quiet(local, calendar):
            return None
        end = quiet.end(local, calendar)
        # Through UTC: between two times of one zone Python counts what clocks show. Upwards: it is
        # not quiet any more then.
        return QuietTime(None if end is None else ceil(end.timestamp() - at.timestamp()))

    async def begins(self, group_id: str | None, at: datetime) -> datetime | None:
        """Return when it is quiet next for customers of a group, `at` itself when it is.

        None: not in a year. What is sent to a customer is sent by then. Raises as `now` does.
        """
        quiet, local, calendar = await self._hours(group_id, at)
        found = quiet.begin(local, calendar)
        return None if found is None else found.astimezone(UTC)

    async def _hours(
        self, group_id: str | None, at: datetime
    ) -> tuple[QuietHours, datetime, Calendar]:
        """Return the hours of a group, and `at` by its clock and its calendar."""
        groups = [] if group_id is None else await self._directory.groups_above(group_id)
        own = next((group.quiet_hours for group in groups if group.quiet_hours), None)
        timezone = groups[0].timezone if groups else self._timezone
        local = at.astimezone(ZoneInfo(timezone))
        return self._configured.of_group(own), local, self._calendars.of(timezone)
