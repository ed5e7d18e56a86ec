"""The families of `/metrics`: how they are named, that each is shown, that the page has each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.metric_families import BY_NAME, FAMILIES, PREFIX, Family
from api.metrics import ApiMetrics, Figure
from api.metrics_page import rendered
from voicegw.distribution import Distribution

ROOT = Path(__file__).parents[3]
#: Units that are not base units, and words that belong to a type.
_NOT_IN_NAMES = {
    "ms", "us", "millis", "milliseconds", "minutes", "hours", "days", "pct", "percent",
    "kb", "mb", "kib", "mib", "kbytes", "gauge", "counter", "histogram", "total", "count", "sum",
    "bucket", "created",
}  # fmt: skip
_UNITS = {"seconds", "bytes", "ratio"}
_UNBOUNDED = re.compile(
    r"number|(^|_)id$|call|customer|manager|phone|path|url|address|time|source_"
)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_names_follow_the_conventions(family: Family) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", family.name)
    words = family.name.split("_")
    assert not _NOT_IN_NAMES & set(words)
    assert not _UNITS & set(words[:-1]), "a unit stands at the end"
    assert family.help.endswith(".")
    assert "\n" not in family.help
    assert family.topic
    if family.kind == "histogram":
        assert words[-1] in _UNITS | {"score"}, "a distribution has a unit"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_labels_are_few_and_bounded(family: Family) -> None:
    assert len(set(family.labels)) == len(family.labels) <= 3
    for label in family.labels:
        assert re.fullmatch(r"[a-z]+", label)
        assert label not in {"le", "quantile", "job", "instance"}, "a name of Prometheus' own"
        assert not _UNBOUNDED.search(label)


def test_names_are_unique_also_as_they_are_exposed() -> None:
    assert len(BY_NAME) == len(FAMILIES)
    assert len({family.exposed_name for family in FAMILIES}) == len(FAMILIES)


def _strings(root: Path) -> Iterator[tuple[str, str, ast.AST]]:
    for package in ("voicegw", "api"):
        for path in (root / package).rglob("*.py"):
            if path.name == "metric_families.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield ast.unparse(node.func), first.value, node
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield "", node.value, node


def test_what_the_code_tells_of_are_families_and_each_is_told_of() -> None:
    strings = list(_strings(ROOT))
    told = {text for call, text, _ in strings if call in ("Figure", "DeliveryFigure")}
    assert len(told) > 60
    assert told <= BY_NAME.keys()
    assert BY_NAME.keys() <= {text for _, text, _ in strings}


def test_every_family_is_shown_before_there_is_anything_to_tell() -> None:
    text = ApiMetrics().render().decode()
    shown = {family.name: family for family in text_string_to_metric_families(text)}
    for family in FAMILIES:
        one = shown[PREFIX + family.name]
        assert one.type == family.kind
        assert one.documentation == family.help
    assert "process_resident_memory_bytes" in shown
    assert "_created" not in text


def test_distributions_become_histograms() -> None:
    seconds = Distribution((0.1, 1))
    for value in (0.05, 0.1, 0.5, 7):
        seconds.observe(value)
    figures = [Figure("store_seconds", seconds, {"kind": "read"})]
    text = ApiMetrics(lambda: figures).render().decode()
    line = 'voicegw_store_seconds_{}{{kind="read"{}}} {}'.format
    assert line("bucket", ',le="0.1"', "2.0") in text
    assert line("bucket", ',le="1.0"', "3.0") in text
    assert line("bucket", ',le="+Inf"', "4.0") in text
    assert line("count", "", "4.0") in text
    assert line("sum", "", "7.65") in text


def test_problems_are_counted_by_code() -> None:
    metrics = ApiMetrics()
    metrics.problem("rate-limited")
    metrics.problem("rate-limited")
    assert 'voicegw_http_problems_total{code="rate-limited"} 2.0' in metrics.render().decode()


def test_the_page_tells_of_every_family() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    if page != rendered():
        pytest.fail("docs/metrics.md is not what the code says: run `make metrics`", pytrace=False)
