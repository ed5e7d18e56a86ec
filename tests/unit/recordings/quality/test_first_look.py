"""Where phrases may stand at all: what is not looked at any closer could not have been found."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from recordings.quality.first_look import (
    FEWEST_SPREAD,
    PIECE,
    SPREAD,
    FirstLook,
)
from recordings.quality.phrases import phrase
from recordings.quality.scattered import may_hold, scattered
from recordings.quality.sound_counts import CODES, NEAR, Patterns, Places, Windows, shares
from recordings.quality.spoken import SpokenText, spoken_text
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment

_PHRASES = [
    phrase(text, may_turn=True)
    for text in (
        "保本",
        "年费一百元",
        "爱办不办",
        "宽限期为三十天",
        "本次通话会被录音",
        "提前解约需支付违约金",
        "您的个人信息不会泄露给第三方",
    )
]
_LOOK = FirstLook(_PHRASES)
_SYLLABLES = "".join(dict.fromkeys("".join(one.spoken.chars for one in _PHRASES)))
#: Texts of the phrases' own syllables and their like, of which some comes near a phrase.
_TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from(_SYLLABLES + "年连繁暖的了好三十元"), max_size=14),
        st.sampled_from([one.spoken.chars for one in _PHRASES]).flatmap(
            lambda chars: st.integers(0, len(chars)).map(lambda cut: chars[:cut])
        ),
        st.sampled_from(
            ["不要钱就给您免了这笔钱", "解除合同得赔钱", "三十天之内宽限", "资料不外传"]
        ),
    ),
    max_size=12,
)


def _said(texts: Sequence[str]) -> SpokenText:
    return spoken_text(
        [Segment(Channel.MANAGER, 3.0 * at, 3.0 * at + 2.0, text) for at, text in enumerate(texts)]
    )


@given(_TEXTS)
@settings(max_examples=80, deadline=None)
def test_whatever_could_be_near_is_named(texts: list[str]) -> None:
    """Of a region, codes that are not named score too little, and no pieces hold the phrase."""
    text = _said(texts)
    for region in _LOOK.regions(text):
        one = _PHRASES[region.row]
        heard = text.codes[region.start : region.end]
        for codes in {one.spoken.codes, *(one.variants if region.varied else ())}:
            if codes not in region.near:
                assert fuzz.partial_ratio(codes, heard) < NEAR
        ends = [
            behind
            for first, behind in zip(text.starts, text.starts[1:], strict=False)
            if behind - first <= PIECE and region.start < behind < region.end
        ]
        if ends and one.length >= FEWEST_SPREAD and not region.spread:
            least = math.ceil(SPREAD * one.length)
            assert LCSseq.similarity(one.spoken.codes, heard) < least


@given(_TEXTS, st.sampled_from(range(len(_PHRASES))), _TEXTS)
@settings(max_examples=80, deadline=None)
def test_a_phrase_lies_in_a_region_of_its_own(
    before: list[str], row: int, behind: list[str]
) -> None:
    """Wherever a phrase is said as it is, a region holds it, with its codes among what is near."""
    one = _PHRASES[row]
    text = _said([*before, one.spoken.chars, *behind])
    place = text.codes.find(one.spoken.codes)
    while place >= 0:
        assert any(
            region.row == row
            and region.start <= place
            and place + one.length <= region.end
            and one.spoken.codes in region.near
            for region in _LOOK.regions(text)
        )
        place = text.codes.find(one.spoken.codes, place + 1)


@given(_TEXTS)
@settings(max_examples=40, deadline=None)
def test_each_phrase_is_looked_for_as_if_alone(texts: list[str]) -> None:
    """What other phrases are looked for, and where, changes nothing; regions come in order."""
    text = _said(texts)
    regions = list(_LOOK.regions(text))
    assert regions == sorted(regions, key=lambda one: (one.row, one.start))
    for row, one in enumerate(_PHRASES):
        alone = [each._replace(row=row) for each in FirstLook([one]).regions(text)]
        assert alone == [each for each in regions if each.row == row]


@given(_TEXTS)
@settings(max_examples=40, deadline=None)
def test_words_that_are_found_scattered_all_stand_there(texts: list[str]) -> None:
    """Where a glance misses a word of a phrase, the phrase is not there in another order."""
    text = _said(texts)
    for one in _PHRASES:
        for start in range(0, len(text.chars), 7):
            if not may_hold(one, text, start, start + 20):
                end = min(start + 20, len(text.chars))
                assert not one.may_scatter or scattered(one, text, start, end) is None


@given(_TEXTS)
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_counting(texts: list[str]) -> None:
    """Sounds of all phrases counted at once are those counted phrase by phrase, place by place."""
    text = _said(texts)
    codes = np.array([ord(code) % CODES for code in text.codes], dtype=np.uint32)
    if not len(codes):
        return
    own = [one.spoken.codes for one in _PHRASES]
    lengths = np.minimum([len(each) for each in own], len(codes))
    _, keys = Patterns(own, own).places(codes, 10)
    places = Places(keys, 10, lengths, len(codes))
    few, many = shares(lengths, 0.4), shares(lengths, 0.8)
    found = places.windows(few)
    assert _beginnings(places.windows(many)) == _beginnings(places.windows(many, among=found))
    counted = [
        (row << 10) + start
        for row, each in enumerate(own)
        for start in range(len(codes) - int(lengths[row]) + 1)
        if sum(one in each for one in text.codes[start : start + int(lengths[row])]) >= few[row]
    ]
    assert _beginnings(found) == counted


def _beginnings(windows: Windows) -> list[int]:
    """Return where windows begin, each once."""
    runs = zip(windows.first.tolist(), windows.last.tolist(), strict=True)
    return sorted({place for first, last in runs for place in range(first, last + 1)})
