"""How long a recording is kept: the nearest who says so decides. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from voicegw.model.directory import Group, Hotline


class RetentionPolicy:
    """What hotlines, groups and the configuration say about how long recordings are kept.

    The hotline of a recording's call comes first, then the recording's group and those above it,
    and what the configuration says is for all others. All in whole days from its creation on.
    """

    def __init__(
        self, default_days: int, groups: Sequence[Group], hotlines: Sequence[Hotline]
    ) -> None:
        """Take what each says now; a recording of a group that is gone is kept as by default."""
        self._default_days = default_days
        self._groups = {group.id: group for group in groups}
        self._hotlines = {
            one.id: one.retention_days for one in hotlines if one.retention_days is not None
        }

    def days(self, group_id: str | None, hotline_id: str | None) -> int:
        """Return for how many days a recording of this group and this hotline is kept."""
        of_hotline = self._hotlines.get(hotline_id or "")
        return of_hotline if of_hotline is not None else self._days_of_group(group_id)

    def shortest_days(self) -> int:
        """Return the fewest days that anybody says: what is younger need not be looked at."""
        of_groups = [one.retention_days for one in self._groups.values()]
        said = [days for days in of_groups if days is not None]
        return min([self._default_days, *said, *self._hotlines.values()])

    def is_due(
        self, created_at: datetime, group_id: str | None, hotline_id: str | None, now: datetime
    ) -> bool:
        """Whether a recording made at `created_at` is past its time."""
        return created_at + timedelta(days=self.days(group_id, hotline_id)) <= now

    def _days_of_group(self, group_id: str | None) -> int:
        seen: set[str] = set()
        while group_id is not None and group_id not in seen:
            seen.add(group_id)
            group = self._groups.get(group_id)
            if group is None:
                break
            if group.retention_days is not None:
                return group.retention_days
            group_id = group.parent_id
        return self._default_days
