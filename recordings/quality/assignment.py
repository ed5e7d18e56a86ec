"""Who is to score which review of a sample: evenly, and never what one may not. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recordings.quality.review import Person, check_reviewer
from voicegw.errors import PolicyError
from voicegw.model.review import Review, ReviewState


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who scores; `group_ids` are the groups whose reviews this person sees, None: all."""

    person: Person
    group_ids: frozenset[str] | None = None

    def reaches(self, review: Review) -> bool:
        """Whether this person sees the review at all."""
        return self.group_ids is None or review.group_id in self.group_ids


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets which review, by review id, and how many reviews of the sample each has then."""

    given: Mapping[str, Reviewer]
    load: Mapping[str, int]


def share_out(reviews: Sequence[Review], reviewers: Sequence[Reviewer]) -> Shares:
    """Give each open one of `reviews`, all those of a sample, to whoever has the fewest.

    A review that nobody may have (it is the own call of all, they have the other half, or do not
    see it) stays open.
    """
    load = {one.person.id: 0 for one in reviewers}
    holders: dict[str, set[str]] = defaultdict(set)
    for review in reviews:
        if review.reviewer is not None:
            holders[review.recording_id].add(review.reviewer)
            if review.reviewer in load:
                load[review.reviewer] += 1
    given: dict[str, Reviewer] = {}
    for review in reviews:
        if review.state is not ReviewState.OPEN:
            continue
        taken = holders[review.recording_id]
        able = [one for one in reviewers if _may_have(review, one, taken)]
        if not able:
            continue
        chosen = min(able, key=lambda one: load[one.person.id])
        given[review.id] = chosen
        load[chosen.person.id] += 1
        taken.add(chosen.person.id)
    return Shares(given, load)


def _may_have(review: Review, reviewer: Reviewer, taken: set[str]) -> bool:
    if not reviewer.reaches(review):
        return False
    try:
        check_reviewer(review, reviewer.person, taken)
    except PolicyError:
        return False
    return True
