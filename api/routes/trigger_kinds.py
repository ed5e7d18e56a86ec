"""`/v1/trigger-kinds`: which task follows from what another system notices."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import Caller, Services, TaskReader, TaskTypeWriter, problems
from api.preconditions import (
    ETAG_HEADER,
    NOT_MODIFIED,
    PUT_HEADERS,
    RESULT,
    IfMatch,
    IfNoneMatch,
    not_modified,
    require_known,
    tag_of,
)
from api.problems import ApiProblem
from api.schemas.base import ListView, PathId
from api.schemas.triggers import TriggerKindBody, TriggerKindView
from api.services import ApiServices
from api.views import respond, respond_page, trigger_kind_view
from voicegw.directory.service import Put
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.trigger import TriggerKind
from voicegw.store.paging import Page
from voicegw.tasks.trigger_rules import check_kind

router = APIRouter(prefix="/v1/trigger-kinds", tags=["tasks"])

_ONE = {"model": TriggerKindView, "headers": ETAG_HEADER}
_PUT = {"model": TriggerKindView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listTriggerKinds",
    summary="List kinds of triggers",
    response_class=Response,
    responses={200: {"model": ListView[TriggerKindView]}, **problems()},
)
async def list_trigger_kinds(services: Services, caller: TaskReader) -> Response:
    """All of them, on one page: the shipped ones first, as they are or as they were put."""
    del caller
    kinds = await services.triggering.kinds()
    return await respond_page(Page([*kinds.values()], None), trigger_kind_view)


@router.get(
    "/{name}",
    operation_id="getTriggerKind",
    summary="Get a kind of triggers",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_trigger_kind(
    name: PathId, services: Services, caller: TaskReader, if_none_match: IfNoneMatch = None
) -> Response:
    """One kind."""
    del caller
    kind = await services.triggering.kind(name)
    return not_modified(if_none_match, kind) or _shown(kind)


@router.put(
    "/{name}",
    operation_id="putTriggerKind",
    summary="Put a kind of triggers",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 412, 415)},
)
async def put_trigger_kind(
    *,
    name: PathId,
    body: TriggerKindBody,
    request: Request,
    services: Services,
    caller: TaskTypeWriter,
    if_match: IfMatch = None,
) -> Response:
    """In place of the shipped one of this name, or as one of your own.

    Tasks that there are already keep their times.
    """
    _check_unscoped(caller)
    known = (await services.triggering.kinds()).get(name)
    require_known(if_match, known)
    kind = msgspec.convert({"name": name, **body.model_dump(mode="json")}, TriggerKind)
    check_kind(kind)
    if known == kind:
        return _shown(kind, how=Put.UNCHANGED)
    await _note(services, caller, request, name, "put")
    await services.repositories.trigger_kinds.put(kind)
    return _shown(kind, how=Put.CREATED if known is None else Put.REPLACED)


@router.delete(
    "/{name}",
    operation_id="deleteTriggerKind",
    summary="Take back a kind of triggers",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def delete_trigger_kind(
    name: PathId, request: Request, services: Services, caller: TaskTypeWriter
) -> Response:
    """Back to the shipped one of this name, if there is one; 404 where nothing was put."""
    _check_unscoped(caller)
    await _note(services, caller, request, name, "deleted")
    await services.repositories.trigger_kinds.delete(name)
    return Response(status_code=204)


def _check_unscoped(caller: Caller) -> None:
    """Raise ApiProblem `forbidden` for who is bound to a group: kinds are everybody's."""
    if caller.scope.group_ids is not None:
        raise ApiProblem("forbidden", "Kinds of triggers are for administrators of all groups.")


def _shown(kind: TriggerKind, *, how: Put | None = None) -> Response:
    headers = {"ETag": tag_of(kind)}
    if how is not None:
        headers |= {RESULT: how, "Location": f"/v1/trigger-kinds/{kind.name}"}
    return respond(trigger_kind_view(kind), 201 if how is Put.CREATED else 200, headers)


async def _note(
    services: ApiServices, caller: Caller, request: Request, name: str, how: str
) -> None:
    subject = Subject(SubjectKind.TRIGGER_KIND, name)
    await note(services, caller, request, AuditAction.TRIGGER_KIND, subject, how=how)
