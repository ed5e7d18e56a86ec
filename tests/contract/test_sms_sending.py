"""The sender over both stores: what waits goes out, what fails is tried again, nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from voicegw.clock import SystemClock
from voicegw.events.delivery.outlet import OutletContext
from voicegw.model.sms import SmsMessage, SmsPurpose, SmsState
from voicegw.sms.outlet import ALERT_FAILING, SmsOutlet
from voicegw.sms.provider import Accepted, Outcome, Outgoing, Refused
from voicegw.store.database import Database
from voicegw.store.sms import SmsRepository


class SteppingClock(SystemClock):
    """The machine's clock, put forward by a test."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class FakeProvider:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self, answer: Callable[[Outgoing], Outcome]) -> None:
        self.answer = answer
        self.asked: list[Outgoing] = []
        self.is_closed = False

    async def send(self, message: Outgoing) -> Outcome:
        self.asked.append(message)
        return self.answer(message)

    async def close(self) -> None:
        self.is_closed = True


def message(name: str, lives_s: float = 3600, **more: object) -> SmsMessage:
    """A message that waits."""
    now = datetime.now(UTC)
    known = SmsMessage(
        id=f"sms_{name}",
        to="+8613800138000",
        text=f"text {name}",
        purpose=SmsPurpose.RESULT,
        created_at=now,
        expires_at=now + timedelta(seconds=lives_s),
    )
    return msgspec.structs.replace(known, **more)


class Running:
    """An outlet that runs until the end of a `with`."""

    def __init__(
        self, database: Database, provider: FakeProvider, clock: SteppingClock, node: str = "a"
    ) -> None:
        context = OutletContext(node, f"{node}/1", database, clock)
        self.wake = context.wake
        self.outlet = SmsOutlet(
            context, lambda: provider, per_s=1000, at_once=5, chance=lambda: 0.0
        )

    async def __aenter__(self) -> Running:
        self._task = asyncio.create_task(self.outlet.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def until(holds: Callable[[], object], timeout_s: float = 20) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110 - a test
            await asyncio.sleep(0.01)


async def state_of(messages: SmsRepository, name: str) -> SmsState:
    """How far a message is."""
    found = await messages.get(f"sms_{name}")
    assert found is not None
    return found.state


async def test_what_waits_goes_out_once(database: Database) -> None:
    messages, clock = SmsRepository(database), SteppingClock()
    provider = FakeProvider(lambda one: Accepted(f"p-{one.id}"))
    await messages.put([message(str(number)) for number in range(12)])
    async with Running(database, provider, clock) as running:
        await until(lambda: len(provider.asked) == 12)
        await until(lambda: dict(_figures(running.outlet)).get("sms_waiting") == 0)
    assert sorted(one.id for one in provider.asked) == sorted(f"sms_{n}" for n in range(12))
    assert await messages.counts() == {("result", "sent"): 12}
    assert provider.is_closed
    sent = await messages.get("sms_3")
    assert sent is not None
    assert sent.provider_id == "p-sms_3"


async def test_what_fails_is_tried_again_with_the_same_id_and_tells_of_it(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    messages, clock = SmsRepository(database), SteppingClock()
    provider = FakeProvider(lambda _one: Refused("timeout"))
    await messages.put([message("1"), message("2"), message("3")])
    async with Running(database, provider, clock) as running:
        await until(lambda: len(provider.asked) == 3)
        await until(lambda: bool(list(running.outlet.alerts())))
        (alert,) = running.outlet.alerts()
        assert (alert.slug, alert.detail) == (ALERT_FAILING, "timeout")
        provider.answer = lambda one: Accepted(one.id)
        clock.ahead += timedelta(seconds=6)
        running.wake.wake()
        await until(lambda: len(provider.asked) == 6)
        await until(lambda: not list(running.outlet.alerts()))
    assert {one.id for one in provider.asked[3:]} == {"sms_1", "sms_2", "sms_3"}
    assert caplog.text.count("message not sent") == 3
    assert "13800138000" not in caplog.text


async def test_what_is_refused_for_good_or_too_old_is_given_up(database: Database) -> None:
    messages, clock = SmsRepository(database), SteppingClock()
    provider = FakeProvider(lambda _one: Refused("http-400", is_permanent=True))
    await messages.put([message("bad"), message("old", lives_s=-1)])
    ended = {("result", "failed"): 1, ("result", "expired"): 1}
    async with Running(database, provider, clock):
        async with asyncio.timeout(20):
            while await messages.counts() != ended:  # noqa: ASYNC110 - a test
                await asyncio.sleep(0.01)
    assert [one.id for one in provider.asked] == ["sms_bad"]


async def test_a_sender_that_was_killed_leaves_what_it_held_to_the_next(
    database: Database,
) -> None:
    messages, clock = SmsRepository(database), SteppingClock()
    await messages.put([message("1"), message("2")])
    (mine,) = await messages.lease("a/0", clock.now(), 60, 1)
    (other,) = await messages.lease("b/0", clock.now(), 60, 1)
    provider = FakeProvider(lambda one: Accepted(one.id))
    async with Running(database, provider, clock) as running:
        # Of the own node at once: that process is gone. Of another one when its lease runs out.
        await until(lambda: len(provider.asked) == 1)
        assert provider.asked[0].id == mine.id
        clock.ahead += timedelta(seconds=61)
        running.wake.wake()
        await until(lambda: len(provider.asked) == 2)
        assert provider.asked[1].id == other.id
        async with asyncio.timeout(20):  # it is noted after the provider has it
            while await state_of(messages, "2") is not SmsState.SENT:  # noqa: ASYNC110 - a test
                await asyncio.sleep(0.01)
    assert await state_of(messages, "1") is SmsState.SENT


async def test_one_of_two_nodes_sends(database: Database) -> None:
    messages, clock = SmsRepository(database), SteppingClock()
    provider, idle = (FakeProvider(lambda one: Accepted(one.id)) for _ in range(2))
    async with Running(database, provider, clock) as first:
        await messages.put([message("1")])
        first.wake.wake()
        await until(lambda: len(provider.asked) == 1)
        async with Running(database, idle, clock, "b") as second:
            await messages.put([message("2")])
            second.wake.wake()
            first.wake.wake()
            await until(lambda: len(provider.asked) == 2)
    assert not idle.asked


def _figures(outlet: SmsOutlet) -> list[tuple[str, float]]:
    return [(one.name, one.value) for one in outlet.figures()]
