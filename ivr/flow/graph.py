"""What is drawn of a flow: boxes with words, arrows with labels. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivr.flow.loader import Draft
from ivr.flow.source import Finding
from ivr.verbs.sentences import names_in
from ivr.verbs.verb import Verb

_LONGEST = 28


@dataclass(frozen=True, slots=True)
class Node:
    """A step, or a step that is named and missing. `line`: of the text, the first being 1."""

    name: str
    verb: str
    lines: tuple[str, ...]
    is_wrong: bool
    is_start: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one step to another."""

    source: str
    target: str
    label: str
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """All boxes by name, in the order of the file, and all arrows."""

    nodes: dict[str, Node]
    edges: tuple[Arrow, ...]


def graph_of(draft: Draft, findings: tuple[Finding, ...] = ()) -> Graph:
    """Return the picture of a flow, however wrong it is; what can't be a name is left out."""
    wrong = {one.step for one in findings}
    nodes: dict[str, Node] = {}
    arrows: list[Arrow] = []
    for name in (*draft.steps, *draft.broken):
        verb = draft.steps.get(name)
        nodes[_word(name)] = Node(
            _word(name),
            "" if verb is None else verb.word(),
            _lines(name, verb),
            is_wrong=verb is None or name in wrong,
            is_start=name == draft.start,
            line=draft.source.line("steps", name),
        )
        arrows += _arrows(draft, name, verb)
    for arrow in arrows:
        if arrow.target not in nodes:
            lines = (arrow.target, "missing")
            nodes[arrow.target] = Node(arrow.target, "", lines, is_wrong=True)
    return Graph(nodes, tuple(arrows))


def _arrows(draft: Draft, name: str, verb: Verb | None) -> list[Arrow]:
    """Return the ways out of a step; keys that lead to the same one share an arrow."""
    if verb is None:
        return [Arrow(_word(name), _word(target), "") for target in draft.broken[name]]
    labels: dict[tuple[str, bool], list[str]] = {}
    for edge in verb.edges():
        labels.setdefault((edge.target, edge.is_input), []).append(edge.label)
    return [
        Arrow(_word(name), _word(target), ", ".join(filter(None, words)), is_input)
        for (target, is_input), words in labels.items()
    ]


def _lines(name: str, verb: Verb | None) -> tuple[str, ...]:
    """Return what stands in a step's box: its name, its verb and what is most telling of it."""
    if verb is None:
        return (name, "?")
    telling = " ".join(names_in(getattr(verb, "prompts_", verb.prompts()))[:2])
    for field in ("test", "to", "into", "survey", "url"):
        telling = str(getattr(verb, field, "") or telling)
    words = f"{verb.word()}: {telling}" if telling else verb.word()
    return (name, words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…")


def _word(name: str) -> str:
    """Return a name without what no name may have."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
