"""`/v1/report-schedules`: reports that are made again and again."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    Limit,
    ReportReader,
    Services,
    problems,
)
from api.made_once import made_once
from api.preconditions import IfMatch, etag, expected_revision
from api.problems import ApiProblem
from api.report_owner import check_report
from api.report_views import owner_seen, schedule_view, seen_schedule
from api.schemas.base import ListView, PathId
from api.schemas.report_files import ReportScheduleBody, ReportScheduleView
from api.services import ApiServices
from api.views import respond, respond_page
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind, new_id
from voicegw.model.report_file import ReportFilters, ReportSchedule
from voicegw.reports.catalogue import split_of
from voicegw.reports.folder import check_folder
from voicegw.reports.mail import is_allowed
from voicegw.reports.schedule import check_times, next_after

router = APIRouter(prefix="/v1/report-schedules", tags=["reports"])


@router.get(
    "",
    operation_id="listReportSchedules",
    summary="List schedules of reports",
    response_class=Response,
    responses={200: {"model": ListView[ReportScheduleView]}, **problems()},
)
async def list_report_schedules(
    services: Services, caller: ReportReader, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """One's own, the newest first; an unlimited administrator sees everybody's."""
    page = await services.repositories.report_schedules.list(
        owner=owner_seen(caller), limit=limit, cursor=cursor
    )
    return await respond_page(page, schedule_view)


@router.post(
    "",
    operation_id="createReportSchedule",
    summary="Have a report made again and again",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ReportScheduleView}, **problems(400, 409)},
)
@made_once()
async def create_report_schedule(
    body: ReportScheduleBody, request: Request, services: Services, caller: ReportReader
) -> Response:
    """It is made with the rights that its maker has at that time, and is sent to whom is named.

    It holds figures only: no telephone number, no customer.
    """
    schedule = await _checked(
        services, caller, body, new_id(IdKind.REPORT_SCHEDULE), caller.principal.id
    )
    await _note(services, caller, request, schedule, "created")
    most = services.options.reports.schedules_per_owner
    if not await services.repositories.report_schedules.create(schedule, most=most):
        raise ApiProblem("too-many-schedules", f"There may be {most} of one owner.")
    headers = {"Location": f"/v1/report-schedules/{schedule.id}", **etag(schedule.version)}
    return respond(schedule_view(schedule), 201, headers)


@router.get(
    "/{schedule_id}",
    operation_id="getReportSchedule",
    summary="Get a schedule of a report",
    response_class=Response,
    responses={200: {"model": ReportScheduleView}, **problems()},
)
async def get_report_schedule(
    schedule_id: PathId, services: Services, caller: ReportReader
) -> Response:
    """One schedule; its files are at `/v1/report-files?schedule_id=`."""
    schedule = await seen_schedule(services, caller, schedule_id)
    return respond(schedule_view(schedule), headers=etag(schedule.version))


@router.put(
    "/{schedule_id}",
    operation_id="replaceReportSchedule",
    summary="Replace a schedule of a report",
    response_class=Response,
    responses={200: {"model": ReportScheduleView}, **problems(400, 409, 412)},
)
async def replace_report_schedule(
    *,
    schedule_id: PathId,
    body: ReportScheduleBody,
    request: Request,
    services: Services,
    caller: ReportReader,
    if_match: IfMatch = None,
) -> Response:
    """Replaces it as a whole; it stays its owner's. What is being made already goes on."""
    known = await seen_schedule(services, caller, schedule_id)
    expected = expected_revision(if_match)
    made = await _checked(services, caller, body, known.id, known.owner)
    schedule = msgspec.structs.replace(made, created_at=known.created_at)
    await _note(services, caller, request, schedule, "replaced")
    replaced = await services.repositories.report_schedules.replace(
        schedule, known.version if expected is None else expected
    )
    return respond(schedule_view(replaced), headers=etag(replaced.version))


@router.delete(
    "/{schedule_id}",
    operation_id="deleteReportSchedule",
    summary="Delete a schedule of a report",
    status_code=204,
    response_class=Response,
    responses=problems(),
)
async def delete_report_schedule(
    schedule_id: PathId, request: Request, services: Services, caller: ReportReader
) -> Response:
    """Nothing more is made by it; its files stay for their time."""
    schedule = await seen_schedule(services, caller, schedule_id)
    await _note(services, caller, request, schedule, "deleted")
    await services.repositories.report_schedules.delete(schedule.id)
    return Response(status_code=204)


async def _checked(
    services: ApiServices, caller: Caller, body: ReportScheduleBody, schedule_id: str, owner: str
) -> ReportSchedule:
    """Return the schedule that `body` asks for. Raises InvalidError naming the field."""
    options, now = services.options, services.clock.now()
    asked = body.filters
    listing = await services.scopes.listing(caller.scope, asked.group_id, asked.manager_id)
    if listing is None:
        raise InvalidError(
            "filters.group_id", "names a group or manager that you do not see", kind="not-found"
        )
    check_report(caller, body.report)
    split_of(body.report, tuple(asked.by))
    filters = msgspec.convert(asked.model_dump(mode="json"), ReportFilters)
    schedule = ReportSchedule(
        id=schedule_id,
        owner=owner,
        created_at=now,
        name=body.name,
        report=body.report,
        period=body.period,
        at=body.at,
        on=body.on,
        timezone=body.timezone or options.timezone,
        filters=filters,
        format=body.format,
        language=body.language,
        mail_to=tuple(dict.fromkeys(body.mail_to)),
        folder=body.folder,
        enabled=body.enabled,
    )
    check_times(schedule)
    _check_places(services, schedule)
    return msgspec.structs.replace(schedule, next_at=next_after(schedule, now))


def _check_places(services: ApiServices, schedule: ReportSchedule) -> None:
    reports = services.options.reports
    if schedule.mail_to and not reports.mails:
        raise InvalidError("mail_to", "no mail is sent: [mail] names no server", kind="not-allowed")
    for number, address in enumerate(schedule.mail_to):
        if not is_allowed(address, reports.mail_domains):
            raise InvalidError(
                f"mail_to.{number}", "no mail is sent to this domain", kind="not-allowed"
            )
    if schedule.folder is not None:
        if not reports.has_folders:
            raise InvalidError(
                "folder", "there are no folders: [reports] names no storage", kind="not-allowed"
            )
        check_folder(schedule.folder)


async def _note(
    services: ApiServices, caller: Caller, request: Request, schedule: ReportSchedule, how: str
) -> None:
    await note(
        services,
        caller,
        request,
        AuditAction.REPORT_SCHEDULE,
        Subject(SubjectKind.REPORT_SCHEDULE, schedule.id),
        change=how,
        report=schedule.report,
        recipients=len(schedule.mail_to),
        group_id=schedule.filters.group_id,
    )
