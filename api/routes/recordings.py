"""`/v1/recordings`: what was recorded, and how to hear it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from api.access import Permission
from api.audio import Audio, available, open_audio, sound_kind
from api.audit import Subject, audit_entry, note_heard
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    Limit,
    RecordingListener,
    RecordingReader,
    Services,
    problems,
)
from api.guards import seen_recording
from api.problems import ApiProblem
from api.ranges import RangeNotSatisfiableError, requested_range
from api.recording_query import AskedRecordings, filter_for
from api.schemas.base import ListView, PathId
from api.schemas.recordings import AudioChannel, AudioFormat, Copy, PeaksView, RecordingView
from api.services import ApiServices
from api.views import (
    check_summary_view,
    empty_page,
    encode,
    found_view,
    peaks_view,
    recording_etag,
    recording_view,
    respond,
    respond_page,
)
from recordings.care.redacted_peaks import without_spans
from recordings.finishing import peaks
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction
from voicegw.model.recording import (
    FileKind,
    Recording,
    RecordingFile,
    RecordingStatus,
    RedactedSpan,
)

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/recordings", tags=["recordings"])

_AUDIO_CONTENT: Final[dict[str, Any]] = {
    "audio/flac": {},
    "audio/wav": {},
    "audio/ogg": {},
    "audio/mpeg": {},
}
_AUDIO_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": _AUDIO_CONTENT, "description": "All of it"},
    206: {"content": _AUDIO_CONTENT, "description": "The range asked for"},
    304: {"description": "The copy named by If-None-Match is still good"},
}


@router.get(
    "",
    operation_id="listRecordings",
    summary="List recordings",
    response_class=Response,
    responses={200: {"model": ListView[RecordingView]}, **problems(403)},
)
async def list_recordings(
    *,
    request: Request,
    services: Services,
    caller: RecordingReader,
    asked: AskedRecordings,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """The recordings that the key may see, the newest first.

    With `q` those in whose transcript all terms occur, each with the segments that hold one; that
    is noted in the audit log like a reading of the transcript.
    """
    wanted = await filter_for(services, caller, asked)
    if wanted is None:
        return empty_page()
    if not asked.terms:
        page = await services.repositories.recordings.list(wanted, limit=limit, cursor=cursor)
        checks = await _checks(services, caller, [one.id for one in page.items])
        return await respond_page(page, lambda one: recording_view(one) | checks.get(one.id, {}))
    found = await services.repositories.search.find(asked.terms, wanted, limit=limit, cursor=cursor)
    read = [
        audit_entry(
            services,
            caller,
            request,
            AuditAction.TRANSCRIPT_READ,
            Subject.of(one.recording),
            by="search",
        )
        for one in found.items
        if one.matches
    ]
    await services.repositories.audit.note(*read)
    checks = await _checks(services, caller, [one.recording.id for one in found.items])
    return await respond_page(found, lambda one: found_view(one) | checks.get(one.recording.id, {}))


async def _checks(
    services: ApiServices, caller: Caller, recording_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return what lists show of the checks, by recording; nothing to those who see no quality."""
    if not caller.may(Permission.QUALITY_READ):
        return {}
    results = await services.repositories.checks.results(recording_ids)
    findings = await services.repositories.checks.findings_of(list(results))
    return {
        recording_id: {"check": check_summary_view(result, findings.get(recording_id, ()))}
        for recording_id, result in results.items()
    }


@router.get(
    "/{recording_id}",
    operation_id="getRecording",
    summary="Get a recording",
    response_class=Response,
    responses={200: {"model": RecordingView}, **problems()},
)
async def get_recording(
    recording_id: PathId, services: Services, caller: RecordingReader
) -> Response:
    """What is known of a recording; its audio is below `/audio`."""
    recording = await seen_recording(services, caller, recording_id)
    return respond(recording_view(recording), headers={"ETag": recording_etag(recording)})


@router.get(
    "/{recording_id}/peaks",
    operation_id="getRecordingPeaks",
    summary="See a recording's wave form",
    response_class=Response,
    responses={200: {"model": PeaksView}, **problems(403, 409, 410, 500)},
)
async def get_recording_peaks(
    recording_id: PathId,
    services: Services,
    caller: RecordingListener,
    points: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="At most so many; default: 20 a second")
    ] = None,
    copy: Annotated[
        Copy, Query(description="redacted: the beep where the last redacted copy has it")
    ] = Copy.ORIGINAL,
) -> Response:
    """The least and the greatest sample of equal spans, as audiowaveform writes them."""
    recording = await seen_recording(services, caller, recording_id)
    _refuse_unheard(recording)
    file = recording.file(FileKind.PEAKS)
    if file is None or (copy is Copy.REDACTED and not recording.redactions):
        raise NotFoundError("peaks", recording.id)
    try:
        spans = recording.redacted_spans if copy is Copy.REDACTED else ()
        content = await asyncio.to_thread(_read_peaks, services, file, spans, points)
    except (NotFoundError, InvalidError):
        logger.error("recording's file is missing", extra={"recording_id": recording.id})
        raise NotFoundError("peaks", recording.id) from None
    headers = {"Cache-Control": "private, no-store"}
    return Response(content, headers=headers, media_type="application/json")


def _read_peaks(
    services: ApiServices,
    file: RecordingFile,
    spans: Sequence[RedactedSpan],
    points: int | None,
) -> bytes:
    """Return the JSON; of a long talk it is a million numbers, so it is written in the thread."""
    with services.recording_files.open(file) as stream:
        found = without_spans(peaks.decode(stream.read()), spans)
    return encode(peaks_view(found if points is None else found.reduced(points)))


@router.head("/{recording_id}/audio", include_in_schema=False)
@router.get(
    "/{recording_id}/audio",
    operation_id="getRecordingAudio",
    summary="Hear a recording",
    response_class=Response,
    responses={**_AUDIO_RESPONSES, **problems(403, 406, 409, 410, 416, 500)},
)
async def get_recording_audio(
    *,
    recording_id: PathId,
    request: Request,
    services: Services,
    caller: RecordingListener,
    audio_format: Annotated[
        AudioFormat,
        Query(
            alias="format",
            description="flac is the master as it was sealed; opus or mp3 is the listening copy, "
            "whichever was made",
        ),
    ] = AudioFormat.FLAC,
    channel: Annotated[
        AudioChannel, Query(description="One side alone is to be had as wav")
    ] = AudioChannel.BOTH,
    copy: Annotated[
        Copy, Query(description="redacted: the last redacted copy, as flac or wav")
    ] = Copy.ORIGINAL,
    range_: Annotated[str | None, Header(alias="Range", description="One range of bytes")] = None,
    if_range: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The sound: customer left, manager right. Players may ask for ranges and seek."""
    recording = await seen_recording(services, caller, recording_id)
    audio = await _audio(services, recording, copy, audio_format, channel)
    file = recording.file(sound_kind(copy))
    sha256 = file.sha256 if file is not None else ""
    etag = f'"{(sha256 or recording.id)[:32]}-{audio_format}-{channel}"'
    named = channel if copy is Copy.ORIGINAL else f"{channel}-{copy}"
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{recording.id}-{named}.{audio_format}"',
    }
    if if_none_match is not None and etag in {tag.strip() for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    try:
        part = requested_range(range_, audio.size_bytes, if_range=if_range, etag=etag)
    except RangeNotSatisfiableError:
        raise ApiProblem(
            "range-not-satisfiable",
            "The range lies outside the audio.",
            headers={"Content-Range": f"bytes */{audio.size_bytes}", "Accept-Ranges": "bytes"},
        ) from None
    start, stop = (part.start, part.stop) if part is not None else (0, audio.size_bytes)
    if part is not None:
        headers["Content-Range"] = part.content_range
    headers["Content-Length"] = str(stop - start)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=audio.media_type)
    await note_heard(
        services, caller, request, recording, format=audio_format, channel=channel, copy=copy
    )
    # The iterator is synchronous, so each chunk is read and decoded in a thread.
    return StreamingResponse(
        audio.read(start, stop), status_code=status, headers=headers, media_type=audio.media_type
    )


def _refuse_unheard(recording: Recording) -> None:
    if recording.status is RecordingStatus.PENDING:
        raise ApiProblem(
            "recording-not-ready", "The recording is not finished.", headers={"Retry-After": "2"}
        )
    if recording.status is RecordingStatus.DELETED:
        raise ApiProblem("recording-deleted", "The recording has been deleted.")


async def _audio(
    services: ApiServices,
    recording: Recording,
    copy: Copy,
    audio_format: AudioFormat,
    channel: AudioChannel,
) -> Audio:
    """Open the audio in the form asked for, in a thread."""
    _refuse_unheard(recording)
    try:
        audio = await asyncio.to_thread(
            open_audio, services.recording_files, recording, audio_format, channel, copy
        )
    except (NotFoundError, InvalidError):
        if recording.file(sound_kind(copy)) is not None:
            logger.error("recording's file is missing", extra={"recording_id": recording.id})
        raise NotFoundError("audio", recording.id) from None
    if audio is None:
        raise ApiProblem("not-acceptable", f"The audio is available as {available(recording)}.")
    return audio
