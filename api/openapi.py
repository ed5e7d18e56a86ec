"""The OpenAPI document: what every route takes and answers, as programs read it.

`docs/openapi.json` is the one of this version; `python -m api.openapi FILE` writes it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.common_problems import add_common_problems
from api.dependencies import PROBLEM_RESPONSE
from api.glossary import explain
from api.schemas.base import ProblemView

_LIST: Final = re.compile(r"ListView_(\w+?)(?:View)?_")

_STARTS_CALLS: Final = frozenset({"startCall", "callTask"})
_MAKES: Final = ("create", "put", *_STARTS_CALLS)
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds after which to try again, where waiting helps",
        "schema": {"type": "integer", "minimum": 1},
    }
}
#: Written once in the document, and referred to: most operations have eight such answers.
_SHARED: Final[dict[str, Any]] = {
    "Problem": PROBLEM_RESPONSE,
    "ProblemForNow": PROBLEM_RESPONSE | {"headers": _RETRY_AFTER},
}
_GROWS: Final = " More values may come: clients pass over those that they don't know."
_LOCATION: Final = {
    "Location": {"description": "The path of what was made", "schema": {"type": "string"}}
}

TAGS: Final[list[dict[str, Any]]] = [
    {"name": "calls", "description": "Start calls, follow them, end them."},
    {"name": "recordings", "description": "What was said, as far as the key may hear it."},
    {"name": "directory", "description": "Groups, hotlines, managers, customers, imports."},
    {"name": "flows", "description": "What callers hear and are asked, as files."},
    {"name": "prompts", "description": "The sentences that callers hear, and own recordings."},
    {"name": "events", "description": "What happened, in commit order."},
    {"name": "webhooks", "description": "Events posted to receivers, and what became of each."},
    {
        "name": "quality",
        "description": "Scripts, findings, scorecards, samples, reviews, their report.",
    },
    {"name": "tasks", "description": "What is to be done for customers, and what came of it."},
    {"name": "reports", "description": "Figures of calls and tasks, by days, people, places."},
    {"name": "audit", "description": "Who heard, read, exported and changed what."},
    {"name": "keys", "description": "API keys; administrators only."},
    {"name": "users", "description": "People who log in; administrators only."},
    {"name": "session", "description": "Logging in and out, passwords, second factors."},
    {"name": "system", "description": "Probes and figures."},
]
DESCRIPTION: Final = (
    "Calls between account managers and their customers through one number, recorded.\n\n"
    "Send `Authorization: Bearer vgw_…`. Times are RFC 3339 in UTC, durations seconds, numbers"
    " strings in E.164 or short codes. Clients ignore fields and values that they don't know."
)


def describe(app: FastAPI) -> None:
    """Have the OpenAPI document of `app` describe problems the way they are sent."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
                separate_input_output_schemas=False,
            )
            _, definitions = models_json_schema(
                [(ProblemView, "serialization")], ref_template="#/components/schemas/{model}"
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(definitions["$defs"])
            # What FastAPI would have answered on its own; here every error is a problem.
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            _refer_to_items(document)
            explain(document)
            _name_lists(document)
            _leave_open(document)
            add_common_problems(document, PROBLEM_RESPONSE)
            _describe_headers(document)
            _share_problems(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_headers(document: dict[str, Any]) -> None:
    """Say which headers answers carry besides those that their routes describe; works in place."""
    for item in document["paths"].values():
        for operation in item.values():
            answers = operation["responses"]
            for status in ("429", "503"):
                if status in answers and "content" in answers[status]:
                    answers[status] = answers[status] | {"headers": _RETRY_AFTER}
            made = "202" if operation["operationId"] in _STARTS_CALLS else "201"
            if made in answers and operation["operationId"].startswith(_MAKES):
                headers = answers[made].get("headers", {}) | _LOCATION
                answers[made] = answers[made] | {"headers": headers}


def _share_problems(document: dict[str, Any]) -> None:
    """Have each answer that is nothing but a problem refer to the one that says so, in place."""
    document["components"]["responses"] = _SHARED
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                for name, one in _SHARED.items():
                    if answer == one:
                        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _refer_to_items(document: dict[str, Any]) -> None:
    """Name the items of lists that are looked at one by one: pydantic writes them out in place."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for described in schema.get("properties", {}).values():
            name = described.get("items", {}).get("title")
            if name in schemas and "properties" in described["items"]:
                described["items"] = {"$ref": f"#/components/schemas/{name}"}


def _name_lists(document: dict[str, Any]) -> None:
    """Call a page of calls `CallList`, and let answers grow: clients ignore what they don't know.

    Works in place.
    """
    schemas = document["components"]["schemas"]
    names = {name: f"{found[1]}List" for name in schemas if (found := _LIST.fullmatch(name))}
    for name in list(schemas):
        schema = schemas.pop(name)
        if name.endswith("View") or name in names:
            schema.pop("additionalProperties", None)
        new = names.get(name, name)
        schemas[new] = schema | ({"title": new} if name in names else {})
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation["responses"].values():
                for body in answer.get("content", {}).values():
                    reference = body.get("schema", {}).get("$ref", "")
                    place, _, name = reference.rpartition("/")
                    if name in names:
                        body["schema"]["$ref"] = f"{place}/{names[name]}"


def _leave_open(document: dict[str, Any]) -> None:
    """Say of each enumeration in an answer that it grows; works in place.

    Generators of clients make closed types of `enum`: who runs one reads it here in time.
    """
    schemas = document["components"]["schemas"]
    answers = json.dumps({name: one for name, one in schemas.items() if name.endswith("View")})
    for name, schema in schemas.items():
        if "enum" in schema and f'schemas/{name}"' in answers:
            schema["description"] = f"{schema.get('description', '')}{_GROWS}".strip()


def rendered(document: dict[str, Any]) -> str:
    """Return the document as it is checked in: in one order, so that changes can be read."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document of this version to the file that is named."""
    from api.app import documented_app  # noqa: PLC0415 - which needs this module
    from voicegw import __version__  # noqa: PLC0415

    Path(sys.argv[1]).write_text(rendered(documented_app(__version__).openapi()), "utf-8")


if __name__ == "__main__":
    main()
