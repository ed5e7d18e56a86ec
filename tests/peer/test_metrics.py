"""`/metrics` of a node that has had calls: every family, its figures, no number, at little cost."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.metric_families import FAMILIES, PREFIX
from tests.parts.lab import Lab, customer_does, customer_number, manager_does, manager_number
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

#: What one call must have left a value in; the others need more than a call.
_OF_A_CALL = {
    "build_info", "calls_ended", "call_bridge_seconds", "call_talk_seconds", "legs_ended",
    "leg_answer_seconds", "leg_ringing_seconds", "trunk_up", "trunk_calls", "trunk_invites",
    "part_ready", "store_seconds", "loop_lag_seconds", "journal_behind_seconds",
    "recording_free_bytes", "exports_waiting", "http_requests", "http_request_duration_seconds",
    "http_problems",
}  # fmt: skip


def scraped(lab: Lab) -> str:
    with urllib.request.urlopen(f"{lab.node.api}/metrics", timeout=10) as answer:
        text: bytes = answer.read()
    return text.decode()


def test_a_call_is_in_the_figures_and_nobodys_number(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    lab.node.hangup(call_id)
    carrier.finished()
    lab.node.ended(call_id)
    assert lab.node.request("GET", "/v1/calls/call_none")[0] == 404
    wait_for("outlets looked at", lambda: "voicegw_loop_lag_seconds_count 0" not in scraped(lab))
    text = scraped(lab)
    for number in (customer_number(1), manager_number(1), call_id):
        assert number.removeprefix("+86") not in text
    shown = {family.name: family for family in text_string_to_metric_families(text)}
    assert {family.exposed_name for family in FAMILIES} == {
        name + ("_total" if family.type == "counter" else "")
        for name, family in shown.items()
        if name.startswith(PREFIX)
    }
    for family in FAMILIES:
        one = shown[PREFIX + family.name]
        assert one.type == family.kind
        for sample in one.samples:
            assert set(sample.labels) - {"le"} == set(family.labels)
    empty = {name for name in _OF_A_CALL if not shown[PREFIX + name].samples}
    assert empty == set()
    ended = 'voicegw_calls_ended_total{direction="click_to_dial",outcome="connected"}'
    assert lab.node.metrics()[ended] == 1
    system = lab.node.get("/v1/system")
    assert [(one["name"], one["up"], one["calls"]) for one in system["trunks"]] == [
        ("carrier", True, 0)
    ]
    parts = {part["name"]: part["state"] for part in lab.node.get("/readyz")["parts"]}
    assert parts.keys() >= {"store", "media", "calls", "trunks", "recordings", "delivery"}
    assert parts["store"] == parts["trunks"] == "ready"


def test_a_scrape_costs_little(lab: Lab) -> None:
    """The node renders in its loop: what a scrape takes, calls wait. The best of several counts."""
    took_s = []
    for _ in range(10):
        began_s = time.perf_counter()
        scraped(lab)
        took_s.append(time.perf_counter() - began_s)
    assert min(took_s) < 0.02
