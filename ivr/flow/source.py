"""From the text of a file to plain values, with the line of each. Pure.

YAML 1.2's core without its surprises: what stands in a file is text, and becomes a number or a
truth value where a field wants one; `no` and `1` are never anything else. Keys that come twice and
aliases are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from ivr.flow.model import MAX_SOURCE_BYTES
from voicegw.field_faults import FaultKind, FaultParam

Path = tuple[str, ...]
_MAX_DEPTH: Final = 12
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C where it is there: the other takes seconds for a long file."""
_NULL: Final = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a line of the text, and what mends it. `step`: the step it is about.

    `at` is the field, as a dotted path within the step, or within the flow where it is about none;
    `kind` and `params` say to programs what `what` and `mend` say in English.
    """

    line: int
    what: str
    mend: str
    step: str | None = None
    at: str = ""
    kind: FaultKind = "other"
    params: dict[str, FaultParam] = field(default_factory=dict, hash=False)


@dataclass(slots=True)
class Source:
    """The values of a text, the line of each by its path, and what could not be read."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def line(self, *path: str) -> int:
        """Return the line of what stands at `path`, else of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read(text: str) -> Source:
    """Read a text; what is no YAML is a finding, never raised."""
    source = Source()
    if len(text.encode()) > MAX_SOURCE_BYTES:
        size = f"more than {MAX_SOURCE_BYTES >> 10} KiB"
        mend, most = "split it into several flows", MAX_SOURCE_BYTES
        source.findings.append(Finding(1, size, mend, kind="too-many-bytes", params={"max": most}))
        return source
    try:
        refused = list(_refused(text))
        if refused:
            source.findings += refused
            return source
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        source.findings.append(_unreadable(error))
        return source
    if node is None:
        mend = "begin with `flow:` and a name"
        source.findings.append(Finding(1, "empty", mend, at="flow", kind="missing"))
        return source
    source.value = _value(node, (), source)
    return source


def _refused(text: str) -> Iterator[Finding]:
    """Yield what is YAML and no flow has; at too deep a level it is read no further."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        line = _line(event.start_mark)
        if depth > _MAX_DEPTH:
            yield Finding(line, "too deep", "a flow has few levels", kind="too-deep")
            return
        if isinstance(event, yaml.AliasEvent):
            yield Finding(line, "an alias (*name)", "write out what it stands for", kind="alias")


def _unreadable(error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "no YAML"
    mend = "mind indents, colons and quotation marks"
    return Finding(_line(mark), f"not readable: {problem}", mend, kind="not-yaml")


def _value(node: Any, path: Path, source: Source) -> Any:
    source.lines.setdefault(path, _line(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source)
    if not isinstance(node, yaml.SequenceNode):
        text = str(node.value)
        if any("\ud800" <= one <= "\udfff" for one in text):
            line = source.line(*path)
            what = "half a character (\\ud800)"
            source.findings.append(
                Finding(line, what, "write it whole", *_about(path), "characters")
            )
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        return None if is_plain and text in _NULL else text
    return [_value(one, (*path, str(index)), source) for index, one in enumerate(node.value)]


def _mapping(node: yaml.MappingNode, path: Path, source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = _line(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            source.findings.append(
                Finding(line, "a key that is no word", "write one word", kind="not-yaml")
            )
            continue
        key = str(key_node.value)
        if key in found:
            what, about = f"{key} comes twice", _about((*path, key))
            source.findings.append(Finding(line, what, "remove one of them", *about, "given-twice"))
            continue
        source.lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), source)
    return found


def _about(path: Path) -> tuple[str | None, str]:
    """Return the step that a place is in, and the dotted path within it."""
    if len(path) > 1 and path[0] == "steps":
        return path[1], ".".join(path[2:])
    return None, ".".join(path)


def _line(mark: Any) -> int:
    """Return the line of a mark, the first being 1."""
    return 1 if mark is None else int(mark.line) + 1
