"""`docs/metrics.md`, rendered from the families: `python -m api.metrics_page docs/metrics.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from api.metric_families import FAMILIES, PREFIX

_INTRODUCTION = f"""# Metrics

What `GET /metrics` shows, in Prometheus' text format, as `api/metric_families.py` has it
(`make metrics`). All names begin with `{PREFIX}`. Times are in seconds, sizes in bytes, shares
between 0 and 1. Counters begin with zero at each start of a node. Each family is shown with its
`HELP` and `TYPE` from the first scrape on. No label holds a telephone number, a name, or an id of a
call or a person; `hotline` and `group` are ids of the directory. The figures of the process itself
(`process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds` and others) are
those of Prometheus' client library.

`deploy/grafana/voicegw.json` shows them, `deploy/prometheus/alerts.yml` warns of them;
[operations.md](operations.md) says what to do then."""


def rendered() -> str:
    """Return the page as it is checked in."""
    return "\n".join([_INTRODUCTION, *_tables()]) + "\n"


def _tables() -> Iterator[str]:
    for topic, families in groupby(FAMILIES, key=lambda family: family.topic):
        yield f"\n## {topic}\n"
        yield "| name | type | labels | says |"
        yield "|---|---|---|---|"
        for family in families:
            labels = ", ".join(f"`{label}`" for label in family.labels)
            name = family.exposed_name.removeprefix(PREFIX)
            yield f"| `{name}` | {family.kind} | {labels} | {family.help} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rendered(), encoding="utf-8")
