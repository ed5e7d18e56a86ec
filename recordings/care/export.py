"""What an export holds: of each recording its files, transcript and findings; at the end the lists.

`manifest.json` says of every recording what is known and which files of the archive are its, with
their hashes; `recordings.csv` is the same for a spreadsheet, one line each. Both grow on the disk
beside the archive, so an export of any size needs constant memory. No name in the archive holds a
telephone number or anybody's name. Everything here blocks on the disk: call it from a thread.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from recordings.care.archive import ArchiveWriter, Member
from recordings.care.redacted_text import is_covered, without_spans
from recordings.transcription.text import to_plain_text
from voicegw.errors import RecordingError, VoicegwError
from voicegw.identity import mask, visible_number
from voicegw.model.call import LegRole
from voicegw.model.directory import Role
from voicegw.model.export import Export, ExportContent
from voicegw.model.finding import Finding
from voicegw.model.recording import FileKind, Recording, RecordingFile, RecordingStatus
from voicegw.model.transcript import Transcript
from voicegw.store.evidence import Evidence

MANIFEST: Final = "manifest.json"
TABLE: Final = "recordings.csv"
_COLUMNS: Final = (
    "recording_id", "call_id", "kind", "status", "started_at", "duration_s", "direction",
    "outcome", "group_id", "manager_id", "customer_id", "customer", "score", "findings", "file",
    "sha256", "seal_node", "seal_number", "seal_hash",
)  # fmt: skip
_SUFFIXES: Final = {
    "audio/flac": "flac", "audio/ogg": "ogg", "audio/opus": "opus", "audio/mpeg": "mp3",
    "audio/wav": "wav",
}  # fmt: skip
_FACTS: Final = (
    "id", "call_id", "kind", "status", "reason", "node", "group_id", "manager_id", "customer_id",
    "created_at", "started_at", "completed_at", "duration_s", "sample_rate_hz", "channels",
)  # fmt: skip


class OpensFiles(Protocol):
    """Where the files of recordings are read; `recordings.storage.files.RecordingFiles` is one."""

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return the plain bytes of `file`. Raises NotFoundError and what reading may raise."""
        ...


class ExportWriter:
    """Writes one export to `target`. Give it evidence, then `finish` or `abandon` it."""

    def __init__(self, target: Path, export: Export, files: OpensFiles) -> None:
        """Begin the archive at `target`, which must not be there yet; `.part` files beside it."""
        self._export = export
        self._files = files
        self._role = Role(export.role)
        self._archive = ArchiveWriter(target, export.created_at)
        self._manifest = _Part(target, ".manifest.part")
        self._table = _Part(target, ".table.part")
        self._rows = csv.writer(self._table.text)
        self._begin()

    def add(self, evidence: Evidence) -> bool:
        """Add a recording and what belongs to it; return whether nothing of it is missing."""
        recording, missing = evidence.recording, list[dict[str, str]]()
        sound = [
            member
            for kind in self._kinds()
            if (member := self._sound(recording, kind, missing)) is not None
        ]
        texts = [*self._transcript(evidence), *self._findings(evidence)]
        entry: dict[str, Any] = {
            **{name: getattr(recording, name) for name in _FACTS},
            "customer_number": self._number(evidence),
            "customer_masked": mask(evidence.call.customer_number) if evidence.call else None,
            "files": [*sound, *texts],
            "seals": [
                {"node": one.node, "number": one.number, "kind": one.kind, "hash": one.hash}
                for one in evidence.seals
            ],
            "missing": missing,
        }
        separator = ",\n" if self._export.recordings else "\n"
        self._manifest.text.write(separator + msgspec.json.encode(entry).decode())
        self._rows.writerow(self._row(evidence, sound))
        self._export.recordings += 1
        self._export.incomplete += bool(missing)
        return not missing

    def finish(self) -> Member:
        """Add the lists, close the archive and return its size and hash."""
        self._manifest.text.write("\n]}\n")
        self._archive.add_file(TABLE, self._table.close())
        self._archive.add_file(MANIFEST, self._manifest.close())
        self._remove_parts()
        return self._archive.close()

    def abandon(self) -> None:
        """Remove everything that was written."""
        self._remove_parts()
        self._archive.abandon()

    def _begin(self) -> None:
        export = self._export
        head = {
            "type": "voicegw.export",
            "version": 1,
            "export_id": export.id,
            "created_at": export.created_at,
            "created_by": export.created_by,
            "role": export.role,
            "why": export.why,
            "filters": export.filters,
            "contents": export.contents,
            "redacted": export.redacted,
        }
        text = msgspec.json.encode(head).decode()
        self._manifest.text.write(text[:-1] + ',"recordings":[')
        # Spreadsheets take a CSV for UTF-8 only with this mark at its beginning.
        self._table.text.write("\ufeff")
        self._rows.writerow(_COLUMNS)

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

    def _sound(
        self, recording: Recording, kind: FileKind, missing: list[dict[str, str]]
    ) -> dict[str, Any] | None:
        """Add the recording's file of this kind; what is missing goes into `missing`."""
        if recording.status is not RecordingStatus.COMPLETED:
            missing.append({"what": kind, "why": f"recording-{recording.status}"})
            return None
        file = recording.file(kind)
        if file is None:
            missing.append({"what": kind, "why": "no-such-file"})
            return None
        name = f"recordings/{recording.id}{_KIND_SUFFIX.get(kind, '')}.{_suffix(file)}"
        try:
            with self._files.open(file) as stream:
                member = self._archive.add(name, stream, file.plain_bytes)
            if member.sha256 != file.sha256:
                raise RecordingError("its hash is not the one that was written down")
        except VoicegwError as error:
            missing.append({"what": kind, "why": error.slug})
            return None
        return _listed(member, kind)

    def _transcript(self, evidence: Evidence) -> Iterator[dict[str, Any]]:
        transcript = evidence.transcript
        if ExportContent.TRANSCRIPT not in self._export.contents or transcript is None:
            return
        if self._export.redacted:
            transcript = without_spans(transcript, evidence.recording.redacted_spans)
        yield from self._texts(transcript)

    def _texts(self, transcript: Transcript) -> Iterator[dict[str, Any]]:
        stem = f"transcripts/{transcript.recording_id}"
        document = self._archive.add_bytes(f"{stem}.json", _document(transcript))
        yield _listed(document, "transcript")
        plain = self._archive.add_bytes(f"{stem}.txt", to_plain_text(transcript).encode())
        yield _listed(plain, "transcript-text")

    def _findings(self, evidence: Evidence) -> Iterator[dict[str, Any]]:
        has_none = evidence.quality is None and not evidence.findings
        if ExportContent.FINDINGS not in self._export.contents or has_none:
            return
        findings = evidence.findings
        if self._export.redacted:
            spans = evidence.recording.redacted_spans
            findings = [_without_evidence(one) if _touches(one, spans) else one for one in findings]
        content = _document({"quality": evidence.quality, "findings": findings})
        member = self._archive.add_bytes(f"findings/{evidence.recording.id}.json", content)
        yield _listed(member, "findings")

    def _number(self, evidence: Evidence) -> str | None:
        if evidence.call is None:
            return None
        return visible_number(self._role, LegRole.CUSTOMER, evidence.call.customer_number)

    def _row(self, evidence: Evidence, sound: list[dict[str, Any]]) -> list[object]:
        """Return the line of the table. Its only number is masked, whatever the role."""
        recording, call, quality = evidence.recording, evidence.call, evidence.quality
        seal = evidence.seals[-1] if evidence.seals else None
        file = sound[0] if sound else {}
        return [
            recording.id, recording.call_id, recording.kind, recording.status,
            _time(recording.started_at or recording.created_at), recording.duration_s,
            call.direction if call else None, call.outcome if call else None,
            recording.group_id, recording.manager_id, recording.customer_id,
            mask(call.customer_number) if call else None,
            quality.score if quality else None, len(evidence.findings),
            file.get("name"), file.get("sha256"),
            seal.node if seal else None, seal.number if seal else None,
            seal.hash if seal else None,
        ]  # fmt: skip

    def _remove_parts(self) -> None:
        self._manifest.remove()
        self._table.remove()


_KIND_SUFFIX: Final = {FileKind.LISTENING: "-listening", FileKind.REDACTED: "-redacted"}


class _Part:
    """A text that grows on the disk until it goes into the archive."""

    def __init__(self, target: Path, suffix: str) -> None:
        self._path = target.with_name(target.name + suffix)
        self.text: io.TextIOWrapper = self._path.open("w+", encoding="utf-8", newline="")

    def close(self) -> Path:
        self.text.close()
        return self._path

    def remove(self) -> None:
        self.text.close()
        self._path.unlink(missing_ok=True)


def _listed(member: Member, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": member.name,
        "size_bytes": member.size_bytes,
        "sha256": member.sha256,
    }


def _document(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _suffix(file: RecordingFile) -> str:
    return _SUFFIXES.get(file.media_type.partition(";")[0], "bin")


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _touches(finding: Finding, spans: list[Any]) -> bool:
    if finding.start_s is None:
        return False
    end_s = finding.end_s if finding.end_s is not None else finding.start_s
    return is_covered(spans, finding.channel, finding.start_s, end_s)


def _without_evidence(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, evidence="", detail="")
