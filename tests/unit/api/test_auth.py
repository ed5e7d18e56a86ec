"""Keys: their shape, the cache, and what happens while the store is away."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from api import auth
from api.auth import CACHE_TTL_S, Authenticator, Principal
from api.keys import generate_key, hash_key, is_key
from api.problems import ApiProblem
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
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, world: World, admin: dict[str, str], body: dict[str, str], field: str
    ) -> None:
        answer = await world.client.post("/v1/keys", json=body, headers=admin)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    async def test_an_administrator_of_some_groups_has_no_keys_to_give(
        self, world: World, admin: dict[str, str]
    ) -> None:
        group = (await world.client.post("/v1/groups", json={"name": "G"}, headers=admin)).json()
        scoped = await world.key(Role.ADMIN, group["id"])
        assert (await world.client.get("/v1/keys", headers=scoped)).status_code == 404
        made = await world.client.post("/v1/keys", json={"role": "admin"}, headers=scoped)
        assert made.status_code == 404
