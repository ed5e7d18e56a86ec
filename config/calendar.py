"""The section of public holidays that no calendar knows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from config.sections import Section, checked

_MAX_DAYS = 366


def parse_days(text: str) -> list[date]:
    """Return the days of "2027-02-05" or "2027-02-05..2027-02-11". Raises ValueError."""
    first_text, dots, last_text = text.partition("..")
    try:
        first = date.fromisoformat(first_text)
        last = date.fromisoformat(last_text) if dots else first
    except ValueError as error:
        raise ValueError("expected a day such as 2027-02-05, or 2027-02-05..2027-02-11") from error
    length = (last - first).days + 1
    if not 1 <= length <= _MAX_DAYS:
        raise ValueError("expected two days of one year, the earlier first")
    return [first + timedelta(days=step) for step in range(length)]


Days = Annotated[str, checked(parse_days)]


class CalendarSettings(Section):
    """Public holidays of the operator's own, for hours and quiet hours."""

    holidays: list[Days] = Field(
        default=[],
        description="Holidays besides those of mainland China that are known: days, or spans such "
        "as 2027-02-05..2027-02-11.",
    )
    worked: list[Days] = Field(
        default=[],
        description="Days that are worked: weekends, or holidays that are none here.",
    )

    @property
    def holiday_days(self) -> list[date]:
        """`holidays`, parsed."""
        return [day for text in self.holidays for day in parse_days(text)]

    @property
    def worked_days(self) -> list[date]:
        """`worked`, parsed."""
        return [day for text in self.worked for day in parse_days(text)]
