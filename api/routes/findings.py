"""`/v1/findings`, and what the check of a recording came to."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import Permission
from api.audit import Subject, note, note_heard
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    From,
    Limit,
    QualityReader,
    QualityWriter,
    Services,
    Until,
    problems,
)
from api.problems import ApiProblem
from api.schemas.base import Id, ListView, PathId
from api.schemas.quality import FindingsView, FindingView, QualityView
from api.services import ApiServices
from api.views import empty_page, finding_view, quality_view, respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.work import WorkKind
from voicegw.store.checks import FindingFilter

router = APIRouter(tags=["quality"])


@router.get(
    "/v1/findings",
    operation_id="listFindings",
    summary="List findings",
    response_class=Response,
    responses={200: {"model": ListView[FindingView]}, **problems()},
)
async def list_findings(
    *,
    services: Services,
    caller: QualityReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    kind: FindingKind | None = None,
    severity: Severity | None = None,
    group_id: Id | None = None,
    manager_id: Id | None = None,
    script_id: Id | None = None,
    statement_id: Id | None = None,
) -> Response:
    """What was found in the talks that the key may see, the newest first.

    The words it rests on are below each recording, where reading them is noted.
    """
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    wanted = FindingFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        kind=kind,
        severity=severity,
        script_id=script_id,
        statement_id=statement_id,
        from_=from_,
        until=until,
    )
    page = await services.repositories.checks.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, partial(finding_view, may_read=False))


@router.get(
    "/v1/recordings/{recording_id}/findings",
    operation_id="getRecordingFindings",
    summary="Get what was found in a recording",
    response_class=Response,
    responses={200: {"model": FindingsView}, **problems()},
)
async def get_recording_findings(
    recording_id: PathId, request: Request, services: Services, caller: QualityReader
) -> Response:
    """Every finding, in the order of the script; empty while the recording is not checked.

    `evidence` is given to those who may hear the recording, and that they read it is noted.
    """
    recording = await judged_recording(services, caller, recording_id)
    found = await services.repositories.checks.findings(recording.id)
    may_read = caller.may(Permission.RECORDINGS_LISTEN)
    if may_read and any(one.evidence for one in found):
        action = AuditAction.TRANSCRIPT_READ
        await note_heard(services, caller, request, recording, action, form="findings")
    return respond({"items": [finding_view(one, may_read=may_read) for one in found]})


@router.get(
    "/v1/recordings/{recording_id}/quality",
    operation_id="getRecordingQuality",
    summary="Get what the check of a recording came to",
    response_class=Response,
    responses={200: {"model": QualityView}, **problems()},
)
async def get_recording_quality(
    recording_id: PathId, services: Services, caller: QualityReader
) -> Response:
    """Score and measures; 404 while the recording is not checked."""
    recording = await judged_recording(services, caller, recording_id)
    result = await services.repositories.checks.result(recording.id)
    if result is None:
        raise NotFoundError("quality", recording_id)
    return respond(quality_view(result))


@router.post(
    "/v1/recordings/{recording_id}/check",
    operation_id="checkRecording",
    summary="Check a recording again",
    status_code=202,
    response_class=Response,
    responses={202: {"description": "It will be checked soon"}, **problems(403, 409)},
)
async def check_recording(
    recording_id: PathId, request: Request, services: Services, caller: QualityWriter
) -> Response:
    """Against the scripts as they are now; what was found before is replaced."""
    recording = await judged_recording(services, caller, recording_id)
    if recording.status is not RecordingStatus.COMPLETED:
        raise ApiProblem("conflict", "The recording has no sound to check.")
    subject = Subject.of(recording)
    await note(services, caller, request, AuditAction.CHECK_WANTED, subject)
    await services.repositories.work.again(WorkKind.CHECK, recording.id, services.clock.now())
    return Response(status_code=202)


async def judged_recording(services: ApiServices, caller: Caller, recording_id: str) -> Recording:
    """Return a recording whose quality the caller may see. Raises NotFoundError."""
    recording = await services.repositories.recordings.get(recording_id)
    if recording is None or not caller.scope.has(recording.group_id, recording.manager_id):
        raise NotFoundError("recording", recording_id)
    return recording
