"""What requests cost a node: served, without a key, and refused for being too many.

    python bench/refusals.py [--requests 3000]

One connection sends requests as fast as they are answered; what each kind costs is the CPU time of
the node's process. Ends with 1 when a refusal costs more than half of what serving costs.
"""

from __future__ import annotations

import argparse
import http.client
import sys
from collections import Counter

from lab import CONFIG, Node, cpu_s, enter_namespace, machine, node

_LIMITED = "requests_per_s = 100000\nunauthenticated_per_s = 0.001\nunauthenticated_burst = 500\n"
_FEW = 500
"""Requests without a key that the bucket holds: so many are answered 401, the rest 429."""


def ask(running: Node, headers: dict[str, str], requests: int) -> tuple[Counter[int], float]:
    """Return the statuses of so many requests, and what each cost the node, in microseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=30)
    statuses: Counter[int] = Counter()
    before_s = cpu_s([running.pid])
    for _ in range(requests):
        connection.request("GET", "/v1/calls?limit=50", headers=headers)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    cost_us = 1e6 * (cpu_s([running.pid]) - before_s) / requests
    connection.close()
    return statuses, cost_us


def main() -> None:
    """Measure all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    costs_us: dict[int, float] = {}
    with node(people=100, config=CONFIG + _LIMITED) as running:
        key = {"Authorization": f"Bearer {running.key}"}
        for wanted, headers, requests in (
            (200, key, options.requests),
            (401, {}, _FEW // 2),
            (429, {}, options.requests),
        ):
            if wanted == 429:
                ask(running, {}, _FEW)  # what is left in the bucket
            statuses, costs_us[wanted] = ask(running, headers, requests)
            print(f"{wanted}: {costs_us[wanted]:.0f} µs of CPU a request, {dict(statuses)}")
            if set(statuses) != {wanted}:
                sys.exit(1)
    sys.exit(int(costs_us[429] > costs_us[200] / 2))


if __name__ == "__main__":
    main()
