"""A telephone that registers through an edge proxy, with the better digest, and is rung by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.kamailio import EDGE, Kamailio
from tests.parts.lab import Lab, customer_does, make_lab
from tests.parts.linphone import Linphone
from tests.parts.node import wait_for
from tests.parts.ports import free_port

pytestmark = pytest.mark.peer

EDGE_HOST = "127.0.0.34"


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab that asks for SHA-256 first, as RFC 8760 has it."""
    lab = make_lab(
        tmp_path_factory.mktemp("lab"),
        users={"desk1": "secret1"},
        registrar='algorithms = ["SHA-256", "MD5"]',
    )
    lab.give_phones(1, "desk1")
    yield lab
    lab.close()


@pytest.fixture
def edge(lab: Lab, tmp_path: Path) -> Iterator[str]:
    """Return the address (host:port) of a proxy between telephones and the node."""
    port = free_port(EDGE_HOST)
    proxy = Kamailio(
        tmp_path / "edge",
        host=EDGE_HOST,
        port=port,
        gateway=("127.0.0.1", lab.sip_port),
        config=EDGE,
    )
    yield f"{EDGE_HOST}:{port}"
    proxy.stop()


def test_linphone_behind_an_edge_proxy(lab: Lab, edge: str, tmp_path: Path) -> None:
    """It proves itself by SHA-256, is called along its Path, and both ends can hang up."""
    phone = Linphone(
        tmp_path / "linphone",
        user="desk1",
        password="secret1",
        host="127.0.0.35",
        server=edge,
        rtp_low=31500,
    )
    try:
        assert re.search(r"Authorization: +Digest [^\r\n]*algorithm=SHA-256", phone.trace())
        carrier = lab.carrier(customer_does("answers"), calls=1)
        call_id = lab.dial(1, ring_s=20)
        wait_for("linphone rings", lambda: "180 Ringing" in phone.trace())
        phone.command("answer")
        lab.node.bridged(call_id)
        assert f"Record-Route: <sip:{edge}" in phone.trace()
        lab.node.hangup(call_id)
        carrier.finished()
        wait_for("linphone is told", lambda: "BYE sip:" in phone.trace())
        lab.assert_ended(call_id, "connected", "completed")
    finally:
        phone.stop()
