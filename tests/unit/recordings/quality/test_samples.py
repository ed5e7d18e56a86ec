"""The scorecards that come with the product are taken by the API as they are."""

from __future__ import annotations

from importlib.resources import files

import msgspec
import pytest

from api.schemas.reviews import ScorecardBody
from recordings.quality.scorecard import check_scorecard
from voicegw.model.review import Scorecard

SAMPLES = files("recordings.quality") / "samples"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sample_scorecard_is_taken(language: str) -> None:
    body = ScorecardBody.model_validate_json(
        (SAMPLES / f"scorecard.{language}.json").read_text(encoding="utf-8")
    )
    card = msgspec.convert({"id": "crd_1", **body.model_dump(mode="json")}, Scorecard)
    check_scorecard(card)
    assert sum(item.points for item in card.items) == 100
