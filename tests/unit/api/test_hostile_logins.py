"""What somebody outside may try on the doors for people, and what others notice of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from api.login import ADDRESS_RULES, PAIR_RULES
from api.passwords import PasswordDesk
from tests.unit.api.conftest import World
from tests.unit.api.people import PASSWORD, Browser, logged_in, make_user
from tests.unit.api.test_second_factor import set_up
from voicegw.model.audit import AuditAction
from voicegw.store import schema
from voicegw.store.audit import AuditFilter

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
