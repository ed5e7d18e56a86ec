"""What routes ask FastAPI for is answered in the loop."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import _ROUTERS


def _dependencies(dependant: Dependant) -> Iterator[Dependant]:
    for inner in dependant.dependencies:
        yield inner
        yield from _dependencies(inner)


def test_no_dependency_goes_through_another_thread() -> None:
    """FastAPI has a thread do whatever is no coroutine function: dearer than many a route."""
    routes = [one for router in _ROUTERS for one in router.routes if isinstance(one, APIRoute)]
    asked = [one for route in routes for one in [route.dependant, *_dependencies(route.dependant)]]
    assert len(asked) > len(routes)
    plain = {one.call for one in asked if not _is_coroutine(one.call)}
    assert plain == set()


def _is_coroutine(call: object) -> bool:
    if inspect.iscoroutinefunction(call):
        return True
    # A security scheme is an object whose call is a coroutine function; a class never is.
    return not inspect.isclass(call) and inspect.iscoroutinefunction(type(call).__call__)
