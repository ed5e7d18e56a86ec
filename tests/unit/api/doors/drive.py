"""Asks every operation of the API, as every role, about every side, and notes what came back."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from api.access import Permission
from api.app import documented_routes
from tests.parts.empty_store import empty_store
from tests.unit.api.conftest import make_world
from tests.unit.api.doors.recipes import RECIPES, VARIANTS, Recipe
from tests.unit.api.doors.rolled_back import RolledBack
from tests.unit.api.doors.seed import Place, Side, explained, seeded
from voicegw.model.call import Call
from voicegw.model.directory import Role
from voicegw.store import schema

#: Who asks about which sides, in the order of the table's cells.
ASKERS: Final[dict[str, Sequence[str]]] = {
    "admin": ("own",),
    "admin of a group": ("own", "other"),
    "county_manager": ("own", "other"),
    "county_manager, granted": ("own", "other"),
    "manager": ("own", "colleague", "other"),
    "qa_reviewer": ("own", "other"),
    "integrator": ("own",),
    "integrator of a group": ("own", "other"),
}
ROLES: Final = {
    "admin": Role.ADMIN,
    "admin of a group": Role.ADMIN,
    "county_manager": Role.COUNTY_MANAGER,
    "county_manager, granted": Role.COUNTY_MANAGER,
    "manager": Role.MANAGER,
    "qa_reviewer": Role.QA_REVIEWER,
    "integrator": Role.INTEGRATOR,
    "integrator of a group": Role.INTEGRATOR,
}
#: What acts on the login that asks, whatever its role: a key has none.
OF_SESSIONS: Final = frozenset(
    {
        "logIn",
        "listLoginMethods",
        "whoAmI",
        "logOut",
        "changePassword",
        "listSessions",
        "endSession",
        "beginSecondFactor",
        "confirmSecondFactor",
        "removeSecondFactor",
        "beginOidcLogin",
        "finishOidcLogin",
    }
)
SAFE: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Operation:
    """One operation of the API; `permission` None: it asks for none by itself."""

    id: str
    method: str
    template: str
    tag: str
    permission: Permission | None

    @property
    def recipe(self) -> Recipe:
        """How it is asked for."""
        return RECIPES.get(self.id, Recipe())


@dataclass(frozen=True)
class Observation:
    """What one request came to. `noted`: the actions in the audit log; `wrote`: transactions."""

    operation: Operation
    asker: str
    side: str
    status: int
    shown: bool
    content: bytes
    noted: tuple[str, ...]
    wrote: int

    @property
    def cell(self) -> str:
        """What the table says of it: `yes`, or the status of the refusal."""
        if 200 <= self.status < 300:
            return "yes" if self.shown else "none"
        return str(self.status)


@dataclass(frozen=True)
class Observed:
    """Everything that was seen, and the numbers that were to be kept from some."""

    operations: list[Operation]
    observations: list[Observation]
    variants: list[Observation]
    """Other forms of some answers."""
    numbers: dict[str, tuple[str, Any]]
    """Number: its side's name, and the leg that it belongs to."""

    def of(self, operation_id: str, asker: str, side: str = "own") -> Observation:
        """Return one observation."""
        (found,) = (
            one
            for one in self.observations
            if (one.operation.id, one.asker, one.side) == (operation_id, asker, side)
        )
        return found


def operations_of() -> list[Operation]:
    """Return every operation below `/v1` that is documented."""
    return sorted(_operations(), key=lambda one: (one.tag, one.template, one.method))


def _operations() -> Iterator[Operation]:
    for route in documented_routes():
        if not route.include_in_schema or not route.path.startswith("/v1/"):
            continue
        if route.operation_id in OF_SESSIONS:
            continue
        for method in sorted(route.methods or ()):
            yield Operation(
                route.operation_id or f"{method} {route.path}",
                method,
                route.path,
                str(route.tags[0]),
                _permission(route),
            )


def _permission(route: APIRoute) -> Permission | None:
    for dependency in route.dependant.dependencies:
        found = getattr(dependency.call, "permission", None)
        if found is not None:
            return Permission(found)
    return None


def observe(folder: Path) -> Observed:
    """Return what is seen in a place made in `folder`."""
    return asyncio.run(_observe(folder))


async def _observe(folder: Path) -> Observed:
    url = f"sqlite:///{folder / 'doors.db'}"
    empty_store(url)
    async with make_world(folder, url) as world:
        place = await seeded(world)
        await world.services.exports.join()
        async with world.database.write() as connection:
            await connection.execute(sa.delete(schema.audit_log))
        operations = operations_of()
        with pytest.MonkeyPatch.context() as monkeypatch:
            store = RolledBack(world.database, monkeypatch)
            observations = [
                await _ask(place, store, operation, asker, place.side(side))
                for operation in operations
                for asker, sides in ASKERS.items()
                for side in sides
            ]
            by_id = {operation.id: operation for operation in operations}
            variants = [
                await _ask(place, store, by_id[operation_id], asker, place.own, more)
                for operation_id, more in VARIANTS
                for asker in ASKERS
            ]
            await world.services.exports.join()
        numbers = {number: (side.name, leg) for number, (side, leg) in place.numbers().items()}
    return Observed(operations, observations, variants, numbers)


async def _ask(
    place: Place,
    store: RolledBack,
    operation: Operation,
    asker: str,
    side: Side,
    more: Mapping[str, Any] | None = None,
) -> Observation:
    world, recipe = place.world, operation.recipe
    _reset_calls(place)
    world.control.explanation = explained(place, side)
    store.noted.clear()
    store.wrote = 0
    request = recipe.request(side) | dict(more or {})
    request_id = f"{operation.id}-{len(store.noted)}"
    headers = request.pop("headers", {}) | place.askers[asker] | {"X-Request-Id": request_id}
    path = recipe.path(operation.template, place, side, asker)
    answer = await world.client.request(operation.method, path, headers=headers, **request)
    shown = recipe.shows is None or side[recipe.shows] in answer.text
    return Observation(
        operation,
        asker,
        side.name,
        answer.status_code,
        shown,
        _searchable(answer),
        tuple(action for noted_for, action in store.noted if noted_for == request_id),
        store.wrote,
    )


def _reset_calls(place: Place) -> None:
    """Have the same calls run as before the last request."""
    calls: dict[str, Call] = {}
    for side in (place.own, place.colleague, place.other):
        assert side.live_call is not None
        calls[side.live_call.id] = msgspec.convert(msgspec.to_builtins(side.live_call), Call)
    place.world.control.calls = calls


def _searchable(answer: httpx.Response) -> bytes:
    """Return everything of an answer that somebody could read a number in."""
    content = answer.content
    if answer.headers.get("content-type") == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [archive.read(one) for one in archive.namelist()]
            content = b"\n".join([*members, "\n".join(archive.namelist()).encode()])
    elif answer.headers.get("content-type", "").startswith("audio/"):
        content = b""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return head.encode() + b"\n" + content
