"""Who gets which review of a sample."""

from __future__ import annotations

from collections import Counter

from recordings.quality.assignment import Reviewer, share_out
from recordings.quality.review import Person
from tests.unit.recordings.quality.cards import make_review
from voicegw.model.review import Review, ReviewPart, ReviewState

ANN, BEN = Reviewer(Person("key_ann")), Reviewer(Person("key_ben"))


def talks(count: int) -> list[Review]:
    """Open reviews of as many talks."""
    return [make_review(id=f"rev_{one}", recording_id=f"rec_{one}") for one in range(count)]


def pair(number: int) -> list[Review]:
    """Both halves of a blind pair."""
    return [
        make_review(id=f"rev_{number}{part}", recording_id=f"rec_{number}", part=part)
        for part in (ReviewPart.BLIND_FIRST, ReviewPart.BLIND_SECOND)
    ]


def test_reviews_are_shared_evenly_with_what_each_has_already() -> None:
    reviews = talks(7)
    for review in reviews[:3]:
        review.reviewer, review.state = ANN.person.id, ReviewState.FINAL
    shares = share_out(reviews, [ANN, BEN])
    assert Counter(one.person.id for one in shares.given.values()) == {"key_ben": 3, "key_ann": 1}
    assert shares.load == {"key_ann": 4, "key_ben": 3}
    assert not shares.given.keys() & {"rev_0", "rev_1", "rev_2"}


def test_nobody_gets_both_halves_of_a_pair() -> None:
    reviews = [half for number in range(5) for half in pair(number)]
    shares = share_out(reviews, [ANN, BEN])
    assert shares.load == {"key_ann": 5, "key_ben": 5}
    for first, second in zip(reviews[::2], reviews[1::2], strict=True):
        assert shares.given[first.id] is not shares.given[second.id]
    alone = share_out(reviews, [ANN])
    assert alone.load == {"key_ann": 5}
    assert len(alone.given) == 5


def test_nobody_gets_the_own_call_or_what_the_key_does_not_see() -> None:
    own = Reviewer(Person("key_own", "mgr_1"))
    elsewhere = Reviewer(Person("key_far"), frozenset({"grp_9"}))
    within = Reviewer(Person("key_near"), frozenset({"grp_1", "grp_9"}))
    assert share_out(talks(2), [own, elsewhere]).given == {}
    assert share_out(talks(2), [own, elsewhere, within]).load == {
        "key_own": 0,
        "key_far": 0,
        "key_near": 2,
    }


def test_one_who_is_named_twice_has_no_double_share() -> None:
    shares = share_out(talks(4), [ANN, ANN, BEN])
    assert shares.load == {"key_ann": 2, "key_ben": 2}
