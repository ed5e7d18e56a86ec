"""A carrier that plays what it means and answers with a code that says little."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.g711 import encode_alaw
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, make_raw_lab, raw
from tests.parts.raw_sip import description
from tests.parts.rtp import cadence_alaw, tone_alaw
from tests.parts.speech import KOREAN, korean_model, spoken

__all__ = ["raw"]

pytestmark = pytest.mark.peer


_SAID = """
[[announcement]]
reason = "powered-off"
said = ["어머니 토요일"]
"""
_CONFIG = """
[network]
announcements = "{book}"
[transcription]
model = "{model}"
language = "ko"
vocabulary = [{vocabulary}]
"""


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab whose node hears Korean: that is what the tests' recogniser knows."""
    folder = tmp_path_factory.mktemp("raw")
    book = folder / "announcements.toml"
    book.write_text(_SAID)
    vocabulary = ", ".join(f'"{word}"' for word in KOREAN)
    config = _CONFIG.format(book=book, model=korean_model(), vocabulary=vocabulary)
    made = make_raw_lab(folder, defence=config)
    yield made
    made.close()


def call_in_vain(raw: RawLab, alaw: bytes, seconds: float, status: int) -> str:
    """Have the customer's network play a sound for so long, and then refuse the call."""
    call_id, manager = raw.manager_on()
    invite, customer = raw.customer_rung()
    mouth = raw.lab.sound()
    customer.answer(invite, 183, body=description(mouth.port))
    mouth.speak(invite.sound, alaw)
    time.sleep(seconds)
    customer.answer(invite, status)
    customer.expect("ACK")
    manager.expect("BYE", timeout_s=10)
    raw.over()
    return call_id


def settled(raw: RawLab, call_id: str) -> dict[str, Any]:
    """Wait for the last event about a call and return the customer's leg."""
    raw.lab.node.wait_for_event(call_id, "call.settled", 60)
    call = raw.lab.node.get(f"/v1/calls/{call_id}")
    return next(leg for leg in call["legs"] if leg["role"] == "customer")


def test_a_tone_says_more_than_the_code(raw: RawLab) -> None:
    call_id = call_in_vain(raw, cadence_alaw(450, 0.35, 0.35), 3.0, 480)
    ended = raw.ended(call_id)
    assert ended["outcome"] == "customer_no_answer"
    leg = settled(raw, call_id)
    assert (leg["reason"], leg["reason_source"], leg["result"]) == ("busy", "tone", "no_answer")
    assert raw.lab.node.event_types(call_id)[-3:] == [
        "call.ended",
        "leg.classified",
        "call.settled",
    ]
    assert raw.lab.node.metrics()['voicegw_network_heard_total{source="tone"}'] == 1
    spools = Path(raw.lab.folder, "data", "spool")
    wait_for("the capture deleted", lambda: not any(spools.iterdir()))
    assert raw.lab.node.get(f"/v1/recordings?call_id={call_id}")["items"] == []


def test_a_code_alone_settles_the_call_at_once(raw: RawLab) -> None:
    call_id = call_in_vain(raw, tone_alaw(450, 1), 0.3, 404)
    raw.ended(call_id)
    leg = settled(raw, call_id)
    assert (leg["reason"], leg["reason_source"]) == ("vacant-number", "code")
    assert "leg.classified" not in raw.lab.node.event_types(call_id)
    assert not any(Path(raw.lab.folder, "data", "spool").iterdir())


def test_words_say_more_than_the_code(raw: RawLab) -> None:
    words = spoken("어머니 토요일", "ko")
    said = encode_alaw(np.concatenate([words, np.zeros(8000, dtype=np.int16)]))
    call_id = call_in_vain(raw, said, 3.5, 486)
    leg = settled(raw, call_id)
    assert (leg["reason"], leg["reason_source"]) == ("powered-off", "announcement")
    assert raw.lab.node.get(f"/v1/calls/{call_id}")["outcome"] == "customer_busy"
    assert "토요일" not in raw.lab.node.log.read_text()
