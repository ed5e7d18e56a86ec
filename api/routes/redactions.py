"""`/v1/recordings/{id}/redactions`: copies in which spans are covered by a beep."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import RecordingRedactor, Services, problems
from api.guards import seen_recording
from api.made_once import made_once
from api.schemas.base import PathId
from api.schemas.recordings import RecordingView
from api.schemas.redactions import RedactionBody
from api.views import recording_view, respond
from voicegw.identity import mask_within
from voicegw.model.audit import AuditAction
from voicegw.model.recording import Channel, RedactedSpan

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])


@router.post(
    "/{recording_id}/redactions",
    operation_id="redactRecording",
    summary="Redact a recording",
    status_code=201,
    response_class=Response,
    responses={201: {"model": RecordingView}, **problems(400, 403, 409, 410)},
)
@made_once()
async def redact_recording(
    recording_id: PathId,
    body: RedactionBody,
    request: Request,
    services: Services,
    caller: RecordingRedactor,
) -> Response:
    """Make a copy with a beep (1 kHz, -20 dBFS) over the spans; the recording itself stays.

    Hear it at `…/audio?copy=redacted`. The copy is as long as the recording, is sealed like it, and
    its transcript has no word that a span touches.
    """
    recording = await seen_recording(services, caller, recording_id)
    spans = [
        RedactedSpan(
            one.start_s, one.end_s, None if one.channel == "both" else Channel(one.channel)
        )
        for one in body.spans
    ]
    why = mask_within(body.why)
    entry = audit_entry(
        services,
        caller,
        request,
        AuditAction.REDACTED,
        Subject.of(recording),
        spans=len(spans),
        why=why,
    )
    changed = await services.redactor.redact(recording, spans, why, entry)
    location = f"/v1/recordings/{recording.id}/audio?copy=redacted"
    return respond(recording_view(changed), 201, {"Location": location})
