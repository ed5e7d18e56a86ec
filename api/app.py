"""The application factory: routes, envelope, error handlers and the reference, put together."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import errors
from api.bodies import BodyReader
from api.console.route import ConsoleRoute, is_page
from api.entry import known_principal, principal_of
from api.methods import CommonMethods
from api.middleware import RequestEnvelope
from api.openapi import DESCRIPTION, TAGS, describe
from api.rate_limit import RateLimiter
from api.routes import (
    alerts,
    assignments,
    audit,
    away,
    calls,
    customers,
    diallings,
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
    next_tasks,
    nodes,
    oidc,
    plan_runs,
    plans,
    presence,
    prompts,
    queues,
    recordings,
    redactions,
    reference,
    report_files,
    report_months,
    report_schedules,
    reports,
    result_links,
    results,
    reviewers,
    reviews,
    samples,
    scorecards,
    scripts,
    second_factor,
    sessions,
    sms,
    sms_templates,
    system,
    task_types,
    tasks,
    transcripts,
    trigger_kinds,
    triggers,
    trunks,
    users,
    webhooks,
)
from api.services import ApiOptions, ApiServices

#: In the order in which a path is looked for: what is asked most, and by probes, comes first.
_ROUTERS: Final = (
    calls.router,
    system.router,
    events.router,
    customers.router,
    next_tasks.router,
    assignments.router,
    tasks.router,
    task_types.router,
    diallings.router,
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
    presence.router,  # before /v1/managers/{manager_id}
    managers.router,
    away.router,
    handovers.router,
    imports.router,
    flows.router,
    prompts.router,
    import_mappings.router,
    scripts.router,
    findings.router,
    plans.router,
    plan_runs.router,
    scorecards.router,
    samples.router,
    reviewers.router,
    reviews.router,
    queues.router,
    report_months.router,  # before /v1/reports/{report}
    reports.router,
    triggers.router,
    trigger_kinds.router,
    report_schedules.router,
    report_files.router,
    trunks.router,
    nodes.router,
    alerts.router,
    audit.router,
    webhooks.router,
    keys.router,
    users.router,
    sessions.router,
    second_factor.router,
    oidc.router,
    sms.router,
    sms_templates.router,
    result_links.router,
    reference.router,
)


def create_app(services: ApiServices) -> FastAPI:
    """Return the HTTP application that works with `services`.

    It owns nothing: whoever made the services starts and stops them.
    """
    app = documented_app(services.options.version)
    app.state.services = services
    if services.options.console is not None:
        app.router.routes.append(ConsoleRoute(services.options.console))
    errors.install(app, methods_of=_methods_of)
    app.add_middleware(CommonMethods, methods_of=_methods_of)
    app.add_middleware(BodyReader, authenticate=lambda request: principal_of(request, services))
    app.add_middleware(
        RateLimiter,
        limits=services.options.rates,
        known=lambda headers: known_principal(headers, services),
        clock=services.clock,
        is_file=is_page if services.options.console is not None else None,
    )
    app.add_middleware(
        RequestEnvelope,
        metrics=services.metrics,
        clock=services.clock,
        max_body_bytes=services.options.max_body_bytes,
        upload_limit=partial(_upload_limit, services.options),
        trusted_proxies=services.options.trusted_proxies,
        log_requests=services.options.log_requests,
    )
    return app


def documented_app(version: str) -> FastAPI:
    """Return the routes and their description; without services nothing can be asked of them."""
    app = FastAPI(
        title="voicegw",
        version=version,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in _ROUTERS:
        # As they are: `include_router` would have each made again by the first request that comes
        # near it, which takes longer than signalling may wait.
        app.router.routes.extend(router.routes)
    describe(app)
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
