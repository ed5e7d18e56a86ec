"""A caller is led through a plan by a running node, and it is explained before and after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.lab import CALLER_HOST, customer_number, manager_number
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import Leg, description

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

HOTLINE = "4008007101"
CALLER = customer_number(9910)
MOBILE, DESK, DEPUTY = (manager_number(number) for number in (811, 812, 813))


def make(raw: RawLab, kind: str, **body: object) -> str:
    status, answer = raw.lab.node.request("POST", f"/v1/{kind}", body)
    assert status == 201, answer
    return str(answer["id"])


def explained(raw: RawLab, hotline: str, **body: object) -> list[tuple[str, bool, str | None]]:
    """Return what the node would do for the caller: step, whether it is taken, why."""
    request = {"caller": CALLER, "hotline_id": hotline, **body}
    status, answer = raw.lab.node.request("POST", "/v1/explain", request)
    assert status == 200, answer
    return [(step["step"], step["taken"], step["reason"]) for step in answer["plan"]]


def plan_of(call: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(step["step"], step["target"], step["result"]) for step in call["plan"]]


def test_who_declines_on_one_telephone_makes_way_for_the_deputy(raw: RawLab) -> None:
    group = make(raw, "groups", name="Planned")
    deputy = make(raw, "managers", name="Deputy", group_id=group, phones=[DEPUTY])
    owner = make(
        raw, "managers", name="Owner", group_id=group, phones=[MOBILE, DESK], deputy_id=deputy
    )
    make(raw, "customers", name="C", group_id=group, numbers=[CALLER], owner_id=owner)
    hotline = make(
        raw,
        "hotlines",
        number=HOTLINE,
        group_id=group,
        hours="Mo-Su 00:00-24:00; PH 03:00-04:00",
        answer="at_owner",
        announce="none",
        routing={"ring": "at_once"},
    )
    foreseen = [("owner", True, None), ("deputy", True, "deputy-of-owner"), ("hang_up", True, None)]
    wait_for("the hotline is known", lambda: explained(raw, hotline) == foreseen, 5)
    closed = [("owner", False, "closed"), ("deputy", False, "closed"), ("hang_up", True, None)]
    assert explained(raw, hotline, at="2026-10-01T10:00:00+08:00") == closed

    known = raw.lab.node.call_ids()
    caller = Leg.calling(raw.caller(), HOTLINE, caller=CALLER)
    caller.invite(description(9, host=CALLER_HOST))
    (call_id,) = raw.lab.node.new_calls(known)
    (invite, mobile), (other, desk) = raw.rung(MOBILE), raw.rung(DESK)
    desk.answer(other, 180)
    mobile.answer(invite, 603)
    cancel = desk.expect("CANCEL")
    desk.answer(cancel, 200)
    desk.answer(other, 487)
    invite, leg = raw.rung(DEPUTY)
    leg.answer(invite, 200, body=description())
    leg.expect("ACK")
    caller.ack(caller.expect(200))
    call = raw.lab.node.bridged(call_id)
    assert plan_of(call) == [("owner", owner, "declined"), ("deputy", deputy, "connected")]
    assert call["manager_id"] == deputy
    raw.hang_up(caller)
    assert raw.ended(call_id)["outcome"] == "connected"

    # Who spoke to the caller is known from now on, and nobody is rung twice. Any change of the
    # directory has answers of before forgotten.
    make(raw, "customers", name="D", group_id=group)
    followed = [
        ("owner", True, None),
        ("recent", True, "last-contact"),
        ("deputy", False, "same-as-before"),
        ("hang_up", True, None),
    ]
    wait_for("the last contact is known", lambda: explained(raw, hotline) == followed, 5)
    assert len(raw.lab.node.call_ids()) == len(known) + 1, "an explanation is no call"
