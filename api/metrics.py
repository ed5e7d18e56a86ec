"""What `/metrics` shows: requests of this API, and the node's own figures by a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the node at this moment. Labels hold no telephone number.

    `name` is without the prefix `voicegw_`; a counter's without `_total` as well.
    """

    name: str
    help: str
    value: float
    kind: Literal["gauge", "counter"] = "gauge"
    labels: Mapping[str, str] = field(default_factory=dict)


class _NodeCollector(Collector):
    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for figure in self._figures():
            family = families.get(figure.name)
            if family is None:
                make = GaugeMetricFamily if figure.kind == "gauge" else CounterMetricFamily
                family = make(f"voicegw_{figure.name}", figure.help, labels=list(figure.labels))
                families[figure.name] = family
            family.add_metric(list(figure.labels.values()), figure.value)
        return families.values()

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, so that registering doesn't ask the node for its figures."""
        return ()


class ApiMetrics:
    """Counts requests by route template, so that ids in paths make no new series."""

    def __init__(self, figures: Callable[[], Iterable[Figure]] | None = None) -> None:
        """`figures` is asked for the node's own numbers at each scrape."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "voicegw_http_requests",
            "Requests answered, by route template and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._durations = Histogram(
            "voicegw_http_request_duration_seconds",
            "Time from a request's first byte to its answer's last, in seconds.",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        if figures is not None:
            self.follow(figures)

    def follow(self, figures: Callable[[], Iterable[Figure]]) -> None:
        """Ask `figures`, too, at each scrape; it must be quick."""
        self.registry.register(_NodeCollector(figures))

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(duration_s)

    def render(self) -> bytes:
        """Return the exposition in Prometheus' text format."""
        return generate_latest(self.registry)
