"""Phrases against cases that somebody else labelled. The bounds are what is reached, not the goal.

docs/performance.md says how far that is from 0.95 on text and 0.90 in each class after recognition.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from recordings.quality.occurrences import Sides
from recordings.quality.phrases import phrase
from recordings.quality.places import places
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment

_CASES = Path(__file__).parents[3] / "data" / "phrases"


class Figures(NamedTuple):
    """How the search does on the cases of a file; recalls are of what was said."""

    precision: float
    recall: float
    reached: float
    """What is found or sent to a person."""
    to_a_person: float
    """The share of all cases that a person gets."""


def measure(name: str) -> Figures:
    """Return the figures of a file of cases, without those whose words recognition destroyed."""
    hits = false_alarms = said = reached = unsure = total = 0
    for line in (_CASES / f"{name}.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if case.get("lost"):
            continue
        segments = [msgspec.convert(one, Segment) for one in case["segments"]]
        wanted = phrase(case["phrase"], case["slots"], may_turn=case["kind"] == "required")
        side = Sides(segments).said[Channel.MANAGER]
        matches = [place.match for _, place in places([wanted], side)]
        found = any(match.is_found for match in matches)
        doubtful = not found and any(match.is_unsure for match in matches)
        total += 1
        said += case["said"]
        hits += found and case["said"]
        false_alarms += found and not case["said"]
        reached += case["said"] and (found or doubtful)
        unsure += doubtful
    return Figures(hits / (hits + false_alarms), hits / said, reached / said, unsure / total)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("open", Figures(0.99, 0.99, 0.99, 0.05)),
        ("open_grammar", Figures(0.95, 0.94, 0.95, 0.06)),
        ("open_fresh", Figures(0.96, 0.96, 0.96, 0.06)),
        ("open_sentences", Figures(0.99, 0.99, 0.99, 0.02)),
        ("open_offers", Figures(0.98, 0.93, 0.97, 0.09)),
        ("sealed", Figures(0.95, 0.95, 0.97, 0.08)),
        ("recognised_open", Figures(0.96, 0.94, 0.97, 0.07)),
        ("recognised_sealed", Figures(0.93, 0.81, 0.89, 0.12)),
        ("heard_open", Figures(0.96, 0.95, 0.99, 0.08)),
        ("heard_sealed", Figures(0.90, 0.89, 0.94, 0.11)),
    ],
)
def test_the_labelled_cases(name: str, least: Figures) -> None:
    """Neither precision nor recall falls, nor does a person get more to hear."""
    figures = measure(name)
    assert figures.precision >= least.precision
    assert figures.recall >= least.recall
    assert figures.reached >= least.reached
    assert figures.to_a_person <= least.to_a_person
