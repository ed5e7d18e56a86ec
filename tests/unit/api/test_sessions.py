"""Logging in, what a session may do, and everything that ends it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from api.access import Scope
from api.app import create_app
from api.auth import Principal
from api.dependencies import Caller
from api.entry import COOKIE
from api.login import ADDRESS_RULES, PAIR_RULES
from api.passwords import PasswordDesk
from api.reviewers import reviewer
from api.schemas.sessions import SessionListView, WhoView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, make_call
from tests.unit.api.people import PASSWORD, Browser, logged_in, make_user
from voicegw.errors import InvalidError, StoreUnavailableError
from voicegw.journal.entries import CallChanged
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.user import UserStatus
from voicegw.store.audit import AuditFilter

OTHER = "a cow in the cellar"


async def noted(world: World) -> list[tuple[str, str, str]]:
    """Return action, principal and subject of all entries of the audit log, oldest first."""
    entries = (await world.services.repositories.audit.list(AuditFilter())).items
    return [(one.action.value, one.principal, one.subject) for one in reversed(entries)]


async def test_a_login_says_who_it_is_and_what_it_may(world: World) -> None:
    user = await make_user(world)
    browser = Browser(world)
    answer = await browser.log_in()
    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/session")
    assert answer.headers["Cache-Control"] == "no-store"
    who = WhoView.model_validate(answer.json())
    assert (who.principal, who.login, who.role, who.duty) == (user.id, "wang.li", Role.ADMIN, None)
    assert {"calls.read", "users"} <= set(who.permissions)
    assert who.scope.group_ids is None
    again = await browser.ask("GET", "/v1/session")
    assert again.json() == answer.json()
    sessions = (await browser.ask("GET", "/v1/sessions")).json()["items"]
    assert [one["id"] for one in sessions] == [who.session_id]
    assert (await browser.ask("GET", "/v1/calls")).status_code == 200
    assert await noted(world) == [(AuditAction.LOGIN, user.id, user.id)]


async def test_the_cookie_is_kept_from_scripts_and_other_sites(world: World) -> None:
    browser = await logged_in(world)
    assert browser.last is not None
    cookie = browser.last.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={browser.cookie}; ")
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie
    assert len(browser.cookie) == 43
    left = await browser.ask("DELETE", "/v1/session")
    assert "Max-Age=0" in left.headers["set-cookie"]


@pytest.mark.parametrize("by", ["public_url", "proxy"])
async def test_over_tls_it_is_sent_over_tls_only(world: World, by: str) -> None:
    await make_user(world)
    browser = Browser(world)
    if by == "public_url":
        options = world.services.options
        object.__setattr__(options, "public_url", "https://voice.example.net")
        answer = await browser.log_in()
        assert "; Secure" in answer.headers["set-cookie"]
    else:
        answer = await browser.ask(
            "POST",
            "/v1/session",
            {"login": "wang.li", "password": PASSWORD},
            X_Forwarded_Proto="https",
        )
        assert "Secure" not in answer.headers["set-cookie"]  # no proxy is trusted here


async def test_case_and_width_of_a_login_make_no_difference(world: World) -> None:
    await make_user(world)
    assert (await Browser(world).log_in("Ｗang.LI ")).status_code == 201


async def test_blanks_belong_to_a_password(world: World) -> None:
    await make_user(world)
    answer = await Browser(world).log_in(password=f" {PASSWORD}")
    assert answer.json()["code"] == "login-failed"


async def refusal(world: World, login: str, password: str) -> dict[str, Any]:
    """Return what a login is refused with, without what differs between any two answers."""
    answer = await Browser(world).log_in(login, password)
    problem: dict[str, Any] = answer.json()
    problem.pop("request_id")
    return {**problem, "challenge": answer.headers["WWW-Authenticate"]}


async def test_nobody_learns_why_a_login_failed(world: World) -> None:
    await make_user(world)
    await make_user(world, "zhao", status=UserStatus.DISABLED)
    await make_user(world, "no.password", password_hash=None)
    over = world.clock.now() - timedelta(seconds=1)
    await make_user(world, "too.late", must_change=True, password_expires_at=over)
    wrong = await refusal(world, "wang.li", OTHER)
    assert wrong["code"] == "login-failed"
    for login in ("nobody.here", "zhao", "no.password", "too.late", "'; --", "x" * 256):
        assert await refusal(world, login, PASSWORD) == wrong


async def test_a_failure_is_noted_without_what_was_typed(world: World) -> None:
    user = await make_user(world)
    await Browser(world).log_in(password=OTHER)
    await Browser(world).log_in(login="my secret by mistake")
    refused = AuditAction.LOGIN_FAILED.value
    assert await noted(world) == [(refused, user.id, user.id), (refused, "nobody", "")]
    entries = (await world.services.repositories.audit.list(AuditFilter())).items
    assert all("secret" not in str(entry) for entry in entries)
    locked = await world.services.repositories.login_failures.locked(world.clock.now())
    assert locked == []


async def test_failures_lock_a_login_for_longer_each_time(world: World) -> None:
    await make_user(world)
    browser = Browser(world)
    for _ in range(PAIR_RULES.free):
        assert (await browser.log_in(password=OTHER)).status_code == 401
    for wait_s in (30, 60, 120):
        right = await browser.log_in()
        assert (right.status_code, right.json()["code"]) == (429, "login-locked")
        assert int(right.headers["Retry-After"]) == pytest.approx(wait_s, abs=1)
        world.clock.pass_s(wait_s + 1)
        assert (await browser.log_in(password=OTHER)).status_code == 401
    world.clock.pass_s(241)
    assert (await browser.log_in()).status_code == 201
    assert (await browser.log_in(password=OTHER)).json()["code"] == "login-failed"
    assert (await browser.log_in()).status_code == 201
    actions = [action for action, _, _ in await noted(world)]
    assert actions.count(AuditAction.LOGIN_LOCKED) == 4


async def test_an_unknown_login_is_locked_like_a_known_one(world: World) -> None:
    for _ in range(PAIR_RULES.free):
        await Browser(world).log_in("nobody.here", OTHER)
    assert (await Browser(world).log_in("nobody.here", OTHER)).json()["code"] == "login-locked"


async def test_an_address_that_tries_everybody_is_locked(world: World) -> None:
    user = await make_user(world)
    for number in range(ADDRESS_RULES.free):
        await Browser(world).log_in(f"guess{number}", OTHER)
    assert (await Browser(world).log_in()).json()["code"] == "login-locked"
    await world.services.logins.unlock(user.login)  # of the login, not of the address
    assert (await Browser(world).log_in()).json()["code"] == "login-locked"


async def test_who_knows_one_password_may_not_try_others_for_ever(world: World) -> None:
    await make_user(world)
    for number in range(ADDRESS_RULES.free - 1):
        await Browser(world).log_in(f"guess{number}", OTHER)
        if number % 4 == 0:
            assert (await Browser(world).log_in()).status_code == 201
    await Browser(world).log_in("one.more", OTHER)
    assert (await Browser(world).log_in()).json()["code"] == "login-locked"


async def test_attempts_at_the_same_moment_count_all(world: World) -> None:
    await make_user(world)
    browsers = [Browser(world) for _ in range(PAIR_RULES.free * 3)]
    answers = await asyncio.gather(*(one.log_in(password=OTHER) for one in browsers))
    codes = [one.json()["code"] for one in answers]
    assert codes.count("login-failed") == PAIR_RULES.free
    assert codes.count("login-locked") == PAIR_RULES.free * 2


async def test_two_logins_at_the_same_moment_are_two_sessions(world: World) -> None:
    await make_user(world)
    first, second = Browser(world), Browser(world)
    await asyncio.gather(first.log_in(), second.log_in())
    assert first.cookie != second.cookie
    listed = SessionListView.model_validate((await first.ask("GET", "/v1/sessions")).json())
    assert len(listed.items) == 2


async def test_changing_something_needs_the_token_of_this_session(world: World) -> None:
    browser = await logged_in(world)
    other = Browser(world)
    await other.log_in()
    for token in ("", "x", other.csrf):
        answer = await browser.ask("POST", "/v1/groups", {"name": "N"}, X_CSRF_Token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert (await browser.ask("POST", "/v1/groups", {"name": "N"})).status_code == 201


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://api.test", 201),
        ("https://voice.example.net", 201),
        ("https://evil.example", 403),
        ("http://api.test.evil.example", 403),
        ("null", 403),
    ],
)
async def test_another_sites_page_changes_nothing(world: World, origin: str, status: int) -> None:
    object.__setattr__(world.services.options, "public_url", "https://voice.example.net/base")
    browser = await logged_in(world)
    answer = await browser.ask("POST", "/v1/groups", {"name": "N"}, Origin=origin)
    assert answer.status_code == status
    body = {"login": "wang.li", "password": PASSWORD}
    login = await Browser(world).ask("POST", "/v1/session", body, Origin=origin)
    assert login.status_code == status


async def test_a_key_wins_over_a_cookie_and_needs_no_token(world: World) -> None:
    browser = await logged_in(world)
    reader = await world.key(Role.QA_REVIEWER)
    answer = await browser.ask("GET", "/v1/session", **reader)
    who = WhoView.model_validate(answer.json())
    assert (who.role, who.login, who.csrf_token) == (Role.QA_REVIEWER, None, None)
    assert (await browser.ask("GET", "/v1/keys", **reader)).status_code == 404
    integrator = await world.key(Role.INTEGRATOR)
    answer = await browser.ask("POST", "/v1/groups", {"name": "N"}, **integrator, X_CSRF_Token="")
    assert answer.status_code == 201
    wrong = await browser.ask("GET", "/v1/calls", Authorization="Bearer nonsense")
    assert wrong.status_code == 401


async def test_a_county_manager_sees_what_such_a_key_sees(
    world: World, directory: Directory
) -> None:
    calls = [
        CallChanged(make_call(group_id=group, call_id=f"call_{group}"))
        for group in (directory.chongming, directory.fengxian)
    ]
    await world.write(*calls)
    browser = await logged_in(world, role=Role.COUNTY_MANAGER, group_id=directory.chongming)
    seen = (await browser.ask("GET", "/v1/calls")).json()["items"]
    assert [one["id"] for one in seen] == [f"call_{directory.chongming}"]
    assert CUSTOMER_MOBILE not in str(seen)
    assert (await browser.ask("GET", "/v1/users")).status_code == 404
    dial = await browser.ask("POST", "/v1/calls", {"manager_id": directory.manager})
    assert dial.json()["code"] == "forbidden"


async def test_a_manager_dials_by_cookie_and_the_log_knows_who(
    world: World, directory: Directory
) -> None:
    browser = await logged_in(world, role=Role.MANAGER, manager_id=directory.manager)
    body = {"manager_id": directory.manager, "customer_id": directory.customer}
    call = await browser.ask("POST", "/v1/calls", body, Idempotency_Key="k-1")
    assert call.status_code == 202
    again = await browser.ask("POST", "/v1/calls", body, Idempotency_Key="k-1")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert len(world.control.dialled) == 1


async def test_logging_out_ends_this_session_only(world: World) -> None:
    browser = await logged_in(world)
    other = Browser(world)
    await other.log_in()
    assert (await browser.ask("DELETE", "/v1/session")).status_code == 204
    over = await browser.ask("GET", "/v1/session")
    assert (over.status_code, over.json()["code"]) == (401, "unauthenticated")
    assert (await other.ask("GET", "/v1/session")).status_code == 200
    assert (await noted(world))[-1][0] == AuditAction.LOGOUT


async def test_one_ends_ones_own_sessions_and_nobody_elses(world: World) -> None:
    browser, stranger = await logged_in(world), await logged_in(world, "zhao")
    other = Browser(world)
    await other.log_in()
    newest, oldest = (await browser.ask("GET", "/v1/sessions")).json()["items"]
    assert newest["created_at"] >= oldest["created_at"]
    path = f"/v1/sessions/{newest['id']}"
    assert (await stranger.ask("DELETE", path)).status_code == 404
    assert (await browser.ask("DELETE", path)).status_code == 204
    assert (await browser.ask("DELETE", path)).status_code == 404
    assert (await other.ask("GET", "/v1/session")).status_code == 401
    assert (await browser.ask("GET", "/v1/session")).status_code == 200


async def test_it_ends_after_its_hours_and_when_nobody_uses_it(world: World) -> None:
    rules = world.services.sessions.rules
    busy, idle = await logged_in(world), await logged_in(world, "zhao")
    passed_s, step_s = 0.0, rules.idle.total_seconds() - 60
    while passed_s + step_s < rules.lasts.total_seconds():
        world.clock.pass_s(step_s)
        passed_s += step_s
        assert (await busy.ask("GET", "/v1/session")).status_code == 200
        await world.services.sessions.write_uses()
    assert (await idle.ask("GET", "/v1/session")).status_code == 401
    world.clock.pass_s(rules.lasts.total_seconds() - passed_s)
    assert (await busy.ask("GET", "/v1/session")).status_code == 401
    purged = await world.services.repositories.sessions.purge(world.clock.now(), rules.idle)
    assert purged == 2


async def test_a_session_goes_on_while_the_store_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await logged_in(world)
    assert (await browser.ask("GET", "/v1/system")).status_code == 200

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(world.services.repositories.sessions, "find", away)
    monkeypatch.setattr(world.services.repositories.sessions, "note_uses", away)
    world.clock.pass_s(600)
    with pytest.raises(StoreUnavailableError):
        await world.services.sessions.write_uses()
    assert (await browser.ask("GET", "/v1/system")).status_code == 200
    stranger = Browser(world, cookie="x" * 43)
    assert (await stranger.ask("GET", "/v1/system")).status_code == 503


@pytest.mark.parametrize("cookie", ["x", "x" * 43, "x" * 4000, "ü"])
async def test_a_cookie_that_leads_nowhere(world: World, cookie: str) -> None:
    headers = {"Cookie": f"{COOKIE}={cookie}".encode()}
    answer = await world.client.get("/v1/calls", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_another_password_ends_all_other_sessions(world: World) -> None:
    browser, other = await logged_in(world), Browser(world)
    await other.log_in()
    before = browser.cookie
    changed = await browser.ask("POST", "/v1/session/password", {"current": PASSWORD, "new": OTHER})
    assert changed.status_code == 200, changed.text
    assert browser.cookie != before
    assert (await browser.ask("GET", "/v1/session")).status_code == 200
    assert (await other.ask("GET", "/v1/session")).status_code == 401
    assert (await Browser(world, cookie=before).ask("GET", "/v1/session")).status_code == 401
    assert (await Browser(world).log_in()).status_code == 401
    assert (await Browser(world).log_in(password=OTHER)).status_code == 201


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        (OTHER, "another good one", "wrong-password"),
        (PASSWORD, PASSWORD, "invalid"),
        (PASSWORD, "too short", "invalid"),
        (PASSWORD, "Password123", "invalid"),
        (PASSWORD, "i am WANG.LI indeed", "invalid"),
    ],
)
async def test_passwords_that_are_not_taken(
    world: World, current: str, new: str, code: str
) -> None:
    browser = await logged_in(world)
    answer = await browser.ask("POST", "/v1/session/password", {"current": current, "new": new})
    assert answer.json()["code"] == code
    assert new not in answer.text
    assert (await Browser(world).log_in()).status_code == 201


async def test_whoever_finds_a_session_cannot_guess_the_password_by_it(world: World) -> None:
    browser = await logged_in(world)
    body = {"current": OTHER, "new": "another good one"}
    codes = [
        (await browser.ask("POST", "/v1/session/password", body)).json()["code"] for _ in range(7)
    ]
    assert codes == ["wrong-password"] * PAIR_RULES.free + ["login-locked"] * 2


async def test_a_one_time_password_lets_in_to_nothing_but_another(world: World) -> None:
    browser = await logged_in(
        world,
        must_change=True,
        password_expires_at=world.clock.now() + timedelta(days=1),
    )
    refused = await browser.ask("GET", "/v1/calls")
    assert (refused.status_code, refused.json()["code"]) == (403, "password-change-needed")
    assert (await browser.ask("GET", "/v1/session")).json()["duty"] == "password-change-needed"
    await browser.ask("POST", "/v1/session/password", {"current": PASSWORD, "new": OTHER})
    assert (await browser.ask("GET", "/v1/session")).json()["duty"] is None
    assert (await browser.ask("GET", "/v1/calls")).status_code == 200
    world.clock.pass_s(2 * 86400)
    assert (await Browser(world).log_in(password=OTHER)).status_code == 201


async def test_a_login_that_a_new_password_overtakes_leads_nowhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old password was right when it was compared; its session would outlive the change."""
    user = await make_user(world)
    verify = world.services.passwords.verify

    async def overtaken(password_hash: str | None, password: str) -> bool:
        right = await verify(password_hash, password)
        await world.services.repositories.users.set_password(user.id, "another")
        return right

    monkeypatch.setattr(type(world.services.passwords), "verify", lambda _, *a: overtaken(*a))
    answer = await Browser(world).log_in()
    assert (answer.status_code, answer.json()["code"]) == (401, "login-failed")
    assert await world.services.repositories.sessions.of_user(user.id) == []


async def test_two_changes_of_a_password_at_the_same_moment(world: World) -> None:
    browser = await logged_in(world)
    twin = Browser(world, browser.csrf, browser.cookie)
    bodies = [{"current": PASSWORD, "new": f"{OTHER} {number}"} for number in range(2)]
    answers = await asyncio.gather(
        browser.ask("POST", "/v1/session/password", bodies[0]),
        twin.ask("POST", "/v1/session/password", bodies[1]),
    )
    codes = sorted(one.status_code for one in answers)
    assert codes in ([200, 409], [200, 401], [200, 403])


async def test_a_request_under_way_while_the_password_changes(
    world: World, directory: Directory
) -> None:
    """It was let in and is done; the next one is not."""
    browser, other = await logged_in(world), Browser(world)
    await other.log_in()
    world.control.gate = asyncio.Event()
    body = {"manager_id": directory.manager, "customer_id": directory.customer}
    dialling = asyncio.create_task(other.ask("POST", "/v1/calls", body))
    while not dialling.done() and world.control.gate is not None:
        changed = await browser.ask(
            "POST", "/v1/session/password", {"current": PASSWORD, "new": OTHER}
        )
        assert changed.status_code == 200
        world.control.gate.set()
        break
    assert (await dialling).status_code in {202, 401}
    assert (await other.ask("GET", "/v1/session")).status_code == 401


async def test_on_another_node_it_ends_within_seconds(world: World) -> None:
    browser = await logged_in(world)
    assert (await browser.ask("GET", "/v1/session")).status_code == 200
    user = await world.services.repositories.users.get_by_login("wang.li")
    assert user is not None
    disabled = msgspec.structs.replace(user, status=UserStatus.DISABLED)
    await world.services.repositories.users.replace(disabled)  # as another node would
    world.clock.pass_s(5.1)
    assert (await browser.ask("GET", "/v1/session")).status_code == 401


async def test_sessions_are_those_of_all_nodes(world: World) -> None:
    """Two nodes on one store: begun on one, used on the other, ended for both."""
    other = create_app(replace(world.services))
    transport = httpx.ASGITransport(other)
    browser = await logged_in(world)
    cookie = {"Cookie": f"{COOKIE}={browser.cookie}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://other.test") as client:
        assert (await client.get("/v1/session", headers=cookie)).status_code == 200
        send = {**cookie, "X-CSRF-Token": browser.csrf}
        made = await client.post("/v1/groups", json={"name": "N"}, headers=send)
        assert made.status_code == 201
        await browser.ask("DELETE", "/v1/session")
        assert (await client.get("/v1/session", headers=cookie)).status_code == 200
        world.clock.pass_s(5)
        assert (await client.get("/v1/session", headers=cookie)).status_code == 401


async def test_an_unknown_login_costs_a_comparison_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str | None] = []
    verify = PasswordDesk.verify

    async def counted(desk: PasswordDesk, password_hash: str | None, password: str) -> bool:
        compared.append(password_hash)
        return await verify(desk, password_hash, password)

    monkeypatch.setattr(PasswordDesk, "verify", counted)
    user = await make_user(world)
    await Browser(world).log_in("nobody.here")
    await Browser(world).log_in(password=OTHER)
    assert compared == [None, user.password_hash]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_form_of_another_site_logs_nobody_in(world: World, media_type: str) -> None:
    await make_user(world)
    text = f'{{"login": "wang.li", "password": "{PASSWORD}"}}'
    headers = {"Content-Type": media_type}
    answer = await world.client.post("/v1/session", content=text, headers=headers)
    assert answer.status_code == 415


async def test_parameters_that_no_login_has_are_refused(world: World) -> None:
    browser = await logged_in(world)
    for path in ("/v1/session?password=x", "/v1/sessions?x=y"):
        answer = await browser.ask("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_reviews_may_be_given_to_users(world: World, directory: Directory) -> None:
    reviewer_user = await make_user(
        world, "li.qa", role=Role.QA_REVIEWER, group_id=directory.chongming
    )
    integrator = await make_user(world, "robot", role=Role.INTEGRATOR)
    gone = await make_user(world, "gone", role=Role.QA_REVIEWER, status=UserStatus.DISABLED)
    caller = Caller(Principal("key_1", Role.ADMIN), Scope(Role.ADMIN))
    found = await reviewer(world.services, caller, reviewer_user.id, "reviewer")
    assert found.person.id == reviewer_user.id
    assert found.group_ids == frozenset({directory.chongming})
    for user in (integrator, gone):
        with pytest.raises(InvalidError) as refused:
            await reviewer(world.services, caller, user.id, "reviewer")
        assert refused.value.field == "reviewer"
    county = Scope(Role.QA_REVIEWER, frozenset({directory.fengxian}))
    with pytest.raises(InvalidError):
        await reviewer(world.services, Caller(caller.principal, county), reviewer_user.id, "x")


async def test_who_cannot_be_counted_is_not_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(world)

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(world.services.repositories.login_failures, "begin_attempt", away)
    answer = await Browser(world).log_in()
    assert (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert await world.services.repositories.sessions.of_user(user.id) == []


async def test_nobody_is_let_in_whose_login_cannot_be_noted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(world)

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(world.services.repositories.audit, "note", away)
    assert (await Browser(world).log_in()).status_code == 503
    assert await world.services.repositories.sessions.of_user(user.id) == []
