"""The second factor: set up, asked for, never taken twice, lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from api.login import PAIR_RULES
from api.schemas.sessions import RecoveryCodesView, TotpView
from tests.unit.api.conftest import World
from tests.unit.api.people import PASSWORD, Browser, logged_in
from voicegw.model.directory import Role


async def set_up(browser: Browser) -> tuple[str, list[str]]:
    """Set a second factor up; return its secret and the recovery codes."""
    begun = await browser.ask("POST", "/v1/session/totp", {"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    view = TotpView.model_validate(begun.json())
    assert f"secret={view.secret}" in view.otpauth_uri
    code = code_of(browser.world, view.secret)
    confirmed = await browser.ask("POST", "/v1/session/totp/confirm", {"totp": code})
    assert confirmed.status_code == 200, confirmed.text
    return view.secret, RecoveryCodesView.model_validate(confirmed.json()).recovery_codes


def code_of(world: World, secret: str, steps: int = 0) -> str:
    """Return the code of this moment, or of so many steps later."""
    return pyotp.TOTP(secret).at(world.clock.now() + timedelta(seconds=30 * steps))


def code(answer: Any) -> str:
    problem: str = answer.json()["code"]
    return problem


async def test_from_then_on_a_login_needs_it(world: World) -> None:
    browser = await logged_in(world)
    secret, codes = await set_up(browser)
    assert len(set(codes)) == 10
    assert (await browser.ask("GET", "/v1/session")).json()["has_second_factor"] is True
    other = Browser(world)
    asked = await other.log_in()
    assert (asked.status_code, code(asked)) == (401, "second-factor-needed")
    wrong = await other.log_in(totp="000000")
    assert code(wrong) == "login-failed"
    world.clock.pass_s(30)
    assert (await other.log_in(totp=code_of(world, secret))).status_code == 201


async def test_a_wrong_password_is_not_told_apart_by_the_code(world: World) -> None:
    browser = await logged_in(world)
    await set_up(browser)
    answers = [
        await Browser(world).log_in(password="no such password", **more)
        for more in ({}, {"totp": "000000"})
    ]
    assert [code(one) for one in answers] == ["login-failed"] * 2


async def test_no_code_is_taken_twice(world: World) -> None:
    browser = await logged_in(world)
    secret, _ = await set_up(browser)
    now = code_of(world, secret)
    assert (await Browser(world).log_in(totp=now)).status_code == 401  # it confirmed the secret
    world.clock.pass_s(30)
    now, before = code_of(world, secret), code_of(world, secret, -1)
    assert (await Browser(world).log_in(totp=now)).status_code == 201
    assert (await Browser(world).log_in(totp=now)).status_code == 401
    assert (await Browser(world).log_in(totp=before)).status_code == 401


async def test_of_two_with_the_same_code_one_comes_in(world: World) -> None:
    browser = await logged_in(world)
    secret, _ = await set_up(browser)
    world.clock.pass_s(30)
    now = code_of(world, secret)
    answers = await asyncio.gather(*(Browser(world).log_in(totp=now) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 401, 401, 401]


async def test_a_clock_may_be_one_step_off(world: World) -> None:
    browser = await logged_in(world)
    secret, _ = await set_up(browser)
    world.clock.pass_s(90)
    assert (await Browser(world).log_in(totp=code_of(world, secret, -2))).status_code == 401
    assert (await Browser(world).log_in(totp=code_of(world, secret, 2))).status_code == 401
    assert (await Browser(world).log_in(totp=code_of(world, secret, -1))).status_code == 201
    assert (await Browser(world).log_in(totp=code_of(world, secret, 1))).status_code == 201


async def test_codes_cannot_be_guessed(world: World) -> None:
    browser = await logged_in(world)
    await set_up(browser)
    answers = [await Browser(world).log_in(totp=f"{number:06}") for number in range(7)]
    assert [one.status_code for one in answers] == [401] * PAIR_RULES.free + [429] * 2


async def test_a_recovery_code_is_good_once(world: World) -> None:
    browser = await logged_in(world)
    _, codes = await set_up(browser)
    typed = codes[0].replace("-", " ").upper()
    first = await Browser(world).log_in(totp=typed)
    assert (first.status_code, first.json()["recovery_codes_left"]) == (201, 9)
    assert (await Browser(world).log_in(totp=codes[0])).status_code == 401
    answers = await asyncio.gather(*(Browser(world).log_in(totp=codes[1]) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [201, 401, 401]


async def test_it_counts_only_once_it_is_confirmed(world: World) -> None:
    browser = await logged_in(world)
    await browser.ask("POST", "/v1/session/totp", {"password": PASSWORD})
    refused = await browser.ask("POST", "/v1/session/totp/confirm", {"totp": "000000"})
    assert refused.json()["errors"][0]["field"] == "totp"
    assert (await Browser(world).log_in()).status_code == 201
    secret, _ = await set_up(browser)  # begun anew: the secret before is worthless
    again = await browser.ask("POST", "/v1/session/totp", {"password": PASSWORD})
    assert code(again) == "second-factor-state"
    confirm = {"totp": code_of(world, secret)}
    again = await browser.ask("POST", "/v1/session/totp/confirm", confirm)
    assert code(again) == "second-factor-state"


async def test_setting_it_up_takes_the_password(world: World) -> None:
    browser = await logged_in(world)
    answer = await browser.ask("POST", "/v1/session/totp", {"password": "no such password"})
    assert code(answer) == "wrong-password"


async def test_its_owner_goes_on_without_by_password_and_code(world: World) -> None:
    browser, other = await logged_in(world), Browser(world)
    none = await browser.ask(
        "POST", "/v1/session/totp/remove", {"password": PASSWORD, "totp": "000000"}
    )
    assert code(none) == "second-factor-state"
    secret, _ = await set_up(browser)
    world.clock.pass_s(30)
    await other.log_in(totp=code_of(world, secret))
    world.clock.pass_s(30)
    for body, refused in (
        ({"password": "no such password", "totp": code_of(world, secret)}, "wrong-password"),
        ({"password": PASSWORD, "totp": "000000"}, "invalid"),
    ):
        answer = await browser.ask("POST", "/v1/session/totp/remove", body)
        assert code(answer) == refused
    body = {"password": PASSWORD, "totp": code_of(world, secret)}
    answer = await browser.ask("POST", "/v1/session/totp/remove", body)
    assert (answer.status_code, answer.json()["has_second_factor"]) == (200, False)
    assert (await browser.ask("GET", "/v1/session")).status_code == 200
    assert (await other.ask("GET", "/v1/session")).status_code == 401
    assert (await Browser(world).log_in()).status_code == 201


async def test_an_administrator_helps_who_has_lost_it(world: World, admin: dict[str, str]) -> None:
    browser = await logged_in(world)
    _, codes = await set_up(browser)
    user = (await world.client.get("/v1/users", headers=admin)).json()["items"][0]
    reset = await world.client.delete(f"/v1/users/{user['id']}/totp", headers=admin)
    assert reset.status_code == 204
    assert (await browser.ask("GET", "/v1/session")).status_code == 401
    assert (await browser.log_in()).status_code == 201
    assert await world.services.repositories.users.recovery_codes_left(user["id"]) == 0
    del codes


@pytest.mark.parametrize("role", [Role.ADMIN, Role.QA_REVIEWER])
async def test_some_roles_must_have_one(world: World, role: Role) -> None:
    object.__setattr__(world.services.options, "require_totp_for", frozenset({Role.ADMIN}))
    browser = await logged_in(world, role=role)
    answer = await browser.ask("GET", "/v1/recordings")
    if role is Role.QA_REVIEWER:
        assert answer.status_code == 200
        return
    assert (answer.status_code, code(answer)) == (403, "second-factor-missing")
    assert (await browser.ask("GET", "/v1/session")).json()["duty"] == "second-factor-missing"
    await set_up(browser)
    assert (await browser.ask("GET", "/v1/recordings")).status_code == 200
