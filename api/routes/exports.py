"""`/v1/recordings/export` and `/v1/exports`: many recordings at once, as an archive."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import FIRST_PAGE, Cursor, Exporter, Limit, Services, problems
from api.exporting import seen_export, sees_all, start_dossier, start_export
from api.file_response import file_response
from api.made_once import made_once
from api.problems import ApiProblem
from api.schemas.base import ListView, PathId
from api.schemas.exports import DossierBody, ExportBody, ExportView
from api.views import export_view, respond, respond_page
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.export import ExportState

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1", tags=["recordings"])


@router.post(
    "/recordings/export",
    operation_id="exportRecordings",
    summary="Export recordings",
    status_code=202,
    response_class=Response,
    responses={202: {"model": ExportView}, **problems(400, 403)},
)
@made_once()
async def export_recordings(
    body: ExportBody, request: Request, services: Services, caller: Exporter
) -> Response:
    """Have an archive made: a zip of what was asked for, a manifest with hashes and seals, a table.

    Follow it at `Location`; once it is completed, fetch it there below `/archive`. Every recording
    in it is noted in the audit log.
    """
    export = await start_export(services, caller, request, body)
    return respond(export_view(export), 202, {"Location": f"/v1/exports/{export.id}"})


@router.post(
    "/dossiers",
    operation_id="makeDossier",
    summary="Make a dossier",
    status_code=202,
    response_class=Response,
    responses={202: {"model": ExportView}, **problems(400, 403)},
)
@made_once()
async def make_dossier(
    body: DossierBody, request: Request, services: Services, caller: Exporter
) -> Response:
    """Have all about one matter put into an archive that proves itself, without this gateway.

    Calls, events, recordings, transcripts, findings, seals, signed heads, public keys, and a script
    that verifies them. Follow it at `Location` like an export.
    """
    export = await start_dossier(services, caller, request, body)
    return respond(export_view(export), 202, {"Location": f"/v1/exports/{export.id}"})


@router.get(
    "/exports",
    operation_id="listExports",
    summary="List exports",
    response_class=Response,
    responses={200: {"model": ListView[ExportView]}, **problems(403)},
)
async def list_exports(
    services: Services, caller: Exporter, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """The key's own exports, the newest first; an administrator sees everybody's."""
    page = await services.repositories.exports.list(
        created_by=None if sees_all(caller) else caller.principal.id, limit=limit, cursor=cursor
    )
    return await respond_page(page, export_view)


@router.get(
    "/exports/{export_id}",
    operation_id="getExport",
    summary="Get an export",
    response_class=Response,
    responses={200: {"model": ExportView}, **problems(403)},
)
async def get_export(export_id: PathId, services: Services, caller: Exporter) -> Response:
    """How far an export is."""
    return respond(export_view(await seen_export(services, caller, export_id)))


@router.head("/exports/{export_id}/archive", include_in_schema=False)
@router.get(
    "/exports/{export_id}/archive",
    operation_id="getExportArchive",
    summary="Fetch an export",
    response_class=Response,
    responses={
        200: {"content": {"application/zip": {}}, "description": "All of it"},
        206: {"content": {"application/zip": {}}, "description": "The range asked for"},
        304: {"description": "The copy named by If-None-Match is still good"},
        **problems(403, 409, 410, 416),
    },
)
async def get_export_archive(
    export_id: PathId, request: Request, services: Services, caller: Exporter
) -> Response:
    """The archive, until `expires_at`. A broken download goes on with a range."""
    export = await seen_export(services, caller, export_id)
    if export.state is not ExportState.COMPLETED:
        raise ApiProblem("export-not-ready", f"The export is {export.state}.")
    if export.withdrawn_at is not None:
        raise ApiProblem("export-withdrawn", "A recording in it has been deleted; export again.")
    if export.expires_at is not None and export.expires_at <= services.clock.now():
        raise ApiProblem("export-not-ready", "Its time is over.")
    if export.node != services.options.node:
        raise ApiProblem("export-elsewhere", "The archive lies on another node.")
    if request.method == "GET":
        subject = Subject(SubjectKind.EXPORT, export.id, export.group_id)
        await note(services, caller, request, AuditAction.EXPORT_DOWNLOADED, subject)
    try:
        return await file_response(
            request,
            services.exports.path(export),
            media_type="application/zip",
            etag=export.sha256 or export.id,
            name=f"{export.id}.zip",
        )
    except FileNotFoundError:
        logger.error("archive is missing", extra={"export": export.id})
        raise ApiProblem("export-not-ready", "The archive is not there any more.") from None
