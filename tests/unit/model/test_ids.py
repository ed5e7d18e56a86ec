"""Ids sort by creation and tell what they name."""

from __future__ import annotations

import re
import time

import pytest

from voicegw.model.ids import IdKind, new_id


@pytest.mark.parametrize("kind", IdKind)
def test_an_id_begins_with_its_kind(kind: IdKind) -> None:
    assert re.fullmatch(rf"{kind}_[0-9a-v]{{26}}", new_id(kind))


def test_ids_are_unique() -> None:
    assert len({new_id(IdKind.CALL) for _ in range(1000)}) == 1000


def test_ids_sort_by_their_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [1_700_000_000_000 + step for step in (0, 1, 2, 1000, 10**9)]
    made = []
    for moment_ms in moments:
        monkeypatch.setattr(time, "time_ns", lambda at=moment_ms: at * 1_000_000)
        made.append(new_id(IdKind.CALL))
    assert made == sorted(made)
