"""Keys: their shape, the cache, and what happens while the store is away."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from api import auth
from api.auth import CACHE_TTL_S, Authenticator, Principal
from api.key_secrets import hash_key, is_key
from api.keys import generate_key, rotated
from api.problems import ApiProblem
from api.schemas.keys import KeyView, NewKeyView
from tests.unit.api.conftest import World
from tests.unit.api.fakes import START, FakeClock
from voicegw.errors import InvalidError, StoreUnavailableError
from voicegw.model.directory import ApiKey, Role


class Keys:
    """Keys in memory that count how often they are asked for."""

    def __init__(self, *keys: ApiKey) -> None:
        self.by_hash = {key.secret_sha256: key for key in keys}
        self.asked = 0
        self.away = False

    async def get_by_secret_hash(self, secret_sha256: str) -> ApiKey | None:
        self.asked += 1
        if self.away:
            raise StoreUnavailableError("away")
        return self.by_hash.get(secret_sha256)


def test_a_key_shows_its_prefix_and_keeps_only_its_hash() -> None:
    record, plaintext = generate_key(Role.COUNTY_MANAGER, "grp_1", now=START)
    assert is_key(plaintext)
    assert plaintext.startswith(f"{record.prefix}_")
    assert record.id == "key_" + record.prefix.removeprefix("vgw_")
    assert record.secret_sha256 == hashlib.sha256(plaintext.encode()).hexdigest()
    assert record.secret_sha256 == hash_key(plaintext)
    assert (record.role, record.group_id, record.created_at) == (
        Role.COUNTY_MANAGER,
        "grp_1",
        START,
    )
    assert generate_key(Role.ADMIN)[1] != generate_key(Role.ADMIN)[1]


def test_a_key_is_dated_now_unless_told() -> None:
    before = datetime.now(UTC)
    record, _ = generate_key(Role.ADMIN)
    assert before <= record.created_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("role", "field"), [(Role.COUNTY_MANAGER, "group_id"), (Role.MANAGER, "manager_id")]
)
def test_a_key_needs_what_it_is_for(role: Role, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        generate_key(role)
    assert caught.value.field == field


@pytest.mark.parametrize("text", ["", "vgw_", "vgw_a_b", "key", "vgw_" + "0" * 26 + "_" + "a" * 42])
def test_nonsense_is_no_key(text: str) -> None:
    assert not is_key(text)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer vgw_x", "vgw_x"]
)
async def test_what_is_no_key_never_reaches_the_store(header: str | None) -> None:
    keys = Keys()
    with pytest.raises(ApiProblem) as caught:
        await Authenticator(keys, FakeClock()).principal(header)
    assert caught.value.code == "unauthenticated"
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer")
    assert keys.asked == 0


async def test_a_key_leads_to_its_principal_in_any_spelling_of_the_scheme() -> None:
    record, plaintext = generate_key(Role.MANAGER, "grp_1", "mgr_1")
    authenticator = Authenticator(Keys(record), FakeClock())
    expected = Principal(record.id, Role.MANAGER, "grp_1", "mgr_1")
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert await authenticator.principal(f"{scheme} {plaintext}") == expected


async def test_the_store_is_asked_once_every_few_seconds() -> None:
    record, plaintext = generate_key(Role.ADMIN)
    keys, clock = Keys(record), FakeClock()
    authenticator = Authenticator(keys, clock)
    for _ in range(3):
        await authenticator.principal(f"Bearer {plaintext}")
    assert keys.asked == 1
    clock.pass_s(CACHE_TTL_S)
    await authenticator.principal(f"Bearer {plaintext}")
    assert keys.asked == 2


async def test_an_unknown_key_is_remembered_as_unknown() -> None:
    _, plaintext = generate_key(Role.ADMIN)
    keys = Keys()
    authenticator = Authenticator(keys, FakeClock())
    for _ in range(3):
        with pytest.raises(ApiProblem):
            await authenticator.principal(f"Bearer {plaintext}")
    assert keys.asked == 1


async def test_a_known_key_works_while_the_store_is_away() -> None:
    record, plaintext = generate_key(Role.ADMIN)
    keys, clock = Keys(record), FakeClock()
    authenticator = Authenticator(keys, clock)
    await authenticator.principal(f"Bearer {plaintext}")
    keys.away = True
    clock.pass_s(3600)
    assert (await authenticator.principal(f"Bearer {plaintext}")).id == record.id
    _, stranger = generate_key(Role.ADMIN)
    with pytest.raises(StoreUnavailableError):
        await authenticator.principal(f"Bearer {stranger}")


async def test_a_revoked_key_stops_at_once_where_it_is_forgotten_and_elsewhere_soon() -> None:
    record, plaintext = generate_key(Role.ADMIN)
    keys, clock = Keys(record), FakeClock()
    here, elsewhere = Authenticator(keys, clock), Authenticator(keys, clock)
    for authenticator in (here, elsewhere):
        await authenticator.principal(f"Bearer {plaintext}")
    record.revoked_at = clock.now()
    here.forget(record.id)
    with pytest.raises(ApiProblem):
        await here.principal(f"Bearer {plaintext}")
    clock.pass_s(CACHE_TTL_S)
    with pytest.raises(ApiProblem):
        await elsewhere.principal(f"Bearer {plaintext}")


async def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "CACHE_SIZE", 2)
    made = [generate_key(Role.ADMIN) for _ in range(3)]
    keys = Keys(*(record for record, _ in made))
    authenticator = Authenticator(keys, FakeClock())
    for _, plaintext in made:
        await authenticator.principal(f"Bearer {plaintext}")
    await authenticator.principal(f"Bearer {made[2][1]}")
    assert keys.asked == 3
    await authenticator.principal(f"Bearer {made[0][1]}")
    assert keys.asked == 4


async def test_without_a_key_the_answer_says_what_is_needed(world: World) -> None:
    answer = await world.client.get("/v1/calls")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="voicegw"'


async def test_a_key_ends_when_it_expires_though_the_store_is_away() -> None:
    clock = FakeClock()
    record, plaintext = generate_key(
        Role.ADMIN, now=START, expires_at=START + timedelta(seconds=60)
    )
    keys = Keys(record)
    authenticator = Authenticator(keys, clock)
    await authenticator.principal(f"Bearer {plaintext}")
    keys.away = True
    clock.pass_s(59)
    await authenticator.principal(f"Bearer {plaintext}")
    clock.pass_s(1)
    with pytest.raises(ApiProblem):
        await authenticator.principal(f"Bearer {plaintext}")
    assert authenticator.known(f"Bearer {plaintext}") is None


async def test_after_a_rotation_both_secrets_open_for_a_while() -> None:
    clock = FakeClock()
    record, old = generate_key(Role.ADMIN, now=START)
    record, new = rotated(record, timedelta(seconds=60), START)
    keys = Keys(record)
    keys.by_hash[hash_key(old)] = record
    authenticator = Authenticator(keys, clock)
    for plaintext in (old, new):
        assert (await authenticator.principal(f"Bearer {plaintext}")).id == record.id
    clock.pass_s(60)
    assert (await authenticator.principal(f"Bearer {new}")).id == record.id
    with pytest.raises(ApiProblem):
        await authenticator.principal(f"Bearer {old}")


def test_a_rotation_ends_the_secret_before_the_last() -> None:
    first, oldest = generate_key(Role.ADMIN, now=START)
    second, old = rotated(first, timedelta(hours=1), START)
    third, new = rotated(second, timedelta(hours=1), START)
    opened = [third.is_opened_by(hash_key(one), START) for one in (oldest, old, new)]
    assert opened == [False, True, True]
    at_once, _ = rotated(third, timedelta(0), START)
    assert not at_once.is_opened_by(hash_key(new), START)
    for over in ({"revoked_at": START}, {"expires_at": START}):
        with pytest.raises(InvalidError):
            rotated(msgspec.structs.replace(third, **over), timedelta(0), START)


async def test_it_knows_which_keys_were_used_since_it_was_asked() -> None:
    record, plaintext = generate_key(Role.ADMIN)
    _, stranger = generate_key(Role.ADMIN)
    clock = FakeClock()
    authenticator = Authenticator(Keys(record), clock)
    for seconds in (1, 2):
        clock.pass_s(seconds)
        await authenticator.principal(f"Bearer {plaintext}")
    with pytest.raises(ApiProblem):
        await authenticator.principal(f"Bearer {stranger}")
    assert authenticator.used_since_asked() == {record.id: START + timedelta(seconds=3)}
    assert authenticator.used_since_asked() == {}


async def test_whom_it_knows_it_tells_without_asking_the_store() -> None:
    record, plaintext = generate_key(Role.INTEGRATOR, requests_per_s=7, scopes=["calls.read"])
    keys = Keys(record)
    authenticator = Authenticator(keys, FakeClock())
    header = f"Bearer {plaintext}"
    assert authenticator.known(header) is None
    principal = await authenticator.principal(header)
    assert authenticator.known(header) == principal
    assert principal.scopes == frozenset({"calls.read"})
    assert principal.requests_per_s == 7
    assert keys.asked == 1
    _, stranger = generate_key(Role.ADMIN)
    for nobody in (None, "", "Bearer x", f"Bearer {stranger}"):
        assert authenticator.known(nobody) is None
    record.revoked_at = START
    assert authenticator.known(header) is None


class TestKeyRoutes:
    """`/v1/keys`."""

    async def test_makes_lists_and_revokes(self, world: World, admin: dict[str, str]) -> None:
        made = await world.client.post("/v1/keys", json={"role": "integrator"}, headers=admin)
        assert made.status_code == 201
        body = made.json()
        headers = {"Authorization": f"Bearer {body['key']}"}
        assert (await world.client.get("/v1/calls", headers=headers)).status_code == 200
        listed = (await world.client.get("/v1/keys", headers=admin)).json()["items"]
        assert body["id"] in {key["id"] for key in listed}
        assert not any("secret_sha256" in key or "key" in key for key in listed)
        gone = await world.client.delete(f"/v1/keys/{body['id']}", headers=admin)
        assert gone.status_code == 204
        assert (await world.client.get("/v1/calls", headers=headers)).status_code == 401
        again = await world.client.delete("/v1/keys/key_none", headers=admin)
        assert again.status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"role": "king"}, "role"),
            ({"role": "county_manager"}, "group_id"),
            ({"role": "integrator", "group_id": "grp_none"}, "group_id"),
            ({"role": "manager", "manager_id": "mgr_none"}, "manager_id"),
            ({"role": "integrator", "scopes": ["recordings.listen"]}, "scopes"),
            ({"role": "integrator", "scopes": []}, "scopes"),
            ({"role": "integrator", "scopes": ["x"]}, "scopes.0"),
            ({"role": "integrator", "grants": ["assign"]}, "grants"),
            ({"role": "integrator", "expires_at": "2026-01-05T02:03:04Z"}, "expires_at"),
            ({"role": "integrator", "requests_per_s": 0}, "requests_per_s"),
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, world: World, admin: dict[str, str], body: dict[str, Any], field: str
    ) -> None:
        answer = await world.client.post("/v1/keys", json=body, headers=admin)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    async def test_a_key_is_changed_and_says_what_it_was_changed_from(
        self, world: World, admin: dict[str, str]
    ) -> None:
        body = {"role": "integrator", "name": "CRM", "scopes": ["calls.read", "calls.start"]}
        made = await world.client.post("/v1/keys", json=body, headers=admin)
        key = made.json()
        assert made.headers["Location"] == f"/v1/keys/{key['id']}"
        assert (made.headers["ETag"], key["name"], key["version"]) == ('"1"', "CRM", 1)
        own = {"Authorization": f"Bearer {key['key']}"}
        assert (await world.client.get("/v1/groups", headers=own)).status_code == 404
        path = f"/v1/keys/{key['id']}"
        wider = {"name": "CRM", "scopes": ["directory.read"], "requests_per_s": 5}
        match = {**admin, "If-Match": '"1"'}
        changed = await world.client.put(path, json=wider, headers=match)
        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        KeyView.model_validate(changed.json())
        assert (await world.client.get("/v1/groups", headers=own)).status_code == 200
        again = await world.client.put(path, json=wider, headers=match)
        assert (again.status_code, again.json()["code"]) == (412, "revision-changed")
        entries = (await world.services.repositories.audit.list()).items
        assert [entry.detail for entry in entries] == [
            {"how": "replaced", "fields": ["requests_per_s", "scopes"]},
            {"how": "created", "for_role": "integrator"},
        ]
        listed = await world.client.get("/v1/keys?state=valid&role=integrator", headers=admin)
        assert [one["id"] for one in listed.json()["items"]] == [key["id"]]

    async def test_rotation_gives_another_secret(self, world: World, admin: dict[str, str]) -> None:
        body = {"role": "integrator"}
        key = (await world.client.post("/v1/keys", json=body, headers=admin)).json()
        path = f"/v1/keys/{key['id']}"
        rotated = await world.client.post(f"{path}/rotate", json={"overlap_s": 60}, headers=admin)
        assert rotated.status_code == 200, rotated.text
        NewKeyView.model_validate(rotated.json())
        assert rotated.json()["prefix"] == key["prefix"]

        async def opens(secret: str) -> bool:
            headers = {"Authorization": f"Bearer {secret}"}
            return (await world.client.get("/v1/calls", headers=headers)).status_code == 200

        old, new = key["key"], rotated.json()["key"]
        assert old != new
        assert await opens(old)
        assert await opens(new)
        world.clock.pass_s(60)
        assert not await opens(old)
        assert await opens(new)
        by_default = await world.client.post(f"{path}/rotate", headers=admin)
        assert by_default.json()["previous_until"] == "2026-01-06T02:04:04Z"
        await world.client.delete(path, headers=admin)
        refused = await world.client.post(f"{path}/rotate", headers=admin)
        assert refused.status_code == 422

    async def test_a_key_of_few_scopes_gives_itself_no_others(
        self, world: World, admin: dict[str, str]
    ) -> None:
        body: dict[str, Any] = {"role": "admin", "scopes": ["keys", "calls.read"]}
        keeper = (await world.client.post("/v1/keys", json=body, headers=admin)).json()
        own = {"Authorization": f"Bearer {keeper['key']}"}
        made = await world.client.post("/v1/keys", json={"role": "integrator"}, headers=own)
        assert (made.status_code, made.json()["code"]) == (403, "forbidden")
        wider = await world.client.put(
            f"/v1/keys/{keeper['id']}", json={"scopes": None}, headers=own
        )
        assert wider.status_code == 403
        strong = (await world.client.post("/v1/keys", json={"role": "admin"}, headers=admin)).json()
        stolen = await world.client.post(f"/v1/keys/{strong['id']}/rotate", headers=own)
        assert stolen.status_code == 403
        small = {"role": "integrator", "scopes": ["calls.read"]}
        assert (await world.client.post("/v1/keys", json=small, headers=own)).status_code == 201

    async def test_an_administrator_of_some_groups_has_no_keys_to_give(
        self, world: World, admin: dict[str, str]
    ) -> None:
        group = (await world.client.post("/v1/groups", json={"name": "G"}, headers=admin)).json()
        scoped = await world.key(Role.ADMIN, group["id"])
        assert (await world.client.get("/v1/keys", headers=scoped)).status_code == 404
        made = await world.client.post("/v1/keys", json={"role": "admin"}, headers=scoped)
        assert made.status_code == 404
