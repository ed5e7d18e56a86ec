"""Ids of what is there, in the place of those that are generated: few of these name anything."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.case import Case
from schemathesis.generation.meta import TestPhase

from tests.parts.api_world import TOKEN, ApiWorld

_ALIASES: Final = {
    "owner_id": "manager_id",
    "deputy_id": "manager_id",
    "parent_id": "group_id",
}
"""Names of fields that take the ids of another name."""
_OF_PATHS: Final = 0.7
"""How many paths that fit their description name something that is there."""
_OF_FIELDS: Final = 0.5
"""The same of fields of queries and bodies."""


class KnownIds:
    """Puts ids of a world's records into requests, the same for the same `seed`."""

    def __init__(self, world: ApiWorld, seed: int) -> None:
        """Begin."""
        self._world = world
        self._random = Random(seed)

    def put_into(self, case: Case[Any]) -> None:
        """Put ids into what of a request fits its description; works in place.

        What is to break the description stays as it is, and what follows from an answer.
        """
        meta = case.meta
        if meta is None or meta.phase.name is TestPhase.STATEFUL:
            return
        path = case.path_parameters
        if path and not meta.is_negative_at(ParameterLocation.PATH) and self._falls(_OF_PATHS):
            tokens = {name: token_of(name, case.operation.path) for name in path}
            known = {name: one for name, one in tokens.items() if self._knows(one)}
            ids = self._world.resolved(known, fresh=case.method == "DELETE")
            if ids:
                # What is set anew is judged anew.
                case.path_parameters = path | ids
        if meta.phase.name is TestPhase.COVERAGE:
            return  # each value of a query or body is there for its own sake
        if case.query and not meta.is_negative_at(ParameterLocation.QUERY):
            query = self._with_ids(case.query)
            if query != case.query:
                case.query = query
        fits = isinstance(case.body, dict) and not meta.is_negative_at(ParameterLocation.BODY)
        if fits and (body := self._with_ids(case.body)) != case.body:
            case.body = body

    def _with_ids(self, value: Any, name: str = "") -> Any:
        match value:
            case dict():
                return {key: self._with_ids(one, str(key)) for key, one in value.items()}
            case list():
                return [self._with_ids(one, name.removesuffix("s")) for one in value]
            case str() if name.endswith("_id") and name != "external_id":
                token = token_of(name, "")
                if self._knows(token) and self._falls(_OF_FIELDS):
                    return self._world.resolved(token)
        return value

    def _knows(self, token: str) -> bool:
        return self._world.knows(token.removeprefix(TOKEN))

    def _falls(self, share: float) -> bool:
        return self._random.random() < share


def token_of(name: str, path: str) -> str:
    """Return the token for the parameter `name` of `path`, or for the field of a body."""
    resource = path.split("/")[2].removesuffix("s") if path.startswith("/v1/") else ""
    if name == "external_id" and resource:
        name = f"{resource}_external_id"
    elif name == "name" and resource in {"flow", "prompt"}:
        name = f"{resource}_name"
    return f"{TOKEN}{_ALIASES.get(name, name)}"
