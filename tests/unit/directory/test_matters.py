"""Who is responsible is asked once in a while, and never for long."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.calls.rig import FakeClock
from tests.unit.calls.virtual_time import virtual
from voicegw.directory.matters import RecentMatters
from voicegw.errors import StoreUnavailableError


class Source:
    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.takes_s = 0.0

    async def responsible(self, customer_id: str) -> str | None:
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        if self.away:
            raise StoreUnavailableError("away")
        return f"mgr_of_{customer_id}"


@virtual
async def test_an_answer_is_kept_for_seconds_and_serves_while_the_store_is_away() -> None:
    source = Source()
    matters = RecentMatters(source, FakeClock())
    assert await matters.responsible("cus_1") == "mgr_of_cus_1"
    assert await matters.responsible("cus_1") == "mgr_of_cus_1"
    assert source.asked == 1
    source.away = True
    await asyncio.sleep(6)
    assert await matters.responsible("cus_1") == "mgr_of_cus_1"
    with pytest.raises(StoreUnavailableError):
        await matters.responsible("cus_2")


@virtual
async def test_a_slow_store_holds_no_caller_up() -> None:
    source = Source()
    source.takes_s = 5.0
    begun = asyncio.get_running_loop().time()
    with pytest.raises(StoreUnavailableError):
        await RecentMatters(source, FakeClock()).responsible("cus_1")
    assert asyncio.get_running_loop().time() - begun < 0.5
    await asyncio.sleep(5)


@virtual
async def test_what_was_given_to_others_is_asked_anew() -> None:
    source = Source()
    matters = RecentMatters(source, FakeClock())
    await matters.responsible("cus_1")
    matters.expire()
    await matters.responsible("cus_1")
    assert source.asked == 2


@virtual
async def test_what_the_look_up_told_is_not_asked_again() -> None:
    source = Source()
    matters = RecentMatters(source, FakeClock())
    matters.know("cus_1", None)
    matters.know("cus_2", "mgr_7")
    assert await matters.responsible("cus_1") is None
    assert await matters.responsible("cus_2") == "mgr_7"
    assert source.asked == 0
