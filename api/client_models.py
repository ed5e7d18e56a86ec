"""The models of the typed client, written from the OpenAPI document.

`python -m api.client_models DOCUMENT FOLDER` writes two modules an area, models and enumerations;
those of `docs/openapi.json` are checked in at `voicegw/client/models`, and compared by a test.

Answers are open, as the document says: fields that are not known are passed over, values of
enumerations that are not known are kept, and what may be null may be absent. Requests leave out
what was not given, so that the gateway's own defaults hold.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

AREAS: Final[Mapping[str, frozenset[str]]] = {
    "calls": frozenset({"getCall", "listCalls", "hangUpCall", "putCallDisposition"}),
    "events": frozenset({"listEvents"}),
    "recordings": frozenset({"listRecordings", "getRecording", "getTranscript"}),
    "directory": frozenset(
        {"getCustomer", "listCustomers", "putCustomerByExternalId", "syncCustomers"}
        | {"listGroups", "putGroupByExternalId", "listManagers", "putManagerByExternalId"}
    ),
    "tasks": frozenset(
        {"createTask", "getTask", "listTasks", "putTaskByExternalId", "putTaskResult"}
        | {"changeTask", "getNextTasks", "listTaskHistory"}
    ),
    "task_types": frozenset({"listTaskTypes", "getTaskType"}),
    "assigning": frozenset({"assignTasks", "getAssignment"}),
    "plans": frozenset(
        {"putPlanByExternalId", "getPlan", "listPlans", "startPlanRun", "getPlanRun"}
        | {"listPlanRunItems"}
    ),
    "triggers": frozenset({"tellTrigger", "getTrigger", "listTriggers"}),
    "reports": frozenset({"getReport"}),
    "webhooks": frozenset(
        {"createWebhook", "listWebhooks", "getWebhook", "listWebhookDeliveries", "replayWebhook"}
    ),
}
"""The operations whose models the client has, by the module that holds them."""

#: Operations whose parameters are handed over as a dictionary: lists, and reports.
_FILTERED: Final = frozenset(
    name for names in AREAS.values() for name in names if name.startswith("list")
) | {"getReport"}

SHARED: Final = "shared"
"""The module of what several areas need."""

#: Made by the client itself: errors are exceptions, lists are iterators.
_LEFT_OUT: Final = frozenset({"ProblemView", "CustomerSyncBody"})
#: Names that would be those of others.
_NAMES: Final[Mapping[str, str]] = {"TaskTypeView": "TaskTypeRules"}
#: Parameters that are no filters: the client's iterators give them.
_PAGING: Final = frozenset({"limit", "cursor", "after"})
_SIMPLE: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_HEAD: Final = (
    '"""{about}, as docs/openapi.json has them. Written by `make client`."""\n\n'
    "from __future__ import annotations\n\n"
)


def sources(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of each module by its file name, for an OpenAPI 3.1 document."""
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    places = _places(document)
    enums = sorted(name for name in places if "enum" in schemas[name])
    texts = {}
    of_areas = {}
    for area in (*AREAS, SHARED):
        of_areas[area] = [name for name in enums if places[name] == area]
        if of_areas[area]:
            texts[f"enums/{area}.py"] = _enums(schemas, of_areas[area], area)
        names = sorted(name for name in places if places[name] == area and name not in enums)
        if names:
            texts[f"{area}.py"] = _structs(schemas, names, area, places, enums)
    texts["enums/__init__.py"] = _exports("Enumerations", "enums.", of_areas)
    texts["filters.py"] = _filters(document)
    texts["__init__.py"] = _package(places, enums)
    return texts


def _places(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the module of each schema that the client's operations lead to."""
    schemas = document["components"]["schemas"]
    operations = {
        one["operationId"]: one for path in document["paths"].values() for one in path.values()
    }
    found: dict[str, str] = {}
    for area, ids in AREAS.items():
        for name in _reached(schemas, (operations[one] for one in sorted(ids))):
            found[name] = area if found.get(name, area) == area else SHARED
    for name in [name for name, place in found.items() if place == SHARED]:
        found |= dict.fromkeys(_reached(schemas, [schemas[name]]), SHARED)
    kept = (name for name in found if not name.endswith("List") and name not in _LEFT_OUT)
    return {name: found[name] for name in kept}


def _reached(schemas: Mapping[str, Any], parts: Iterable[Any]) -> set[str]:
    """Return the names of the schemas that parts of the document lead to."""
    found: set[str] = set()
    waiting = [name for part in parts for name in _references(part)]
    while waiting:
        name = waiting.pop()
        if name not in found and name != "ProblemView":
            found.add(name)
            waiting += _references(schemas[name])
    return found


def _references(part: Any) -> Iterator[str]:
    """Yield the names of all schemas that a part of the document names."""
    if isinstance(part, dict):
        if "/schemas/" in part.get("$ref", ""):
            yield part["$ref"].rpartition("/")[2]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _python_name(schema: str) -> str:
    return _NAMES.get(schema, schema.removesuffix("View"))


def _enums(schemas: Mapping[str, Any], names: list[str], area: str) -> str:
    classes = []
    for name in names:
        about = schemas[name].get("description", f"Values of {name}.")
        values = [
            f"    {value.upper().replace('-', '_').replace('.', '_')} = {json.dumps(value)}"
            for value in schemas[name]["enum"]
        ]
        classes.append("\n".join([f"class {name}(OpenEnum):", _docstring(about), "", *values]))
    imports = "from voicegw.client.open_enum import OpenEnum\n\n\n"
    about = {SHARED: "Enumerations that several areas have"}.get(area, f"Enumerations of {area}")
    return _HEAD.format(about=about) + imports + "\n\n\n".join(classes) + "\n"


def _structs(
    schemas: Mapping[str, Any],
    names: list[str],
    area: str,
    places: Mapping[str, str],
    enums: list[str],
) -> str:
    """Return a module of an area: its classes, and imports of what they refer to."""
    body = "\n\n\n".join(_struct(name, schemas[name]) for name in names) + "\n"
    used = {name for one in names for name in _references(schemas[one]) if name in places}
    # What a field with a literal among its kinds refers to becomes a plain string.
    used = {name for name in used if _python_name(name) in _annotations(body)}
    imports = _of_datetime(body)
    imports += ["from typing import Any"] if "Any" in _annotations(body) else []
    imports += ["", "import msgspec"] if imports else ["import msgspec"]
    if "UNSET" in body:
        imports.append("from msgspec import UNSET, UnsetType")
    own = [
        _import("enums", [name for name in used if name in enums]),
        _import(SHARED, [name for name in used if places[name] == SHARED and name not in enums])
        if area != SHARED
        else "",
    ]
    if any(own):
        imports += ["", *(line for line in own if line)]
    about = {SHARED: "What several areas have"}.get(area, f"Models of {area}")
    return _HEAD.format(about=about) + "\n".join(imports) + "\n\n\n" + body


def _of_datetime(body: str) -> list[str]:
    """Return the import of the kinds of times that a module's fields have."""
    kinds = [one for one in ("date", "datetime") if one in _annotations(body)]
    return [f"from datetime import {', '.join(kinds)}"] if kinds else []


def _annotations(body: str) -> set[str]:
    """Return every name in the annotations of a module's fields."""
    annotations = re.findall(r"^    \w+: ([^=\n]+)", body, re.MULTILINE)
    return {name for one in annotations for name in re.findall(r"\w+", one)}


def _import(module: str, names: list[str]) -> str:
    """Return the import of schemas from a module of the models, in ruff's own form."""
    if not names:
        return ""
    listed = sorted((_python_name(name) for name in names), key=str.lower)
    line = f"from voicegw.client.models.{module} import {', '.join(listed)}"
    if len(line) <= 100:
        return line
    return (
        f"from voicegw.client.models.{module} import (\n"
        + "".join(f"    {name},\n" for name in listed)
        + ")"
    )


def _package(places: Mapping[str, str], enums: list[str]) -> str:
    """Return the package's own module, from which everything can be had."""
    modules = {area: [one for one in places if places[one] == area] for area in (*AREAS, SHARED)}
    imports = {
        area: [name for name in names if name not in enums] for area, names in modules.items()
    }
    imports["enums"] = enums
    return _exports("All models", "", imports)


def _exports(about: str, package: str, modules: Mapping[str, list[str]]) -> str:
    """Return a package's own module, from which all that its modules have can be had."""
    lines = [_import(f"{package}{one}", names) for one, names in sorted(modules.items()) if names]
    names = sorted(_python_name(one) for names in modules.values() for one in names)
    exported = "".join(f'    "{name}",\n' for name in names)
    return _HEAD.format(about=about) + "\n".join(lines) + f"\n\n__all__ = [\n{exported}]\n"


def _filters(document: Mapping[str, Any]) -> str:
    """Return the module of the filters of every list, as dictionaries with types."""
    lists = {
        operation["operationId"]: operation.get("parameters", [])
        for path in document["paths"].values()
        for method, operation in path.items()
        if method == "get" and operation["operationId"] in _FILTERED
    }
    classes: list[str] = []
    enums: set[str] = set()
    for name, parameters in sorted(lists.items()):
        lines = []
        for one in parameters:
            if one["in"] == "query" and one["name"] not in _PAGING:
                kinds = [kind for kind in _kinds(one["schema"]) if kind != "None"]
                enums |= set(_references(one["schema"]))
                field = f"{one['name']}_" if keyword.iskeyword(one["name"]) else one["name"]
                kind = " | ".join([*kinds, *(["str"] if "$ref" in str(one["schema"]) else [])])
                lines += [*_comment(one.get("description", "")), f"    {field}: {kind}"]
        if lines:
            plural = name.removeprefix("list").removeprefix("get")
            one_of = re.sub("ies$", "y", plural).removesuffix("s")
            title = f"{one_of}Filters"
            about = f"Filters of {name}. A name that ends in _ is a word of Python's."
            opening = [f"class {title}(TypedDict, total=False):", _docstring(about), ""]
            classes.append("\n".join([*opening, *lines]))
    own = _import("enums", sorted(enums & _places(document).keys()))
    body = "\n\n\n".join(classes) + "\n"
    head = [*_of_datetime(body), "from typing import TypedDict", "", own]
    return _HEAD.format(about="Filters of lists") + "\n".join(head) + f"\n\n\n{body}"


def _struct(name: str, schema: Mapping[str, Any]) -> str:
    is_request = schema.get("additionalProperties") is False
    about = schema.get("description", f"{_python_name(name)}, as the gateway has it.")
    options = "kw_only=True, omit_defaults=True" if is_request else "kw_only=True, frozen=True"
    lines = [f"class {_python_name(name)}(msgspec.Struct, {options}):", _docstring(about), ""]
    required = schema.get("required", [])
    for field, part in sorted(schema["properties"].items()):
        kinds = _kinds(part)
        if is_request and field not in required:
            default: str | None = "UNSET"
            kinds.append("UnsetType")
        else:
            default = _default(kinds)
        kind = " | ".join(sorted(kinds, key=lambda one: (one == "None", one == "UnsetType")))
        lines += _comment(part.get("description", ""))
        lines.append(f"    {_attribute(field)}: {kind}{_assigned(field, default)}")
    return "\n".join(lines)


def _default(kinds: list[str]) -> str | None:
    """Return what a field of an answer is when it is absent; None when it never is."""
    if "None" in kinds:
        return "None"
    for made in ("list", "dict"):
        if kinds[0].startswith(f"{made}["):
            return f"msgspec.field(default_factory={made})"
    return None


def _attribute(field: str) -> str:
    return f"{field}_" if keyword.iskeyword(field) else field


def _assigned(field: str, default: str | None) -> str:
    if not keyword.iskeyword(field):
        return "" if default is None else f" = {default}"
    given = "" if default is None else f", default={default}"
    return f' = msgspec.field(name="{field}"{given})'


def _kinds(part: Mapping[str, Any]) -> list[str]:
    """Return the annotations that a schema allows."""
    choices = part.get("anyOf") or part.get("oneOf")
    if choices is None:
        return [_kind(part)]
    kinds = list(dict.fromkeys(_kind(one) for one in choices))
    if "str" not in kinds:
        return kinds
    # Where any string may come, naming some of them promises nothing; an object is another thing.
    return [kind for kind in kinds if kind in ("str", "None") or kind.endswith("Body")]


def _kind(part: Mapping[str, Any]) -> str:
    """Return the annotation of a schema that is no choice."""
    if "$ref" in part:
        return _python_name(part["$ref"].rpartition("/")[2])
    kind = part.get("type")
    if kind == "array":
        return f"list[{' | '.join(_kinds(part.get('items', {})))}]"
    if kind == "string" and part.get("format") == "date-time":
        return "datetime"
    if kind == "string" and part.get("format") == "date":
        return "date"
    return {**_SIMPLE, "null": "None", "object": "dict[str, Any]"}.get(str(kind), "Any")


def _docstring(text: str) -> str:
    return textwrap.indent("\n".join(textwrap.wrap(f'"""{text}"""', 96)), "    ")


def _comment(text: str) -> list[str]:
    return [f"    #: {line}" for line in textwrap.wrap(text, 93)]


def main() -> None:
    """Write the modules for the document that is named first into the folder named second."""
    document = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for name, text in sources(document).items():
        path = Path(sys.argv[2]) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
