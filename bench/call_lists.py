"""How long a page of the list of calls takes with a million of them: prints milliseconds.

    python bench/call_lists.py [--calls 1000000] [--requests 40] [--only sqlite|postgresql]

A node over a store of so many calls answers `GET /v1/calls` on a real connection, 50 calls a page:
the first page and the thousandth (or the last there is), for every filter of the list, asked by
every role and scope. Nothing is remembered between requests. Where the page is the whole list there
is no thousandth. Ends with exit code 1 when the 95th percentile of any of them is 20 ms or more.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from full_directory import customer_id, fill, number_of, stores
from lab import machine

from tests.parts.node import NodeProcess
from tests.parts.ports import free_port
from voicegw.store.database import Database, migrate

MOST_P95_MS: Final = 20.0
_PAGE: Final = 50
_THOUSANDTH: Final = 1000
_STRIDE: Final = 200
"""Calls a page on the way to the thousandth."""
_CONFIG: Final = """
[node]
name = "bench"
data_dir = "{folder}/data"
[sip]
listen = ["udp://127.0.0.1:{sip_port}"]
[media]
workers = 1
bind = "127.0.0.1"
[recording]
min_free_bytes = "100 MB"
[store]
url = "{url}"
[api]
listen = "127.0.0.1:{api_port}"
requests_per_s = 100000
"""
_KEYS: Final[dict[str, dict[str, str]]] = {
    "all": {"role": "admin"},
    "integrator": {"role": "integrator"},
    "18 groups": {"role": "county_manager", "group_id": "grp_00"},
    "1 group": {"role": "county_manager", "group_id": "grp_05"},
    "reviewer": {"role": "qa_reviewer", "group_id": "grp_05"},
    "manager, 20,000": {"role": "manager", "manager_id": "mgr_0000"},
    "manager, 2,000": {"role": "manager", "manager_id": "mgr_0042"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one list's first and thousandth page took, in milliseconds, sorted."""

    first_ms: list[float]
    late_ms: list[float]
    items: int


class Reader:
    """One client's connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key}"}

    def connect(self) -> None:
        """Begin anew: the node closes connections that nothing comes on."""
        self._connection.close()
        self._connection.connect()

    def page(
        self, wanted: dict[str, str], cursor: str | None = None
    ) -> tuple[dict[str, Any], float]:
        """Return a page and the milliseconds until all of it was here."""
        query = wanted if cursor is None else wanted | {"cursor": cursor}
        began = time.perf_counter()
        self._connection.request("GET", f"/v1/calls?{urlencode(query)}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took_ms = (time.perf_counter() - began) * 1000
        if answer.status == 403:
            raise PermissionError
        if answer.status != 200:
            raise SystemExit(f"{wanted}: {answer.status} {body.decode()}")
        return json.loads(body), took_ms

    def late_cursor(self, wanted: dict[str, str]) -> str | None:
        """Return the cursor of the thousandth page, or of the last one before the end."""
        cursor: str | None = None
        for _ in range(_PAGE * (_THOUSANDTH - 1) // _STRIDE):
            page, _took = self.page(wanted | {"limit": str(_STRIDE)}, cursor)
            if page["next_cursor"] is None:
                break
            cursor = page["next_cursor"]
        return cursor


def filters(calls: int) -> dict[str, dict[str, str]]:
    """Return the filters of the list by name."""
    now = datetime.now(UTC)
    begin = now - timedelta(days=30)
    middle = (begin + timedelta(seconds=calls // 2)).isoformat()
    one = calls // 3
    return {
        "none": {},
        "until": {"until": middle},
        "from, until": {
            "from": middle,
            "until": (begin + timedelta(seconds=calls // 2 + 86_400)).isoformat(),
        },
        "status: most": {"status": "completed"},
        "status: few": {"status": "failed"},
        "status: live": {"status": "in-progress"},
        "outcome: most": {"outcome": "connected"},
        "outcome: few": {"outcome": "voicemail"},
        "outcome: none": {"outcome": "self_service"},
        "direction: most": {"direction": "inbound"},
        "direction: few": {"direction": "dial_through"},
        "group_id": {"group_id": "grp_05"},
        "group_id, outcome": {"group_id": "grp_05", "outcome": "voicemail"},
        "manager_id": {"manager_id": "mgr_0042"},
        "manager_id, status": {"manager_id": "mgr_0042", "status": "no-answer"},
        "customer_id": {"customer_id": customer_id(one)},
        "customer_number": {"customer_number": number_of(one)},
        "hotline_id": {"hotline_id": "hot_1"},
        "task_id": {"task_id": "tsk_0042"},
    }


def ask(
    reader: Reader, wanted: dict[str, str], requests: int, cursors: dict[str, str | None]
) -> Asked:
    """Return what first and thousandth pages took; `cursors` are known by the first page."""
    reader.connect()
    page, _took = reader.page(wanted)
    first = sorted(reader.page(wanted)[1] for _ in range(requests))
    # Two who see the same list have the same thousandth page.
    seen = json.dumps([wanted, [item["id"] for item in page["items"]]])
    if seen not in cursors:
        cursors[seen] = reader.late_cursor(wanted)
    cursor = cursors[seen]
    late = [] if cursor is None else [reader.page(wanted, cursor)[1] for _ in range(requests)]
    return Asked(first, sorted(late), len(page["items"]))


def measure(url: str, calls: int, requests: int) -> float:
    """Fill the store, ask for every list and print a table; return the slowest 95th percentile."""

    async def prepare() -> None:
        await migrate(url)
        database = await Database.open(url)
        try:
            await fill(database, calls)
        finally:
            await database.close()

    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
        port = free_port()
        config = _CONFIG.format(folder=name, url=url, api_port=port, sip_port=free_port())
        print(f"{url.partition(':')[0]}:", flush=True)
        asyncio.run(prepare())
        running = NodeProcess(Path(name), config, api_port=port)
        running.key = json.loads(running.cli("keys", "create", "--role", "admin", "--json"))["key"]
        running.start()
        try:
            readers = {
                who: Reader(port, running.request("POST", "/v1/keys", key)[1]["key"])
                for who, key in _KEYS.items()
            }
            return _table(readers, filters(calls), requests)
        finally:
            running.stop()


def _table(readers: dict[str, Reader], lists: dict[str, dict[str, str]], requests: int) -> float:
    slowest = 0.0
    cursors: dict[str, str | None] = {}
    print("  p95 in ms of the first / the thousandth page, by who asks")
    print("  " + " | ".join(["filter".ljust(18), *[who.rjust(15) for who in readers]]))
    for what, wanted in lists.items():
        cells = []
        for reader in readers.values():
            try:
                asked = ask(reader, wanted, requests, cursors)
            except PermissionError:
                cells.append("may not".rjust(15))
                continue
            found = [_p95(taken) for taken in (asked.first_ms, asked.late_ms) if taken]
            slowest = max(slowest, *found)
            cells.append(" / ".join(f"{one:.1f}" for one in found).rjust(15))
        print("  " + " | ".join([what.ljust(18), *cells]), flush=True)
    print(f"  slowest: {slowest:.1f} ms", flush=True)
    return slowest


def _p95(taken: Sequence[float]) -> float:
    return taken[min(int(len(taken) * 0.95), len(taken) - 1)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=40, help="for each page")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args(arguments)
    print(machine())
    with stores(options.only) as urls:
        found = [measure(url, options.calls, options.requests) for url in urls]
    return 0 if max(found) < MOST_P95_MS else 1


if __name__ == "__main__":
    sys.exit(main())
