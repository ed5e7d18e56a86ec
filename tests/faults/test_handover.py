"""Customers change hands while calls run, and a node that dies in the middle of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.parts.lab import HOTLINE, Lab, customer_number, customer_of, manager_does
from tests.parts.node import wait_for
from voicegw.clock import SystemClock
from voicegw.directory.handover import HandoverRequest, HandoverService, plan_shares
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.handover import Handover, HandoverState, RecipientKind, Recipients, Share
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.handovers import HandoverRepository

pytestmark = pytest.mark.peer


def manager_id(lab: Lab, manager: int) -> str:
    return str(lab.node.get(f"/v1/managers/by-external-id/m{manager}")["id"])


def row(manager: int, which: int) -> tuple[str, str]:
    """Return the number of one of a manager's first customers, and the hotline dialled."""
    return customer_number(customer_of(manager, which)), HOTLINE


def hand_over(lab: Lab, old: int, new: int) -> dict[str, Any]:
    """Move all customers of one manager to another and return the handover once it is done."""
    body = {"to": {"kind": "one", "manager_id": manager_id(lab, new)}, "why": "leaves"}
    path = f"/v1/managers/{manager_id(lab, old)}/handover"
    status, asked = lab.node.request("POST", path, body)
    assert status == 202, asked
    return done(lab, asked["id"])


def done(lab: Lab, handover_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = lab.node.get(f"/v1/handovers/{handover_id}")
        return found if found["state"] == "done" else None

    return dict(wait_for("handover done", look))


def test_the_next_call_back_reaches_the_new_owner(lab: Lab) -> None:
    """A call with the old owner goes on and stays the old owner's; the next one is the new's."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers", 1), manager_does("answers", 2), calls=2)
    first = lab.caller("talks_until_hung_up", row(1, 0))
    (running,) = lab.node.new_calls(known)
    lab.node.bridged(running)
    assert hand_over(lab, 1, 2)["moved"] == 4
    for which in (0, 1):
        key = f"c{customer_of(1, which)}"
        customer = lab.node.get(f"/v1/customers/by-external-id/{key}")
        assert customer["owner_id"] == manager_id(lab, 2)
    second = lab.caller("talks_until_hung_up", row(1, 1))
    (back,) = lab.node.new_calls(known | {running})
    lab.node.bridged(back)
    assert lab.node.get(f"/v1/calls/{running}")["status"] == "in-progress"
    for call_id in (running, back):
        lab.node.hangup(call_id)
    for peer in (first, second, carrier):
        peer.finished()
    for call_id, manager in ((running, 1), (back, 2)):
        call = lab.assert_ended(call_id, "connected", "completed")
        assert call["manager_id"] == manager_id(lab, manager)
        recording = lab.node.get(f"/v1/recordings/{call['recording_id']}")
        assert recording["manager_id"] == manager_id(lab, manager)


async def switch_and_die(url: str, old: str, new: str) -> str:
    """Switch a handover as a node does that dies before any record has followed."""
    database, clock = await Database.open(url), SystemClock()
    try:
        repository = HandoverRepository(database)
        service = HandoverService(repository, DirectoryRepository(database), clock)
        to = Recipients(RecipientKind.ONE, [new])
        handover = await service.prepare(HandoverRequest(old, to, by="key_test"))
        entry = AuditEntry(
            datetime.now(UTC),
            "key_test",
            "admin",
            AuditAction.HANDOVER_REQUESTED,
            SubjectKind.HANDOVER,
            handover.id,
        )
        await service.start(handover, entry)
        items = (await plan_shares(repository, handover)).items
        await repository.stage(handover.id, items)

        def staged(found: Handover) -> Handover:
            shares = [Share(new, len(items))]
            return msgspec.structs.replace(found, state=HandoverState.STAGED, shares=shares)

        await repository.change(handover.id, [HandoverState.STAGING], staged)
        await repository.switch(handover.id, clock.now())
        return handover.id
    finally:
        await database.close()


def test_a_node_that_died_after_the_switch_goes_on_at_its_start(lab: Lab) -> None:
    old, new = manager_id(lab, 3), manager_id(lab, 4)
    lab.node.kill()
    url = f"sqlite:///{lab.node.folder / 'data' / 'voicegw.db'}"
    handover_id = asyncio.run(switch_and_die(url, old, new))
    lab.node.start()
    assert done(lab, handover_id)["moved"] == 4
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 4), calls=1)
    caller = lab.caller("talks_until_hung_up", row(3, 0))
    (call_id,) = lab.node.new_calls(known)
    for peer in (caller, carrier):
        peer.finished()
    assert lab.assert_ended(call_id, "connected", "completed")["manager_id"] == new
    path = f"/v1/customers/by-external-id/c{customer_of(3)}"
    customer = lab.node.get(path)["id"]
    owners = lab.node.get(f"/v1/customers/{customer}/ownership")["items"]
    assert [(one["manager_id"], one["until"] is None) for one in owners] == [
        (old, False),
        (new, True),
    ]
