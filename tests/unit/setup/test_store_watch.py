"""Whether the store answers, known before those who wait for it know."""

from __future__ import annotations

import asyncio

import pytest

from voicegw.errors import StoreUnavailableError
from voicegw.setup.store_watch import StoreWatch


class Store:
    """One that answers when it is let."""

    def __init__(self) -> None:
        self.flows = asyncio.Event()
        self.away = False
        self.asked = 0

    async def ping(self) -> None:
        self.asked += 1
        await self.flows.wait()
        if self.away:
            raise StoreUnavailableError("gone")


async def test_what_comes_at_once_is_told() -> None:
    store, told = Store(), list[bool]()
    watch = StoreWatch(store.ping, told.append)
    store.flows.set()
    await watch.look()
    store.away = True
    await watch.look()
    assert told == [True, False]


async def test_a_store_that_hangs_is_away_until_it_answers() -> None:
    store, told = Store(), list[bool]()
    looking = asyncio.create_task(StoreWatch(store.ping, told.append, patience_s=0.01).look())
    while not told:  # noqa: ASYNC110 - it tells nobody else
        await asyncio.sleep(0)
    assert (told, looking.done()) == ([False], False)
    store.flows.set()
    await looking
    assert (told, store.asked) == ([False, True], 1)


async def test_a_look_that_is_given_up_leaves_nothing_behind() -> None:
    store, told = Store(), list[bool]()
    looking = asyncio.create_task(StoreWatch(store.ping, told.append).look())
    await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    await asyncio.sleep(0)
    assert told == []
    assert len(asyncio.all_tasks()) == 1
