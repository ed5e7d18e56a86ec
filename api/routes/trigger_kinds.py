"""`/v1/trigger-kinds`: which task follows from what another system notices."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import Services, TaskReader, TaskTypeWriter, problems
from api.named_documents import NamedDocuments
from api.preconditions import (
    ETAG_HEADER,
    NOT_MODIFIED,
    PUT_HEADERS,
    IfMatch,
    IfNoneMatch,
    not_modified,
)
from api.schemas.base import ListView, PathId
from api.schemas.triggers import TriggerKindBody, TriggerKindView
from api.views import respond_page, trigger_kind_view
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.trigger import TriggerKind
from voicegw.store.paging import Page
from voicegw.tasks.shipped_triggers import SHIPPED_KINDS
from voicegw.tasks.trigger_rules import check_kind

router = APIRouter(prefix="/v1/trigger-kinds", tags=["tasks"])

_KINDS = NamedDocuments(
    name="trigger-kind",
    words="Kinds of triggers",
    path="/v1/trigger-kinds",
    kind=SubjectKind.TRIGGER_KIND,
    action=AuditAction.TRIGGER_KIND,
    shipped=SHIPPED_KINDS,
    repository=lambda services: services.repositories.trigger_kinds,
    view=trigger_kind_view,
)

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
    return not_modified(if_none_match, kind) or _KINDS.shown(kind)


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
    _KINDS.check_caller(caller)
    document = body.model_dump(mode="json") | {"name": name, "is_built_in": name in SHIPPED_KINDS}
    kind = msgspec.convert(document, TriggerKind)
    check_kind(kind)
    return await _KINDS.put(services, caller, request, kind, if_match=if_match)


@router.delete(
    "/{name}",
    operation_id="deleteTriggerKind",
    summary="Take back a kind of triggers",
    status_code=204,
    response_class=Response,
    responses=problems(403, 412),
)
async def delete_trigger_kind(
    *,
    name: PathId,
    request: Request,
    services: Services,
    caller: TaskTypeWriter,
    if_match: IfMatch = None,
) -> Response:
    """Back to the shipped one of this name, if there is one; 404 where nothing was put."""
    _KINDS.check_caller(caller)
    return await _KINDS.delete(services, caller, request, name, if_match=if_match)
