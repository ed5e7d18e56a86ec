"""Programs that read from a node, at a fixed rate: load for bench/mixed_reads.py.

    python bench/readers.py --url http://127.0.0.1:8080 --key-file FILE [--rate 300] [--seconds 60]

Each request has its moment; what it took is counted from that moment, so that waiting for a free
connection counts too. Prints one JSON object: milliseconds by kind of request, and what failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

_CONNECTIONS: Final = 24
_WEIGHTS: Final = {
    "calls": 25,
    "calls, filtered": 10,
    "call": 20,
    "call's events": 10,
    "events": 5,
    "customers": 8,
    "customer": 8,
    "recordings": 5,
    "tasks": 4,
    "metrics": 2,
    "readyz": 3,
}


class Connection:
    """One kept connection; `get` one request at a time."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._address = host, port
        self._rest = f" HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body; once more on a new connection where this one was closed."""
        for _ in range(2):
            fresh = self._streams is None
            if self._streams is None:
                self._streams = await asyncio.open_connection(*self._address, limit=1 << 22)
            reader, writer = self._streams
            try:
                writer.write(b"GET " + path.encode() + self._rest)
                head = await reader.readuntil(b"\r\n\r\n")
            except (OSError, asyncio.IncompleteReadError):
                writer.close()
                self._streams = None
                if fresh:
                    raise
                continue
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            return int(head.split(b" ", 2)[1]), await reader.readexactly(length)
        raise ConnectionError("closed twice")

    def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()


async def paths(connection: Connection) -> dict[str, list[str]]:
    """Return what there is to read, by kind."""

    async def ids(path: str) -> list[str]:
        status, body = await connection.get(path)
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        return [item["id"] for item in json.loads(body)["items"]]

    calls, customers = await ids("/v1/calls?limit=200"), await ids("/v1/customers?limit=200")
    return {
        "calls": ["/v1/calls"],
        "calls, filtered": [
            "/v1/calls?outcome=missed", "/v1/calls?status=in-progress",
            "/v1/calls?direction=click_to_dial", "/v1/calls?status=completed",
        ],
        "call": [f"/v1/calls/{one}" for one in calls],
        "call's events": [f"/v1/calls/{one}/events" for one in calls],
        "events": ["/v1/events"],
        "customers": ["/v1/customers"],
        "customer": [f"/v1/customers/{one}" for one in customers],
        "recordings": ["/v1/recordings"],
        "tasks": ["/v1/tasks"],
        "metrics": ["/metrics"],
        "readyz": ["/readyz"],
    }  # fmt: skip


async def read(url: str, key: str, rate: float, seconds: float) -> dict[str, Any]:
    """Read at `rate` a second; return what it took."""
    parts = urlsplit(url)
    connections = [
        Connection(parts.hostname or "", parts.port or 80, key) for _ in range(_CONNECTIONS)
    ]
    found = await paths(connections[0])
    rng = Random(1)
    kinds = rng.choices([*_WEIGHTS], [*_WEIGHTS.values()], k=int(rate * seconds))
    queue: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
    took: defaultdict[str, list[float]] = defaultdict(list)
    failed: Counter[str] = Counter()

    async def serve(connection: Connection) -> None:
        while (asked := await queue.get()) is not None:
            at, kind = asked
            try:
                status, _body = await connection.get(rng.choice(found[kind]))
            except (OSError, asyncio.IncompleteReadError) as error:
                failed[type(error).__name__] += 1
                continue
            if status == 200:
                took[kind].append(round((time.monotonic() - at) * 1000, 2))
            else:
                failed[f"{kind}: {status}"] += 1

    tasks = [asyncio.create_task(serve(connection)) for connection in connections]
    began = time.monotonic()
    for place, kind in enumerate(kinds):
        at = began + place / rate
        if (wait_s := at - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)
        queue.put_nowait((at, kind))
    for _ in tasks:
        queue.put_nowait(None)
    await asyncio.gather(*tasks)
    for connection in connections:
        connection.close()
    return {"took_ms": took, "failed": failed, "seconds": time.monotonic() - began}


def main(arguments: Sequence[str] | None = None) -> int:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args(arguments)
    key = options.key_file.read_text().strip()
    print(json.dumps(asyncio.run(read(options.url, key, options.rate, options.seconds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
