"""A real caller in a flow: keys by RFC 4733, what is heard, what the spool holds."""

from __future__ import annotations

import io
import itertools
import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from ivr.prompt_level import LEVEL_DBFS
from recordings.finishing.g711 import ALAW_LEVELS, decode
from tests.parts.lab import CALLER_HOST, HOTLINE
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import description
from tests.parts.rtp import RtpPort, loudness, sine, tone_alaw
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

OWN = """
flow: own
start: first
steps:
  first: {do: say, prompts: [own_words], next: again}
  again: {do: say, prompts: [own_words], next: bye}
  bye: {do: hang_up}
"""
_OWN_S = 3.0
_RATE_HZ = 8000


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


def upload(raw: RawLab, frequency_hz: int) -> dict[str, Any]:
    """Put a tone in the place of the sentence and return what the node says of it."""
    file = io.BytesIO()
    soundfile.write(file, sine(frequency_hz, _OWN_S, peak=500), _RATE_HZ, format="FLAC")
    request = urllib.request.Request(
        f"{raw.lab.node.api}/v1/prompts/zh/own_words?text=tone",
        file.getvalue(),
        {"Authorization": f"Bearer {raw.lab.node.key}", "Content-Type": "audio/flac"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def route_to_flow(raw: RawLab, folder: Path) -> None:
    path = folder / "own.yaml"
    path.write_text(OWN)
    raw.lab.node.cli("import", "flows", str(path))
    [hotline] = [
        one for one in raw.lab.node.get("/v1/hotlines")["items"] if one["number"] == HOTLINE
    ]
    body = {key: hotline[key] for key in ("number", "group_id", "name")}
    status, changed = raw.lab.node.request(
        "PUT",
        f"/v1/hotlines/{hotline['id']}",
        {**body, "answer": "at_once", "announce": "none", "flow": "own"},
    )
    assert status == 200, changed


def tones(heard: NDArray[np.int16]) -> list[int]:
    """Return the tone of each half second in which one is heard."""
    found = []
    for start in range(0, len(heard) - _RATE_HZ // 2, _RATE_HZ // 2):
        part = heard[start : start + _RATE_HZ // 2]
        strengths = {hz: loudness(part, hz) for hz in (500, 900)}
        loudest = max(strengths, key=lambda hz: strengths[hz])
        if np.abs(part.astype(np.int32)).mean() > 500:
            found.append(loudest)
    return found


def test_a_caller_hears_what_was_uploaded_and_the_newer_from_the_next_time_on(
    raw: RawLab, tmp_path: Path
) -> None:
    first = upload(raw, 500)
    assert (first["source"], first["duration_ms"]) == ("store", 3000)
    route_to_flow(raw, tmp_path)
    customer = raw.lab.sound(CALLER_HOST)
    time.sleep(2.5)  # a node looks for new versions every two seconds
    leg = raw.calling()
    leg.invite(description(customer.port, host=CALLER_HOST))
    leg.ack(leg.expect(200))
    wait_for("the first words", lambda: len(customer.heard()) > _RATE_HZ // 2)
    second = upload(raw, 900)
    assert second["digest"] != first["digest"]
    leg.answer(leg.expect("BYE", timeout_s=30), 200)
    raw.over()
    sound = decode(customer.heard(), ALAW_LEVELS)
    heard = tones(sound)
    changes = [tone for tone, before in zip(heard, [0, *heard], strict=False) if tone != before]
    assert changes == [500, 900]
    assert heard.count(500) >= 2, "who heard it was cut off"
    assert heard.count(900) >= 2
    level = np.sqrt(np.square(sound[_RATE_HZ // 2 : _RATE_HZ].astype(float)).mean()) / 32768
    assert abs(20 * np.log10(level) - LEVEL_DBFS) < 1, "the recording was 19 dB too quiet"
    status, _ = raw.lab.node.request("DELETE", "/v1/prompts/zh/own_words")
    assert status == 204
