"""Holds events to what the API says of them: each field, each value, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from api.schemas.calls import EventView
from api.schemas.events import DATA_MODELS, json_schema
from voicegw.events.catalogue import CATALOGUE, DataSchema
from voicegw.model.event import EventType


@cache
def _validator(name: DataSchema) -> Draft202012Validator:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check_event(event: Mapping[str, Any]) -> None:
    """Raise ValidationError unless `event`, as the API gives it, is as documented.

    Its data passes the JSON Schema that its `dataschema` names, and the model that this was made
    from, which knows no field or value that is not documented.
    """
    EventView.model_validate(event)
    name = CATALOGUE[EventType(event["type"])].data
    assert event["dataschema"] == name.urn
    _validator(name).validate(event["data"])
    DATA_MODELS[name].model_validate(event["data"])


def check_events(events: Iterable[Mapping[str, Any]]) -> None:
    """Raise for the first of `events` that is not as documented."""
    for event in events:
        check_event(event)
