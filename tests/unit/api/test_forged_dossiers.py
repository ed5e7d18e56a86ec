"""What whoever may write to the store and the disks does to a matter, its dossier tells.

The node itself makes and signs these dossiers: what was done before is to be seen in them.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.care.archive import ArchiveWriter
from recordings.care.verify_dossier import Archive, Verifier, canonical
from recordings.integrity.chain import after, deletion_seal, head_document
from recordings.integrity.keys import KeyFolder, key_record
from recordings.integrity.sealer import Sealer, rotate_key
from recordings.integrity.signature import Signer
from recordings.integrity.verifier import Verifier as ChainVerifier
from recordings.integrity.verifier import VerifyOptions
from recordings.storage.files import RecordingFiles
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import START
from tests.unit.api.test_dossiers import (
    make,
    public_key,
    recordings,
    rewritten,
    verified,
    with_list,
)
from tests.unit.api.test_exports import add_recording
from voicegw.errors import InvalidError
from voicegw.events.factory import EventFactory
from voicegw.model.recording import FileKind, Place, Recording, RecordingStatus
from voicegw.model.seal import Seal, SealKind
from voicegw.store import schema
from voicegw.store.recordings import RecordingRepository
from voicegw.store.seals import SealRepository, append, put_seal_work

__all__ = ["recordings"]

SEALS = schema.seals.c


class Insider:
    """Somebody who may write to the store and to the disk with the recordings.

    Each method does something to the first of `recordings`, and sees to it that nothing is odd in
    the store but what verification is for.
    """

    def __init__(self, world: World, recordings: list[Recording], keys: KeyFolder) -> None:
        self.world = world
        self.first, self.other = recordings[:2]
        self._keys = keys
        self._seals = SealRepository(world.database)

    async def execute(self, *statements: sa.Executable) -> None:
        async with self.world.database.write() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def change(self, **fields: Any) -> Recording:
        """Change the recording's record; what it is filed under as well."""

        def changed(recording: Recording) -> Recording:
            return msgspec.structs.replace(recording, **fields)

        record = await RecordingRepository(self.world.database).change(self.first.id, changed)
        if "call_id" in fields:
            row = schema.recordings.update().where(schema.recordings.c.id == self.first.id)
            await self.execute(row.values(call_id=fields["call_id"]))
        return record

    async def seal(self) -> None:
        """Have the node seal and sign what is there now."""
        clock = self.world.clock
        sealer = Sealer(self._seals, self._keys, "node-1", clock, EventFactory(clock))
        await sealer.seal_all()
        await sealer.sign_head()

    async def alters_the_sound(self) -> None:
        path = self.world.storage.path(self.first.files[0].key)
        path.write_bytes(path.read_bytes()[:-1] + b"x")

    async def removes_the_sound(self) -> None:
        self.world.storage.path(self.first.files[0].key).unlink()

    async def takes_the_sound_out_of_the_record(self) -> None:
        await self.change(files=[], path=None)

    async def has_another_sound_sealed(self) -> None:
        content = b"another talk"
        self.world.storage.path(self.first.files[0].key).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        file = msgspec.structs.replace(
            self.first.files[0], sha256=sha256, stored_sha256=sha256,
            size_bytes=len(content), plain_bytes=len(content),
        )  # fmt: skip
        changed = await self.change(files=[file], sha256=sha256, size_bytes=len(content))
        now, database = self.world.clock.now(), self.world.database
        await database.do_write(lambda one: put_seal_work(database, one, changed, now))
        await self.seal()

    async def hides_the_first_seal_of_another_sound(self) -> None:
        await self.has_another_sound_sealed()
        hidden = sa.and_(SEALS.recording_id == self.first.id, SEALS.kind == SealKind.RECORDING)
        await self.execute(schema.seals.update().where(hidden).values(recording_id="rec_none"))

    async def passes_a_redacted_copy_off_as_the_master(self) -> None:
        master = self.first.files[0]
        key = master.key.replace(".flac", ".redacted-1.flac")
        content = b"one long beep"
        self.world.storage.path(key).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        copy = msgspec.structs.replace(
            master, kind=FileKind.REDACTED, key=key, sha256=sha256, stored_sha256=sha256,
            size_bytes=len(content), plain_bytes=len(content),
        )  # fmt: skip
        changed = await self.change(files=[master, copy])
        now, database = self.world.clock.now(), self.world.database
        await database.do_write(lambda one: put_seal_work(database, one, changed, now))
        await self.seal()
        await self.change(files=[msgspec.structs.replace(copy, kind=FileKind.MASTER)])

    async def says_it_is_deleted(self) -> None:
        await self.change(status=RecordingStatus.DELETED, files=[])

    async def says_it_never_was_made(self) -> None:
        await self.change(status=RecordingStatus.ABSENT, reason="no-sound", files=[], path=None)

    async def deletes_it_with_a_stub_of_nobodys(self) -> None:
        head = await self._seals.head("node-1")
        seals = (await self._seals.of_recordings([self.first.id]))[self.first.id]
        forger = Signer(Ed25519PrivateKey.generate())
        stub = deletion_seal(
            self.first, seals, head, by="key_1", why="", now=self.world.clock.now(), signer=forger
        )
        bare = msgspec.structs.replace(stub, key_id=None, signature=None)
        await self.world.database.do_write(lambda one: append(one, [bare]))
        await self.says_it_is_deleted()
        await self.seal()

    async def brings_a_deleted_one_back(self) -> None:
        head = await self._seals.head("node-1")
        seals = (await self._seals.of_recordings([self.first.id]))[self.first.id]
        signer = self._keys.load()
        assert signer is not None
        stub = deletion_seal(
            self.first, seals, head, by="key_1", why="", now=self.world.clock.now(), signer=signer
        )
        await self.world.database.do_write(lambda one: append(one, [stub]))

    async def files_it_under_another_call(self) -> None:
        await self.change(call_id=self.other.call_id)

    async def makes_it_of_another_time(self) -> None:
        await self.change(created_at=self.first.created_at - timedelta(hours=1))

    async def takes_the_others_record_away(self) -> None:
        columns = schema.recordings.c
        await self.execute(schema.recordings.delete().where(columns.id == self.other.id))

    async def takes_the_heads_away(self) -> None:
        await self.execute(schema.seal_heads.delete())
        self.world.clock.pass_s(3 * 86400)

    async def takes_the_seals_away(self) -> None:
        await self.execute(schema.seals.delete(), schema.seal_heads.delete())
        self.world.clock.pass_s(3 * 86400)


DEEDS = [
    ("alters_the_sound", "master was altered or removed where it lies (recording-error)"),
    ("removes_the_sound", "master was altered or removed where it lies (not-found)"),
    ("takes_the_sound_out_of_the_record", "master was altered or removed where it lies"),
    ("has_another_sound_sealed", ".flac: is not what was sealed of rec_"),
    ("hides_the_first_seal_of_another_sound", "is not where it belongs"),
    ("passes_a_redacted_copy_off_as_the_master", ".flac: is not what was sealed of rec_"),
    ("says_it_is_deleted", "is deleted, and no stub says so"),
    ("says_it_never_was_made", "its status is not what was sealed"),
    ("deletes_it_with_a_stub_of_nobodys", "its signature does not hold"),
    ("brings_a_deleted_one_back", "was deleted, and has come back"),
    ("files_it_under_another_call", "its call_id is not what was sealed"),
    ("makes_it_of_another_time", "its created_at is not what was sealed"),
    ("takes_the_others_record_away", "was recorded of a call, and is left out"),
    ("takes_the_heads_away", "nothing vouches for it, and it is older than two days"),
    ("takes_the_seals_away", "nothing vouches for it, and it is older than two days"),
]


@pytest.mark.parametrize(("deed", "told"), DEEDS)
async def test_what_was_done_behind_the_gateways_back_is_told(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    tmp_path: Path,
    deed: str,
    told: str,
) -> None:
    insider = Insider(world, recordings, KeyFolder(tmp_path / "keys"))
    does: Callable[[], Awaitable[None]] = getattr(insider, deed)
    await does()
    content = await make(world, admin, call_ids=[one.call_id for one in recordings[:2]])
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    verifier = verified(tmp_path, content, public_key(tmp_path))
    assert any(told in fault for fault in verifier.faults), (verifier.faults, verifier.notes)


@pytest.fixture
async def content(
    world: World, admin: dict[str, str], recordings: list[Recording], directory: Directory
) -> bytes:
    """The dossier of two calls."""
    return await make(world, admin, call_ids=[one.call_id for one in recordings[:2]])


def with_member(content: bytes, **changes: Any) -> bytes:
    """Return the archive packed anew, its second member with other fields of the zip format."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for place, name in enumerate(before.namelist()):
            info = zipfile.ZipInfo(name)
            for field, value in changes.items() if place == 1 else ():
                setattr(info, field, value)
            after.writestr(info, before.read(name))
    return out.getvalue()


def moved(content: bytes, by: int) -> bytes:
    """Return the archive with `by` bytes more between its first two members."""
    at = sorted(one.header_offset for one in zipfile.ZipFile(io.BytesIO(content)).filelist)[1]
    start = zipfile.ZipFile(io.BytesIO(content)).start_dir
    end = content.rindex(b"PK\5\6")
    directory, place = bytearray(content[start:end]), 0
    while place < len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        (offset,) = struct.unpack_from("<I", directory, place + 42)
        if offset >= at:
            struct.pack_into("<I", directory, place + 42, offset + by)
        place += 46 + name + extra + comment
    tail = bytearray(content[end:])
    struct.pack_into("<I", tail, 16, start + by)
    return content[:at] + b"x" * by + content[at:start] + bytes(directory) + bytes(tail)


def test_nothing_hides_in_an_archive(content: bytes, tmp_path: Path) -> None:
    path = struct.pack("<HHBI", 0x7075, 14, 1, 0) + b"other.txt"
    for altered, what in (
        (with_member(content), None),
        (content + b"hidden", "has something behind its end"),
        (content + content, "has something before its first file"),
        (moved(content, 5), "has something between its files"),
        (with_member(content, comment=b"approved"), "has a comment"),
        (with_member(content, extra=path), "has a second name"),
    ):
        faults = verified(tmp_path, altered, public_key(tmp_path)).faults
        assert (what is None) is (faults == []), (what, faults)
        assert all(what is not None and what in fault for fault in faults), (what, faults)


@pytest.mark.parametrize("name", ["../x", "calls/../../x", "/etc/x", "C:x", "calls\\..\\x", "a//b"])
def test_no_file_is_unpacked_elsewhere(content: bytes, tmp_path: Path, name: str) -> None:
    """Not even one that the gateway has listed and signed, of a call that goes by such an id."""
    signer = KeyFolder(tmp_path / "keys").load()
    assert signer is not None
    listed = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("dossier.json"))
    text = b"* * * * * root sh"
    listed["members"].append(
        {"name": name, "size_bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    )
    signature = {"key_id": signer.key_id, "signature": signer.sign(listed)}
    out = io.BytesIO(with_text(content, "dossier.json", canonical(listed)))
    out = io.BytesIO(with_text(out.getvalue(), "dossier.sig", json.dumps(signature).encode()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, text)
    faults = verified(tmp_path, out.getvalue(), public_key(tmp_path)).faults
    assert faults == [f"{name}: does not stay where the archive is unpacked"]
    writer = ArchiveWriter(tmp_path / "new.zip", START)
    with pytest.raises(InvalidError):
        writer.add_bytes(name, text)
    writer.abandon()


def unpacked(folder: Path, tmp_path: Path) -> list[str]:
    """Return what is wrong with a dossier that lies in a folder."""
    verifier = Verifier(Archive(folder), [public_key(tmp_path)])
    verifier.run()
    return verifier.faults


def with_text(content: bytes, name: str, text: bytes) -> bytes:
    """Return the archive with another text in one of its files."""
    return rewritten(content, lambda one, data: text if one == name else data)


def test_the_list_is_written_in_one_way_only(content: bytes, tmp_path: Path) -> None:
    whole = zipfile.ZipFile(io.BytesIO(content)).read("dossier.json")
    signed = zipfile.ZipFile(io.BytesIO(content)).read("dossier.sig")
    for name, text in (
        ("dossier.json", b'{"why":"another",' + whole[1:]),
        ("dossier.json", whole + b"\n"),
        ("dossier.json", json.dumps(json.loads(whole)).encode()),
        ("dossier.sig", b'{"approved_by":"the court",' + signed[1:]),
        ("dossier.sig", b'{"key_id":"another",' + signed[1:]),
    ):
        faults = verified(tmp_path, with_text(content, name, text), public_key(tmp_path)).faults
        assert any(name in fault for fault in faults), (text[:30], faults)


def test_another_thing_that_was_signed_is_no_dossier(content: bytes, tmp_path: Path) -> None:
    """What the gateway signs says what it is: nothing else passes for a list of files."""
    signer = KeyFolder(tmp_path / "keys").load()
    assert signer is not None
    for change in ({"type": "voicegw.export"}, {"version": 2}):
        listed = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("dossier.json")) | change
        signature = {"key_id": signer.key_id, "signature": signer.sign(listed)}
        other = with_text(content, "dossier.json", canonical(listed))
        other = with_text(other, "dossier.sig", json.dumps(signature).encode())
        faults = verified(tmp_path, other, public_key(tmp_path)).faults
        assert faults == ["dossier.json: is no dossier of version 1"]


def test_an_unpacked_dossier_has_no_door_to_elsewhere(content: bytes, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "unpacked", tmp_path / "elsewhere"
    zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    elsewhere.mkdir()
    (folder / "more").symlink_to(elsewhere)
    assert unpacked(folder, tmp_path) == ["more: is not in the list of files: it was added"]


async def test_no_call_and_no_task_is_said(
    world: World, admin: dict[str, str], recordings: list[Recording], tmp_path: Path
) -> None:
    empty = verified(tmp_path, await make(world, admin, call_ids=["call_none"]))
    assert empty.faults == []
    assert "no call and no task is in it" in empty.notes


async def test_keys_of_other_nodes_have_nothing_to_do_with_it(
    world: World, admin: dict[str, str], recordings: list[Recording], tmp_path: Path
) -> None:
    """A node of the same store has a key that leads nowhere for whoever trusts this one's."""
    other = Signer(Ed25519PrivateKey.generate())
    now = world.clock.now()
    seals = SealRepository(world.database)
    await seals.add_key(key_record(other, "node-2", now, None))
    content = await make(world, admin, call_ids=[recordings[0].call_id])
    assert verified(tmp_path, content, public_key(tmp_path)).faults == []

    def forge(listed: dict[str, Any], files: dict[str, bytes]) -> None:
        """The other node signs an end of this one's chain."""
        names = listed["chains"]["node-1"]
        last = json.loads(files[names["seals"]].splitlines()[-1])
        seal = msgspec.convert(last, Seal)
        files[names["heads"]] = json.dumps([head_document(after(seal), now, other)]).encode()
        keys = [*json.loads(files[listed["keys"]]), key_record(other, "node-2", now, None).document]
        files[listed["keys"]] = json.dumps(keys).encode()

    forged = with_list(content, forge)
    faults = verified(tmp_path, forged, public_key(tmp_path), other.public_key).faults
    assert "seals/node-1.heads.json: head 2 of node-1: its signature does not hold" in faults


async def test_a_node_that_went_by_another_name_is_not_doubted(
    world: World, admin: dict[str, str], recordings: list[Recording], tmp_path: Path
) -> None:
    async with world.database.write() as connection:
        for row in (await connection.execute(schema.seal_keys.select())).all():
            assert row.node == "node-1"
        await connection.execute(schema.seal_keys.delete())
    signer = KeyFolder(tmp_path / "keys").load()
    assert signer is not None
    record = key_record(signer, "before", world.clock.now(), None)
    await SealRepository(world.database).add_key(record)
    content = await make(world, admin, call_ids=[recordings[0].call_id])
    verifier = verified(tmp_path, content, public_key(tmp_path))
    assert (verifier.faults, verifier.notes) == ([], [])


@pytest.mark.parametrize(("first", "second"), [("before", "node-1"), ("node-1", "between")])
async def test_a_node_that_got_another_name_and_then_a_key_is_not_doubted(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    directory: Directory,
    tmp_path: Path,
    first: str,
    second: str,
) -> None:
    """The chain of node-1 is signed by keys that are recorded by two names."""
    seals, keys = SealRepository(world.database), KeyFolder(tmp_path / "keys")
    signer = keys.load()
    assert signer is not None
    async with world.database.write() as connection:
        await connection.execute(schema.seal_keys.delete())
    await seals.add_key(key_record(signer, first, world.clock.now(), None))
    before, later = await rotate_key(seals, keys, second, world.clock)
    last = await add_recording(world, directory.chongming, directory.manager, "换过密钥")
    await Insider(world, recordings, keys).seal()
    stranger = key_record(Signer(Ed25519PrivateKey.generate()), "node-2", world.clock.now(), None)
    await seals.add_key(stranger)
    for call_ids in (
        [last.call_id],
        [recordings[0].call_id],
        [recordings[0].call_id, last.call_id],
    ):
        content = await make(world, admin, call_ids=call_ids)
        for trusted in ([], [before.public_key], [later.public_key]):
            verifier = verified(tmp_path, content, *trusted)
            assert verifier.faults == []
            assert not any("vouches" in note for note in verifier.notes)
        assert stranger.key_id.encode() not in zipfile.ZipFile(io.BytesIO(content)).read(
            "seals/keys.json"
        )
    files = RecordingFiles(world.storage)
    own = {signer.key_id: signer.public_key for signer in (before, later)}
    for options in (
        VerifyOptions(),
        VerifyOptions(anywhere={before.key_id: before.public_key}),
        VerifyOptions(anywhere={later.key_id: later.public_key}),
        VerifyOptions(trusted={"node-1": own}),
        VerifyOptions(trusted={"node-3": {}}),
    ):
        repository = RecordingRepository(world.database)
        report = await ChainVerifier(seals, repository, files, options).run()
        assert (report.findings, report.heads) == ([], 4)


async def test_a_head_that_cannot_be_read_is_named_and_the_rest_is_checked(
    world: World, admin: dict[str, str], recordings: list[Recording], tmp_path: Path
) -> None:
    heads = schema.seal_heads
    insider = Insider(world, recordings, KeyFolder(tmp_path / "keys"))
    for document in ({}, {"head": None, "signature": ""}, {"head": {"seals": 2}}):
        await insider.execute(heads.update().where(heads.c.number == 2).values(document=document))
        content = await make(world, admin, call_ids=[one.call_id for one in recordings])
        verifier = verified(tmp_path, content, public_key(tmp_path))
        assert verifier.faults == [
            "seals/node-1.heads.json: a head of node-1 can't be read: it was altered"
        ]
        assert verifier.checked["recordings"] == len(recordings)


async def test_what_is_sealed_while_a_dossier_is_made_is_not_left_out(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    directory: Directory,
    tmp_path: Path,
) -> None:
    place = directory.chongming, directory.manager
    made, later = [await add_recording(world, *place, words) for words in ("已读", "还在通话")]
    insider = Insider(world, [made, later], KeyFolder(tmp_path / "keys"))
    world.clock.pass_s(60)
    await insider.seal()
    await insider.takes_the_others_record_away()  # as it was when the dossier was begun
    world.clock.pass_s(-60)
    call_ids = [made.call_id, later.call_id]
    verifier = verified(tmp_path, await make(world, admin, call_ids=call_ids))
    assert verifier.faults == []
    assert f"{later.id}: was sealed while the dossier was made" in verifier.notes
    world.clock.pass_s(61)
    verifier = verified(tmp_path, await make(world, admin, call_ids=call_ids))
    assert verifier.faults == [f"{later.id}: was recorded of a call, and is left out"]


async def test_sound_in_a_storage_that_is_not_configured_is_not_gone(
    world: World, admin: dict[str, str], recordings: list[Recording], tmp_path: Path
) -> None:
    insider = Insider(world, recordings, KeyFolder(tmp_path / "keys"))
    await insider.removes_the_sound()
    await insider.change(place=Place.REMOTE)
    content = await make(world, admin, call_ids=[recordings[0].call_id])
    verifier = verified(tmp_path, content, public_key(tmp_path))
    assert verifier.faults == []
    told = f"{recordings[0].id}: master is not in the archive: storage-unavailable"
    assert told in verifier.notes


async def test_a_failed_recording_that_was_made_after_all_waits_for_its_seal(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    directory: Directory,
    tmp_path: Path,
) -> None:
    made = await add_recording(world, directory.chongming, directory.manager, "再试一次")
    insider = Insider(world, [made, recordings[0]], KeyFolder(tmp_path / "keys"))
    await insider.change(status=RecordingStatus.FAILED, files=[], path=None)
    await insider.seal()
    changed = await insider.change(status=RecordingStatus.COMPLETED, files=made.files)
    verifier = verified(tmp_path, await make(world, admin, call_ids=[made.call_id]))
    assert verifier.faults == []
    now, database = world.clock.now(), world.database
    await database.do_write(lambda one: put_seal_work(database, one, changed, now))
    await insider.seal()
    verifier = verified(tmp_path, await make(world, admin, call_ids=[made.call_id]))
    assert verifier.faults == []
    world.clock.pass_s(3 * 86400)
    verifier = verified(tmp_path, await make(world, admin, call_ids=[made.call_id]))
    assert verifier.faults == []
