"""Short messages in the store: put once, sent by one, and what a report makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from voicegw.model.sms import SmsMessage, SmsPurpose, SmsState
from voicegw.store.database import Database
from voicegw.store.sms import SmsFilter, SmsRepository, put_sms

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """A moment `seconds` after NOW."""
    return NOW + timedelta(seconds=seconds)


def message(name: str = "1", **more: object) -> SmsMessage:
    """A message that waits."""
    known = SmsMessage(
        id=f"sms_{name}",
        to="+8613800138000",
        text="请回复本次通话结果",
        purpose=SmsPurpose.RESULT,
        created_at=NOW,
        expires_at=after(3600),
    )
    return msgspec.structs.replace(known, **more)


async def the_one(messages: SmsRepository, holder: str = "a", now: datetime = NOW) -> SmsMessage:
    """Lease the one message that must be due."""
    (leased,) = await messages.lease(holder, now, 30, 10)
    return leased


async def test_a_message_is_put_once_and_with_what_it_tells_of(database: Database) -> None:
    messages = SmsRepository(database)

    async def put(and_fail: bool) -> None:
        def write(connection: object) -> None:
            put_sms(database, connection, [message()])  # type: ignore[arg-type]
            if and_fail:
                raise RuntimeError("the transaction is not to be")

        await database.do_write(write)

    with pytest.raises(RuntimeError):
        await put(and_fail=True)
    assert await messages.get("sms_1") is None
    await put(and_fail=False)
    assert await messages.put([message(text="another"), message("2")]) == 1
    assert await messages.get("sms_1") == message()


async def test_the_longest_due_is_leased_first_and_what_is_not_due_waits(
    database: Database,
) -> None:
    messages = SmsRepository(database)
    await messages.put([message("2", created_at=after(2)), message("1")])
    await messages.put([message("3", not_before=after(60))])
    assert await messages.lease("a", after(-1), 30, 10) == []
    leased = await messages.lease("a", after(3), 30, 10)
    assert [(one.id, one.attempts) for one in leased] == [("sms_1", 1), ("sms_2", 1)]
    assert await messages.lease("b", after(4), 30, 10) == []
    assert await messages.waiting() == (3, after(33))
    assert [one.id for one in await messages.lease("b", after(61), 30, 10)] == [
        "sms_1", "sms_2", "sms_3",
    ]  # fmt: skip


async def test_who_lost_the_lease_concludes_nothing(database: Database) -> None:
    messages = SmsRepository(database)
    await messages.put([message()])
    lost = await the_one(messages)
    again = await the_one(messages, "b", after(30))
    assert not await messages.mark_sent(lost, "a", after(31), "p-1")
    assert not await messages.put_back(lost, "a", after(31), "timeout")
    assert await messages.mark_sent(again, "b", after(31), "p-1")
    assert not await messages.give_up(again, "b", after(32), "refused")
    sent = await messages.get("sms_1")
    assert sent is not None
    assert (sent.state, sent.provider_id, sent.sent_at) == (SmsState.SENT, "p-1", after(31))


async def test_what_is_put_back_comes_again_and_what_is_given_up_does_not(
    database: Database,
) -> None:
    messages = SmsRepository(database)
    await messages.put([message()])
    assert await messages.put_back(await the_one(messages), "a", after(60), "busy")
    assert await messages.lease("a", after(59), 30, 10) == []
    leased = await the_one(messages, "a", after(60))
    assert (leased.attempts, leased.failure) == (2, "busy")
    assert await messages.give_up(leased, "a", after(61), "too-late", SmsState.EXPIRED)
    assert await messages.lease("a", after(9999), 30, 10) == []
    assert await messages.counts() == {("result", "expired"): 1}
    assert await messages.waiting() == (0, None)


async def test_a_report_ends_a_message_once_and_may_be_sooner_than_the_answer(
    database: Database,
) -> None:
    messages = SmsRepository(database)
    await messages.put([message("1"), message("2")])
    first, second = await messages.lease("a", NOW, 30, 10)
    assert await messages.mark_sent(first, "a", after(1), "p-1")
    assert await messages.report(after(2), message_id=None, provider_id="p-1")
    assert await messages.report(after(3), message_id=None, provider_id="p-1", failure="rejected")
    delivered = await messages.get(first.id)
    assert delivered is not None
    assert (delivered.state, delivered.finished_at) == (SmsState.DELIVERED, after(2))

    assert await messages.report(
        after(2), message_id=second.id, provider_id="p-2", failure="rejected"
    )
    assert not await messages.mark_sent(second, "a", after(3), "p-2")
    failed = await messages.get(second.id)
    assert failed is not None
    assert (failed.state, failed.failure, failed.provider_id) == (
        SmsState.FAILED, "rejected", "p-2",
    )  # fmt: skip
    assert not await messages.report(after(3), message_id="sms_9", provider_id=None)
    assert not await messages.report(after(3), message_id=None, provider_id=None)


async def test_a_list_shows_the_newest_first_by_its_filter(database: Database) -> None:
    messages = SmsRepository(database)
    await messages.put(
        [message(str(at), created_at=after(at), group_id=f"grp_{at % 2}") for at in range(5)]
    )
    page = await messages.list(SmsFilter(group_ids=["grp_0"]), limit=2)
    assert [one.id for one in page.items] == ["sms_4", "sms_2"]
    rest = await messages.list(SmsFilter(group_ids=["grp_0"]), limit=2, cursor=page.next_cursor)
    assert [one.id for one in rest.items] == ["sms_0"]
    assert rest.next_cursor is None
    within = await messages.list(SmsFilter(from_=after(1), until=after(3)))
    assert [one.id for one in within.items] == ["sms_2", "sms_1"]
    assert not (await messages.list(SmsFilter(state=SmsState.SENT))).items
    assert not (await messages.list(SmsFilter(purpose=SmsPurpose.MISSED))).items
