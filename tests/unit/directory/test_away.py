"""What a manager may say of being away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from voicegw.directory.away import LONGEST, come_back, gone_away
from voicegw.errors import ConflictError, InvalidError
from voicegw.model.directory import Manager, ManagerStatus

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ME = Manager("mgr_1", "M", "grp_1", deputy_id="mgr_3", skills=["broadband"])
DEPUTY = Manager("mgr_2", "D", "grp_1")


@pytest.mark.parametrize("until", [None, NOW + SECOND, NOW + LONGEST])
def test_away_and_back(until: datetime | None) -> None:
    away = gone_away(ME, until, DEPUTY, NOW)
    wanted = {"status": ManagerStatus.AWAY, "away_until": until, "deputy_id": DEPUTY.id}
    assert away == msgspec.structs.replace(ME, **wanted), "nothing else changes"
    assert away.is_away(NOW)
    assert come_back(away) == msgspec.structs.replace(ME, deputy_id=DEPUTY.id)
    assert gone_away(ME, until, None, NOW).deputy_id is None


@pytest.mark.parametrize("until", [NOW - SECOND, NOW, NOW + LONGEST + SECOND])
def test_until_is_ahead_and_within_a_year(until: datetime) -> None:
    with pytest.raises(InvalidError) as caught:
        gone_away(ME, until, DEPUTY, NOW)
    assert caught.value.field == "until"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ME.id},
        {"status": ManagerStatus.DEPARTED},
        {"status": ManagerStatus.AWAY},
        {"status": ManagerStatus.AWAY, "away_until": NOW + SECOND},
    ],
)
def test_a_deputy_is_somebody_else_who_is_there(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidError) as caught:
        gone_away(ME, None, msgspec.structs.replace(DEPUTY, **changes), NOW)
    assert caught.value.field == "deputy_id"


def test_a_deputy_whose_absence_is_over_is_there() -> None:
    deputy = msgspec.structs.replace(DEPUTY, status=ManagerStatus.AWAY, away_until=NOW)
    assert gone_away(ME, None, deputy, NOW).deputy_id == DEPUTY.id


def test_who_has_left_is_neither_away_nor_back() -> None:
    left = msgspec.structs.replace(ME, status=ManagerStatus.DEPARTED)
    with pytest.raises(ConflictError):
        gone_away(left, None, None, NOW)
    with pytest.raises(ConflictError):
        come_back(left)
