"""The alert comes after patience, once, and goes with the connection."""

from __future__ import annotations

import asyncio

from voicegw.events.mqtt.away import AwayAlert


async def test_the_alert_is_raised_after_patience_and_cleared() -> None:
    told: asyncio.Queue[tuple[bool, str]] = asyncio.Queue()
    away = AwayAlert(lambda raised, why: told.put_nowait((raised, why)), patience_s=0.01)
    away.state("refused")
    away.state("no route")
    assert await told.get() == (True, "no route")
    away.state("refused")
    away.state(None)
    assert await told.get() == (False, "")
    assert told.empty()


async def test_a_broker_that_is_soon_back_raises_nothing() -> None:
    told: list[bool] = []
    away = AwayAlert(lambda raised, _why: told.append(raised), patience_s=0.05)
    away.state("refused")
    away.state(None)
    away.state("refused")
    away.forget()
    await asyncio.sleep(0.1)
    assert told == []
