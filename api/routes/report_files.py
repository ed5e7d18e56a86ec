"""`/v1/report-files`: what schedules have made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import FIRST_PAGE, Cursor, Limit, ReportReader, Services, problems
from api.problems import ApiProblem
from api.report_form import FILE_CONTENT
from api.report_views import file_view, owner_seen, seen_file, still_sees
from api.schemas.base import Id, ListView, PathId
from api.schemas.report_files import ReportFileView
from api.views import respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind

router = APIRouter(prefix="/v1/report-files", tags=["reports"])


@router.get(
    "",
    operation_id="listReportFiles",
    summary="List files of reports",
    response_class=Response,
    responses={200: {"model": ListView[ReportFileView]}, **problems()},
)
async def list_report_files(
    services: Services,
    caller: ReportReader,
    schedule_id: Annotated[Id | None, Query(description="Made by this schedule")] = None,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Those of one's own schedules, the newest first; an unlimited administrator sees all."""
    page = await services.repositories.report_files.list(
        owner=owner_seen(caller), schedule_id=schedule_id, limit=limit, cursor=cursor
    )
    return await respond_page(page, file_view)


@router.get(
    "/{file_id}",
    operation_id="getReportFile",
    summary="Get what is known of a file of a report",
    response_class=Response,
    responses={200: {"model": ReportFileView}, **problems()},
)
async def get_report_file(file_id: PathId, services: Services, caller: ReportReader) -> Response:
    """How far it is, and where it was brought."""
    return respond(file_view(await seen_file(services, caller, file_id)))


@router.get(
    "/{file_id}/content",
    operation_id="getReportFileContent",
    summary="Fetch a file of a report",
    response_class=Response,
    responses={
        200: {"content": FILE_CONTENT, "description": "The file"},
        **problems(409),
    },
)
async def get_report_file_content(
    file_id: PathId, request: Request, services: Services, caller: ReportReader
) -> Response:
    """The file as it was sent, from whichever node, for `retention.report_files_days`."""
    file = await seen_file(services, caller, file_id)
    if file.made_at is not None and not still_sees(caller, file):
        raise NotFoundError("report file", file_id)
    subject = Subject(SubjectKind.REPORT_FILE, file.id, file.group_id)
    await note(services, caller, request, AuditAction.REPORT_DOWNLOADED, subject)
    content = await services.repositories.report_files.content(file.id)
    if content is None:
        raise ApiProblem("report-not-made", f"The report is {file.state}.")
    headers = {
        "Content-Disposition": f'attachment; filename="{file.file_name}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=file.format.media_type, headers=headers)
