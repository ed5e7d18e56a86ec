from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recordings.finishing.timeline import MAX_DURATION_S, Timeline, mark_kind, survey
from tests.unit.recordings.spools import (
    EPOCH_US,
    Sender,
    as_captured,
    clicks,
    end,
    loudest_hz,
    mark,
    onsets,
    render,
    sine,
)
from voicegw.errors import RecordingError
from voicegw.media.spool import CapturedPacket, CaptureMark, CaptureRecord
from voicegw.model.recording import RecordingKind

MS = 8
"""Samples a millisecond."""


def test_the_customer_is_left_and_the_manager_right() -> None:
    sound, _ = render(
        as_captured(
            [mark(0, "bridge")],
            Sender(0, sine(400, 4)).packets(),
            Sender(1, sine(1000, 4), payload_type=0).packets(),
            [end(4.0)],
        )
    )
    assert sound.shape == (32000, 2)
    assert sound.dtype == np.int16
    assert abs(loudest_hz(sound[:, 0]) - 400) < 1
    assert abs(loudest_hz(sound[:, 1]) - 1000) < 1


def test_who_joins_the_manager_is_heard_beside_and_who_follows_after() -> None:
    codec = {"payload_type": 8, "encoding": "PCMA", "clock_hz": 8000}
    sound, timeline = render(
        as_captured(
            [mark(0, "bridge"), *(mark(0, "codec", leg=leg, **codec) for leg in (2, 3))],
            Sender(0, sine(300, 6)).packets(),
            Sender(1, sine(1000, 4)).packets(),
            Sender(2, sine(1700, 2), start_s=2).packets(),
            Sender(3, sine(2300, 2), start_s=4).packets(),
            [end(6.0)],
        )
    )
    customer, manager = sound[:, 0], sound[:, 1]
    assert abs(loudest_hz(customer) - 300) < 1
    spectrum = [set(tones(manager[start * 8000 + 800 : (start + 1) * 8000])) for start in (0, 2, 4)]
    assert spectrum == [{1000}, {1000, 1700}, {2300}]
    assert sorted(timeline.figures()) == [0, 1, 2, 3]


def test_who_is_loud_at_once_is_cut_not_wrapped() -> None:
    codec = {"payload_type": 8, "encoding": "PCMA", "clock_hz": 8000}
    loud = (sine(400, 2).astype(np.float64) * 30_000 / np.abs(sine(400, 2)).max()).astype(np.int16)
    begin = [mark(0, "bridge"), mark(0, "codec", leg=2, **codec)]
    one, _ = render(as_captured(begin, Sender(1, loud).packets(), [end(2.0)]))
    both, _ = render(
        as_captured(begin, Sender(1, loud).packets(), Sender(2, loud).packets(), [end(2.0)])
    )
    wanted = np.clip(2 * one[:, 1].astype(np.int32), -32_768, 32_767)
    assert int(np.abs(wanted).max()) > 32_000
    assert np.array_equal(both[:, 1], wanted)


def tones(samples: np.ndarray) -> list[int]:
    """Return the tones of a piece of sound, to 100 Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    found = np.flatnonzero(spectrum > spectrum.max() / 4)
    return [round(float(place) * 8000 / len(samples) / 100) * 100 for place in found]


def test_clean_sound_comes_out_as_it_went_in() -> None:
    sent = sine(440, 3)
    sound, timeline = render(
        as_captured([mark(0, "bridge")], Sender(0, sent).packets(), [end(3.1)])
    )
    start = 5 * MS
    error = sound[start : start + len(sent), 0].astype(np.int32) - sent
    assert np.abs(error).max() <= 160
    assert not sound[:start].any()
    assert not sound[start + len(sent) :].any()
    assert timeline.figures()[0].lost == 0
    assert timeline.figures()[0].sound_s == 3.0
    assert timeline.figures()[1].sound_s == 0.0


def test_sound_before_the_bridge_is_left_out() -> None:
    sound, _ = render(
        as_captured([mark(2.005, "bridge")], Sender(0, clicks(6)).packets(), [end(6.005)])
    )
    assert len(sound) == 32000
    assert onsets(sound[:, 0]) == [0, 8000, 16000, 24000]


class Counted(bytes):
    """A payload that knows how many like it there are."""

    alive = 0

    def __new__(cls, data: bytes) -> Counted:
        cls.alive += 1
        return super().__new__(cls, data)

    def __del__(self) -> None:
        Counted.alive -= 1


def test_who_waits_long_to_be_put_through_takes_no_memory() -> None:
    """Ten minutes in a queue: what is sent meanwhile is let go of as it comes."""
    most = 0

    def records() -> Iterator[CaptureRecord]:
        nonlocal most
        for number in range(30_000):
            most = max(most, Counted.alive)
            yield CapturedPacket(
                0, 8, number & 0xFFFF, number * 160, EPOCH_US + number * 20_000,
                Counted(b"\xd5" * 160),
            )  # fmt: skip
        yield mark(600, "bridge")
        yield from Sender(
            0, clicks(4), 600, first_sequence=30_000, first_timestamp=4_800_000,
            delay_ms=lambda _: 0,
        ).packets()  # fmt: skip
        yield end(604)

    found = survey(records(), RecordingKind.TALK)
    assert found is not None
    most = 0
    sound = np.concatenate(list(Timeline(found).blocks(records())))
    assert onsets(sound[:, 0]) == [0, 8000, 16_000, 24_000]
    assert most < 1000


def test_only_the_first_bridge_counts() -> None:
    sound, _ = render(
        as_captured([mark(1, "bridge"), mark(3, "bridge")], Sender(0, sine(400, 4)).packets())
    )
    assert len(sound) == round(3.005 * 8000)


def test_a_voicemail_begins_at_the_beep() -> None:
    records = as_captured(
        [mark(0.5, "bridge"), mark(2, "beep")], Sender(0, sine(400, 4)).packets(), [end(4)]
    )
    sound, _ = render(records, RecordingKind.VOICEMAIL)
    assert len(sound) == 16000


def test_a_voicemail_begins_at_the_last_beep() -> None:
    records = as_captured(
        [mark(1, "beep"), mark(3, "beep")], Sender(0, sine(400, 4)).packets(), [end(4)]
    )
    sound, _ = render(records, RecordingKind.VOICEMAIL)
    assert len(sound) == 8000, "what was said while the caller waited in between is in the message"


@pytest.mark.parametrize(
    ("kind", "begin"), [(RecordingKind.TALK, "bridge"), (RecordingKind.VOICEMAIL, "beep")]
)
@pytest.mark.parametrize("ending", [[end(9)], []])
def test_nothing_is_in_a_recording_that_came_after_its_end(
    kind: RecordingKind, begin: str, ending: list[CaptureRecord]
) -> None:
    """Questions and thanks are no part of it; a crash while they are said has cut nothing off."""
    records = as_captured(
        [mark(1, begin), mark(4, "end")], Sender(0, sine(400, 8)).packets(), ending
    )
    found = survey(records, kind)
    assert found is not None
    assert found.ended
    sound, _ = render(records, kind)
    assert len(sound) == 3 * 8000


def test_an_end_before_the_beginning_is_none() -> None:
    """What a damaged spool tells out of order ends nothing."""
    found = survey(
        as_captured(
            [mark(0.5, "end"), mark(1, "bridge")], Sender(0, sine(400, 3)).packets(), [end(3)]
        ),
        RecordingKind.TALK,
    )
    assert found is not None
    assert found.duration_ticks == 2 * 8000


def test_without_a_mark_or_an_end_the_packets_tell() -> None:
    records = as_captured(Sender(0, sine(400, 2), start_s=7).packets())
    found = survey(records, RecordingKind.TALK)
    assert found is not None
    assert (found.marked, found.ended, found.packets) == (False, False, 100)
    sound, _ = render(records)
    assert len(sound) == 16000


def test_a_spool_without_packets_holds_no_talk() -> None:
    assert survey([mark(0, "bridge"), end(5)], RecordingKind.TALK) is None


def test_times_that_cannot_be_true_are_refused() -> None:
    packets = Sender(0, sine(400, 1)).packets()
    packets[-2:] = [
        replace(packet, arrival_us=packet.arrival_us + (MAX_DURATION_S + 10) * 1_000_000)
        for packet in packets[-2:]
    ]
    with pytest.raises(RecordingError):
        survey(packets, RecordingKind.TALK)


def test_a_bridge_after_the_last_packet_is_an_empty_talk() -> None:
    sound, timeline = render(as_captured(Sender(0, sine(400, 1)).packets(), [mark(3, "bridge")]))
    assert len(sound) == 0
    assert not timeline.has_sound


def test_channels_stay_aligned_when_one_leg_begins_late() -> None:
    sound, _ = render(
        as_captured(
            [mark(0, "bridge")],
            Sender(0, clicks(12)).packets(),
            Sender(1, clicks(6), start_s=5, first_timestamp=4_000_000_000).packets(),
            [end(12)],
        )
    )
    left, right = onsets(sound[:, 0]), onsets(sound[:, 1])
    assert left[5:11] == right
    assert not sound[: 5 * 8000, 1].any()


@pytest.mark.parametrize("jitter_ms", [20, 60, 150])
def test_jitter_does_not_move_sound(jitter_ms: int) -> None:
    chance = random.Random(jitter_ms)
    sound, timeline = render(
        as_captured(
            [mark(0, "bridge")],
            Sender(0, clicks(20), delay_ms=lambda _: 5 + chance.uniform(0, jitter_ms)).packets(),
            Sender(1, clicks(20)).packets(),
            [end(20)],
        )
    )
    left, right = onsets(sound[:, 0]), onsets(sound[:, 1])
    assert len(left) == len(right) == 20
    assert max(abs(a - b) for a, b in zip(left, right, strict=True)) <= 20 * MS
    assert timeline.figures()[0].lost == 0


@pytest.mark.parametrize("stall_s", [1, 4, 8])
def test_a_stall_of_the_network_loses_and_moves_nothing(stall_s: int) -> None:
    def delay_ms(number: int) -> float:
        # Everything sent from second 4 on arrives at once at the end of the stall.
        stalled = 200 <= number < 200 + stall_s * 50
        return stall_s * 1000 - (number - 200) * 20 if stalled else 5

    sent = clicks(20)
    sound, timeline = render(
        as_captured([mark(0, "bridge")], Sender(0, sent, delay_ms=delay_ms).packets(), [end(20)])
    )
    assert onsets(sound[:, 0]) == [5 * MS + 8000 * n for n in range(20)]
    assert timeline.figures()[0].lost == 0


def test_reordered_packets_find_their_place() -> None:
    packets = Sender(0, sine(440, 4)).packets()
    for first in range(10, 190, 7):
        packets[first], packets[first + 3] = packets[first + 3], packets[first]
    arrivals = sorted(packet.arrival_us for packet in packets)
    shuffled = [
        replace(packet, arrival_us=arrival)
        for packet, arrival in zip(packets, arrivals, strict=True)
    ]
    plain, _ = render([mark(0, "bridge"), *Sender(0, sine(440, 4)).packets(), end(4.1)])
    mixed, timeline = render([mark(0, "bridge"), *shuffled, end(4.1)])
    best = max(
        float(np.corrcoef(plain[800:30000, 0], mixed[800 + shift : 30000 + shift, 0])[0, 1])
        for shift in range(-20 * MS, 20 * MS + 1)
    )
    assert best > 0.999
    assert timeline.figures()[0].lost == 0
    assert timeline.figures()[0].late == 0


def test_duplicates_are_heard_once() -> None:
    packets = Sender(0, sine(440, 2)).packets()
    doubled: list[CaptureRecord] = [mark(0, "bridge")]
    for packet in packets:
        doubled += [packet, replace(packet, arrival_us=packet.arrival_us + 3000)]
    plain, _ = render([mark(0, "bridge"), *packets, end(2.1)])
    sound, timeline = render([*doubled, end(2.1)])
    assert np.array_equal(plain, sound)
    assert timeline.figures()[0].duplicates == len(packets)


def test_sequence_and_timestamp_wrap() -> None:
    plain, _ = render([mark(0, "bridge"), *Sender(0, sine(440, 4)).packets(), end(4.1)])
    wrapping = Sender(0, sine(440, 4), first_sequence=65500, first_timestamp=2**32 - 1000)
    sound, timeline = render([mark(0, "bridge"), *wrapping.packets(), end(4.1)])
    assert np.array_equal(plain, sound)
    assert timeline.figures()[0].lost == 0


def test_a_short_loss_is_concealed_and_keeps_the_place_of_what_follows() -> None:
    packets = Sender(0, sine(440, 4)).packets()
    sound, timeline = render([mark(0, "bridge"), *packets[:50], *packets[52:], end(4.1)])
    plain, _ = render([mark(0, "bridge"), *packets, end(4.1)])
    gap = slice(5 * MS + 50 * 160, 5 * MS + 52 * 160)
    outside = np.ones(len(sound), dtype=bool)
    outside[gap] = False
    assert np.array_equal(sound[outside], plain[outside])
    first, second = np.split(np.abs(sound[gap, 0].astype(np.int32)), 2)
    assert first.max() > second.max() > 0
    assert timeline.figures()[0].lost == 2
    assert timeline.figures()[0].concealed_s == 0.04


def test_a_long_loss_fades_within_60_ms_and_is_silent_then() -> None:
    packets = Sender(0, sine(440, 4)).packets()
    sound, timeline = render([mark(0, "bridge"), *packets[:50], *packets[100:], end(4.1)])
    gap = sound[5 * MS + 50 * 160 : 5 * MS + 100 * 160, 0]
    assert gap[: 50 * MS].any()
    assert not gap[60 * MS :].any()
    assert np.abs(gap[55 * MS : 60 * MS].astype(np.int32)).max() < 1000
    assert timeline.figures()[0].lost == 50


def test_a_pause_of_the_sender_is_silent() -> None:
    # Silence suppression: the numbers go on without a step, the RTP time leaps.
    first = Sender(0, sine(440, 1)).packets()
    second = Sender(
        0, sine(440, 1), start_s=3, first_sequence=1050, first_timestamp=50_000 + 24_000
    ).packets()
    sound, timeline = render([mark(0, "bridge"), *first, *second, end(4.1)])
    assert not sound[5 * MS + 8000 : 5 * MS + 24_000, 0].any()
    assert abs(loudest_hz(sound[5 * MS + 24_000 : 5 * MS + 32_000, 0]) - 440) < 1
    assert timeline.figures()[0].concealed_s == 0


def test_a_clock_stopped_on_hold_is_anchored_anew() -> None:
    # The phone sends nothing for five seconds and counts its RTP time on as if nothing had been.
    first = Sender(0, clicks(3)).packets()
    second = Sender(
        0, clicks(4), start_s=8, first_sequence=1150, first_timestamp=50_000 + 24_000
    ).packets()
    sound, _ = render(
        as_captured([mark(0, "bridge")], first, second, Sender(1, clicks(12)).packets(), [end(12)])
    )
    right = onsets(sound[:, 1])
    assert onsets(sound[:, 0]) == [*right[:3], *right[8:12]]


def test_a_clock_a_little_off_after_a_pause_is_anchored_at_once() -> None:
    # Too little to be a step in mid-speech, and too much to leave to the sender's drift.
    first = Sender(0, clicks(2)).packets()
    second = Sender(
        0, clicks(2), start_s=3, first_sequence=1100, first_timestamp=50_000 + 24_000 - 15 * MS
    ).packets()
    sound, _ = render(
        as_captured([mark(0, "bridge")], first, second, Sender(1, clicks(5)).packets(), [end(5)])
    )
    right = onsets(sound[:, 1])
    assert onsets(sound[:, 0]) == [*right[:2], *right[3:5]]


@pytest.mark.parametrize("ppm", [50, -50, 500])
def test_a_clock_that_crept_on_in_a_long_silence_is_anchored_at_once(ppm: int) -> None:
    """Forty minutes on hold, then speech: its first words are where they were spoken."""
    clock, silence_s = 1 + ppm / 1e6, 2400 if abs(ppm) < 500 else 400
    count = (silence_s + 4) * 50
    # Not a whole number of looks ahead: what the last one saw would hold on.
    spoken = Sender(0, clicks(3.8), clock=clock).packets()
    later = Sender(
        0, clicks(4), start_s=(silence_s + 4) * clock, clock=clock,
        first_sequence=1190, first_timestamp=50_000 + count * 160,
    ).packets()  # fmt: skip
    last_s = (silence_s + 9) * clock
    sound, _ = render(as_captured([mark(0, "bridge")], spoken, later, [end(last_s)]))
    begins = round((silence_s + 4) * clock * 8000) + 5 * MS
    found = onsets(sound[:, 0])
    assert len(found) == 8
    for number, place in enumerate(found[4:]):
        assert abs(place - begins - number * 8000) <= 5 * MS


@pytest.mark.parametrize("sequence", [40_000, 1160, 1120])
def test_a_new_stream_is_anchored_to_its_arrival(sequence: int) -> None:
    first = Sender(0, clicks(3)).packets()
    second = Sender(
        0, clicks(5), start_s=3, first_sequence=sequence, first_timestamp=3_111_111_111
    ).packets()
    sound, _ = render([mark(0, "bridge"), *first, *second, end(8)])
    assert onsets(sound[:, 0]) == [5 * MS + 8000 * n for n in range(8)]


def test_a_stray_packet_is_not_heard() -> None:
    packets = Sender(0, np.zeros(16000, np.int16)).packets()
    stray = replace(packets[50], sequence=33_000, timestamp=9, payload=b"\x2a" * 160)
    other = replace(stray, sequence=50_000)
    sound, timeline = render(
        [mark(0, "bridge"), *packets[:50], stray, other, *packets[50:], end(2)]
    )
    assert np.abs(sound.astype(np.int32)).max() < 20
    assert timeline.figures()[0].strays == 2
    assert timeline.figures()[0].lost == 0


def test_a_packet_that_comes_late_moves_no_other() -> None:
    packets = Sender(0, sine(440, 8)).packets()
    late = replace(packets[150], arrival_us=packets[150].arrival_us + 1_900_000)
    others = [packet for packet in packets if packet is not packets[150]]
    plain, _ = render(as_captured([mark(0, "bridge")], packets, [end(8.1)]))
    sound, timeline = render(as_captured([mark(0, "bridge")], others, [late], [end(8.1)]))
    assert np.array_equal(plain, sound)
    assert timeline.figures()[0].lost == 0


def test_digits_and_comfort_noise_are_silent() -> None:
    packets = Sender(0, sine(440, 4)).packets()
    event_time = packets[100].timestamp
    codec = mark(0, "codec", leg=0, payload_type=101, encoding="telephone-event", clock_hz=8000)
    events = [
        replace(packet, payload_type=101, timestamp=event_time, payload=b"\x05\x0a\0\xa0")
        for packet in packets[100:110]
    ]
    noise = [replace(packet, payload_type=13, payload=b"\x40") for packet in packets[110:115]]
    sound, timeline = render(
        [mark(0, "bridge"), codec, *packets[:100], *events, *noise, *packets[115:], end(4.1)]
    )
    start = 5 * MS + 100 * 160
    assert not sound[start : start + 15 * 160, 0].any()
    assert sound[start + 15 * 160 : start + 16 * 160, 0].any()
    assert timeline.figures()[0].lost == 0
    assert timeline.figures()[0].concealed_s == 0


def test_codec_marks_name_payload_types_per_leg_and_in_mid_call() -> None:
    packets = Sender(0, sine(440, 4), payload_type=0).packets()
    second_half = [replace(packet, payload_type=96) for packet in packets[100:]]
    other = [replace(packet, leg=1) for packet in second_half]
    sound, _ = render(
        as_captured(
            [mark(0, "bridge")],
            packets[:100],
            [mark(2.0, "codec", leg=0, payload_type=96, encoding="pcmu", clock_hz=8000)],
            second_half,
            other,
            [end(4.1)],
        )
    )
    assert abs(loudest_hz(sound[100:32000, 0]) - 440) < 1
    assert np.abs(sound[16100:32000, 0].astype(np.int32) - sine(440, 4)[16060:31960]).max() <= 160
    assert not sound[:, 1].any()


def test_hold_is_silent_on_both_sides_until_nobody_holds() -> None:
    sound, _ = render(
        as_captured(
            [
                mark(0, "bridge"),
                mark(2, "hold", detail="manager"),
                mark(3, "hold", detail="customer"),
                mark(4, "unhold", detail="manager"),
                mark(5, "unhold", detail="customer"),
                mark(6, "unhold", detail="customer"),
            ],
            Sender(0, sine(400, 8)).packets(),
            Sender(1, sine(400, 8)).packets(),
            [end(8)],
        )
    )
    assert not sound[2 * 8000 : 5 * 8000].any()
    for part in (sound[8000 : 2 * 8000 - 1], sound[5 * 8000 + 1 : 7 * 8000]):
        assert np.abs(part.astype(np.int32)).max(axis=0).min() > 7000


def test_a_paused_recording_is_silent_to_the_end_when_never_resumed() -> None:
    sound, _ = render(
        as_captured(
            [mark(0, "bridge"), mark(1, "pause"), mark(2, "resume"), mark(3, "pause")],
            Sender(0, sine(400, 30)).packets(),
            [end(30)],
        )
    )
    assert not sound[8000:16000].any()
    assert sound[16000:24000, 0].any()
    assert not sound[24000:].any()


@pytest.mark.parametrize(
    ("ppm", "minutes"),
    [(200, 6), (-200, 6), (1000, 6), pytest.param(200, 60, marks=pytest.mark.slow)],
)
def test_a_running_clock_is_followed(ppm: int, minutes: int) -> None:
    seconds = minutes * 60
    drifting = Sender(0, clicks(seconds, 10), clock=1 + ppm / 1e6)
    sound, _ = render(
        as_captured(
            [mark(0, "bridge")],
            drifting.packets(),
            Sender(1, clicks(seconds, 10)).packets(),
            [end(seconds + 1)],
        )
    )
    left, right = onsets(sound[:, 0]), onsets(sound[:, 1])
    assert len(left) == len(right)
    for n, (mine, true) in enumerate(zip(left, right, strict=True)):
        assert abs(mine - true - n * 10 * ppm / 1e6 * 8000) <= 12 * MS


def test_a_running_clock_is_followed_in_loud_sound() -> None:
    seconds = 120
    sound, _ = render(
        as_captured(
            [mark(0, "bridge")],
            Sender(0, sine(440, seconds), clock=1.0005).packets(),
            [end(seconds * 1.0005 + 1)],
        )
    )
    last = int(np.flatnonzero(sound[:, 0])[-1])
    assert abs(last - seconds * 1.0005 * 8000) <= 20 * MS


def test_a_longer_way_from_some_moment_on_is_followed_at_once() -> None:
    sound, timeline = render(
        as_captured(
            [mark(0, "bridge")],
            Sender(0, clicks(10), delay_ms=lambda n: 5 if n < 225 else 95).packets(),
            [end(11)],
        )
    )
    found = onsets(sound[:, 0])
    assert found[:5] == [5 * MS + 8000 * n for n in range(5)]
    assert found[5:] == [95 * MS + 8000 * n for n in range(5, 10)]
    assert timeline.figures()[0].concealed_s == pytest.approx(0.06)


def test_a_shorter_way_cuts_what_overlaps() -> None:
    sound, _ = render(
        as_captured(
            [mark(0, "bridge")],
            Sender(0, clicks(10), delay_ms=lambda n: 95 if n < 225 else 5).packets(),
            [end(11)],
        )
    )
    found = onsets(sound[:, 0])
    assert len(found) == 10
    assert found[6:] == [5 * MS + 8000 * n for n in range(6, 10)]


def test_unknown_legs_payload_types_and_damaged_marks_are_passed_over() -> None:
    packets = Sender(0, sine(440, 2)).packets()
    odd: list[CaptureRecord] = [
        replace(packets[10], leg=7),
        replace(packets[10], leg=1, payload_type=77),
        replace(packets[11], leg=1, payload_type=8, payload=b""),
        CaptureMark(EPOCH_US, ["no", "object"]),  # type: ignore[arg-type]
        CaptureMark(EPOCH_US, {"kind": 5}),
        mark(0, "codec", leg=9, payload_type=8, encoding="PCMA"),
        mark(0, "codec", leg=0, payload_type="8", encoding="PCMA"),
    ]
    plain, _ = render([mark(0, "bridge"), *packets, end(2.1)])
    sound, _ = render([mark(0, "bridge"), *odd, *packets, end(2.1)])
    assert np.array_equal(plain, sound)
    assert mark_kind(CaptureMark(EPOCH_US, {"kind": 5})) is None


def test_packets_with_one_sample_are_placed() -> None:
    packets = [
        CapturedPacket(0, 8, n, n, EPOCH_US + n * 125 + (n // 1000) * 20_000, b"\x2a")
        for n in range(4000)
    ]
    sound, _ = render([mark(0, "bridge"), *packets])
    assert sound[:, 0].any()


def test_memory_stays_bounded_in_a_long_talk() -> None:
    packets = Sender(0, np.zeros(8000 * 60, np.int16)).packets()
    records = as_captured([mark(0, "bridge")], packets, [end(60)])
    found = survey(records, RecordingKind.TALK)
    assert found is not None
    timeline = Timeline(found)
    for count, block in enumerate(timeline.blocks(records)):
        assert len(block) <= 8000
        placed = timeline._legs[0]
        assert len(placed.blocks._blocks) <= 13
        if count < 48:
            assert len(placed.order.waiting) <= 120


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.sampled_from([0, 8, 9, 13, 96, 101]),
            st.integers(0, 65535),
            st.integers(0, 2**32 - 1),
            st.integers(0, 30_000_000),
            st.binary(max_size=400),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_arrives_both_channels_are_as_long_as_the_talk(
    items: list[tuple[int, int, int, int, int, bytes]],
) -> None:
    records: list[CaptureRecord] = [
        mark(0, "codec", leg=0, payload_type=96, encoding="opus", clock_hz=48_000),
        *(
            CapturedPacket(leg, kind, sequence, timestamp, EPOCH_US + arrival, payload)
            for leg, kind, sequence, timestamp, arrival, payload in items
        ),
    ]
    found = survey(records, RecordingKind.TALK)
    assert found is not None
    sound, _ = render(records)
    assert sound.shape == (found.duration_ticks, 2)
