"""What a seal says, and how it follows the one before."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.integrity.canonical import digest
from recordings.integrity.chain import (
    after,
    deletion_seal,
    files_of,
    head_document,
    next_seal,
    recording_facts,
)
from recordings.integrity.signature import Signer, is_signed
from tests.unit.recordings.integrity.records import NOW, a_file, a_recording
from voicegw.model.recording import FileKind, LegalHold, Place, RecordingStatus
from voicegw.model.seal import GENESIS, ChainHead, Seal, SealKind


def sealed(
    recording: Any, earlier: list[Seal] | None = None, head: ChainHead | None = None
) -> Seal:
    """Return the seal there must be."""
    seal = next_seal(recording, earlier or [], head or ChainHead("node-1"), NOW)
    assert seal is not None
    return seal


def test_each_seal_names_the_hash_before_it() -> None:
    first = sealed(a_recording(1))
    second = sealed(a_recording(2), head=after(first))
    assert (first.number, first.kind, first.document["previous"]) == (1, "recording", GENESIS)
    assert (second.number, second.document["previous"]) == (2, first.hash)
    assert first.hash == digest(first.document)
    assert first.document["recording"]["files"][0]["sha256"] == a_recording(1).sha256


@pytest.mark.parametrize(
    "change",
    [
        {"duration_s": 7.5},
        {"call_id": "call_0002"},
        {"started_at": None},
        {"reason": "packets-lost"},
        {"marks": []},
        {"files": []},
        {"status": RecordingStatus.ABSENT},
    ],
)
def test_whatever_matters_changes_the_hash(change: dict[str, Any]) -> None:
    changed = msgspec.structs.replace(a_recording(1), **change)
    if change == {"files": []}:
        changed.path = None
    assert sealed(changed).hash != sealed(a_recording(1)).hash


def test_hold_place_and_path_are_no_part_of_it() -> None:
    changed = a_recording(1, hold=LegalHold("key_1", "court", NOW), place=Place.REMOTE)
    changed.files[0].key = "elsewhere.flac"
    assert recording_facts(changed) == recording_facts(a_recording(1))


def test_a_recording_is_sealed_once_and_again_when_a_copy_is_added() -> None:
    recording = a_recording(1)
    first = sealed(recording)
    assert next_seal(recording, [first], after(first), NOW) is None
    recording.files.append(a_file("2026/03/04/rec_0001.redacted.flac", b"bip", FileKind.REDACTED))
    copy = sealed(recording, [first], after(first))
    assert (copy.kind, copy.number) == (SealKind.COPY, 2)
    assert [file["kind"] for file in copy.document["recording"]["files"]] == ["master", "redacted"]
    assert next_seal(recording, [first, copy], after(copy), NOW) is None


@pytest.mark.parametrize("status", [RecordingStatus.PENDING, RecordingStatus.DELETED])
def test_what_is_not_final_or_deleted_gets_none(status: RecordingStatus) -> None:
    assert next_seal(a_recording(1, status=status), [], ChainHead("node-1"), NOW) is None


@pytest.mark.parametrize("status", [RecordingStatus.ABSENT, RecordingStatus.FAILED])
def test_that_there_is_no_sound_is_sealed_too(status: RecordingStatus) -> None:
    seal = sealed(a_recording(1, status=status, reason="no-sound", files=[], path=None))
    assert seal.document["recording"]["status"] == status
    assert seal.document["recording"]["files"] == []


def test_the_master_of_a_recording_from_before_files_were_listed_counts() -> None:
    old = a_recording(1, files=[])
    assert files_of(old) == a_recording(1).files
    assert recording_facts(old) == recording_facts(a_recording(1))


def test_a_deletion_says_what_it_was_and_is_signed() -> None:
    recording = a_recording(1)
    first = sealed(recording)
    signer = Signer(Ed25519PrivateKey.generate())
    stub = deletion_seal(
        recording, [first], after(first), by="key_1", why="asked for", now=NOW, signer=signer
    )
    assert (stub.kind, stub.number, stub.key_id) == (SealKind.DELETION, 2, signer.key_id)
    assert stub.document["recording"] == first.document["recording"]
    deletion = stub.document["deletion"]
    assert (deletion["by"], deletion["why"]) == ("key_1", "asked for")
    assert deletion["sealed_as"] == {"node": "node-1", "number": 1, "hash": first.hash}
    assert is_signed(stub.document, stub.signature, signer.public_key)
    forged = stub.document | {"number": 3}
    assert not is_signed(forged, stub.signature, signer.public_key)


def test_a_head_is_signed_with_what_it_states() -> None:
    signer = Signer(Ed25519PrivateKey.generate())
    document = head_document(ChainHead("node-1", 7, "ab" * 32), NOW, signer)
    assert document["head"]["seals"] == 7
    assert is_signed(document["head"], document["signature"], signer.public_key)
    other = Signer(Ed25519PrivateKey.generate())
    assert not is_signed(document["head"], document["signature"], other.public_key)
    assert not is_signed(document["head"] | {"seals": 8}, document["signature"], signer.public_key)
    for broken in (None, "", "no base64", document["signature"][:-4]):
        assert not is_signed(document["head"], broken, signer.public_key)


def test_a_recording_of_before_keeps_its_master_beside_a_later_copy() -> None:
    before = a_recording(1, files=[])
    copy = a_file("2026/03/04/rec_0001.r1.flac", b"with a beep", FileKind.REDACTED)
    copied = msgspec.structs.replace(before, files=[copy])
    assert [file.kind for file in files_of(copied)] == [FileKind.MASTER, FileKind.REDACTED]
    assert files_of(copied)[0] == files_of(before)[0]
