"""Moving old events to files: what is due, once, whole, and never before it was delivered."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordings.storage.encrypted import EncryptedReader
from tests.contract.conftest import NOW
from voicegw.clock import SystemClock
from voicegw.events import archive as module
from voicegw.events.archive import Archiver
from voicegw.keyring import KeyRing, add_key
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.event import Event, EventType
from voicegw.store import schema
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.database import Database
from voicegw.store.event_archives import EventArchiveRepository, Stretch
from voicegw.store.events import EventRepository
from voicegw.store.outlets import OutletRepository

NUMBER = "+8613800138000"
DAY = timedelta(days=1)


class Clock(SystemClock):
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Archive:
    """An outbox with old events, and what archives them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.clock = Clock(NOW)
        self.events = EventRepository(database)
        self.archives = EventArchiveRepository(database)
        self.outlets = OutletRepository(database)

    async def fill(self, *ages_days: float) -> None:
        """Add an event of each age, in this order."""
        held = len(await self.events.after(limit=1000))
        await self.events.add(
            [
                Event(
                    f"evt_{held + number:04}",
                    EventType.CALL_ENDED,
                    f"call_{number}",
                    NOW - timedelta(days=age),
                    1,
                    {"customer_number": NUMBER},
                    node="node-9",
                )
                for number, age in enumerate(ages_days)
            ]
        )

    def archiver(self, node: str = "node-1", **changes: Any) -> Archiver:
        options: dict[str, Any] = {"retention": 30 * DAY, "pause_s": 0.0} | changes
        return Archiver(
            self.events, self.archives, self.clock, node=node, folder=self.folder, **options
        )

    async def left(self) -> list[str]:
        return [stored.event.id for stored in await self.events.after(limit=1000)]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    folder = tmp_path / "archive"
    folder.mkdir()
    return Archive(database, folder)


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMOVE_EVENTS", 2)
    monkeypatch.setattr(module, "_READ_EVENTS", 2)


async def test_each_day_becomes_a_file_and_what_is_young_stays(archive: Archive) -> None:
    await archive.fill(33, 33, 33, 32, 32, 31, 30.1, 2, 1)
    assert await archive.archiver().run() == 3
    assert await archive.left() == ["evt_0006", "evt_0007", "evt_0008"]
    first = NOW - 33 * DAY
    files = archive.files()
    assert files[0] == f"{first:%Y-%m-%d}_1.jsonl.gz"
    assert len(files) == 3
    with gzip.open(archive.folder / files[0]) as lines:
        events = [json.loads(line) for line in lines]
    assert [event["id"] for event in events] == ["evt_0000", "evt_0001", "evt_0002"]
    assert events[0]["data"]["customer_number"] == NUMBER
    assert (archive.folder / files[0]).stat().st_mode & 0o077 == 0


async def test_each_file_is_in_the_audit_log_with_its_hash(archive: Archive) -> None:
    await archive.fill(40, 40, 1)
    await archive.archiver().run()
    (name,) = archive.files()
    wanted = AuditFilter(action=AuditAction.EVENTS_ARCHIVED)
    (entry,) = (await AuditLog(archive.database).list(wanted)).items
    digest = hashlib.sha256((archive.folder / name).read_bytes()).hexdigest()
    assert (entry.subject, entry.detail["sha256"], entry.detail["events"]) == (name, digest, 2)


async def test_with_a_key_a_file_is_encrypted_and_can_be_read_again(
    archive: Archive, tmp_path: Path
) -> None:
    add_key(tmp_path / "keys", NOW.date())
    keys = KeyRing(tmp_path / "keys")
    folder = archive.folder
    await archive.fill(*[40] * 300, 1)
    await archive.archiver(key=lambda: keys.current).run()
    (name,) = archive.files()
    assert name.endswith(".jsonl.gz.enc")
    stored = (folder / name).read_bytes()
    assert NUMBER.encode() not in stored
    reader = EncryptedReader((folder / name).open("rb"), keys, name)
    with reader, gzip.open(reader) as lines:
        assert sum(1 for _ in lines) == 300


def test_every_length_of_a_file_is_sealed_as_recordings_are(tmp_path: Path) -> None:
    add_key(tmp_path / "keys", NOW.date())
    keys = KeyRing(tmp_path / "keys")
    for length in (0, 1, 65535, 65536, 65537, 131072, 200000):
        plain = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
        path = tmp_path / f"{length}"
        with path.open("wb") as file:
            writer = module.SealingWriter(module.HashingWriter(file), keys.current, path.name)
            for begin in range(0, length, 50_000):
                writer.write(plain[begin : begin + 50_000])
            writer.complete()
        with EncryptedReader(path.open("rb"), keys, path.name) as reader:
            assert reader.read() == plain


async def test_nothing_is_archived_that_an_outlet_has_not_delivered(archive: Archive) -> None:
    await archive.fill(40, 40, 39, 39, 1)
    await archive.outlets.lease("mqtt", "node-1/a", NOW, 60)
    await archive.outlets.move("mqtt", "node-1/a", 3)
    await archive.outlets.lease("webhooks", "node-1/a", NOW, 60)
    await archive.outlets.move("webhooks", "node-1/a", 5)
    assert await archive.archiver().run() == 1
    assert await archive.left() == ["evt_0002", "evt_0003", "evt_0004"]
    floor = await archive.archives.floor(NOW)
    assert floor is not None
    assert (floor.outlet, floor.position) == ("mqtt", 3)
    await archive.outlets.move("mqtt", "node-1/a", 4)
    assert await archive.archiver().run() == 1


async def test_webhooks_hold_back_what_they_have_not_noted_and_not_delivered(
    archive: Archive,
) -> None:
    await archive.fill(40, 40, 39, 39, 38, 1)
    async with archive.database.write() as connection:
        await connection.execute(
            schema.webhooks.insert(),
            [webhook("whk_1", 4), webhook("whk_2", 0, enabled=False)],
        )
        await connection.execute(schema.webhook_deliveries.insert(), delivery("evt_0002"))
    assert await archive.archiver().run() == 1
    assert len(await archive.left()) == 4
    floor = await archive.archives.floor(NOW)
    assert floor is not None
    assert (floor.outlet, floor.position) == ("webhooks", 2)
    async with archive.database.write() as connection:
        await connection.execute(schema.webhook_deliveries.update().values(state="delivered"))
    assert await archive.archiver().run() == 1
    assert await archive.left() == ["evt_0004", "evt_0005"]
    assert await archive.archives.floor(NOW) is not None


def webhook(webhook_id: str, position: int, *, enabled: bool = True) -> dict[str, Any]:
    return {
        "id": webhook_id,
        "url": "https://example.test",
        "types": [],
        "secrets": [],
        "description": "",
        "enabled": enabled,
        "version": 1,
        "created_at": NOW,
        "created_by": "key_1",
        "position": position,
    }


def delivery(event_id: str) -> dict[str, Any]:
    return {
        "webhook_id": "whk_1",
        "event_id": event_id,
        "event_type": "call.ended",
        "state": "pending",
        "attempts": 1,
        "created_at": NOW,
        "begun_at": NOW,
        "replays": 0,
    }


async def test_an_outlet_that_is_no_longer_served_holds_nothing_back(archive: Archive) -> None:
    await archive.fill(40, 1)
    await archive.outlets.lease("mqtt", "node-1/a", NOW - 8 * DAY, 60)
    await archive.outlets.move("mqtt", "node-1/a", 0)
    assert await archive.archiver().run() == 1


async def test_an_outlet_that_is_given_back_still_holds_back_what_it_has_not_delivered(
    archive: Archive,
) -> None:
    """A node that restarts with its broker away, or leaves the outlet to another node."""
    await archive.fill(40, 1)
    await archive.outlets.lease("mqtt", "node-1/a", NOW, 15)
    await archive.outlets.move("mqtt", "node-1/a", 0)
    await archive.outlets.release("mqtt", "node-1/a")
    assert await archive.archiver().run() == 0


async def test_two_nodes_never_archive_the_same(archive: Archive) -> None:
    await archive.fill(*[40] * 9, *[39] * 9, 1)
    counts = await asyncio.gather(
        *[archive.archiver(f"node-{number}").run() for number in range(3)]
    )
    assert sum(counts) == 2
    lines = b"".join(gzip.decompress(path.read_bytes()) for path in archive.folder.iterdir())
    ids = [json.loads(line)["id"] for line in lines.splitlines()]
    assert sorted(ids) == [f"evt_{number:04}" for number in range(18)]


async def test_a_claim_is_taken_over_when_its_node_has_died(archive: Archive) -> None:
    await archive.fill(40, 1)
    assert await archive.archives.claim(1, "node-2", "x", NOW, timedelta(hours=1))
    assert await archive.archiver().run() == 0
    archive.clock.moment += timedelta(hours=1)
    assert await archive.archiver().run() == 1
    assert not await archive.archives.claim(1, "node-2", "x", NOW + DAY, timedelta(hours=1))


async def test_a_claim_that_was_lost_seals_nothing(archive: Archive) -> None:
    await archive.fill(40, 1)
    entry = AuditEntry(NOW, "gateway", "", AuditAction.EVENTS_ARCHIVED, SubjectKind.EVENTS, "x")
    assert await archive.archives.claim(1, "node-2", "x", NOW, DAY)
    sealed = await archive.archives.seal(
        Stretch(1, 1), "node-1", events=1, sha256="00", entry=entry
    )
    assert not sealed
    assert await archive.left() == ["evt_0000", "evt_0001"]


async def test_a_kill_between_any_two_steps_loses_nothing_and_doubles_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.fill(*[40] * 7, 1)

    class KilledError(Exception):
        pass

    async def killed(*_args: object, **_options: object) -> bool:
        raise KilledError

    for name in ("seal", "remove_some"):
        with monkeypatch.context() as patched:
            patched.setattr(archive.archives, name, killed)
            with pytest.raises(KilledError):
                await archive.archiver().run()
        assert len(await archive.left()) == 8
    assert await archive.archiver("node-2").run() == 0
    assert await archive.left() == ["evt_0007"]
    (name,) = archive.files()
    assert len(gzip.decompress((archive.folder / name).read_bytes()).splitlines()) == 7
    assert await archive.events.oldest_at_hand() == "evt_0007"


async def test_a_disk_that_refuses_leaves_the_events_where_they_are(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.fill(40, 1)

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            await archive.archiver().run()
    assert archive.files() == []
    assert len(await archive.left()) == 2
    assert await archive.archiver().run() == 1


async def test_events_out_of_order_go_with_their_neighbours(archive: Archive) -> None:
    await archive.fill(40, 41, 40, 39, 1)
    assert await archive.archiver().run() == 2
    assert await archive.left() == ["evt_0004"]


async def test_the_newest_event_stays_however_old(archive: Archive) -> None:
    await archive.fill(40, 40)
    assert await archive.archiver().run() == 1
    assert await archive.left() == ["evt_0001"]
    assert await archive.archiver().run() == 0


async def test_an_empty_outbox_has_nothing_to_archive(archive: Archive) -> None:
    assert await archive.archiver().run() == 0
    assert await archive.events.oldest_at_hand() is None
