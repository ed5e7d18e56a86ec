"""A real node with SIPp as its carrier, and what every test asserts in the end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.parts.node import Directory, NodeProcess, free_port
from tests.parts.sipp import Behaviour, Sipp, uas_scenario

HOTLINE = "+864008001234"
MANAGER = "+8613900000001"
CUSTOMER = "+8613800000001"
#: As regular expressions of what is dialled over the trunk.
ANY_MANAGER = r"[+]86139[0-9]*"
ANY_CUSTOMER = r"[+]86138[0-9]*"

CONFIG = """
[node]
name = "test"
data_dir = "{folder}/data"
drain_s = 2
[sip]
listen = ["udp://127.0.0.1:{sip_port}", "tcp://127.0.0.1:{sip_port}"]
{trunks}
[registrar]
enabled = {registrar}
{users}
[media]
workers = {workers}
bind = "127.0.0.1"
ports = "{media_ports}"
port_drain_s = 0
{media}
[store]
url = "{store}"
[recording]
min_free_bytes = "1 MB"
announce = {announce}
[policy]
per_customer = ["1000/d"]
[api]
listen = "127.0.0.1:{api_port}"
"""

TRUNK = """
[[trunk]]
name = "{name}"
uri = "sip:{host}:{port};transport={transport}"
sources = ["127.0.0.0/8"]
priority = {priority}
{more}
"""

_media_ranges = itertools.count()


@dataclass
class Lab:
    """A node, its carrier and its people."""

    folder: Path
    node: NodeProcess
    sip_port: int
    carrier_host: str
    carrier_port: int
    backup_port: int
    transport: str
    peers: list[Sipp] = field(default_factory=list)

    def carrier(
        self,
        *behaviours: Behaviour,
        challenge: int | None = None,
        lost_percent: int = 0,
        port: int | None = None,
        calls: int | None = None,
        name: str = "carrier",
    ) -> Sipp:
        """Start SIPp as the telephones behind the trunk (or, with `port`, the backup trunk)."""
        peer = Sipp(
            self.folder,
            name,
            uas_scenario(behaviours, challenge=challenge),
            host=self.carrier_host,
            port=port or self.carrier_port,
            transport=self.transport,
            lost_percent=lost_percent,
            calls=calls,
        )
        self.peers.append(peer)
        return peer

    def caller(
        self,
        scenario: str,
        rows: Sequence[Sequence[str]],
        *,
        name: str = "caller",
        extra: Sequence[str] = (),
        lost_percent: int = 0,
    ) -> Sipp:
        """Start SIPp as customers who call; one call a row."""
        peer = Sipp(
            self.folder,
            name,
            scenario,
            host="127.0.0.31",
            port=free_port("127.0.0.31"),
            remote=f"127.0.0.1:{self.sip_port}",
            transport=self.transport,
            rows=rows,
            calls=len(rows),
            extra=extra,
            lost_percent=lost_percent,
        )
        self.peers.append(peer)
        return peer

    def assert_one_ending(self, call_id: str) -> None:
        """Assert that the call has one terminal event, rising sequences, and holds nothing."""
        events = self.node.get(f"/v1/calls/{call_id}/events")["items"]
        kinds = [event["type"] for event in events]
        assert kinds.count("call.ended") == 1, kinds
        sequences = [event["data"]["sequence"] for event in events]
        assert sequences == sorted(set(sequences)), sequences
        self.node.assert_nothing_held()


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Return a function that starts a lab; everything ends with the test."""
    made: list[Lab] = []

    def make(
        *,
        transport: str = "udp",
        trunk: str = "",
        backup: bool = False,
        users: dict[str, str] | None = None,
        manager_phone: str = MANAGER,
        customers: int = 1,
        hotline: dict[str, str] | None = None,
        announce: bool = False,
        workers: int = 1,
        media: str = "",
        store: str | None = None,
    ) -> Lab:
        number = len(made)
        folder = tmp_path / f"lab{number}"
        folder.mkdir()
        host = "127.0.0.30"
        sip_port, carrier_port = free_port(), free_port(host)
        backup_port = free_port(host)
        trunks = [
            TRUNK.format(
                name="carrier",
                host=host,
                port=carrier_port,
                transport=transport,
                priority=1,
                more=trunk,
            )
        ]
        if backup:
            trunks.append(
                TRUNK.format(
                    name="backup",
                    host=host,
                    port=backup_port,
                    transport=transport,
                    priority=2,
                    more="",
                )
            )
        low = 20000 + 400 * (next(_media_ranges) % 24)
        config = CONFIG.format(
            folder=folder,
            sip_port=sip_port,
            trunks="\n".join(trunks),
            registrar="true" if users else "false",
            users="\n".join(
                f'[[registrar.user]]\nname = "{name}"\npassword = "{password}"'
                for name, password in (users or {}).items()
            ),
            workers=workers,
            media_ports=f"{low}-{low + 399}",
            media=media,
            store=store or f"sqlite:///{folder}/data/voicegw.db",
            announce="true" if announce else "false",
            api_port=(api_port := free_port(kind=1)),
        )
        node = NodeProcess(folder, config, api_port=api_port)
        node.prepare(directory(manager_phone, customers, hotline or {}))
        node.start()
        lab = Lab(folder, node, sip_port, host, carrier_port, backup_port, transport)
        made.append(lab)
        return lab

    yield make
    failures: list[str] = []
    for lab in made:
        for peer in lab.peers:
            peer.stop()
        if lab.node.process is not None and lab.node.process.poll() is None:
            lab.node.stop()
        text = lab.node.log.read_text(errors="replace")
        failures += [line for line in text.splitlines() if "Traceback" in line]
    assert not failures, failures


def directory(manager_phone: str, customers: int, hotline: dict[str, str]) -> Directory:
    """Return one hotline, one manager and customers who are the manager's."""
    line = {
        "number": HOTLINE,
        "group_external_id": "g1",
        "name": "Hotline",
        "answer": "at_owner",
        "announce": "none",
        "confirm_manager": "false",
        "max_ring_s": "5",
    } | hotline
    found = Directory()
    found.hotlines = [list(line), list(line.values())]
    found.managers = [
        ["external_id", "name", "group_external_id", "phones"],
        ["m1", "Zhang", "g1", manager_phone],
    ]
    found.customers = [["external_id", "name", "group_external_id", "numbers", "owner_external_id"]]
    for index in range(1, customers + 1):
        found.customers.append([f"c{index}", f"Customer {index}", "g1", f"+86138{index:08d}", "m1"])
    return found


def outcome_of(call: dict[str, Any]) -> tuple[str, str]:
    """Return a call's outcome and status."""
    return call["outcome"], call["status"]
