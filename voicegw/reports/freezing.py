"""Which months are to be frozen. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from voicegw.model.report_month import next_month


def months_due(
    first: date | None, frozen: Collection[date], today: date, freeze_day: int
) -> list[date]:
    """Return the months to be frozen by `today`, the oldest first.

    A month is frozen on the day `freeze_day` of the next one. `first` is the first month with sums;
    months without any are frozen too, so that nothing can appear in them later. So are those before
    the first frozen one, when a call of theirs comes late: records of their age may go.
    """
    if first is None:
        return []
    due = []
    month = first
    while next_month(month).replace(day=freeze_day) <= today:
        if month not in frozen:
            due.append(month)
        month = next_month(month)
    return due
