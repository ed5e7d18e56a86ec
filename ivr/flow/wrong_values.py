"""What is wrong with one value of a flow: in words, and by kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ivr.flow.source import Path
from ivr.verbs.sentences import ONE_OF
from ivr.verbs.verb import NAME
from voicegw.field_faults import FaultKind, FaultParam

KEY: Final = r"^[0-9*#]$"
NAME_WORDS: Final = (
    "a word of small letters, digits and underscores, at most 40, that begins with a letter"
)
NAME_EXAMPLE: Final = "main_menu"
_PATTERNS: Final = {KEY: "one key: 0 to 9, * or #", NAME: NAME_WORDS}
_EXAMPLES: Final = {KEY: "1", NAME: NAME_EXAMPLE}
#: By the type that was expected, where it is not text.
_TYPES: Final[Mapping[str, FaultKind]] = {
    "int": "not-whole",
    "float": "not-a-number",
    "bool": "not-a-boolean",
}
_LIMIT: Final = re.compile(r"^Expected `(\w+)`( of length)? (>=|<=|>|<) (-?[0-9.]+)$")
_EXPECTED: Final = re.compile(r"^Expected `(\w+)(?:[ |`]|$)")
#: The kind, and what its value is called, by what is compared and how.
_BY_LIMIT: Final[Mapping[tuple[bool, str], tuple[FaultKind, str]]] = {
    (False, ">="): ("too-small", "min"),
    (False, ">"): ("too-small", "above"),
    (False, "<="): ("too-great", "max"),
    (False, "<"): ("too-great", "below"),
    (True, ">="): ("too-short", "min"),
    (True, "<="): ("too-long", "max"),
}
_OF_LISTS: Final[Mapping[FaultKind, FaultKind]] = {"too-short": "too-few", "too-long": "too-many"}


def place_in(message: str) -> Path:
    """Return where below the field it is wrong, from msgspec's `… - at `$[0]``."""
    found = re.search(r"at `(?:key in )?\$(.*?)`$", message)
    if found is None:
        return ()
    return tuple(re.findall(r"[A-Za-z0-9_]+", found.group(1)))


def reason_of(message: str) -> str:
    """Return in words what msgspec says."""
    text = message.partition(" - at ")[0]
    for pattern, words in _PATTERNS.items():
        text = text.replace(f"`str` matching regex {pattern!r}", words)
    return text[:1].lower() + text[1:].replace("`", "")


def kind_of(message: str, wanted: Any) -> tuple[FaultKind, dict[str, FaultParam]]:
    """Return the kind of what msgspec says of a value that is to be `wanted`, and its values."""
    text = message.partition(" - at ")[0]
    if (limit := _LIMIT.match(text)) is not None:
        return _beyond(*limit.groups())
    if "matching regex" in text:
        example = next((one for key, one in _EXAMPLES.items() if text.endswith(f"{key!r}")), None)
        return "pattern", {} if example is None else {"example": example}
    if text.startswith("Invalid enum value"):
        allowed = ", ".join(map(str, _schema_of(wanted).get("enum", ())))
        return "not-one-of", {"allowed": allowed} if allowed else {}
    if text.startswith(ONE_OF):
        return "choose-one", {"fields": text.removeprefix(ONE_OF)}
    return _of_type(text), {}


def _beyond(
    of: str, length: str | None, sign: str, number: str
) -> tuple[FaultKind, dict[str, FaultParam]]:
    kind, name = _BY_LIMIT[length is not None, sign]
    if of in {"array", "object"}:
        kind = _OF_LISTS.get(kind, kind)
    value = float(number)
    return kind, {name: value if value % 1 else int(value)}


def _of_type(text: str) -> FaultKind:
    if text.startswith("Object contains unknown field"):
        return "unknown-field"
    if text.startswith("Object missing required field"):
        return "missing"
    expected = _EXPECTED.match(text)
    return "other" if expected is None else _TYPES.get(expected.group(1), "wrong-type")


def wanted_by(wanted: Any) -> str:
    """Return in words what a field takes."""
    schema = _schema_of(wanted)
    limits = ", ".join(
        f"{word} {schema[key]}"
        for key, word in (
            ("exclusiveMinimum", "more than"),
            ("minimum", "at least"),
            ("maximum", "at most"),
            ("minItems", "at least"),
            ("maxItems", "at most"),
        )
        if key in schema
    )
    if "enum" in schema:
        return "one of: " + ", ".join(map(str, schema["enum"]))
    kind = {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list, such as [one, two]",
        "object": "lines of `name: value`",
    }.get(str(schema.get("type")), "a value")
    note = str(schema.get("description", "")).rstrip(".")
    return f"{kind}{f' ({limits})' if limits else ''}{f': {note}' if note else ''}"


def _schema_of(wanted: Any) -> dict[str, Any]:
    schema = msgspec.json.schema(wanted)
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        schema = next(one for one in schema["anyOf"] if one.get("type") != "null") | {
            key: value for key, value in schema.items() if key == "description"
        }
    return schema
