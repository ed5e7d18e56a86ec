"""More peers: SIPp with 100rel, UPDATE and IPv6, linphone over TCP, sipsak, svmap.

docs/interop.md tells which peer has been tried with what.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.parts.lab import (
    CALLER_HOST,
    CARRIER_HOST,
    HOTLINE,
    Lab,
    customer_does,
    customer_number,
    make_lab,
    manager_does,
)
from tests.parts.linphone import Linphone
from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, tone_seconds

pytestmark = pytest.mark.peer

STRANGER_HOST = "127.0.0.98"


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab that knows the carrier, the callers and this machine, and nobody else."""
    lab = make_lab(
        tmp_path_factory.mktemp("lab"),
        users={"desk5": "secret5"},
        sources=f'"{CARRIER_HOST}", "{CALLER_HOST}", "127.0.0.1"',
    )
    lab.give_phones(5, "desk5")
    yield lab
    lab.close()


def test_a_caller_with_reliable_ringing_and_updates(lab: Lab) -> None:
    """SIPp requires 100rel, acknowledges our 180 by PRACK, holds and resumes by UPDATE."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers", 1), calls=1)
    caller = lab.caller("wants_reliable_ringing_and_updates", (customer_number(1), HOTLINE))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "customer"
    lab.node.wait_for_event(call_id, "call.held")
    answers = [text for text in caller.received() if re.search("CSeq: +[0-9]+ UPDATE", text)]
    assert ["a=recvonly" in text for text in answers] == [True, False]
    (answer,) = (text for text in caller.received() if "1 INVITE" in text and " 200 " in text)
    assert "Session-Expires: 1800;refresher=uac" in answer


def test_a_telephone_that_rings_reliably(lab: Lab) -> None:
    """SIPp's 183 answers our offer and is acknowledged; its 200 brings no description."""
    carrier = lab.carrier(customer_does("rings_reliably"), manager_does("answers"), calls=2)
    call_id = lab.dial(2)
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    (prack,) = (text for text in carrier.received() if text.startswith("PRACK"))
    assert "RAck: 7 1 INVITE" in prack


def test_one_leg_over_ipv6(new_lab: Callable[..., Lab]) -> None:
    """The carrier is reached by IPv6, its sound too; the customer calls over IPv4."""
    lab = new_lab(
        carrier_host="::1", sources=f'"::1", "{CALLER_HOST}"', media='bind6 = "::1"', announce=False
    )
    known = lab.node.call_ids()
    ear = lab.sound(CALLER_HOST)
    carrier = lab.carrier(
        manager_does("answers_with_a_tone", 1), calls=1, says=tone_alaw(MANAGER_HZ, 1)
    )
    caller = lab.caller("talks_until_hung_up", (customer_number(1), HOTLINE), sound=ear)
    (call_id,) = lab.node.new_calls(known)
    lab.node.bridged(call_id)
    wait_for("a second of the manager", lambda: len(ear.heard()) > 8000)
    lab.node.hangup(call_id)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    _, samples = lab.recording(call_id)
    assert tone_seconds(samples[:, 1], MANAGER_HZ) >= 0.5
    (invite,) = (text for text in carrier.received() if text.startswith("INVITE"))
    assert "c=IN IP6 ::1" in invite
    assert "127.0.0" not in invite
    assert "::1" not in "".join(caller.received())


def test_linphone_over_tcp(lab: Lab, tmp_path: Path) -> None:
    """It registers, is rung and hangs up over one connection; both hear each other."""
    phone = Linphone(
        tmp_path / "linphone",
        user="desk5",
        password="secret5",
        host="127.0.0.44",
        server=f"127.0.0.1:{lab.sip_port}",
        rtp_low=32_300,
        tone_hz=MANAGER_HZ,
        tcp=True,
    )
    try:
        mouth = lab.sound()
        carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
        call_id = lab.dial(5)
        wait_for("linphone rings", lambda: "180 Ringing" in phone.trace())
        phone.command("answer")
        lab.node.bridged(call_id)
        mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
        wait_for("a second of the manager", lambda: len(mouth.heard()) > 8000)
        phone.command("terminate")
        carrier.finished()
        call = lab.assert_ended(call_id, "connected", "completed")
        assert call["hangup_source"] == "manager"
        assert tone_seconds(phone.heard(), CUSTOMER_HZ) >= 0.5
        trace = phone.trace()
        assert "Via: SIP/2.0/TCP 127.0.0.1:" in trace
        assert "SIP/2.0/UDP" not in trace
    finally:
        phone.stop()


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program with `folder` as its home, ten seconds at most."""
    need(command[0], {"svmap": "sipvicious"}.get(command[0], command[0]))
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def test_sipsak_is_answered(lab: Lab, tmp_path: Path) -> None:
    uri = f"sip:{HOTLINE}@127.0.0.1:{lab.sip_port}"
    shown = run(tmp_path, "sipsak", "-vv", "-s", uri)
    assert shown.returncode == 0, shown.stdout
    assert "SIP/2.0 200 OK" in shown.stdout
    # An OPTIONS of no hops ends here, where it was meant to go.
    assert run(tmp_path, "sipsak", "-m", "0", "-s", uri).returncode == 0


def test_a_scanner_finds_nothing_where_it_is_a_stranger(lab: Lab, tmp_path: Path) -> None:
    def scan(host: str) -> str:
        home = tmp_path / host
        home.mkdir()
        where = ("-b", host, "-x", host, "-p", str(lab.sip_port), "127.0.0.1")
        done = run(home, "svmap", "-t", "0.01", *where)
        return done.stdout + done.stderr

    with ThreadPoolExecutor() as pool:
        trusted, stranger = pool.map(scan, ("127.0.0.1", STRANGER_HOST))
    assert f"127.0.0.1:{lab.sip_port}" in trusted
    assert f"127.0.0.1:{lab.sip_port}" not in stranger
    assert "found nothing" in stranger
    strangers = 'voicegw_sip_strangers_total{method="OPTIONS"}'
    wait_for("counted", lambda: lab.node.metrics().get(strangers, 0) >= 1)
