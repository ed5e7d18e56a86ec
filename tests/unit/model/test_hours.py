"""Opening hours: what is read, what is refused, and when it is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.model import hours
from voicegw.model.hours import Calendar, DayKind, PlainCalendar

_PLAIN = PlainCalendar()
_OFFICE = "Mo-Fr 08:30-12:00,14:00-18:00; Sa 09:00-12:00; PH off"
#: 2026-11-23 is a Monday.
_MONDAY = date(2026, 11, 23)


class _Days:
    """A calendar of the days it is given."""

    def __init__(self, **kinds: str) -> None:
        self._kinds = {
            date.fromisoformat(day.strip("d").replace("_", "-")): DayKind(kind)
            for day, kind in kinds.items()
        }

    def kind(self, day: date) -> DayKind:
        return self._kinds.get(day, DayKind.ORDINARY)


def _open(text: str, at: str, calendar: Calendar = _PLAIN) -> bool:
    return hours.parse(text).is_open(datetime.fromisoformat(at), calendar)


def _change(text: str, at: str, calendar: Calendar = _PLAIN) -> str | None:
    found = hours.parse(text).next_change(datetime.fromisoformat(at), calendar)
    return None if found is None else found.isoformat(" ", "minutes")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23 08:29:59", False),
        ("2026-11-23 08:30", True),
        ("2026-11-23 11:59:59", True),
        ("2026-11-23 12:00", False),
        ("2026-11-27 17:59", True),
        ("2026-11-28 11:00", True),
        ("2026-11-28 14:00", False),
        ("2026-11-29 10:00", False),
    ],
)
def test_the_start_counts_and_the_end_does_not(at: str, is_open: bool) -> None:
    assert _open(_OFFICE, at) is is_open


@pytest.mark.parametrize(
    "text",
    [
        "周一至周五 8:30-12:00，14:00-18:00；周六 9:00-12:00；节假日休息",
        "周一至五8:30-12、14-18; 星期六 09：00～12：00; 法定节假日 off",
        "mo-fr 8:30-12,14-18\nSAT 9-12\nph closed",
        "工作日: 08:30-12:00,14:00-18:00; 周六 9点".replace("9点", "9-12") + "; PH 关闭",
        "Mon,Tue,We,Thu,Fri 08:30-12:00,14:00-18:00; Sa 9-12; PH 不营业",
    ],
)
def test_one_meaning_has_many_spellings(text: str) -> None:
    ours, plain = hours.parse(text), hours.parse(_OFFICE)
    calendar = _Days(d2026_11_25="holiday", d2026_11_28="worked")
    for day in (_MONDAY + timedelta(days=step) for step in range(14)):
        assert ours.spans(day, calendar) == plain.spans(day, calendar)


def test_a_range_of_days_may_cross_the_week_and_days_may_be_listed() -> None:
    assert hours.parse("Fr-Mo 9-17").rules[0].days == {4, 5, 6, 0}
    assert hours.parse("周六、日 9-17").rules[0].days == {5, 6}
    assert hours.parse("周六周日 9-17").rules[0].days == {5, 6}
    assert hours.parse("Sa,PH,WW 9-17").rules[0].days == {5, 7, 8}
    assert hours.parse("每天 9-17") == hours.parse("9-17") == hours.parse("Mo-Su 09:00-17:00")


@pytest.mark.parametrize("text", ["22:00-06:00", "22:00-30:00"])
def test_a_night_belongs_to_the_day_it_begins_on(text: str) -> None:
    friday = f"Fr {text}"
    assert not _open(friday, "2026-11-27 05:00")
    assert _open(friday, "2026-11-27 22:00")
    assert _open(friday, "2026-11-28 05:59")
    assert not _open(friday, "2026-11-28 06:00")
    assert _change(friday, "2026-11-27 23:00") == "2026-11-28 06:00"


def test_spans_that_touch_are_one() -> None:
    assert hours.parse("8-12,12-18,11-13").spans(_MONDAY, _PLAIN) == ((480, 1080),)
    assert _change("00:00-24:00; Su off", "2026-11-24 10:00") == "2026-11-29 00:00"


@pytest.mark.parametrize("text", ["24/7", "全天", "24小时", "00:00-24:00", "8-8:30,8:30-32"])
def test_what_is_always_open_never_changes(text: str) -> None:
    assert _open(text, "2026-11-23 03:00")
    assert _change(text, "2026-11-23 03:00") is None


def test_of_several_rules_the_last_holds_and_a_holidays_own_first() -> None:
    assert hours.parse("Mo-Fr 8-18; We 8-12").spans(date(2026, 11, 25), _PLAIN) == ((480, 720),)
    calendar = _Days(d2026_11_25="holiday")
    early = hours.parse("PH 10-11; We 8-12")
    assert early.spans(date(2026, 11, 25), calendar) == ((600, 660),)
    assert early.spans(date(2026, 12, 2), calendar) == ((480, 720),)


def test_a_holiday_that_no_rule_names_is_as_its_weekday() -> None:
    calendar = _Days(d2026_11_25="holiday", d2026_11_28="holiday")
    assert _open("Mo-Fr 8-18", "2026-11-25 10:00", calendar)
    assert not _open("Mo-Fr 8-18", "2026-11-28 10:00", calendar)


def test_a_worked_weekend_has_the_hours_of_the_working_day_beside_it() -> None:
    calendar = _Days(d2026_11_28="worked", d2026_11_29="worked")
    text = "Mo 8-9; Tu-Th 8-12; Fr 8-16; Sa,Su off"
    parsed = hours.parse(text)
    assert parsed.spans(date(2026, 11, 28), calendar) == ((480, 960),)
    assert parsed.spans(date(2026, 11, 29), calendar) == ((480, 540),)
    own = hours.parse(text + "; WW 10-11")
    assert own.spans(date(2026, 11, 28), calendar) == ((600, 660),)


def test_the_night_before_a_holiday_goes_on_into_it() -> None:
    calendar = _Days(d2026_11_25="holiday")
    text = "Mo-Fr 20:00-02:00; PH off"
    assert _open(text, "2026-11-25 01:00", calendar)
    assert not _open(text, "2026-11-25 21:00", calendar)


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("2026-11-23 07:00", "2026-11-23 08:30"),
        ("2026-11-23 08:30", "2026-11-23 12:00"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-28 12:00", "2026-11-30 08:30"),
        ("2026-11-30 18:00", "2026-12-01 08:30"),
    ],
)
def test_the_next_change_is_the_next_edge_that_matters(at: str, change: str) -> None:
    assert _change(_OFFICE, at) == change


def test_the_next_change_passes_over_holidays_and_none_is_none() -> None:
    calendar = _Days(d2026_11_30="holiday", d2026_12_01="holiday")
    assert _change(_OFFICE, "2026-11-28 12:00", calendar) == "2026-12-02 08:30"
    assert _change("off", "2026-11-28 12:00") is None
    assert _change("PH 10-12", "2026-11-28 12:00") is None


def test_the_next_change_is_in_the_zone_that_was_asked_for() -> None:
    zone = ZoneInfo("Asia/Urumqi")
    found = hours.parse("9-17").next_change(datetime(2026, 11, 23, 8, tzinfo=zone), _PLAIN)
    assert found == datetime(2026, 11, 23, 9, tzinfo=zone)


@pytest.mark.parametrize("fold", [0, 1])
def test_in_an_hour_that_comes_twice_the_next_change_is_ahead(fold: int) -> None:
    start = datetime(2026, 10, 25, 2, 10, fold=fold, tzinfo=ZoneInfo("Europe/Berlin"))
    found = hours.parse("00:00-02:30").next_change(start, _PLAIN)
    assert found is not None
    assert found.timestamp() - start.timestamp() == 20 * 60


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "Mo",
        "Mo-",
        "Mo-Fr",
        "Mo-PH 9-10",
        "Mo,Tu-周末 9-10",
        "Mo-Tu-We",
        "9:60-10",
        "9-10:75",
        "10-10",
        "25-26",
        "9-50",
        "9-12 14-18",
        "xx 9-10",
        "month 9-10",
        "9-12; Mo-Fr 9",
        "一至五 9-10",
        "x" * 501,
    ],
)
def test_what_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        hours.parse(text)


_times = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
_rules = st.builds(
    lambda days, start, until: f"{days} {start}-{until}",
    st.sampled_from(["Mo-Fr", "Sa", "Su", "PH", "WW", "Fr-Mo", ""]),
    _times,
    _times,
).filter(lambda rule: rule.split()[-1].split("-")[0] != rule.split()[-1].split("-")[1])
_calendar = _Days(d2026_11_25="holiday", d2026_11_28="worked", d2026_11_27="holiday")


@given(
    rules=st.lists(_rules, min_size=1, max_size=4),
    start=st.integers(0, 11 * 1440).map(
        lambda minutes: datetime.fromisoformat("2026-11-20") + timedelta(minutes=minutes)
    ),
)
def test_nothing_changes_before_the_next_change(rules: list[str], start: datetime) -> None:
    parsed = hours.parse(";".join(rules))
    before = parsed.is_open(start, _calendar)
    change = parsed.next_change(start, _calendar)
    end = change or start + timedelta(days=8)
    if change is not None:
        assert parsed.is_open(change, _calendar) is not before
        assert change > start
    moment = start
    while moment < min(end, start + timedelta(days=8)):
        assert parsed.is_open(moment, _calendar) is before
        moment += timedelta(minutes=37)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        hours.parse(text)
    except ValueError:
        return


def test_what_can_not_be_read_is_not_repeated() -> None:
    for text in ("13800138000", "Mo 13800138000", "王 9-17"):
        with pytest.raises(ValueError, match="expected hours") as caught:
            hours.parse(text)
        assert "138" not in str(caught.value)
        assert "王" not in str(caught.value)


def test_stored_text_that_can_not_be_read_shuts_nobody_out() -> None:
    assert hours.read(None) is None
    assert hours.read("") is None
    assert hours.read("whenever") is None
    assert hours.read("9-17") == hours.parse("9-17")
