from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.media import dtmf
from voicegw.media.dtmf import EventDetector, TelephoneEvent

Packet = tuple[int, bool, int, int, bool]


def press(digit: str, timestamp: int) -> list[Packet]:
    """Return (event, end, duration, timestamp, marker) as an orderly telephone sends them."""
    packets = []
    for number, payload in enumerate(dtmf.event_payloads(digit)):
        event = dtmf.parse_event(payload)
        assert event is not None
        packets.append((event.event, event.is_end, event.duration_ticks, timestamp, number == 0))
    return packets


def detect(packets: list[Packet]) -> str:
    detector = EventDetector()
    found = []
    for event, end, duration, timestamp, marker in packets:
        digit = detector.feed(TelephoneEvent(event, end, duration), timestamp, marker=marker)
        if digit is not None:
            found.append(digit)
    return "".join(found)


def test_a_press_is_packets_with_rising_duration_and_three_ends() -> None:
    packets = press("#", 0)
    assert [p[2] for p in packets] == [160, 320, 480, 640, 800, 960, 960, 960]
    assert [p[1] for p in packets] == [False] * 5 + [True] * 3
    assert {p[0] for p in packets} == {11}
    with pytest.raises(ValueError):
        dtmf.event_payloads("x")


def test_each_digit_once() -> None:
    packets = [p for i, d in enumerate(dtmf.DIGITS) for p in press(d, 2000 * i)]
    assert detect(packets) == dtmf.DIGITS


def test_the_same_digit_twice_is_two() -> None:
    assert detect(press("5", 1000) + press("5", 2600)) == "55"


def test_a_missing_marker_changes_nothing() -> None:
    packets = [(*p[:4], False) for p in press("5", 1000) + press("5", 2600)]
    assert detect(packets) == "55"


@pytest.mark.parametrize("lost", range(8))
def test_a_lost_start_changes_nothing(lost: int) -> None:
    assert detect(press("7", 1000)[lost:]) == "7"


def test_lost_ends_do_not_join_two_presses() -> None:
    assert detect(press("7", 1000)[:3] + press("7", 3000)) == "77"
    assert detect([(*p[:4], False) for p in press("7", 1000)[:3] + press("7", 3000)]) == "77"


def test_a_new_digit_under_an_old_timestamp_counts() -> None:
    assert detect(press("1", 1000) + press("2", 1000)) == "12"


def test_late_ends_of_the_press_before_do_not_count_again() -> None:
    assert detect(press("1", 1000) + press("2", 1000)[:2] + press("1", 1000)[-1:]) == "12"
    assert detect(press("1", 1000) + press("2", 3000)[:2] + press("1", 1000)[-1:]) == "12"


def test_a_timestamp_that_grows_with_every_packet_is_one_press() -> None:
    growing = [
        (event, end, duration, 1000 + 160 * number, marker)
        for number, (event, end, duration, _, marker) in enumerate(press("4", 1000))
    ]
    assert detect(growing) == "4"


def test_a_long_press_goes_on_under_a_new_timestamp() -> None:
    first = [
        (3, False, duration, 1000, duration == 0xFE00) for duration in (0xFE00, 0xFF00, 0xFFFF)
    ]
    second = [(3, False, duration, 1000 + 0xFFFF, False) for duration in (160, 320)]
    assert detect([*first, *second, (3, True, 480, 1000 + 0xFFFF, False)]) == "3"


def test_a_clock_set_back_far_is_a_new_press() -> None:
    assert detect(press("1", 5_000_000) + press("1", 1000)) == "11"


def test_flash_and_fax_are_no_digits() -> None:
    assert detect([(16, False, 160, 1000, True), (16, True, 320, 1000, False)]) == ""


def test_cut_payloads_are_none() -> None:
    assert dtmf.parse_event(b"\x01\x80\x00") is None
    event = dtmf.parse_event(b"\x0b\x8a\x01\x40")
    assert event == TelephoneEvent(11, True, 320)
    assert event is not None
    assert event.digit == "#"


@given(
    st.text(dtmf.DIGITS, min_size=1, max_size=6),
    st.integers(0, 0xFFFF_FFFF),
    st.data(),
)
def test_loss_and_doubling_never_change_the_digits(
    digits: str, start: int, data: st.DataObject
) -> None:
    packets: list[Packet] = []
    for number, digit in enumerate(digits):
        all_of_it = press(digit, (start + 2400 * number) & 0xFFFF_FFFF)
        kept = data.draw(
            st.lists(st.sampled_from(range(8)), min_size=1, max_size=8, unique=True).map(sorted)
        )
        repeats = data.draw(st.integers(1, 2))
        packets += itertools.chain.from_iterable([all_of_it[i]] * repeats for i in kept)
    assert detect(packets) == digits
