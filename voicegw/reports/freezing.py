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
    months without any are frozen too, so that nothing can appear in them later.
    """
    if first is None:
        return []
    due = []
    month = max(frozen, default=None)
    month = first if month is None else next_month(month)
    while next_month(month).replace(day=freeze_day) <= today:
        due.append(month)
        month = next_month(month)
    return due
