"""Verifies what the store and the storage hold: every chain, every record, every file.

It reads only. Chains are always read whole, because each seal leans on the one before; `from_` and
`until` narrow which recordings and files are looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Final, Protocol

from recordings.integrity.chain import files_of
from recordings.integrity.keys import believed, for_nameless
from recordings.integrity.verification import (
    ChainCheck,
    Fault,
    Finding,
    StatedHead,
    check_recording,
    check_row,
    stated_heads,
)
from voicegw.errors import DamagedFileError, KeyMissingError, NotFoundError, VoicegwError
from voicegw.model.recording import Recording, RecordingFile, RecordingStatus
from voicegw.model.seal import ChainHead, Seal
from voicegw.store.recordings import RecordingFilter, RecordingRepository, RecordingRow
from voicegw.store.seals import SealRepository

_SEALS_A_PAGE: Final = 2000
_RECORDINGS_A_PAGE: Final = 200
_CHUNK_BYTES: Final = 1 << 20
_MOST_ORPHANS: Final = 1000
_LOOKS: Final = 3
"""How often a recording that seems wrong is looked at again while it changes."""
_BEFORE_ALL: Final = -(1 << 63)
"""Less than any number a database can hold: a chain begins with 1, what is before it was put in."""


class StoredFiles(Protocol):
    """Where the files of recordings are read; `recordings.storage.files.RecordingFiles` is one."""

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return the plain bytes of `file`.

        Raises NotFoundError, KeyMissingError, DamagedFileError and OSError.
        """
        ...

    def open_stored(self, file: RecordingFile) -> BinaryIO:
        """Return the bytes of `file` as they are stored. Raises NotFoundError and OSError."""
        ...


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What is looked at.

    `from_` (inclusive) and `until` (exclusive) are about when recordings were created. `fast` looks
    only whether files are there with their size. `trusted` are public keys by node, `anywhere`
    those of any node, that are known from elsewhere (`recordings.integrity.keys.believed`).
    `heads` are signed heads kept outside of the store (`{"head": …, "signature": …}`).
    """

    from_: datetime | None = None
    until: datetime | None = None
    fast: bool = False
    trusted: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    anywhere: Mapping[str, bytes] = field(default_factory=dict)
    heads: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Report:
    """What was looked at and found. `findings` have each chain's first fault first.

    `plain_unread` files could be checked as they are stored only, for want of their key; `waiting`
    recordings had no seal yet; `unsigned` seals follow the last one of their chain that a signed
    head confirms, so nothing proves that they were not computed anew.
    """

    seals: dict[str, int] = field(default_factory=dict)
    heads: int = 0
    unsigned: int = 0
    recordings: int = 0
    deleted: int = 0
    waiting: int = 0
    files: int = 0
    plain_unread: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def first(self) -> Finding | None:
        """The fault nearest to the beginning of its chain."""
        numbered = [one for one in self.findings if one.number is not None]
        return min(numbered or self.findings, key=_place, default=None)


def _place(finding: Finding) -> int:
    return finding.number or 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store holds beside the records of some recordings, by their ids."""

    waiting: frozenset[str]
    seals: Mapping[str, Sequence[Seal]]
    filed: Mapping[str, Mapping[str, Any]]


Progress = Callable[[str, int], None]
"""Told what is being looked at (`seals`, `recordings`) and how many have been."""


class Verifier:
    """Verifies once: `run`."""

    def __init__(
        self,
        seals: SealRepository,
        recordings: RecordingRepository,
        files: StoredFiles,
        options: VerifyOptions,
        progress: Progress = lambda _what, _count: None,
    ) -> None:
        """Nothing is read before `run`."""
        self._seals = seals
        self._recordings = recordings
        self._files = files
        self._options = options
        self._progress = progress
        self._report = Report()

    async def run(self) -> Report:
        """Return what was found. Raises StoreUnavailableError."""
        found = believed(await self._seals.keys(), self._options.trusted, self._options.anywhere)
        public_keys = for_nameless(found, await self._seals.nodes())
        heads = await self._stated_heads(public_keys)
        ends = {end.node for end in await self._seals.chains()}
        nodes = {*await self._seals.nodes(), *ends, *(head.node for head in heads)}
        for node in sorted(nodes):
            await self._verify_chain(node, heads, public_keys.get(node, {}))
        orphans: dict[str, Seal] = {}
        for seal in await self._seals.without_recording(_MOST_ORPHANS):
            orphans.setdefault(seal.recording_id, seal)
        for name, seal in orphans.items():
            self._report.findings.append(
                Finding(Fault.RECORDING_REMOVED, seal.node, seal.number, name, "its record is gone")
            )
        await self._verify_recordings()
        self._report.findings.sort(key=lambda one: (one.node, one.number is None, _place(one)))
        return self._report

    async def _stated_heads(
        self, public_keys: Mapping[str, Mapping[str, bytes]]
    ) -> list[StatedHead]:
        found: list[StatedHead] = []
        kept = [head.document for head in await self._seals.heads()]
        for documents, outside in ((kept, False), (self._options.heads, True)):
            stated, forged = stated_heads(documents, public_keys, outside=outside)
            found += stated
            self._report.findings += forged
        self._report.heads = len(found)
        return found

    async def _verify_chain(
        self,
        node: str,
        heads: Sequence[StatedHead],
        public_keys: Mapping[str, bytes],
    ) -> None:
        check = ChainCheck(node, [head for head in heads if head.node == node], public_keys)
        after = _BEFORE_ALL
        end: ChainHead | None = None
        while (noted := await self._seals.head(node)) != end:
            # The node may seal meanwhile: what it has added is read until nothing is.
            end = noted
            while page := await self._seals.page(node, after, _SEALS_A_PAGE):
                after = page[-1].number
                for seal in page:
                    check.add(seal)
                self._progress("seals", check.count)
        self._report.seals[node] = check.count
        self._report.findings += check.end(noted)
        self._report.unsigned += check.unsigned

    async def _verify_recordings(self) -> None:
        async for rows in self._pages():
            known = await self._known_of([row.id for row in rows])
            for row in rows:
                recording = row.recording
                if recording is None or recording.id != row.id:
                    self._report.findings.append(_misfiled(row, known))
                    self._report.recordings += 1
                    continue
                unread = self._report.plain_unread
                found = await self._checked(recording, known)
                for _ in range(_LOOKS if found else 0):
                    # It may have been sealed, redacted or deleted while it was looked at.
                    again = await self._recordings.get(recording.id)
                    if again is None:
                        break
                    self._report.plain_unread = unread
                    found = await self._checked(again, await self._known_of([again.id]))
                    if again == recording:
                        break
                    recording = again
                self._report.findings += found
                self._report.recordings += 1
                self._report.deleted += recording.status is RecordingStatus.DELETED
                self._report.waiting += recording.id in known.waiting
                if recording.status is RecordingStatus.COMPLETED:
                    self._report.files += len(files_of(recording))
            self._progress("recordings", self._report.recordings)

    async def _known_of(self, ids: Sequence[str]) -> _Known:
        """Return what there is beside records; what waits is asked for before what is sealed."""
        waiting = await self._seals.waiting_for_seal(ids)
        seals = await self._seals.of_recordings(ids)
        return _Known(waiting, seals, await self._recordings.filed(ids))

    async def _checked(self, recording: Recording, known: _Known) -> list[Finding]:
        own = known.seals.get(recording.id, [])
        is_waiting = recording.id in known.waiting
        found = check_recording(recording, own, waiting=is_waiting)
        found += check_row(recording, known.filed.get(recording.id, {}))
        if recording.status is RecordingStatus.COMPLETED:
            found += await self._verify_files(recording, own[0].number if own else None)
        return found

    async def _pages(self) -> AsyncIterator[Sequence[RecordingRow]]:
        wanted = RecordingFilter(from_=self._options.from_, until=self._options.until)
        cursor: str | None = None
        while True:
            page = await self._recordings.rows(wanted, limit=_RECORDINGS_A_PAGE, cursor=cursor)
            if page.items:
                yield page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _verify_files(self, recording: Recording, number: int | None) -> list[Finding]:
        findings = []
        for file in files_of(recording):
            found = await asyncio.to_thread(self._verify_file, file)
            if found is not None:
                fault, detail = found
                findings.append(
                    Finding(fault, recording.node, number, recording.id, f"{file.kind}: {detail}")
                )
        return findings

    def _verify_file(self, file: RecordingFile) -> tuple[Fault, str] | None:
        """Compare a file with its record; None: it is as it was. Blocks on the storage."""
        try:
            with self._files.open_stored(file) as stream:
                size_bytes = stream.seek(0, 2)
                if size_bytes != file.size_bytes:
                    return Fault.FILE_ALTERED, f"{size_bytes} bytes instead of {file.size_bytes}"
                if self._options.fast:
                    return None
                stream.seek(0)
                if _sha256(stream) != file.stored_sha256:
                    return Fault.FILE_ALTERED, "the stored bytes have another hash"
            return None if file.key_id is None else self._verify_plain(file)
        except NotFoundError:
            return Fault.FILE_MISSING, "there is no such file"
        except (OSError, VoicegwError) as error:
            return Fault.FILE_UNREADABLE, getattr(error, "slug", None) or type(error).__name__

    def _verify_plain(self, file: RecordingFile) -> tuple[Fault, str] | None:
        try:
            with self._files.open(file) as stream:
                if _sha256(stream) != file.sha256:
                    return Fault.FILE_ALTERED, "the plain bytes have another hash"
        except KeyMissingError:
            self._report.plain_unread += 1
        except DamagedFileError as error:
            return Fault.FILE_ALTERED, error.detail
        return None


def _misfiled(row: RecordingRow, known: _Known) -> Finding:
    """Return the fault of a row that holds no recording, or another's."""
    seals = [one for one in known.seals.get(row.id, ()) if one.node == row.node]
    number = seals[0].number if seals else None
    is_another = row.recording is not None
    detail = "its record is another's" if is_another else "its record can't be read"
    return Finding(Fault.RECORDING_ALTERED, row.node, number, row.id, detail)


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
