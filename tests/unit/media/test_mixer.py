"""Sound that is added up: the right sums, steady frames, nothing that grows."""

from __future__ import annotations

import numpy as np

from recordings.finishing.g711 import ALAW_LEVELS
from voicegw.media import rtp
from voicegw.media.frames import FRAME_BYTES, SILENCE
from voicegw.media.mixer import MixInput, added
from voicegw.media.rtp import RtpPacket
from voicegw.sdp.codecs import Codec

SILENT = SILENCE[Codec.PCMA]


def levels(data: bytes) -> np.ndarray:
    return ALAW_LEVELS[np.frombuffer(data, np.uint8)].astype(np.int32)


def packet(payload: bytes, number: int = 1) -> bytes:
    return rtp.build(RtpPacket(8, number, number * 160, 7, payload, marker=False))


def test_every_sum_is_the_nearest_there_is() -> None:
    every = np.arange(256, dtype=np.uint8)
    one = np.repeat(every, 256).tobytes()
    other = np.tile(every, 256).tobytes()
    limit = int(levels(every.tobytes()).max())
    wanted = np.clip(levels(one) + levels(other), -limit, limit)
    got = levels(added(one, other))
    best = np.abs(wanted[:, None] - levels(every.tobytes())[None, :]).min(axis=1)
    assert (np.abs(got - wanted) == best).all()


def test_silence_adds_next_to_nothing() -> None:
    every = np.arange(256, dtype=np.uint8).tobytes()
    changed = np.abs(levels(added(every, SILENT[:1] * 256)) - levels(every))
    assert int(changed.max()) <= 16


def test_a_leg_is_heard_once_enough_has_come_and_again_after_a_gap() -> None:
    heard = MixInput(0)
    assert heard.frame() is None
    heard.stream.send(packet(b"\x31" * FRAME_BYTES))
    assert heard.frame() is None
    heard.stream.send(packet(b"\x32" * FRAME_BYTES))
    assert heard.frame() == b"\x31" * FRAME_BYTES
    assert heard.frame() == b"\x32" * FRAME_BYTES
    assert heard.frame() is None
    heard.stream.send(packet(b"\x33" * FRAME_BYTES))
    assert heard.frame() is None, "one packet after a gap: the next one may be late, too"


def test_packets_of_any_length_become_frames() -> None:
    heard = MixInput(0)
    heard.stream.send(packet(bytes(range(240))))
    heard.stream.send(packet(bytes(range(80))))
    assert heard.frame() == bytes(range(160))
    assert heard.frame() == bytes(range(160, 240)) + bytes(range(80))


def test_what_comes_faster_than_it_is_heard_does_not_pile_up() -> None:
    heard = MixInput(0)
    for number in range(1000):
        heard.stream.send(packet(bytes([number % 250]) * FRAME_BYTES, number))
    frames = 0
    while heard.frame() is not None:
        frames += 1
    assert frames <= 6
