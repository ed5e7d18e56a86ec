"""Which prompts there are, by the names of their files: enough to check flows without sound."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ivr.prompts import SHIPPED, TONES


class PromptNames:
    """Names of prompts by language (ivr.flow.checker.PromptIndex)."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Take pairs of language and name."""
        self._names = frozenset(names)

    @classmethod
    def of_folders(cls, *own: Path) -> PromptNames:
        """Return the names of what is shipped and of what lies in an operator's folders."""
        return cls(
            (path.parent.name, path.stem)
            for folder in (SHIPPED, *own)
            for path in folder.glob("*/*.wav")
        )

    def and_those(self, names: Iterable[tuple[str, str]]) -> PromptNames:
        """Return these names and others."""
        return PromptNames(self._names.union(names))

    def has(self, name: str, language: str) -> bool:
        """Whether `name` can be heard in `language`: spoken, or a tone, which is in all."""
        return (language, name) in self._names or (TONES, name) in self._names
