"""`GET /v1/calls/{id}/sip`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.schemas.calls import TraceView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, MANAGER_MOBILE, START, make_call
from voicegw.journal.entries import CallChanged, CallTraced
from voicegw.model.call import PHONE, LegRole
from voicegw.model.directory import Role
from voicegw.model.trace import CallTrace, TraceDirection, TracedMessage, pack

INVITE = (
    "INVITE sip:{user}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;branch=z9hG4bKx\r\n"
    'From: "Zhang" <sip:{user}@{host}>;tag=1\r\nCSeq: 1 INVITE\r\n\r\n'
)
RINGING = "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"


def trace_of(
    call_id: str, customer_number: str = CUSTOMER_MOBILE, manager_number: str = MANAGER_MOBILE
) -> CallTrace:
    def message(
        after_ms: int, role: LegRole, direction: TraceDirection, peer: str, text: str
    ) -> TracedMessage:
        at = START + timedelta(milliseconds=after_ms)
        return TracedMessage(at, f"leg_{role}", role, direction, peer, "udp", text)

    into, out = TraceDirection.IN, TraceDirection.OUT
    customer = INVITE.format(user=customer_number, host="192.0.2.7")
    manager = INVITE.format(user=manager_number.removeprefix("+86"), host="198.51.100.7")
    return CallTrace(
        call_id,
        (
            message(0, LegRole.CUSTOMER, into, "carrier", customer),
            message(100, LegRole.MANAGER, out, PHONE, manager),
            message(350, LegRole.MANAGER, into, PHONE, RINGING),
        ),
        dropped=4,
    )


async def stored(world: World, group_id: str | None = None, manager_id: str | None = None) -> str:
    call = make_call(group_id=group_id, manager_id=manager_id)
    await world.write(CallChanged(call), CallTraced(call.id, pack(trace_of(call.id))))
    return call.id


async def test_an_administrator_reads_the_messages_whole(
    world: World, admin: dict[str, str]
) -> None:
    call_id = await stored(world)
    answer = await world.client.get(f"/v1/calls/{call_id}/sip", headers=admin)
    assert answer.status_code == 200, answer.text
    view = TraceView.model_validate(answer.json())
    assert (view.call_id, view.dropped) == (call_id, 4)
    assert [message.summary for message in view.messages] == [
        "INVITE",
        "INVITE",
        "180 Ringing (INVITE)",
    ]
    first, second, _ = answer.json()["messages"]
    assert CUSTOMER_MOBILE in first["text"]
    assert "198.51.100.7" in second["text"]
    assert (first["leg"], first["role"], first["direction"]) == ("leg_customer", "customer", "in")
    assert (second["peer"], second["transport"]) == ("phone", "udp")


async def test_a_county_manager_sees_no_number_no_name_and_no_telephones_address(
    world: World, directory: Directory
) -> None:
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    call_id = await stored(world, directory.chongming, directory.manager)
    answer = await world.client.get(f"/v1/calls/{call_id}/sip", headers=headers)
    assert answer.status_code == 200, answer.text
    for hidden in ("13800138000", "13900139000", "Zhang", "198.51.100.7"):
        assert hidden not in answer.text
    assert "138****8000" in answer.text
    assert "192.0.2.7" in answer.text
    drawn = await world.client.get(f"/v1/calls/{call_id}/sip?format=text", headers=headers)
    assert drawn.headers["content-type"] == "text/plain; charset=utf-8"
    assert "180 Ringing (INVITE)" in drawn.text
    assert "4 messages" in drawn.text


async def test_others_calls_and_calls_without_messages_do_not_exist(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    call_id = await stored(world, directory.fengxian)
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    for path, key in ((call_id, headers), ("call_none", admin)):
        assert (await world.client.get(f"/v1/calls/{path}/sip", headers=key)).status_code == 404
    call = make_call()
    await world.write(CallChanged(call))
    assert (await world.client.get(f"/v1/calls/{call.id}/sip", headers=admin)).status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QA_REVIEWER, Role.INTEGRATOR])
async def test_roles_that_see_calls_may_still_not_read_their_messages(
    world: World, directory: Directory, role: Role
) -> None:
    manager = directory.manager if role is Role.MANAGER else None
    headers = await world.key(role, None, manager)
    call_id = await stored(world, directory.chongming, directory.manager)
    answer = await world.client.get(f"/v1/calls/{call_id}/sip", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_live_calls_messages_come_from_its_node(
    world: World, admin: dict[str, str]
) -> None:
    call = make_call()
    world.control.calls[call.id] = call
    world.services.live_trace = {call.id: trace_of(call.id)}.get
    answer = await world.client.get(f"/v1/calls/{call.id}/sip", headers=admin)
    assert len(answer.json()["messages"]) == 3
    wrong = await world.client.get(f"/v1/calls/{call.id}/sip?format=pdf", headers=admin)
    assert wrong.status_code == 422
