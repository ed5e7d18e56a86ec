"""Chains of seals on both databases: each recording once, in order, by whoever seals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from recordings.integrity.chain import next_seal
from recordings.integrity.keys import KeyFolder, believed
from recordings.integrity.sealer import (
    ChainChangedError,
    Sealer,
    SealerOptions,
    ensure_key,
    rotate_key,
)
from recordings.integrity.signature import is_signed
from tests.contract.conftest import NOW
from tests.unit.recordings.integrity.records import a_file, a_recording
from voicegw.clock import SystemClock
from voicegw.errors import InvalidError
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.model.event import EventType
from voicegw.model.recording import FileKind, Recording, RecordingStatus
from voicegw.model.seal import ChainHead, Seal, SealKind
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.recordings import change_recording
from voicegw.store.seals import SealRepository, put_seal_work
from voicegw.store.uploads import UploadStore
from voicegw.store.work import WorkQueue


@pytest.fixture
def seals(database: Database) -> SealRepository:
    return SealRepository(database)


@pytest.fixture
def sealer(seals: SealRepository, tmp_path: Path) -> Sealer:
    clock = SystemClock()
    options = SealerOptions(every_s=0.01, batch=3)
    keys = KeyFolder(tmp_path / "keys")
    return Sealer(seals, keys, "node-1", clock, EventFactory(clock), options=options)


async def write(database: Database, *recordings: Recording) -> None:
    """Write recordings as their node does."""
    entries = [RecordingChanged(recording) for recording in recordings]
    await BatchWriter(database, "node-1").apply_entries(entries, 1)


def seal(recording: Recording, earlier: Sequence[Seal], head: ChainHead) -> Seal | None:
    return next_seal(recording, earlier, head, NOW)


async def test_recordings_are_sealed_in_the_order_of_their_completion(
    database: Database, seals: SealRepository, sealer: Sealer
) -> None:
    pending = a_recording(9, status=RecordingStatus.PENDING)
    absent = a_recording(4, status=RecordingStatus.ABSENT, reason="no-sound")
    await write(database, a_recording(2), a_recording(1), pending, absent, a_recording(3))
    assert await seals.waiting("node-1") == 4
    await sealer.seal_all()
    chain = await seals.page("node-1", 0, 100)
    assert [one.recording_id for one in chain] == [f"rec_{n:04}" for n in (1, 2, 3, 4)]
    assert [one.number for one in chain] == [1, 2, 3, 4]
    assert [one.document["previous"] for one in chain[1:]] == [one.hash for one in chain[:-1]]
    assert await seals.head("node-1") == ChainHead("node-1", 4, chain[-1].hash)
    assert (sealer.sealed, sealer.waiting) == (4, 0)
    assert await WorkQueue(database, "node-1").counts() == {}


async def test_writing_a_recording_again_seals_it_once(
    database: Database, seals: SealRepository, sealer: Sealer
) -> None:
    for _ in range(2):  # a journal that is replayed
        await write(database, a_recording(1))
        await sealer.seal_all()
    assert len(await seals.page("node-1", 0, 100)) == 1


async def test_a_new_copy_is_sealed_with_the_change_that_adds_it(
    database: Database, seals: SealRepository, sealer: Sealer
) -> None:
    await write(database, a_recording(1))
    await sealer.seal_all()

    def redact(recording: Recording) -> Recording:
        recording.files.append(a_file("r.flac", b"bip", FileKind.REDACTED))
        return recording

    def change(connection: object) -> None:
        changed = change_recording(connection, "rec_0001", redact)  # type: ignore[arg-type]
        put_seal_work(database, connection, changed, NOW)  # type: ignore[arg-type]

    await database.do_write(change)
    await sealer.seal_all()
    chain = (await seals.of_recordings(["rec_0001"]))["rec_0001"]
    assert [one.kind for one in chain] == [SealKind.RECORDING, SealKind.COPY]


async def test_only_altered_evidence_raises_an_alert_as_it_is_sealed_and_stays_raised(
    database: Database, seals: SealRepository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, told = SystemClock(), dict[str, str | None]()

    def tell(slug: str, raised: bool, detail: str = "") -> None:
        told[slug] = detail if raised else None

    def a_sealer() -> Sealer:
        options = SealerOptions(every_s=0.005, head_s=0.01)
        keys, events = KeyFolder(tmp_path), EventFactory(clock)
        return Sealer(seals, keys, "node-1", clock, events, options=options, on_alert=tell)

    async def now_told(wanted: str | None) -> None:
        async with asyncio.timeout(5):
            while told.get("recording-altered", "nothing") != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def change(recording_id: str, how: Callable[[Recording], Recording]) -> None:
        def work(connection: sa.Connection) -> None:
            changed = change_recording(connection, recording_id, how)
            put_seal_work(database, connection, changed, NOW)

        await database.do_write(work)

    failed = a_recording(3, status=RecordingStatus.FAILED, reason="no-spool", files=[])
    await write(database, *(a_recording(number) for number in (1, 2, 4, 5)), failed)
    sealer = a_sealer()
    await sealer.seal_all()
    redacted = a_file("r.flac", b"bip", FileKind.REDACTED)
    await change("rec_0001", lambda one: replace(one, files=[*one.files, redacted]))
    store = UploadStore(database, "node-1")
    before = a_recording(2).files[0]
    rekeyed = replace(before, stored_sha256="ab" * 32, size_bytes=99, key_id="k2")
    assert await store.rekeyed("rec_0002", before, rekeyed)
    await write(database, a_recording(3))  # made after all
    await sealer.start()
    await now_told(None)
    assert await seals.waiting("node-1") == 0
    assert (await seals.head("node-1")).number == 8
    assert not any("not what was sealed" in one.message for one in caplog.records)

    another = a_file("2026/03/04/rec_0004.flac", b"another")
    await change("rec_0004", lambda one: replace(one, files=[another]))
    await now_told("rec_0004: changed: the master's sha256")
    await change("rec_0005", lambda one: replace(one, duration_s=1.0))
    async with asyncio.timeout(5):
        # Sealed all the same: it proves when.
        while (await seals.head("node-1")).number != 10:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.005)
    await sealer.stop()
    named = [getattr(one, "recording_id", "") for one in caplog.records if one.levelname == "ERROR"]
    assert named == ["rec_0004", "rec_0005"]

    told.clear()
    sealer = a_sealer()  # after a restart nobody seals it again, and it is as true as before
    await sealer.start()
    await now_told("rec_0004: changed: the master's sha256")
    (tmp_path / "recording-altered.alert").unlink()  # somebody has looked into it
    await now_told(None)
    await sealer.stop()


@pytest.mark.parametrize("when", ["while it runs", "as it stops"])
async def test_an_alert_that_no_disk_takes_stays_raised_and_is_kept_once_one_does(
    database: Database, seals: SealRepository, tmp_path: Path, when: str
) -> None:
    clock, told = SystemClock(), list[tuple[bool, str]]()

    def tell(slug: str, raised: bool, detail: str = "") -> None:
        if slug == "recording-altered":
            told.append((raised, detail))

    async def until(is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not is_so():  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.005)

    def names(recording_id: str) -> Callable[[], bool]:
        return lambda: any(raised and recording_id in detail for raised, detail in told)

    folder, aside = tmp_path / "keys", tmp_path / "aside"
    head_s = 0.01 if when == "while it runs" else 3600.0
    options = SealerOptions(every_s=0.005, head_s=head_s)
    keys, events = KeyFolder(folder), EventFactory(clock)
    sealer = Sealer(seals, keys, "node-1", clock, events, options=options, on_alert=tell)
    await write(database, a_recording(1), a_recording(2))
    await sealer.start()
    await until(lambda: sealer.sealed == 2 and (False, "") in told)
    folder.rename(aside)
    folder.write_bytes(b"")  # nothing can be written into it
    for number in (1, 2):
        told.clear()

        def change(connection: sa.Connection, recording_id: str = f"rec_000{number}") -> None:
            changed = change_recording(
                connection, recording_id, lambda one: replace(one, duration_s=1.0)
            )
            put_seal_work(database, connection, changed, NOW)

        await database.do_write(change)
        await until(names(f"rec_000{number}: "))
    if when == "while it runs":
        told.clear()
        await until(lambda: len(told) >= 3)  # as often as heads are looked after
        assert all(raised and "rec_0001: " in detail for raised, detail in told)
    folder.unlink()
    aside.rename(folder)
    alert = folder / "recording-altered.alert"
    if when == "while it runs":
        await until(alert.exists)
    await sealer.stop()
    assert [one.split(":")[0] for one in alert.read_text().split("; ")] == ["rec_0001", "rec_0002"]


async def test_many_who_seal_at_once_make_one_chain(
    database: Database, seals: SealRepository
) -> None:
    await write(database, *(a_recording(number) for number in range(1, 31)))
    while await seals.waiting("node-1"):
        await asyncio.gather(*(seals.seal_waiting("node-1", 4, seal) for _ in range(4)))
    chain = await seals.page("node-1", 0, 100)
    assert [one.number for one in chain] == list(range(1, 31))
    assert [one.document["previous"] for one in chain[1:]] == [one.hash for one in chain[:-1]]
    assert len({one.recording_id for one in chain}) == 30


async def test_what_cannot_be_sealed_keeps_nobody_else_from_it(
    database: Database, seals: SealRepository, sealer: Sealer
) -> None:
    odd = a_recording(1)
    odd.marks[0].detail["n"] = 2**60
    await write(database, odd, a_recording(2))
    await sealer.seal_all()
    assert [one.recording_id for one in await seals.page("node-1", 0, 9)] == ["rec_0002"]


async def test_a_chain_belongs_to_its_node(database: Database, seals: SealRepository) -> None:
    await write(database, a_recording(1), a_recording(2, node="node-2"))
    assert await seals.seal_waiting("node-2", 9, seal) == (1, 1)
    assert await seals.seal_waiting("node-1", 9, seal) == (1, 1)
    assert await seals.seal_waiting("node-1", 9, seal) == (0, 0)
    assert [one.number for one in await seals.chains()] == [1, 1]
    assert await seals.nodes() == ["node-1", "node-2"]


async def test_heads_are_signed_at_start_and_stop_and_told(
    database: Database, seals: SealRepository, sealer: Sealer, tmp_path: Path
) -> None:
    await sealer.start()
    assert await seals.heads() == []
    await write(database, a_recording(1), a_recording(2))
    await sealer.stop()
    await sealer.stop()
    (head,) = await seals.heads()
    (key,) = await seals.keys()
    statement = head.document["head"]
    assert (statement["seals"], statement["key_id"]) == (2, key.key_id)
    assert statement["hash"] == (await seals.head("node-1")).hash
    public = KeyFolder(tmp_path / "keys").public_keys()[key.key_id]
    assert is_signed(statement, head.document["signature"], public)
    (stored,) = await EventRepository(database).after()
    assert stored.event.type is EventType.RECORDINGS_SEALED
    assert stored.event.data == head.document | {"sequence": 0}
    await sealer.start()  # nothing new: no other head
    await sealer.stop()
    assert await seals.last_head("node-1") == head
    assert len(await EventRepository(database).after()) == 1


async def test_the_running_sealer_signs_every_so_often(
    database: Database, seals: SealRepository, tmp_path: Path
) -> None:
    clock = SystemClock()
    options = SealerOptions(every_s=0.005, head_s=0.01)
    keys = KeyFolder(tmp_path)
    sealer = Sealer(seals, keys, "node-1", clock, EventFactory(clock), options=options)
    await sealer.start()
    await write(database, a_recording(1))
    async with asyncio.timeout(5):
        while not await seals.heads():  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.005)
    await sealer.stop()


async def test_what_is_sealed_late_is_signed_at_once(
    database: Database, seals: SealRepository, tmp_path: Path
) -> None:
    clock, looked = SystemClock(), asyncio.Event()

    def tell(slug: str, raised: bool, detail: str = "") -> None:
        looked.set()

    sealer = Sealer(
        seals, KeyFolder(tmp_path), "node-1", clock, EventFactory(clock),
        options=SealerOptions(every_s=0.005, head_s=3600), on_alert=tell,
    )  # fmt: skip

    async def sealed(count: int) -> None:
        while sealer.sealed < count:  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.005)

    async def signed(*numbers: int) -> None:
        found: list[int] = []
        while len(found) < len(numbers):
            await asyncio.sleep(0.005)
            found = [head.number for head in await seals.heads()]
        assert found == list(numbers)

    await sealer.start()
    async with asyncio.timeout(10):
        await looked.wait()
        await write(database, a_recording(1, created_at=clock.now()))
        await sealed(1)
        await write(database, a_recording(2))
        await signed(2)
        before = a_recording(2).files[0]
        rekeyed = replace(before, stored_sha256="ab" * 32, size_bytes=99, key_id="k2")
        assert await UploadStore(database, "node-1").rekeyed("rec_0002", before, rekeyed)
        await sealed(3)
        await write(database, a_recording(3, status=RecordingStatus.FAILED, files=[]))
        await signed(2, 4)
        await write(database, a_recording(3))  # made after all
        await signed(2, 4, 5)
    await sealer.stop()


async def test_a_new_key_signs_from_the_next_head_on(
    database: Database, seals: SealRepository, sealer: Sealer, tmp_path: Path
) -> None:
    await sealer.start()
    before, signer = await rotate_key(seals, KeyFolder(tmp_path / "keys"), "node-1", SystemClock())
    await write(database, a_recording(1))
    await sealer.stop()
    (head,) = await seals.heads()
    assert head.document["head"]["key_id"] == signer.key_id
    keys = {key.key_id: key for key in await seals.keys()}
    assert keys[signer.key_id].document["key"]["previous"] == before.key_id
    assert len(keys) == 2


async def test_seals_without_their_recordings_row_are_found(
    database: Database, seals: SealRepository, sealer: Sealer
) -> None:
    await write(database, a_recording(1), a_recording(2))
    assert await seals.waiting_for_seal(["rec_0001", "rec_0003"]) == {"rec_0001"}
    await sealer.seal_all()
    assert await seals.waiting_for_seal(["rec_0001"]) == frozenset()
    assert await seals.without_recording(9) == []
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM recordings WHERE id = 'rec_0001'")
    assert [one.recording_id for one in await seals.without_recording(9)] == ["rec_0001"]


async def test_other_work_of_a_recording_is_left_alone(database: Database, sealer: Sealer) -> None:
    entries = [RecordingChanged(a_recording(1))]
    writer = BatchWriter(database, "node-1", follow_up=[WorkKind.TRANSCRIBE])
    await writer.apply_entries(entries, 1)
    await sealer.seal_all()
    assert await WorkQueue(database, "node-1").counts() == {("transcribe", "waiting"): 1}


async def test_a_key_that_becomes_unusable_raises_an_alert_and_sealing_goes_on(
    database: Database, seals: SealRepository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, told = SystemClock(), list[tuple[str, bool]]()
    sealer = Sealer(
        seals,
        KeyFolder(tmp_path),
        "node-1",
        clock,
        EventFactory(clock),
        options=SealerOptions(every_s=0.005, head_s=0.01),
        on_alert=lambda slug, raised, _detail="": told.append((slug, raised)),
    )
    await sealer.start()
    key = tmp_path / "seals.pem"
    kept = key.read_bytes()
    key.write_bytes(b"damaged")
    await write(database, a_recording(1))
    async with asyncio.timeout(5):
        while ("seal-key-unusable", True) not in told:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.005)
    assert (await seals.head("node-1")).number == 1
    assert key.read_bytes() == b"damaged"
    key.write_bytes(kept)
    told.clear()
    async with asyncio.timeout(5):
        while ("seal-key-unusable", False) not in told:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.005)
    await sealer.stop()
    assert len(await seals.heads()) == 1
    assert any(one.message == "head of the chain not signed" for one in caplog.records)


async def test_a_lost_key_is_replaced_and_nothing_vouches_for_the_new_one_which_is_told(
    database: Database, seals: SealRepository, tmp_path: Path
) -> None:
    clock, told, keys = SystemClock(), dict[str, tuple[bool, str]](), KeyFolder(tmp_path)

    def tell(slug: str, raised: bool, detail: str = "") -> None:
        told[slug] = (raised, detail)

    async def told_after_a_start() -> tuple[bool, str]:
        told.clear()
        options = SealerOptions(every_s=0.005)
        sealer = Sealer(
            seals, keys, "node-1", clock, EventFactory(clock), options=options, on_alert=tell
        )
        await sealer.start()
        async with asyncio.timeout(5):
            while "seal-key-lost" not in told:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.005)
        await sealer.stop()
        return told["seal-key-lost"]

    assert await told_after_a_start() == (False, "")
    await rotate_key(seals, keys, "node-1", clock)
    assert await told_after_a_start() == (False, "")
    (tmp_path / "seals.pem").unlink()
    raised, detail = await told_after_a_start()
    first, second, third = await seals.keys()
    assert (first.document["signature"], third.document["signature"]) == (None, None)
    former = ", ".join(sorted((first.key_id, second.key_id)))
    assert (raised, detail) == (
        True,
        f"{third.key_id} follows {former}, and is signed by none of them",
    )
    assert (await told_after_a_start())[0]  # as true after a restart
    (tmp_path / "seal-key-lost.alert").unlink()  # somebody has looked into it
    assert await told_after_a_start() == (False, "")


async def test_a_key_that_the_folder_alone_remembers_was_lost_too(
    database: Database, seals: SealRepository, sealer: Sealer, tmp_path: Path
) -> None:
    keys = KeyFolder(tmp_path / "keys")
    await write(database, a_recording(1))
    await sealer.start()
    await sealer.stop()
    (record,) = keys.records()
    for left in ("seals-head.json", f"seals-{record.key_id}.json"):  # either tells of it
        await forget_keys(database)
        (kept := tmp_path / "keys" / left).rename(tmp_path / left)
        (tmp_path / "keys" / "seals.pem").unlink()
        signer = await ensure_key(seals, keys, "node-1", SystemClock())
        assert keys.alerts()["seal-key-lost"].startswith(f"{signer.key_id} follows {record.key_id}")
        (tmp_path / left).rename(kept)
        (tmp_path / "keys" / "seal-key-lost.alert").unlink()
        (tmp_path / "keys" / f"seals-{signer.key_id}.json").unlink()


async def test_a_key_that_only_its_last_head_tells_of_follows_none(
    database: Database, seals: SealRepository, sealer: Sealer, tmp_path: Path
) -> None:
    """So an earlier version left its folder; the store is new, or was brought back."""
    keys = KeyFolder(tmp_path / "keys")
    await write(database, a_recording(1))
    await sealer.start()
    await sealer.stop()
    (record,) = keys.records()
    (tmp_path / "keys" / f"seals-{record.key_id}.json").unlink()
    await forget_keys(database)
    assert (await ensure_key(seals, keys, "node-1", SystemClock())).key_id == record.key_id
    assert keys.alerts() == {}
    assert [one.key_id for one in await seals.keys()] == [record.key_id]


async def test_a_kill_while_the_first_key_is_made_loses_none(
    seals: SealRepository, tmp_path: Path
) -> None:
    keys = KeyFolder(tmp_path)
    keys.save(Ed25519PrivateKey.generate())
    (tmp_path / "seals.pem").unlink()  # the public one is written first
    await ensure_key(seals, keys, "node-1", SystemClock())
    assert keys.alerts() == {}


async def forget_keys(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(schema.seal_keys.delete())


async def test_a_store_that_was_brought_back_learns_the_keys_made_since(
    database: Database, seals: SealRepository, sealer: Sealer, tmp_path: Path
) -> None:
    """What vouched for them was in the store alone, and no key before can sign again."""
    await sealer.start()
    await sealer.stop()
    keys, clock = KeyFolder(tmp_path / "keys"), SystemClock()
    for _ in range(2):
        await rotate_key(seals, keys, "node-1", clock)
    before = await seals.keys()
    first = {before[0].key_id: keys.public_keys()[before[0].key_id]}
    later = schema.seal_keys.c.key_id != before[0].key_id
    async with database.write() as connection:
        await connection.execute(schema.seal_keys.delete().where(later))
    await sealer.start()
    await sealer.stop()
    assert await seals.keys() == before
    assert len(believed(before, {"node-1": first})["node-1"]) == 3


async def test_keys_of_before_are_kept_in_the_folder_as_well(
    seals: SealRepository, sealer: Sealer, tmp_path: Path
) -> None:
    await sealer.start()
    await sealer.stop()
    keys = KeyFolder(tmp_path / "keys")
    (kept,) = keys.records()
    (tmp_path / "keys" / f"seals-{kept.key_id}.json").write_text("damaged")
    assert keys.records() == []
    (tmp_path / "keys" / f"seals-{kept.key_id}.json").unlink()
    await sealer.start()
    await sealer.stop()
    assert keys.records() == [kept] == await seals.keys()


async def test_heads_are_listed_in_pages(
    database: Database, seals: SealRepository, tmp_path: Path
) -> None:
    clock = SystemClock()
    for node in ("node-2", "node-1"):
        sealer = Sealer(seals, KeyFolder(tmp_path / node), node, clock, EventFactory(clock))
        for number in (1, 2):
            key = number + 10 * (node == "node-2")
            await write(database, a_recording(key, node=node))
            await sealer.seal_all()
            await sealer.sign_head()
    found, cursor = [], None
    while True:
        page = await seals.list_heads(limit=3, cursor=cursor)
        found += [(head.node, head.number) for head in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [("node-1", 1), ("node-1", 2), ("node-2", 1), ("node-2", 2)]
    second = (await seals.list_heads(node="node-2")).items[1]
    since = await seals.list_heads(node="node-2", from_=second.signed_at)
    assert since.items == [second]
    assert second not in (await seals.list_heads(until=second.signed_at)).items
    with pytest.raises(InvalidError):
        await seals.list_heads(cursor="nonsense")


async def test_a_chain_that_was_changed_behind_its_back_is_not_signed(
    database: Database, seals: SealRepository, tmp_path: Path
) -> None:
    clock, told = SystemClock(), list[tuple[str, bool]]()

    def a_sealer() -> Sealer:
        return Sealer(
            seals,
            KeyFolder(tmp_path),
            "node-1",
            clock,
            EventFactory(clock),
            options=SealerOptions(every_s=0.005),
            on_alert=lambda slug, raised, _detail="": told.append((slug, raised)),
        )

    await write(database, a_recording(1), a_recording(2))
    await a_sealer().seal_all()
    assert await a_sealer().sign_head() is not None
    async with database.write() as connection:  # everything since the first is gone, heads too
        for statement in (
            "DELETE FROM seals WHERE number = 2",
            "DELETE FROM seal_heads",
            "UPDATE seal_chains SET number = 1, hash = (SELECT hash FROM seals)",
        ):
            await connection.exec_driver_sql(statement)
    sealer = a_sealer()
    await sealer.start()
    async with asyncio.timeout(5):
        while ("seal-chain-changed", True) not in told:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.005)
    await write(database, a_recording(3))
    await sealer.stop()
    assert await seals.heads() == []
    with pytest.raises(ChainChangedError):
        await a_sealer().sign_head()
    (tmp_path / "seals-head.json").write_text("nonsense")  # what can't be read is not believed
    assert await a_sealer().sign_head() is not None
