"""Users as administrators keep them, and what becomes of their sessions."""

from __future__ import annotations

from typing import Any

import pytest

from api.passwords import ONE_TIME_FOR
from api.schemas.sessions import SessionListView
from api.schemas.users import NewUserView, OneTimePasswordView, UserView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.people import PASSWORD, Browser, logged_in, make_user
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.store.audit import AuditFilter

BODY = {"login": "wang.li", "role": "qa_reviewer", "name": "Wang Li"}


async def created(world: World, admin: dict[str, str], **more: Any) -> NewUserView:
    """Make a user over the API."""
    answer = await world.client.post("/v1/users", json={**BODY, **more}, headers=admin)
    assert answer.status_code == 201, answer.text
    return NewUserView.model_validate(answer.json())


async def test_a_new_user_comes_in_by_a_one_time_password(
    world: World, admin: dict[str, str]
) -> None:
    answer = await world.client.post("/v1/users", json=BODY, headers=admin)
    user = NewUserView.model_validate(answer.json())
    assert answer.headers["Location"] == f"/v1/users/{user.id}"
    assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == ('"1"', "no-store")
    assert (user.must_change, user.has_second_factor) == (True, False)
    assert user.password is not None
    browser = Browser(world)
    assert (await browser.log_in(password=user.password)).status_code == 201
    assert (await browser.ask("GET", "/v1/recordings")).status_code == 403
    body = {"current": user.password, "new": PASSWORD}
    assert (await browser.ask("POST", "/v1/session/password", body)).status_code == 200
    assert (await browser.ask("GET", "/v1/recordings")).status_code == 200
    shown = await world.client.get(f"/v1/users/{user.id}", headers=admin)
    now = UserView.model_validate(shown.json())
    assert (now.must_change, now.password_expires_at) == (False, None)
    assert now.last_login_at == world.clock.now()
    assert user.password not in shown.text


async def test_a_one_time_password_waits_for_three_days(
    world: World, admin: dict[str, str]
) -> None:
    user = await created(world, admin)
    world.clock.pass_s(ONE_TIME_FOR.total_seconds())
    assert user.password is not None
    assert (await Browser(world).log_in(password=user.password)).status_code == 401


async def test_a_superior_has_a_telephone_for_messages(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    reach = {"role": "county_manager", "group_id": directory.chongming}
    user = await created(world, admin, phone="139 0013 9001", **reach)
    assert user.phone is not None
    assert (user.phone.number, user.phone.masked) == ("+8613900139001", "139****9001")
    path = f"/v1/users/{user.id}"
    refused = await world.client.put(path, json=BODY | reach | {"phone": "x"}, headers=admin)
    assert refused.json()["errors"][0]["field"] == "phone"
    gone = await world.client.put(path, json=BODY | reach, headers=admin)
    assert gone.json()["phone"] is None
    entries = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    assert entries[0]["detail"] == {"how": "replaced", "changed": ["phone"]}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"login": "w"}, "login"),
        ({"login": "wang li"}, "login"),
        ({"login": "-wang"}, "login"),
        ({"role": "county_manager"}, "group_id"),
        ({"role": "manager"}, "manager_id"),
        ({"role": "admin", "group_id": "grp_none"}, "group_id"),
        ({"role": "manager", "manager_id": "mgr_none"}, "manager_id"),
        ({"grants": ["handover"]}, "grants"),
        ({"password": PASSWORD}, "password"),
        ({"role": "king"}, "role"),
        ({"status": "sleepy"}, "status"),
    ],
)
async def test_what_no_user_can_be(
    world: World, admin: dict[str, str], more: dict[str, Any], field: str
) -> None:
    answer = await world.client.post("/v1/users", json={**BODY, **more}, headers=admin)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_nobody_but_a_manager_is_a_manager(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {**BODY, "manager_id": directory.manager}
    answer = await world.client.post("/v1/users", json=body, headers=admin)
    assert answer.json()["errors"][0]["field"] == "manager_id"


async def test_a_login_is_one_users(world: World, admin: dict[str, str]) -> None:
    await created(world, admin)
    again = await world.client.post("/v1/users", json={**BODY, "login": "WANG.LI"}, headers=admin)
    assert (again.status_code, again.json()["code"]) == (409, "already-exists")
    log = await world.services.repositories.audit.list(AuditFilter(action=AuditAction.USER))
    assert len(log.items) == 1


async def test_users_are_found_by_what_they_are(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    first = await created(world, admin, role="county_manager", group_id=directory.chongming)
    second = await created(world, admin, login="zhao", role="manager", manager_id=directory.manager)

    async def found(query: str) -> list[str]:
        answer = await world.client.get(f"/v1/users?{query}", headers=admin)
        assert answer.status_code == 200, answer.text
        return [UserView.model_validate(one).id for one in answer.json()["items"]]

    assert await found("") == [first.id, second.id]
    assert await found("login=ZHAO") == [second.id]
    assert await found("role=county_manager") == [first.id]
    assert await found(f"group_id={directory.chongming}&status=active") == [first.id]
    assert await found(f"manager_id={directory.manager}") == [second.id]
    assert await found("status=disabled") == []
    page = (await world.client.get("/v1/users?limit=1", headers=admin)).json()
    assert await found(f"limit=1&cursor={page['next_cursor']}") == [second.id]


async def test_whoever_overwrites_a_change_is_told(world: World, admin: dict[str, str]) -> None:
    user = await created(world, admin)
    path = f"/v1/users/{user.id}"
    body = {**BODY, "name": "Wang"}
    first = await world.client.put(path, json=body, headers={**admin, "If-Match": '"1"'})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    second = await world.client.put(path, json=body, headers={**admin, "If-Match": '"1"'})
    assert (second.status_code, second.json()["code"]) == (412, "revision-changed")
    assert (await world.client.get(path, headers=admin)).headers["ETag"] == '"2"'
    log = await world.services.repositories.audit.list(AuditFilter(action=AuditAction.USER))
    assert [one.detail for one in log.items] == [
        {"how": "replaced", "changed": ["name"]},
        {"how": "created", "for_role": "qa_reviewer"},
    ]


@pytest.mark.parametrize(
    "change", [{"role": "integrator"}, {"status": "disabled"}, {"group_id": "the city"}]
)
async def test_another_role_reach_or_status_ends_all_sessions(
    world: World, admin: dict[str, str], directory: Directory, change: dict[str, str]
) -> None:
    browser = await logged_in(world, role=Role.QA_REVIEWER)
    user = await world.services.repositories.users.get_by_login("wang.li")
    assert user is not None
    if "group_id" in change:
        change = {"group_id": directory.city}
    path = f"/v1/users/{user.id}"
    renamed = await world.client.put(path, json={**BODY, "name": "N"}, headers=admin)
    assert renamed.status_code == 200
    assert (await browser.ask("GET", "/v1/session")).status_code == 200
    changed = await world.client.put(path, json={**BODY, **change}, headers=admin)
    assert changed.status_code == 200, changed.text
    assert (await browser.ask("GET", "/v1/session")).status_code == 401
    assert (await browser.log_in()).status_code == (401 if "status" in change else 201)


async def test_a_reset_ends_sessions_and_locks(world: World, admin: dict[str, str]) -> None:
    browser = await logged_in(world)
    user = (await world.client.get("/v1/users", headers=admin)).json()["items"][0]
    for _ in range(6):
        await Browser(world).log_in(password="no such password")
    reset = await world.client.post(f"/v1/users/{user['id']}/password", headers=admin)
    told = OneTimePasswordView.model_validate(reset.json())
    assert reset.headers["Cache-Control"] == "no-store"
    assert (await browser.ask("GET", "/v1/session")).status_code == 401
    assert told.password is not None
    assert (await browser.log_in(password=told.password)).json()["duty"] == "password-change-needed"


async def test_locks_are_lifted_by_an_administrator(world: World, admin: dict[str, str]) -> None:
    user = await make_user(world)
    for _ in range(6):
        await Browser(world).log_in(password="no such password")
    assert (await Browser(world).log_in()).status_code == 429
    lifted = await world.client.post(f"/v1/users/{user.id}/unlock", headers=admin)
    assert lifted.status_code == 204
    assert (await Browser(world).log_in()).status_code == 201


async def test_sessions_of_others_are_seen_and_ended(world: World, admin: dict[str, str]) -> None:
    browser = await logged_in(world)
    user = (await world.client.get("/v1/users", headers=admin)).json()["items"][0]
    path = f"/v1/users/{user['id']}/sessions"
    listed = SessionListView.model_validate((await world.client.get(path, headers=admin)).json())
    assert len(listed.items) == 1
    assert (await world.client.delete(path, headers=admin)).status_code == 204
    assert (await browser.ask("GET", "/v1/session")).status_code == 401
    assert (await world.client.get(path, headers=admin)).json() == {"items": []}


async def test_a_deleted_user_is_gone_with_all_sessions(
    world: World, admin: dict[str, str]
) -> None:
    browser = await logged_in(world)
    user = (await world.client.get("/v1/users", headers=admin)).json()["items"][0]
    assert (await world.client.delete(f"/v1/users/{user['id']}", headers=admin)).status_code == 204
    assert (await browser.ask("GET", "/v1/session")).status_code == 401
    assert (await world.client.delete(f"/v1/users/{user['id']}", headers=admin)).status_code == 404
    assert (await browser.log_in()).status_code == 401


async def test_nobody_saws_off_the_branch_that_one_sits_on(world: World) -> None:
    browser = await logged_in(world)
    own = (await browser.ask("GET", "/v1/session")).json()["principal"]
    body = {"login": "wang.li", "role": "admin"}
    for change in ({"role": "integrator"}, {"status": "disabled"}):
        answer = await browser.ask("PUT", f"/v1/users/{own}", {**body, **change})
        assert (answer.status_code, answer.json()["code"]) == (409, "own-account")
    assert (await browser.ask("DELETE", f"/v1/users/{own}")).json()["code"] == "own-account"
    named = await browser.ask("PUT", f"/v1/users/{own}", {**body, "name": "Wang"})
    assert named.status_code == 200


async def test_an_administrator_of_some_groups_keeps_no_users(
    world: World, directory: Directory
) -> None:
    browser = await logged_in(world, group_id=directory.chongming)
    own = (await browser.ask("GET", "/v1/session")).json()["principal"]
    for method, path, body in (
        ("GET", "/v1/users", None),
        ("POST", "/v1/users", BODY),
        ("GET", f"/v1/users/{own}", None),
        ("PUT", f"/v1/users/{own}", BODY),
        ("DELETE", f"/v1/users/{own}", None),
        ("POST", f"/v1/users/{own}/password", None),
        ("POST", f"/v1/users/{own}/unlock", None),
        ("DELETE", f"/v1/users/{own}/totp", None),
        ("GET", f"/v1/users/{own}/sessions", None),
        ("DELETE", f"/v1/users/{own}/sessions", None),
    ):
        assert (await browser.ask(method, path, body)).status_code == 404, (method, path)


async def test_a_key_of_few_scopes_makes_nobody_who_may_do_more(
    world: World, admin: dict[str, str]
) -> None:
    keeper = await world.key(scopes=["users", "calls.read"])
    strong = {"login": "root.too", "role": "admin"}
    made = await world.client.post("/v1/users", json=strong, headers=keeper)
    assert (made.status_code, made.json()["code"]) == (403, "forbidden")
    known = (await world.client.post("/v1/users", json=strong, headers=admin)).json()
    path = f"/v1/users/{known['id']}"
    for method, below, body in (
        ("PUT", "", {"login": "root.too", "role": "integrator"}),
        ("POST", "/password", None),
        ("DELETE", "/totp", None),
        ("DELETE", "", None),
    ):
        answer = await world.client.request(method, path + below, json=body, headers=keeper)
        assert answer.status_code == 403, (method, below, answer.text)
    assert (await world.client.get(path, headers=keeper)).status_code == 200
