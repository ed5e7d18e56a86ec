"""A scorecard and a review for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from recordings.quality.scorecard import opening_scores
from voicegw.model.finding import FindingKind
from voicegw.model.review import (
    AutomaticRule,
    ItemKind,
    ItemOption,
    Review,
    Scorecard,
    ScorecardItem,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def make_scorecard(**changes: Any) -> Scorecard:
    """Greeting by options, tone free, forbidden phrases and silence automatic."""
    card = Scorecard(
        id="crd_1",
        name="Revisit",
        items=[
            ScorecardItem(
                "greeting",
                "Greeted by name?",
                ItemKind.HUMAN,
                10,
                options=[ItemOption("yes", 10), ItemOption("half", 5), ItemOption("no", 0)],
            ),
            ScorecardItem("tone", "Friendly?", ItemKind.HUMAN, 30),
            ScorecardItem(
                "forbidden",
                "Nothing forbidden was said",
                ItemKind.AUTOMATIC,
                40,
                critical=True,
                rule=AutomaticRule(findings=[FindingKind.PHRASE_FORBIDDEN]),
            ),
            ScorecardItem(
                "silence",
                "Not much silence",
                ItemKind.AUTOMATIC,
                20,
                rule=AutomaticRule(measure="longest_silence_s", at_most=10),
            ),
        ],
    )
    return msgspec.structs.replace(card, **changes)


def make_review(**changes: Any) -> Review:
    """A review of a talk of mgr_1 that nothing was found in."""
    card = make_scorecard()
    review = Review(
        id="rev_1",
        recording_id="rec_1",
        call_id="call_1",
        scorecard=card,
        created_at=NOW,
        created_by="key_qa",
        group_id="grp_1",
        manager_id="mgr_1",
        scores=opening_scores(card, None, ()),
    )
    return msgspec.structs.replace(review, **changes)
