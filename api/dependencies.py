"""What routes ask FastAPI for: the services, and the caller with a permission already checked."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar, cast, get_type_hints

from fastapi import Depends, Query, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from api.access import Permission, Scope, demand, permissions_of
from api.auth import Principal
from api.entry import COOKIE, PRINCIPAL_KEY, principal_of
from api.query import check_query
from api.schemas.base import ExternalId, Id, NumberText, ProblemView, Time
from api.services import ApiServices
from voicegw.model.directory import Role
from voicegw.store.paging import DEFAULT_LIMIT, MAX_LIMIT

T = TypeVar("T")

BY_KEY: Final = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key: `Bearer vgw_…`"
)
BY_LOGIN: Final = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    scheme_name="session",
    description="A login (`POST /v1/session`). What is no GET needs `X-CSRF-Token`, too.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what that principal sees."""

    principal: Principal
    scope: Scope

    @property
    def role(self) -> Role:
        """The principal's role."""
        return self.principal.role

    def may(self, permission: Permission) -> bool:
        """Whether the principal has `permission`, for what a route shows or takes besides."""
        principal = self.principal
        return permission in permissions_of(principal.role, principal.grants, principal.scopes)


def services(request: Request) -> ApiServices:
    """Return the services of the application that handles `request`."""
    return cast(ApiServices, request.app.state.services)


def allowed(permission: Permission) -> Callable[..., Awaitable[Caller]]:
    """Return the dependency that lets only callers with `permission` through."""

    async def caller(
        request: Request,
        _key: Annotated[Any, Security(BY_KEY)] = None,
        _session: Annotated[Any, Security(BY_LOGIN)] = None,
    ) -> Caller:
        parts = services(request)
        principal = await principal_of(request, parts)
        request.scope[PRINCIPAL_KEY] = principal.id
        demand(principal, permission)
        check_query(request)
        return Caller(principal, await parts.scopes.scope(principal))

    # For who lists what each operation asks for (docs/access.md).
    vars(caller)["permission"] = permission
    return caller


async def _services(request: Request) -> ApiServices:
    # FastAPI runs what is no coroutine function in another thread: there and back, each request.
    return services(request)


def in_loop(shape: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """Return the dependency that makes a `shape` of a request's fields, and not in another thread.

    `shape` is a class whose parameters FastAPI knows how to fill.
    """

    async def make(**fields: Any) -> T:
        return shape(**fields)

    hints = get_type_hints(shape, include_extras=True)
    signature = inspect.signature(shape)
    parameters = [one.replace(annotation=hints[name]) for name, one in signature.parameters.items()]
    make.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=parameters, return_annotation=inspect.Signature.empty
    )
    return make


Services = Annotated[ApiServices, Depends(_services)]

CallReader = Annotated[Caller, Depends(allowed(Permission.CALLS_READ))]
CallStarter = Annotated[Caller, Depends(allowed(Permission.CALLS_START))]
CallEnder = Annotated[Caller, Depends(allowed(Permission.CALLS_HANGUP))]
CallMover = Annotated[Caller, Depends(allowed(Permission.CALLS_MOVE))]
CallTracer = Annotated[Caller, Depends(allowed(Permission.CALLS_TRACE))]
Discloser = Annotated[Caller, Depends(allowed(Permission.DISCLOSE))]
RecordingPauser = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_PAUSE))]
RecordingReader = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_READ))]
RecordingListener = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_LISTEN))]
RecordingHolder = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_HOLD))]
RecordingRemover = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_DELETE))]
DirectoryReader = Annotated[Caller, Depends(allowed(Permission.DIRECTORY_READ))]
HandoverMaker = Annotated[Caller, Depends(allowed(Permission.HANDOVER))]
AwayTeller = Annotated[Caller, Depends(allowed(Permission.MANAGERS_AWAY))]
DirectoryWriter = Annotated[Caller, Depends(allowed(Permission.DIRECTORY_WRITE))]
Importer = Annotated[Caller, Depends(allowed(Permission.IMPORTS))]
EventReader = Annotated[Caller, Depends(allowed(Permission.EVENTS_READ))]
RecordingRedactor = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_REDACT))]
Exporter = Annotated[Caller, Depends(allowed(Permission.RECORDINGS_EXPORT))]
AuditReader = Annotated[Caller, Depends(allowed(Permission.AUDIT_READ))]
QualityReader = Annotated[Caller, Depends(allowed(Permission.QUALITY_READ))]
FlowWriter = Annotated[Caller, Depends(allowed(Permission.FLOWS_WRITE))]
PromptWriter = Annotated[Caller, Depends(allowed(Permission.PROMPTS_WRITE))]
QualityWriter = Annotated[Caller, Depends(allowed(Permission.QUALITY_WRITE))]
ReviewReader = Annotated[Caller, Depends(allowed(Permission.REVIEWS_READ))]
ReportReader = Annotated[Caller, Depends(allowed(Permission.REPORTS_READ))]
ReviewGiver = Annotated[Caller, Depends(allowed(Permission.REVIEWS_ASSIGN))]
Reviewer = Annotated[Caller, Depends(allowed(Permission.REVIEWS_SCORE))]
Appellant = Annotated[Caller, Depends(allowed(Permission.REVIEWS_APPEAL))]
TaskReader = Annotated[Caller, Depends(allowed(Permission.TASKS_READ))]
TaskWorker = Annotated[Caller, Depends(allowed(Permission.TASKS_WORK))]
TaskAssigner = Annotated[Caller, Depends(allowed(Permission.TASKS_ASSIGN))]
TaskTypeWriter = Annotated[Caller, Depends(allowed(Permission.TASK_TYPES_WRITE))]
WebhookKeeper = Annotated[Caller, Depends(allowed(Permission.WEBHOOKS))]
KeyKeeper = Annotated[Caller, Depends(allowed(Permission.KEYS))]
UserKeeper = Annotated[Caller, Depends(allowed(Permission.USERS))]
SystemReader = Annotated[Caller, Depends(allowed(Permission.SYSTEM_READ))]

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items of a page")]
Cursor = Annotated[
    str | None, Query(max_length=512, description="`next_cursor` of the page before")
]
From = Annotated[Time | None, Query(alias="from", description="Created at or after; RFC 3339")]
Until = Annotated[Time | None, Query(description="Created before; RFC 3339")]
OfGroup = Annotated[Id | None, Query(description="Of this group and those below it")]
AndBelow = Annotated[bool, Query(description="Whether the groups below `group_id` are in it, too")]
OfManager = Annotated[Id | None, Query(description="Of this manager")]
OfCustomer = Annotated[Id | None, Query(description="Of this customer")]
WithNumber = Annotated[
    NumberText | None,
    Query(description="A telephone number in any usual spelling", examples=["13800138000"]),
]
WithExternalId = Annotated[
    ExternalId | None, Query(description="What another system calls it, as a whole")
]
FIRST_PAGE = DEFAULT_LIMIT


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of the problems with these statuses, and those of every route."""
    return dict.fromkeys(sorted({401, 404, 422, 429, 503, *statuses}), PROBLEM_RESPONSE)


PROBLEM_RESPONSE: Final[dict[str, Any]] = {
    "description": "Problem",
    "content": {
        "application/problem+json": {
            "schema": {"$ref": f"#/components/schemas/{ProblemView.__name__}"}
        }
    },
}
