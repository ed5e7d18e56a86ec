"""Probes, figures, the OpenAPI document and the reference."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import ApiMetrics, Figure
from api.node_status import (
    NodeState,
    QueueDepth,
    RefusedInvite,
    RegisteredPhone,
    ServerState,
    ServerStatus,
    TrunkDetail,
)
from api.problems import CODES
from api.schemas.alerts import AlertChangeView, AlertView
from api.schemas.base import ListView
from api.schemas.system import (
    HealthView,
    NodeView,
    ReadinessView,
    RegistrationView,
    SystemView,
    TrunkDetailView,
)
from api.services import OutletStatus, PartState, PartStatus, SystemStatus, TrunkStatus
from tests.unit.api.conftest import World
from tests.unit.api.fakes import make_call
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import EventsNoted
from voicegw.model.directory import Role
from voicegw.model.node import NodeReport, PartTrouble, RegisteredNode


async def test_health(world: World) -> None:
    assert (await world.client.head("/healthz")).status_code == 200
    answer = await world.client.get("/healthz")
    assert answer.status_code == 200
    HealthView.model_validate(answer.json())


async def test_readiness_names_each_part_that_is_not_ready(world: World) -> None:
    ready = await world.client.get("/readyz")
    assert ready.status_code == 200
    assert ReadinessView.model_validate(ready.json()).not_ready == []
    world.parts[:] = [
        PartStatus("store", False, "locked; free the disk"),
        PartStatus("media", True),
        PartStatus("delivery", True, "events wait"),
        PartStatus("trunk:lab", False, "no answer to OPTIONS"),
    ]
    waiting = await world.client.get("/readyz")
    assert waiting.status_code == 503
    view = ReadinessView.model_validate(waiting.json())
    assert view.not_ready == ["store", "trunk:lab"]
    assert view.degraded == ["delivery"]
    assert view.parts[0].detail == "locked; free the disk"
    assert [part.state for part in view.parts] == ["not-ready", "ready", "degraded", "not-ready"]
    assert (await world.client.get("/healthz")).status_code == 200


async def test_system(world: World, admin: dict[str, str]) -> None:
    call = make_call()
    world.control.calls[call.id] = call
    world.clock.pass_s(10)
    answer = await world.client.get("/v1/system", headers=admin)
    view = SystemView.model_validate(answer.json())
    assert (view.node, view.version, view.live_calls, view.ready) == ("node-1", "0.1.0", 1, True)
    assert (view.now - view.started_at).total_seconds() == 10
    assert view.trunks == []


async def test_the_system_tells_of_trunks_outlets_and_alerts(
    world: World, admin: dict[str, str]
) -> None:
    world.services.status = lambda: SystemStatus(
        trunks=[TrunkStatus("carrier", True, None, 3, 30)],
        outlets=[OutletStatus("mqtt", 12)],
        alerts=["store-away"],
        journal_behind_s=4.5,
    )
    answer = await world.client.get("/v1/system", headers=admin)
    view = SystemView.model_validate(answer.json())
    (trunk,) = view.trunks
    assert (trunk.name, trunk.up, trunk.registered, trunk.calls) == ("carrier", True, None, 3)
    assert (view.outlets[0].name, view.outlets[0].behind_events) == ("mqtt", 12)
    assert (view.alerts, view.journal_behind_s) == (["store-away"], 4.5)


async def test_the_system_tells_what_waits_and_how_large_the_disk_is(
    world: World, admin: dict[str, str]
) -> None:
    world.services.status = lambda: SystemStatus(
        recording_free_bytes=3,
        recording_total_bytes=10,
        queues=[QueueDepth("transcribe", 4)],
        store="SQLite 3.40.1",
    )
    answer = await world.client.get("/v1/system", headers=admin)
    view = SystemView.model_validate(answer.json())
    assert (view.recording_free_bytes, view.recording_total_bytes) == (3, 10)
    assert [(one.name, one.waiting) for one in view.queues] == [("transcribe", 4)]
    assert view.store == "SQLite 3.40.1"


async def test_trunks_are_listed_with_their_servers_and_refusals(
    world: World, admin: dict[str, str]
) -> None:
    at = world.clock.now()
    server = ServerStatus("udp", "10.1.2.3", 5060, ServerState.DOWN, 12.5, at)
    world.services.trunks = lambda: [
        TrunkDetail(
            name="carrier", up=False, registered=False, trouble="refused: 403", calls=3,
            max_calls=30, calls_per_s=2, wait_s=0.5, priority=0, weight=1, presents=1, options_s=30,
            servers=[server], results=[(200, 7), (503, 1)], refused=[RefusedInvite(503, at)],
        )
    ]  # fmt: skip
    answer = await world.client.get("/v1/trunks", headers=admin)
    (trunk,) = ListView[TrunkDetailView].model_validate(answer.json()).items
    assert (trunk.name, trunk.up, trunk.registered, trunk.trouble) == (
        "carrier", False, False, "refused: 403",
    )  # fmt: skip
    assert (trunk.servers[0].state, trunk.servers[0].rtt_ms) == (ServerState.DOWN, 12.5)
    assert [(one.status, one.count) for one in trunk.results] == [(200, 7), (503, 1)]
    assert (trunk.refused[0].status, trunk.refused[0].at) == (503, at)


async def test_registered_telephones_are_listed_and_numbers_masked(
    world: World, admin: dict[str, str]
) -> None:
    until = world.clock.now()
    world.services.registrations = lambda: [
        RegisteredPhone("desk-1", "udp", until),
        RegisteredPhone("13800138000", "tls", until),
    ]
    answer = await world.client.get("/v1/registrations", headers=admin)
    phones = ListView[RegistrationView].model_validate(answer.json()).items
    assert [one.account for one in phones] == ["desk-1", "138****8000"]
    assert phones[1].transport == "tls"
    assert phones[0].registered_until == until
    assert "13800138000" not in answer.text


async def test_nodes_are_listed_as_they_said_of_themselves(
    world: World, admin: dict[str, str]
) -> None:
    nodes, now = world.services.repositories.nodes, world.clock.now()
    trouble = [PartTrouble("trunks", ready=True, detail="down: carrier")]
    report = NodeReport("0.1.0", now, 3, 2, 5, 10, trouble)
    lease = timedelta(seconds=30)
    await nodes.hold(RegisteredNode("node-1", None, now, now + lease, report))
    await nodes.hold(RegisteredNode("node-2", "http://10.0.0.2", now - lease, now))
    answer = await world.client.get("/v1/nodes", headers=admin)
    own, other = ListView[NodeView].model_validate(answer.json()).items
    assert (own.name, own.is_own, own.state, own.version, own.heard_at) == (
        "node-1", True, NodeState.RUNNING, "0.1.0", now,
    )  # fmt: skip
    assert (own.live_calls, own.media_workers) == (3, 2)
    assert (own.recording_free_bytes, own.recording_total_bytes) == (5, 10)
    assert [(one.name, one.state, one.detail) for one in own.parts] == [
        ("trunks", PartState.DEGRADED, "down: carrier")
    ]
    assert (other.name, other.is_own, other.state) == ("node-2", False, NodeState.SILENT)
    assert (other.started_at, other.heard_at, other.live_calls, other.parts) == (
        now - lease, None, None, [],
    )  # fmt: skip
    # Where nodes reach each other is nobody else's business.
    assert "10.0.0.2" not in answer.text


async def test_the_system_tells_in_which_languages_texts_are_spoken(
    world: World, admin: dict[str, str]
) -> None:
    answer = await world.client.get("/v1/system", headers=admin)
    assert SystemView.model_validate(answer.json()).speaks == ["zh"]


@pytest.mark.parametrize(
    "path", ["/v1/trunks", "/v1/registrations", "/v1/alerts/history", "/v1/nodes"]
)
async def test_what_runs_is_for_operators_only(world: World, path: str) -> None:
    reviewer = await world.key(Role.QA_REVIEWER)
    assert (await world.client.get(path, headers=reviewer)).status_code == 404
    assert (await world.client.get(path)).status_code == 401


async def test_alerts_that_came_and_went_are_listed_newest_first(
    world: World, admin: dict[str, str]
) -> None:
    events = EventFactory(world.clock)
    slugs = ("store-away", "trunk-down/a")
    for slug in slugs:
        await world.write(EventsNoted([events.alert(f"node-1/{slug}", f"see {slug}", raised=True)]))
    await world.write(EventsNoted([events.alert("node-1/store-away", "", raised=False)]))
    raised = (await world.client.get("/v1/alerts", headers=admin)).json()["items"]
    assert [(one["node"], one["slug"]) for one in raised] == [("node-1", "trunk-down/a")]
    found: list[AlertChangeView] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        answer = await world.client.get("/v1/alerts/history", headers=admin, params=params)
        page = ListView[AlertChangeView].model_validate(answer.json())
        found += page.items
        cursor = page.next_cursor
    assert [(one.slug, one.raised) for one in found] == [
        ("store-away", False), ("trunk-down/a", True), ("store-away", True),
    ]  # fmt: skip
    assert found[1].detail == "see trunk-down/a"


async def test_metrics_count_by_route_template(world: World, admin: dict[str, str]) -> None:
    for call_id in ("call_1", "call_2"):
        await world.client.get(f"/v1/calls/{call_id}", headers=admin)
    await world.client.get("/nowhere/13800138000")
    await world.client.request("BREW", "/v1/calls")
    answer = await world.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "13800138000" not in answer.text
    assert "BREW" not in answer.text
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    labels = (("method", "GET"), ("route", "/v1/calls/{call_id}"), ("status", "404"))
    assert samples["voicegw_http_requests_total", labels] == 2
    unrouted = (("method", "GET"), ("route", "unrouted"), ("status", "404"))
    assert samples["voicegw_http_requests_total", unrouted] == 1
    count = (("method", "GET"), ("route", "/v1/calls/{call_id}"))
    assert samples["voicegw_http_request_duration_seconds_count", count] == 2
    assert samples["voicegw_calls_live", ()] == 0


def test_the_nodes_figures_become_families() -> None:
    metrics = ApiMetrics(
        lambda: [
            Figure("trunk_calls", 2, {"trunk": "a"}),
            Figure("trunk_calls", 3, {"trunk": "b"}),
            Figure("journal_groups", 7),
        ]
    )
    text = metrics.render().decode()
    assert 'voicegw_trunk_calls{trunk="a"} 2.0' in text
    assert 'voicegw_trunk_calls{trunk="b"} 3.0' in text
    assert text.count("# TYPE voicegw_trunk_calls gauge") == 1
    assert "voicegw_journal_groups_total 7.0" in text


async def test_openapi_describes_each_operation(world: World) -> None:
    answer = await world.client.get("/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] == "voicegw"
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", operation_id) for operation_id in ids)
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert set(operation["tags"]) <= tags
        assert operation["summary"]
        assert operation["description"]
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert schemas["StartCall"]["examples"]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert references <= set(schemas)
    for operation_id in ("startCall", "getCall"):
        operation = next(item for item in operations if item["operationId"] == operation_id)
        assert operation["security"] == [{"key": []}, {"session": []}]
        assert operation["responses"]["404"] == {"$ref": "#/components/responses/Problem"}
    problem = document["components"]["responses"]["Problem"]["content"]["application/problem+json"]
    assert problem["schema"]["$ref"].endswith("/ProblemView")


async def test_the_reference_needs_nothing_from_elsewhere(world: World) -> None:
    answer = await world.client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    for code in CODES:
        assert f'id="problem-{code}"' in answer.text
    document = (await world.client.get("/openapi.json")).json()
    for item in document["paths"].values():
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in answer.text


async def test_the_first_request_finds_every_route_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi.routing.get_dependant", None)
    assert (await world.client.get("/v1/no-such-thing")).status_code == 404


async def test_nobody_who_asks_has_the_document_worked_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.openapi.get_openapi", None)
    monkeypatch.setattr(FastAPI, "openapi", None)
    for path in ("/openapi.json", "/docs"):
        assert (await world.client.get(path)).status_code == 200


async def test_what_is_raised_of_all_nodes_is_listed(world: World, admin: dict[str, str]) -> None:
    factory = EventFactory(world.clock)
    raised = [factory.alert(f"node-{one}/store-away", "calls go on", raised=True) for one in "12"]
    cleared = factory.alert("node-1/store-away", "", raised=False)
    await world.write(EventsNoted([*raised, cleared]))
    answer = await world.client.get("/v1/alerts", headers=admin)
    ListView[AlertView].model_validate(answer.json())
    (alert,) = answer.json()["items"]
    assert (alert["subject"], alert["slug"]) == ("node-2/store-away", "store-away")
