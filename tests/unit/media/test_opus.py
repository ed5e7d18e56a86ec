from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.media.opus import MAX_TICKS, SILENCE, duration_ticks, join, split


@pytest.mark.parametrize(
    ("configuration", "ticks"),
    [(0, 480), (1, 960), (3, 2880), (11, 2880), (12, 480), (13, 960), (16, 120), (31, 960)],
)
def test_the_length_of_a_frame_is_told_by_the_configuration(configuration: int, ticks: int) -> None:
    assert duration_ticks(bytes([configuration << 3, 1, 2])) == ticks


def test_several_frames_add_up() -> None:
    assert duration_ticks(bytes([1 << 3 | 1, 1, 2])) == 1920
    assert duration_ticks(bytes([1 << 3 | 2, 1, 2, 3])) == 1920
    assert duration_ticks(bytes([1 << 3 | 3, 6]) + bytes(24)) == 5760


def test_frames_with_lengths_of_their_own_and_padding_fit() -> None:
    assert duration_ticks(bytes([1 << 3 | 2, 252, 1]) + bytes(256)) == 1920
    assert duration_ticks(bytes([1 << 3 | 3, 0x83, 2, 0]) + bytes(5)) == 2880
    assert duration_ticks(bytes([1 << 3 | 3, 0x41, 255, 1]) + bytes(255)) == 960
    assert duration_ticks(bytes([1 << 3 | 3, 2])) == 1920  # two empty frames: nothing is sent


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes([1]) + bytes(3),  # two frames of equal size in an odd number of bytes
        bytes([2]),  # two frames, and no length
        bytes([3]),  # any number of frames, and no number
        bytes([3, 0]),
        bytes([3 << 3 | 3, 3]),  # 180 ms
        bytes([0]) + bytes(1276),
        bytes([2, 5, 1, 2]),  # a first frame longer than the packet
        bytes([2, 252]),  # half of a length
        bytes([3, 0x82, 9, 1]),  # the same among any number of frames
        bytes([3, 0x83, 1]),  # fewer lengths than frames
        bytes([3, 2, 1, 2, 3]),  # equal frames in a size that can't be divided
        bytes([3, 0x41, 9, 1]),  # more padding than packet
        bytes([3, 0x41, 255, 255]),  # padding without an end
    ],
)
def test_what_is_no_packet_lasts_nothing(packet: bytes) -> None:
    assert duration_ticks(packet) is None


def test_silence_lasts_one_frame() -> None:
    assert duration_ticks(SILENCE) == 960


@given(st.binary(max_size=1500))
def test_no_packet_is_longer_than_allowed(packet: bytes) -> None:
    ticks = duration_ticks(packet)
    assert ticks is None or 0 < ticks <= MAX_TICKS


@given(st.lists(st.binary(max_size=1275)), st.integers(1, 3))
def test_a_torn_file_loses_its_last_packet(packets: list[bytes], torn: int) -> None:
    whole = join(packets)
    assert split(whole) == tuple(packets)
    if packets and len(packets[-1]) >= torn:
        assert split(whole[:-torn]) == tuple(packets[:-1])
