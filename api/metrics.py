"""What `/metrics` shows: requests of this API, and the node's own figures by a callback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from api.metric_families import BY_NAME, FAMILIES, PREFIX, Family
from voicegw.distribution import Distribution, Distributions

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the node at this moment, or one distribution. No label holds a number.

    `name` is that of a :class:`~api.metric_families.Family`, `labels` has all labels of it.
    """

    name: str
    value: float | Distribution
    labels: Mapping[str, str] = field(default_factory=dict)


class _NodeCollector(Collector):
    """Shows every family, those of which there is nothing to tell yet, too."""

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        found: dict[str, list[Figure]] = {family.name: [] for family in FAMILIES}
        for figure in self._figures():
            found[figure.name].append(figure)
        return [_metric(BY_NAME[name], figures) for name, figures in found.items()]

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, so that registering doesn't ask the node for its figures."""
        return ()


def _metric(family: Family, figures: Iterable[Figure]) -> Metric:
    name = PREFIX + family.name
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
        for figure in figures:
            if isinstance(figure.value, Distribution):
                histogram.add_metric(
                    _label_values(family, figure),
                    list(figure.value.cumulative()),
                    figure.value.total,
                )
        return histogram
    make = GaugeMetricFamily if family.kind == "gauge" else CounterMetricFamily
    metric = make(name, family.help, labels=family.labels)
    for figure in figures:
        if not isinstance(figure.value, Distribution):
            metric.add_metric(_label_values(family, figure), figure.value)
    return metric


def _label_values(family: Family, figure: Figure) -> list[str]:
    return [figure.labels[label] for label in family.labels]


class ApiMetrics:
    """Counts requests by route template, so that ids in paths make no new series."""

    def __init__(self, figures: Callable[[], Iterable[Figure]] = tuple) -> None:
        """`figures` is asked for the node's own numbers at each scrape; it must be quick."""
        self.registry = CollectorRegistry()
        self._sources = [self._own_figures, figures]
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._durations_s = Distributions(_BUCKETS_S)
        self._problems: Counter[str] = Counter()
        self.registry.register(_NodeCollector(self._all_figures))
        ProcessCollector(registry=self.registry)

    def follow(self, figures: Callable[[], Iterable[Figure]]) -> None:
        """Ask `figures`, too, at each scrape; it must be quick."""
        self._sources.append(figures)

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        self._requests[method, route, str(status)] += 1
        self._durations_s.observe(duration_s, method, route)

    def problem(self, code: str) -> None:
        """Count one request that was refused; `code` is that of the problem answered."""
        self._problems[code] += 1

    def gather(self) -> Callable[[], bytes]:
        """Return what writes the figures of this moment in Prometheus' text format.

        Writing takes some milliseconds and touches nothing of the node: a thread may do it.
        """
        # generate_latest wants no more of a registry than this.
        found = SimpleNamespace(collect=partial(iter, tuple(self.registry.collect())))
        return partial(generate_latest, found)

    def render(self) -> bytes:
        """Return the exposition in Prometheus' text format, at once."""
        return self.gather()()

    def _all_figures(self) -> Iterable[Figure]:
        for source in self._sources:
            yield from source()

    def _own_figures(self) -> Iterable[Figure]:
        for (method, route, status), count in sorted(self._requests.items()):
            labels = {"method": method, "route": route, "status": status}
            yield Figure("http_requests", count, labels)
        for (method, route), distribution in self._durations_s.items():
            labels = {"method": method, "route": route}
            yield Figure("http_request_duration_seconds", distribution, labels)
        for code, count in sorted(self._problems.items()):
            yield Figure("http_problems", count, {"code": code})
