"""To whom the captures are owed that a killed node has left: decided before its calls are closed.

A call that was bridged, or had a message left, while the disk took no lines of the journal looks
as if it had only waited. Its capture tells otherwise (`recordings/finishing/owed.py`): that is
believed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

import msgspec

from recordings.finishing.owed import Owed
from recordings.service import RecordingService
from voicegw.errors import RecordingError
from voicegw.model.call import Call
from voicegw.model.recording import Recording, RecordingKind, RecordingRef
from voicegw.store.recordings import RecordingRepository

_log = logging.getLogger(__name__)


async def claim_captures(
    service: RecordingService,
    repository: RecordingRepository,
    calls: Iterable[Call],
    write_down: Callable[[Recording], None],
) -> Mapping[str, Recording]:
    """Give captures to those of `calls` that they are owed to; delete those that nobody is owed.

    `calls` are those that were cut off, as the journal has left them; this changes them. Return, by
    id, the recordings that the store did not know; `write_down` is called with each, before another
    crash would have to find it again. A capture of which nothing can be told may be owed, and is
    left to `RecordingService.recover`. Raises StoreUnavailableError.
    """
    without = {call.id: call for call in calls if not call.recordings}
    claimed: dict[str, Recording] = {}
    for found in service.left_behind():
        call = without.get(found.call_id)
        stored = await repository.get(found.id)
        if stored is not None and call is None:
            continue
        facts = {"recording_id": found.id, "call_id": found.call_id}
        owed, untold = None, None
        try:
            owed = await asyncio.to_thread(service.owed, found)
        except RecordingError as error:
            untold = str(error)
        if stored is None and owed is not None:
            _log.warning("capture is owed, which the journal does not tell", extra=facts)
            stored = claimed[found.id] = _as_owed(found, owed, call)
            write_down(stored)
        if call is None:
            continue
        if stored is not None:
            # A recording is written down before the call that has it.
            _give(call, stored, owed)
        elif untold is None:
            service.discard(found)
        else:
            _log.warning("capture kept: it may be owed", extra={**facts, "why": untold})
    return claimed


def _as_owed(found: Recording, owed: Owed, call: Call | None) -> Recording:
    """Return the recording that a capture is; what it does not tell of, its call may."""
    return msgspec.structs.replace(
        found,
        kind=owed.kind,
        manager_id=owed.manager_id or found.manager_id,
        customer_id=owed.customer_id or found.customer_id,
        hotline_id=found.hotline_id or (None if call is None else call.hotline_id),
    )


def _give(call: Call, recording: Recording, owed: Owed | None) -> None:
    """Have `call` be as it was when its recording became owed."""
    call.recordings.append(RecordingRef(recording.id, recording.kind, recording.status))
    # Who may see the one may hear the other.
    call.manager_id = recording.manager_id or call.manager_id
    if recording.kind is RecordingKind.TALK:
        call.recording_id = recording.id
        if call.bridged_at is None and owed is not None:
            call.bridged_at = owed.since
