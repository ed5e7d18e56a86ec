"""The application factory: routes, envelope, error handlers and the reference, put together."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from api import errors
from api.bodies import BodyReader
from api.common_problems import add_common_problems
from api.dependencies import PROBLEM_RESPONSE
from api.entry import known_principal, principal_of
from api.middleware import RequestEnvelope
from api.rate_limit import RateLimiter
from api.routes import (
    alerts,
    audit,
    calls,
    customers,
    disclosure,
    events,
    explain,
    exports,
    findings,
    flows,
    groups,
    handovers,
    hotlines,
    import_mappings,
    imports,
    keeping,
    keys,
    managers,
    midcall,
    prompts,
    queues,
    recordings,
    redactions,
    reference,
    reports,
    results,
    reviews,
    samples,
    scorecards,
    scripts,
    second_factor,
    sessions,
    system,
    tasks,
    transcripts,
    users,
    webhooks,
)
from api.schemas.base import ProblemView
from api.services import ApiOptions, ApiServices

_ROUTERS: Final = (
    calls.router,
    explain.router,
    disclosure.router,
    midcall.router,
    results.router,
    exports.router,
    recordings.router,
    transcripts.router,
    redactions.router,
    keeping.router,
    groups.router,
    hotlines.router,
    managers.router,
    handovers.router,
    customers.router,
    imports.router,
    flows.router,
    prompts.router,
    import_mappings.router,
    events.router,
    scripts.router,
    findings.router,
    scorecards.router,
    samples.router,
    reviews.router,
    tasks.router,
    queues.router,
    reports.router,
    alerts.router,
    audit.router,
    webhooks.router,
    keys.router,
    users.router,
    sessions.router,
    second_factor.router,
    system.router,
    reference.router,
)
_TAGS: Final = [
    {"name": "calls", "description": "Start calls, follow them, end them."},
    {"name": "recordings", "description": "What was said, as far as the key may hear it."},
    {"name": "directory", "description": "Groups, hotlines, managers, customers, imports."},
    {"name": "flows", "description": "What callers hear and are asked, as files."},
    {"name": "prompts", "description": "The sentences that callers hear, and own recordings."},
    {"name": "events", "description": "What happened, in commit order."},
    {"name": "webhooks", "description": "Events posted to receivers, and what became of each."},
    {"name": "quality", "description": "Scripts, findings, scorecards, samples, reviews, reports."},
    {"name": "tasks", "description": "What is to be done for customers, and what came of it."},
    {"name": "audit", "description": "Who heard, read, exported and changed what."},
    {"name": "keys", "description": "API keys; administrators only."},
    {"name": "users", "description": "People who log in; administrators only."},
    {"name": "session", "description": "Logging in and out, passwords, second factors."},
    {"name": "system", "description": "Probes and figures."},
]
_DESCRIPTION: Final = (
    "Calls between account managers and their customers through one number, recorded.\n\n"
    "Send `Authorization: Bearer vgw_…`. Times are RFC 3339 in UTC, durations seconds, numbers"
    " strings in E.164 or short codes. Clients ignore fields and values that they don't know."
)


def create_app(services: ApiServices) -> FastAPI:
    """Return the HTTP application that works with `services`.

    It owns nothing: whoever made the services starts and stops them.
    """
    app = FastAPI(
        title="voicegw",
        version=services.options.version,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    for router in _ROUTERS:
        app.include_router(router)
    errors.install(app, methods_of=_methods_of)
    app.add_middleware(BodyReader, authenticate=lambda request: principal_of(request, services))
    app.add_middleware(
        RateLimiter,
        limits=services.options.rates,
        known=lambda headers: known_principal(headers, services),
        clock=services.clock,
    )
    app.add_middleware(
        RequestEnvelope,
        metrics=services.metrics,
        clock=services.clock,
        max_body_bytes=services.options.max_body_bytes,
        upload_limit=partial(_upload_limit, services.options),
        trusted_proxies=services.options.trusted_proxies,
    )
    _document(app)
    return app


def _upload_limit(options: ApiOptions, path: str) -> int | None:
    """Return how many bytes a body may have where files are taken; None elsewhere."""
    if path == imports.UPLOAD_PATH:
        return options.max_upload_bytes
    return options.max_prompt_bytes if path.startswith(prompts.UPLOAD_PREFIX) else None


def documented_routes() -> list[APIRoute]:
    """Return every route of the API."""
    return [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _methods_of(path: str) -> list[str]:
    """Return every method that a path has: FastAPI keeps a route a method.

    `/recordings/export` is the resource of that name, not a recording whose id is `export`: of the
    templates that match, the one with the fewest variables counts.
    """
    routes = [route for route in documented_routes() if route.path_regex.match(path)]
    fewest = min((len(route.param_convertors) for route in routes), default=0)
    own = [route for route in routes if len(route.param_convertors) == fewest]
    return sorted({method for route in own for method in route.methods or ()})


def _document(app: FastAPI) -> None:
    """Have the OpenAPI document describe problems the way they are sent."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            _, definitions = models_json_schema(
                [(ProblemView, "serialization")], ref_template="#/components/schemas/{model}"
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(definitions["$defs"])
            # What FastAPI would have answered on its own; here every error is a problem.
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            add_common_problems(document, PROBLEM_RESPONSE)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
