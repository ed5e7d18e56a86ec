"""A node behind an address translation: what is on the wire to both sides of it.

First on loop-back addresses that stand for both sides, then through a router that translates.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.lab import CALLER_HOST
from tests.parts.needs import missing, need
from tests.parts.raw_lab import RawLab, make_raw_lab, raw
from tests.parts.raw_sip import description

__all__ = ["raw"]

pytestmark = pytest.mark.peer

OUTSIDE = "203.0.113.5"
INSIDE = "127.0.0.1"


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    made = make_raw_lab(
        tmp_path_factory.mktemp("nat"),
        sip=f'advertise = "{OUTSIDE}"\nlocal_networks = ["{CALLER_HOST}/32"]',
    )
    yield made
    made.close()


def hosts(text: str) -> set[str]:
    """Return every address of the node, of either side, that `text` holds."""
    return set(re.findall(rf"{re.escape(OUTSIDE)}|{re.escape(INSIDE)}(?!\d)", text))


def test_a_call_crosses_a_real_translation(tmp_path: Path) -> None:
    for program, package in (("nft", "nftables"), ("ip", "iproute2"), ("nsenter", "util-linux")):
        need(program, package)
    if os.geteuid() or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        missing("network namespaces need root")
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-m", "tests.parts.nat_call", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_each_side_is_shown_the_address_it_can_send_to(raw: RawLab) -> None:
    """The customer who calls is on the node's side, the manager's carrier beyond."""
    customer = raw.calling()
    customer.invite(description(host=CALLER_HOST))
    invite, manager = raw.manager_rung()
    assert f" {OUTSIDE}:{raw.lab.sip_port};" in invite.header("via")
    assert f"@{OUTSIDE}:{raw.lab.sip_port}" in invite.contact
    assert invite.sound[0] == OUTSIDE
    assert invite.sdp_lines("o=")[0].endswith(f"IN IP4 {OUTSIDE}")
    assert hosts(f"{invite.lines}{invite.body}") == {OUTSIDE}

    manager.answer(invite, 200, body=description())
    answer = customer.expect(200)
    assert f"@{INSIDE}:{raw.lab.sip_port}" in answer.contact
    assert answer.sound[0] == INSIDE
    assert OUTSIDE not in hosts(f"{answer.lines}{answer.body}")
    customer.ack(answer)
    assert hosts(str(manager.expect("ACK").lines)) == {OUTSIDE}
    manager.send("BYE")
    bye = customer.expect("BYE")
    assert f" {INSIDE}:{raw.lab.sip_port};" in bye.header("via")
    customer.answer(bye, 200)
