"""Makes the recording of a talk from its spool.

Spool → stereo FLAC (customer left, manager right), listening copy and wave form in the storage's
staging folder, encrypted where there is a key → checked, synced and hashed → moved to their places,
the master last. Every step can be repeated: whatever a killed finisher left behind is swept away or
replaced, and a recording that is already in its place although its spool has gone is recognised.
The spool itself is never deleted here.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import soundfile

from recordings.finishing.listening import ListenFormat
from recordings.finishing.sound_file import CHANNELS
from recordings.finishing.staged_files import RecordingInStaging, files_in_place, master_key
from recordings.finishing.timeline import Survey, Timeline, survey
from recordings.storage.local import LocalStorage
from voicegw.errors import DamagedFileError, KeyMissingError, RecordingError
from voicegw.media.spool import (
    LEG_CUSTOMER,
    SpoolFormatError,
    SpoolReader,
)
from voicegw.model.recording import Recording, RecordingFile, RecordingKind, RecordingMark

logger = logging.getLogger(__name__)

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
TAIL_MISSING: Final = "tail-missing"
PARTLY_DAMAGED: Final = "partly-damaged"
_WRITER_S: Final = 3.0
"""How long a capture without its end may still be on its way to the disk."""


class FinishedRecording(msgspec.Struct, frozen=True, tag="finished"):
    """A recording in its place.

    `files` are its files, the master last. `started_at` is when its first sample was heard, None
    where that is not known any more. `reason` says what is wrong with it all the same:
    `tail-missing` when the capture did not end in order, `partly-damaged` when some of it could not
    be read.
    """

    duration_s: float
    channels: int
    sample_rate_hz: int
    files: Sequence[RecordingFile]
    started_at: datetime | None
    marks: Sequence[RecordingMark] = ()
    reason: str | None = None

    @property
    def master(self) -> RecordingFile:
        """The evidence."""
        return self.files[-1]


class AbsentRecording(msgspec.Struct, frozen=True, tag="absent"):
    """There was nothing to record; `reason` is `not-bridged` or `no-sound`."""

    reason: str


class FailedRecording(msgspec.Struct, frozen=True, tag="failed"):
    """The spool can't be made into a recording; `reason` is a stable slug. Keep the spool."""

    reason: str
    detail: str = ""


class PostponeCause(StrEnum):
    """Why a recording could not be made now."""

    DISK_FULL = "disk-full"
    STORAGE = "storage"
    """The storage refuses for another reason: not mounted, read-only, an error of the device."""
    KEY = "key"
    """Spool or file are encrypted with a key that is not there."""
    CAPTURE = "capture"
    """A worker still holds the spool open: its disk is slow, and more may come."""
    FAULT = "fault"
    """The spool can't be read, or what was written does not hold up."""


class PostponedRecording(msgspec.Struct, frozen=True, tag="postponed"):
    """It could not be done now; try again. Only a `FAULT` should be given up in the end."""

    detail: str
    cause: PostponeCause


FinishResult = FinishedRecording | AbsentRecording | FailedRecording | PostponedRecording


def finish(
    spool: Path,
    recording: Recording,
    storage: LocalStorage,
    listening: ListenFormat = ListenFormat.FLAC,
) -> FinishResult:
    """Make the recording of `spool` and put it into `storage`; never raises for its content.

    `listening` is what is made beside the master.
    """
    if not _ID.fullmatch(recording.id):
        return FailedRecording("bad-recording-id")
    try:
        found = _look_at(spool, recording, storage)
    except KeyMissingError as error:
        return key_missing(error)
    if not isinstance(found, Survey):
        return found
    try:
        # The spool has just been read to its end: what is refused now, the storage refuses.
        reader = SpoolReader(spool, storage.keys)
        return _render(reader, found, recording, storage, listening)
    except OSError as error:
        full = error.errno in _DISK_FULL
        return PostponedRecording(
            error.strerror or str(error),
            PostponeCause.DISK_FULL if full else PostponeCause.STORAGE,
        )


def key_missing(error: Exception) -> PostponedRecording:
    """Return the result while the key to spool or storage is not there."""
    return PostponedRecording(str(error), PostponeCause.KEY)


def _look_at(spool: Path, recording: Recording, storage: LocalStorage) -> Survey | FinishResult:
    """Return what the spool holds, or the result when there is nothing to be made of it."""
    try:
        if not spool.exists():
            return _adopt(recording, storage) or FailedRecording("spool-missing")
        reader = SpoolReader(spool, storage.keys)
        if reader.header().get("recording_id", recording.id) != recording.id:
            raise SpoolFormatError("it is another recording's")
        if still_written(reader):
            return PostponedRecording("the capture is still being written", PostponeCause.CAPTURE)
        found = survey(reader, recording.kind)
    except KeyMissingError:
        raise
    except (SpoolFormatError, RecordingError) as error:
        return FailedRecording("spool-damaged", str(error))
    except OSError as error:
        return PostponedRecording(error.strerror or str(error), PostponeCause.FAULT)
    if found is None or (not found.marked and recording.kind is RecordingKind.TALK):
        return _nothing("no-sound" if found is None else "not-bridged", reader.damaged)
    return replace(found, damaged=reader.damaged)


def _nothing(reason: str, damaged: int) -> AbsentRecording | FailedRecording:
    """Return that there is no recording; a damaged spool may have held one, and is kept."""
    if damaged:
        return FailedRecording("spool-damaged", f"{damaged} places can't be read: {reason}")
    return AbsentRecording(reason)


def still_written(spool: SpoolReader, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Return whether more of a capture may still come, after giving it the time to reach the disk.

    A call's end and the last write of its capture come from two processes. The one that writes
    holds a lock on the file as long as it lives; where that is not so (a spool of an earlier
    version, a file system without locks), one that was last written a while ago is complete.
    """
    step_s = 0.1
    for _ in range(round(_WRITER_S / step_s)):
        if spool.has_end():
            return False
        if not is_locked(spool.path) and time.time() - spool.path.stat().st_mtime > _WRITER_S:
            return False
        sleep(step_s)
    return is_locked(spool.path) and not spool.has_end()


def is_locked(path: Path) -> bool:
    """Whether a worker has the capture at `path` open; False, too, where files have no locks."""
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return False


def _render(
    reader: SpoolReader,
    found: Survey,
    recording: Recording,
    storage: LocalStorage,
    listening: ListenFormat,
) -> FinishResult:
    timeline = Timeline(found)
    with RecordingInStaging(recording, storage, found.rate_hz, listening) as staged:
        for block in timeline.blocks(reader):
            staged.write(block)
        # Two who part in the moment of being bridged leave packets, and nothing between two marks.
        if not timeline.has_sound or not staged.frames:
            return _nothing("no-sound", found.damaged)
        try:
            staged.complete()
        except RecordingError as error:
            return PostponedRecording(str(error), PostponeCause.FAULT)
        files = staged.put()
    _log_figures(recording, timeline)
    return FinishedRecording(
        files=files,
        duration_s=staged.frames / found.rate_hz,
        channels=CHANNELS,
        sample_rate_hz=found.rate_hz,
        started_at=datetime.fromtimestamp(found.start_us / 1_000_000, UTC),
        marks=found.marks,
        reason=_reason(found),
    )


def _reason(found: Survey) -> str | None:
    if found.damaged:
        return PARTLY_DAMAGED
    return None if found.ended else TAIL_MISSING


def _log_figures(recording: Recording, timeline: Timeline) -> None:
    for leg, figures in timeline.figures().items():
        logger.info(
            "leg placed",
            extra={
                "recording_id": recording.id,
                "channel": "customer" if leg == LEG_CUSTOMER else "manager",
                "leg": leg,
                **asdict(figures),
            },
        )


def _adopt(recording: Recording, storage: LocalStorage) -> FinishedRecording | None:
    """Recognise a recording that was finished before a crash, when its spool has gone already."""
    key = master_key(recording)
    if not storage.exists(key):
        return None
    try:
        with storage.open(key) as stream:
            facts = soundfile.info(stream)
    except (soundfile.LibsndfileError, DamagedFileError):
        return None
    return FinishedRecording(
        files=files_in_place(recording, storage),
        duration_s=facts.frames / facts.samplerate,
        channels=facts.channels,
        sample_rate_hz=facts.samplerate,
        started_at=None,
    )
