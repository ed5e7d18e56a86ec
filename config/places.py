"""Where each key of a TOML text stands, so that a problem can name its line."""

from __future__ import annotations

import re
import tomllib

Key = tuple[str | int, ...]
_ASSIGNMENT = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=""")
_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


class Places:
    """Finds the place of a key: `file:line`, or the variable that set it."""

    def __init__(self, name: str = "configuration", text: str = "") -> None:
        """Index `text`, the valid TOML of the file `name`."""
        self._name = name
        self._lines = _index(text)
        self._variables: dict[Key, str] = {}
        self._aliases: dict[Key, Key] = {}

    def override(self, key: Key, variable: str) -> None:
        """Remember that `variable` of the environment set `key` and all below it."""
        self._variables[key] = variable

    def alias(self, key: Key, written: Key) -> None:
        """Remember that `key` was written as `written`."""
        self._aliases[key] = written

    def of(self, key: Key) -> str:
        """Return the place of `key`, or of the nearest thing above it that has one."""
        key = self._aliases.get(key, key)
        for end in range(len(key), 0, -1):
            if key[:end] in self._variables:
                return self._variables[key[:end]]
            if key[:end] in self._lines:
                return f"{self._name}:{self._lines[key[:end]]}"
        return self._name


def _index(text: str) -> dict[Key, int]:
    lines: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _resolve(_parts(header[2]), counts, is_array=header[1] == "[[")
            lines.setdefault(table, number)
            lines.setdefault(table[:1], number)
        elif assignment := _ASSIGNMENT.match(line):
            key = (*table, *_parts(assignment[1]))
            for end in range(len(table) + 1, len(key) + 1):
                lines.setdefault(key[:end], number)
    return lines


def _parts(dotted: str) -> Key:
    try:
        tree = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return (dotted,)
    parts: list[str] = []
    node: object = tree
    while isinstance(node, dict):
        name, node = next(iter(node.items()))
        parts.append(name)
    return tuple(parts)


def _resolve(parts: Key, counts: dict[Key, int], *, is_array: bool) -> Key:
    """Return the key of a table header; a part that is an array means its latest entry."""
    key: Key = ()
    for part in parts[:-1]:
        key = (*key, part)
        if key in counts:
            key = (*key, counts[key])
    key = (*key, parts[-1])
    if is_array:
        counts[key] = counts.get(key, -1) + 1
        return (*key, counts[key])
    return key
