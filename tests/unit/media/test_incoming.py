from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.media import rtcp
from voicegw.media.incoming import IncomingStream


def feed(stream: IncomingStream, sequences: list[int], ssrc: int = 1) -> list[int | None]:
    return [stream.take(ssrc, sequence & 0xFFFF) for sequence in sequences]


def test_in_order_over_the_wrap() -> None:
    stream = IncomingStream()
    assert feed(stream, [65534, 65535, 65536, 65537]) == [1, 1, 1, 1]
    assert (stream.received, stream.lost, stream.expected) == (4, 0, 4)
    report = stream.report(0)
    assert report is not None
    assert report.highest_sequence == 65537


def test_loss_lateness_and_doubles() -> None:
    stream = IncomingStream()
    assert feed(stream, [10, 13, 13, 12, 14]) == [1, 3, None, -1, 1]
    assert (stream.received, stream.lost, stream.expected) == (4, 1, 5)


def test_a_new_source_begins_anew() -> None:
    stream = IncomingStream()
    feed(stream, [10, 11, 12])
    assert stream.is_new(2, 13)
    assert feed(stream, [5000, 5001], ssrc=2) == [1, 1]
    assert (stream.received, stream.lost) == (5, 0)
    report = stream.report(0)
    assert report is not None
    assert (report.ssrc, report.highest_sequence, report.cumulative_lost) == (2, 5001, 0)


def test_a_far_jump_is_a_new_beginning_not_loss() -> None:
    stream = IncomingStream()
    assert feed(stream, [10, 10_000, 10_001, 9_000]) == [1, 1, 1, 1]
    assert stream.lost == 0


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.booleans(), min_size=1, max_size=200),
)
def test_expected_is_what_was_sent(start: int, arrived: list[bool]) -> None:
    stream = IncomingStream()
    sequences = [start + i for i, here in enumerate([True, *arrived, True]) if here]
    steps = feed(stream, sequences)
    assert stream.received == len(sequences)
    assert stream.expected == len(arrived) + 2
    assert sum(step for step in steps[1:] if step is not None) == len(arrived) + 1


def test_jitter_follows_the_standard() -> None:
    stream = IncomingStream()
    stream.take_transit(0, 0)
    stream.jitter16 = 0
    for number in range(1, 400):
        late_us = 5000 if number % 2 else 0
        stream.take_transit(number * 20_000 + late_us, number * 160)
    assert 4.5 < stream.jitter_ms < 5.1
    before = stream.jitter_ms
    stream.take_transit(400 * 20_000, 0xF000_0000)
    assert stream.jitter_ms == before


def test_jitter_keeps_its_worth_on_another_clock() -> None:
    stream = IncomingStream()
    for number in range(400):
        stream.take_transit(number * 20_000 + (5000 if number % 2 else 0), number * 160)
    before_ms = stream.jitter_ms
    stream.follow_clock(48_000)
    assert stream.jitter_ms == pytest.approx(before_ms, abs=0.1)
    stream.take_transit(400 * 20_000, 77)
    assert stream.jitter_ms == pytest.approx(before_ms, abs=0.1)
    for number in range(401, 800):
        late_us = 5000 if number % 2 else 0
        stream.take_transit(number * 20_000 + late_us, 77 + (number - 400) * 960)
    assert 4.5 < stream.jitter_ms < 5.1


def test_reports_tell_of_the_time_since_the_last() -> None:
    stream = IncomingStream()
    assert stream.report(0) is None
    feed(stream, [1, 2, 3, 5])
    first = stream.report(0)
    assert first is not None
    assert (first.fraction_lost, first.cumulative_lost, first.last_sr) == (256 // 5, 1, 0)
    feed(stream, [6, 7])
    ntp = rtcp.ntp_time(1_700_000_000_000_000)
    stream.sender_reported(ntp, 1_000_000)
    second = stream.report(3_000_000)
    assert second is not None
    assert (second.fraction_lost, second.cumulative_lost) == (0, 1)
    assert second.last_sr == rtcp.middle(ntp)
    assert second.delay_since_last_sr == 2 * 65_536


def test_the_highest_number_counts_roll_overs() -> None:
    stream = IncomingStream()
    assert stream.highest is None
    for sequence in (65_533, 65_534, 1, 0, 2):
        stream.take(7, sequence)
    assert stream.highest == (7, 65_536 + 2)
    stream.take(8, 5)
    assert stream.highest == (8, 5)
