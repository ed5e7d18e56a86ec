"""What somebody outside may try on the doors for people, and what others notice of it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from api.auth import CACHE_TTL_S
from api.entry import DEVICE_COOKIE
from api.login import ADDRESS_RULES, LOGIN_RULES, PAIR_RULES
from api.passwords import PasswordDesk, hash_password
from tests.unit.api.conftest import World
from tests.unit.api.people import PASSWORD, Browser, logged_in, make_user
from tests.unit.api.test_second_factor import set_up
from voicegw.model.audit import AuditAction
from voicegw.store import schema
from voicegw.store.audit import AuditFilter

Find = Callable[[str], Awaitable[Any]]
WRONG = "no such password at all"


async def rows(world: World) -> int:
    """Return how many counts of failed logins the store keeps."""
    query = sa.select(sa.func.count()).select_from(schema.login_failures)
    return await world.database.do_read(lambda connection: int(connection.scalar(query) or 0))


async def test_who_was_sent_away_uncompared_has_not_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_user(world)
    full = PasswordDesk(at_once=1, most_waiting=-1)
    monkeypatch.setattr(world.services.logins.passwords, "verify", full.verify)
    for _ in range(PAIR_RULES.free + 1):
        assert (await Browser(world).log_in()).json()["code"] == "overloaded"
    monkeypatch.undo()
    assert (await Browser(world).log_in()).status_code == 201
    full.close()


async def test_who_is_locked_writes_nothing_more(world: World) -> None:
    for number in range(ADDRESS_RULES.free):
        await Browser(world).log_in(f"guess{number}", WRONG)
    before = await rows(world)
    for number in range(20):
        answer = await Browser(world).log_in(f"another{number}", WRONG)
        assert answer.json()["code"] == "login-locked"
    assert await rows(world) == before


async def test_whoever_has_session_and_password_cannot_guess_codes(world: World) -> None:
    browser = await logged_in(world)
    await set_up(browser)
    answers = []
    for number in range(PAIR_RULES.free + 1):
        body = {"password": PASSWORD, "totp": f"{number:06}"}
        answers.append(await browser.ask("POST", "/v1/session/totp/remove", body))
    assert [one.status_code for one in answers] == [422] * PAIR_RULES.free + [429]
    failed = AuditFilter(action=AuditAction.LOGIN_FAILED)
    noted = await world.services.repositories.audit.list(failed)
    assert len(noted.items) == PAIR_RULES.free


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "null", "", "http://evil.example", "http://api.test:81"]
)
async def test_an_origin_that_is_not_ours_or_none_at_all(world: World, origin: str) -> None:
    await make_user(world)
    answer = await Browser(world).log_in()
    assert answer.status_code == 201
    body = {"login": "wang.li", "password": PASSWORD}
    answer = await world.client.post("/v1/session", json=body, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


async def log_in_from(
    world: World, device: str, login: str = "wang.li", password: str = PASSWORD
) -> int:
    """Try to log in from a browser that has this cookie; return the status."""
    world.client.cookies.clear()
    answer = await world.client.post(
        "/v1/session",
        json={"login": login, "password": password},
        headers={"Cookie": f"{DEVICE_COOKIE}={device}"},
    )
    return answer.status_code


async def device_left_by(world: World, login: str = "wang.li") -> str:
    """Log in and return the cookie that tells the browser."""
    browser = Browser(world)
    assert (await browser.log_in(login)).status_code == 201
    assert browser.last is not None
    return browser.last.cookies[DEVICE_COOKIE]


async def test_strangers_cannot_lock_somebody_out_of_the_own_browser(world: World) -> None:
    await make_user(world)
    device = await device_left_by(world)
    digest = hashlib.sha256(b"wang.li").hexdigest()
    failures, now = world.services.repositories.login_failures, world.clock.now()
    for _ in range(LOGIN_RULES.free):  # from everywhere
        await failures.begin_attempt({f"login:{digest}": LOGIN_RULES}, now)
    assert await log_in_from(world, "") == 429
    assert await log_in_from(world, device) == 201
    await failures.forgive([f"login:{digest}"])
    for _ in range(PAIR_RULES.free):  # from the office's one address
        await Browser(world).log_in(password=WRONG)
    assert await log_in_from(world, "") == 429
    assert await log_in_from(world, device) == 201
    assert await log_in_from(world, "") == 429  # of that, strangers have nothing


async def test_a_known_browser_may_not_guess_either(world: World) -> None:
    await make_user(world)
    device = await device_left_by(world)
    answers = [await log_in_from(world, device, password=WRONG) for _ in range(6)]
    assert answers == [401] * PAIR_RULES.free + [429]
    assert await log_in_from(world, "") == 201
    await world.services.logins.unlock("wang.li")
    assert await log_in_from(world, device) == 201


async def test_a_browser_is_known_of_one_user_with_one_password(world: World) -> None:
    user = await make_user(world)
    await make_user(world, "zhao")
    device, other = await device_left_by(world), await device_left_by(world, "zhao")
    for _ in range(PAIR_RULES.free):
        await Browser(world).log_in(password=WRONG)
    for forged in (other, device[:-1], f"{device}x", device.replace(".", "x."), "x" * 66):
        assert await log_in_from(world, forged) == 429
    await world.services.repositories.users.set_password(user.id, hash_password("another one"))
    assert await log_in_from(world, device, password="another one") == 429


async def test_a_cookie_is_for_logging_in_and_out_of_scripts_reach(world: World) -> None:
    await make_user(world)
    answer = await Browser(world).log_in()
    (given,) = [
        one for one in answer.headers.get_list("set-cookie") if one.startswith(DEVICE_COOKIE)
    ]
    for part in ("HttpOnly", "SameSite=strict", "Path=/v1/session", "Max-Age=15552000"):
        assert part in given


async def late(find: Find, read: asyncio.Event, answers: asyncio.Event, digest: str) -> Any:
    """Read from the store at once, and answer later."""
    found = await find(digest)
    read.set()
    await answers.wait()
    return found


async def test_a_logout_holds_although_a_request_has_read_the_session_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await logged_in(world)
    behind = Browser(world, cookie=browser.cookie)
    store, read, answers = world.services.repositories.sessions, asyncio.Event(), asyncio.Event()
    with monkeypatch.context() as patch:
        patch.setattr(store, "find", partial(late, store.find, read, answers))
        world.clock.pass_s(CACHE_TTL_S)
        asking = asyncio.create_task(behind.ask("GET", "/v1/session"))
        await asyncio.wait_for(read.wait(), 20)
    assert (await browser.ask("DELETE", "/v1/session")).status_code == 204
    answers.set()
    await asking
    assert (await behind.ask("GET", "/v1/session")).status_code == 401


async def test_so_does_the_revocation_of_a_key(
    world: World, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"role": "qa_reviewer", "name": "late"}
    made = (await world.client.post("/v1/keys", json=body, headers=admin)).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    keys, read, answers = world.services.repositories.keys, asyncio.Event(), asyncio.Event()
    with monkeypatch.context() as patch:
        name = "get_by_secret_hash"
        patch.setattr(keys, name, partial(late, keys.get_by_secret_hash, read, answers))
        asking = asyncio.create_task(world.client.get("/v1/recordings", headers=headers))
        await asyncio.wait_for(read.wait(), 20)
    assert (await world.client.delete(f"/v1/keys/{made['id']}", headers=admin)).status_code == 204
    answers.set()
    assert (await asking).status_code == 200
    assert (await world.client.get("/v1/recordings", headers=headers)).status_code == 401
