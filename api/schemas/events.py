"""The data of events: resources as they were, as a JSON Schema for each (`dataschema`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel, Field, create_model

from api.schemas.base import ViewModel
from api.schemas.calls import CallView, LegView
from api.schemas.dialling import DiallingView
from api.schemas.handovers import ShareView
from api.schemas.plans import PlanRunView
from api.schemas.quality import QualityView
from api.schemas.recordings import RecordingView
from api.schemas.tasks import TaskView
from api.schemas.transcripts import TranscriptView
from voicegw.events.catalogue import CATALOGUE, DataSchema
from voicegw.model.event import FROM_THE_CALL, EventType
from voicegw.model.handover import LeftOutReason, RecipientKind
from voicegw.model.report import ReportKind
from voicegw.model.report_file import FileFormat, FileState

_OF_CALL: Final = "The call's"
_SEQUENCE: Final = "Rises by one with each event of its subject"


def _event_data(
    name: str, view: type[BaseModel], *left_out: str, of_call: Collection[str] = FROM_THE_CALL
) -> type[BaseModel]:
    """Return the model of a resource's events: its view with `sequence`, without `left_out`.

    It has what the events tell `of_call` as well.
    """
    fields: dict[str, Any] = {
        field: (info.annotation, info)
        for field, info in view.model_fields.items()
        if field not in left_out
    }
    for field in of_call:
        fields[field] = (str | None, Field(description=_OF_CALL))
    fields["sequence"] = (int, Field(description=_SEQUENCE))
    return create_model(name, __base__=ViewModel, __doc__=view.__doc__, **fields)


class CheckedTalkView(ViewModel):
    """What the check of a talk came to, in short."""

    score: float | None = Field(description="0 to 100; null where no script applies")
    findings: int = Field(description="How many findings are more than information")
    script_ids: list[str]


class CallData(CallView):
    """A call as it was."""

    quality: CheckedTalkView | None = Field(
        default=None, description="In `call.settled` only; null: the talk was not checked"
    )


class LegData(LegView):
    """A leg as it was, and which call's it is."""

    call_id: str
    client_state: str | None = Field(description=_OF_CALL)
    task_id: str | None = Field(description=_OF_CALL)
    sequence: int = Field(description="The call's; " + _SEQUENCE.lower())


class SealsData(ViewModel):
    """The signed head of a node's chain of recordings: whoever keeps it can prove changes."""

    head: dict[str, Any] = Field(description="What is signed, in canonical form (RFC 8785)")
    signature: str = Field(description="Ed25519, base64")
    sequence: int = Field(description="0: heads are ordered by their number")


class LeftOutCountView(ViewModel):
    """How many customers stayed with their owner for one reason."""

    reason: LeftOutReason
    customers: int


class AssignmentData(ViewModel):
    """A handover that is done. Which customers went to whom, each one's history tells."""

    handover_id: str
    from_manager_id: str
    kind: RecipientKind
    switched_at: datetime | None = Field(description="When the new owners began")
    moved: int = Field(description="How many customers have another owner")
    shares: list[ShareView] = Field(description="How many went to whom")
    left_out: list[LeftOutCountView] = Field(description="How many stayed, and why")
    sequence: int = Field(description="0: a handover has one event")


class ReportData(ViewModel):
    """A scheduled report that has ended."""

    file_id: str = Field(description="`GET /v1/report-files/{file_id}/content`")
    schedule_id: str = Field(description="The schedule by which it is made")
    report: ReportKind = Field(description="What it is about")
    from_: date = Field(alias="from", description="First local day")
    until: date = Field(description="The local day after the last")
    format: FileFormat = Field(description="What the file is")
    state: FileState = Field(description="completed, or failed: `failure` says why")
    failure: str | None = Field(description="A slug; null where nothing went wrong")
    rows: int | None = Field(description="Rows of the report; null: not made")
    size_bytes: int | None = Field(description="Size of the file; null: not made")
    sha256: str | None = Field(description="SHA-256 of the file, hexadecimal")
    sequence: int = Field(description="0: a file has one event")


class AlertData(ViewModel):
    """What needs an operator's care."""

    subject: str = Field(description="Node and alert", examples=["node-1/store-away"])
    detail: str = Field(description="More of it, for people; empty when it is cleared")
    sequence: int = Field(description="0: alerts are ordered by their place in the outbox")


class WebhookData(ViewModel):
    """The webhook that is tried."""

    webhook_id: str
    sequence: int = Field(description="0")


DATA_MODELS: Final[Mapping[DataSchema, type[BaseModel]]] = {
    DataSchema.CALL: CallData,
    DataSchema.LEG: LegData,
    DataSchema.RECORDING: _event_data("RecordingData", RecordingView, "matches"),
    DataSchema.SEALS: SealsData,
    DataSchema.TRANSCRIPT: _event_data("TranscriptData", TranscriptView, "segments"),
    DataSchema.QUALITY: _event_data("QualityData", QualityView),
    DataSchema.ASSIGNMENT: AssignmentData,
    DataSchema.TASK: _event_data(
        "TaskData",
        TaskView,
        "customer_number",
        "customer_masked",
        of_call=["client_state"],
    ),
    DataSchema.DIALLING: _event_data("DiallingData", DiallingView, of_call=()),
    DataSchema.PLAN_RUN: _event_data("PlanRunData", PlanRunView),
    DataSchema.REPORT: ReportData,
    DataSchema.ALERT: AlertData,
    DataSchema.WEBHOOK: WebhookData,
}
"""What `data` of an event is, by the name in its `dataschema`."""


class EventSchemaView(ViewModel):
    """The schema of the data of some types of events."""

    dataschema: str = Field(
        description="What their `dataschema` says", examples=["urn:voicegw:schema:call:v1"]
    )
    url: str = Field(description="Where the JSON Schema is", examples=["/v1/events/schemas/call"])
    types: list[EventType] = Field(description="The types of events that have it")


def json_schema(name: DataSchema) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the data of events; its `$id` is their `dataschema`.

    It is open: fields and values that are not in it may come with later versions.
    """
    document = DATA_MODELS[name].model_json_schema(
        mode="serialization", ref_template="#/$defs/{model}"
    )
    _open(document)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name.urn,
        **document,
    }


def types_of(name: DataSchema) -> list[EventType]:
    """Return the types of events whose data has this schema."""
    return [kind for kind, about in CATALOGUE.items() if about.data is name]


def _open(schema: Any) -> None:
    """Allow what later versions add: further fields, and further values of enumerations."""
    if isinstance(schema, list):
        for part in schema:
            _open(part)
    elif isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        if isinstance(schema.get("enum"), list):
            schema["x-extensible-enum"] = schema.pop("enum")
        for part in schema.values():
            _open(part)
