"""Holds, deletion and seals over the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.base import ListView
from api.schemas.recordings import RecordingView, SealedHeadView, SealKeyView, SealView
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Sealer
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.model.directory import Role
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.review import ReviewState
from voicegw.store import schema


@pytest.fixture
async def recording(world: World, directory: Directory) -> Recording:
    """A finished recording of Chongming."""
    found = make_recording(
        make_call(), group_id=directory.chongming, manager_id=directory.manager, size_bytes=9
    )
    await world.write(RecordingChanged(found))
    return found


async def audit(world: World, admin: dict[str, str]) -> list[dict[str, Any]]:
    """Return the audit log, newest first."""
    items: list[dict[str, Any]] = (await world.client.get("/v1/audit", headers=admin)).json()[
        "items"
    ]
    return items


async def test_a_held_recording_is_not_deleted(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}"
    held = await world.client.put(f"{path}/hold", json={"why": "court"}, headers=admin)
    assert held.status_code == 200, held.text
    RecordingView.model_validate(held.json())
    assert held.json()["hold"]["why"] == "court"
    refused = await world.client.delete(path, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "recording-held")
    released = await world.client.delete(f"{path}/hold", headers=admin)
    assert (released.status_code, released.json()["hold"]) == (200, None)
    assert (await world.client.delete(path, headers=admin)).status_code == 200
    told = [(one["action"], one["detail"]) for one in await audit(world, admin)]
    assert told == [
        ("recording.deleted", {"why": "requested"}),
        ("recording.released", {}),
        ("recording.held", {"why": "court"}),
    ]


async def test_a_deleted_recording_is_gone_and_says_so(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}"
    answer = await world.client.delete(path, params={"why": "wish"}, headers=admin)
    assert answer.status_code == 200, answer.text
    RecordingView.model_validate(answer.json())
    assert answer.json()["status"] == "deleted"
    assert answer.json()["deleted_at"] is not None
    shown = await world.client.get(path, headers=admin)
    assert (shown.status_code, shown.json()["status"]) == (200, "deleted")
    for method, below in (
        ("GET", "/audio"),
        ("HEAD", "/audio"),
        ("GET", "/peaks"),
        ("PUT", "/hold"),
        ("DELETE", ""),
    ):
        body = {"why": "late"} if method == "PUT" else None
        gone = await world.client.request(method, path + below, json=body, headers=admin)
        assert gone.status_code == 410, (method, below)
        if method != "HEAD":
            assert gone.json()["code"] == "recording-deleted"
    seals = (await world.client.get(f"{path}/seals", headers=admin)).json()
    ListView[SealView].model_validate(seals)
    (stub,) = seals["items"]
    assert (stub["kind"], stub["document"]["deletion"]["why"]) == ("deletion", "wish")
    assert stub["signature"]


async def test_what_is_not_finished_or_under_review_stays(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    pending = make_recording(make_call(), status=RecordingStatus.PENDING, path=None)
    await world.write(RecordingChanged(pending))
    for method in ("PUT", "DELETE"):
        path = f"/v1/recordings/{pending.id}" + ("/hold" if method == "PUT" else "")
        refused = await world.client.request(method, path, json={"why": "x"}, headers=admin)
        assert (refused.status_code, refused.json()["code"]) == (409, "recording-not-ready")
    review = {
        "id": "rev_1", "recording_id": recording.id, "call_id": "c", "scorecard_id": "crd_1",
        "state": ReviewState.SCORED, "created_at": world.clock.now(), "document": {},
    }  # fmt: skip
    async with world.database.write() as connection:
        await connection.execute(schema.reviews.insert().values(**review))
    refused = await world.client.delete(f"/v1/recordings/{recording.id}", headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "recording-under-review")


async def test_only_what_was_read_is_deleted(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}"
    etag = (await world.client.get(path, headers=admin)).headers["ETag"]
    await world.client.put(f"{path}/hold", json={"why": "court"}, headers=admin)
    now = (await world.client.delete(f"{path}/hold", headers=admin)).headers["ETag"]
    assert now == etag  # it is as it was
    await world.client.put(f"{path}/hold", json={"why": "court"}, headers=admin)
    refused = await world.client.delete(path, headers={**admin, "If-Match": etag})
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition-failed")
    await world.client.delete(f"{path}/hold", headers=admin)
    done = await world.client.delete(path, headers={**admin, "If-Match": f'"other", {etag}'})
    assert done.status_code == 200


@pytest.mark.parametrize("body", [{}, {"why": ""}, {"why": "x" * 501}, {"why": "x", "by": "me"}])
async def test_a_hold_needs_its_reason(
    world: World, admin: dict[str, str], recording: Recording, body: dict[str, str]
) -> None:
    path = f"/v1/recordings/{recording.id}/hold"
    assert (await world.client.put(path, json=body, headers=admin)).status_code == 422


async def test_who_may_hold_and_delete(
    world: World, directory: Directory, recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}"
    reviewer = await world.key(Role.QA_REVIEWER)
    county = await world.key(Role.COUNTY_MANAGER, group_id=directory.chongming)
    elsewhere = await world.key(Role.QA_REVIEWER, group_id=directory.fengxian)
    for key, hold, delete in ((county, 403, 403), (elsewhere, 404, 403), (reviewer, 200, 403)):
        asked = await world.client.put(f"{path}/hold", json={"why": "x"}, headers=key)
        assert asked.status_code == hold
        assert (await world.client.delete(path, headers=key)).status_code == delete
    assert (await world.client.get(f"{path}/seals", headers=elsewhere)).status_code == 404
    nowhere = await world.client.delete("/v1/recordings/rec_none", headers=await world.key())
    assert nowhere.status_code == 404


async def test_heads_and_keys_are_there_for_whoever_keeps_them(
    world: World, admin: dict[str, str], recording: Recording, tmp_path: Any
) -> None:
    seals = world.services.repositories.seals
    keys = KeyFolder(tmp_path / "keys")
    sealer = Sealer(seals, keys, recording.node, world.clock, EventFactory(world.clock))
    await sealer.seal_all()
    await sealer.sign_head()
    heads = (await world.client.get("/v1/seals/heads", headers=admin)).json()
    ListView[SealedHeadView].model_validate(heads)
    assert [one["number"] for one in heads["items"]] == [1]
    for query, found in (
        ({"node": recording.node, "until": "2100-01-01T00:00:00Z"}, 1),
        ({"node": "another"}, 0),
        ({"from": "2100-01-01T00:00:00Z"}, 0),
    ):
        some = await world.client.get("/v1/seals/heads", params=query, headers=admin)
        assert len(some.json()["items"]) == found, query
    shown = (await world.client.get("/v1/seals/keys", headers=admin)).json()
    ListView[SealKeyView].model_validate(shown)
    assert [one["key_id"] for one in shown["items"]] == [
        heads["items"][0]["document"]["head"]["key_id"]
    ]
    events = (await world.client.get("/v1/events", headers=admin)).json()["items"]
    assert "recordings.sealed" in [one["type"] for one in events]
