from __future__ import annotations

import random
from dataclasses import dataclass

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.g711 import encode_alaw
from ivr.wideband import encode_opus
from recordings.finishing.decoding import Encoding, Encodings, LegDecoder
from recordings.finishing.timeline import survey
from tests.unit.recordings.spools import (
    Sender,
    WidebandSender,
    as_captured,
    clicks,
    end,
    loudest_hz,
    mark,
    onsets,
    render,
    sine,
)
from voicegw.media.spool import CaptureRecord
from voicegw.model.recording import RecordingKind

MS = 16
"""Samples a millisecond."""
WIDE = 16_000
CODECS = ["G722", "opus"]
OPUS = Encoding("OPUS", 48_000)


@dataclass
class Packet:
    order: int
    payload: bytes
    encoding: Encoding | None = OPUS


def tone(frequency_hz: float, seconds: float) -> NDArray[np.int16]:
    return sine(frequency_hz, seconds, rate_hz=WIDE)


def wideband_clicks(seconds: float) -> NDArray[np.int16]:
    return clicks(seconds, width=80, rate_hz=WIDE)


@pytest.mark.parametrize("codec", CODECS)
def test_wideband_sound_comes_out_at_its_place(codec: str) -> None:
    sender = WidebandSender(0, codec, wideband_clicks(6))
    sound, timeline = render(
        as_captured([sender.mark(), mark(0, "bridge")], sender.packets(), [end(6.1)])
    )
    assert sound.shape == (6.1 * WIDE, 2)
    found = onsets(sound[:, 0], apart=8000)
    assert len(found) == 6
    # Opus looks 6.5 ms ahead, G.722's filters hold sound for about 1.5 ms.
    for number, place in enumerate(found):
        assert 0 <= place - (number * WIDE + 5 * MS) <= 9 * MS
    assert timeline.figures()[0].lost == 0
    assert timeline.figures()[0].sound_s == pytest.approx(6, abs=0.041)


@pytest.mark.parametrize("codec", CODECS)
def test_both_channels_stay_aligned_with_a_narrowband_side(codec: str) -> None:
    sender = WidebandSender(0, codec, wideband_clicks(8))
    sound, _ = render(
        as_captured(
            [sender.mark(), mark(0, "bridge")],
            sender.packets(),
            Sender(1, clicks(8)).packets(),
            [end(8)],
        )
    )
    left, right = onsets(sound[:, 0], apart=8000), onsets(sound[:, 1], apart=8000)
    assert len(left) == len(right) == 8
    assert max(abs(a - b) for a, b in zip(left, right, strict=True)) <= 9 * MS


def test_narrowband_sound_keeps_its_tone_and_loudness_at_16_khz() -> None:
    sender = WidebandSender(0, "G722", tone(5000, 3))
    sound, _ = render(
        as_captured(
            [sender.mark(), mark(0, "bridge")],
            sender.packets(),
            Sender(1, sine(1000, 3)).packets(),
            [end(3)],
        )
    )
    heard = sound[WIDE : 2 * WIDE, 1].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(heard))
    assert int(spectrum.argmax()) == 1000
    # What the doubling adds above 4 kHz (the image at 7 kHz) is 45 dB below the tone.
    assert spectrum[4100:].max() < spectrum.max() / 150
    assert abs(np.abs(heard).max() - 8000) < 300
    assert abs(loudest_hz(sound[WIDE : 2 * WIDE, 0], WIDE) - 5000) < 1


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_changed_in_mid_call_is_followed(codec: str) -> None:
    before = Sender(0, clicks(3))
    after = WidebandSender(
        0, codec, wideband_clicks(3), start_s=3, first_sequence=1150, first_timestamp=74_000
    )
    back = Sender(0, clicks(3), start_s=6, first_sequence=1302, first_timestamp=98_000)
    sound, timeline = render(
        as_captured(
            [mark(0, "bridge"), after.mark()],
            before.packets(),
            after.packets()[:150],
            back.packets(),
            [end(9)],
        )
    )
    found = onsets(sound[:, 0], apart=8000)
    assert len(found) == 9
    for number, place in enumerate(found):
        assert 0 <= place - (number * WIDE + 5 * MS) <= 9 * MS
    assert timeline.figures()[0].lost == 2


def test_a_talk_in_g711_stays_narrow_whatever_was_spoken_before() -> None:
    before = WidebandSender(0, "opus", tone(5000, 2))
    records = as_captured(
        [before.mark(), mark(2.1, "bridge")],
        before.packets(),
        Sender(0, sine(400, 2), start_s=2.1, first_sequence=1200).packets(),
        [end(4)],
    )
    found = survey(records, RecordingKind.TALK)
    assert found is not None
    assert found.rate_hz == 8000
    sound, _ = render(records)
    assert abs(loudest_hz(sound[800:15_000, 0]) - 400) < 1


@pytest.mark.parametrize("codec", CODECS)
def test_loss_is_concealed_and_moves_nothing(codec: str) -> None:
    sender = WidebandSender(0, codec, tone(1000, 4))
    packets = sender.packets()
    records: list[CaptureRecord] = [mark(0, "bridge"), sender.mark()]
    plain, _ = render([*records, *packets, end(4.1)])
    sound, timeline = render([*records, *packets[:50], *packets[52:], end(4.1)])
    gap = slice(5 * MS + 50 * 320, 5 * MS + 52 * 320)
    assert sound[gap, 0].any()
    assert timeline.figures()[0].lost == 2
    assert timeline.figures()[0].concealed_s == 0.04
    # A decoder that has missed something finds its way back within some packets.
    rest = slice(gap.stop + 200 * MS, 3 * WIDE)
    difference = sound[rest, 0].astype(np.float64) - plain[rest, 0]
    assert np.abs(difference).mean() < 400
    assert np.array_equal(sound[: gap.start], plain[: gap.start])


def test_reordered_opus_is_decoded_in_order() -> None:
    chance = random.Random(7)
    sender = WidebandSender(0, "opus", tone(1000, 6), delay_ms=lambda _: 5 + chance.uniform(0, 60))
    sound, timeline = render(
        as_captured([mark(0, "bridge"), sender.mark()], sender.packets(), [end(6.2)])
    )
    spectrum = np.abs(np.fft.rfft(sound[WIDE : 5 * WIDE, 0].astype(np.float64)))
    assert int(spectrum.argmax()) == 4000
    assert spectrum[3900:4101].sum() > 10 * np.delete(spectrum, range(3900, 4101)).max()
    assert timeline.figures()[0].lost == 0


def test_batches_of_opus_have_no_seams() -> None:
    packets = [Packet(n, payload) for n, payload in enumerate(encode_opus(tone(440, 6)))]
    whole = LegDecoder(WIDE)
    at_once = np.concatenate([whole.decode(p, packets[n + 1 :]) for n, p in enumerate(packets)])
    alone = LegDecoder(WIDE)
    one_by_one = np.concatenate([alone.decode(p, ()) for p in packets])
    difference = np.abs(at_once.astype(np.int32) - one_by_one)
    assert len(at_once) == len(one_by_one) == len(packets) * 320
    assert difference.max() < 100


def test_opus_that_is_no_opus_is_silent_and_harms_nothing() -> None:
    packets = [Packet(n, payload) for n, payload in enumerate(encode_opus(tone(440, 2)))]
    packets[30].payload = bytes([3])
    packets[40].payload = b"\xff" * 300
    decoder = LegDecoder(WIDE)
    sound = [decoder.decode(p, packets[n + 1 :]) for n, p in enumerate(packets)]
    assert len(sound[30]) == 0
    assert np.abs(sound[80]).max() > 4000


@pytest.mark.parametrize(
    "damaged",
    [b"\x4a\xff\xffxxxxx", b"\x4b\x83\xff\xff\xff", b"\x4b\x41\xff\xff\xff"],
    ids=["code 2", "code 3", "padding"],
)
def test_one_damaged_opus_packet_costs_its_own_sound_alone(damaged: bytes) -> None:
    packets = [Packet(n, payload) for n, payload in enumerate(encode_opus(tone(440, 5)))]
    packets[120].payload = damaged
    decoder = LegDecoder(WIDE)
    sound = [decoder.decode(p, packets[n + 1 :]) for n, p in enumerate(packets)]
    assert len(sound[120]) == 0
    quiet = [n for n, piece in enumerate(sound[2:-2], 2) if n != 120 and piece.max() < 4000]
    assert quiet == []


def test_random_bytes_never_raise() -> None:
    chance = random.Random(1)
    for encoding in (OPUS, Encoding("G722", 8000), Encoding("PCMA", 8000)):
        decoder = LegDecoder(WIDE)
        packets = [
            Packet(n, chance.randbytes(chance.randrange(1, 200)), encoding) for n in range(60)
        ]
        for number, packet in enumerate(packets):
            decoder.decode(packet, packets[number + 1 :])


def test_a_digit_among_opus_packets_does_not_end_a_batch() -> None:
    packets = [Packet(n, payload) for n, payload in enumerate(encode_opus(tone(440, 1)))]
    event = Packet(99, b"\x05\x0a\0\xa0", None)
    decoder = LegDecoder(WIDE)
    decoder.decode(packets[0], [event, *packets[1:10]])
    assert len(decoder.decode(event, ())) == 0
    assert len(decoder.decode(packets[1], ())) == 320


def test_a_packet_that_turns_up_later_is_decoded_by_itself() -> None:
    packets = [Packet(n, payload) for n, payload in enumerate(encode_opus(tone(440, 2)))]
    decoder = LegDecoder(WIDE)
    decoder.decode(packets[0], packets[2:50])
    assert len(decoder.decode(packets[1], packets[2:50])) == 320
    assert np.abs(decoder.decode(packets[2], packets[3:50])).max() > 0


def test_encodings_follow_marks_that_are_whole() -> None:
    known = Encodings()
    assert known.get(9) == Encoding("G722", 8000)
    known.follow({"payload_type": 107, "encoding": "opus", "clock_hz": 48_000})
    assert known.get(107) == OPUS
    known.follow({"payload_type": "107", "encoding": "PCMA"})
    assert known.get(107) == OPUS
    known.follow({"payload_type": 8, "encoding": "telephone-event/48000", "clock_hz": 48_000})
    assert known.get(8) is None
    known.follow({"payload_type": 0, "encoding": "PCMU", "clock_hz": 0})
    assert known.get(0) is None


def test_the_other_rates_of_opus_packets_are_placed() -> None:
    # Packets of 60 ms: three of the encoder's in one (RFC 6716 §3.2.5, code 3, frames of one size).
    sender = WidebandSender(0, "opus", np.zeros(2 * WIDE, np.int16))
    packets = [
        msgspec.structs.replace(
            packet,
            sequence=(1000 + number) & 0xFFFF,
            timestamp=50_000 + number * 2880,
            arrival_us=packet.arrival_us + number * 40_000,
            payload=bytes([0xF8 | 3, 3]) + b"\xff\xfe" * 3,
        )
        for number, packet in enumerate(sender.packets()[:30])
    ]
    _, timeline = render([sender.mark(), mark(0, "bridge"), *packets, end(2)])
    assert timeline.figures()[0].sound_s == pytest.approx(1.8, abs=0.01)


def test_g711_at_8_khz_is_looked_up() -> None:
    decoder = LegDecoder(8000)
    samples = sine(440, 0.1)
    heard = decoder.decode(Packet(0, encode_alaw(samples), Encoding("PCMA", 8000)), ())
    assert np.abs(heard.astype(np.int32) - samples).max() <= 160
