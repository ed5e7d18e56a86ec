"""Every kind of tampering with a chain is named, at the first seal that it touches."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from recordings.integrity.chain import after, deletion_seal, next_seal
from recordings.integrity.signature import Signer
from recordings.integrity.verification import check_recording
from tests.unit.recordings.integrity.chains import (
    SIGNER,
    a_chain,
    a_head,
    at,
    checked,
    faults,
    rewritten,
    with_facts,
)
from tests.unit.recordings.integrity.records import NOW, a_file, a_recording
from voicegw.model.recording import FileKind, Recording, RecordingStatus
from voicegw.model.seal import ChainHead, Seal

CHAIN = a_chain(9)
HEADS = [a_head(CHAIN[3]), a_head(CHAIN[8])]


def test_an_untouched_chain_has_no_fault() -> None:
    assert checked(CHAIN, HEADS, outside=HEADS) == []
    assert checked([]) == []


@pytest.mark.parametrize("index", [0, 4, 8])
def test_an_altered_document(index: int) -> None:
    seals = list(CHAIN)
    facts = seals[index].document["recording"] | {"duration_s": 1.0}
    document = seals[index].document | {"recording": facts}
    seals[index] = msgspec.structs.replace(seals[index], document=document)
    assert faults(checked(seals, HEADS))[0] == ("seal-altered", index + 1)


@pytest.mark.parametrize("index", [0, 4, 8])
@pytest.mark.parametrize(
    "change",
    [{"hash": "00" * 32}, {"node": "node-2"}, {"recording_id": "rec_9"}, {"kind": "deletion"}],
)
def test_an_altered_column(index: int, change: dict[str, Any]) -> None:
    seals = list(CHAIN)
    seals[index] = msgspec.structs.replace(seals[index], **change)
    assert faults(checked(seals, HEADS))[0] == ("seal-altered", index + 1)


@pytest.mark.parametrize("document", [{}, {"a": float("nan")}, {"type": "other"}])
def test_a_document_that_is_none(document: dict[str, Any]) -> None:
    seals = [*CHAIN[:4], msgspec.structs.replace(CHAIN[4], document=document), *CHAIN[5:]]
    assert faults(checked(seals, HEADS)) == [("seal-altered", 5)]


@pytest.mark.parametrize("index", [0, 4, 8])
def test_a_document_altered_with_its_own_hash(index: int) -> None:
    seals = list(CHAIN)
    seals[index] = with_facts(seals[index], duration_s=1.0)
    fault = "seal-replaced" if index < 8 else "chain-rewritten"
    at_least = (index + 1) if index < 8 else 5  # the head before the last confirms four seals
    assert faults(checked(seals, HEADS, end=after(CHAIN[-1])))[0] == (fault, at_least)


@pytest.mark.parametrize("index", [0, 4])
def test_a_removed_row_leaves_a_gap(index: int) -> None:
    seals = [*CHAIN[:index], *CHAIN[index + 1 :]]
    assert faults(checked(seals, HEADS)) == [("seal-removed", index + 1)]


@pytest.mark.parametrize("index", [0, 4])
def test_a_removed_row_whose_gap_was_closed(index: int) -> None:
    moved = [at(seal, seal.number - 1) for seal in CHAIN[index + 1 :]]
    found = checked([*CHAIN[:index], *moved])
    assert faults(found)[0] == ("seal-removed", index + 1)


def test_the_last_row_removed() -> None:
    seals, end = CHAIN[:-1], after(CHAIN[-1])
    assert faults(checked(seals, end=end)) == [("seal-removed", 9)]
    # The note of the end was changed as well: a signed head still knows.
    assert faults(checked(seals, HEADS)) == [("seal-removed", 9)]
    # And the head was removed: whoever kept it still knows.
    assert checked(seals, HEADS[:1]) == []
    assert faults(checked(seals, HEADS[:1], outside=HEADS)) == [("seal-removed", 9)]


def test_the_whole_chain_removed() -> None:
    assert faults(checked([], outside=HEADS[1:])) == [("seal-removed", 1)]


@pytest.mark.parametrize("index", [0, 4, 8])
def test_an_inserted_row(index: int) -> None:
    before = CHAIN[index].document["previous"]
    false = with_facts(CHAIN[index], before, id="rec_false", duration_s=1.0)
    false = msgspec.structs.replace(false, recording_id="rec_false")
    seals = [*CHAIN[:index], false, *(at(seal, seal.number + 1) for seal in CHAIN[index:])]
    found = checked(seals, HEADS)
    if index < 8:
        assert faults(found)[0] == ("seal-inserted", index + 1)
    else:  # of the two at the end nothing follows that would tell which one is right
        assert {number for _, number in faults(found)} <= {5, 9, 10}
        assert found


def test_a_row_appended_without_the_nodes_key_is_found_at_the_next_head_at_the_latest() -> None:
    false = next_seal(a_recording(99), [], after(CHAIN[-1]), NOW)
    assert false is not None
    # The node has sealed on from where it knew the chain to end.
    true = next_seal(a_recording(10), [], after(CHAIN[-1]), NOW)
    assert true is not None
    assert faults(checked([*CHAIN, false], [*HEADS, a_head(true)])) == [("chain-rewritten", 10)]


def test_two_swapped_rows() -> None:
    swapped = [*CHAIN[:3], at(CHAIN[4], 4), at(CHAIN[3], 5), *CHAIN[5:]]
    assert faults(checked(swapped, HEADS))[0] == ("seal-moved", 4)
    apart = [*CHAIN[:2], at(CHAIN[6], 3), *CHAIN[3:6], at(CHAIN[2], 7), *CHAIN[7:]]
    assert faults(checked(apart, HEADS))[0] == ("seal-moved", 3)


@pytest.mark.parametrize("first", [0, 2, 4, 7])
def test_a_chain_computed_anew_differs_from_the_signed_heads(first: int) -> None:
    seals = list(CHAIN)
    seals[first] = with_facts(seals[first], duration_s=1.0)
    seals = rewritten(seals)
    assert checked(seals) == []  # by itself it holds
    found = checked(seals, HEADS)
    assert faults(found)[0] == ("chain-rewritten", 1 if first < 4 else 5)
    assert faults(checked(seals, outside=HEADS[1:])) == [("chain-rewritten", 1)]


def test_a_seal_left_out_and_the_rest_computed_anew() -> None:
    seals = rewritten([*CHAIN[:5], *CHAIN[6:]])
    assert faults(checked(seals, HEADS))[0] == ("seal-removed", 9)
    assert faults(checked([*seals, *a_chain(9)[8:]], HEADS))[0][0] == "seal-replaced"


def test_heads_that_were_signed_anew_by_somebody_else() -> None:
    forger = Signer(Ed25519PrivateKey.generate())
    seals = rewritten([with_facts(CHAIN[0], duration_s=1.0), *CHAIN[1:]])
    assert faults(checked(seals, [a_head(seals[8], forger)])) == [("head-forged", 9)]


@pytest.mark.parametrize(
    "change", [{"seals": 8}, {"hash": "00" * 32}, {"node": "node-2"}, {"signed_at": "2020"}]
)
def test_a_head_that_was_changed(change: dict[str, Any]) -> None:
    head = HEADS[1] | {"head": HEADS[1]["head"] | change}
    assert faults(checked(CHAIN, [head]))[0][0] == "head-forged"


@pytest.mark.parametrize("head", [{}, {"head": None}, {"head": {"seals": "x"}}, {"head": []}])
def test_what_is_no_head(head: dict[str, Any]) -> None:
    assert faults(checked(CHAIN, [head])) == [("head-forged", None)]


def test_the_note_of_the_end_was_changed() -> None:
    assert faults(checked(CHAIN, end=ChainHead("node-1", 8, CHAIN[7].hash))) == [
        ("chain-end-differs", 8)
    ]
    assert faults(checked(CHAIN, end=ChainHead("node-1", 9, "00" * 32))) == [
        ("chain-end-differs", 9)
    ]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_no_order_and_no_omission_passes(order: list[int], kept: int) -> None:
    chain, head = CHAIN[:6], a_head(CHAIN[5])
    rows = [at(chain[index], place + 1) for place, index in enumerate(order)]
    assert bool(checked(rows, [head])) == (order != sorted(order))
    assert checked([*rows[:kept], *rows[kept + 1 :]], [head])


# --- deletions and records -------------------------------------------------------------------


def a_stub(recording: Recording, earlier: list[Seal], signer: Signer = SIGNER) -> Seal:
    """Return the stub of a deletion."""
    return deletion_seal(
        recording, earlier, after(earlier[-1]), by="key_1", why="", now=NOW, signer=signer
    )


def deleted(recording: Recording) -> Recording:
    """Return its record once it is deleted."""
    return msgspec.structs.replace(
        recording, status=RecordingStatus.DELETED, deleted_at=NOW, files=[], path=None
    )


def test_a_deleted_recording_is_right_with_its_stub_only() -> None:
    recording, seals = a_recording(1), a_chain(1)
    stub = a_stub(recording, seals)
    assert checked([*seals, stub]) == []
    assert check_recording(deleted(recording), [*seals, stub], waiting=False) == []
    found = check_recording(deleted(recording), seals, waiting=False)
    assert faults(found) == [("deletion-unproven", 1)]
    found = check_recording(recording, [*seals, stub], waiting=False)
    assert faults(found) == [("recording-altered", 1)]
    other = a_stub(a_recording(1, duration_s=1.0), seals)
    found = check_recording(deleted(recording), [*seals, other], waiting=False)
    assert faults(found) == [("deletion-unproven", 1)]


def test_a_forged_stub() -> None:
    seals = a_chain(1)
    forged = a_stub(a_recording(1), seals, Signer(Ed25519PrivateKey.generate()))
    assert faults(checked([*seals, forged])) == [("stub-forged", 2)]
    claimed = msgspec.structs.replace(forged, key_id=SIGNER.key_id)
    assert faults(checked([*seals, claimed])) == [("stub-forged", 2)]
    unsigned = msgspec.structs.replace(forged, key_id=None, signature=None)
    assert faults(checked([*seals, unsigned])) == [("stub-forged", 2)]


@pytest.mark.parametrize(
    "change",
    [
        {"duration_s": 8.0},
        {"marks": []},
        {"call_id": "call_2"},
        {"manager_id": "mgr_2"},
        {"files": []},
        {"status": RecordingStatus.ABSENT},
        {"completed_at": None},
        {"files": [a_file("2026/03/04/rec_0001.flac", b"other sound")]},
    ],
)
def test_a_record_that_was_changed(change: dict[str, Any]) -> None:
    recording = msgspec.structs.replace(a_recording(1), **change)
    if change.get("files") == []:
        recording.path = None
    assert faults(check_recording(recording, a_chain(1), waiting=False)) == [
        ("recording-altered", 1)
    ]


def test_a_copy_may_be_added_and_the_evidence_never_replaced() -> None:
    recording, seals = a_recording(1), a_chain(1)
    recording.files.append(a_file("r.flac", b"bip", FileKind.REDACTED))
    assert check_recording(recording, seals, waiting=True) == []
    assert faults(check_recording(recording, seals, waiting=False)) == [("recording-altered", 1)]
    copy = next_seal(recording, seals, after(seals[0]), NOW)
    assert copy is not None
    assert check_recording(recording, [*seals, copy], waiting=False) == []
    # Another master, sealed with a copy by whoever could have that done:
    recording.files[0] = a_file("2026/03/04/rec_0001.flac", b"other sound")
    false = next_seal(recording, [*seals, copy], after(copy), NOW)
    assert false is not None
    found = check_recording(recording, [*seals, copy, false], waiting=False)
    assert faults(found) == [("recording-altered", 1)]
    assert "master" in found[0].detail


def test_a_file_encrypted_anew_is_the_same_evidence() -> None:
    recording, seals = a_recording(1), a_chain(1)
    recording.files[0] = msgspec.structs.replace(
        recording.files[0], stored_sha256="ab" * 32, size_bytes=99, key_id="k2"
    )
    copy = next_seal(recording, seals, after(seals[0]), NOW)
    assert copy is not None
    assert check_recording(recording, [*seals, copy], waiting=False) == []


def test_a_recording_without_a_seal() -> None:
    recording = a_recording(1)
    assert check_recording(recording, [], waiting=True) == []
    assert faults(check_recording(recording, [], waiting=False)) == [("recording-unsealed", None)]
    pending = a_recording(1, status=RecordingStatus.PENDING)
    assert check_recording(pending, [], waiting=False) == []
    assert faults(check_recording(pending, a_chain(1), waiting=False)) == [("recording-altered", 1)]


def test_a_recording_that_failed_may_be_made_after_all() -> None:
    failed = a_recording(1, status=RecordingStatus.FAILED, files=[], path=None, sha256=None)
    seals = a_chain(1, [failed])
    again = msgspec.structs.replace(failed, status=RecordingStatus.PENDING)
    assert check_recording(again, seals, waiting=False) == []
    made = a_recording(1)
    assert check_recording(made, seals, waiting=True) == []
    assert faults(check_recording(made, seals, waiting=False)) == [("recording-altered", 1)]
    later = next_seal(made, seals, after(seals[0]), NOW)
    assert later is not None
    assert check_recording(made, [*seals, later], waiting=False) == []
    changed = msgspec.structs.replace(made, duration_s=1.0)
    assert faults(check_recording(changed, [*seals, later], waiting=False)) == [
        ("recording-altered", 1)
    ]
    resealed = next_seal(changed, [*seals, later], after(later), NOW)
    assert resealed is not None
    found = check_recording(changed, [*seals, later, resealed], waiting=False)
    assert faults(found) == [("recording-altered", 1)]
