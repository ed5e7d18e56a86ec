"""`voicegw recordings recover`: captures that are no recordings yet, and what becomes of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from config import Settings
from recordings.finishing.finisher import is_locked
from recordings.finishing.owed import owed
from recordings.service import recording_from_header
from voicegw.errors import ConflictError, DamagedFileError, KeyMissingError, RecordingError
from voicegw.keyring import KeyRing, open_key_ring
from voicegw.media.spool import SpoolFormatError, SpoolReader
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository


@dataclass(frozen=True, slots=True)
class SpoolState:
    """A capture in the folder of spools: what it is, and what happens to it next."""

    file: str
    size_bytes: int
    recording_id: str | None
    call_id: str | None
    status: str | None
    what: str
    next: str


_UNKNOWN = ("the store does not know it", "the node makes it at its next start")
_NOBODYS = (
    "nobody is owed it: there was no talk and no message",
    "the node deletes it at its next start",
)
_RUNNING = (
    "it is still being written",
    "the node makes it or, if there is neither talk nor message, deletes it when the call ends",
)
_NEXT = {
    RecordingStatus.PENDING: (
        "it is not finished",
        "the node makes it: when the call ends, or at its next start",
    ),
    RecordingStatus.COMPLETED: ("it has been made", "the node deletes it at its next start"),
    RecordingStatus.ABSENT: (
        "there was nothing to record",
        "the node deletes it at its next start",
    ),
    RecordingStatus.DELETED: (
        "its recording was deleted",
        "the running node deletes it, or its next start does",
    ),
    RecordingStatus.FAILED: ("it could not be made", "--retry has the node try again"),
}


@dataclass(frozen=True, slots=True)
class RecoverReport:
    """The captures that there are, and how many failed recordings are tried again."""

    spools: list[SpoolState]
    retried: int

    def __str__(self) -> str:
        """Return one line a capture, and a summary."""
        told = [
            f"{one.file} ({one.size_bytes:,} bytes): {one.what}; {one.next}" for one in self.spools
        ]
        told.append(f"{len(self.spools)} captures, {self.retried} to be tried again")
        return "\n".join(told)


def run_recover(settings: Settings, *, retry: bool) -> RecoverReport:
    """Return the captures of the node; with `retry` the failed ones are tried again.

    That is done by the node, at its next start. Raises ConfigError when the file of keys can't be
    used, OSError for the folder, StoreUnavailableError.
    """
    keys = open_key_ring(settings.recording.key_file)
    folder = settings.recording.spool_dir
    files = sorted(one for one in folder.iterdir() if one.is_file()) if folder.exists() else []
    headers = [_read(file, keys) for file in files]
    return asyncio.run(_recover(settings, headers, keys, retry=retry))


def _read(file: Path, keys: KeyRing | None) -> tuple[SpoolState, Recording | None]:
    """Return a capture and, where it can be read, the recording that its header tells of."""
    state = SpoolState(file.name, file.stat().st_size, None, None, None, "", "")
    try:
        spool = recording_from_header(SpoolReader(file, keys).header(), file.name)
    except KeyMissingError as error:
        then = "add that key to recording.key_file"
        return replace(state, what=str(error), next=then), None
    except (OSError, SpoolFormatError, DamagedFileError, msgspec.ValidationError) as error:
        then = "nothing: restore it from a backup, or delete it"
        return replace(state, what=f"it is no usable capture: {error}", next=then), None
    return replace(state, recording_id=spool.id, call_id=spool.call_id), spool


async def _recover(
    settings: Settings,
    headers: Sequence[tuple[SpoolState, Recording | None]],
    keys: KeyRing | None,
    *,
    retry: bool,
) -> RecoverReport:
    database = await Database.open(settings.store.url, node=settings.node.name)
    try:
        recordings = RecordingRepository(database)
        found = []
        retried = 0
        for state, spool in headers:
            if spool is None:
                found.append(state)
                continue
            stored = await recordings.get(spool.id)
            file = settings.recording.spool_dir / state.file
            told = _unknown(file, keys) if stored is None else _NEXT[stored.status]
            found.append(_explained(state, spool, stored, told, settings))
            if retry and stored is not None and stored.status is RecordingStatus.FAILED:
                retried += await _try_again(recordings, spool.id)
    finally:
        await database.close()
    return RecoverReport(found, retried)


def _unknown(file: Path, keys: KeyRing | None) -> tuple[str, str]:
    """Return what a capture is that the store does not know, and what happens to it next."""
    try:
        if is_locked(file):
            return _RUNNING
        found = owed(SpoolReader(file, keys))
    except (OSError, RecordingError):
        # It may be owed, and the finisher says what is wrong with it.
        return _UNKNOWN
    return _NOBODYS if found is None else _UNKNOWN


def _explained(
    state: SpoolState,
    spool: Recording,
    stored: Recording | None,
    told: tuple[str, str],
    settings: Settings,
) -> SpoolState:
    what, then = told
    if spool.node != settings.node.name:
        what = f"it is of the node {spool.node}: {what}"
        then = "a node of that name and with this recording.spool_dir makes it"
    elif stored is not None and stored.status is RecordingStatus.FAILED:
        what = f"{what}: {stored.reason}"
    status = None if stored is None else str(stored.status)
    return replace(state, status=status, what=what, next=then)


async def _try_again(recordings: RecordingRepository, recording_id: str) -> bool:
    def pending(recording: Recording) -> Recording:
        if recording.status is not RecordingStatus.FAILED:
            raise ConflictError("conflict", "it is not failed any more")
        return msgspec.structs.replace(
            recording, status=RecordingStatus.PENDING, reason=None, completed_at=None
        )

    try:
        await recordings.change(recording_id, pending)
    except ConflictError:
        return False
    return True
