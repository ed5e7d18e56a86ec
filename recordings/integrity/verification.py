"""Whether a chain of seals, and the recordings it tells of, are what they were. Pure.

`ChainCheck` takes a chain seal by seal and names what was altered, removed, inserted, re-ordered or
rewritten; `check_recording` compares a recording's record with its seals. Files are compared by
`recordings.integrity.verifier`, which reads them.

What each kind of tampering leaves behind:

- a document that was changed no longer has its hash;
- a seal that was removed leaves a gap in the numbers, or all that follow say another number than
  they have; one that was inserted the same the other way round;
- whoever computes the hashes of all later seals anew differs from the signed heads, which were
  handed out every hour and can't be signed again without the node's private key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from recordings.integrity.canonical import digest
from recordings.integrity.chain import HEAD_TYPE, SEAL_TYPE, SEALED_STATUSES, recording_facts
from recordings.integrity.signature import is_signed
from voicegw.model.recording import FileKind, Recording, RecordingStatus
from voicegw.model.seal import GENESIS, ChainHead, Seal, SealKind


class Fault(StrEnum):
    """What is wrong. The names are stable."""

    SEAL_ALTERED = "seal-altered"
    """A seal's document does not have the seal's hash."""
    SEAL_REMOVED = "seal-removed"
    SEAL_INSERTED = "seal-inserted"
    SEAL_MOVED = "seal-moved"
    """A seal stands where another was."""
    SEAL_REPLACED = "seal-replaced"
    """The seal after it follows another one."""
    CHAIN_REWRITTEN = "chain-rewritten"
    """The chain differs from a signed head: hashes were computed anew from some seal on."""
    END_DIFFERS = "chain-end-differs"
    """The store's note of where the chain ends is not where it ends."""
    HEAD_FORGED = "head-forged"
    """A head is not signed by a key of the node."""
    STUB_FORGED = "stub-forged"
    """A deletion is not signed by a key of a node."""
    RECORDING_ALTERED = "recording-altered"
    RECORDING_REMOVED = "recording-removed"
    """A recording was sealed, and the store knows it no more."""
    RECORDING_UNSEALED = "recording-unsealed"
    DELETION_UNPROVEN = "deletion-unproven"
    """A recording is deleted, and there is no stub."""
    FILE_MISSING = "file-missing"
    FILE_ALTERED = "file-altered"
    FILE_UNREADABLE = "file-unreadable"


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong, where in which chain it is, and what it concerns."""

    fault: Fault
    node: str
    number: int | None = None
    recording_id: str | None = None
    detail: str = ""


class StatedHead(msgspec.Struct, frozen=True):
    """What a signed head states, and whether it came from outside of the store."""

    node: str
    number: int
    hash: str
    signed_at: str
    outside: bool = False


_LINKED: Final = "the seal after it names another hash before itself"


class ChainCheck:
    """Checks one node's chain. Order of use: `add` each seal by its number, `end` once."""

    def __init__(
        self, node: str, heads: Iterable[StatedHead], public_keys: Mapping[str, bytes]
    ) -> None:
        """`heads` are those of a good signature (`stated_heads`), `public_keys` the node's own."""
        self._node = node
        self._heads: dict[int, list[StatedHead]] = {}
        for head in heads:
            self._heads.setdefault(head.number, []).append(head)
        self._public_keys = public_keys
        self._held: Seal | None = None
        self._number = 0
        self._hash = GENESIS
        self._hash_known = True
        self._shift = 0
        """By how much seals stand past the number they state, since something was put in."""
        self._agreed = 0
        """The last seal that a signed head confirms."""
        self.count = 0
        self.findings: list[Finding] = []

    def add(self, seal: Seal) -> None:
        """Take the next seal."""
        self.count += 1
        if self._held is not None:
            self._check(self._held, seal)
        self._held = seal

    def end(self, end: ChainHead) -> list[Finding]:
        """Return everything that was found, the lowest number first; `end` is the store's note."""
        if self._held is not None:
            self._check(self._held, None)
        beyond = [number for number in self._heads if number > self._number]
        for number in beyond:
            self._removed(self._number + 1, _told(self._heads[number][0]))
        if end.number > self._number:
            if not beyond:
                self._removed(self._number + 1, f"the store notes {end.number} seals")
        elif end.number < self._number or (self._hash_known and end.hash != self._hash):
            self._find(Fault.END_DIFFERS, end.number, f"there are {self._number} seals")
        return sorted(self.findings, key=lambda finding: finding.number or 0)

    @property
    def unsigned(self) -> int:
        """How many seals follow the last one that a signed head confirms; ask after `end`."""
        return max(self._number - self._agreed, 0)

    def _check(self, seal: Seal, following: Seal | None) -> None:
        if seal.number < 1:
            self._find(Fault.SEAL_INSERTED, seal.number, "chains begin with seal 1", seal)
            return
        if seal.number != self._number + 1:
            self._removed(self._number + 1, f"the next one is {seal.number}")
        if not is_intact(seal):
            self._find(Fault.SEAL_ALTERED, seal.number, "it has another hash", seal)
            hash_known = True  # the next one names the hash this one had
        else:
            hash_known = self._check_place(seal, following)
            self._check_stub(seal)
            if seal.number == _stated(seal):
                self._check_heads(seal)
        self._number, self._hash, self._hash_known = seal.number, seal.hash, hash_known

    def _check_place(self, seal: Seal, following: Seal | None) -> bool:
        """Check number and link; return whether the next one's link can be checked."""
        stated = seal.document["number"]
        shift = seal.number - stated
        if shift != self._shift:
            if following is None or following.number - _stated(following) != shift:
                detail = f"it says it is seal {stated}"
                self._find(Fault.SEAL_MOVED, seal.number, detail, seal)
            elif shift < self._shift:
                self._removed(seal.number - self._shift, f"the next one says it is {stated}")
                self._shift = shift
            else:
                self._find(Fault.SEAL_INSERTED, seal.number - 1, f"two say they are {stated}", seal)
                self._shift = shift
            return False
        if self._hash_known and seal.document["previous"] != self._hash:
            self._find(Fault.SEAL_REPLACED, max(seal.number - 1, 1), _LINKED)
        return True

    def _check_stub(self, seal: Seal) -> None:
        if seal.kind is not SealKind.DELETION:
            return
        key = self._public_keys.get(seal.key_id or "")
        if key is None or not is_signed(seal.document, seal.signature, key):
            detail = "no key of a node has signed this deletion"
            self._find(Fault.STUB_FORGED, seal.number, detail, seal)

    def _check_heads(self, seal: Seal) -> None:
        for head in self._heads.get(seal.number, ()):
            if head.hash == seal.hash:
                self._agreed = seal.number
            else:
                detail = f"{_told(head)} says otherwise of seal {head.number}"
                self._find(Fault.CHAIN_REWRITTEN, self._agreed + 1, detail)

    def _removed(self, number: int, detail: str) -> None:
        self._find(Fault.SEAL_REMOVED, number, detail)
        self._hash_known = False

    def _find(self, fault: Fault, number: int, detail: str, seal: Seal | None = None) -> None:
        recording_id = None if seal is None else seal.recording_id
        self.findings.append(Finding(fault, self._node, number, recording_id, detail))


def is_intact(seal: Seal) -> bool:
    """Whether a seal's document has its hash, and says what the columns beside it say."""
    document = seal.document
    try:
        if digest(document) != seal.hash:
            return False
    except ValueError:
        return False
    return (
        document.get("type") == SEAL_TYPE
        and document.get("node") == seal.node
        and document.get("kind") == seal.kind
        and isinstance(document.get("number"), int)
        and isinstance(document.get("previous"), str)
        and _tells(seal)
        and document["recording"].get("id") == seal.recording_id
    )


def _tells(seal: Seal) -> bool:
    """Whether a seal has facts of a recording that can be compared."""
    facts = seal.document.get("recording")
    if not isinstance(facts, dict) or not isinstance(facts.get("status"), str):
        return False
    files = facts.get("files")
    return isinstance(files, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("kind"), str)
        and isinstance(one.get("sha256"), str)
        for one in files
    )


def stated_heads(
    documents: Iterable[Mapping[str, Any]],
    public_keys: Mapping[str, Mapping[str, bytes]],
    *,
    outside: bool,
) -> tuple[list[StatedHead], list[Finding]]:
    """Return what signed heads (`{"head": …, "signature": …}`) state, and those that are forged.

    `public_keys` are by node: a head must be signed by a key of the node it tells of.
    """
    stated: list[StatedHead] = []
    forged: list[Finding] = []
    for document in documents:
        try:
            head = msgspec.convert(document.get("head"), _Head)
        except msgspec.ValidationError:
            forged.append(Finding(Fault.HEAD_FORGED, "", detail="it is no head"))
            continue
        key = public_keys.get(head.node, {}).get(head.key_id)
        signature = document.get("signature")
        if head.type == HEAD_TYPE and key and is_signed(document["head"], signature, key):
            stated.append(StatedHead(head.node, head.seals, head.hash, head.signed_at, outside))
        else:
            where = "kept outside" if outside else "in the store"
            why = "its signature is wrong" if key else "nobody vouches for its key"
            detail = f"the head of {head.signed_at} {where}: {why}"
            forged.append(Finding(Fault.HEAD_FORGED, head.node, head.seals, None, detail))
    return stated, forged


class _Head(msgspec.Struct, frozen=True):
    type: str
    node: str
    seals: int
    hash: str
    signed_at: str
    key_id: str


def check_recording(recording: Recording, seals: Sequence[Seal], *, waiting: bool) -> list[Finding]:
    """Return what is wrong between a recording's record and its seals.

    `waiting`: its seal, or the one of its last change, is about to be made. A seal that tells
    nothing counts for nothing; `ChainCheck` names it.
    """
    seals = [seal for seal in seals if _tells(seal)]
    strange = next((seal for seal in seals if not _may_vouch(seal, recording)), None)
    if strange is not None:
        detail = f"seal {strange.number} of {strange.node} tells of it too"
        return [Finding(Fault.RECORDING_ALTERED, recording.node, None, recording.id, detail)]
    own = [seal for seal in seals if seal.kind is not SealKind.DELETION]
    stub = next((seal for seal in seals if seal.kind is SealKind.DELETION), None)
    if recording.status is RecordingStatus.DELETED:
        fault, detail = Fault.DELETION_UNPROVEN, _wrong_with_stub(recording, own, stub)
    elif stub is not None:
        fault, detail = Fault.RECORDING_ALTERED, "it was deleted, and has come back"
    elif recording.status is RecordingStatus.PENDING and _has_failed(own):
        return []  # it is tried once more
    elif not own:
        owed = recording.status in SEALED_STATUSES and not waiting
        fault, detail = Fault.RECORDING_UNSEALED, "no seal tells of it" if owed else ""
    else:
        fault, detail = Fault.RECORDING_ALTERED, _wrong_with_record(recording, own, waiting=waiting)
    if not detail:
        return []
    return [Finding(fault, recording.node, own[0].number if own else None, recording.id, detail)]


def check_row(recording: Recording, columns: Mapping[str, Any]) -> list[Finding]:
    """Return whether the columns by which lists find a recording say what its record says.

    Who changes one of them alone hides the recording, or has it deleted before its time.
    """
    wrong = sorted(name for name, value in columns.items() if getattr(recording, name) != value)
    if not wrong:
        return []
    detail = f"its row has another {', '.join(wrong)}"
    return [Finding(Fault.RECORDING_ALTERED, recording.node, None, recording.id, detail)]


def _may_vouch(seal: Seal, recording: Recording) -> bool:
    """Whether a seal stands where one of this recording can: any node may delete, one seals."""
    return seal.number > 0 and (seal.kind is SealKind.DELETION or seal.node == recording.node)


def _wrong_with_stub(recording: Recording, own: Sequence[Seal], stub: Seal | None) -> str:
    if stub is None:
        return "it is deleted, and no stub says so"
    told = stub.document["recording"]
    if _wrong_since_made([seal.document["recording"] for seal in own], told):
        return "its stub tells of something else"
    changed = set(_changed(told, recording_facts(recording))) - {"status", "files"}
    return f"changed: {', '.join(sorted(changed))}" if changed else ""


def _wrong_with_record(recording: Recording, own: Sequence[Seal], *, waiting: bool) -> str:
    said = [seal.document["recording"] for seal in own]
    facts = recording_facts(recording)
    changed = set() if waiting else set(_changed(said[-1], facts))
    changed |= _wrong_since_made(said, facts)
    return f"changed: {', '.join(sorted(changed))}" if changed else ""


def _wrong_since_made(said: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> set[str]:
    """Return what no later seal may say otherwise than the first that told of a made recording.

    A failed one may have been made after all: the evidence is what was sealed first as made.
    """
    made = [one for one in said if one["status"] != RecordingStatus.FAILED]
    if not made:
        return set()
    changed = set(_changed(made[0], facts)) - {"files"}
    first, now = _sounds(made[0]), _sounds(facts)
    gone = first.union(*(_sounds(one) for one in made)) - now
    # Only redacted copies come later, one after the other.
    added = {(kind, sha256) for kind, sha256 in now - first if kind != FileKind.REDACTED}
    return changed | {f"the {kind}'s sha256" for kind, _ in gone | added}


def _has_failed(own: Sequence[Seal]) -> bool:
    return bool(own) and own[0].document["recording"]["status"] == RecordingStatus.FAILED


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in set(before) | set(now) if before.get(name) != now.get(name)]


def _sounds(facts: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return kind and hash of each file: the plain bytes, which encrypting anew leaves alone."""
    return {(one["kind"], one["sha256"]) for one in facts["files"]}


def _stated(seal: Seal) -> int:
    number = seal.document.get("number")
    return number if isinstance(number, int) else seal.number


def _told(head: StatedHead) -> str:
    where = "kept outside" if head.outside else "in the store"
    return f"the head of {head.signed_at} {where}"
