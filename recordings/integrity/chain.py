"""What a seal says, and how each follows the one before. Pure.

A seal's document is a JSON object; its hash is the SHA-256 of the object's canonical bytes
(`recordings.integrity.canonical`)::

    {"type": "voicegw.seal", "version": 1, "node": …, "number": n, "previous": hash of n - 1,
     "kind": "recording" | "copy" | "deletion", "sealed_at": …, "recording": {…},
     "deletion": {"by", "why", "at", "sealed_as": {"node", "number", "hash"} | null}}

`recording` is the same on all kinds (`recording_facts`): id, call, manager, kind, status, reason,
times, length, every file's hashes, sizes and key, and every mark. `deletion` is on deletions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from recordings.integrity.canonical import digest
from recordings.integrity.signature import Signer
from voicegw.model.recording import FileKind, Recording, RecordingFile, RecordingStatus
from voicegw.model.seal import ChainHead, Seal, SealKind

SEAL_TYPE: Final = "voicegw.seal"
HEAD_TYPE: Final = "voicegw.seal-head"
VERSION: Final = 1
SEALED_STATUSES: Final = frozenset(
    {RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.FAILED}
)


def recording_facts(recording: Recording) -> dict[str, Any]:
    """Return what a seal says of a recording: nothing that may change without being noticed."""
    facts: dict[str, Any] = msgspec.to_builtins(
        {
            "id": recording.id,
            "call_id": recording.call_id,
            "manager_id": recording.manager_id,
            "kind": recording.kind,
            "status": recording.status,
            "reason": recording.reason,
            "node": recording.node,
            "created_at": recording.created_at,
            "started_at": recording.started_at,
            "completed_at": recording.completed_at,
            "duration_s": recording.duration_s,
            "channels": recording.channels,
            "sample_rate_hz": recording.sample_rate_hz,
            "files": [_file_facts(file) for file in files_of(recording)],
            "marks": recording.marks,
        }
    )
    return facts


def files_of(recording: Recording) -> list[RecordingFile]:
    """Return a recording's files; of one from before files were listed, its master first."""
    if recording.path is None or recording.sha256 is None:
        return recording.files
    if any(file.kind is FileKind.MASTER for file in recording.files):
        return recording.files
    size_bytes = recording.size_bytes or 0
    master = RecordingFile(
        kind=FileKind.MASTER,
        key=recording.path,
        media_type="audio/flac",
        size_bytes=size_bytes,
        sha256=recording.sha256,
        plain_bytes=size_bytes,
        stored_sha256=recording.sha256,
    )
    return [master, *recording.files]


def _file_facts(file: RecordingFile) -> dict[str, Any]:
    facts = msgspec.structs.asdict(file)
    del facts["key"]  # where it lies may change; what it is may not
    return facts


def next_seal(
    recording: Recording, earlier: Sequence[Seal], head: ChainHead, now: datetime
) -> Seal | None:
    """Return the seal that `recording` needs after `head`; None when `earlier` say it all.

    `earlier` are the seals of this recording, in order. A deleted recording gets its seal when it
    is deleted (`deletion_seal`).
    """
    if recording.status not in SEALED_STATUSES:
        return None
    facts = recording_facts(recording)
    if earlier and earlier[-1].document.get("recording") == facts:
        return None
    kind = SealKind.COPY if earlier else SealKind.RECORDING
    return _seal(kind, recording.id, {"recording": facts}, head, now)


def deletion_seal(
    recording: Recording,
    earlier: Sequence[Seal],
    head: ChainHead,
    *,
    by: str,
    why: str,
    now: datetime,
    signer: Signer,
) -> Seal:
    """Return the signed stub of a recording that is to be deleted, as it was until now."""
    first = next((seal for seal in earlier if seal.kind is SealKind.RECORDING), None)
    body = {
        "recording": recording_facts(recording),
        "deletion": {
            "by": by,
            "why": why,
            "at": msgspec.to_builtins(now),
            "sealed_as": None
            if first is None
            else {"node": first.node, "number": first.number, "hash": first.hash},
        },
    }
    seal = _seal(SealKind.DELETION, recording.id, body, head, now)
    return msgspec.structs.replace(seal, key_id=signer.key_id, signature=signer.sign(seal.document))


def head_document(head: ChainHead, now: datetime, signer: Signer) -> dict[str, Any]:
    """Return the signed statement of where a chain ends."""
    statement = {
        "type": HEAD_TYPE,
        "version": VERSION,
        "node": head.node,
        "seals": head.number,
        "hash": head.hash,
        "signed_at": msgspec.to_builtins(now),
        "key_id": signer.key_id,
    }
    return {"head": statement, "signature": signer.sign(statement)}


def after(seal: Seal) -> ChainHead:
    """Return the head of a chain that ends with `seal`."""
    return ChainHead(seal.node, seal.number, seal.hash)


def _seal(
    kind: SealKind, recording_id: str, body: dict[str, Any], head: ChainHead, now: datetime
) -> Seal:
    number = head.number + 1
    document = {
        "type": SEAL_TYPE,
        "version": VERSION,
        "node": head.node,
        "number": number,
        "previous": head.hash,
        "kind": str(kind),
        "sealed_at": msgspec.to_builtins(now),
        **body,
    }
    return Seal(head.node, number, kind, recording_id, digest(document), document)
