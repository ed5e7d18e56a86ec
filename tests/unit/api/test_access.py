"""Who may do what, and to which part of the directory; every operation: `doors`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from api.access import (
    GRANTED,
    GRANTS,
    Permission,
    Scope,
    Scopes,
    check_grants,
    check_scopes,
    demand,
    permissions_of,
)
from api.auth import Principal
from api.keys import generate_key
from api.problems import ApiProblem
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, FakeClock, make_call, make_recording
from voicegw.errors import InvalidError, StoreUnavailableError
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Grant, Group, Manager, Role

ROLES = (Role.ADMIN, Role.COUNTY_MANAGER, Role.MANAGER, Role.QA_REVIEWER, Role.INTEGRATOR)

#: What is done to a recording or its call: below their paths, with a body that would do.
BELOW_A_RECORDING: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "/audio", None),
    ("GET", "/audio?copy=redacted&format=wav", None),
    ("HEAD", "/audio", None),
    ("GET", "/peaks", None),
    ("GET", "/transcript", None),
    ("GET", "/seals", None),
    ("GET", "/findings", None),
    ("GET", "/quality", None),
    ("POST", "/check", None),
    ("POST", "/transcribe", None),
    ("POST", "/redactions", {"why": "w", "spans": [{"start_s": 0, "end_s": 1}]}),
    ("PUT", "/hold", {"why": "w"}),
    ("DELETE", "/hold", None),
    ("DELETE", "", None),
]
BELOW_A_CALL: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "/events", None),
    ("GET", "/sip", None),
    ("POST", "/hangup", None),
    ("POST", "/recording/pause", None),
    ("POST", "/recording/resume", None),
    ("POST", "/disclosure", {"statements": [{"id": "a", "prompt": "p"}]}),
    ("DELETE", "/disclosure", None),
    ("PUT", "/disposition", {"code": "x"}),
    ("POST", "/hold", None),
    ("POST", "/transfer", {"short_code": "10010"}),
    ("POST", "/transfer/complete", None),
    ("POST", "/transfer/cancel", None),
    ("POST", "/add", {"short_code": "10010"}),
]


@pytest.mark.parametrize("role", ROLES)
async def test_nothing_of_another_group_or_manager_exists(
    world: World, directory: Directory, role: Role
) -> None:
    manager = directory.other_manager if role is Role.MANAGER else None
    headers = await world.key(role, directory.fengxian, manager)
    foreign = make_call(group_id=directory.chongming, manager_id=directory.manager)
    recording = make_recording(foreign)
    await world.write(CallChanged(foreign), RecordingChanged(recording))
    world.control.calls[foreign.id] = foreign
    for below, requests in (
        (f"/v1/recordings/{recording.id}", BELOW_A_RECORDING),
        (f"/v1/calls/{foreign.id}", BELOW_A_CALL),
    ):
        for method, path, body in requests:
            answer = await world.client.request(method, below + path, json=body, headers=headers)
            unknown = below.rpartition("_")[0] + "_none" + path
            same = await world.client.request(method, unknown, json=body, headers=headers)
            assert answer.status_code == same.status_code, (method, path)
            assert answer.status_code in {403, 404}, (method, path, answer.text)
            if method != "HEAD":
                assert answer.json()["code"] == same.json()["code"], (method, path)
    assert foreign.recording_paused_at is None
    assert (await world.services.repositories.audit.list()).items == []


async def test_every_route_wants_a_key_but_the_public_ones(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()
    public = {"/healthz", "/readyz", "/metrics", "/v1/session/methods"}
    for path, item in document["paths"].items():
        for verb in item:
            concrete = path.replace("{", "").replace("}", "")
            answer = await world.client.request(verb.upper(), concrete)
            expected = 200 if path in public else 401
            if path.startswith("/v1/session/oidc"):
                expected = 404  # there is no provider here
            if (verb, path) == ("post", "/v1/session"):
                expected = 422  # whoever logs in has nothing else yet
            assert answer.status_code == expected, (verb, path)


def test_each_role_has_its_grants() -> None:
    assert set(GRANTS) == set(Role)
    assert GRANTS[Role.ADMIN] == frozenset(Permission)


def test_lacking_a_permission_is_403_only_where_the_resource_is_seen() -> None:
    demand(Principal("k", Role.INTEGRATOR), Permission.CALLS_START)
    with pytest.raises(ApiProblem) as seen:
        demand(Principal("k", Role.QA_REVIEWER), Permission.CALLS_START)
    assert seen.value.code == "forbidden"
    with pytest.raises(ApiProblem) as unseen:
        demand(Principal("k", Role.QA_REVIEWER), Permission.KEYS)
    assert unseen.value.code == "not-found"


class TestScopesOfKeys:
    """A key may be limited to some of what its role may do."""

    def test_a_scope_takes_away_and_never_adds(self) -> None:
        role = Role.COUNTY_MANAGER
        assert permissions_of(role, (), ["calls.read", "keys"]) == {Permission.CALLS_READ}
        granted = {Permission.TASKS_ASSIGN, Permission.IMPORTS}
        assert permissions_of(role, [Grant.ASSIGN]) == GRANTS[role] | granted
        assert permissions_of(role, [Grant.ASSIGN], ["tasks.assign"]) == {Permission.TASKS_ASSIGN}
        assert permissions_of(role, (), []) == frozenset()

    def test_what_the_scopes_leave_out_is_refused_as_a_role_would_be(self) -> None:
        reads = Principal("k", Role.INTEGRATOR, scopes=frozenset({"calls.read"}))
        demand(reads, Permission.CALLS_READ)
        with pytest.raises(ApiProblem) as seen:
            demand(reads, Permission.CALLS_START)
        assert (seen.value.code, "scopes" in seen.value.detail) == ("forbidden", True)
        with pytest.raises(ApiProblem) as unseen:
            demand(reads, Permission.DIRECTORY_READ)
        assert unseen.value.code == "not-found"

    @pytest.mark.parametrize(
        ("role", "scopes"),
        [
            (Role.INTEGRATOR, ["recordings.listen"]),
            (Role.COUNTY_MANAGER, ["handover"]),
            (Role.ADMIN, []),
        ],
    )
    def test_scopes_beyond_the_role_are_refused(self, role: Role, scopes: list[str]) -> None:
        with pytest.raises(InvalidError) as caught:
            check_scopes(role, (), scopes)
        assert caught.value.field == "scopes"

    def test_grants_are_for_certain_roles(self) -> None:
        check_grants(Role.COUNTY_MANAGER, [Grant.HANDOVER, Grant.ASSIGN])
        check_grants(Role.MANAGER, [Grant.DIAL_ANY])
        for role, grant in (
            (Role.ADMIN, Grant.HANDOVER),
            (Role.MANAGER, Grant.ASSIGN),
            (Role.COUNTY_MANAGER, Grant.DIAL_ANY),
        ):
            with pytest.raises(InvalidError):
                check_grants(role, [grant])
        assert set(GRANTED) == set(Grant)


class Tree:
    """city > (a > a1, b) in memory."""

    def __init__(self) -> None:
        self.groups = [
            Group("city", "City"),
            Group("a", "A", parent_id="city", area_code="21"),
            Group("a1", "A1", parent_id="a"),
            Group("b", "B", parent_id="city"),
        ]
        self.asked = 0
        self.away = False

    async def all(self) -> list[Group]:
        self.asked += 1
        if self.away:
            raise StoreUnavailableError("away")
        return self.groups

    async def get(self, manager_id: str) -> Manager | None:
        return Manager(manager_id, "M", "a") if manager_id == "m" else None


class TestScopes:
    """Scopes follow the tree of groups."""

    @pytest.mark.parametrize(
        ("principal", "groups", "above"),
        [
            (Principal("k", Role.ADMIN), None, set()),
            (Principal("k", Role.INTEGRATOR), None, set()),
            (Principal("k", Role.QA_REVIEWER), None, set()),
            (Principal("k", Role.ADMIN, "a"), frozenset({"a", "a1"}), {"city"}),
            (
                Principal("k", Role.COUNTY_MANAGER, "city"),
                frozenset({"city", "a", "a1", "b"}),
                set(),
            ),
            (Principal("k", Role.COUNTY_MANAGER, "a1"), frozenset({"a1"}), {"a", "city"}),
            (Principal("k", Role.COUNTY_MANAGER), frozenset(), set()),
            (Principal("k", Role.MANAGER, None, "m"), frozenset({"a", "a1"}), {"city"}),
            (Principal("k", Role.MANAGER, None, "gone"), frozenset(), set()),
            (Principal("k", Role.MANAGER), frozenset(), set()),
        ],
    )
    async def test_groups_seen(
        self, principal: Principal, groups: frozenset[str] | None, above: set[str]
    ) -> None:
        scope = await Scopes(Tree(), Tree(), FakeClock()).scope(principal)
        assert scope.group_ids == groups
        assert scope.above_ids == above

    def test_a_manager_sees_only_what_is_the_managers_own(self) -> None:
        scope = Scope(Role.MANAGER, frozenset({"a"}), "m", own_only=True)
        assert scope.has("b", "m")
        assert not scope.has("a", "other")
        assert not scope.has("a", None)
        nobody = Scope(Role.MANAGER, frozenset({"a"}), None, own_only=True)
        assert not nobody.has("a", None)
        assert nobody.is_empty

    async def test_the_tree_is_kept_a_while_and_while_the_store_is_away(self) -> None:
        tree, clock = Tree(), FakeClock()
        scopes = Scopes(tree, tree, clock)
        tree.away = True
        with pytest.raises(StoreUnavailableError):
            await scopes.below("a")
        tree.away = False
        await scopes.below("a")
        await scopes.below("a")
        assert tree.asked == 2
        clock.pass_s(5)
        tree.away = True
        assert await scopes.below("a") == {"a", "a1"}
        tree.away = False
        tree.groups.append(Group("a2", "A2", parent_id="a"))
        scopes.invalidate()
        assert await scopes.below("a") == {"a", "a1", "a2"}

    async def test_a_tree_with_a_cycle_ends(self) -> None:
        tree = Tree()
        tree.groups[0].parent_id = "a1"
        scope = await Scopes(tree, tree, FakeClock()).scope(
            Principal("k", Role.COUNTY_MANAGER, "a")
        )
        assert scope.group_ids == frozenset({"city", "a", "a1", "b"})

    async def test_area_code(self) -> None:
        scopes = Scopes(Tree(), Tree(), FakeClock())
        assert await scopes.area_code("a") == "21"
        assert await scopes.area_code("b") is None
        assert await scopes.area_code("none") is None

    async def test_lists_stay_within_the_scope(self) -> None:
        scopes = Scopes(Tree(), Tree(), FakeClock())
        county = await scopes.scope(Principal("k", Role.COUNTY_MANAGER, "a"))
        found = await scopes.listing(county, None, "m")
        assert found is not None
        assert (found.group_ids, found.manager_id) == (["a", "a1"], "m")
        narrowed = await scopes.listing(county, "a1", None)
        assert narrowed is not None
        assert narrowed.group_ids == ["a1"]
        assert await scopes.listing(county, "b", None) is None
        manager = await scopes.scope(Principal("k", Role.MANAGER, None, "m"))
        own = await scopes.listing(manager, None, None)
        assert own is not None
        assert (own.group_ids, own.manager_id) == (None, "m")
        assert await scopes.listing(manager, None, "other") is None
        assert await scopes.listing(manager, "b", None) is None
        blind = await scopes.scope(Principal("k", Role.MANAGER))
        assert await scopes.listing(blind, None, None) is None


class TestScopedRoutes:
    """The routes hold the scopes."""

    async def test_a_county_manager_sees_the_own_county(
        self, world: World, directory: Directory
    ) -> None:
        headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
        own = make_call(group_id=directory.chongming, manager_id=directory.manager)
        foreign = make_call(group_id=directory.fengxian, manager_id=directory.other_manager)
        recordings = make_recording(own), make_recording(foreign)
        await world.write(
            CallChanged(own),
            CallChanged(foreign),
            RecordingChanged(recordings[0]),
            RecordingChanged(recordings[1]),
        )

        async def ids(path: str, **query: str) -> set[str]:
            answer = await world.client.get(path, params=query, headers=headers)
            assert answer.status_code == 200
            return {item["id"] for item in answer.json()["items"]}

        assert await ids("/v1/calls") == {own.id}
        assert await ids("/v1/calls", group_id=directory.fengxian) == set()
        assert await ids("/v1/recordings") == {recordings[0].id}
        assert await ids("/v1/groups") == {directory.chongming}
        assert await ids("/v1/hotlines") == {directory.hotline}
        assert await ids("/v1/managers") == {directory.manager}
        assert await ids("/v1/customers") == {directory.customer}
        assert await ids("/v1/customers", group_id=directory.city) == set()
        for path, status in (
            (f"/v1/calls/{own.id}", 200),
            (f"/v1/calls/{foreign.id}", 404),
            (f"/v1/calls/{foreign.id}/events", 404),
            (f"/v1/recordings/{recordings[1].id}", 404),
            (f"/v1/recordings/{recordings[1].id}/audio", 404),
            (f"/v1/groups/{directory.city}", 404),
            (f"/v1/hotlines/{directory.hotline}", 200),
            (f"/v1/managers/{directory.other_manager}", 404),
            ("/v1/managers/by-external-id/4712", 404),
            (f"/v1/customers/{directory.other_customer}", 404),
            ("/v1/customers/by-external-id/c/2", 404),
            (f"/v1/customers/{directory.other_customer}/ownership", 404),
        ):
            answer = await world.client.get(path, headers=headers)
            assert answer.status_code == status, path

    @pytest.mark.parametrize(
        ("role", "status"),
        [
            (Role.ADMIN, 200),
            (Role.INTEGRATOR, 200),
            (Role.MANAGER, 200),
            (Role.COUNTY_MANAGER, 403),
            (Role.QA_REVIEWER, 403),
        ],
    )
    async def test_who_sees_no_numbers_can_not_find_one_by_trying(
        self, world: World, directory: Directory, role: Role, status: int
    ) -> None:
        manager_id = directory.manager if role is Role.MANAGER else None
        group_id = directory.city if role is Role.COUNTY_MANAGER else None
        headers = await world.key(role, group_id, manager_id)
        for path, query in (
            ("/v1/calls", {"customer_number": CUSTOMER_MOBILE}),
            ("/v1/customers", {"number": CUSTOMER_MOBILE}),
        ):
            answer = await world.client.get(path, params=query, headers=headers)
            assert answer.status_code == status, path
            if status == 403:
                assert answer.json()["code"] == "forbidden"
                assert (await world.client.get(path, headers=headers)).status_code == 200

    async def test_a_manager_sees_own_customers_and_calls_for_nobody_else(
        self, world: World, directory: Directory
    ) -> None:
        headers = await world.key(Role.MANAGER, None, directory.manager)
        own = make_call(group_id=directory.city, manager_id=directory.manager)
        foreign = make_call(group_id=directory.chongming, manager_id=directory.other_manager)
        await world.write(CallChanged(own), CallChanged(foreign))
        listed = await world.client.get("/v1/calls", headers=headers)
        assert [call["id"] for call in listed.json()["items"]] == [own.id]
        query = {"manager_id": directory.other_manager}
        others = await world.client.get("/v1/calls", params=query, headers=headers)
        assert others.json()["items"] == []
        customers = await world.client.get("/v1/customers", headers=headers)
        assert [item["id"] for item in customers.json()["items"]] == [directory.customer]

        async def dial(**body: Any) -> int:
            return (await world.client.post("/v1/calls", json=body, headers=headers)).status_code

        assert await dial(manager_id=directory.manager, customer_id=directory.customer) == 202
        other = directory.other_customer
        assert await dial(manager_id=directory.manager, customer_id=other) == 404
        assert await dial(manager_id=directory.other_manager, customer_number="10086") == 404
        hangup = await world.client.post(f"/v1/calls/{foreign.id}/hangup", headers=headers)
        assert hangup.status_code == 404

    async def test_a_manager_dials_numbers_of_own_customers_only_unless_granted(
        self, world: World, directory: Directory, create: Callable[..., Awaitable[Any]]
    ) -> None:
        foreign = {"number": "13700137000", "owner_id": directory.other_manager}
        await create(
            "customers",
            name="E",
            group_id=directory.chongming,
            numbers=[foreign["number"]],
            owner_id=foreign["owner_id"],
        )
        own = await world.key(Role.MANAGER, None, directory.manager)
        granted = await world.key(Role.MANAGER, None, directory.manager, grants=[Grant.DIAL_ANY])

        async def dial(headers: dict[str, str], number: str) -> httpx.Response:
            body = {"manager_id": directory.manager, "customer_number": number}
            return await world.client.post("/v1/calls", json=body, headers=headers)

        assert (await dial(own, CUSTOMER_MOBILE)).status_code == 202
        assert world.control.dialled[0].customer_id == directory.customer
        assert world.control.dialled[0].customer_number == CUSTOMER_MOBILE
        refused = [await dial(own, number) for number in (foreign["number"], "13700137001")]
        assert [one.status_code for one in refused] == [403, 403]
        assert len({one.json()["detail"] for one in refused}) == 1
        for number in (foreign["number"], "13700137001"):
            assert (await dial(granted, number)).status_code == 202

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.INTEGRATOR])
    async def test_an_explanation_does_not_tell_whose_number_it_is(
        self, world: World, directory: Directory, role: Role
    ) -> None:
        manager_id = directory.other_manager if role is Role.MANAGER else None
        headers = await world.key(role, directory.fengxian, manager_id)
        answers = [
            await world.client.post(
                "/v1/explain",
                json={"caller": number, "hotline_id": directory.hotline},
                headers=headers,
            )
            for number in (CUSTOMER_MOBILE, "13700137001")
        ]
        assert [one.status_code for one in answers] == [404, 404]
        assert len({one.json()["detail"] for one in answers}) == 1
        assert world.control.explained == []

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.COUNTY_MANAGER])
    async def test_a_key_that_belongs_nowhere_sees_nothing(
        self, world: World, directory: Directory, role: Role
    ) -> None:
        record, plaintext = generate_key(Role.ADMIN)
        record.role = role
        await world.services.repositories.keys.create(record)
        headers = {"Authorization": f"Bearer {plaintext}"}
        call = make_call(group_id=directory.city, manager_id=directory.manager)
        await world.write(CallChanged(call), RecordingChanged(make_recording(call)))
        kinds = ["calls", "recordings", "groups", "hotlines", "managers", "customers"]
        kinds += ["events"] if role is Role.COUNTY_MANAGER else []
        for kind in kinds:
            answer = await world.client.get(f"/v1/{kind}", headers=headers)
            assert answer.json() == {"items": [], "next_cursor": None}, kind

    async def test_a_hotline_of_a_foreign_county_can_not_be_shown(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        body = {"number": "4008123456", "group_id": directory.fengxian}
        foreign = (await world.client.post("/v1/hotlines", json=body, headers=admin)).json()
        headers = await world.key(Role.INTEGRATOR, directory.chongming)
        for hotline, status in ((foreign["id"], 404), (directory.hotline, 202)):
            answer = await world.client.post(
                "/v1/calls",
                json={
                    "manager_id": directory.manager,
                    "customer_id": directory.customer,
                    "hotline_id": hotline,
                },
                headers=headers,
            )
            assert answer.status_code == status

    async def test_a_scoped_writer_stays_within_its_groups(
        self, world: World, directory: Directory
    ) -> None:
        headers = await world.key(Role.INTEGRATOR, directory.chongming)

        async def send(method: str, path: str, **body: Any) -> Any:
            return await world.client.request(method, f"/v1/{path}", json=body, headers=headers)

        here, there = directory.chongming, directory.fengxian
        for method, path, body, status, field in (
            ("POST", "groups", {"name": "X", "parent_id": here}, 201, None),
            ("POST", "groups", {"name": "X"}, 422, "parent_id"),
            ("POST", "groups", {"name": "X", "parent_id": there}, 422, "parent_id"),
            ("PUT", f"groups/{here}", {"name": "Y", "parent_id": directory.city}, 200, None),
            ("PUT", f"groups/{here}", {"name": "Y", "parent_id": there}, 422, "parent_id"),
            ("PUT", f"groups/{there}", {"name": "Y"}, 404, None),
            ("PUT", "groups/by-external-id/g-0", {"name": "Y"}, 409, None),
            ("POST", "managers", {"name": "M", "group_id": here}, 201, None),
            ("POST", "managers", {"name": "M", "group_id": there}, 422, "group_id"),
            (
                "POST",
                "managers",
                {"name": "M", "group_id": here, "deputy_id": directory.other_manager},
                422,
                "deputy_id",
            ),
            ("PUT", "managers/by-external-id/4712", {"name": "M", "group_id": here}, 409, None),
            ("POST", "customers", {"name": "C", "group_id": here}, 201, None),
            ("POST", "customers", {"name": "C", "group_id": there}, 422, "group_id"),
            (
                "POST",
                "customers",
                {"name": "C", "group_id": here, "owner_id": directory.other_manager},
                422,
                "owner_id",
            ),
            ("PUT", "customers/by-external-id/c/2", {"name": "C", "group_id": here}, 409, None),
            (
                "PUT",
                f"customers/{directory.other_customer}",
                {"name": "C", "group_id": here},
                404,
                None,
            ),
            ("POST", "hotlines", {"number": "4008123456", "group_id": there}, 422, "group_id"),
            (
                "PUT",
                f"hotlines/{directory.hotline}",
                {"number": "4008123456", "group_id": here},
                404,
                None,
            ),
            ("DELETE", f"hotlines/{directory.hotline}", {}, 404, None),
        ):
            answer = await send(method, path, **body)
            assert answer.status_code == status, (method, path, body, answer.text)
            if field is not None:
                assert answer.json()["errors"][0]["field"] == field
        imported = await world.client.post(
            "/v1/imports", files={"file": b"x"}, data={"kind": "groups"}, headers=headers
        )
        assert imported.status_code == 403
