"""Nothing is recorded for a while: a card number is read out, an outsider speaks.

The media worker writes neither side's packets to the spool while a recording is paused, so what is
said then exists nowhere. A pause ends when it is told to, by itself after `max_pause_s`, or with
the call.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NoReturn

from voicegw.errors import ConflictError, MediaError
from voicegw.model.event import EventType
from voicegw.model.recording import MarkKind, Recording, RecordingStatus

if TYPE_CHECKING:
    from voicegw.calls.live_call import LiveCall

_log = logging.getLogger(__name__)

BY_API = "api"
BY_LIMIT = "limit"


def pause_recording(call: LiveCall) -> None:
    """Record nothing of `call` from now on; a recording that is paused stays so.

    Raises ConflictError `not-recording`, or `disclosure-running`.
    """
    _recorded(call)
    if call.record.recording_paused_at is not None:
        return
    if call.disclosure is not None:
        raise ConflictError("disclosure-running", "What the customer answers is being proven.")
    _mark(call, MarkKind.PAUSE, BY_API)
    call.record.recording_paused_at = call.parts.clock.now()
    call.save(EventType.CALL_RECORDING_PAUSED)
    limit_s = call.parts.settings.max_pause_s
    if limit_s > 0:
        call.pause_limit = asyncio.get_running_loop().call_later(limit_s, _limit_reached, call)


def resume_recording(call: LiveCall, by: str = BY_API) -> None:
    """Record `call` again; one that is not paused goes on.

    Raises ConflictError `not-recording`.
    """
    _recorded(call)
    if call.record.recording_paused_at is None:
        return
    _mark(call, MarkKind.RESUME, by)
    end_pause(call)
    call.save(EventType.CALL_RECORDING_RESUMED)


def end_pause(call: LiveCall) -> None:
    """Forget the pause, if there is one: the recording goes on, or its call is over."""
    call.record.recording_paused_at = None
    if call.pause_limit is not None:
        call.pause_limit.cancel()
        call.pause_limit = None


def _limit_reached(call: LiveCall) -> None:
    try:
        resume_recording(call, BY_LIMIT)
    except ConflictError as error:
        # The sound is lost: the call is about to end, and the pause with it.
        _log.info("not resumed", extra={"call_id": call.record.id, "why": error.detail})


def _recorded(call: LiveCall) -> Recording:
    """Return the recording that is being made."""
    recording = call.sound.recording
    if call.record.is_final:
        _refuse("The call is over.")
    if recording is None:
        _refuse("This node records nothing, or the call has no sound yet.")
    if call.record.recording_id is None:
        _refuse("The recording begins when the two can talk.")
    if call.talk_ended_at is not None:
        _refuse("The talk is over.")
    if recording.status is not RecordingStatus.PENDING:
        _refuse("This call goes on without a recording.")
    return recording


def _mark(call: LiveCall, kind: MarkKind, by: str) -> None:
    try:
        call.sound.mark(kind, {"by": by})
    except MediaError:
        _refuse("The sound of this call is lost.")


def _refuse(why: str) -> NoReturn:
    raise ConflictError("not-recording", why)
