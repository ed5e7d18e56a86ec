from __future__ import annotations

import math

import pytest

from voicegw.media import g711
from voicegw.media.g711 import Law


def test_every_a_law_byte_decodes_to_the_middle_of_its_step() -> None:
    # ITU-T G.711 table 1a: the first and last decoder outputs (13 bit, scaled to 16).
    samples = g711.DECODE[Law.PCMA]
    assert samples[0xD5] == 8
    assert samples[0x55] == -8
    assert samples[0xAA] == 32256
    assert samples[0x2A] == -32256


def test_every_mu_law_byte_decodes() -> None:
    samples = g711.DECODE[Law.PCMU]
    assert samples[0xFF] == samples[0x7F] == 0
    assert samples[0x80] == 32124
    assert samples[0x00] == -32124


@pytest.mark.parametrize("law", list(Law))
def test_decoding_is_undone_by_encoding(law: Law) -> None:
    every = bytes(range(256))
    again = g711.encode(g711.decode(every, law), law)
    # µ-law has two zeroes.
    assert [i for i in range(256) if again[i] != i] == ([0x7F] if law is Law.PCMU else [])


@pytest.mark.parametrize(
    ("table", "source", "target"),
    [
        (g711.ALAW_TO_ULAW, Law.PCMA, Law.PCMU),
        (g711.ULAW_TO_ALAW, Law.PCMU, Law.PCMA),
    ],
)
def test_translation_keeps_sign_order_and_level(table: bytes, source: Law, target: Law) -> None:
    before = g711.DECODE[source]
    after = g711.DECODE[target]
    pairs = sorted((before[byte], after[table[byte]]) for byte in range(256))
    outputs = [output for _, output in pairs]
    assert outputs == sorted(outputs)
    for value, output in pairs:
        assert abs(value - output) <= max(8, abs(value) / 28)
        assert value * output >= 0


def test_known_pairs_of_the_recommendation() -> None:
    # By value number, as the recommendation's tables 3 and 4 list them.
    def alaw(number: int) -> int:
        return (number - 1) ^ 0xD5

    def ulaw(number: int) -> int:
        return 0xFF ^ number

    for a_number, u_number in ((1, 1), (8, 15), (25, 32), (26, 32), (33, 36), (81, 80), (128, 127)):
        assert g711.ALAW_TO_ULAW[alaw(a_number)] == ulaw(u_number)
    for u_number, a_number in ((0, 1), (15, 8), (32, 25), (36, 33), (63, 62), (80, 80), (127, 128)):
        assert g711.ULAW_TO_ALAW[ulaw(u_number)] == alaw(a_number)


def test_crossing_twice_alters_at_most_once() -> None:
    once = bytes(range(256)).translate(g711.ALAW_TO_ULAW).translate(g711.ULAW_TO_ALAW)
    twice = once.translate(g711.ALAW_TO_ULAW).translate(g711.ULAW_TO_ALAW)
    assert once == twice


def test_translation_is_only_between_different_laws() -> None:
    assert g711.translation(Law.PCMA, Law.PCMA) is None
    assert g711.translation(Law.PCMA, Law.PCMU) is g711.ALAW_TO_ULAW
    assert g711.translation(Law.PCMU, Law.PCMA) is g711.ULAW_TO_ALAW


@pytest.mark.parametrize("law", list(Law))
def test_encoding_is_as_good_as_g711_allows(law: Law) -> None:
    samples = [int(8000 * math.sin(2 * math.pi * 440 * n / 8000)) for n in range(800)]
    decoded = g711.decode(g711.encode(samples, law), law)
    noise = sum((a - b) ** 2 for a, b in zip(samples, decoded, strict=True))
    signal = sum(a * a for a in samples)
    assert 10 * math.log10(signal / noise) > 37
    assert g711.decode(g711.encode([99999, -99999], law), law) == [
        max(g711.DECODE[law]),
        min(g711.DECODE[law]),
    ]
