"""Draws talks for review by a rule and a seed, so that anybody can draw the same again. Pure.

A talk's lot is the SHA-256 of the seed and its id: talks are taken in the order of their lots. So a
draw depends on nothing but the seed and the population, not on the order of a query or a version
of a random number generator; and nobody who does not know the seed can tell what will be drawn.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.errors import InvalidError
from voicegw.model.review import SampleRule

#: Most talks of one sample: more than a team of reviewers hears in a year.
MAX_DRAWN: Final = 5000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A talk that may be drawn, and whose it was."""

    recording_id: str
    manager_id: str | None


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, in the order of the lots; `blind_ids` are those to be scored twice."""

    recording_ids: tuple[str, ...]
    blind_ids: tuple[str, ...]
    population: int
    population_sha256: str
    reviewed: Mapping[str, int]
    """What of `reviewed` the draw rests on: needed to draw again."""


def draw(
    rule: SampleRule, candidates: Iterable[Candidate], reviewed: Mapping[str, int] | None = None
) -> Draw:
    """Draw from `candidates` by `rule`; `reviewed` is how many reviews each manager has had.

    With `per_manager` every manager gives as many talks as there are, up to the number asked for.
    With `count` the managers who were reviewed least come first, one talk each in turn. With
    `share` each talk has the same chance. Raises InvalidError for a rule that can't be followed or
    that draws more than MAX_DRAWN.
    """
    check_rule(rule)
    lots = sorted(
        {one.recording_id: one for one in candidates}.values(),
        key=lambda one: lot(rule.seed, one.recording_id),
    )
    if rule.per_manager is not None:
        taken = _per_manager(lots, rule.per_manager)
    elif rule.count is not None:
        taken = _fairly(lots, rule.count, reviewed or {}, rule.seed)
    else:
        taken = lots[: _ceil(len(lots), rule.share or 0.0)]
    if len(taken) > MAX_DRAWN:
        raise InvalidError(
            "rule", f"draws {len(taken)} talks; {MAX_DRAWN} at most", kind="too-many", max=MAX_DRAWN
        )
    ids = tuple(one.recording_id for one in taken)
    # Another seed for the second question, else always the first lots would be scored twice.
    blind_seed = f"{rule.seed}/blind"
    blind = sorted(ids, key=lambda one: lot(blind_seed, one))[: _ceil(len(ids), rule.blind_share)]
    managers = {one.manager_id for one in lots if one.manager_id} if rule.count else set()
    return Draw(
        recording_ids=ids,
        blind_ids=tuple(blind),
        population=len(lots),
        population_sha256=population_hash(one.recording_id for one in lots),
        reviewed={one: (reviewed or {}).get(one, 0) for one in sorted(managers)},
    )


def lot(seed: str, recording_id: str) -> bytes:
    """Return what decides a talk's place in the draw."""
    return hashlib.sha256(f"{seed}\n{recording_id}".encode()).digest()


def population_hash(recording_ids: Iterable[str]) -> str:
    """Return the SHA-256 (hex) of the sorted ids, one a line."""
    digest = hashlib.sha256()
    for recording_id in sorted(recording_ids):
        digest.update(f"{recording_id}\n".encode())
    return digest.hexdigest()


def check_rule(rule: SampleRule) -> None:
    """Raise InvalidError unless exactly one way of drawing is given, and within its bounds."""
    ways = [rule.per_manager, rule.share, rule.count]
    if sum(way is not None for way in ways) != 1:
        raise InvalidError(
            "rule",
            "give exactly one of per_manager, share and count",
            kind="choose-one",
            fields="per_manager, share, count",
        )
    if rule.until <= rule.from_:
        raise InvalidError("until", "must be later than from", kind="not-after", other="from")
    if rule.per_manager is not None and rule.per_manager < 1:
        raise InvalidError("per_manager", "must be at least 1", kind="too-small", min=1)
    if rule.count is not None and rule.count < 1:
        raise InvalidError("count", "must be at least 1", kind="too-small", min=1)
    if rule.share is not None and not 0 < rule.share <= 1:
        raise InvalidError(
            "share", "must be above 0 and at most 1", kind="out-of-range", min=0, max=1
        )
    if not 0 <= rule.blind_share <= 1:
        raise InvalidError("blind_share", "must be from 0 to 1", kind="out-of-range", min=0, max=1)


def _per_manager(lots: Sequence[Candidate], most: int) -> list[Candidate]:
    taken: dict[str | None, int] = defaultdict(int)
    chosen = []
    for one in lots:
        if taken[one.manager_id] < most:
            taken[one.manager_id] += 1
            chosen.append(one)
    return chosen


def _fairly(
    lots: Sequence[Candidate], count: int, reviewed: Mapping[str, int], seed: str
) -> list[Candidate]:
    """Take one talk after the other from whoever has the fewest reviews, this draw included."""
    waiting: dict[str, list[Candidate]] = defaultdict(list)
    for one in reversed(lots):
        waiting[one.manager_id or ""].append(one)
    turns = [(reviewed.get(manager, 0), lot(seed, manager), manager) for manager in waiting]
    heapq.heapify(turns)
    chosen: list[Candidate] = []
    while turns and len(chosen) < count:
        had, rank, manager = turns[0]
        chosen.append(waiting[manager].pop())
        if waiting[manager]:
            heapq.heapreplace(turns, (had + 1, rank, manager))
        else:
            heapq.heappop(turns)
    return chosen


def _ceil(count: int, share: float) -> int:
    return math.ceil(round(count * share, 9))
