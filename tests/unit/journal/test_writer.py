"""From the journal to the store: in groups, in order, exactly once, however often it breaks."""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.journal.records import changed, opened
from voicegw.errors import ConflictError, StoreError, StoreUnavailableError
from voicegw.journal import writer as writer_module
from voicegw.journal.group import read_group
from voicegw.journal.journal import Journal
from voicegw.journal.segment import Line
from voicegw.journal.writer import JournalWriter


class Store:
    """A store in memory that keeps snapshots, events by id and the position, like the real one."""

    def __init__(self) -> None:
        self.away = False
        self.poison: set[str] = set()
        self.groups: list[int] = []
        self.events: dict[str, int] = {}
        self.position: int | None = None
        self.attempts = 0
        self.gate: asyncio.Event | None = None

    async def apply(self, lines: Sequence[bytes], position: int) -> None:
        self.attempts += 1
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.away:
            raise StoreUnavailableError("away")
        group = read_group(lines)
        if self.poison & {call.id for call in group.calls}:
            raise StoreError("refused")
        self.groups.append(len(lines))
        for event in group.events:
            self.events.setdefault(event.id, event.sequence)
        self.position = position

    @property
    def sequences(self) -> list[int]:
        return list(self.events.values())


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until `condition` holds; the test's time limit bounds it."""
    while not condition():  # noqa: ASYNC110 - there is nothing to wait for but the outcome
        await asyncio.sleep(0.001)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened_journal = Journal(tmp_path / "journal", "node-1")
    yield opened_journal
    opened_journal.close()


@pytest.fixture
async def writer(journal: Journal, store: Store) -> AsyncIterator[JournalWriter]:
    running = JournalWriter(
        journal, store.apply, group_interval_s=0, gather_s=0, commit_timeout_s=5
    )
    running.start(None)
    yield running
    await running.stop(drain_s=0.2)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_FIRST_RETRY_S", 0.001)
    monkeypatch.setattr(writer_module, "_LAST_RETRY_S", 0.004)


async def test_what_is_appended_gets_committed(writer: JournalWriter, store: Store) -> None:
    position = writer.append(changed("call_1"))
    assert writer.backlog_bytes > 0
    await writer.committed(position)
    assert store.sequences == [1]
    assert (store.position, writer.applied_position) == (position, position)
    assert writer.backlog_bytes == 0
    assert writer.groups_written == 1
    await writer.committed(position)
    assert writer.available


async def test_what_waits_is_written_as_one_group(writer: JournalWriter, store: Store) -> None:
    store.gate = asyncio.Event()
    writer.append(changed("call_1", 1))
    await until(lambda: store.attempts > 0)
    for sequence in range(2, 12):
        last = writer.append(changed("call_1", sequence))
    store.gate.set()
    await writer.committed(last)
    assert store.groups == [1, 10]
    assert store.sequences == list(range(1, 12))


async def test_whoever_asked_is_told_of_each_commit(writer: JournalWriter, store: Store) -> None:
    told: list[int] = []
    writer.on_commit(lambda: told.append(len(store.groups)))
    for leg_id in ("leg_1", "leg_2"):
        await writer.committed(writer.append(opened(leg_id)))
    assert told == [1, 2]


async def test_groups_are_bounded_and_spaced(journal: Journal, store: Store) -> None:
    writer = JournalWriter(journal, store.apply, group_interval_s=0.02, group_entries=4)
    for sequence in range(1, 11):
        last = writer.append(changed("call_1", sequence))
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer.start(None)
    await writer.committed(last)
    assert store.groups == [4, 4, 2]
    assert loop.time() - began >= 0.04
    await writer.stop()


async def test_entries_gather_until_one_is_urgent(journal: Journal, store: Store) -> None:
    writer = JournalWriter(
        journal, store.apply, group_interval_s=0, gather_s=60, commit_timeout_s=5
    )
    writer.start(None)
    await writer.committed(writer.append(changed("call_1", 1)))
    await asyncio.sleep(0.01)
    writer.append(changed("call_1", 2))
    patient = asyncio.create_task(
        writer.committed(writer.append(changed("call_1", 3)), urgent=False)
    )
    await asyncio.sleep(0.02)
    assert store.groups[0] == 1
    gathered = len(store.groups)
    writer.append(changed("call_1", 4))
    await asyncio.sleep(0.02)
    assert len(store.groups) == gathered
    await writer.committed(writer.append(changed("call_1", 5)))
    await patient
    assert store.sequences == [1, 2, 3, 4, 5]
    await writer.stop()


async def test_a_full_group_does_not_gather(journal: Journal, store: Store) -> None:
    writer = JournalWriter(journal, store.apply, group_interval_s=0, gather_s=60, group_entries=2)
    for sequence in range(1, 6):
        last = writer.append(changed("call_1", sequence))
    writer.start(None)
    await until(lambda: len(store.groups) >= 2)
    await writer.stop()
    assert store.groups == [2, 2, 1]
    assert store.position == last


async def test_gathering_ends_by_itself(journal: Journal, store: Store) -> None:
    writer = JournalWriter(journal, store.apply, group_interval_s=0, gather_s=0.02)
    writer.start(None)
    for sequence in range(1, 4):
        last = writer.append(changed("call_1", sequence))
        await asyncio.sleep(0)
    await writer.committed(last, urgent=False)
    assert len(store.groups) <= 2
    await writer.stop()


async def test_the_store_goes_and_comes_back(journal: Journal, store: Store) -> None:
    told: list[bool] = []
    writer = JournalWriter(
        journal, store.apply, on_availability=told.append, group_interval_s=0, gather_s=0
    )
    writer.start(None)
    store.away = True
    first = writer.append(changed("call_1", 1))
    with pytest.raises(StoreUnavailableError):
        await writer.committed(first)
    assert told == [False]
    assert not writer.available
    # Known to be away: nobody waits for it.
    with pytest.raises(StoreUnavailableError):
        await writer.committed(writer.append(changed("call_1", 2)))
    attempts = store.attempts
    await until(lambda: store.attempts >= attempts + 3)
    behind_s = writer.behind_s()
    assert behind_s > 0
    await until(lambda: writer.behind_s() > behind_s)
    store.away = False
    await until(lambda: not writer.backlog_bytes)
    assert writer.behind_s() == 0
    assert told == [False, True]
    assert store.sequences == [1, 2]
    await writer.committed(writer.append(changed("call_1", 3)))
    await writer.stop()


async def test_retries_back_off(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.undo()
    really_sleep = asyncio.sleep

    async def record(seconds: float) -> None:
        pauses.append(seconds)
        await really_sleep(0)

    monkeypatch.setattr(asyncio, "sleep", record)
    store.away = True
    store_sleeps = itertools.count()

    async def apply(lines: Sequence[bytes], position: int) -> None:
        if next(store_sleeps) < 8:
            raise StoreUnavailableError("away")
        store.position = position

    writer = JournalWriter(journal, apply, group_interval_s=0, gather_s=0)
    writer.append(changed("call_1"))
    writer.start(None)
    while writer.backlog_bytes:
        await really_sleep(0)
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    await writer.stop()


async def test_a_slow_store_is_not_waited_for_without_end(journal: Journal, store: Store) -> None:
    store.gate = asyncio.Event()
    writer = JournalWriter(
        journal, store.apply, commit_timeout_s=0.01, group_interval_s=0, gather_s=0
    )
    writer.start(None)
    first = writer.append(changed("call_1"))
    with pytest.raises(StoreUnavailableError):
        await writer.committed(first)
    store.gate.set()
    await writer.committed(writer.append(changed("call_1", 2)))
    assert store.sequences == [1, 2]
    await writer.stop()


async def test_memory_is_bounded_while_the_store_is_away(journal: Journal, store: Store) -> None:
    writer = JournalWriter(
        journal, store.apply, group_interval_s=0, gather_s=0, group_entries=7, max_pending=20
    )
    store.away = True
    writer.start(None)
    for sequence in range(1, 101):
        writer.append(changed("call_1", sequence))
        await asyncio.sleep(0)
    assert len(writer._pending) <= 20
    store.away = False
    for sequence in range(101, 151):
        writer.append(changed("call_1", sequence))
        await asyncio.sleep(0)
    await until(lambda: not writer.backlog_bytes)
    last = writer.append(changed("call_1", 151))
    await writer.committed(last)
    assert store.sequences == list(range(1, 152))
    assert store.position == last
    await writer.stop()


async def test_an_entry_the_store_refuses_does_not_hold_up_the_others(
    writer: JournalWriter, journal: Journal, store: Store
) -> None:
    store.poison.add("call_2")
    for call_id in ("call_1", "call_2", "call_3"):
        last = writer.append(changed(call_id))
    await writer.committed(last)
    assert list(store.events) == ["evt_call_1_1", "evt_call_3_1"]
    assert writer.rejected_entries == 1
    assert store.position == last
    kept = (journal.directory / "rejected.jsonl").read_bytes()
    assert b"call_2" in kept
    assert kept.count(b"\n") == 1


async def test_a_rejected_entry_that_cannot_be_kept_is_still_counted(
    writer: JournalWriter, journal: Journal, store: Store
) -> None:
    (journal.directory / "rejected.jsonl").mkdir()
    store.poison.add("call_1")
    await writer.committed(writer.append(changed("call_1")))
    assert writer.rejected_entries == 1


async def test_the_rest_is_written_at_the_end(journal: Journal, store: Store) -> None:
    writer = JournalWriter(journal, store.apply, group_interval_s=0.05)
    writer.start(None)
    await writer.committed(writer.append(changed("call_1", 1)))
    writer.append(changed("call_1", 2))
    await writer.stop(drain_s=5)
    assert store.sequences == [1, 2]
    await writer.stop()


async def test_stopping_does_not_wait_for_an_absent_store(journal: Journal, store: Store) -> None:
    writer = JournalWriter(journal, store.apply, commit_timeout_s=30)
    store.gate = asyncio.Event()
    writer.start(None)
    waiting = asyncio.create_task(writer.committed(writer.append(changed("call_1"))))
    await asyncio.sleep(0.01)
    await writer.stop(drain_s=0.01)
    with pytest.raises(StoreUnavailableError):
        await waiting
    again = JournalWriter(journal, store.apply, group_interval_s=0, gather_s=0)
    store.gate.set()
    again.start(store.position)
    await until(lambda: not again.backlog_bytes)
    assert store.sequences == [1]
    await again.stop()


async def test_a_defect_makes_the_store_unavailable(journal: Journal) -> None:
    async def apply(lines: Sequence[bytes], position: int) -> None:
        raise ZeroDivisionError

    told: list[bool] = []
    writer = JournalWriter(journal, apply, on_availability=told.append)
    writer.start(None)
    with pytest.raises(StoreUnavailableError):
        await writer.committed(writer.append(changed("call_1")))
    assert told == [False]
    await writer.stop()


async def test_a_journal_that_can_not_be_read_for_a_while(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[int] = []
    journal.append(changed("call_1", 1))

    def none_left(*_: object) -> list[Line]:
        refused.append(errno.EMFILE)
        raise OSError(errno.EMFILE, "Too many open files")

    writer = JournalWriter(journal, store.apply, group_interval_s=0, gather_s=0)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "read", none_left)
        writer.start(None)
        await until(lambda: len(refused) == 2)
        assert not writer.available
    await until(lambda: writer.applied_position == journal.end)
    assert writer.available
    assert store.sequences == [1]
    await writer.stop()


def _damage(folder: Path, offset: int) -> None:
    (path,) = folder.glob("*.journal")
    data = bytearray(path.read_bytes())
    data[offset] = ord("?")
    path.write_bytes(bytes(data))


async def test_damaged_lines_do_not_stop_the_rest(tmp_path: Path, store: Store) -> None:
    journal = Journal(tmp_path, "node-1")
    end = journal.append(changed("call_1", 1))
    journal.append(changed("call_1", 2))
    _damage(tmp_path, end - journal.begin - 2)
    writer = JournalWriter(journal, store.apply, group_entries=1, group_interval_s=0, gather_s=0)
    writer.start(None)
    await until(lambda: not writer.backlog_bytes)
    assert store.sequences == [2]
    await writer.stop()
    journal.close()


async def test_a_conflict_is_no_outage(journal: Journal) -> None:
    applied: list[int] = []

    async def apply(lines: Sequence[bytes], position: int) -> None:
        if lines:
            raise ConflictError("reference", "gone")
        applied.append(position)

    writer = JournalWriter(journal, apply, group_interval_s=0, gather_s=0)
    writer.start(None)
    last = writer.append(opened("leg_1"))
    await writer.committed(last)
    assert (applied, writer.rejected_entries, writer.available) == ([last], 1, True)
    await writer.stop()


@settings(max_examples=60, deadline=None)
@given(
    lives=st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=12),
            st.integers(min_value=0, max_value=6),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
    group_entries=st.integers(min_value=1, max_value=5),
    segment_bytes=st.sampled_from([600, 2000, 100_000]),
)
def test_every_event_reaches_the_store_exactly_once(
    tmp_path_factory: pytest.TempPathFactory,
    lives: list[tuple[int, int, bool]],
    group_entries: int,
    segment_bytes: int,
) -> None:
    """Each life appends some entries and dies in a group, before or after it was committed."""
    folder = tmp_path_factory.mktemp("journal")
    store = Store()
    written = itertools.count(1)
    seen: list[int] = []

    async def live(appends: int, groups: int, committed: bool) -> None:
        left = groups
        dead = asyncio.Event()

        async def apply(lines: Sequence[bytes], position: int) -> None:
            nonlocal left
            if left == 0:
                if committed:
                    await store.apply(lines, position)
                dead.set()
                await asyncio.Event().wait()
            left -= 1
            await store.apply(lines, position)

        journal = Journal(folder, "node-1", segment_bytes=segment_bytes)
        writer = JournalWriter(
            journal,
            apply,
            group_interval_s=0,
            gather_s=0,
            group_entries=group_entries,
            max_pending=3,
        )
        for index in range(appends):
            if index == appends // 2:
                writer.start(store.position)
            sequence = next(written)
            seen.append(sequence)
            writer.append(changed("call_1", sequence))
        if appends == 0:
            writer.start(store.position)
        await until(lambda: dead.is_set() or writer.backlog_bytes == 0)
        await writer.stop(drain_s=0)
        journal.close()

    for appends, groups, committed in lives:
        asyncio.run(live(appends, groups, committed))
    asyncio.run(live(0, 10_000, False))
    assert store.sequences == seen


async def test_who_asks_the_store_may_say_that_it_is_away(
    writer: JournalWriter, store: Store
) -> None:
    writer.store_answers(False)
    assert not writer.available
    with pytest.raises(StoreUnavailableError):
        await writer.committed(writer.append(changed("call_1")))
    await until(lambda: writer.available)
    assert store.sequences == [1]
    writer.store_answers(False)
    writer.store_answers(True)
    assert writer.available


async def test_a_store_that_can_only_be_read_is_still_away(
    writer: JournalWriter, store: Store
) -> None:
    store.away = True
    writer.append(changed("call_1"))
    await until(lambda: not writer.available)
    writer.store_answers(True)
    assert not writer.available
    store.away = False
    await until(lambda: writer.available)
