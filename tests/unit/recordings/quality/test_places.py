"""Phrases in what may have been said: found in enough of it, for a person in some of it."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from recordings.quality.likely_texts import DRAWS, likely_texts
from recordings.quality.occurrences import Sides, occurrences
from recordings.quality.phrases import phrase
from recordings.quality.places import Place, Side, places
from tests.unit.recordings.quality.test_check import NOW
from voicegw.model.recording import Channel
from voicegw.model.script import ForbiddenPhrase, Script, Statement
from voicegw.model.transcript import Alternative, Segment

WANTED = "合约期二十四个月"
SAID = "您的合约期二十四个月"
MISHEARD = "请您再看一下别的条款"


def heard(text: str, *others: tuple[str, float], at_s: float = 0.0) -> Segment:
    """Return what the manager was heard to say, and what else it may be."""
    return Segment(
        Channel.MANAGER, at_s, at_s + 3.0, text, alternatives=[Alternative(*one) for one in others]
    )


def found(*segments: Segment) -> list[Place]:
    """Return where WANTED was said."""
    return [place for _, place in places([phrase(WANTED)], Side(segments))]


def test_what_was_written_down_needs_no_alternatives() -> None:
    side = Side([heard(SAID, (MISHEARD, 0.9))])
    [(row, place)] = places([phrase(WANTED)], side)
    assert (row, place.match.is_found, place.likelihood) == (0, True, None)
    assert "likely" not in vars(side)


@pytest.mark.parametrize(
    ("share", "is_found", "is_unsure"),
    [(0.5, True, False), (0.2, True, False), (0.125, False, True), (0.02, False, False)],
)
def test_how_probable_it_must_be(share: float, is_found: bool, is_unsure: bool) -> None:
    given = found(heard(MISHEARD, (SAID, share)))
    sure = [one for one in given if one.match.is_found]
    unsure = [one for one in given if one.match.is_unsure]
    assert (bool(sure), bool(unsure)) == (is_found, is_unsure)
    for place in sure + unsure:
        assert place.likelihood == pytest.approx(share, abs=1 / DRAWS)
        assert place.evidence == SAID
        assert place.start_s == pytest.approx(1.0)
        assert place.end_s == pytest.approx(3.0)


def test_what_was_nearly_written_down_is_told_once() -> None:
    """It goes to a person for what stands there, not for what else may have been heard."""
    wanted, nearly = phrase("全网独一份"), "前往独一份来了吧"
    assert [place.likelihood for _, place in places([wanted], Side([heard(nearly)]))] == [None]
    again = Side([heard(nearly, (nearly + "呀", 0.5))])
    assert [place.likelihood for _, place in places([wanted], again)] == [None]
    # Nearly there in an alternative only: so probable is what a person listens for.
    [other] = [place for _, place in places([wanted], Side([heard(MISHEARD, (nearly, 0.25))]))]
    assert (other.match.is_unsure, other.likelihood) == (True, 0.25)


def test_a_long_list_is_looked_for_as_far_as_there_is_time() -> None:
    segment = heard(MISHEARD, (SAID, 0.5))
    side = Side([segment], work=2 * len(MISHEARD) + 1)
    rows = [row for row, _ in places([phrase(WANTED)] * 3, side)]
    assert rows == [0, 1]
    assert list(places([phrase(WANTED)], side)) == []


def test_each_place_has_a_likelihood_of_its_own() -> None:
    shares = (0.25, 0.5, 0.75)
    parts = [heard(MISHEARD, (SAID, one), at_s=20.0 * at) for at, one in enumerate(shares)]
    given = sorted((place.start_s, place.likelihood) for place in found(*parts))
    assert [share for _, share in given] == list(shares)


def test_a_sentence_of_two_segments_that_were_both_misheard() -> None:
    parts = [
        heard("那我再问一下", ("您的合约期", 0.5)),
        heard("这是别的", ("二十四个月", 0.5), at_s=3.5),
    ]
    [place] = [one for one in found(*parts) if one.match.is_found]
    assert place.likelihood == 0.25


def test_what_was_said_in_other_words_is_not_looked_for_again() -> None:
    early = heard("请您再看一下别的条款", (SAID, 0.5))
    late = heard("您得用满两年", at_s=30.0)
    statement = Statement("term", WANTED, alternatives=["您得用满两年"])
    script = Script("scr_1", "Terms", NOW, NOW, active=True, statements=[statement])
    [occurrence] = occurrences(script, Sides([early, late]), {})["term"]
    assert (occurrence.start_s, occurrence.likelihood) == (30.0, None)


def test_an_alternative_that_denies_it_is_none() -> None:
    assert not [one for one in found(heard(MISHEARD, ("您的合约期不是二十四个月", 0.5)))
                if one.match.is_found]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "written", "other", "share", "is_found"),
    [
        # Nobody hears a denial where none was.
        ("全网最便宜", "谁说全网最便宜", "就是全网最便宜", 0.75, False),
        # What says the opposite is outweighed by what is likelier.
        ("保证收益", "不保证收益", "部分保证收益", 0.25, False),
        ("保证收益", "不保证收益", "部分保证收益", 0.625, True),
        # Another word makes a short phrase another one, and not a long one.
        ("肯定赚钱", "肯定专线稳一些", "肯定赚钱稳一些", 0.5, False),
        ("提前解约需要支付违约金", "提前续约需要支付违约金", "提前解约需要支付违约金", 0.5, True),
    ],
)
def test_what_was_written_down_may_speak_against_it(
    wanted: str, written: str, other: str, share: float, is_found: bool
) -> None:
    given = [place for _, place in places([phrase(wanted)], Side([heard(written, (other, share))]))]
    assert any(place.match.is_found for place in given) is is_found
    assert any(place.match.is_unsure for place in given) is not is_found


def test_draws_follow_the_probabilities_and_are_always_the_same() -> None:
    segments = [heard("一", ("二", 0.5), ("三", 0.25)), heard("甲", ("乙", 0.125), at_s=4.0)]
    drawn = likely_texts(segments)
    again = likely_texts(segments)
    assert [(text.segments, share) for text, share in drawn] == [
        (text.segments, share) for text, share in again
    ]
    assert sum(share for _, share in drawn) == 1.0
    shares = {
        letter: sum(share for text, share in drawn if text.segments[at].text == letter)
        for at, letters in enumerate(("一二三", "甲乙"))
        for letter in letters
    }
    assert shares == {"一": 0.25, "二": 0.5, "三": 0.25, "甲": 0.875, "乙": 0.125}
    assert likely_texts([heard("一")]) == []


def test_neighbouring_segments_are_drawn_apart_from_each_other() -> None:
    """Of any two among five, half and half make four quarters."""
    segments = [heard("一", ("二", 0.5), at_s=4.0 * at) for at in range(5)]
    drawn = likely_texts(segments)
    for one, other in itertools.combinations(range(5), 2):
        pairs: Counter[tuple[str, str]] = Counter()
        for text, share in drawn:
            pairs[text.segments[one].text, text.segments[other].text] += int(share * DRAWS)
        assert set(pairs.values()) == {DRAWS // 4}


def test_a_finding_tells_that_it_is_not_in_the_transcript() -> None:
    script = Script(
        "scr_1", "No promises", NOW, NOW, active=True, phrases=[ForbiddenPhrase("term", WANTED)]
    )
    sides = Sides([heard(MISHEARD, (SAID, 0.5))])
    [occurrence] = occurrences(script, sides, {})["term"]
    assert occurrence.is_found
    assert occurrence.likelihood == 0.5
