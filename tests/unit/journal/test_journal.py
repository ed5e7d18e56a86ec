"""The files: what is appended comes back, whatever happens to the process."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.journal.records import changed, legs_changed, opened
from voicegw.errors import StartError
from voicegw.journal.entries import CallChanged, Entry, LegClosed
from voicegw.journal.journal import Journal
from voicegw.journal.segment import (
    Segment,
    SegmentWriter,
    decode_line,
    decode_or_report,
    encode_line,
)


def entries_of(journal: Journal, after: int = 0) -> list[Entry]:
    found = [decode_or_report(line) for line in journal.read(after)]
    return [entry for entry in found if entry is not None]


def reopened(journal: Journal) -> Journal:
    journal.close()
    return Journal(journal.directory, journal.node)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", "node-1")


def test_what_is_appended_is_read(journal: Journal) -> None:
    written: list[Entry] = [changed("call_1"), opened("leg_1"), LegClosed("leg_1")]
    positions = [journal.append(entry) for entry in written]
    assert positions == sorted(set(positions))
    assert journal.end == positions[-1]
    assert entries_of(journal) == written
    assert entries_of(journal, positions[0]) == written[1:]
    assert [line.position for line in journal.read(0)] == positions
    assert len(journal.read(0, limit=2)) == 2
    assert journal.read(journal.end) == []
    journal.close()
    journal.close()


def test_telephones_that_ring_at_once_are_kept_apart(journal: Journal) -> None:
    for branch in ("a", "b", "c"):
        journal.append(opened("leg_1", branch=branch))
    journal.append(opened("leg_1", cseq=2, branch="b"))
    journal.append(LegClosed("leg_1", "c"))
    again = reopened(journal)
    found = {leg.branch: leg.session.local_cseq for leg in again.recover().open_legs}
    assert found == {"a": 1, "b": 2}
    again.append(LegClosed("leg_1", "a"))
    again.append(LegClosed("leg_1", "b"))
    last = reopened(again)
    assert last.recover().open_legs == []
    last.close()


def test_an_entry_may_change_once_it_is_appended(journal: Journal) -> None:
    entry = changed("call_1", 1)
    journal.append(entry)
    entry.call.sequence = 99
    assert entries_of(journal) == [changed("call_1", 1)]
    journal.close()


def test_what_is_open_is_recovered(journal: Journal) -> None:
    journal.append(opened("leg_1", cseq=1))
    journal.append(opened("leg_2"))
    journal.append(opened("leg_1", cseq=2))
    journal.append(LegClosed("leg_2"))
    journal.append(changed("call_1", 1))
    journal.append(changed("call_1", 2))
    journal.append(changed("call_2", 1))
    journal.append(changed("call_2", 2, ended=True))
    assert journal.recover().open_calls == []
    again = reopened(journal)
    recovery = again.recover()
    assert recovery.open_legs == [opened("leg_1", cseq=2)]
    assert recovery.open_calls == [changed("call_1", 2).call]
    again.append(LegClosed("leg_1"))
    again.append(changed("call_1", 3, ended=True))
    last = reopened(again)
    assert (last.recover().open_legs, last.recover().open_calls) == ([], [])
    last.close()


def test_what_is_open_outlives_the_files_it_was_written_to(journal: Journal) -> None:
    journal.append(opened("leg_1"))
    journal.append(changed("call_1"))
    again = reopened(journal)
    again.release(again.end)
    assert len(list(again.directory.glob("*.journal"))) == 1
    last = reopened(again)
    assert last.recover().open_legs == [opened("leg_1")]
    assert last.recover().open_calls == [changed("call_1").call]
    last.close()


def test_a_file_begins_with_what_is_open_and_without_its_events(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "node-1", segment_bytes=1000)
    journal.append(opened("leg_1"))
    for sequence in range(1, 20):
        journal.append(changed("call_1", sequence))
    segments = Segment.all_of(tmp_path)
    assert len(segments) > 3
    for earlier, later in pairwise(segments):
        assert earlier.base + earlier.size_bytes() == later.base
        first, second, *_ = [
            decode_line(line.data) for line in later.lines(later.base, journal.end)
        ]
        assert isinstance(first, CallChanged)
        assert first.events == []
        assert second == opened("leg_1")
    told = [
        e.sequence
        for entry in entries_of(journal)
        if isinstance(entry, CallChanged)
        for e in entry.events
    ]
    assert told == list(range(1, 20))
    journal.close()


def test_legs_that_have_changed_since_are_recovered_with_their_call(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "node-1", segment_bytes=500)
    journal.append(changed("call_1"))
    journal.append(changed("call_2"))
    for number in range(2, 12):
        journal.append(legs_changed("call_1", number, f"leg_{number % 3}"))
    journal.append(legs_changed("call_9", 4))
    journal.append(changed("call_2", 5))
    journal.append(changed("call_3"))
    journal.append(legs_changed("call_3", 2))
    journal.append(changed("call_3", 3, ended=True))
    for _ in range(2):
        journal.release(journal.end)
        journal = reopened(journal)
        one, two = journal.recover().open_calls
        assert [(leg.id, leg.sip_code) for leg in one.legs] == [
            ("leg_2", 11),
            ("leg_0", 9),
            ("leg_1", 10),
        ]
        assert (one.sequence, two.sequence, two.legs) == (11, 5, [])


def test_only_files_that_are_in_the_store_are_deleted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "node-1", segment_bytes=1000)
    positions = [journal.append(changed("call_1", sequence)) for sequence in range(1, 20)]
    segments = Segment.all_of(tmp_path)
    middle = next(p for p in positions if p > segments[2].base)
    journal.release(middle)
    assert Segment.all_of(tmp_path) == segments[2:]
    assert journal.begin == segments[2].base
    assert [line.position for line in journal.read(middle)][-1] == positions[-1]
    journal.release(journal.end)
    assert Segment.all_of(tmp_path) == segments[-1:]
    journal.release(journal.end)
    assert Segment.all_of(tmp_path) == segments[-1:]
    journal.close()


def test_a_file_that_cannot_be_deleted_is_tried_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(changed("call_1"))
    again = reopened(journal)
    with monkeypatch.context() as patch:

        def refuse(path: Path, missing_ok: bool = False) -> None:
            raise PermissionError(errno.EACCES, "no")

        patch.setattr(Path, "unlink", refuse)
        again.release(again.end)
    assert len(Segment.all_of(again.directory)) == 2
    again.release(again.end)
    assert len(Segment.all_of(again.directory)) == 1
    again.close()


def test_positions_rise_over_restarts_and_losses(journal: Journal) -> None:
    first = journal.append(changed("call_1"))
    again = reopened(journal)
    assert again.append(changed("call_1", 2)) > first
    last = again.end
    again.close()
    for segment in Segment.all_of(again.directory):
        segment.path.unlink()
    fresh = Journal(again.directory, "node-1")
    assert fresh.begin > last
    fresh.close()


@settings(max_examples=40, deadline=None)
@given(torn=st.integers(min_value=0, max_value=10_000), legs=st.integers(1, 4))
def test_a_torn_end_costs_only_the_entry_it_tore(
    tmp_path_factory: pytest.TempPathFactory, torn: int, legs: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, "node-1")
    written: list[Entry] = [changed(f"call_{n}") for n in range(3)]
    written += [opened(f"leg_{n}") for n in range(legs)]
    base = journal.end
    ends = [journal.append(entry) for entry in written]
    journal.close()
    size = torn % (ends[-1] - base + 1)
    (segment,) = Segment.all_of(folder)
    os.truncate(segment.path, size)
    whole = sum(end - base <= size for end in ends)
    again = Journal(folder, "node-1")
    after = [entry for entry in entries_of(again) if not _is_carried(entry)]
    assert [entry for entry in after if isinstance(entry, CallChanged)] == written[: min(whole, 3)]
    assert again.recover().open_legs == written[3:whole]
    again.append(changed("call_9"))
    assert entries_of(again)[-1] == changed("call_9")
    again.close()


def _is_carried(entry: Entry) -> bool:
    return isinstance(entry, CallChanged) and not entry.events


@pytest.mark.parametrize("damage", [b"call_2?,", b"call_\xff2"])
def test_a_damaged_line_is_left_out(journal: Journal, damage: bytes) -> None:
    for call_id in ("call_1", "call_2", "call_3"):
        journal.append(changed(call_id))
    (segment,) = Segment.all_of(journal.directory)
    data = segment.path.read_bytes()
    segment.path.write_bytes(data.replace(b'call_2",', damage, 1))
    again = reopened(journal)
    told = [entry for entry in entries_of(again) if not _is_carried(entry)]
    assert told == [changed("call_1"), changed("call_3")]
    again.close()


def test_a_full_disk_surfaces_and_leaves_no_half_line(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(changed("call_1"))
    end = journal.end
    really_write = os.write
    answers: Iterator[int | OSError] = iter([5, OSError(errno.ENOSPC, "No space left on device")])

    def nearly_full(fd: int, data: bytes) -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return really_write(fd, data[:answer])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", nearly_full)
        with pytest.raises(OSError, match="No space"):
            journal.append(changed("call_1", 2))
    assert journal.end == end
    journal.append(changed("call_1", 3))
    assert entries_of(journal) == [changed("call_1"), changed("call_1", 3)]
    journal.close()


def test_a_short_write_is_completed(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    really_write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: really_write(fd, data[:7]))
        journal.append(changed("call_1"))
    assert entries_of(journal) == [changed("call_1")]
    journal.close()


def test_without_room_for_a_new_file_the_old_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, "node-1", segment_bytes=1200)
    journal.append(changed("call_1", 1))
    journal.append(changed("call_1", 2))

    def refuse(writer: object, segment: Segment) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SegmentWriter, "__init__", refuse)
        for sequence in range(3, 6):
            journal.append(changed("call_1", sequence))
    assert len(Segment.all_of(tmp_path)) == 1
    for sequence in range(6, 12):
        journal.append(changed("call_1", sequence))
    assert len(Segment.all_of(tmp_path)) > 1
    told = [e for e in entries_of(journal) if not _is_carried(e)]
    assert told == [changed("call_1", sequence) for sequence in range(1, 12)]
    journal.close()


def test_a_new_file_that_cannot_take_what_is_open_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, "node-1", segment_bytes=500)
    journal.append(opened("leg_1"))
    journal.append(changed("call_1"))
    really_write = os.write

    def refuse_calls_without_events(fd: int, data: bytes) -> int:
        if b'"events":[]' in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really_write(fd, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse_calls_without_events)
        journal.append(changed("call_1", 2))
    assert len(Segment.all_of(tmp_path)) == 1
    assert entries_of(journal)[-1] == changed("call_1", 2)
    journal.close()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError) as caught:
        Journal(tmp_path / "file", "node-1")
    assert caught.value.problem.mend


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.journal", "00000000000000000001.txt", "rejected.jsonl"):
        (tmp_path / name).write_text("mine")
    journal = Journal(tmp_path, "node-1")
    assert entries_of(journal) == []
    journal.close()


_OTHER_NODE = """
import sys
from itertools import pairwise
from pathlib import Path
from voicegw.errors import StartError
from voicegw.journal.journal import Journal
try:
    Journal(Path(sys.argv[1]), "node-2")
except StartError as error:
    print(error.problem.mend)
    sys.exit(3)
"""


def test_two_processes_cannot_share_a_folder(journal: Journal) -> None:
    command = [sys.executable, "-c", _OTHER_NODE, str(journal.directory)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 3
    assert "data_dir" in refused.stdout
    journal.close()
    accepted = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert accepted.returncode == 0, accepted.stderr


_WRITER = """
import sys
from itertools import pairwise
from pathlib import Path
from tests.unit.journal.records import changed, opened
from voicegw.journal.journal import Journal
journal = Journal(Path(sys.argv[1]), "node-1", segment_bytes=20_000)
journal.append(opened("leg_1"))
sequence = 0
while True:
    sequence += 1
    journal.append(changed("call_1", sequence))
    print(sequence, flush=True)
"""


def test_a_killed_process_loses_nothing_it_was_told_is_written(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = 0
    while told < 500:
        told = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().splitlines()
    process.stdout.close()
    process.wait(timeout=10)
    told = max([told, *(int(line) for line in rest if line.isdecimal())])
    journal = Journal(tmp_path, "node-1")
    sequences = [
        event.sequence
        for entry in entries_of(journal)
        if isinstance(entry, CallChanged)
        for event in entry.events
    ]
    assert sequences == list(range(1, len(sequences) + 1))
    # One more may be in the file than was reported: it was killed between the two.
    assert len(sequences) - told in (0, 1)
    recovery = journal.recover()
    assert recovery.open_legs == [opened("leg_1")]
    assert [call.sequence for call in recovery.open_calls] == [len(sequences)]
    journal.close()


def test_every_line_is_one_line() -> None:
    entry = changed("call_1")
    entry.call.client_state = "a\nb\r\u2028"
    line = encode_line(entry)
    assert line.count(b"\n") == 1
    assert decode_line(line) == entry
