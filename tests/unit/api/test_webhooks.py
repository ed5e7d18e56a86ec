"""`/v1/webhooks`: who may write them, what is refused, what is never shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.schemas.base import ListView
from api.schemas.webhooks import NewWebhookView, WebhookDeliveryView, WebhookView
from tests.unit.api.conftest import Directory, World
from voicegw.events.webhooks.addresses import parse_networks
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.event import Event, EventType
from voicegw.model.webhook import Webhook
from voicegw.store.audit import AuditFilter

HOOK: dict[str, Any] = {"url": "https://8.8.8.8/hook", "types": ["call.*"], "description": "CRM"}


async def ask(
    world: World, method: str, path: str, who: dict[str, str], expect: int, **more: Any
) -> Any:
    """Ask, expect a status, and return the body."""
    headers = {**who, **more.pop("headers", {})}
    answer = await world.client.request(method, f"/v1/webhooks{path}", headers=headers, **more)
    assert answer.status_code == expect, answer.text
    return answer.json() if answer.content else None


async def stored(world: World, webhook_id: str) -> Webhook:
    found = await world.services.repositories.webhooks.get(webhook_id)
    assert found is not None
    return found


async def test_the_life_of_a_webhook(world: World, admin: dict[str, str]) -> None:
    woken: list[int] = []
    world.services.webhooks._on_change = lambda: woken.append(1)
    made = await ask(world, "POST", "", admin, 201, json=HOOK)
    NewWebhookView.model_validate(made)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    path = f"/{made['id']}"
    assert await ask(world, "GET", path, admin, 200) == made
    WebhookView.model_validate(made)
    changed = {**HOOK, "types": ["call.ended", "call.ended"], "enabled": False}
    await ask(world, "PUT", path, admin, 412, json=changed, headers={"If-Match": '"7"'})
    raised = await ask(world, "PUT", path, admin, 200, json=changed, headers={"If-Match": '"1"'})
    assert (raised["version"], raised["types"], raised["enabled"]) == (2, ["call.ended"], False)
    listed = await ask(world, "GET", "?enabled=false", admin, 200)
    ListView[WebhookView].model_validate(listed)
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert (await ask(world, "GET", "?enabled=true", admin, 200))["items"] == []
    await ask(world, "DELETE", path, admin, 412, headers={"If-Match": '"1"'})
    await ask(world, "DELETE", path, admin, 204)
    await ask(world, "GET", path, admin, 404)
    assert len(woken) == 3
    entries = await world.services.repositories.audit.list(AuditFilter(action=AuditAction.WEBHOOK))
    assert [entry.detail["how"] for entry in entries.items] == ["deleted", "replaced", "created"]
    assert entries.items[1].detail["fields"] == ["enabled", "types"]
    assert secret not in str(entries.items)


async def test_the_secret_is_rotated_with_two_in_force(world: World, admin: dict[str, str]) -> None:
    made = await ask(world, "POST", "", admin, 201, json=HOOK)
    path = f"/{made['id']}"
    first = await ask(world, "POST", f"{path}/rotate", admin, 200, json={"overlap_s": 60})
    assert first["secret"] != made["secret"]
    webhook = await stored(world, made["id"])
    now = world.clock.now()
    assert len(webhook.secrets_at(now)) == 2
    assert len(webhook.secrets_at(now + timedelta(seconds=60))) == 1
    opened = [world.services.box.open(one.sealed, webhook.id) for one in webhook.secrets]
    assert opened == [first["secret"], made["secret"]]
    second = await ask(world, "POST", f"{path}/rotate", admin, 200, json={"overlap_s": 0})
    webhook = await stored(world, made["id"])
    assert [world.services.box.open(one.sealed, webhook.id) for one in webhook.secrets] == [
        second["secret"]
    ]
    shown = await ask(world, "GET", path, admin, 200)
    assert "secret" not in shown
    assert "sealed" not in str(shown)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"url": "https://127.0.0.1/x"}, "url"),
    ({"url": "https://169.254.169.254/latest"}, "url"),
    ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
    ({"url": "https://localhost/"}, "url"),
    ({"url": "http://8.8.8.8/"}, "url"),
    ({"url": "ftp://8.8.8.8/"}, "url"),
    ({"url": "https://u:p@8.8.8.8/"}, "url"),
    ({"url": 7}, "url"),
    ({"types": ["no.such"]}, "types"),
    ({"types": []}, "types"),
    ({"group_id": "grp_none"}, "group_id"),
    ({"other": 1}, "other"),
]


async def test_what_is_refused(world: World, admin: dict[str, str]) -> None:
    made = await ask(world, "POST", "", admin, 201, json=HOOK)
    for change, field in REFUSED:
        problem = await ask(world, "POST", "", admin, 422, json=HOOK | change)
        assert [error["field"] for error in problem["errors"]] == [field], change
        await ask(world, "PUT", f"/{made['id']}", admin, 422, json=HOOK | change)


async def test_networks_of_the_house_are_taken_where_configured(
    world: World, admin: dict[str, str]
) -> None:
    world.services.webhooks._allowed = parse_networks(["127.0.0.0/8"])
    await ask(world, "POST", "", admin, 201, json=HOOK | {"url": "http://127.0.0.1:9/x"})
    problem = await ask(world, "POST", "", admin, 422, json=HOOK | {"url": "http://8.8.8.8/"})
    assert "https" in problem["errors"][0]["message"]


async def test_a_key_of_a_group_has_webhooks_of_its_groups_only(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    scoped = await world.key(Role.INTEGRATOR, directory.chongming)
    await ask(world, "POST", "", scoped, 422, json=HOOK)
    await ask(world, "POST", "", scoped, 422, json=HOOK | {"group_id": directory.fengxian})
    own = await ask(world, "POST", "", scoped, 201, json=HOOK | {"group_id": directory.chongming})
    everybodys = await ask(world, "POST", "", admin, 201, json=HOOK)
    others = await ask(world, "POST", "", admin, 201, json=HOOK | {"group_id": directory.fengxian})
    listed = await ask(world, "GET", "", scoped, 200)
    assert [one["id"] for one in listed["items"]] == [own["id"]]
    assert len((await ask(world, "GET", "", admin, 200))["items"]) == 3
    for one in (everybodys, others):
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/rotate"),
            ("POST", "/ping"),
            ("GET", "/deliveries"),
        ):
            await ask(world, method, f"/{one['id']}{path}", scoped, 404)
    await ask(world, "PUT", f"/{own['id']}", scoped, 422, json=HOOK)


async def test_a_ping_is_a_delivery(world: World, admin: dict[str, str]) -> None:
    made = await ask(world, "POST", "", admin, 201, json=HOOK)
    path = f"/{made['id']}"
    answer = await world.client.post(f"/v1/webhooks{path}/ping", headers=admin)
    assert answer.status_code == 202
    delivery = answer.json()
    WebhookDeliveryView.model_validate(delivery)
    found = await world.client.get(answer.headers["Location"], headers=admin)
    assert found.json() == delivery
    assert (delivery["event_type"], delivery["state"]) == ("webhook.ping", "pending")
    listed = await ask(
        world, "GET", f"{path}/deliveries?state=pending&type=webhook.ping", admin, 200
    )
    ListView[WebhookDeliveryView].model_validate(listed)
    assert listed["items"] == [delivery]
    assert (await ask(world, "GET", f"{path}/deliveries?state=failed", admin, 200))["items"] == []
    again = await ask(world, "POST", f"{path}/deliveries/{delivery['id']}/replay", admin, 202)
    assert again["replays"] == 1
    for unknown in ("dlv_99", "dlv_x", "99", "dlv_" + "9" * 40, "dlv_٣"):
        await ask(world, "GET", f"{path}/deliveries/{unknown}", admin, 404)
        await ask(world, "POST", f"{path}/deliveries/{unknown}/replay", admin, 404)


async def test_one_that_is_off_sends_nothing(world: World, admin: dict[str, str]) -> None:
    made = await ask(world, "POST", "", admin, 201, json=HOOK | {"enabled": False})
    path = f"/{made['id']}"
    for what, body in (("ping", None), ("replay", {"from": "2026-01-01T00:00:00Z"})):
        problem = await ask(world, "POST", f"{path}/{what}", admin, 409, json=body)
        assert problem["code"] == "webhook-off"


async def test_replays_of_ranges(world: World, admin: dict[str, str]) -> None:
    made = await ask(world, "POST", "", admin, 201, json=HOOK)
    path = f"/{made['id']}/replay"
    events = [
        Event(f"evt_{n}", EventType.CALL_ENDED, "call_1", world.clock.now(), n, {}) for n in (1, 2)
    ]
    await world.services.repositories.events.add(events)
    for body, field in (
        ({}, "after"),
        ({"after": "evt_1", "from": "2026-01-01T00:00:00Z"}, "after"),
        ({"after": "evt_9"}, "after"),
        ({"after": "evt_1", "until": "2026-01-01T00:00:00Z"}, "until"),
        ({"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "until"),
        ({"from": "yesterday"}, "from"),
    ):
        problem = await ask(world, "POST", path, admin, 422, json=body)
        assert [error["field"] for error in problem["errors"]] == [field], body
    assert (await ask(world, "POST", path, admin, 202, json={"after": "evt_1"}))["replaying"]
    replay = (await stored(world, made["id"])).replay
    assert replay is not None
    assert (replay.position, replay.until_position) == (1, 2)
    problem = await ask(world, "POST", path, admin, 409, json={"from": "2026-01-01T00:00:00Z"})
    assert problem["code"] == "replay-running"
    assert (await ask(world, "GET", f"/{made['id']}", admin, 200))["replaying"]


async def test_one_that_was_switched_off_is_switched_on_again(
    world: World, admin: dict[str, str]
) -> None:
    made = await ask(world, "POST", "", admin, 201, json=HOOK)
    off = await stored(world, made["id"])
    off.enabled, off.off_reason, off.off_at = False, "gone", world.clock.now()
    await world.services.repositories.webhooks.change(off)
    shown = await ask(world, "GET", f"/{made['id']}", admin, 200)
    assert (shown["enabled"], shown["off_reason"]) == (False, "gone")
    shown = await ask(world, "PUT", f"/{made['id']}", admin, 200, json=HOOK)
    assert (shown["enabled"], shown["off_reason"], shown["off_at"]) == (True, None, None)
