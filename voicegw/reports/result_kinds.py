"""What the codes of results mean: by the types of tasks as they are now. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from voicegw.model.task_type import GENERAL_RESULTS, ResultKind, ResultRule

ResultRules = Mapping[str, Sequence[ResultRule]]
"""The results of each type of tasks, by the type's name."""

KIND_NAMES: Final[Mapping[ResultKind, tuple[str, str]]] = {
    ResultKind.SUCCESS: ("成功", "success"),
    ResultKind.PARTIAL: ("部分达成", "partial success"),
    ResultKind.REFUSED: ("拒绝", "refused"),
    ResultKind.CALL_AGAIN: ("再联系", "call again"),
    ResultKind.UNREACHABLE: ("无法联系", "unreachable"),
}


class ResultKinds:
    """Knows what results mean, and what people call them."""

    def __init__(self, rules: ResultRules) -> None:
        """Know these types."""
        self._of_type = {
            (name, rule.code): rule.kind for name, results in rules.items() for rule in results
        }
        kinds: dict[str, set[ResultKind]] = defaultdict(set)
        names: dict[str, set[tuple[tuple[str, str], ...]]] = defaultdict(set)
        for results in rules.values():
            for rule in results:
                kinds[rule.code].add(rule.kind)
                names[rule.code].add(tuple(sorted(rule.names.items())))
        self._anywhere = {code: found.pop() for code, found in kinds.items() if len(found) == 1}
        self._names = {code: dict(found.pop()) for code, found in names.items() if len(found) == 1}

    def kind(self, type_: str, code: str) -> ResultKind | None:
        """Return what a code of a task's type means; None: nobody has said.

        Of a call, whose type is its direction, it is what the code means wherever it is used.
        """
        found = self._of_type.get((type_, code)) or GENERAL_RESULTS.get(code)
        return found or self._anywhere.get(code)

    def names(self, code: str) -> Mapping[str, str]:
        """Return what a code is called, by language; empty where types call it otherwise."""
        return self._names.get(code, {})
