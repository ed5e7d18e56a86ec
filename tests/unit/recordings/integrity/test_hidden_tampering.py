"""What somebody tries who owns the disk and the database and knows how verification works."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from recordings.integrity.chain import after, deletion_seal, next_seal
from recordings.integrity.verification import check_recording
from tests.unit.recordings.integrity.chains import SIGNER, a_chain, at, checked, faults
from tests.unit.recordings.integrity.records import NOW, a_file, a_recording
from voicegw.model.recording import FileKind, Recording, RecordingFile, RecordingStatus
from voicegw.model.seal import ChainHead, Seal

LISTENING = a_file("2026/03/04/rec_0001.opus", b"what is heard", FileKind.LISTENING)
REDACTED = a_file("2026/03/04/rec_0001.r1.flac", b"with a beep", FileKind.REDACTED)


def with_files(*more: RecordingFile) -> Recording:
    """Return a recording with a master and `more` files."""
    recording = a_recording(1)
    recording.files = [*more, *recording.files]
    return recording


def seal_of(recording: Recording, earlier: list[Seal], head: ChainHead) -> Seal:
    """Return the seal that a node makes that was asked to."""
    made = next_seal(recording, earlier, head, NOW)
    assert made is not None
    return made


def elsewhere(recording: Recording, node: str) -> Seal:
    """Return the first seal of a chain somebody made for a node that never was."""
    return seal_of(recording, [], ChainHead(node))


def deleted(recording: Recording, **changes: Any) -> Recording:
    """Return its record once it is deleted and its files are gone."""
    gone = {"status": RecordingStatus.DELETED, "deleted_at": NOW, "files": [], "path": None}
    return msgspec.structs.replace(recording, **(gone | changes))


@pytest.mark.parametrize("waiting", [True, False])
def test_another_listening_copy_is_not_the_one_that_was_made(waiting: bool) -> None:
    was = with_files(LISTENING)
    seals = a_chain(1, [was])
    now = with_files(a_file(LISTENING.key, b"what was never said", FileKind.LISTENING))
    if not waiting:
        seals.append(seal_of(now, seals, after(seals[-1])))
    found = check_recording(now, seals, waiting=waiting)
    assert faults(found) == [("recording-altered", 1)]
    assert "listening" in found[0].detail


def test_a_second_listening_copy_would_be_the_one_that_is_heard() -> None:
    was = with_files(LISTENING)
    seals = a_chain(1, [was])
    now = with_files(LISTENING, a_file("x.opus", b"never said", FileKind.LISTENING))
    seals.append(seal_of(now, seals, after(seals[-1])))
    assert faults(check_recording(now, seals, waiting=False)) == [("recording-altered", 1)]


def test_a_redacted_copy_stays_what_it_was() -> None:
    seals = a_chain(1, [with_files()])
    copied = with_files(REDACTED)
    seals.append(seal_of(copied, seals, after(seals[-1])))
    again = with_files(REDACTED, a_file("r2.flac", b"two beeps", FileKind.REDACTED))
    assert check_recording(again, seals, waiting=True) == []
    other = with_files(a_file(REDACTED.key, b"with no beep", FileKind.REDACTED))
    assert faults(check_recording(other, seals, waiting=True)) == [("recording-altered", 1)]
    assert faults(check_recording(with_files(), seals, waiting=True)) == [("recording-altered", 1)]


@pytest.mark.parametrize("nodes", [("aaa", "zzz"), ("aaa",), ("zzz",)])
@pytest.mark.parametrize("waiting", [True, False])
def test_another_chain_can_not_vouch_for_a_recording(nodes: tuple[str, ...], waiting: bool) -> None:
    true, false = a_recording(1), a_recording(1, duration_s=1.0, content=b"another")
    made = [elsewhere(false, node) for node in nodes]
    seals = sorted([*a_chain(1, [true]), *made], key=lambda seal: (seal.node, seal.number))
    assert faults(check_recording(false, seals, waiting=waiting))[0][0] == "recording-altered"
    assert faults(check_recording(true, seals, waiting=waiting))[0][0] == "recording-altered"
    moved = msgspec.structs.replace(false, node=nodes[0])
    seals = [*[elsewhere(moved, node) for node in nodes], *a_chain(1, [true])]
    assert faults(check_recording(moved, seals, waiting=waiting))[0][0] == "recording-altered"


@pytest.mark.parametrize("number", [0, -1])
def test_a_seal_before_the_first_vouches_for_nothing(number: int) -> None:
    true, false = a_recording(1), a_recording(1, duration_s=1.0, content=b"another")
    slipped = seal_of(false, [], ChainHead("node-1", number - 1))
    assert slipped.number == number
    chain = a_chain(3)
    found = check_recording(false, [slipped, chain[0]], waiting=True)
    assert faults(found)[0][0] == "recording-altered"
    assert faults(check_recording(true, [slipped, chain[0]], waiting=True)) != []
    assert faults(checked([slipped, *chain])) == [("seal-inserted", number)]
    assert ("seal-inserted", number) in faults(checked([at(chain[0], number), *chain]))


@pytest.mark.parametrize(
    "change",
    [{"call_id": "call_2"}, {"duration_s": 1.0}, {"marks": []}, {"started_at": None}],
)
def test_what_is_left_of_a_deleted_recording_stays_what_it_was(change: dict[str, Any]) -> None:
    was, seals = a_recording(1), a_chain(1)
    stub = deletion_seal(was, seals, after(seals[0]), by="key_1", why="", now=NOW, signer=SIGNER)
    assert check_recording(deleted(was), [*seals, stub], waiting=False) == []
    found = check_recording(deleted(was, **change), [*seals, stub], waiting=False)
    assert faults(found) == [("deletion-unproven", 1)]


def test_deleted_before_its_newest_copy_was_sealed() -> None:
    """Nobody did wrong: the seal that was owed went with the recording's other work."""
    seals = a_chain(1, [with_files(LISTENING)])
    copied = with_files(REDACTED, LISTENING)
    stub = deletion_seal(copied, seals, after(seals[0]), by="", why="", now=NOW, signer=SIGNER)
    assert check_recording(deleted(copied), [*seals, stub], waiting=False) == []
    other = with_files(a_file(LISTENING.key, b"never said", FileKind.LISTENING))
    stub = deletion_seal(other, seals, after(seals[0]), by="", why="", now=NOW, signer=SIGNER)
    assert faults(check_recording(deleted(other), [*seals, stub], waiting=False)) == [
        ("deletion-unproven", 1)
    ]
