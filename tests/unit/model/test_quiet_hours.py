"""When customers are left in peace, and until when."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from voicegw.model import hours
from voicegw.model.hours import DayKind
from voicegw.model.quiet_hours import QuietHours, parse_quiet_holidays, parse_quiet_hours


class _Holiday:
    """A calendar in which 2026-03-03, a Tuesday, is a holiday."""

    def kind(self, day: date) -> DayKind:
        return DayKind.HOLIDAY if day == date(2026, 3, 3) else DayKind.ORDINARY


_NIGHT = QuietHours(hours.parse("21:00-08:00"))
_BOTH = QuietHours(hours.parse("21:00-08:00"), parse_quiet_holidays("00:00-10:00,20:00-24:00"))


@pytest.mark.parametrize(
    ("quiet", "at", "end"),
    [
        (_NIGHT, "2026-03-02 20:59:59", None),
        (_NIGHT, "2026-03-02 21:00", "2026-03-03 08:00"),
        (_NIGHT, "2026-03-03 07:59:59", "2026-03-03 08:00"),
        (_NIGHT, "2026-03-03 08:00", None),
        (_BOTH, "2026-03-02 21:00", "2026-03-03 10:00"),
        (_BOTH, "2026-03-03 08:30", "2026-03-03 10:00"),
        (_BOTH, "2026-03-03 10:00", None),
        (_BOTH, "2026-03-03 20:30", "2026-03-04 08:00"),
        (_BOTH, "2026-03-02 20:30", None),
        (QuietHours(), "2026-03-02 03:00", None),
        (QuietHours(hours.parse("off")), "2026-03-02 03:00", None),
        (QuietHours(hours.parse("Mo-Fr 12-14")), "2026-03-02 12:30", "2026-03-02 14:00"),
        (
            QuietHours(hours.parse("12-14"), parse_quiet_holidays("14-16")),
            "2026-03-03 12:30",
            "2026-03-03 16:00",
        ),
    ],
)
def test_it_is_quiet_until_both_end(quiet: QuietHours, at: str, end: str | None) -> None:
    local = datetime.fromisoformat(at)
    assert quiet.is_quiet(local, _Holiday()) is (end is not None)
    assert quiet.end(local, _Holiday()) == datetime.fromisoformat(end or at)


def test_always_quiet_has_no_end() -> None:
    local = datetime.fromisoformat("2026-03-02 12:00")
    assert QuietHours(hours.parse("24/7")).end(local, _Holiday()) is None


def test_a_groups_own_hours_take_the_place_of_the_usual_ones() -> None:
    own = _BOTH.of_group("12-14")
    assert own == QuietHours(hours.parse("12-14"), _BOTH.on_holidays)
    assert _BOTH.of_group(None) is _BOTH
    assert _BOTH.of_group("whenever") is _BOTH


def test_holidays_take_times_only() -> None:
    assert parse_quiet_hours("") is None
    assert parse_quiet_holidays("") is None
    for text in ("Mo 9-10", "9-10; 12-14", "Mo-Fr 9-10", "night"):
        with pytest.raises(ValueError, match=r"\w"):
            parse_quiet_holidays(text)
