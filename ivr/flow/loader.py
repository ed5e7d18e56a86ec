"""From plain values to a flow, as far as it can be understood. Pure.

Every wrong field is told, and what can't be used is left out, so that the rest is checked as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import msgspec

from ivr.flow.model import MAX_STEPS, FlowDocument
from ivr.flow.source import Finding, Path, Source, read
from ivr.flow.vocabulary import VERBS
from ivr.flow.wrong_values import (
    NAME_EXAMPLE,
    NAME_WORDS,
    kind_of,
    place_in,
    reason_of,
    wanted_by,
)
from ivr.verbs.verb import NAME, Verb
from voicegw.field_faults import FaultKind, FaultParam


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
        mend = "begin with `flow:` and a name"
        draft.findings.append(Finding(1, "no flow", mend, at="flow", kind="missing"))
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
        mend = "give each step a name and a verb"
        draft.findings.append(Finding(line, "steps: missing", mend, at="steps", kind="missing"))
        return
    if len(value) > MAX_STEPS:
        what, mend = f"more than {MAX_STEPS} steps", "split it into several flows"
        draft.findings.append(
            Finding(line, what, mend, at="steps", kind="too-many", params={"max": MAX_STEPS})
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

    def found(what: str, mend: str, at: str, kind: FaultKind, **params: FaultParam) -> None:
        draft.findings.append(Finding(line, f"{name}: {what}", mend, name, at, kind, params))

    if not re.match(NAME, name):
        found("no name for a step", f"give it {NAME_WORDS}", "", "pattern", example=NAME_EXAMPLE)
    if not isinstance(value, dict):
        found("no step", "write `do:` and a verb, then its fields", "do", "missing")
        return None
    word = value.get("do")
    verb = VERBS.get(word) if isinstance(word, str) else None
    if verb is None:
        near = get_close_matches(str(word), VERBS, 1)
        allowed = ", ".join(VERBS)
        mend = f"did you mean {near[0]}?" if near else f"use one of: {allowed}"
        what = "no verb" if word is None else f"{word} is no verb"
        kind: FaultKind = "missing" if word is None else "not-one-of"
        found(what, f"do: {mend}", "do", kind, **_near(near), allowed=allowed)
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
        what = f"{name}: {fault.what}"
        draft.findings.append(
            Finding(where, what, fault.mend, name, fault.field, fault.kind, dict(fault.params))
        )
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
            allowed = ", ".join(fields)
            mend = f"did you mean {near[0]}?" if near else f"it may have: {allowed}"
            what, known = f"{lead}{key} is unknown", _near(near) | {"allowed": allowed}
            draft.findings.append(Finding(line, what, mend, step, key, "unknown-field", known))
            continue
        try:
            given[key] = msgspec.convert(one, fields[key].type, strict=False)
        except msgspec.ValidationError as error:
            below = place_in(str(error))
            at, wanted = ".".join((key, *below)), fields[key].type
            what, mend = f"{lead}{at}: {reason_of(str(error))}", f"write {wanted_by(wanted)}"
            line = draft.source.line(*path, key, *below)
            draft.findings.append(Finding(line, what, mend, step, at, *kind_of(str(error), wanted)))
    for key, info in fields.items():
        if info.required and key not in value:
            what, mend = f"{lead}{key} is missing", f"write {wanted_by(info.type)}"
            draft.findings.append(
                Finding(draft.source.line(*path), what, mend, step, key, "missing")
            )
    return given


def _near(names: Sequence[str]) -> dict[str, FaultParam]:
    """Return the name that was meant, perhaps, as a value of a fault."""
    return {"near": names[0]} if names else {}


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
