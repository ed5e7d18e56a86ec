"""`/v1/flows`: what callers of hotlines hear and are asked, as files in versions."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    DirectoryReader,
    FlowWriter,
    Limit,
    Services,
    problems,
)
from api.flow_views import field_faults, flow_check_view, flow_version_view, flow_view
from api.preconditions import etag, expected_revision
from api.problems import ApiProblem
from api.schemas.base import ListView, PathId
from api.schemas.flows import FlowCheckView, FlowVersionView, FlowView
from api.services import ApiServices
from api.views import encode, respond, respond_page
from ivr.flow.checker import Checked
from ivr.flow.mermaid import mermaid
from ivr.flow.model import flow_schema
from ivr.flow.svg import svg
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.flow import FlowVersion

router = APIRouter(prefix="/v1/flows", tags=["flows"])

_RESERVED: Final = frozenset({"schema", "check"})
"""Names that are paths here."""
_MEDIA_TYPES: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
_YAML: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"description": "A flow"}}},
    }
}
IfMatch = Annotated[str | None, Header(description="The version this change is meant for")]
Version = Annotated[
    int | None,
    # The store counts versions in 32 bits.
    Query(ge=1, le=2**31 - 1, description="An older version; without it the newest"),
]


@router.get(
    "",
    operation_id="listFlows",
    summary="List flows",
    response_class=Response,
    responses={200: {"model": ListView[FlowVersionView]}, **problems()},
)
async def list_flows(
    *, services: Services, caller: DirectoryReader, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """Every flow in its newest version, by name, without its text."""
    del caller
    page = await services.repositories.flows.list(limit=limit, cursor=cursor)
    return await respond_page(page, flow_version_view)


@router.get(
    "/schema",
    operation_id="getFlowSchema",
    summary="Get the JSON Schema of flows",
    response_class=Response,
    responses={200: {"content": {"application/schema+json": {}}}, **problems()},
)
async def get_flow_schema(caller: DirectoryReader) -> Response:
    """What an editor needs to help with writing a flow."""
    del caller
    return Response(encode(flow_schema()), media_type="application/schema+json")


@router.post(
    "/check",
    operation_id="checkFlow",
    summary="Check a flow without keeping it",
    response_class=Response,
    responses={200: {"model": FlowCheckView}, **problems(403, 413, 415)},
    openapi_extra=_YAML,
)
async def check_flow(request: Request, services: Services, caller: FlowWriter) -> Response:
    """All that is wrong with a text, and its drawing."""
    del caller
    checked = await _checked(services, await _text(request))
    return respond(await asyncio.to_thread(flow_check_view, checked))


@router.get(
    "/{name}",
    operation_id="getFlow",
    summary="Get a flow",
    response_class=Response,
    responses={200: {"model": FlowView}, **problems()},
)
async def get_flow(
    name: PathId, services: Services, caller: DirectoryReader, version: Version = None
) -> Response:
    """A flow with its text, in its newest version or an older one."""
    del caller
    return await _shown(services, await _found(services, name, version))


@router.put(
    "/{name}",
    operation_id="putFlow",
    summary="Create or change a flow",
    response_class=Response,
    responses={
        200: {"model": FlowView},
        201: {"model": FlowView},
        **problems(403, 409, 412, 413, 415),
    },
    openapi_extra=_YAML,
)
async def put_flow(
    *,
    name: PathId,
    request: Request,
    services: Services,
    caller: FlowWriter,
    if_match: IfMatch = None,
) -> Response:
    """Add a version, checked before: every problem comes back with its line, as 422.

    Callers who come from now on go through it, on every node within seconds; calls in progress
    keep theirs. The same text again changes nothing.
    """
    _need_all_groups(caller)
    text = await _text(request)
    checked = await _checked(services, text)
    if not checked.is_sound:
        errors = field_faults(checked.findings)
        raise ApiProblem("invalid", "The flow can't be used.", errors=errors)
    if checked.draft.name != name or name in _RESERVED:
        raise InvalidError(
            "flow", f"must be the name it is put under, and none of {_reserved()}", kind="mismatch"
        )
    is_new = await services.repositories.flows.newest(name) is None
    subject = Subject(SubjectKind.FLOW, name)
    await note(services, caller, request, AuditAction.FLOW_PUT, subject)
    added = await services.repositories.flows.put(
        name,
        text,
        by=caller.principal.id,
        at=services.clock.now(),
        expected_version=expected_revision(if_match),
    )
    return await _shown(services, added, 201 if is_new else 200)


@router.delete(
    "/{name}",
    operation_id="deleteFlow",
    summary="Delete a flow",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Deleted"}, **problems(403, 409, 412)},
)
async def delete_flow(
    *,
    name: PathId,
    request: Request,
    services: Services,
    caller: FlowWriter,
    if_match: IfMatch = None,
) -> Response:
    """Take a flow out of force; refused while hotlines have it, telling which (409 `reference`).

    Calls that go through it are led to its end. Its versions can be read on, and put again: the
    next one has the number after the deletion's.
    """
    _need_all_groups(caller)
    flow = await _found(services, name, None)
    expected = expected_revision(if_match)
    if expected not in {None, flow.version}:
        raise ApiProblem("revision-changed", "The flow was changed since it was read.")
    flows = services.repositories.flows
    await flows.check_unused(name)
    subject = Subject(SubjectKind.FLOW, name)
    await note(services, caller, request, AuditAction.FLOW_DELETED, subject)
    by, at = caller.principal.id, services.clock.now()
    await flows.delete(name, by=by, at=at, expected_version=expected)
    return Response(status_code=204)


@router.get(
    "/{name}/versions",
    operation_id="listFlowVersions",
    summary="List the versions of a flow",
    response_class=Response,
    responses={200: {"model": ListView[FlowVersionView]}, **problems()},
)
async def list_flow_versions(
    *,
    name: PathId,
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """The newest first; those of a flow that was deleted can be read on."""
    del caller
    page = await services.repositories.flows.versions(name, limit=limit, cursor=cursor)
    if not page.items and cursor is None:
        raise NotFoundError("flow", name)
    return await respond_page(page, flow_version_view)


@router.get(
    "/{name}/drawing.svg",
    operation_id="getFlowSvg",
    summary="Get a flow as an SVG picture",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}, **problems()},
)
async def get_flow_svg(
    name: PathId, services: Services, caller: DirectoryReader, version: Version = None
) -> Response:
    """Boxes and arrows; what is wrong is red."""
    del caller
    flow = await _found(services, name, version)
    checked = await _checked(services, flow.source)
    drawn = await asyncio.to_thread(svg, checked.draft, checked.findings)
    return Response(drawn, headers=etag(flow.version), media_type="image/svg+xml")


@router.get(
    "/{name}/drawing.mmd",
    operation_id="getFlowMermaid",
    summary="Get a flow as a Mermaid flowchart",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **problems()},
)
async def get_flow_mermaid(
    name: PathId, services: Services, caller: DirectoryReader, version: Version = None
) -> Response:
    """The text of a flowchart; what is wrong is red."""
    del caller
    flow = await _found(services, name, version)
    checked = await _checked(services, flow.source)
    drawn = mermaid(checked.draft, checked.findings)
    return Response(drawn, headers=etag(flow.version), media_type="text/plain; charset=utf-8")


def _need_all_groups(caller: Caller) -> None:
    if caller.scope.group_ids is not None:
        raise ApiProblem("forbidden", "Flows need a key that sees all groups.")


async def _found(services: ApiServices, name: str, version: int | None) -> FlowVersion:
    flows = services.repositories.flows
    found = await (flows.newest(name) if version is None else flows.get(name, version))
    if found is None:
        raise NotFoundError("flow", name)
    return found


async def _checked(services: ApiServices, text: str) -> Checked:
    # In a thread: a long text takes longer to read than signalling may wait.
    return await asyncio.to_thread(services.check_flow, text)


async def _shown(services: ApiServices, flow: FlowVersion, status: int = 200) -> Response:
    headers = etag(flow.version)
    if status == 201:
        headers["Location"] = f"/v1/flows/{flow.name}"
    checked = await _checked(services, flow.source)
    view = await asyncio.to_thread(flow_view, flow, checked)
    return respond(view, status, headers)


async def _text(request: Request) -> str:
    """Return the body. Raises ApiProblem for another type, InvalidError for what is no text."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        raise ApiProblem("unsupported-media-type", "Send the flow as application/yaml.")
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise InvalidError("body", "must be UTF-8", kind="unreadable") from error
    if "\0" in text:
        raise InvalidError("body", "must not hold a NUL character", kind="characters")
    return text


def _reserved() -> str:
    return ", ".join(sorted(_RESERVED))
