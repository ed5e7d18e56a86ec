"""Trunks that are silent, full, changed or refuse us, under a whole node."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.parts.lab import (
    CARRIER_HOST,
    MANAGERS,
    TRUNK,
    Lab,
    customer_number,
    customer_of,
    make_lab,
    manager_number,
)
from tests.parts.node import wait_for
from tests.parts.raw_sip import Leg, Message, RawPeer, description, response

pytestmark = pytest.mark.peer

#: A carrier that wants to be registered with.
REGISTRAR_HOST = "127.0.0.33"


@dataclass
class TrunkLab:
    """A node whose trunks are scripted sockets and whose configuration is written anew."""

    lab: Lab
    carrier: RawPeer
    backup: RawPeer
    registrar: RawPeer

    def trunk(self, name: str, peer: RawPeer, more: str = "", *, priority: int = 1) -> str:
        """Return a section of the configuration."""
        return TRUNK.format(
            name=name,
            host=peer.host,
            port=peer.port,
            transport="udp",
            sources=f'"{peer.host}"',
            priority=priority,
            more=more,
        )

    def reload(self, *trunks: str) -> str:
        """Write these trunks into the configuration, have it read, and return what was logged."""
        node = self.lab.node
        before = len(node.log.read_text())
        text = node.config.read_text()
        head, tail = text[: text.index("[[trunk]]")], text[text.index("[registrar]") :]
        node.config.write_text("\n".join([head, *trunks, tail]))
        assert node.process is not None
        node.process.send_signal(signal.SIGHUP)

        def look() -> str | None:
            logged = node.log.read_text()[before:]
            return logged if "configuration re" in logged else None

        return str(wait_for("the configuration was read", look))

    def rung(self, peer: RawPeer, number: str, timeout_s: float = 3.0) -> tuple[Message, Leg]:
        """Wait until `peer` is asked to ring `number`; return INVITE and leg."""
        deadline = time.monotonic() + timeout_s
        while True:
            invite = peer.expect("INVITE", timeout_s=deadline - time.monotonic())
            if f"sip:{number}@" in invite.uri:
                return invite, Leg.called(peer, invite)

    def answered(self, peer: RawPeer, number: str) -> Leg:
        """Have `number` answer at `peer`; return its leg."""
        invite, leg = self.rung(peer, number)
        leg.answer(invite, 200, body=description(host=peer.host))
        leg.expect("ACK")
        return leg

    def figure(self, name: str) -> float | None:
        """Return one of the node's figures; None where it is not shown."""
        return self.lab.node.metrics().get(f"voicegw_{name}")

    def alert(self, slug: str) -> bool:
        """Whether an alert is raised."""
        return self.figure(f'alerts{{alert="{slug}"}}') == 1

    def polite_until(self, holds: Callable[[], Any], what: str) -> None:
        """Answer BYE, CANCEL and INVITE wherever they come until `holds`."""

        def look() -> Any:
            for peer in (self.carrier, self.backup, self.registrar):
                with suppress(OSError):
                    peer.listen(0.02)
                for message in peer.heard:
                    if message.is_response or message.method == "ACK":
                        continue
                    to = message.header("to")
                    status = 486 if message.method == "INVITE" else 200
                    peer.send(response(message, status, to=_tagged(to)))
                peer.heard.clear()
            return holds()

        wait_for(what, look, 15)


def _tagged(to: str) -> str:
    return to if ";tag=" in to else f"{to};tag=gone"


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkLab]:
    lab = make_lab(tmp_path_factory.mktemp("trunks"), backup=True)
    target = ("127.0.0.1", lab.sip_port)
    peers = [
        RawPeer(CARRIER_HOST, target, lab.carrier_port),
        RawPeer(CARRIER_HOST, target, lab.backup_port),
        RawPeer(REGISTRAR_HOST, target),
    ]
    yield TrunkLab(lab, *peers)
    lab.close()
    for peer in peers:
        peer.close()


@pytest.fixture
def trunks(module_lab: TrunkLab) -> Iterator[TrunkLab]:
    """Return the lab, its calls ended and its configuration as it began after the test."""
    yield module_lab
    module_lab.lab.clear()
    module_lab.polite_until(_is_idle(module_lab), "nothing held")
    module_lab.reload(
        module_lab.trunk("carrier", module_lab.carrier),
        module_lab.trunk("backup", module_lab.backup, priority=2),
    )


def _is_idle(trunks: TrunkLab) -> Callable[[], bool]:
    def look() -> bool:
        try:
            trunks.lab.node.assert_nothing_held(timeout_s=0)
        except AssertionError:
            return False
        return True

    return look


def test_a_silent_trunk_costs_one_leg_its_wait_and_never_rings_twice(trunks: TrunkLab) -> None:
    """The carrier is silent for 6 s; what it says later is cancelled, acknowledged and ended."""
    call_id = trunks.lab.dial(1, ring_s=30)
    invite, late = trunks.rung(trunks.carrier, manager_number(1))
    began = time.monotonic()
    other, manager = trunks.rung(trunks.backup, manager_number(1), timeout_s=9)
    assert 5 < time.monotonic() - began < 8
    assert other.header("call-id") != invite.header("call-id")
    manager.answer(other, 180)
    late.answer(invite, 180)
    cancel = late.expect("CANCEL")
    assert cancel.branch == invite.branch
    late.answer(invite, 200, body=description(host=CARRIER_HOST))
    late.expect("ACK")
    bye = late.expect("BYE")
    trunks.carrier.send(response(bye, 200, to=bye.header("to")))
    trunks.carrier.send(response(cancel, 200, to=_tagged(cancel.header("to"))))
    manager.answer(other, 200, body=description(host=CARRIER_HOST))
    manager.expect("ACK")
    # The customer's INVITE does not try the carrier again.
    asked = time.monotonic()
    trunks.answered(trunks.backup, customer_number(customer_of(1)))
    assert time.monotonic() - asked < 3
    assert trunks.carrier.count("INVITE", 0.1, call_id=invite.header("call-id")) <= 10
    trunks.carrier.heard.clear()
    trunks.lab.node.bridged(call_id)
    call = trunks.lab.node.get(f"/v1/calls/{call_id}")
    assert [leg["trunk"] for leg in call["legs"]] == ["backup", "backup"]
    trunks.lab.node.hangup(call_id)


def test_a_trunk_is_taken_away_and_its_call_goes_on(trunks: TrunkLab) -> None:
    """Trunks change by SIGHUP; a bad file changes nothing."""
    trunks.reload(trunks.trunk("first", trunks.carrier))
    call_id = trunks.lab.dial(1)
    manager = trunks.answered(trunks.carrier, manager_number(1))
    customer = trunks.answered(trunks.carrier, customer_number(customer_of(1)))
    trunks.lab.node.bridged(call_id)
    logged = trunks.reload("[[trunk]]\nname = 7\n")
    assert "configuration rejected" in logged
    assert trunks.alert("config-rejected")
    assert trunks.figure('trunk_calls{trunk="first"}') == 2
    trunks.reload(trunks.trunk("third", trunks.backup))
    assert not trunks.alert("config-rejected")
    assert trunks.figure('trunk_up{trunk="first"}') is None
    assert trunks.figure('trunk_up{trunk="third"}') == 1
    assert trunks.figure("trunk_calls_in_use") == 2
    second = trunks.lab.dial(2)
    trunks.rung(trunks.backup, manager_number(2))
    trunks.lab.node.hangup(second)
    customer.send("OPTIONS")
    customer.expect(200, method="OPTIONS")
    customer.send("BYE")
    customer.expect(200, method="BYE")
    bye = manager.expect("BYE")
    trunks.carrier.send(response(bye, 200, to=bye.header("to")))
    assert trunks.lab.node.ended(call_id)["outcome"] == "connected"


def test_of_equal_calls_one_gets_the_last_places(trunks: TrunkLab) -> None:
    """Places are taken when a call is asked for, not when it rings."""
    trunks.reload(trunks.trunk("small", trunks.carrier, "max_calls = 2"))

    def dial(manager: int) -> tuple[int, str]:
        body = {
            "manager_external_id": f"m{manager}",
            "customer_external_id": f"c{customer_of(manager)}",
        }
        status, answer = trunks.lab.node.request("POST", "/v1/calls", body)
        return status, answer.get("code", "")

    with ThreadPoolExecutor(MANAGERS) as pool:
        got = sorted(pool.map(dial, range(1, MANAGERS + 1)))
    assert got == [(202, "")] + [(503, "trunk-full")] * (MANAGERS - 1)
    # Full is full in the other direction, too.
    caller = Leg.calling(trunks.carrier, "+864008001234")
    caller.invite(description(host=CARRIER_HOST))
    refused = caller.expect(503)
    assert refused.header("retry-after") == "5"


def test_a_call_beyond_the_rate_is_queued(trunks: TrunkLab) -> None:
    """The status says so until its turn comes."""
    trunks.reload(trunks.trunk("slow", trunks.carrier, "calls_per_s = 0.5"))
    trunks.lab.dial(1)
    trunks.rung(trunks.carrier, manager_number(1))
    queued = trunks.lab.dial(2)
    assert trunks.lab.node.get(f"/v1/calls/{queued}")["status"] == "queued"
    began = time.monotonic()
    trunks.rung(trunks.carrier, manager_number(2))
    assert time.monotonic() - began > 1
    trunks.lab.node.call_with_status(queued, "initiated")


def test_registration_health_and_the_farewell_of_a_node(trunks: TrunkLab) -> None:
    """A carrier that challenges, answers OPTIONS for a while, and hears that we leave."""
    account = 'username = "account"\npassword = "secret"\nregister = true'
    section = trunks.trunk("account", trunks.registrar, account)
    section = section.replace("options_s = 0", "options_s = 5")
    trunks.reload(trunks.trunk("carrier", trunks.carrier), section)
    register = trunks.registrar.expect("REGISTER")
    challenge = 'WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth"'
    to = _tagged(register.header("to"))
    trunks.registrar.send(response(register, 401, to=to, headers=[challenge]))
    proved = trunks.registrar.expect("REGISTER")
    assert re.search(r'username="account".*qop=auth', proved.header("authorization"))
    contact = proved.header("contact")
    granted = [f"Contact: {contact};expires=120"]
    trunks.registrar.send(response(proved, 200, to=to, headers=granted))
    registered = 'trunk_registered{trunk="account"}'
    wait_for("registered", lambda: trunks.figure(registered) == 1)
    options = trunks.registrar.expect("OPTIONS", timeout_s=8)
    trunks.registrar.send(response(options, 200, to=_tagged(options.header("to"))))
    assert trunks.figure('trunk_up{trunk="account"}') == 1
    trunks.reload(trunks.trunk("carrier", trunks.carrier))
    gone = trunks.registrar.expect("REGISTER", timeout_s=5)
    assert gone.header("expires") == "0"
    assert gone.header("contact") == contact
    trunks.registrar.send(response(gone, 200, to=to))
