"""`/v1/recordings/{id}/transcript`: what was said, in three forms, and having it made again."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, note, note_heard
from api.dependencies import QualityWriter, RecordingListener, Services, problems
from api.guards import seen_recording
from api.negotiation import preferred
from api.problems import ApiProblem
from api.routes.findings import judged_recording
from api.schemas.base import PathId
from api.schemas.recordings import Copy
from api.schemas.transcripts import TranscriptFormat, TranscriptView
from api.views import respond, transcript_view
from recordings.care.redacted_text import without_spans
from recordings.transcription.text import to_plain_text, to_webvtt
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.transcript import Transcript, TranscriptStatus

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])

_MEDIA_TYPES: Final = {
    TranscriptFormat.JSON: "application/json",
    TranscriptFormat.VTT: "text/vtt",
    TranscriptFormat.TEXT: "text/plain",
}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": TranscriptView, "content": {"text/vtt": {}, "text/plain": {}}},
    **problems(403, 406, 409, 410),
}


@router.get(
    "/{recording_id}/transcript",
    operation_id="getTranscript",
    summary="Read what was said",
    response_class=Response,
    responses=_RESPONSES,
)
async def get_transcript(
    *,
    recording_id: PathId,
    request: Request,
    services: Services,
    caller: RecordingListener,
    form: Annotated[
        TranscriptFormat | None, Query(alias="format", description="Goes before `Accept`")
    ] = None,
    copy: Annotated[
        Copy, Query(description="redacted: without the words that the redacted copy covers")
    ] = Copy.ORIGINAL,
    accept: Annotated[str | None, Header(description="JSON, WebVTT or plain text")] = None,
) -> Response:
    """The transcript, with the right to listen. As JSON it is to be had before it is finished.

    WebVTT names the side that speaks as its voice. Each reading is noted in the audit log.
    """
    recording = await seen_recording(services, caller, recording_id)
    chosen = form or _negotiated(accept)
    transcript = await services.repositories.transcripts.get(recording_id)
    if transcript is None:
        raise _absent(recording)
    if transcript.status is not TranscriptStatus.COMPLETED:
        if chosen is TranscriptFormat.JSON:
            return respond(transcript_view(transcript))
        raise _unfinished(transcript)
    if copy is Copy.REDACTED:
        if not recording.redactions:
            raise NotFoundError("redacted copy", recording.id)
        transcript = without_spans(transcript, recording.redacted_spans)
    await note_heard(
        services, caller, request, recording, AuditAction.TRANSCRIPT_READ, format=chosen, copy=copy
    )
    headers = {"Cache-Control": "private, no-store"}
    if chosen is TranscriptFormat.JSON:
        return respond(transcript_view(transcript), headers=headers)
    text = to_webvtt(transcript) if chosen is TranscriptFormat.VTT else to_plain_text(transcript)
    return Response(text, headers=headers, media_type=_MEDIA_TYPES[chosen])


@router.post(
    "/{recording_id}/transcribe",
    operation_id="transcribeRecording",
    summary="Transcribe a recording again",
    status_code=202,
    response_class=Response,
    responses={202: {"description": "It will be transcribed"}, **problems(403, 409, 410)},
)
async def transcribe_recording(
    recording_id: PathId, request: Request, services: Services, caller: QualityWriter
) -> Response:
    """One whose transcript has failed, or was switched off. It is checked again after that."""
    recording = await judged_recording(services, caller, recording_id)
    transcripts = services.repositories.transcripts
    if not await transcripts.again(recording.id, services.clock.now()):
        if await transcripts.get(recording.id) is None:
            raise _absent(recording)
        raise ApiProblem("conflict", "The transcript has not failed.")
    subject = Subject.of(recording)
    await note(services, caller, request, AuditAction.TRANSCRIPT_WANTED, subject)
    return Response(status_code=202)


def _negotiated(accept: str | None) -> TranscriptFormat:
    offers = list(_MEDIA_TYPES.values())
    media_type = preferred(accept, offers)
    if media_type is None:
        raise ApiProblem(
            "not-acceptable", "The transcript is available as JSON, WebVTT and plain text."
        )
    return list(_MEDIA_TYPES)[offers.index(media_type)]


def _absent(recording: Recording) -> Exception:
    if recording.status is RecordingStatus.PENDING:
        return ApiProblem(
            "recording-not-ready", "The recording is not finished.", headers={"Retry-After": "2"}
        )
    if recording.status is RecordingStatus.DELETED:
        return ApiProblem("recording-deleted", "The recording has been deleted.")
    return NotFoundError("transcript", recording.id)


def _unfinished(transcript: Transcript) -> ApiProblem:
    match transcript.status:
        case TranscriptStatus.FAILED:
            return ApiProblem("transcript-failed", f"It failed: {transcript.failure}.")
        case TranscriptStatus.NONE:
            return ApiProblem("transcript-failed", "Transcription was switched off.")
        case _:
            return ApiProblem(
                "transcript-not-ready",
                f"The transcript is {transcript.status}.",
                headers={"Retry-After": "10"},
            )
