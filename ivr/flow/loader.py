"""From plain values to a flow, as far as it can be understood. Pure.

Every wrong field is told, and what can't be used is left out, so that the rest is checked as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from ivr.flow.model import MAX_STEPS, FlowDocument
from ivr.flow.source import Finding, Path, Source, read
from ivr.flow.vocabulary import VERBS
from ivr.verbs.verb import NAME, Verb

_PATTERNS: Final = {
    r"^[0-9*#]$": "one key: 0 to 9, * or #",
    NAME: "a word of small letters, digits and underscores, at most 40, that begins with a letter",
}


@dataclass(slots=True)
class Draft:
    """A flow that may be wrong.

    `broken` are the steps that can't be used, each with the steps that it may lead to.
    """

    source: Source
    name: str = ""
    description: str = ""
    languages: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    start: str | None = None
    steps: dict[str, Verb] = field(default_factory=dict)
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def targets(self, step: str) -> tuple[str, ...]:
        """Return where `step` may lead, known steps or not."""
        if step in self.steps:
            return tuple(edge.target for edge in self.steps[step].edges())
        return self.broken.get(step, ())

    def has(self, step: str) -> bool:
        """Whether the file has a step of that name, be it broken."""
        return step in self.steps or step in self.broken


def load(text: str) -> Draft:
    """Read the text of a flow; never raises: what is wrong stands in `findings`."""
    source = read(text)
    draft = Draft(source, findings=list(source.findings))
    value = source.value
    if value is None and draft.findings:
        return draft
    if not isinstance(value, dict):
        draft.findings.append(Finding(1, "no flow", "begin with `flow:` and a name"))
        return draft
    head = {key: one for key, one in value.items() if key != "steps"}
    fields = {one.encode_name: one for one in msgspec.structs.fields(FlowDocument)}
    del fields["steps"]
    given = _convert(head, fields, (), draft, None)
    draft.name = str(given.get("flow", ""))
    draft.description = str(given.get("description", ""))
    draft.languages = tuple(given.get("languages", ()))
    draft.variables = dict(given.get("variables", {}))
    draft.start = given.get("start")
    _load_steps(value.get("steps"), draft)
    return draft


def _load_steps(value: Any, draft: Draft) -> None:
    line = draft.source.line("steps")
    if not isinstance(value, dict) or not value:
        draft.findings.append(Finding(line, "steps: missing", "give each step a name and a verb"))
        return
    if len(value) > MAX_STEPS:
        draft.findings.append(
            Finding(line, f"more than {MAX_STEPS} steps", "split it into several flows")
        )
        return
    for name, step in value.items():
        before = len(draft.findings)
        verb = _load_step(name, step, draft)
        if verb is None or len(draft.findings) > before:
            draft.broken[name] = tuple(_names_within(step, value))
        else:
            draft.steps[name] = verb


def _load_step(name: str, value: Any, draft: Draft) -> Verb | None:
    path = ("steps", name)
    line = draft.source.line(*path)

    def found(what: str, mend: str) -> None:
        draft.findings.append(Finding(line, f"{name}: {what}", mend, name))

    if not re.match(NAME, name):
        found("no name for a step", f"give it {_PATTERNS[NAME]}")
    if not isinstance(value, dict):
        found("no step", "write `do:` and a verb, then its fields")
        return None
    word = value.get("do")
    verb = VERBS.get(word) if isinstance(word, str) else None
    if verb is None:
        near = get_close_matches(str(word), VERBS, 1)
        mend = f"did you mean {near[0]}?" if near else f"use one of: {', '.join(VERBS)}"
        found("no verb" if word is None else f"{word} is no verb", f"do: {mend}")
        return None
    fields = {one.encode_name: one for one in msgspec.structs.fields(verb)}
    rest = {key: one for key, one in value.items() if key != "do"}
    before = len(draft.findings)
    given = _convert(rest, fields, path, draft, name)
    if len(draft.findings) > before:
        return None
    step = verb(**{fields[key].name: one for key, one in given.items()})
    for fault in step.faults():
        where = draft.source.line(*path, fault.field)
        draft.findings.append(Finding(where, f"{name}: {fault.what}", fault.mend, name))
    return step


def _convert(
    value: Mapping[str, Any],
    fields: Mapping[str, msgspec.structs.FieldInfo],
    path: Path,
    draft: Draft,
    step: str | None,
) -> dict[str, Any]:
    """Return the fields that are right; note what is wrong with each of the others."""
    lead = f"{step}: " if step else ""
    given: dict[str, Any] = {}
    for key, one in value.items():
        line = draft.source.line(*path, key)
        if key not in fields:
            if not path and key == "steps":
                continue
            near = get_close_matches(key, fields, 1)
            mend = f"did you mean {near[0]}?" if near else f"it may have: {', '.join(fields)}"
            draft.findings.append(Finding(line, f"{lead}{key} is unknown", mend, step))
            continue
        try:
            given[key] = msgspec.convert(one, fields[key].type, strict=False)
        except msgspec.ValidationError as error:
            below = _place(str(error))
            what = f"{lead}{'.'.join((key, *below))}: {_reason(str(error))}"
            mend = f"write {_wanted(fields[key].type)}"
            draft.findings.append(Finding(draft.source.line(*path, key, *below), what, mend, step))
    for key, info in fields.items():
        if info.required and key not in value:
            what = f"{lead}{key} is missing"
            mend = f"write {_wanted(info.type)}"
            draft.findings.append(Finding(draft.source.line(*path), what, mend, step))
    return given


def _names_within(value: Any, steps: Mapping[str, Any]) -> Iterator[str]:
    """Yield what in a step that can't be used may be the name of another."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _names_within(one, steps)
    elif isinstance(value, list):
        for one in value:
            yield from _names_within(one, steps)
    elif isinstance(value, str) and value in steps:
        yield value


def _place(message: str) -> Path:
    """Return where below the field it is wrong, from msgspec's `… - at `$[0]``."""
    found = re.search(r"at `(?:key in )?\$(.*?)`$", message)
    if found is None:
        return ()
    return tuple(re.findall(r"[A-Za-z0-9_]+", found.group(1)))


def _reason(message: str) -> str:
    text = message.partition(" - at ")[0]
    for pattern, words in _PATTERNS.items():
        text = text.replace(f"`str` matching regex {pattern!r}", words)
    return text[:1].lower() + text[1:].replace("`", "")


def _wanted(wanted: Any) -> str:
    """Return in words what a field takes."""
    schema = msgspec.json.schema(wanted)
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        schema = next(one for one in schema["anyOf"] if one.get("type") != "null") | {
            key: value for key, value in schema.items() if key == "description"
        }
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
