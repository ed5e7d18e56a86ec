"""What is wrong with a flow as a whole: everything at once, each with its line and mend. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from ivr.flow.loader import Draft, load
from ivr.flow.source import Finding
from ivr.verbs.route import RouteTo, RouteVerb
from ivr.verbs.set import SetVerb
from ivr.verbs.verb import Verb
from ivr.verbs.voicemail import VoicemailVerb
from voicegw.errors import Problem
from voicegw.field_faults import FaultParam


class PromptIndex(Protocol):
    """Which prompts there are."""

    def has(self, name: str, language: str) -> bool:
        """Whether `name` can be heard in `language`: spoken, or a tone, which is in all."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A flow and all that is wrong with it, by line; nothing: it may be used."""

    draft: Draft
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it may be used."""
        return not self.findings

    def problems(self, file: str) -> list[Problem]:
        """Return the findings as problems of `file`."""
        return [Problem(f"{file}:{one.line}", one.what, one.mend) for one in self.findings]


def check(text: str, prompts: PromptIndex, *, default_language: str = "zh") -> Checked:
    """Return the flow of a text with all that is wrong with it. Never raises."""
    draft = load(text)
    findings = list(draft.findings)
    if draft.steps or draft.broken:
        findings += _start(draft)
        findings += _targets(draft)
        findings += _unreachable(draft)
        findings += _endless(draft)
        findings += _no_ending(draft)
        findings += _languages(draft)
        findings += _prompts(draft, prompts, draft.languages or (default_language,))
        findings += _variables(draft)
    return Checked(draft, tuple(sorted(set(findings), key=lambda one: (one.line, one.what))))


def _start(draft: Draft) -> Iterator[Finding]:
    if draft.start is not None and not draft.has(draft.start):
        yield _no_such_step(draft.source.line("start"), None, draft.start, draft)


def _no_such_step(line: int, step: str | None, target: str, draft: Draft) -> Finding:
    """Return that a step, or the flow's start (None), names a step that there is not."""
    near = get_close_matches(target, [*draft.steps, *draft.broken], 1)
    mend = f"did you mean {near[0]}?" if near else "add it, or name another"
    at = "start" if step is None else ""
    what = f"{step or at}: there is no step {target}"
    return Finding(line, what, mend, step, at, "no-such-step", _named(target, near))


def _named(name: str, near: Sequence[str]) -> dict[str, FaultParam]:
    """Return a name that there is not, and the one that was meant, perhaps."""
    return {"near": near[0], "name": name} if near else {"name": name}


def _targets(draft: Draft) -> Iterator[Finding]:
    for name, verb in draft.steps.items():
        for edge in verb.edges():
            if not draft.has(edge.target):
                line = _line_of(draft, name, edge.target)
                yield _no_such_step(line, name, edge.target, draft)


def _line_of(draft: Draft, step: str, text: str) -> int:
    """Return the line within a step where `text` stands, else the step's."""
    value = draft.source.value["steps"][step]
    for path in _places(value, text):
        return draft.source.line("steps", step, *path)
    return draft.source.line("steps", step)


def _places(value: object, text: str) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, one in value.items():
            for path in _places(one, text):
                yield (key, *path)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            for path in _places(one, text):
                yield (str(index), *path)
    elif value == text:
        yield ()


def reachable(draft: Draft) -> set[str]:
    """Return the steps that a caller can come to."""
    seen: set[str] = set()
    waiting = [draft.start] if draft.start is not None else []
    while waiting:
        name = waiting.pop()
        if name in seen or not draft.has(name):
            continue
        seen.add(name)
        waiting.extend(draft.targets(name))
    return seen


def _unreachable(draft: Draft) -> Iterator[Finding]:
    if draft.start is None or not draft.has(draft.start):
        return
    found = reachable(draft)
    for name in draft.steps:
        if name not in found:
            line = draft.source.line("steps", name)
            what, mend = f"{name}: no step leads here", "lead to it, or remove it"
            yield Finding(line, what, mend, name, kind="unreachable")


def _endless(draft: Draft) -> Iterator[Finding]:
    """Find the circles in which nobody presses a key: a caller who is silent never leaves them."""
    silent = {
        name: [edge.target for edge in verb.edges() if not edge.is_input]
        for name, verb in draft.steps.items()
    }
    for circle in circles(silent):
        first = min(circle, key=lambda name: draft.source.line("steps", name))
        turn = circle.index(first)
        way = " → ".join([*circle[turn:], *circle[:turn], first])
        what = f"{first}: goes round without a key being pressed: {way}"
        mend = "lead one of them to an end; only a key may lead back"
        line = draft.source.line("steps", first)
        yield Finding(line, what, mend, first, kind="endless", params={"way": way})


def circles(edges: Mapping[str, list[str]]) -> list[list[str]]:
    """Return one circle for each knot of steps that lead back to themselves, in their order."""
    state: dict[str, int] = {}
    found: list[list[str]] = []
    for root in edges:
        if root in state:
            continue
        way: list[str] = [root]
        state[root] = 1
        open_edges = [iter(edges[root])]
        while way:
            target = next(open_edges[-1], None)
            if target is None:
                state[way.pop()] = 2
                open_edges.pop()
            elif state.get(target) == 1:
                found.append(way[way.index(target) :])
            elif target in edges and target not in state:
                state[target] = 1
                way.append(target)
                open_edges.append(iter(edges[target]))
    return found


def ends(verb: Verb) -> bool:
    """Whether the call may end at a step."""
    to_plan = isinstance(verb, RouteVerb) and verb.to is RouteTo.PLAN
    return verb.is_end or to_plan or isinstance(verb, VoicemailVerb)


def _no_ending(draft: Draft) -> Iterator[Finding]:
    if draft.broken or draft.start is None or not draft.has(draft.start):
        return
    if not any(ends(draft.steps[name]) for name in reachable(draft)):
        line = draft.source.line("steps")
        mend = "add hang_up, voicemail, or route to the plan"
        yield Finding(line, "no step ends the call", mend, kind="no-ending")


def _languages(draft: Draft) -> Iterator[Finding]:
    for name, verb in draft.steps.items():
        wanted = verb.language if isinstance(verb, SetVerb) else None
        if wanted is not None and wanted not in draft.languages:
            line = draft.source.line("steps", name, "language")
            what = f"{name}: the flow is not in {wanted}"
            mend, languages = "add it to the flow's languages", ", ".join(draft.languages)
            allowed: dict[str, FaultParam] = {"allowed": languages} if languages else {}
            yield Finding(line, what, mend, name, "language", "not-one-of", allowed)


def _prompts(draft: Draft, index: PromptIndex, languages: tuple[str, ...]) -> Iterator[Finding]:
    for name, verb in draft.steps.items():
        for prompt in verb.prompts():
            missing = [one for one in languages if not index.has(prompt, one)]
            if missing:
                line = _line_of(draft, name, prompt)
                of = ", ".join(missing)
                what = f"{name}: there is no prompt {prompt} in {of}"
                mend = "record it, or name another"
                named: dict[str, FaultParam] = {"name": prompt, "languages": of}
                yield Finding(line, what, mend, name, "", "no-such-prompt", named)


def _variables(draft: Draft) -> Iterator[Finding]:
    for name, verb in draft.steps.items():
        for variable in (*verb.reads(), *verb.writes()):
            if variable not in draft.variables:
                near = get_close_matches(variable, draft.variables, 1)
                add = f'add it to the flow\'s variables: `{variable}: ""`'
                mend = f"did you mean {near[0]}?" if near else add
                what = f"{name}: there is no variable {variable}"
                line = _line_of(draft, name, variable)
                named = _named(variable, near)
                yield Finding(line, what, mend, name, "", "no-such-variable", named)
