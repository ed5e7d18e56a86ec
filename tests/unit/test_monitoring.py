"""The dashboard and the rules of alerts: each figure they ask for is one that a node shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.metric_families import FAMILIES
from api.metrics import ApiMetrics

ROOT = Path(__file__).parents[2]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/voicegw.json").read_text())
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
#: Rows that an operator looks for.
ROWS = [
    "Calls", "Quality of sound", "Queues", "Trunks", "Recordings", "API", "Delivery of events",
    "Tasks and messages", "Node",
]  # fmt: skip
_NAME = re.compile(r"\b(?:voicegw|process)_\w+")
#: What Prometheus itself adds.
_ADDED = {"job", "instance", "le"}


def _samples() -> dict[str, set[str]]:
    """Return the names of all samples that a node may show, with their labels."""
    found: dict[str, set[str]] = {}
    for family in FAMILIES:
        ends = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
        for end in ends:
            found[family.exposed_name + end] = set(family.labels)
    for shown in text_string_to_metric_families(ApiMetrics().render().decode()):
        found.update({one.name: set() for one in shown.samples if one.name.startswith("process_")})
    return found


SAMPLES = _samples()


def _expressions() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield f"{panel['title']} {target['refId']}", target["expr"]
    for rule in RULES:
        yield rule["alert"], rule["expr"]


@pytest.mark.parametrize(("where", "expression"), list(_expressions()))
def test_an_expression_asks_for_what_a_node_shows(where: str, expression: str) -> None:
    named = set(_NAME.findall(re.sub(r'"[^"]*"', '""', expression)))
    assert named, where
    assert named <= SAMPLES.keys()
    known = _ADDED.union(*(SAMPLES[name] for name in named))
    by = {
        label.strip()
        for some in re.findall(r"by \(([^)]*)\)", expression)
        for label in some.split(",")
    }
    wanted = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression))
    assert by | wanted <= known
    for name in named:
        if name.endswith(("_total", "_bucket")):
            pattern = rf"(?:rate|increase)\((?:{name})\b"
            uses = len(re.findall(rf"\b{name}\b", expression))
            assert len(re.findall(pattern, expression)) == uses, "counters are read by their rate"
    if "histogram_quantile" in expression:
        assert "le" in by


def test_the_dashboard_can_be_imported() -> None:
    assert [one["title"] for one in DASHBOARD["panels"] if one["type"] == "row"] == ROWS
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        for one in [panel, *panel.get("targets", [])]:
            assert one.get("datasource", {"uid": "${datasource}"})["uid"] == "${datasource}"
    legends = {
        (target["expr"], label)
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", [])
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
    }
    assert [
        one for one in legends if not (re.search(rf"\b{one[1]}\b", one[0]) or one[1] == "instance")
    ] == []


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_every_rule_says_how_bad_it_is_and_where_its_mend_stands() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    told = re.findall(r"^### (\w+)$", page, flags=re.MULTILINE)
    assert told == [rule["alert"] for rule in RULES]
    for rule in RULES:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
