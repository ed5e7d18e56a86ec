"""The whole lab, as a new user runs it: a real node, the carrier and two pyVoIP telephones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicegw.demo import command
from voicegw.demo.lab import HOTLINE
from voicegw.errors import StartError

HANGS_S = 300
"""Only what hangs takes so long: how fast the demo is depends on the machine."""


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.timeout(HANGS_S + 30)
def test_both_calls_connect_and_are_printed_as_json(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "voicegw.cli", "demo", "--once", "--json"],
        capture_output=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert set(result) == {"calls", "console", "logins", "tasks", "took_s"}
    roles = [login["role"] for login in result["logins"]]
    assert roles == ["admin", "county_manager", "manager", "qa_reviewer"]
    assert all(len(login["password"]) >= 12 for login in result["logins"])
    assert [call["direction"] for call in result["calls"]] == ["click_to_dial", "inbound"]
    for call in result["calls"]:
        assert call["outcome"] == "connected"
        assert call["seen"] == {"customer": [HOTLINE], "manager": [HOTLINE]}
        assert call["recording"]["channels"] == 2
        assert call["recording"]["duration_s"] > 3
        assert Path(call["recording"]["path"]).exists()
    called, *others = result["tasks"]
    assert (called["type"], called["state"], called["result"]["code"]) == (
        "renewal",
        "done",
        "renewed",
    )
    assert {call["task_id"] for call in result["calls"]} == {called["id"]}
    assert [one["state"] for one in others] == ["assigned", "assigned"]
    assert result["took_s"] > 0


def test_a_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StartError, match="make demo"):
        command.run_demo(once=True, as_json=True)


def test_an_address_of_another_machine_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(StartError, match="no address of this machine"):
        command.run_demo(once=True, as_json=True, host="192.0.2.1")
