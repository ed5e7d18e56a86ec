"""Calls over TLS: a manager's telephone that registers by it, a carrier that is reached by it.

Both are baresip, with certificates of an authority of the test's own.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.baresip import Baresip
from tests.parts.certificates import Authority
from tests.parts.lab import CARRIER_HOST, Lab, customer_number, make_lab
from tests.parts.node import wait_for
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, tone_seconds

pytestmark = pytest.mark.peer

PHONE_HOST = "127.0.0.21"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def shared_lab(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose trunk and whose first manager's telephone use TLS."""
    lab = make_lab(
        tmp_path_factory.mktemp("lab"),
        transport="tls",
        users={"desk1": "secret1"},
        certificates=authority,
    )
    lab.give_phones(1, "desk1")
    yield lab
    lab.close()


@pytest.fixture
def phone(lab: Lab, authority: Authority, tmp_path: Path) -> Iterator[Baresip]:
    """Return the manager's telephone, registered."""
    started = Baresip(
        tmp_path / "phone",
        user="desk1",
        password="secret1",
        host=PHONE_HOST,
        server=f"127.0.0.1:{lab.tls_port}",
        tone_hz=MANAGER_HZ,
        rtp_low=31000,
        certificates=authority,
    )
    yield started
    started.stop()


def carrier(lab: Lab, authority: Authority, folder: Path, certified_for: str = "") -> Baresip:
    """Start a customer behind a carrier with a certificate for its address, or as given."""
    return Baresip(
        folder,
        user=customer_number(1),
        host=CARRIER_HOST,
        port=lab.carrier_port - 1,
        tone_hz=CUSTOMER_HZ,
        rtp_low=31100,
        certificates=authority,
        certified_for=certified_for,
    )


def presented(lab: Lab, authority: Authority) -> str:
    """Return the serial number of the certificate that the node shows to whoever connects now."""
    context = ssl.create_default_context(cafile=authority.ca)
    with (
        socket.create_connection(("127.0.0.1", lab.tls_port), 3) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        return str((secured.getpeercert() or {})["serialNumber"])


def test_a_call_goes_on_while_certificates_are_replaced(
    lab: Lab, phone: Baresip, authority: Authority, tmp_path: Path
) -> None:
    """Registered, rung and called over TLS; sound both ways; SIGHUP in mid-call; BYE both ways."""
    customer = carrier(lab, authority, tmp_path / "customer")
    try:
        call_id = lab.talking()
        phone.wait_for("CALL_ESTABLISHED")
        customer.wait_for("CALL_ESTABLISHED")
        before = presented(lab, authority)
        authority.certificate("node", "IP:127.0.0.1")
        os.kill(lab.node.pid, signal.SIGHUP)
        wait_for("the new certificate", lambda: presented(lab, authority) != before)
        time.sleep(1.5)
        assert lab.node.get(f"/v1/calls/{call_id}")["status"] == "in-progress"
        lab.node.hangup(call_id)
        for one in (phone, customer):
            one.wait_for("CALL_CLOSED")
    finally:
        customer.stop()
    lab.assert_ended(call_id, "connected", "completed")
    assert tone_seconds(phone.heard(), CUSTOMER_HZ) >= 0.5
    assert tone_seconds(customer.heard(), MANAGER_HZ) >= 0.5
    for one in (phone, customer):
        assert "Via: SIP/2.0/TLS 127.0.0.1:" in one.trace()
        assert f"@127.0.0.1:{lab.tls_port};transport=tls>" in one.trace()
        assert "SIP/2.0/UDP" not in one.trace()


def test_a_carrier_with_another_name_in_its_certificate_is_not_spoken_to(
    lab: Lab, phone: Baresip, authority: Authority, tmp_path: Path
) -> None:
    customer = carrier(lab, authority, tmp_path / "impostor", "DNS:carrier.example")
    try:
        call_id = lab.dial(1)
        lab.assert_ended(call_id, "customer_unreachable", "failed")
        assert "INVITE" not in customer.trace()
    finally:
        customer.stop()
    assert "why=the certificate is for another name" in lab.node.log.read_text()
