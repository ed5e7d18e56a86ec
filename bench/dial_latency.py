"""From `POST /v1/calls` to the first INVITE on the wire, idle and beside an import of 100,000.

    python bench/dial_latency.py [--requests 300] [--customers 100000]

A UDP socket plays the carrier: it notes when each INVITE arrives and answers 486, so that every
request is one INVITE. The import runs as an administrator's would, by `POST /v1/imports`.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import io
import json
import socket
import threading
import time
import urllib.request
import uuid

from lab import CUSTOMER_PATTERN, Node, enter_namespace, machine, node


class Carrier(threading.Thread):
    """Answers INVITEs with 486 and notes when the first of each number came."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.3", 6080))
        self.arrived: dict[str, float] = {}

    def run(self) -> None:
        """Serve for ever."""
        while True:
            data, source = self._socket.recvfrom(65536)
            now = time.monotonic()
            if not data.startswith(b"INVITE "):
                continue
            text = data.decode()
            head = text.split("\r\n\r\n", 1)[0].split("\r\n")
            number = head[0].split("sip:", 1)[1].split("@", 1)[0]
            self.arrived.setdefault(number, now)
            kept = [
                line + (";tag=carrier" if line.startswith("To:") else "")
                for line in head[1:]
                if line.split(":", 1)[0] in ("Via", "From", "To", "Call-ID", "CSeq")
            ]
            answer = "\r\n".join(["SIP/2.0 486 Busy Here", *kept, "Content-Length: 0", "", ""])
            self._socket.sendto(answer.encode(), source)


def manager_ids(running: Node, wanted: int) -> list[str]:
    """Return ids of managers, page by page."""
    found: list[str] = []
    cursor = ""
    while len(found) < wanted:
        page = running.get(f"/v1/managers?limit=200{cursor}")
        found += [item["id"] for item in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    return found[:wanted]


def dial_all(running: Node, managers: list[str], offset: int, pause_s: float) -> dict[str, float]:
    """Post one call per manager, `pause_s` apart; return when each request began, by number."""
    begun: dict[str, float] = {}
    connection = http.client.HTTPConnection("127.0.0.1", 8080)
    for index, manager in enumerate(managers):
        body = json.dumps(
            {"manager_id": manager, "customer_number": CUSTOMER_PATTERN % (offset + index)}
        )
        headers = {
            "Authorization": f"Bearer {running.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        at = time.monotonic()
        connection.request("POST", "/v1/calls", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise SystemExit(f"POST /v1/calls: {answer.status} {text.decode()}")
        begun[manager] = at
        time.sleep(pause_s)
    return begun


def start_import(running: Node, customers: int) -> str:
    """Upload `customers` new customers and return the job's id."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["external_id", "name", "group_external_id", "numbers"])
    for index in range(customers):
        writer.writerow([f"x{index}", f"X{index}", "g1", f"+86159{index:08d}"])
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="kind"\r\n\r\ncustomers\r\n',
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="c.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{out.getvalue()}\r\n--{boundary}--\r\n",
    ]
    request = urllib.request.Request(
        running.api + "/v1/imports",
        "".join(parts).encode(),
        {
            "Authorization": f"Bearer {running.key}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["id"])


def report(name: str, waits_ms: list[float]) -> None:
    """Print percentiles."""
    waits_ms.sort()
    at = lambda q: waits_ms[min(len(waits_ms) - 1, int(q * len(waits_ms)))]  # noqa: E731
    print(
        f"{name}: {len(waits_ms)} calls, ms from POST to first INVITE p50 {at(0.5):.1f} "
        f"p95 {at(0.95):.1f} p99 {at(0.99):.1f} max {waits_ms[-1]:.1f}"
    )


def main() -> None:
    """Measure idle, then beside the import."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--customers", type=int, default=100_000)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    with node(people=2 * options.requests, core=None) as running:
        carrier = Carrier()
        carrier.start()
        managers = manager_ids(running, 2 * options.requests)
        for name, offset in (("idle", 0), ("importing", options.requests)):
            job = start_import(running, options.customers) if name == "importing" else None
            part = managers[offset : offset + options.requests]
            numbers = phone_numbers(running, part)
            carrier.arrived.clear()
            began = time.monotonic()
            begun = dial_all(running, part, offset, 0.02)
            time.sleep(1)
            waits = [
                1000 * (carrier.arrived[numbers[manager]] - at)
                for manager, at in begun.items()
                if numbers[manager] in carrier.arrived
            ]
            report(name, waits)
            if job is not None:
                state = running.get(f"/v1/imports/{job}")
                print(f"import after {time.monotonic() - began:.1f} s: {state}")


def phone_numbers(running: Node, managers: list[str]) -> dict[str, str]:
    """Return each manager's telephone number by id."""
    return {
        manager: running.get(f"/v1/managers/{manager}")["phones"][0]["number"]
        for manager in managers
    }


if __name__ == "__main__":
    main()
