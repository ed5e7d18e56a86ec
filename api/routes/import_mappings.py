"""`/v1/import-mappings`: what titles of columns mean in files of a kind."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import Caller, Importer, Services, problems
from api.problems import ApiProblem
from api.schemas.imports import ImportMappingBody, ImportMappingView
from api.views import import_mapping_view, respond
from voicegw.directory.import_columns import ImportKind, checked_mapping
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind

router = APIRouter(prefix="/v1/import-mappings", tags=["directory"])


@router.get(
    "/{kind}",
    operation_id="getImportMapping",
    summary="Get what titles of columns mean",
    response_class=Response,
    responses={200: {"model": ImportMappingView}, **problems()},
)
async def get_import_mapping(kind: str, services: Services, caller: Importer) -> Response:
    """What was given last for files of this kind; an empty mapping where nothing was."""
    mapping = await services.repositories.import_mappings.get(_kind(caller, kind))
    return respond(import_mapping_view(mapping))


@router.put(
    "/{kind}",
    operation_id="putImportMapping",
    summary="Say what titles of columns mean",
    response_class=Response,
    responses={200: {"model": ImportMappingView}, **problems(403)},
)
async def put_import_mapping(
    kind: str, body: ImportMappingBody, request: Request, services: Services, caller: Importer
) -> Response:
    """Replaces the mapping as a whole; imports that come without one of their own use it."""
    wanted = _kind(caller, kind)
    if caller.scope.group_ids is not None:
        raise ApiProblem("forbidden", "What is kept is everybody's: it needs a key of all groups.")
    checked = checked_mapping(wanted, body.mapping)
    subject = Subject(SubjectKind.IMPORT_MAPPING, wanted)
    await note(services, caller, request, AuditAction.IMPORT_MAPPING, subject)
    mapping = await services.repositories.import_mappings.put(
        wanted,
        checked,
        by=caller.principal.id,
        at=services.clock.now(),
    )
    return respond(import_mapping_view(mapping))


def _kind(caller: Caller, kind: str) -> ImportKind:
    """Return the kind; raise NotFoundError for none, and for one that the key can't import."""
    is_limited = caller.scope.group_ids is not None and kind != ImportKind.TASKS
    if kind not in list(ImportKind) or is_limited:
        raise NotFoundError("kind", kind)
    return ImportKind(kind)
