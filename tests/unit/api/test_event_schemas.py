"""What is said of events' data is true, and can be read by programs."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema import ValidationError as SchemaError
from pydantic import ValidationError

from api.asyncapi import document, render
from api.schemas.base import ListView
from api.schemas.events import DATA_MODELS, EventSchemaView, json_schema
from tests.parts.event_checks import check_event
from tests.unit.api.conftest import World
from tests.unit.api.fakes import CUSTOMER_MOBILE, START, FakeClock, make_call, make_recording
from tests.unit.test_docs import ROOT
from voicegw.events.catalogue import FOR_ONE, DataSchema
from voicegw.events.factory import EventFactory
from voicegw.events.outward import outward
from voicegw.model.directory import Role
from voicegw.model.event import Event, EventType
from voicegw.model.finding import QualityResult
from voicegw.model.handover import (
    Handover,
    HandoverState,
    LeftOut,
    LeftOutReason,
    RecipientKind,
    Recipients,
    Share,
)
from voicegw.model.recording import RecordingStatus
from voicegw.model.task import Task, TaskType
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.store.tasks import TaskRepository, put_tasks

DOCUMENT = ROOT / "docs" / "asyncapi.json"


def shown(event: Event | None, role: Role = Role.ADMIN) -> dict[str, Any]:
    """Return an event as a reader gets it, from JSON and back."""
    assert event is not None
    found: dict[str, Any] = json.loads(msgspec.json.encode(outward(event, role, "node-1")))
    return found


def built() -> list[Event | None]:
    """Return one event of each builder."""
    factory, call = EventFactory(FakeClock()), make_call()
    call.sequence = 3
    recording = make_recording(call)
    transcript = Transcript(recording.id, call.id, TranscriptStatus.COMPLETED, START)
    result = QualityResult(recording.id, call.id, START, score=92.5)
    handover = Handover(
        "hov_1",
        "mgr_1",
        HandoverState.DONE,
        Recipients(RecipientKind.ONE, ["mgr_2"]),
        "key_1",
        START,
        group_id="grp_1",
        switched_at=START,
        moved=3,
        shares=[Share("mgr_2", 3)],
        left_out=[LeftOut(next(iter(LeftOutReason)), 1, ["cus_1"])],
    )
    return [
        factory.call(EventType.CALL_ENDED, call),
        *[factory.leg(EventType.LEG_ENDED, call, leg) for leg in call.legs],
        factory.recording(recording),
        factory.recording(msgspec.structs.replace(recording, status=RecordingStatus.FAILED)),
        factory.transcript(transcript),
        factory.quality(result),
        factory.assignment(handover),
        factory.alert("node-1/store-away", "calls go on", raised=True),
        factory.sealed("node-1", {"head": {"number": 1}, "signature": "c2ln"}),
    ]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COUNTY_MANAGER, Role.MANAGER])
def test_every_builder_makes_what_is_documented(role: Role) -> None:
    for event in built():
        check_event(shown(event, role))


async def test_events_of_tasks_are_as_documented(world: World) -> None:
    task = Task(
        "tsk_1", TaskType.CALLBACK, START, customer_number=CUSTOMER_MOBILE, calls=["call_1"]
    )
    await world.database.do_write(lambda connection: put_tasks(connection, [task]))
    assert await TaskRepository(world.database).get("tsk_1") is not None
    (stored,) = await world.services.repositories.events.after()
    check_event(shown(stored.event))
    assert CUSTOMER_MOBILE not in json.dumps(shown(stored.event))


def test_the_settled_calls_check_is_documented() -> None:
    call = make_call()
    event = EventFactory(FakeClock()).call(EventType.CALL_SETTLED, call)
    event.data["quality"] = {"score": None, "findings": 0, "script_ids": []}
    check_event(shown(event))


def test_what_is_not_documented_is_noticed() -> None:
    event = shown(EventFactory(FakeClock()).call(EventType.CALL_ENDED, make_call()))
    with pytest.raises(ValidationError):
        check_event(event | {"data": event["data"] | {"secret": 1}})
    with pytest.raises(SchemaError):
        check_event(event | {"data": event["data"] | {"talk_s": "long"}})


@pytest.mark.parametrize("name", DataSchema)
def test_a_schema_takes_what_later_versions_add(name: DataSchema) -> None:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    assert '"additionalProperties": false' not in text
    assert '"enum"' not in text
    assert schema["$id"] == name.urn
    assert DATA_MODELS[name].model_config["extra"] == "forbid"


async def test_schemas_are_served_under_the_name_that_events_say(
    world: World, admin: dict[str, str]
) -> None:
    listed = (await world.client.get("/v1/events/schemas", headers=admin)).json()
    ListView[EventSchemaView].model_validate(listed)
    told = {kind for item in listed["items"] for kind in item["types"]}
    assert told == set(EventType)
    for item in listed["items"]:
        answer = await world.client.get(item["url"], headers=admin)
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$id"] == item["dataschema"]
    assert (await world.client.get("/v1/events/schemas/x", headers=admin)).status_code == 404


def test_the_checked_in_document_is_that_of_this_program() -> None:
    assert DOCUMENT.read_text() == render(), "python -m api.asyncapi > docs/asyncapi.json"


def test_every_reference_of_the_document_leads_somewhere() -> None:
    whole = document()

    def look(part: Any) -> None:
        if isinstance(part, list):
            for inner in part:
                look(inner)
        elif isinstance(part, dict):
            if "$ref" in part:
                found: Any = whole
                for step in part["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for inner in part.values():
                look(inner)

    look(whole)


def test_every_event_is_in_every_way_out() -> None:
    whole = document()
    told = {kind.value for kind in EventType if kind not in FOR_ONE}
    for channel in ("stream", "webhook", "eventsByType"):
        kinds = {
            whole["components"]["messages"][key]["name"]
            for key in whole["channels"][channel]["messages"]
        }
        assert kinds >= told
