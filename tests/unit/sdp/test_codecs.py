from __future__ import annotations

import pytest

from voicegw.sdp.codecs import Codec, clock_hz_of, codec_named, codecs_named, event_name


def test_codecs_are_known_in_any_case_and_each_once() -> None:
    assert codecs_named(["OPUS", "g722", "opus", "GSM", "pcma"]) == (
        Codec.OPUS,
        Codec.G722,
        Codec.PCMA,
    )
    assert codec_named("telephone-event") is None


@pytest.mark.parametrize(
    ("codec", "static", "clock_hz", "channels"),
    [
        (Codec.PCMU, 0, 8000, 1),
        (Codec.PCMA, 8, 8000, 1),
        (Codec.G722, 9, 8000, 1),
        (Codec.OPUS, None, 48_000, 2),
    ],
)
def test_each_codec_has_the_number_and_clock_of_its_rfc(
    codec: Codec, static: int | None, clock_hz: int, channels: int
) -> None:
    assert (codec.static_payload_type, codec.clock_hz, codec.channels) == (
        static,
        clock_hz,
        channels,
    )
    assert clock_hz_of(codec.value) == clock_hz


def test_events_run_on_the_clock_of_the_sound_beside_them() -> None:
    assert clock_hz_of(event_name(8000) or "") == 8000
    assert clock_hz_of(event_name(48_000) or "") == 48_000
    assert event_name(16_000) is None
