"""What an export holds: of each recording its files, transcript and findings; at the end the lists.

`manifest.json` says of every recording what is known and which files of the archive are its, with
their hashes; `recordings.csv` is the same for a spreadsheet, one line each. Both grow on the disk
beside the archive, so an export of any size needs constant memory. No name in the archive holds a
telephone number or anybody's name. Everything here blocks on the disk: call it from a thread.
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from recordings.care.archive import ArchiveWriter, GrowingText, Member
from recordings.care.evidence_files import EvidenceWriter, OpensFiles
from voicegw.identity import mask, visible_number
from voicegw.model.call import LegRole
from voicegw.model.directory import Role
from voicegw.model.export import Export
from voicegw.store.evidence import Evidence

MANIFEST: Final = "manifest.json"
TABLE: Final = "recordings.csv"
_COLUMNS: Final = (
    "recording_id", "call_id", "kind", "status", "started_at", "duration_s", "direction",
    "outcome", "group_id", "manager_id", "customer_id", "customer", "score", "findings", "file",
    "sha256", "seal_node", "seal_number", "seal_hash",
)  # fmt: skip
_FACTS: Final = (
    "id", "call_id", "kind", "status", "reason", "node", "group_id", "manager_id", "customer_id",
    "created_at", "started_at", "completed_at", "duration_s", "sample_rate_hz", "channels",
)  # fmt: skip


class ExportWriter:
    """Writes one export to `target`. Give it evidence, then `finish` or `abandon` it."""

    def __init__(self, target: Path, export: Export, files: OpensFiles) -> None:
        """Begin the archive at `target`, which must not be there yet; `.part` files beside it."""
        self._export = export
        self._role = Role(export.role)
        self._archive = ArchiveWriter(target, export.created_at)
        self._evidence = EvidenceWriter(self._archive, export, files)
        self._manifest = GrowingText(target, ".manifest.part")
        self._table = GrowingText(target, ".table.part")
        self._rows = csv.writer(self._table)
        self._begin()

    def add(self, evidence: Evidence) -> bool:
        """Add a recording and what belongs to it; return whether nothing of it is missing."""
        separator = ",\n" if self._export.recordings else "\n"
        recording, put = evidence.recording, self._evidence.add(evidence)
        entry: dict[str, Any] = {
            **{name: getattr(recording, name) for name in _FACTS},
            "customer_number": self._number(evidence),
            "customer_masked": mask(evidence.call.customer_number) if evidence.call else None,
            "files": [*put.sound, *put.texts],
            "seals": [
                {"node": one.node, "number": one.number, "kind": one.kind, "hash": one.hash}
                for one in evidence.seals
            ],
            "missing": put.missing,
        }
        self._manifest.write(separator + msgspec.json.encode(entry).decode())
        self._rows.writerow(self._row(evidence, put.sound))
        return not put.missing

    def finish(self) -> Member:
        """Add the lists, close the archive and return its size and hash."""
        self._manifest.write("\n]}\n")
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
        self._manifest.write(text[:-1] + ',"recordings":[')
        # Spreadsheets take a CSV for UTF-8 only with this mark at its beginning.
        self._table.write("\ufeff")
        self._rows.writerow(_COLUMNS)

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


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
