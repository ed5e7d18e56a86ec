"""`/v1/scripts`: what has to be said in talks, and what must not be."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api.audit import note_heard
from api.dependencies import (
    FIRST_PAGE,
    Cursor,
    Limit,
    QualityReader,
    QualityWriter,
    Services,
    problems,
)
from api.made_once import made_once
from api.owned_documents import OwnedDocuments
from api.routes.findings import judged_recording
from api.schemas.base import ListView, PathExternalId, PathId
from api.schemas.quality import ScriptBody, ScriptView, TryBody, TryView
from api.services import ApiServices
from api.views import respond, script_view, try_view
from recordings.quality.check import CheckRequest
from recordings.quality.script_rules import check_script
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus
from voicegw.model.script import Script
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus

router = APIRouter(prefix="/v1/scripts", tags=["quality"])


def _script(services: ApiServices, script_id: str, body: ScriptBody) -> Script:
    now = services.clock.now()
    given = {"id": script_id, "created_at": now, "updated_at": now, **body.model_dump(mode="json")}
    return msgspec.convert(given, Script)


_SCRIPTS: Final = OwnedDocuments(
    name="script",
    path="/v1/scripts",
    id_kind=IdKind.SCRIPT,
    kind=SubjectKind.SCRIPT,
    action=AuditAction.SCRIPT,
    repository=lambda services: services.repositories.scripts,
    make=_script,
    check=check_script,
    view=script_view,
)


@router.get(
    "",
    operation_id="listScripts",
    summary="List scripts",
    response_class=Response,
    responses={200: {"model": ListView[ScriptView]}, **problems()},
)
async def list_scripts(
    *,
    services: Services,
    caller: QualityReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    active: bool | None = None,
) -> Response:
    """The group's scripts and everybody's, the oldest first."""
    return await _SCRIPTS.list(services, caller, limit=limit, cursor=cursor, active=active)


@router.post(
    "",
    operation_id="createScript",
    summary="Create a script",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ScriptView}, **problems(400, 403, 409)},
)
@made_once()
async def create_script(
    body: ScriptBody, request: Request, services: Services, caller: QualityWriter
) -> Response:
    """Add a script of a group, or everybody's (which needs a key without a group)."""
    return await _SCRIPTS.create(services, caller, request, body)


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getScriptByExternalId",
    summary="Get a script by its external id",
    response_class=Response,
    responses={200: {"model": ScriptView}, **problems()},
)
async def get_script_by_external_id(
    external_id: PathExternalId, services: Services, caller: QualityReader
) -> Response:
    """The script that another system calls `external_id`."""
    return await _SCRIPTS.by_external_id(services, caller, external_id)


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putScriptByExternalId",
    summary="Create or replace a script by its external id",
    response_class=Response,
    responses={
        200: {"model": ScriptView},
        201: {"model": ScriptView},
        **problems(400, 403, 409),
    },
)
async def put_script_by_external_id(
    external_id: PathExternalId,
    body: ScriptBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced."""
    return await _SCRIPTS.put_by_external_id(services, caller, request, external_id, body)


@router.get(
    "/{script_id}",
    operation_id="getScript",
    summary="Get a script",
    response_class=Response,
    responses={200: {"model": ScriptView}, **problems()},
)
async def get_script(script_id: PathId, services: Services, caller: QualityReader) -> Response:
    """One script."""
    return _SCRIPTS.shown(await _SCRIPTS.seen(services, caller, script_id))


@router.put(
    "/{script_id}",
    operation_id="replaceScript",
    summary="Replace a script",
    response_class=Response,
    responses={200: {"model": ScriptView}, **problems(400, 403, 409, 412)},
)
async def replace_script(
    *,
    script_id: PathId,
    body: ScriptBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
    if_match: Annotated[str | None, Header(description="The version this change is meant for")] = (
        None
    ),
) -> Response:
    """One version up. Talks that are checked already keep what was found; see `checkRecording`."""
    return await _SCRIPTS.replace(services, caller, request, script_id, body, if_match=if_match)


@router.delete(
    "/{script_id}",
    operation_id="deleteScript",
    summary="Delete a script",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def delete_script(
    script_id: PathId, request: Request, services: Services, caller: QualityWriter
) -> Response:
    """What was found with it stays."""
    return await _SCRIPTS.delete(services, caller, request, script_id)


@router.post(
    "/{script_id}/try",
    operation_id="tryScript",
    summary="Try a script on words or on a recording",
    response_class=Response,
    responses={200: {"model": TryView}, **problems(400, 403, 409)},
)
async def try_script(
    *,
    script_id: PathId,
    body: TryBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
) -> Response:
    """What the script, draft or not, finds; nothing is written."""
    script = await _SCRIPTS.seen(services, caller, script_id)
    if (body.segments is None) == (body.recording_id is None):
        raise InvalidError(
            "segments",
            "give either segments or recording_id",
            kind="choose-one",
            fields="segments, recording_id",
        )
    if body.recording_id is not None:
        recording = await judged_recording(services, caller, body.recording_id)
        transcript = await services.repositories.transcripts.get(recording.id)
        action = AuditAction.TRANSCRIPT_READ
        await note_heard(services, caller, request, recording, action, form="script")
        wanted = await services.talks.request(recording, transcript, [script])
    else:
        wanted = _spoken(services, script, body)
    outcome = await services.talks.check(wanted)
    return respond(try_view(outcome))


def _spoken(services: ApiServices, script: Script, body: TryBody) -> CheckRequest:
    """Return the request to check words that nobody has recorded."""
    now = services.clock.now()
    segments = [
        Segment(one.channel, one.start_s, max(one.start_s, one.end_s), one.text)
        for one in sorted(body.segments or [], key=lambda one: one.start_s)
    ]
    return CheckRequest(
        recording=Recording(
            id="",
            call_id="",
            kind=RecordingKind.TALK,
            status=RecordingStatus.COMPLETED,
            node=services.options.node,
            created_at=now,
            duration_s=max((one.end_s for one in segments), default=0.0),
        ),
        now=now,
        scripts=[script],
        values=dict(body.values),
        transcript=Transcript(
            recording_id="",
            call_id="",
            status=TranscriptStatus.COMPLETED,
            created_at=now,
            segments=segments,
        ),
    )
