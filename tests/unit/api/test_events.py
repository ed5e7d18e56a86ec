"""`/v1/events`."""

from __future__ import annotations

from api.schemas.base import ListView
from api.schemas.calls import EventView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, make_call, make_event, make_recording
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Role
from voicegw.model.event import EventType


async def test_whoever_keeps_the_last_id_misses_none(world: World, admin: dict[str, str]) -> None:
    calls = [make_call() for _ in range(5)]
    events = [make_event(call, EventType.CALL_INITIATED, 1) for call in calls]
    for call, event in zip(calls, events, strict=True):
        await world.write(CallChanged(call, [event]))
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2", "after": ""}
    while True:
        page = (await world.client.get("/v1/events", params=query, headers=admin)).json()
        ListView[EventView].model_validate(page)
        seen += [event["id"] for event in page["items"]]
        if page["next_cursor"] is None:
            break
        assert page["next_cursor"] == seen[-1]
        query["after"] = page["next_cursor"]
    assert seen == [event.id for event in events]
    later = make_call()
    await world.write(CallChanged(later, [make_event(later, EventType.CALL_INITIATED, 1)]))
    news = await world.client.get("/v1/events", params={"after": seen[-1]}, headers=admin)
    assert [event["subject"] for event in news.json()["items"]] == [later.id]


async def test_only_one_call(world: World, admin: dict[str, str]) -> None:
    calls = [make_call() for _ in range(2)]
    for call in calls:
        await world.write(CallChanged(call, [make_event(call, EventType.CALL_INITIATED, 1)]))
    query = {"subject": calls[1].id}
    found = (await world.client.get("/v1/events", params=query, headers=admin)).json()["items"]
    assert [event["subject"] for event in found] == [calls[1].id]


async def test_an_unknown_event_is_not_found(world: World, admin: dict[str, str]) -> None:
    query = {"after": "evt_none"}
    answer = await world.client.get("/v1/events", params=query, headers=admin)
    assert answer.status_code == 404
    answer = await world.client.get("/v1/events", params={"after": "no id"}, headers=admin)
    assert [error["field"] for error in answer.json()["errors"]] == ["after"]


async def test_a_county_manager_sees_events_of_the_own_county_with_masked_numbers(
    world: World, directory: Directory
) -> None:
    own = make_call(group_id=directory.chongming)
    foreign = make_call(group_id=directory.fengxian)
    for call in (own, foreign):
        await world.write(CallChanged(call, [make_event(call, EventType.CALL_INITIATED, 1)]))
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    answer = await world.client.get("/v1/events", headers=headers)
    assert [event["subject"] for event in answer.json()["items"]] == [own.id]
    assert CUSTOMER_MOBILE not in answer.text
    assert CUSTOMER_MOBILE[3:] not in answer.text


async def test_leg_events_hide_what_the_role_may_not_see(world: World) -> None:
    call = make_call()
    factory = EventFactory(world.clock)
    call.sequence = 1
    events = [factory.leg(EventType.LEG_RINGING, call, leg) for leg in call.legs]
    await world.write(CallChanged(call, events))
    headers = await world.key(Role.INTEGRATOR)
    items = (await world.client.get("/v1/events", headers=headers)).json()["items"]
    shown = {event["data"]["role"]: event["data"]["number"] for event in items}
    assert shown == {"manager": None, "customer": CUSTOMER_MOBILE}


async def test_recording_events_do_not_tell_where_files_lie(
    world: World, admin: dict[str, str]
) -> None:
    recording = make_recording(make_call())
    event = EventFactory(world.clock).recording(recording)
    assert event is not None
    await world.write(RecordingChanged(recording, [event]))
    answer = await world.client.get("/v1/events", headers=admin)
    assert answer.json()["items"][0]["type"] == "recording.completed"
    assert "spool" not in answer.text
    assert ".flac" not in answer.text
