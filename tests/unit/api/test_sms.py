"""`/v1/sms` and `/r/{token}`: messages, what a provider posts, and the page of a one-time link."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.unit.api.conftest import World
from tests.unit.api.fakes import CUSTOMER_MOBILE, MANAGER_MOBILE, make_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome
from voicegw.model.directory import Customer, Group, Manager, Role
from voicegw.model.sms import SmsMessage, SmsPurpose, SmsState
from voicegw.model.task import Task, TaskState, TaskType, new_task
from voicegw.sms.inbound import InboundTerms
from voicegw.store.customers import Change
from voicegw.tasks.asking import link_hash

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
TOKEN = "abcdefghijklmnopqrstuv"


def signed(world: World, body: str, at_s: float = 0) -> dict[str, str]:
    """The headers that a provider sends."""
    at = world.clock.now() + timedelta(seconds=at_s)
    return {
        "content-type": "application/json",
        "webhook-id": "m1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m1", at, body),
    }


@pytest.fixture
async def told(world: World) -> World:
    """A world with a provider, a talk for a task, and a question about it."""
    world.services.messaging = replace(world.services.messaging, inbound=InboundTerms(SECRET))
    directory = world.services.repositories.directory
    now = world.clock.now()
    change = Change("test", "test", now)
    await directory.groups.create(Group("grp_1", "G"))
    await directory.managers.create(Manager("mgr_1", "李娜", "grp_1"))
    await directory.customers.create(Customer("cus_1", "张三丰", "grp_1", owner_id="mgr_1"), change)
    task = new_task(Task("tsk_1", TaskType.REVISIT, now, group_id="grp_1", manager_id="mgr_1"))
    await world.services.repositories.task_changes.create(task)
    call = make_call(
        call_id="call_1",
        group_id="grp_1",
        manager_id="mgr_1",
        customer_id="cus_1",
        outcome=CallOutcome.CONNECTED,
    )
    call.bridged_at = now
    await world.write(CallChanged(call))
    await world.services.repositories.sms.put([a_message(world)])
    return world


def a_message(world: World, **more: Any) -> SmsMessage:
    """The question."""
    now = world.clock.now()
    fields: dict[str, Any] = {
        "id": "sms_1",
        "to": MANAGER_MOBILE,
        "text": "与张**的通话结果？",
        "purpose": SmsPurpose.RESULT,
        "created_at": now,
        "expires_at": now + timedelta(hours=1),
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "customer_id": "cus_1",
        "task_id": "tsk_1",
        "call_id": "call_1",
        "link_hash": link_hash(TOKEN),
        "asked_until": now + timedelta(hours=24),
    }
    return SmsMessage(**(fields | more))


async def task_of(world: World) -> Task:
    found = await world.services.repositories.tasks.get("tsk_1")
    assert found is not None
    return found


async def test_who_sees_which_number_and_text(told: World) -> None:
    await told.services.repositories.sms.put(
        [a_message(told, id="sms_2", to=CUSTOMER_MOBILE, purpose=SmsPurpose.MISSED, link_hash=None)]
    )
    for role, text, own, customers in (
        (Role.ADMIN, True, True, True),
        (Role.MANAGER, False, False, True),
        (Role.COUNTY_MANAGER, False, False, False),
    ):
        manager_id = "mgr_1" if role is Role.MANAGER else None
        group_id = None if role is Role.ADMIN else "grp_1"
        key = await told.key(role, group_id, manager_id)
        answer = await told.client.get("/v1/sms/messages", headers=key)
        missed, result = sorted(answer.json()["items"], key=lambda one: one["purpose"])
        assert (result["to"] is not None, result["text"] is not None) == (own, text)
        assert (missed["to"] is not None, missed["text"] is not None) == (customers, text)
        assert result["to_masked"].count("*") == 4
    await told.services.repositories.directory.groups.create(Group("grp_9", "H"))
    other = await told.key(Role.COUNTY_MANAGER, "grp_9")
    answer = await told.client.get("/v1/sms/messages", headers=other)
    assert answer.json()["items"] == []


async def test_a_report_counts_when_the_provider_has_signed_it(told: World) -> None:
    body = '{"message_id": "sms_1", "id": "p-1", "status": "delivered"}'
    post = told.client.post
    refused = await post("/v1/sms/reports", content=body, headers=signed(told, body + " "))
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    old = await post("/v1/sms/reports", content=body, headers=signed(told, body, -600))
    assert old.status_code == 401
    for _ in range(2):
        taken = await post("/v1/sms/reports", content=body, headers=signed(told, body))
        assert taken.status_code == 204
    message = await told.services.repositories.sms.get("sms_1")
    assert message is not None
    assert (message.state, message.provider_id) == (SmsState.DELIVERED, "p-1")


async def test_a_reply_is_written_down_once(told: World) -> None:
    body = '[{"id": "r-1", "from": "13800138000", "text": "1"}, {"text": "nobody"}]'
    for _ in range(2):
        taken = await told.client.post("/v1/sms/replies", content=body, headers=signed(told, body))
        assert taken.status_code == 204
    (reply,) = await told.services.repositories.sms_replies.unread()
    assert (reply.from_, reply.text) == ("+8613800138000", "1")


async def test_without_a_secret_nothing_is_taken(world: World) -> None:
    answer = await world.client.post("/v1/sms/replies", content="{}")
    assert answer.status_code == 404


async def test_the_page_asks_and_its_answer_counts_once(told: World) -> None:
    page = await told.client.get(f"/r/{TOKEN}", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert page.status_code == 200
    assert "张**" in page.text
    assert "张三丰" not in page.text
    assert CUSTOMER_MOBILE[3:] not in page.text
    assert 'value="revisit_done"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    # Whoever draws a preview has used nothing up.
    again = await told.client.get(f"/r/{TOKEN}")
    assert again.status_code == 200

    saved = await told.client.post(
        f"/r/{TOKEN}",
        data={"code": "revisit_done", "note": "客户满意"},
        headers={"origin": "null"},
    )
    assert (saved.status_code, "已记录" in saved.text) == (200, True)
    task = await task_of(told)
    assert task.result is not None
    assert (task.state, task.result.source, task.result.note) == (
        TaskState.DONE, "link", "客户满意",
    )  # fmt: skip
    for answer in (
        await told.client.get(f"/r/{TOKEN}"),
        await told.client.post(f"/r/{TOKEN}", data={"code": "refused_all"}),
    ):
        assert answer.status_code == 410
    assert (await task_of(told)).result == task.result


async def test_the_page_says_what_is_missing_and_keeps_what_was_entered(told: World) -> None:
    unchosen = await told.client.post(
        f"/r/{TOKEN}", data={"note": "<b>客户"}, headers={"accept-language": "en"}
    )
    assert (unchosen.status_code, "Choose a result." in unchosen.text) == (422, True)
    assert "&lt;b&gt;客户" in unchosen.text
    past = await told.client.post(
        f"/r/{TOKEN}", data={"code": "call_again", "again_at": "2001-01-01T10:00"}
    )
    assert past.status_code == 422
    assert re.search(r'value="call_again" required checked', past.text)
    later = await told.client.post(
        f"/r/{TOKEN}", data={"code": "call_again", "again_at": "2099-01-01T10:00"}
    )
    assert later.status_code == 200
    assert (await task_of(told)).due_at is not None


async def test_of_two_who_answer_at_the_same_moment_one_is_heard(told: World) -> None:
    codes = ("revisit_done", "refused_all", "call_again")
    answers = await asyncio.gather(
        *(told.client.post(f"/r/{TOKEN}", data={"code": code}) for code in codes)
    )
    assert sorted(one.status_code for one in answers) == [200, 410, 410]
    heard = codes[[one.status_code for one in answers].index(200)]
    call = await told.services.repositories.calls.get("call_1")
    assert call is not None
    assert call.disposition is not None
    assert call.disposition.code == heard
    codes_told = [
        one["detail"]["code"]
        for one in (await told.client.get("/v1/audit", headers=await told.key())).json()["items"]
        if one["action"] == "task.closed"
    ]
    assert codes_told == [heard]


async def test_a_node_that_dies_while_it_tells_uses_no_link_up(told: World) -> None:
    replies = told.services.messaging.replies
    assert await replies.answered(a_message(told), told.clock.now())
    told.clock.pass_s(30)
    assert (await told.client.post(f"/r/{TOKEN}", data={"code": "a"})).status_code == 410
    told.clock.pass_s(31)
    assert (await told.client.get(f"/r/{TOKEN}")).status_code == 200
    answers = await asyncio.gather(
        *(told.client.post(f"/r/{TOKEN}", data={"code": "revisit_done"}) for _ in range(2))
    )
    assert sorted(one.status_code for one in answers) == [200, 410]
    assert (await task_of(told)).state is TaskState.DONE


async def test_a_link_that_is_unknown_or_too_old_leads_nowhere(told: World) -> None:
    assert (await told.client.get(f"/r/{TOKEN[:-1]}w")).status_code == 410
    told.clock.pass_s(25 * 3600)
    assert (await told.client.get(f"/r/{TOKEN}")).status_code == 410


async def test_a_result_that_was_told_otherwise_meanwhile_stays(told: World) -> None:
    key = await told.key()
    await told.client.put("/v1/tasks/tsk_1/result", json={"code": "refused_all"}, headers=key)
    answer = await told.client.post(f"/r/{TOKEN}", data={"code": "revisit_done"})
    assert answer.status_code == 409
    assert (await told.client.get(f"/r/{TOKEN}")).status_code == 200  # given back
    assert (await task_of(told)).result.code == "refused_all"  # type: ignore[union-attr]
