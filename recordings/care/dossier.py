"""A dossier: all about one matter in one archive that proves itself.

It holds the calls with their events, the tasks with the times that were set and promised, the
recordings as they were sealed, transcripts and findings, the chain of seals from each recording to
a signed head, the public keys, and `verify.py`, which checks all of it with Python's standard
library alone. `dossier.json` lists every file with its
hash, and is itself signed with the node's key. Everything here blocks on the disk: call it from a
thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from recordings.care import verify_dossier
from recordings.care.archive import ArchiveWriter, GrowingText, Member
from recordings.care.evidence_files import EvidenceWriter, OpensFiles, document
from recordings.care.matter_tasks import Deadlines, TaskFile, deadlines, task_document
from recordings.integrity.canonical import canonical
from recordings.integrity.keys import lines
from recordings.integrity.signature import Signer
from voicegw.model.call import Call
from voicegw.model.event import Event
from voicegw.model.export import Export
from voicegw.model.seal import Seal, SealHead, SealKey
from voicegw.store.evidence import Evidence

TYPE: Final = "voicegw.dossier"
VERSION: Final = 1
README: Final = """\
This is a dossier: calls, tasks with their deadlines, recordings, transcripts and findings of one
matter, with what proves that nothing was changed since. To verify it, with Python 3.8 or later and
nothing else:

    python verify.py DOSSIER.zip --key BASE64

BASE64 is the public key of the gateway; get it from its operator (`voicegw recordings keys`), not
from this archive. What was altered, removed or added is named. dossier.json lists what is here.

本档案包含一件事项的通话、任务时限、录音、转写与质检结果,以及证明其未被改动的签名。
核验只需 Python 3.8 以上版本:python verify.py 档案.zip --key 公钥(公钥请向网关运营方索取)。
"""


@dataclass(frozen=True, slots=True)
class CallFile:
    """A call of the matter, what happened in it, and its recordings."""

    call: Call
    events: Sequence[Event]
    recordings: Sequence[Evidence]


@dataclass(frozen=True, slots=True)
class ChainPart:
    """Seals of one node that follow each other."""

    node: str
    seals: Sequence[Seal]


@dataclass(frozen=True, slots=True)
class Vouchers:
    """The signed heads by node, and all public keys."""

    heads: dict[str, Sequence[SealHead]]
    keys: Sequence[SealKey]


DossierItem = CallFile | TaskFile | ChainPart | Vouchers
#: Shows a record of a call, with the numbers in it, as the one who asked may see it.
Show = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(slots=True)
class _Contents:
    calls: list[str] = field(default_factory=list)
    tasks: list[Deadlines] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    chains: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: str = "seals/keys.json"


class DossierWriter:
    """Writes one dossier to `target`."""

    def __init__(
        self,
        target: Path,
        export: Export,
        files: OpensFiles,
        signer: Signer | None,
        show: Show,
        *,
        lists_tasks: bool = True,
    ) -> None:
        """Begin the archive, which must not be there yet. Without `signer` its list is unsigned.

        Without `lists_tasks` it says that whoever asked may not see tasks.
        """
        self._target = target
        self._export = export
        self._signer = signer
        self._show = show
        self._lists_tasks = lists_tasks
        self._contents = _Contents()
        self._chains: dict[str, GrowingText] = {}
        self._signed_by: set[str | None] = set() if signer is None else {signer.key_id}
        self._archive = ArchiveWriter(target, export.created_at)
        self._evidence = EvidenceWriter(self._archive, export, files)
        script = Path(verify_dossier.__file__).read_bytes()
        self._archive.add_bytes("verify.py", script)
        self._archive.add_bytes("README.txt", README.encode())

    def add(self, item: DossierItem) -> None:
        """Add a call, a task, seals, or what vouches for them."""
        if isinstance(item, CallFile):
            self._call(item)
        elif isinstance(item, TaskFile):
            self._task(item)
        elif isinstance(item, ChainPart):
            self._part(item)
        else:
            self._vouchers(item)

    def finish(self) -> Member:
        """Add the signed list, close the archive and return its size and hash."""
        export, contents = self._export, self._contents
        listed = msgspec.to_builtins(
            {
                "type": TYPE,
                "version": VERSION,
                "export_id": export.id,
                "node": export.node,
                "created_at": export.created_at,
                "created_by": export.created_by,
                "role": export.role,
                "why": export.why,
                "matter": export.filters,
                "calls": contents.calls,
                "tasks": contents.tasks if self._lists_tasks else None,
                "recordings": contents.recordings,
                "chains": contents.chains,
                "keys": contents.keys,
                "members": [
                    {"name": one.name, "size_bytes": one.size_bytes, "sha256": one.sha256}
                    for one in self._archive.members
                ],
            }
        )
        self._archive.add_bytes(verify_dossier.LIST, canonical(listed))
        if self._signer is not None:
            signed = {"key_id": self._signer.key_id, "signature": self._signer.sign(listed)}
            self._archive.add_bytes(verify_dossier.SIGNATURE, document(signed))
        return self._archive.close()

    def abandon(self) -> None:
        """Remove everything that was written."""
        for text in self._chains.values():
            text.remove()
        self._archive.abandon()

    def _call(self, item: CallFile) -> None:
        call = item.call
        events = [
            self._show(msgspec.to_builtins(msgspec.structs.replace(event, data=dict(event.data))))
            for event in item.events
        ]
        shown = self._show(msgspec.to_builtins(call))
        self._archive.add_bytes(f"calls/{call.id}.json", document(shown))
        self._archive.add_bytes(f"calls/{call.id}.events.json", document(events))
        self._contents.calls.append(call.id)
        for evidence in item.recordings:
            self._recording(evidence)

    def _task(self, item: TaskFile) -> None:
        stem = f"tasks/{item.task.id}"
        content = {
            f"{stem}.json": self._show(task_document(item.task)),
            f"{stem}.history.json": msgspec.to_builtins(item.history),
        }
        for name, value in content.items():
            self._archive.add_bytes(name, document(value))
        self._contents.tasks.append(deadlines(item.task, list(content)))

    def _recording(self, evidence: Evidence) -> None:
        recording, put = evidence.recording, self._evidence.add(evidence)
        self._contents.recordings.append(
            {
                "id": recording.id,
                "call_id": recording.call_id,
                "kind": recording.kind,
                "status": recording.status,
                "created_at": recording.created_at,
                "started_at": recording.started_at,
                "duration_s": recording.duration_s,
                "hold": recording.hold,
                "deleted_at": recording.deleted_at,
                "files": [one["name"] for one in put.sound],
                "texts": [one["name"] for one in put.texts],
                "seals": [
                    {"node": one.node, "number": one.number, "hash": one.hash}
                    for one in evidence.seals
                ],
                "missing": put.missing,
            }
        )

    def _part(self, item: ChainPart) -> None:
        text = self._chains.get(item.node)
        if text is None:
            text = GrowingText(self._target, f".{item.node}.part")
            self._chains[item.node] = text
        for seal in item.seals:
            text.write(msgspec.json.encode(seal).decode() + "\n")
            self._signed_by.add(seal.key_id)

    def _vouchers(self, item: Vouchers) -> None:
        for node, text in self._chains.items():
            names = {"seals": f"seals/{node}.jsonl", "heads": f"seals/{node}.heads.json"}
            self._archive.add_file(names["seals"], text.close())
            text.remove()
            heads = [head.document for head in item.heads.get(node, ())]
            self._archive.add_bytes(names["heads"], document(heads))
            self._contents.chains[node] = names
        self._archive.add_bytes(self._contents.keys, document(self._keys(item)))

    def _keys(self, item: Vouchers) -> list[dict[str, Any]]:
        """Return the keys of the nodes that have signed something in here.

        Those of others need not lead to whom one trusts. A node that went by another name has none
        by its present one, or later ones only: so all are given that these lead to.
        """
        for heads in item.heads.values():
            self._signed_by.update(_key_of(one) for one in heads)
        signers = {key.node for key in item.keys if key.key_id in self._signed_by}
        nodes, line = {*self._chains, *signers}, lines(item.keys)
        wanted = {line.get(key.key_id, "") for key in item.keys if key.node in nodes}
        return [
            key.document for key in item.keys if key.node in nodes or line.get(key.key_id) in wanted
        ]


def _key_of(signed: SealHead) -> str | None:
    """Return which key signed a head; None for one that can't be read, which the script names."""
    head = signed.document.get("head")
    key_id = head.get("key_id") if isinstance(head, dict) else None
    return key_id if isinstance(key_id, str) else None
