"""The OpenAPI document: checked in, valid, and a word for everything in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.app import documented_app
from api.openapi import rendered
from tests.unit.api.conftest import World
from voicegw import __version__

CHECKED_IN = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as the code has it."""
    return documented_app(__version__).openapi()


def test_the_document_that_is_checked_in_is_that_of_the_code(document: dict[str, Any]) -> None:
    if CHECKED_IN.read_text("utf-8") != rendered(document):
        pytest.fail(
            "docs/openapi.json is not what the code says: run `make openapi`", pytrace=False
        )


async def test_the_node_serves_the_document(world: World) -> None:
    served = (await world.client.get("/openapi.json")).json()
    described = documented_app(world.services.options.version).openapi()
    assert served == json.loads(json.dumps(described))


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert not [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and description of each operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_field_and_parameter_has_a_meaning(document: dict[str, Any]) -> None:
    fields = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if not described.get("description")
    ]
    assert not fields, "say what they are in the schema, or in api/glossary.py"
    parameters = [
        f"{operation['operationId']}: {parameter['name']}"
        for _, _, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert not parameters, "say what they are in the route, or in api/glossary.py"


def test_nothing_is_said_of_null_where_there_is_none(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    told = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, one in schema.get("properties", {}).items()
        if "; null: " in one["description"] and not _may_be_null(one, schemas)
    ]
    assert not told, "words of another schema's field: say its own in api/glossary.py"


def _may_be_null(part: dict[str, Any], schemas: dict[str, Any]) -> bool:
    if "$ref" in part:
        return _may_be_null(schemas[part["$ref"].rpartition("/")[2]], schemas)
    inner = part.get("additionalProperties")
    kinds = part.get("anyOf", [part])
    if isinstance(inner, dict) and _may_be_null(inner, schemas):
        return True
    return any(one.get("type") == "null" or None in one.get("enum", ()) for one in kinds)


def test_answers_may_grow(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    answers = [name for name in schemas if name.endswith(("View", "List"))]
    assert not [name for name in answers if schemas[name].get("additionalProperties") is False]


def test_names_of_schemas_are_the_readers(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"]
    assert not [name for name in names if re.fullmatch(r"[A-Z][A-Za-z]+", name) is None]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references == set(names)


@pytest.mark.parametrize("name", ["_at", "_s"])
def test_times_and_durations_tell_their_unit(document: dict[str, Any], name: str) -> None:
    unit = {"_at": "RFC 3339", "_s": "econd"}[name]
    untold = [
        f"{schema}.{field}"
        for schema, described in document["components"]["schemas"].items()
        for field, one in described.get("properties", {}).items()
        if field.endswith(name) and unit not in one["description"]
    ]
    assert not untold


def test_every_operation_says_who_may_ask(document: dict[str, Any]) -> None:
    """A client that is generated sends what the operation asks for, and nothing else."""
    asked_by = {
        operation["operationId"]: {name for one in operation.get("security", ()) for name in one}
        for _, _, operation in operations(document)
    }
    public = {"getHealth", "getMetrics", "getReadiness", "logIn"}
    public |= {"beginOidcLogin", "finishOidcLogin", "listLoginMethods"}
    assert {name for name, schemes in asked_by.items() if not schemes} == public
    own = {"logOut", "changePassword", "listSessions", "endSession"}
    own |= {"beginSecondFactor", "confirmSecondFactor", "removeSecondFactor"}
    assert {name for name, schemes in asked_by.items() if schemes == {"session"}} == own
    assert asked_by["whoAmI"] == {"key", "session"}


def test_examples_are_what_their_schemas_describe(document: dict[str, Any]) -> None:
    bad = [
        f"{place}: {error.message}"
        for place, schema in schemas_with_examples(document, "")
        for example in schema["examples"]
        for error in Draft202012Validator(
            {"components": document["components"], **schema}, format_checker=FormatChecker()
        ).iter_errors(example)
    ]
    assert not bad


def schemas_with_examples(found: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema that gives examples, and where it is."""
    if isinstance(found, dict):
        if isinstance(found.get("examples"), list):
            yield place, found
        for name, inner in found.items():
            yield from schemas_with_examples(inner, f"{place}/{name}")
    elif isinstance(found, list):
        for index, inner in enumerate(found):
            yield from schemas_with_examples(inner, f"{place}/{index}")


def test_enumerations_of_answers_say_that_they_grow(document: dict[str, Any]) -> None:
    """Who generates a client learns at the value itself that others may come."""
    schemas = document["components"]["schemas"]
    answers = json.dumps({name: one for name, one in schemas.items() if name.endswith("View")})
    closed = [
        name
        for name, schema in schemas.items()
        if "enum" in schema
        and f'schemas/{name}"' in answers
        and "More values may come" not in schema["description"]
    ]
    assert not closed
