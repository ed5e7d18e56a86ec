from __future__ import annotations

import pytest
from msgspec.structs import replace

from recordings.finishing.plausibility import plausible
from tests.unit.recordings.spools import Sender, as_captured, clicks, end, mark, onsets, render
from voicegw.media.spool import CaptureRecord


@pytest.mark.parametrize("bit", [0, 20, 23, 24, 26, 29, 33, 41, 48, 55, 62, 63])
@pytest.mark.parametrize("number", [0, 60, 149])
def test_a_flipped_bit_in_a_time_costs_no_more_than_its_packet(bit: int, number: int) -> None:
    packets = Sender(0, clicks(3)).packets()
    packets[number] = replace(packets[number], arrival_us=packets[number].arrival_us ^ 1 << bit)
    sound, _ = render([mark(0, "bridge"), *packets, end(3.1)])
    # A bit worth less than what counts as near makes the packet early or late, and no more.
    assert abs(len(sound) - 3.1 * 8000) <= 9 * 8000
    if 1 << bit > 10_000_000:
        assert len(sound) == 24_800
        assert onsets(sound[:, 0])[-2:] == [8040, 16040]


def test_a_silence_of_any_length_is_believed() -> None:
    records: list[CaptureRecord] = as_captured(
        [mark(0, "bridge"), mark(400, "hold", detail="customer")],
        Sender(0, clicks(2)).packets(),
        Sender(0, clicks(2), start_s=900, first_sequence=2000).packets(),
        [mark(700, "unhold", detail="customer"), end(2000)],
    )
    assert list(plausible(records)) == records


def test_a_packet_alone_in_time_is_not_believed() -> None:
    packets = Sender(0, clicks(1)).packets()
    alone = replace(packets[-1], arrival_us=packets[-1].arrival_us + 60_000_000)
    assert list(plausible([*packets[:10], alone, *packets[10:], alone])) == packets
    assert list(plausible([alone])) == [alone]
