"""What of a recording goes into an archive: its sound, its transcript, its findings.

Everything here blocks on the disk: call it from a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from recordings.care.archive import ArchiveWriter, Member
from recordings.care.redacted_text import without_evidence, without_spans
from recordings.transcription.text import to_plain_text
from voicegw.errors import (
    NotFoundError,
    RecordingError,
    StorageUnavailableError,
    VoicegwError,
)
from voicegw.model.export import Export, ExportContent
from voicegw.model.recording import FileKind, Place, Recording, RecordingFile, RecordingStatus
from voicegw.model.transcript import Transcript
from voicegw.store.evidence import Evidence

_SUFFIXES: Final = {
    "audio/flac": "flac", "audio/ogg": "ogg", "audio/opus": "opus", "audio/mpeg": "mp3",
    "audio/wav": "wav",
}  # fmt: skip
_KIND_SUFFIX: Final = {FileKind.LISTENING: "-listening", FileKind.REDACTED: "-redacted"}


class OpensFiles(Protocol):
    """Where the files of recordings are read; `recordings.storage.files.RecordingFiles` is one.

    `remote` is the storage that is asked for what is not on the node's disk, if there is one.
    """

    @property
    def remote(self) -> object | None: ...

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return the plain bytes of `file`. Raises NotFoundError and what reading may raise."""
        ...


@dataclass(slots=True)
class EvidenceFiles:
    """What was put in of one recording, as lists name it, and what is missing and why."""

    sound: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, str]] = field(default_factory=list)


class EvidenceWriter:
    """Puts recordings into `archive`, as far as `export` asks for them."""

    def __init__(self, archive: ArchiveWriter, export: Export, files: OpensFiles) -> None:
        """Read sound by `files`."""
        self._archive = archive
        self._export = export
        self._files = files

    def add(self, evidence: Evidence) -> EvidenceFiles:
        """Add a recording. Raises OSError when the disk takes no more."""
        put = EvidenceFiles()
        for kind in self._kinds():
            self._sound(evidence.recording, kind, put)
        if not self._export.redacted or evidence.recording.redactions:
            put.texts += [*self._transcript(evidence), *self._findings(evidence)]
        self._export.recordings += 1
        self._export.incomplete += bool(put.missing)
        return put

    def _kinds(self) -> Iterator[FileKind]:
        contents = self._export.contents
        if self._export.redacted:
            if ExportContent.MASTER in contents or ExportContent.LISTENING in contents:
                yield FileKind.REDACTED
            return
        if ExportContent.MASTER in contents:
            yield FileKind.MASTER
        if ExportContent.LISTENING in contents:
            yield FileKind.LISTENING

    def _sound(self, recording: Recording, kind: FileKind, put: EvidenceFiles) -> None:
        """Add the recording's file of this kind, or why it is missing."""
        if recording.status is not RecordingStatus.COMPLETED:
            put.missing.append({"what": kind, "why": f"recording-{recording.status}"})
            return
        file = recording.file(kind)
        if file is None:
            put.missing.append({"what": kind, "why": "no-such-file"})
            return
        name = f"recordings/{recording.id}{_KIND_SUFFIX.get(kind, '')}.{_suffix(file)}"
        try:
            with self._files.open(file) as stream:
                member = self._archive.add(name, stream, file.plain_bytes)
            if member.sha256 != file.sha256:
                raise RecordingError("its hash is not the one that was written down")
        except VoicegwError as error:
            # Nobody is to hear as evidence what is cut off, or not what was recorded.
            self._archive.take_back(name)
            put.missing.append({"what": kind, "why": self._why(recording, error)})
            return
        put.sound.append(_listed(member, kind))

    def _why(self, recording: Recording, error: VoicegwError) -> str:
        """Return why a file could not be read: one in a storage that nobody asked is not gone."""
        is_elsewhere = recording.place is not Place.LOCAL and self._files.remote is None
        if isinstance(error, NotFoundError) and is_elsewhere:
            return StorageUnavailableError.slug
        return error.slug

    def _transcript(self, evidence: Evidence) -> Iterator[dict[str, Any]]:
        transcript = evidence.transcript
        if ExportContent.TRANSCRIPT not in self._export.contents or transcript is None:
            return
        if self._export.redacted:
            transcript = without_spans(transcript, evidence.recording.redacted_spans)
        yield from self._texts(transcript)

    def _texts(self, transcript: Transcript) -> Iterator[dict[str, Any]]:
        stem = f"transcripts/{transcript.recording_id}"
        whole = self._archive.add_bytes(f"{stem}.json", document(transcript))
        yield _listed(whole, "transcript")
        plain = self._archive.add_bytes(f"{stem}.txt", to_plain_text(transcript).encode())
        yield _listed(plain, "transcript-text")

    def _findings(self, evidence: Evidence) -> Iterator[dict[str, Any]]:
        has_none = evidence.quality is None and not evidence.findings
        if ExportContent.FINDINGS not in self._export.contents or has_none:
            return
        findings = evidence.findings
        if self._export.redacted:
            spans = evidence.recording.redacted_spans
            findings = without_evidence(findings, evidence.transcript, spans)
        content = document({"quality": evidence.quality, "findings": findings})
        member = self._archive.add_bytes(f"findings/{evidence.recording.id}.json", content)
        yield _listed(member, "findings")


def _listed(member: Member, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": member.name,
        "size_bytes": member.size_bytes,
        "sha256": member.sha256,
    }


def document(value: Any) -> bytes:
    """Return `value` as a JSON file for people to read as well."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _suffix(file: RecordingFile) -> str:
    return _SUFFIXES.get(file.media_type.partition(";")[0], "bin")
