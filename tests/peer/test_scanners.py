"""SIPVicious, what scanners on the Internet are made of, against a node that is a registrar too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, make_raw_lab

pytestmark = pytest.mark.peer

#: Where SIPVicious sends from, whatever it is told; it belongs to no trunk here.
_SOURCE = "127.0.0.1"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab with a telephone's account."""
    made = make_raw_lab(tmp_path_factory.mktemp("scanned"), users={"alice": "4711"})
    yield made
    made.clear()
    made.close()


def attack(lab: RawLab, program: str, *arguments: str) -> str:
    """Run one of the programs against the node for 2 s at most; return what it printed."""
    need(program, "sipvicious")
    done = subprocess.run(
        ["timeout", "2", program, "-p", str(lab.lab.sip_port), *arguments, _SOURCE],
        capture_output=True,
        text=True,
        check=False,
        cwd=lab.lab.folder,
        env=os.environ | {"HOME": str(lab.lab.folder)},
        stdin=subprocess.DEVNULL,
    )
    return done.stdout + done.stderr


def test_svmap_is_counted(lab: RawLab) -> None:
    attack(lab, "svmap")
    wait_for("counted", lambda: lab.count_of("scans") >= 1)


def test_svwar_can_not_tell_accounts_from_others(lab: RawLab) -> None:
    (lab.lab.folder / "names").write_text("bob\nalice\ncarol\n")
    printed = attack(lab, "svwar", "-v", "--force", "-d", "names")
    # It shows answers, names and all; those of accounts it calls by no other words than others.
    assert "Ok SIP device found" in printed
    assert "exists" not in printed
    lab.lab.node.assert_nothing_held()


def test_svcrack_is_shut_out_after_five_guesses(lab: RawLab) -> None:
    """The password lies within its range, and yet it isn't found. The last test: who is banned."""
    printed = attack(lab, "svcrack", "-u", "alice", "-r", "4700-4720")
    assert "4711" not in printed
    wait_for("banned", lambda: lab.count_of("bans") == 1)
    assert lab.count_of("failures") == 5
    log = lab.lab.node.log.read_text()
    assert f"source={_SOURCE}" in log
    assert "alice" not in log
    lab.lab.node.assert_nothing_held()
    lab.hang_up(lab.talking().customer)
