"""Makes the recording of a talk from its spool.

Spool → stereo FLAC (customer left, manager right) in the storage's staging folder, encrypted where
there is a key → checked, synced and hashed → moved to its place in one step. Every step can be
repeated: whatever a killed finisher left behind is swept away or replaced, and a recording that is
already in its place although its spool has gone is recognised. The spool itself is never deleted
here.
"""

from __future__ import annotations

import errno
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import soundfile

from recordings.finishing.flac import CHANNELS, FlacWriter
from recordings.finishing.timeline import Survey, Timeline, survey
from recordings.storage.local import LocalStorage
from voicegw.errors import DamagedFileError, KeyMissingError, RecordingError
from voicegw.media.spool import (
    LEG_CUSTOMER,
    LEG_MANAGER,
    SpoolFormatError,
    SpoolReader,
)
from voicegw.model.recording import FileKind, Recording, RecordingFile, RecordingKind, RecordingMark

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "audio/flac"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WRITER_S: Final = 3.0
"""How long a capture without its end may still be on its way to the disk."""


class FinishedRecording(msgspec.Struct, frozen=True, tag="finished"):
    """A recording in its place.

    `path` is its key in the storage. `started_at` is when its first sample was heard, None where
    that is not known any more.
    """

    path: str
    duration_s: float
    channels: int
    sample_rate_hz: int
    files: Sequence[RecordingFile]
    started_at: datetime | None
    marks: Sequence[RecordingMark] = ()


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
    FAULT = "fault"
    """The spool can't be read, or what was written does not hold up."""


class PostponedRecording(msgspec.Struct, frozen=True, tag="postponed"):
    """It could not be done now; try again. Only a `FAULT` should be given up in the end."""

    detail: str
    cause: PostponeCause


FinishResult = FinishedRecording | AbsentRecording | FailedRecording | PostponedRecording


def storage_key(recording: Recording) -> str:
    """Return where a recording lies in the storage: by day (UTC) and id, nothing else."""
    day = recording.created_at.astimezone(UTC)
    return f"{day:%Y/%m/%d}/{recording.id}.flac"


def finish(spool: Path, recording: Recording, storage: LocalStorage) -> FinishResult:
    """Make the recording of `spool` and put it into `storage`; never raises for its content."""
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
        return _make(SpoolReader(spool, storage.keys), found, recording, storage)
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
        reader.header()
        wait_for_writer(reader)
        found = survey(reader, recording.kind)
    except KeyMissingError:
        raise
    except (SpoolFormatError, RecordingError) as error:
        return FailedRecording("spool-damaged", str(error))
    except OSError as error:
        return PostponedRecording(error.strerror or str(error), PostponeCause.FAULT)
    if found is None:
        return AbsentRecording("no-sound")
    if not found.marked and recording.kind is RecordingKind.TALK:
        return AbsentRecording("not-bridged")
    return found


def wait_for_writer(spool: SpoolReader, sleep: Callable[[float], None] = time.sleep) -> None:
    """Give a capture that has just ended the time to reach the disk.

    A call's end and the last write of its capture come from two processes; a file that has its end
    record, or was last written a while ago, is taken as it is.
    """
    step_s = 0.1
    for _ in range(round(_WRITER_S / step_s)):
        if spool.has_end() or time.time() - spool.path.stat().st_mtime > _WRITER_S:
            return
        sleep(step_s)


def _make(
    reader: SpoolReader, found: Survey, recording: Recording, storage: LocalStorage
) -> FinishResult:
    timeline = Timeline(found)
    key = storage_key(recording)
    with storage.stage(key) as staged:
        with FlacWriter(staged.stream, found.rate_hz) as writer:
            for block in timeline.blocks(reader):
                writer.write(block)
        if not timeline.has_sound:
            return AbsentRecording("no-sound")
        with staged.open() as written:
            if soundfile.info(written).frames != writer.frames:
                return PostponedRecording(
                    "the written file is shorter than the talk", PostponeCause.FAULT
                )
        master = staged.put(FileKind.MASTER, MEDIA_TYPE)
    for leg, name in ((LEG_CUSTOMER, "customer"), (LEG_MANAGER, "manager")):
        figures = timeline.figures(leg)
        logger.info(
            "channel placed",
            extra={
                "recording_id": recording.id,
                "channel": name,
                **asdict(figures),
            },
        )
    return FinishedRecording(
        path=key,
        duration_s=writer.frames / found.rate_hz,
        channels=CHANNELS,
        sample_rate_hz=found.rate_hz,
        files=[master],
        started_at=datetime.fromtimestamp(found.start_us / 1_000_000, UTC),
        marks=found.marks,
    )


def _adopt(recording: Recording, storage: LocalStorage) -> FinishedRecording | None:
    """Recognise a recording that was finished before a crash, when its spool has gone already."""
    key = storage_key(recording)
    if not storage.exists(key):
        return None
    try:
        with storage.open(key) as stream:
            facts = soundfile.info(stream)
    except (soundfile.LibsndfileError, DamagedFileError):
        return None
    return FinishedRecording(
        path=key,
        duration_s=facts.frames / facts.samplerate,
        channels=facts.channels,
        sample_rate_hz=facts.samplerate,
        files=[storage.describe(key, FileKind.MASTER, MEDIA_TYPE)],
        started_at=None,
    )
