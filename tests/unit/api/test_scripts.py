"""`/v1/scripts`, `/v1/findings` and the checks of recordings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.schemas.base import ListView
from api.schemas.quality import FindingsView, FindingView, QualityView, ScriptView, TryView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.clock import Clock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Role
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.recording import Channel, Recording
from voicegw.model.work import WorkKind

SCRIPT: dict[str, Any] = {
    "name": "Revisit",
    "active": True,
    "statements": [
        {"id": "notice", "text": "本次通话会被录音", "within_s": 30},
        {"id": "price", "text": "套餐每月{price}", "assent": True},
    ],
    "phrases": [{"id": "promise", "text": "保证收益", "severity": "critical"}],
}


async def ask(
    world: World, method: str, path: str, who: dict[str, str], expect: int, **more: Any
) -> Any:
    """Ask, expect a status, and return the body."""
    headers = {**who, **more.pop("headers", {})}
    answer = await world.client.request(method, f"/v1{path}", headers=headers, **more)
    assert answer.status_code == expect, answer.text
    return answer.json() if answer.content else None


async def test_the_life_of_a_script(world: World, admin: dict[str, str]) -> None:
    """Create, read, replace with a version, list, delete."""
    made = await ask(world, "POST", "/scripts", admin, 201, json=SCRIPT)
    ScriptView.model_validate(made)
    path = f"/scripts/{made['id']}"
    assert made["version"] == 1
    assert await ask(world, "GET", path, admin, 200) == made
    changed = {**SCRIPT, "name": "Other"}
    stale = {"If-Match": '"7"'}
    await ask(world, "PUT", path, admin, 412, json=changed, headers=stale)
    raised = await ask(world, "PUT", path, admin, 200, json=changed, headers={"If-Match": '"1"'})
    assert (raised["version"], raised["name"]) == (2, "Other")
    assert raised["created_at"] == made["created_at"]
    listed = await ask(world, "GET", "/scripts?active=true", admin, 200)
    ListView[ScriptView].model_validate(listed)
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert (await ask(world, "GET", "/scripts?active=false", admin, 200))["items"] == []
    await ask(world, "DELETE", path, admin, 204)
    await ask(world, "GET", path, admin, 404)


async def test_by_external_id(world: World, admin: dict[str, str]) -> None:
    """Another system keeps a script up to date by its own id."""
    path = "/scripts/by-external-id/oa/7"
    made = await ask(world, "PUT", path, admin, 201, json=SCRIPT)
    again = await ask(world, "PUT", path, admin, 200, json=SCRIPT)
    assert (again["id"], again["version"]) == (made["id"], 2)
    assert (await ask(world, "GET", path, admin, 200))["external_id"] == "oa/7"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"statements": [], "phrases": []}, "statements"),
        ({"language": "fr"}, "language"),
        ({"phrases": [{"id": "notice", "text": "随便你"}]}, "phrases.0.id"),
        ({"phrases": [{"id": "x", "text": "每月{price}"}]}, "phrases.0.text"),
        ({"statements": [{"id": "x", "text": "每月{Price}"}]}, "statements.0.text"),
        ({"statements": [{"id": "x", "text": "好"}]}, "statements.0.text"),
        ({"statements": [{"id": "x", "text": "您好啊", "alternatives": ["……"]}]},
         "statements.0.alternatives.0"),
        ({"limits": [{"measure": "silence_s"}]}, "limits.0"),
        ({"limits": [{"measure": "silence_s", "at_least": 2, "at_most": 1}]}, "limits.0.at_most"),
    ],
)  # fmt: skip
async def test_what_is_no_script(
    world: World, admin: dict[str, str], change: dict[str, Any], field: str
) -> None:
    """Each mistake is named with its field."""
    problem = await ask(world, "POST", "/scripts", admin, 422, json={**SCRIPT, **change})
    assert [one["field"] for one in problem["errors"]] == [field]


async def test_who_may(world: World, admin: dict[str, str], directory: Directory) -> None:
    """A county's reviewer writes the county's scripts and reads everybody's, not others'."""
    reviewer = await world.key(Role.QA_REVIEWER, group_id=directory.chongming)
    manager = await world.key(Role.MANAGER, manager_id=directory.manager)
    ours = {**SCRIPT, "group_id": directory.chongming}
    theirs = {**SCRIPT, "group_id": directory.fengxian}
    await ask(world, "POST", "/scripts", reviewer, 422, json=SCRIPT)
    await ask(world, "POST", "/scripts", reviewer, 422, json=theirs)
    await ask(world, "POST", "/scripts", reviewer, 201, json=ours)
    foreign = await ask(world, "POST", "/scripts", admin, 201, json=theirs)
    everybodys = await ask(world, "POST", "/scripts", admin, 201, json=SCRIPT)
    await ask(world, "GET", f"/scripts/{foreign['id']}", reviewer, 404)
    await ask(world, "GET", f"/scripts/{everybodys['id']}", reviewer, 200)
    await ask(world, "DELETE", f"/scripts/{everybodys['id']}", reviewer, 422)
    await ask(world, "POST", "/scripts", manager, 403, json=ours)


async def test_try_on_words(world: World, admin: dict[str, str]) -> None:
    """A script is tried on words before anybody is judged by it."""
    made = await ask(world, "POST", "/scripts", admin, 201, json={**SCRIPT, "active": False})
    said = [
        {"channel": "manager", "start_s": 1, "end_s": 4, "text": "本次通话会被录音"},
        {"channel": "manager", "start_s": 6, "end_s": 9, "text": "套餐每月五十九块"},
        {"channel": "customer", "start_s": 10, "end_s": 11, "text": "好的"},
        {"channel": "manager", "start_s": 12, "end_s": 15, "text": "这个是保证收益的"},
    ]
    body = {"segments": said, "values": {"price": "59元"}}
    tried = await ask(world, "POST", f"/scripts/{made['id']}/try", admin, 200, json=body)
    TryView.model_validate(tried)
    assert [(one["kind"], one["statement_id"]) for one in tried["findings"]] == [
        ("statement-said", "notice"),
        ("statement-said", "price"),
        ("phrase-forbidden", "promise"),
    ]
    assert tried["result"]["score"] == 90.0
    await ask(world, "POST", f"/scripts/{made['id']}/try", admin, 422, json={})


async def checked(world: World, directory: Directory, clock: Clock) -> Recording:
    """A recorded talk of the manager with one finding."""
    call = make_call(group_id=directory.chongming, manager_id=directory.manager)
    recording = make_recording(call, duration_s=60.0)
    await world.write(CallChanged(call), RecordingChanged(recording))
    now = clock.now()
    queue = world.services.repositories.work
    await queue.put(WorkKind.CHECK, recording.id, now)
    item = await queue.lease([WorkKind.CHECK], now + timedelta(days=1), 60.0)
    assert item is not None
    result = QualityResult(
        recording.id, call.id, now, directory.chongming, directory.manager, score=80.0, findings=1
    )
    finding = Finding(
        id="fnd_1",
        recording_id=recording.id,
        call_id=call.id,
        kind=FindingKind.PHRASE_FORBIDDEN,
        severity=Severity.CRITICAL,
        created_at=now,
        group_id=directory.chongming,
        manager_id=directory.manager,
        channel=Channel.MANAGER,
        start_s=12.0,
        evidence="保证收益",
    )
    event = EventFactory(clock).quality(result)
    assert await world.services.repositories.checks.conclude(item, result, [finding], event, now)
    return recording


async def test_findings_and_quality(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    """What was found is listed for who may see it; its words only for who may hear them."""
    recording = await checked(world, directory, world.clock)
    listed = await ask(world, "GET", "/findings?severity=critical", admin, 200)
    ListView[FindingView].model_validate(listed)
    assert [one["evidence"] for one in listed["items"]] == [""]
    assert (await ask(world, "GET", "/findings?severity=minor", admin, 200))["items"] == []
    path = f"/recordings/{recording.id}"
    found = await ask(world, "GET", f"{path}/findings", admin, 200)
    FindingsView.model_validate(found)
    assert [one["evidence"] for one in found["items"]] == ["保证收益"]
    read = await ask(world, "GET", "/audit?action=transcript.read", admin, 200)
    assert [one["subject"] for one in read["items"]] == [recording.id]
    program = await world.key(Role.INTEGRATOR)
    found = await ask(world, "GET", f"{path}/findings", program, 200)
    assert [one["evidence"] for one in found["items"]] == [""]
    result = await ask(world, "GET", f"{path}/quality", admin, 200)
    QualityView.model_validate(result)
    assert (result["score"], result["findings"]) == (80.0, 1)
    other = await world.key(Role.MANAGER, manager_id=directory.other_manager)
    for one in ("findings", "quality"):
        await ask(world, "GET", f"{path}/{one}", other, 404)
    assert (await ask(world, "GET", "/findings", other, 200))["items"] == []


async def test_check_again(world: World, admin: dict[str, str], directory: Directory) -> None:
    """A recording is checked again when it is asked for."""
    recording = await checked(world, directory, world.clock)
    queue = world.services.repositories.work
    later = world.clock.now() + timedelta(days=1)
    assert await queue.lease([WorkKind.CHECK], later, 60.0) is None
    await ask(world, "POST", f"/recordings/{recording.id}/check", admin, 202)
    item = await queue.lease([WorkKind.CHECK], later, 60.0)
    assert item is not None
    assert item.subject == recording.id
    manager = await world.key(Role.MANAGER, manager_id=directory.manager)
    await ask(world, "POST", f"/recordings/{recording.id}/check", manager, 403)
