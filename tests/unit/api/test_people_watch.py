"""Who looks after sessions and locks beside the calls."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.unit.api.conftest import World
from tests.unit.api.people import Browser, logged_in
from voicegw.setup.background import Background
from voicegw.setup.people import PeopleWatch


async def test_uses_are_written_locks_told_and_what_is_over_forgotten(world: World) -> None:
    told: list[bool] = []
    looked = asyncio.Event()

    def tell(locked: bool) -> None:
        told.append(locked)
        looked.set()

    watch = PeopleWatch(world.services, tell)
    browser = await logged_in(world)
    await browser.ask("GET", "/v1/session")
    world.clock.pass_s(60)
    await browser.ask("GET", "/v1/session")
    user = await world.services.repositories.users.get_by_login("wang.li")
    assert user is not None
    async with AsyncExitStack() as stack:
        watch.start(Background(stack))
        await looked.wait()
        [session] = await world.services.repositories.sessions.of_user(user.id)
        while session.last_seen_at != world.clock.now():
            await asyncio.sleep(0.01)
            [session] = await world.services.repositories.sessions.of_user(user.id)
    for _ in range(5):
        await Browser(world).log_in(password="no such password")
    await watch.look()
    assert told == [False, True]
    world.clock.pass_s(2 * 86400)
    await watch.tidy()
    await watch.look()
    assert told == [False, True, False]
    assert await world.services.repositories.sessions.of_user(user.id) == []
