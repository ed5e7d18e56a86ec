"""The refusals that any request may meet, added to every operation of the OpenAPI document.

Routes document what is their own; what happens before a route is asked, to the body, the key or
the rate, is the same for all and is written here once. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

_WITH_BODY: Final = (400, 413, 415)
"""It is no JSON or form, is too large, or claims to be something else."""
_WITH_QUERY: Final = (414,)
_REPEATED: Final = (409, 422)
"""Its Idempotency-Key is being worked on, or was used for something else."""
_WITH_KEY: Final = (401, 403, 429)
"""The key is not valid, may not do this, or has asked too often."""


def add_common_problems(document: dict[str, Any], problem: dict[str, Any]) -> None:
    """Add the answer `problem` to each operation under each status that it may have, in place."""
    for operation in _operations(document):
        statuses: set[int] = set()
        if "requestBody" in operation:
            statuses.update(_WITH_BODY)
        if any(one.get("in") == "query" for one in operation.get("parameters", ())):
            statuses.update(_WITH_QUERY)
        names = {str(one.get("name", "")).lower() for one in operation.get("parameters", ())}
        if "idempotency-key" in names:
            statuses.update(_REPEATED)
        if operation.get("security"):
            statuses.update(_WITH_KEY)
        _add(operation, sorted(statuses), problem)


def _add(operation: dict[str, Any], statuses: Iterable[int], problem: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in statuses:
        responses.setdefault(str(status), problem)
    operation["responses"] = dict(sorted(responses.items()))


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (one for one in item.values() if isinstance(one, dict) and "responses" in one)
