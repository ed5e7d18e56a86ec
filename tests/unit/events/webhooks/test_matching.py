"""Which events go to which webhook."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicegw.events.webhooks.matching import Matcher, groups_below
from voicegw.model.directory import Group
from voicegw.model.webhook import EventHead, Webhook

NOW = datetime(2026, 3, 4, tzinfo=UTC)
BELOW = groups_below(
    [
        Group("grp_top", "Top"),
        Group("grp_mid", "Mid", parent_id="grp_top"),
        Group("grp_low", "Low", parent_id="grp_mid"),
        Group("grp_else", "Else"),
    ]
)
EVENTS = [
    EventHead(position, f"evt_{position}", kind, group_id, NOW)
    for position, (kind, group_id) in enumerate(
        [
            ("call.ended", "grp_top"),
            ("call.ended", "grp_low"),
            ("recording.completed", "grp_mid"),
            ("call.ringing", "grp_else"),
            ("alert.raised", None),
        ],
        start=1,
    )
]


@pytest.mark.parametrize(
    ("types", "group_id", "positions"),
    [
        (["*"], None, [1, 2, 3, 4, 5]),
        (["call.*"], None, [1, 2, 4]),
        (["call.ended", "alert.*"], None, [1, 2, 5]),
        (["*"], "grp_top", [1, 2, 3]),
        (["*"], "grp_mid", [2, 3]),
        (["call.*"], "grp_low", [2]),
        (["*"], "grp_gone", []),
        (["of.another-version", "call.ringing"], None, [4]),
        (["of.another-version"], None, []),
        (["call.ended", "*"], None, [1, 2, 3, 4, 5]),
        (["*", "call.ended"], None, [1, 2, 3, 4, 5]),
    ],
)
def test_types_and_groups(types: list[str], group_id: str | None, positions: list[int]) -> None:
    webhook = Webhook("whk_1", "https://x", types, [], NOW, "key_1", group_id=group_id)
    found = Matcher(webhook, BELOW).deliveries(EVENTS)
    assert [one.event.position for one in found] == positions
    assert {one.webhook_id for one in found} <= {"whk_1"}


def test_a_ring_of_groups_ends() -> None:
    ring = [Group("a", "A", parent_id="b"), Group("b", "B", parent_id="a")]
    assert groups_below(ring) == {"a": {"a", "b"}, "b": {"a", "b"}}
