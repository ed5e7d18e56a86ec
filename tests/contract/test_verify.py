"""Verification of a real store and real files, after each kind of tampering with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.integrity import verifier
from recordings.integrity.canonical import digest
from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Sealer
from recordings.integrity.signature import Signer
from recordings.integrity.verifier import Report, Verifier, VerifyOptions
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from tests.contract.test_seals import write
from tests.unit.recordings.integrity.chains import rewritten
from tests.unit.recordings.integrity.records import NOW, a_recording
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.seal import Seal
from voicegw.model.work import WorkKind, WorkState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.disposal import DisposalRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.seals import SealRepository
from voicegw.store.work import WorkQueue

COUNT = 6
ABSENT = 4


@dataclass
class Archive:
    """Six sealed recordings, five of them with a file, and the signed head."""

    database: Database
    seals: SealRepository
    storage: LocalStorage
    keys: KeyFolder
    sealer: Sealer

    async def verify(self, **options: Any) -> Report:
        """Verify, trusting the node's own keys."""
        options.setdefault("trusted", {"node-1": self.keys.public_keys()})
        recordings = RecordingRepository(self.database)
        files = RecordingFiles(self.storage)
        return await Verifier(self.seals, recordings, files, VerifyOptions(**options)).run()

    async def faults(self, **options: Any) -> list[tuple[str, int | None]]:
        """Verify and return which faults were found, and at which seals."""
        report = await self.verify(**options)
        return [(str(one.fault), one.number) for one in report.findings]

    async def execute(self, *statements: sa.Executable) -> None:
        """Do what somebody does who owns the database."""
        async with self.database.write() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def replace_chain(self, seals: Sequence[Seal]) -> None:
        """Put other seals in the place of all."""
        table, chains = schema.seals, schema.seal_chains
        await self.execute(
            table.delete(),
            table.insert().values([msgspec.structs.asdict(seal) for seal in seals]),
            chains.update().values(number=seals[-1].number, hash=seals[-1].hash),
        )


@pytest.fixture
async def archive(database: Database, tmp_path: Path) -> Archive:
    """Return an archive that is as it should be."""
    seals, keys, clock = SealRepository(database), KeyFolder(tmp_path / "keys"), SystemClock()
    storage = LocalStorage(tmp_path / "recordings")
    sealer = Sealer(seals, keys, "node-1", clock, EventFactory(clock))
    recordings = [a_recording(number) for number in range(1, COUNT + 1)]
    recordings[ABSENT - 1] = a_recording(
        ABSENT, status=RecordingStatus.ABSENT, reason="no-sound", files=[], path=None, sha256=None
    )
    for number, recording in enumerate(recordings, 1):
        for file in recording.files:
            path = storage.path(file.key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"sound %d" % number)
    await write(database, *recordings)
    await sealer.seal_all()
    await sealer.sign_head()
    return Archive(database, seals, storage, keys, sealer)


def seal_at(number: int) -> sa.ColumnElement[bool]:
    return schema.seals.c.number == number


def record(number: int) -> sa.ColumnElement[bool]:
    return schema.recordings.c.id == f"rec_{number:04}"


async def test_an_untouched_archive(archive: Archive) -> None:
    for report in (await archive.verify(), await archive.verify(fast=True)):
        assert report.findings == []
        assert report.first is None
        assert report.unsigned == 0
        assert (report.seals, report.heads) == ({"node-1": COUNT}, 1)
        assert (report.recordings, report.files, report.waiting) == (COUNT, COUNT - 1, 0)


async def test_what_no_head_confirms_is_counted(archive: Archive) -> None:
    await write(archive.database, a_recording(9, files=[], path=None))
    await archive.sealer.seal_all()
    assert (await archive.verify()).unsigned == 1
    # Whoever takes the heads away may compute the chain anew: nothing contradicts it then.
    await archive.execute(schema.seal_heads.delete())
    await archive.replace_chain(rewritten(await archive.seals.page("node-1", 0, COUNT)))
    report = await archive.verify()
    assert (report.unsigned, report.heads) == (COUNT, 0)


async def test_a_file_with_a_flipped_byte(archive: Archive) -> None:
    path = archive.storage.path(a_recording(3).files[0].key)
    path.write_bytes(path.read_bytes().replace(b"s", b"S"))
    assert await archive.faults() == [("file-altered", 3)]
    assert await archive.faults(fast=True) == []  # the size is the same
    path.write_bytes(b"longer than before")
    assert await archive.faults(fast=True) == [("file-altered", 3)]


async def test_a_file_that_is_gone_or_cannot_be_read(archive: Archive) -> None:
    path = archive.storage.path(a_recording(3).files[0].key)
    path.unlink()
    assert await archive.faults() == [("file-missing", 3)]
    path.mkdir()
    assert await archive.faults() == [("file-unreadable", 3)]


async def test_a_file_replaced_together_with_its_record(archive: Archive) -> None:
    forged = a_recording(3, content=b"another talk")
    archive.storage.path(forged.files[0].key).write_bytes(b"another talk")
    await archive.execute(schema.recordings.update().where(record(3)).values(document=forged))
    assert await archive.faults() == [("recording-altered", 3)]


@pytest.mark.parametrize("number", [1, 3, COUNT])
async def test_a_seal_that_is_gone(archive: Archive, number: int) -> None:
    await archive.execute(schema.seals.delete().where(seal_at(number)))
    report = await archive.verify()
    assert report.first is not None
    assert (report.first.fault, report.first.number) == ("seal-removed", number)
    assert ("recording-unsealed", None) in [(one.fault, one.number) for one in report.findings]


@pytest.mark.parametrize("number", [1, 3, COUNT])
async def test_a_recording_that_is_gone(archive: Archive, number: int) -> None:
    await archive.execute(schema.recordings.delete().where(record(number)))
    assert await archive.faults() == [("recording-removed", number)]


@pytest.mark.parametrize(
    "column",
    [{"manager_id": "mgr_2"}, {"call_id": "call_9"}, {"status": "pending"}, {"group_id": None}],
)
async def test_a_row_that_hides_its_recording(archive: Archive, column: dict[str, Any]) -> None:
    """Lists look at the columns only: the record in the document is as it was."""
    await archive.execute(schema.recordings.update().where(record(3)).values(**column))
    (found,) = (await archive.verify()).findings
    assert (found.fault, found.recording_id) == ("recording-altered", "rec_0003")
    assert next(iter(column)) in found.detail


async def test_a_row_made_older_than_its_recording(archive: Archive) -> None:
    """Retention looks at the column: it would delete the recording before its time."""
    older = schema.recordings.update().where(record(3)).values(created_at=NOW - timedelta(days=999))
    await archive.execute(older)
    assert await archive.faults() == [("recording-altered", None)]


@pytest.mark.parametrize("number", [0, -7])
async def test_a_seal_put_before_the_first(archive: Archive, number: int) -> None:
    first = (await archive.seals.page("node-1", 0, 1))[0]
    early = msgspec.structs.replace(first, number=number)
    await archive.execute(schema.seals.insert().values(msgspec.structs.asdict(early)))
    assert await archive.faults() == [("seal-inserted", number), ("recording-altered", None)]


async def test_a_recording_and_its_seal_gone_without_a_gap(archive: Archive) -> None:
    chain = await archive.seals.page("node-1", 0, 99)
    await archive.execute(schema.recordings.delete().where(record(3)))
    await archive.replace_chain(rewritten([*chain[:2], *chain[3:]]))
    assert ("seal-removed", COUNT) in await archive.faults()  # the signed head knows six


async def test_two_swapped_seals(archive: Archive) -> None:
    numbers = schema.seals.c.number
    changes = [(3, 99), (4, 3), (99, 4)]
    await archive.execute(
        *(schema.seals.update().where(numbers == one).values(number=to) for one, to in changes)
    )
    assert (await archive.faults())[0] == ("seal-moved", 3)


async def test_an_inserted_seal(archive: Archive) -> None:
    chain = await archive.seals.page("node-1", 0, 99)
    document = chain[2].document | {
        "recording": chain[2].document["recording"] | {"id": "rec_false"}
    }
    false = msgspec.structs.replace(
        chain[2], document=document, hash=digest(document), recording_id="rec_false"
    )
    moved = [msgspec.structs.replace(seal, number=seal.number + 1) for seal in chain[2:]]
    await archive.replace_chain([*chain[:2], false, *moved])
    faults = await archive.faults()
    assert faults[0] == ("seal-inserted", 3)
    assert ("recording-removed", 3) in faults


async def test_everything_computed_anew(archive: Archive) -> None:
    head = (await archive.seals.heads())[0].document
    forged = a_recording(3, content=b"another talk")
    archive.storage.path(forged.files[0].key).write_bytes(b"another talk")
    chain = await archive.seals.page("node-1", 0, 99)
    facts = {"files": [msgspec.to_builtins(forged.files[0])]}
    del facts["files"][0]["key"]
    document = chain[2].document | {"recording": chain[2].document["recording"] | facts}
    forged_seal = msgspec.structs.replace(chain[2], document=document)
    await archive.replace_chain(rewritten([*chain[:2], forged_seal, *chain[3:]]))
    await archive.execute(schema.recordings.update().where(record(3)).values(document=forged))
    assert await archive.faults() == [("chain-rewritten", 1)]
    # With the head removed as well, the one kept outside still tells.
    await archive.execute(schema.seal_heads.delete())
    assert await archive.faults() == []
    assert await archive.faults(heads=[head]) == [("chain-rewritten", 1)]


async def test_heads_and_keys_made_anew_by_somebody_else(archive: Archive, tmp_path: Path) -> None:
    await archive.execute(schema.seal_heads.delete(), schema.seal_keys.delete())
    clock = SystemClock()
    forger = Sealer(
        archive.seals, KeyFolder(tmp_path / "forger"), "node-1", clock, EventFactory(clock)
    )
    await forger.sign_head()
    assert await archive.faults() == [("head-forged", COUNT)]
    assert await archive.faults(trusted={}) == []  # nothing is known but what the store says
    own = archive.keys.public_keys()
    assert await archive.faults(trusted={}, anywhere=own) == [("head-forged", COUNT)]


async def test_a_node_that_goes_by_another_name(archive: Archive) -> None:
    """Its key was made when it went by the name before, and counts on."""
    clock = SystemClock()
    renamed = Sealer(archive.seals, archive.keys, "node-9", clock, EventFactory(clock))
    await write(archive.database, a_recording(9, node="node-9", files=[], path=None))
    await renamed.seal_all()
    assert await renamed.sign_head() is not None
    own = archive.keys.public_keys()
    options: dict[str, Any]
    for options in (
        {"trusted": {}},
        {"trusted": {"node-9": own}},
        {"trusted": {}, "anywhere": own},
    ):
        assert (await archive.verify(**options)).findings == []
    stranger = Signer(Ed25519PrivateKey.generate())
    faults = await archive.faults(trusted={}, anywhere={stranger.key_id: stranger.public_key})
    assert {fault for fault, _ in faults} == {"head-forged"}


async def document_of(archive: Archive, number: int) -> dict[str, Any]:
    query = sa.select(schema.recordings.c.document).where(record(number))
    async with archive.database.read() as connection:
        found: dict[str, Any] = (await connection.execute(query)).scalar_one()
    return found


async def test_a_record_put_in_the_place_of_another(archive: Archive) -> None:
    """What is looked at is the row: its record says that it is one that is looked at as well."""
    other = await document_of(archive, 5)
    archive.storage.path(a_recording(3).files[0].key).unlink()
    await archive.execute(schema.recordings.update().where(record(3)).values(document=other))
    (found,) = (await archive.verify()).findings
    assert (found.fault, found.number, found.recording_id) == ("recording-altered", 3, "rec_0003")


@pytest.mark.parametrize("year", ["1999", "2099"])
async def test_a_record_of_another_time_hides_no_other(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, year: str
) -> None:
    monkeypatch.setattr(verifier, "_RECORDINGS_A_PAGE", 2)
    document = await document_of(archive, 5) | {"created_at": f"{year}-01-01T00:00:00Z"}
    await archive.execute(schema.recordings.update().where(record(5)).values(document=document))
    archive.storage.path(a_recording(2).files[0].key).unlink()
    async with asyncio.timeout(5):
        report = await archive.verify()
    assert report.recordings == COUNT
    assert {one.recording_id for one in report.findings} == {"rec_0005", "rec_0002"}


@pytest.mark.parametrize("document", [{}, [1], None])
async def test_what_is_no_record_keeps_nothing_from_being_verified(
    archive: Archive, document: object
) -> None:
    if document is not None:
        broken = schema.recordings.update().where(record(3)).values(document=document)
    else:
        broken = (
            schema.recordings.update()
            .where(record(3))
            .values(document=await document_of(archive, 3) | {"files": [{}]})
        )
    await archive.execute(broken)
    assert await archive.faults() == [("recording-altered", 3)]
    await write(archive.database, a_recording(9))
    await WorkQueue(archive.database, "node-1").put(WorkKind.SEAL, "rec_0003", NOW, node="node-1")
    await archive.sealer.seal_all()
    assert (await archive.seals.head("node-1")).number == COUNT + 1


@pytest.mark.parametrize(
    "change",
    [
        {"document": {}},
        {"document": [1]},
        {"kind": "odd"},
        {"document": {"recording": {"files": 1}}},
    ],
)
async def test_what_is_no_seal_is_named(archive: Archive, change: dict[str, Any]) -> None:
    await archive.execute(schema.seals.update().where(seal_at(3)).values(**change))
    assert ("seal-altered", 3) in await archive.faults()


@pytest.mark.parametrize("table", [schema.seal_heads, schema.seal_keys])
async def test_what_is_no_head_and_no_key_is_named(archive: Archive, table: sa.Table) -> None:
    await archive.execute(table.update().values(document=[1]))
    (found,) = (await archive.verify(trusted={})).findings
    assert found.fault == "head-forged"


async def test_a_recording_said_to_be_deleted(archive: Archive) -> None:
    gone: Recording = a_recording(3, status=RecordingStatus.DELETED, files=[], deleted_at=NOW)
    await archive.execute(
        schema.recordings.update().where(record(3)).values(status=gone.status, document=gone)
    )
    assert await archive.faults() == [("deletion-unproven", 3)]


async def test_only_some_recordings(archive: Archive) -> None:
    for number in (1, 6):
        archive.storage.path(a_recording(number).files[0].key).unlink()
    since, until = a_recording(2).created_at, a_recording(6).created_at
    report = await archive.verify(from_=since, until=until)
    assert (report.findings, report.recordings) == ([], 4)
    assert await archive.faults(from_=since) == [("file-missing", 6)]


@pytest.mark.parametrize("change", [{"node": "nowhere"}, {"state": WorkState.FAILED}])
async def test_what_no_node_is_going_to_seal_does_not_wait(
    archive: Archive, change: dict[str, Any]
) -> None:
    await write(archive.database, a_recording(9, files=[], path=None))
    assert await archive.faults() == []
    await archive.execute(schema.work.update().values(**change))
    await archive.sealer.seal_all()
    (found,) = (await archive.verify()).findings
    assert (found.fault, found.recording_id) == ("recording-unsealed", "rec_0009")


async def test_a_recording_that_waits_for_its_seal_is_no_fault(archive: Archive) -> None:
    waiting = a_recording(7, status=RecordingStatus.FAILED, files=[], path=None)
    await write(archive.database, waiting)
    report = await archive.verify()
    assert (report.findings, report.waiting) == ([], 1)


class Busy(SealRepository):
    """A store in which something happens whenever the method `when` has been asked."""

    def __init__(self, archive: Archive, when: str, happens: Callable[[], Awaitable[object]]):
        super().__init__(archive.database)
        asked = getattr(super(), when)
        left = [happens]

        async def meanwhile(*arguments: Any) -> Any:
            found = await asked(*arguments)
            if left:
                await left.pop()()
            return found

        setattr(self, when, meanwhile)


@pytest.mark.parametrize("when", ["head", "page", "waiting_for_seal", "of_recordings", "nodes"])
async def test_a_node_that_seals_meanwhile_is_no_fault(archive: Archive, when: str) -> None:
    more = a_recording(9, files=[], path=None, sha256=None)
    await write(archive.database, more)
    archive.seals = Busy(archive, when, archive.sealer.seal_all)
    assert (await archive.verify()).findings == []


@pytest.mark.parametrize("when", ["head", "page", "waiting_for_seal", "of_recordings", "nodes"])
async def test_a_recording_deleted_meanwhile_is_no_fault(archive: Archive, when: str) -> None:
    deleter = RecordingDeleter(
        DisposalRepository(archive.database), archive.seals, archive.keys, "node-1", SystemClock()
    )
    entry = AuditEntry(
        NOW, "key_1", "admin", AuditAction.DELETED, SubjectKind.RECORDING, "rec_0003"
    )

    async def delete() -> None:
        recording = await deleter.delete("rec_0003", "asked for", entry)
        archive.storage.delete(recording.files[0].key)

    archive.seals = Busy(archive, when, delete)
    assert (await archive.verify()).findings == []
