"""What came of each operation of the API, kept so that a long run can go on where it stopped."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

_REFERENCE: Final = re.compile(r'"#/components/(\w+)/([\w.-]+)"')
_WORDS: Final = frozenset({"description", "summary", "title"})


@dataclass
class OperationReport:
    """What came of one operation. `failures` are told once a kind."""

    label: str
    operation_id: str
    leads_elsewhere: bool = False
    """Whether it succeeds by a redirect, and no answer of it is 2xx."""
    described: str = ""
    """A fingerprint of its description and of all that this refers to."""
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    generated_s: float = 0.0
    """How long generating, sending and checking its requests took."""

    @property
    def examples(self) -> int:
        """How many requests were sent."""
        return sum(self.statuses.values())

    @property
    def succeeded(self) -> bool:
        """Whether one of them was answered with a 2xx, or as what only redirects."""
        good = range(300, 304) if self.leads_elsewhere else range(200, 300)
        return any(status in good for status in self.statuses)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation that is through with its requests."""

    operation: str
    described: str
    examples: int
    """How many were asked for, in each of `phases` that counts them."""
    phases: list[str]
    revision: str
    """Of the program that answered."""
    took_s: float
    statuses: dict[int, int]
    """How often each was answered."""
    succeeded: bool
    """Whether one of them was what its description calls a success."""
    failures: dict[str, str] = {}


class Ledger:
    """A file of entries, a line each, for runs of so many `examples` in these `phases`.

    Without a path it keeps nothing beyond the run.
    """

    def __init__(
        self, path: Path | None, *, examples: int, phases: Sequence[str], revision: str
    ) -> None:
        """Read what is there."""
        self._path = path
        self._examples = examples
        self._phases = sorted(phases)
        self._revision = revision
        self._entries: dict[str, Entry] = {}
        if path is not None and path.exists():
            for line in path.read_bytes().splitlines():
                self._take(msgspec.json.decode(line, type=Entry))

    def has(self, report: OperationReport) -> bool:
        """Whether an operation is through, as it is described now, and nothing was found."""
        entry = self._entries.get(report.operation_id)
        return entry is not None and entry.described == report.described and not entry.failures

    def add(self, report: OperationReport) -> None:
        """Keep what came of an operation."""
        entry = Entry(
            operation=report.operation_id,
            described=report.described,
            examples=self._examples,
            phases=self._phases,
            revision=self._revision,
            took_s=round(report.generated_s, 1),
            statuses=dict(report.statuses),
            succeeded=report.succeeded,
            failures=report.failures,
        )
        self._take(entry)
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(entry) + b"\n")

    def total(self, reports: Iterable[OperationReport]) -> str:
        """Return in a few lines how many of these operations are through, and with what."""
        known = [one.operation_id for one in reports]
        entries = [self._entries[one] for one in known if one in self._entries]
        through = sum(self.has(one) for one in reports)
        statuses = sum((Counter(one.statuses) for one in entries), Counter[int]())
        revisions = Counter(one.revision for one in entries)
        answers = " ".join(f"{status}×{n}" for status, n in sorted(statuses.items()))
        return (
            f"{through} of {len(known)} operations through with up to {self._examples} examples"
            f" each ({', '.join(self._phases)}): {statuses.total()} requests"
            f" in {sum(one.took_s for one in entries):.0f} s\n"
            f"{sum(one.succeeded for one in entries)} reached their 2xx; answers: {answers}\n"
            f"revisions: {', '.join(f'{name} ({n})' for name, n in revisions.most_common())}\n"
            f"{sum(len(one.failures) for one in entries)} kinds of failures"
        )

    def _take(self, entry: Entry) -> None:
        if entry.examples >= self._examples and set(self._phases) <= set(entry.phases):
            self._entries[entry.operation] = entry


def fingerprint(document: dict[str, Any], operation: dict[str, Any]) -> str:
    """Return what changes when an operation does, or anything that its description refers to.

    What is only said of it, to people, is left out.
    """
    found: dict[str, Any] = {"operation": operation}
    waiting = [json.dumps(operation)]
    while waiting:
        for kind, name in _REFERENCE.findall(waiting.pop()):
            if f"{kind}/{name}" not in found:
                found[f"{kind}/{name}"] = one = document["components"][kind][name]
                waiting.append(json.dumps(one))
    text = json.dumps(_without_words(found), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_words(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: _without_words(one)
                for key, one in value.items()
                # A field may be called so, too: it is described by more than a text.
                if not (key in _WORDS and isinstance(one, str))
            }
        case list():
            return [_without_words(one) for one in value]
    return value
