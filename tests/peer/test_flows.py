"""A real caller in a flow: keys by RFC 4733, what is heard, what the spool holds."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recordings.finishing.g711 import ALAW_LEVELS, decode
from tests.parts.lab import CALLER_HOST, HOTLINE
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import description
from tests.parts.rtp import RtpPort, tone_alaw
from voicegw.media.spool import CapturedPacket, CaptureMark, SpoolReader

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

FLOW = """
flow: secret
languages: [zh, en]
variables: {code: ""}
start: code
steps:
  code: {do: gather, prompts: [enter_pin], into: code, max_digits: 4, secret: true,
         tries: 1, wait_s: 6, next: main, otherwise: bye}
  main: {do: menu, prompts: [main_menu], keys: {1: owner}, otherwise: bye, tries: 1, wait_s: 5}
  owner: {do: route, to: owner, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
_LONGEST_SILENCE_S = 4.0


@pytest.fixture
def flow(raw: RawLab, tmp_path: Path) -> str:
    """Put the flow into force on the hotline and return its name."""
    path = tmp_path / "secret.yaml"
    path.write_text(FLOW)
    raw.lab.node.cli("import", "flows", str(path))
    [hotline] = [
        one for one in raw.lab.node.get("/v1/hotlines")["items"] if one["number"] == HOTLINE
    ]
    body = {key: hotline[key] for key in ("number", "group_id", "name", "answer", "announce")}
    status, changed = raw.lab.node.request(
        "PUT", f"/v1/hotlines/{hotline['id']}", {**body, "flow": "secret"}
    )
    assert status == 200, changed
    time.sleep(2.5)  # a node looks for new versions every two seconds
    return "secret"


def captured(spool: Path) -> tuple[int, int]:
    """Return how many packets a running call's spool holds of a pause, and after its end."""
    paused, after, is_paused, is_over = 0, 0, False, False
    for one in SpoolReader(spool):
        if isinstance(one, CapturedPacket):
            paused += is_paused
            after += is_over
        elif isinstance(one, CaptureMark):
            kind = one.detail["kind"]
            is_paused = kind == "pause" or (is_paused and kind != "resume")
            is_over = is_over or kind == "resume"
    return paused, after


def longest_silence_s(ear: RtpPort, began_s: float, ended_s: float) -> float:
    """Return the longest time in which no packet with sound in it came."""
    loud = [
        at
        for at, kind, body in ear.packets
        if kind == 8 and np.abs(decode(body, ALAW_LEVELS).astype(np.int32)).max() > 100
    ]
    assert loud, "nothing was heard"
    return max(b - a for a, b in itertools.pairwise([began_s, *loud, ended_s]))


def steps(call: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["step"], one["result"]) for one in call["plan"]]


def test_secret_keys_lead_to_the_owner_and_lie_nowhere(raw: RawLab, flow: str) -> None:
    customer, manager = raw.lab.sound(CALLER_HOST), raw.lab.sound()
    known = raw.lab.node.call_ids()
    leg = raw.calling()
    leg.invite(description(customer.port, host=CALLER_HOST))
    answer = leg.expect(200)
    leg.ack(answer)
    (call_id,) = raw.lab.node.new_calls(known)
    wait_for("the question", lambda: bool(customer.heard()))
    customer.speak(answer.sound, tone_alaw(941, 1))  # as a telephone that sounds its keys would
    for digit in "4711":
        customer.press(answer.sound, digit)
    time.sleep(1.0)
    customer.press(answer.sound, "1")
    invite, called = raw.manager_rung()
    (spool,) = Path(raw.lab.folder, "data", "spool").glob("*.spool")
    called.answer(invite, 200, body=description(manager.port))
    called.expect("ACK")
    raw.lab.node.bridged(call_id)
    wait_for("sound of the talk", lambda: captured(spool)[1] > 0)
    assert captured(spool)[0] == 0, "what was secret is in the spool"
    raw.hang_up(leg)
    raw.over()
    call = raw.ended(call_id)
    assert steps(call) == [
        (f"flow:{flow}@1/code", "entered"),
        (f"flow:{flow}@1/main", "1"),
        (f"flow:{flow}@1/owner", "connected"),
    ]
    log = Path(raw.lab.folder, "node.log")
    assert not log.is_file() or "4711" not in log.read_text()


def test_who_presses_nothing_is_never_in_silence_for_long(raw: RawLab, flow: str) -> None:
    customer = raw.lab.sound(CALLER_HOST)
    known = raw.lab.node.call_ids()
    leg = raw.calling()
    leg.invite(description(customer.port, host=CALLER_HOST))
    leg.ack(leg.expect(200))
    began_s = time.monotonic()
    (call_id,) = raw.lab.node.new_calls(known)
    bye = leg.expect("BYE", timeout_s=90)
    ended_s = time.monotonic()
    leg.answer(bye, 200)
    call = raw.ended(call_id)
    assert call["outcome"] == "self_service"
    assert steps(call) == [(f"flow:{flow}@1/code", "otherwise"), (f"flow:{flow}@1/bye", "done")]
    assert longest_silence_s(customer, began_s, ended_s) < _LONGEST_SILENCE_S
