"""A flow as its file says it."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Final

import msgspec

from ivr.flow.vocabulary import Step
from ivr.verbs.set import Language
from ivr.verbs.verb import NAME, StepName, Text, VariableName

MAX_SOURCE_BYTES: Final = 64 << 10
MAX_STEPS: Final = 500


class FlowDocument(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"name": "flow"}
):
    """The whole file."""

    name: Annotated[str, msgspec.Meta(pattern=NAME, description="What hotlines call the flow.")]
    description: Annotated[str, msgspec.Meta(max_length=500, description="For people.")] = ""
    languages: Annotated[
        tuple[Language, ...],
        msgspec.Meta(
            max_length=10,
            description="What it can be heard in, the first unless `set` says otherwise; "
            "without it what the node speaks.",
        ),
    ] = ()
    variables: Annotated[
        dict[VariableName, Text],
        msgspec.Meta(description="All variables with what they hold at first."),
    ] = msgspec.field(default_factory=dict)
    start: Annotated[StepName, msgspec.Meta(description="Where it begins.")]
    steps: Annotated[
        dict[StepName, Step],
        msgspec.Meta(min_length=1, max_length=MAX_STEPS, description="All steps by name."),
    ]


def flow_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a flow's file."""
    schema = msgspec.json.schema(FlowDocument)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A flow of voicegw",
        **schema,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n")
