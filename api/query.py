"""Query parameters that a route does not know are refused, never passed over.

A filter with a slip in its name would otherwise list everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.requests import Request

from api.problems import ApiProblem
from voicegw.field_faults import FieldFault

_MAX_NAMED: Final = 20
_MAX_NAME: Final = 64
_NAMELESS: Final = "(no name)"

#: What each endpoint takes; there are as many as routes, and each is worked out once.
_known: Final[dict[Callable[..., Any], frozenset[str]]] = {}


def check_query(request: Request) -> None:
    """Raise ApiProblem `invalid`, naming them, when there are parameters the route doesn't know."""
    if not request.scope.get("query_string"):
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    names = _known.get(route.endpoint)
    if names is None:
        names = _known[route.endpoint] = names_of(route)
    strange = [name for name in dict.fromkeys(request.query_params) if name not in names]
    if strange:
        allowed = ", ".join(sorted(names))
        expected = f"no such parameter; there are: {allowed or 'none'}"
        raise ApiProblem(
            "invalid",
            "A parameter is not known here.",
            errors=tuple(
                FieldFault(
                    name[:_MAX_NAME] or _NAMELESS, expected, "unknown-field", {"allowed": allowed}
                )
                for name in strange[:_MAX_NAMED]
            ),
        )


def names_of(route: APIRoute) -> frozenset[str]:
    """Return the names of the query parameters that a route takes."""
    return frozenset(
        field.alias
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, Query)
    )
