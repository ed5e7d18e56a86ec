"""Whether a recording is kept: legal holds, deletion, and the seals that tell of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import (
    FIRST_PAGE,
    Cursor,
    Limit,
    RecordingHolder,
    RecordingReader,
    RecordingRemover,
    Services,
    problems,
)
from api.guards import check_unchanged, seen_recording
from api.schemas.base import ListView, PathId, Text, Time
from api.schemas.recordings import (
    HoldBody,
    RecordingView,
    SealedHeadView,
    SealKeyView,
    SealView,
)
from api.views import recording_etag, recording_view, respond, respond_page, struct_view
from voicegw.identity import mask_within
from voicegw.model.audit import AuditAction
from voicegw.model.recording import LegalHold, Recording

router = APIRouter(prefix="/v1", tags=["recordings"])

SignedFrom = Annotated[Time | None, Query(alias="from", description="Signed at or after; RFC 3339")]
SignedUntil = Annotated[Time | None, Query(description="Signed before; RFC 3339")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="Refused unless it is still this one")
]


@router.put(
    "/recordings/{recording_id}/hold",
    operation_id="holdRecording",
    summary="Keep a recording from being deleted",
    response_class=Response,
    responses={200: {"model": RecordingView}, **problems(400, 403, 409, 410)},
)
async def hold_recording(
    recording_id: PathId,
    body: HoldBody,
    request: Request,
    services: Services,
    caller: RecordingHolder,
) -> Response:
    """A legal hold: neither its age nor anybody deletes it until the hold is taken away.

    A hold that is there already gets the new reason.
    """
    recording = await seen_recording(services, caller, recording_id)
    why = mask_within(body.why)
    hold = LegalHold(caller.principal.id, why, services.clock.now())
    subject = Subject.of(recording)
    entry = audit_entry(services, caller, request, AuditAction.HELD, subject, why=why)
    return _shown(await services.repositories.disposal.hold(recording_id, hold, entry))


@router.delete(
    "/recordings/{recording_id}/hold",
    operation_id="releaseRecording",
    summary="Take a hold away",
    response_class=Response,
    responses={200: {"model": RecordingView}, **problems(403)},
)
async def release_recording(
    recording_id: PathId, request: Request, services: Services, caller: RecordingHolder
) -> Response:
    """The recording may be deleted again; without a hold nothing changes."""
    recording = await seen_recording(services, caller, recording_id)
    subject = Subject.of(recording)
    entry = audit_entry(services, caller, request, AuditAction.RELEASED, subject)
    return _shown(await services.repositories.disposal.release(recording_id, entry))


@router.delete(
    "/recordings/{recording_id}",
    operation_id="deleteRecording",
    summary="Delete a recording",
    response_class=Response,
    responses={200: {"model": RecordingView}, **problems(403, 409, 410, 412)},
)
async def delete_recording(
    *,
    recording_id: PathId,
    request: Request,
    services: Services,
    caller: RecordingRemover,
    why: Annotated[
        Text,
        Query(
            min_length=1,
            max_length=500,
            description="Kept in the signed stub; numbers in it are masked",
        ),
    ] = "requested",
    if_match: IfMatch = None,
) -> Response:
    """Its sound, transcript and findings are gone for good; the call and a signed stub remain.

    Nobody hears it from now on; the files, copies included, are removed soon after, and the event
    `recording.deleted` tells when they are.
    """
    recording = await seen_recording(services, caller, recording_id)
    check_unchanged(if_match, recording_etag(recording))
    subject, why = Subject.of(recording), mask_within(why)
    entry = audit_entry(services, caller, request, AuditAction.DELETED, subject, why=why)
    return _shown(await services.deletion.delete(recording_id, why, entry))


@router.get(
    "/recordings/{recording_id}/seals",
    operation_id="listRecordingSeals",
    summary="See the seals of a recording",
    response_class=Response,
    responses={200: {"model": ListView[SealView]}, **problems()},
)
async def list_recording_seals(
    recording_id: PathId, services: Services, caller: RecordingReader
) -> Response:
    """What the chain says of it, in order: as it became final, each later copy, its deletion."""
    await seen_recording(services, caller, recording_id)
    found = await services.repositories.seals.of_recordings([recording_id])
    items = [struct_view(seal) for seal in found.get(recording_id, [])]
    return respond({"items": items, "next_cursor": None})


@router.get(
    "/seals/heads",
    operation_id="listSealHeads",
    summary="Signed heads of the chains",
    response_class=Response,
    responses={200: {"model": ListView[SealedHeadView]}, **problems()},
)
async def list_seal_heads(
    *,
    services: Services,
    _caller: RecordingReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: SignedFrom = None,
    until: SignedUntil = None,
    node: Annotated[Text | None, Query(max_length=64, description="Of this node only")] = None,
) -> Response:
    """What the events `recordings.sealed` handed out; they hold no word about any recording."""
    page = await services.repositories.seals.list_heads(
        node=node, from_=from_, until=until, limit=limit, cursor=cursor
    )
    return await respond_page(page, struct_view)


@router.get(
    "/seals/keys",
    operation_id="listSealKeys",
    summary="Public keys that sign",
    response_class=Response,
    responses={200: {"model": ListView[SealKeyView]}, **problems()},
)
async def list_seal_keys(services: Services, _caller: RecordingReader) -> Response:
    """Every node's Ed25519 keys, the oldest first, each signed by the one before it."""
    keys = await services.repositories.seals.keys()
    return respond({"items": [struct_view(key) for key in keys], "next_cursor": None})


def _shown(recording: Recording) -> Response:
    return respond(recording_view(recording), headers={"ETag": recording_etag(recording)})
