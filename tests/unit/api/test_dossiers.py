"""Dossiers: made by the API, verified by their own script without this program."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.schemas.exports import ExportView
from recordings.care import verify_dossier
from recordings.care.verify_dossier import Archive, Verifier, main
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Sealer
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, MANAGER_MOBILE, START
from tests.unit.api.test_exports import add_recording
from voicegw.errors import DamagedFileError
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.numbers import spellings
from voicegw.model.recording import Recording
from voicegw.model.task import Task, TaskResult, TaskState, TaskType, task_id
from voicegw.store.seals import SealRepository
from voicegw.store.task_changes import TaskChanges

WHY = "complaint 2026-17"


@pytest.fixture
async def recordings(
    world: World, directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Recording]:
    """Four sealed recordings of one county and one of another; a head after each second one."""
    keys = KeyFolder(tmp_path / "keys")
    monkeypatch.setattr(world.services, "load_signer", keys.load)
    sealer = Sealer(
        SealRepository(world.database), keys, "node-1", world.clock, EventFactory(world.clock)
    )
    await sealer.start()
    made = []
    for number in range(5):
        group, manager = directory.chongming, directory.manager
        if number == 2:
            group, manager = directory.fengxian, directory.other_manager
        made.append(await add_recording(world, group, manager, f"第{number}句话"))
        await sealer.seal_all()
        if number % 2:
            await sealer.sign_head()
    await sealer.stop()
    return made


async def make(world: World, headers: dict[str, str], **matter: Any) -> bytes:
    """Have a dossier made and fetch it."""
    answer = await world.client.post("/v1/dossiers", headers=headers, json={"why": WHY, **matter})
    assert answer.status_code == 202, answer.text
    ExportView.model_validate(answer.json())
    await world.services.exports.join()
    archive = await world.client.get(f"{answer.headers['location']}/archive", headers=headers)
    assert archive.status_code == 200, archive.text
    return archive.content


def verified(tmp_path: Path, content: bytes, *trusted: bytes) -> Verifier:
    """Return what the script says of a dossier."""
    path = tmp_path / "dossier.zip"
    path.write_bytes(content)
    verifier = Verifier(Archive(path), list(trusted))
    verifier.run()
    return verifier


def public_key(tmp_path: Path) -> bytes:
    """Return the public key of the node."""
    signer = KeyFolder(tmp_path / "keys").load()
    assert signer is not None
    return signer.public_key


@pytest.fixture
async def content(
    world: World, admin: dict[str, str], recordings: list[Recording], directory: Directory
) -> bytes:
    """The dossier of the manager's calls: all but one of those sealed."""
    call_ids = [one.call_id for one in recordings if one.manager_id == directory.manager]
    return await make(world, admin, call_ids=call_ids)


def test_the_script_in_it_verifies_it_alone(content: bytes, tmp_path: Path) -> None:
    archive = tmp_path / "dossier.zip"
    archive.write_bytes(content)
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(archive).extractall(folder)
    key = base64.b64encode(public_key(tmp_path)).decode()
    # -I: neither this folder nor what is installed for this user can be imported.
    for arguments in ([str(archive), "--key", key], [str(folder)], []):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "everything holds" in done.stdout


def test_it_holds_the_matter_and_what_proves_it(
    content: bytes, tmp_path: Path, recordings: list[Recording]
) -> None:
    verifier = verified(tmp_path, content, public_key(tmp_path))
    assert verifier.faults == []
    assert verifier.notes == []
    # Of others' seals only those are there through which the chain leads to a head: here none.
    assert verifier.checked == {"files": 25, "seals": 4, "heads": 3, "recordings": 4}
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert f"recordings/{recordings[2].id}.flac" not in names
    listed = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("dossier.json"))
    assert listed["why"] == WHY
    assert len(listed["calls"]) == 4


def rewritten(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Return an archive with each member as `change` makes it; None leaves it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            member = change(name, before.read(name))
            if member is not None:
                after.writestr(name, member)
    return out.getvalue()


def flipped(data: bytes) -> bytes:
    """Return `data` with a bit of its middle changed."""
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_whatever_is_altered_removed_or_added_is_named(content: bytes, tmp_path: Path) -> None:
    for name in zipfile.ZipFile(io.BytesIO(content)).namelist():
        for altered in (flipped, None):

            def change(
                other: str, data: bytes, name: str = name, altered: Any = altered
            ) -> bytes | None:
                if other != name:
                    return data
                return altered(data) if altered is not None else None

            verifier = verified(tmp_path, rewritten(content, change), public_key(tmp_path))
            assert any(name in fault for fault in verifier.faults), (name, verifier.faults)
    added = io.BytesIO(content)
    with zipfile.ZipFile(added, "a") as archive:
        archive.writestr("recordings/rec_forged.flac", b"forged")
    assert verified(tmp_path, added.getvalue()).faults == [
        "recordings/rec_forged.flac: is not in the list of files: it was added"
    ]


def test_what_lies_around_the_files_is_named(content: bytes, tmp_path: Path) -> None:
    commented = io.BytesIO(content)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"approved"
    for altered, what in (
        (commented.getvalue(), "has a comment"),
        (b"#!/bin/sh\n" + content, "has something before its first file"),
    ):
        (fault,) = verified(tmp_path, altered, public_key(tmp_path)).faults
        assert what in fault


def with_list(content: bytes, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> bytes:
    """Return a dossier whose files and list were changed together, as a forger would."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    files = {name: archive.read(name) for name in archive.namelist()}
    listed = json.loads(files["dossier.json"])
    change(listed, files)
    for member in listed["members"]:
        data = files[member["name"]]
        member["sha256"] = hashlib.sha256(data).hexdigest()
        member["size_bytes"] = len(data)
    files["dossier.json"] = json.dumps(listed).encode()
    return rewritten(content, lambda name, _: files[name])


def test_a_forger_who_changes_the_list_as_well_is_named(content: bytes, tmp_path: Path) -> None:
    def forge(listed: dict[str, Any], files: dict[str, bytes]) -> None:
        name = listed["recordings"][0]["files"][0]
        files[name] = flipped(files[name])

    faults = verified(tmp_path, with_list(content, forge), public_key(tmp_path)).faults
    assert "dossier.json: dossier.sig does not hold for it: one of the two was altered" in faults
    assert any("is not what was sealed" in fault for fault in faults)


def test_an_altered_seal_breaks_the_chain(content: bytes, tmp_path: Path) -> None:
    def forge(listed: dict[str, Any], files: dict[str, bytes]) -> None:
        name = listed["chains"]["node-1"]["seals"]
        seals = [json.loads(line) for line in files[name].splitlines()]
        seals[1]["document"]["recording"]["duration_s"] = 1.5
        files[name] = b"".join(json.dumps(seal).encode() + b"\n" for seal in seals)

    faults = verified(tmp_path, with_list(content, forge), public_key(tmp_path)).faults
    assert any("seal 2 of node-1: was altered" in fault for fault in faults)


def test_a_key_of_somebody_else_is_not_enough(content: bytes, tmp_path: Path) -> None:
    faults = verified(tmp_path, content, b"\x58" * 32).faults
    assert any("does not lead to a key that is believed" in fault for fault in faults)
    assert "dossier.json: dossier.sig does not hold for it: one of the two was altered" in faults


def test_without_a_key_it_says_which_it_believed(content: bytes, tmp_path: Path) -> None:
    verifier = verified(tmp_path, content)
    assert verifier.faults == []
    key = base64.b64encode(public_key(tmp_path)).decode()
    assert any(key in note for note in verifier.notes)


async def test_numbers_go_by_role_and_calls_by_scope(
    world: World, directory: Directory, recordings: list[Recording], tmp_path: Path
) -> None:
    reviewer = await world.key(Role.QA_REVIEWER, directory.fengxian)
    content = await make(world, reviewer, call_ids=[one.call_id for one in recordings])
    assert verified(tmp_path, content).faults == []
    listed = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("dossier.json"))
    assert listed["calls"] == [recordings[2].call_id]
    for number in (CUSTOMER_MOBILE, MANAGER_MOBILE):
        for spelling in spellings(number):
            assert spelling.encode() not in content


@pytest.fixture
async def matter(world: World, directory: Directory, recordings: list[Recording]) -> Task:
    """A task of the first call's customer: contacted in time, closed a day late."""
    call_id = recordings[0].call_id
    task = Task(
        id=task_id(call_id),
        type=TaskType.COMPLAINT,
        created_at=START,
        state=TaskState.DONE,
        group_id=directory.chongming,
        manager_id=directory.manager,
        customer_id="cus_matter",
        customer_number=CUSTOMER_MOBILE,
        calls=[call_id],
        requested_at=START,
        contact_by=START + timedelta(hours=4),
        contacted_at=START + timedelta(hours=1),
        promised_at=START + timedelta(days=3),
        close_by=START + timedelta(days=2),
        closed_at=START + timedelta(days=3, hours=2),
        result=TaskResult("solved", "key_1", START + timedelta(days=3, hours=2)),
        said={"due_at": "SAID-BEFORE"},
    )
    other = msgspec.structs.replace(
        task, id="tsk_other", customer_id="cus_other", group_id=directory.fengxian
    )
    tasks = TaskChanges(world.database)
    for one in (task, other):
        await tasks.create(one)
    return task


async def test_the_deadlines_of_the_matter_are_in_it_and_told(
    world: World,
    directory: Directory,
    recordings: list[Recording],
    matter: Task,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    county = await world.key(Role.QA_REVIEWER, directory.chongming)
    for asked in (
        {"call_ids": [recordings[0].call_id]},
        {"task_id": matter.id},
        {"customer_id": "cus_matter"},
    ):
        content = await make(world, county, **asked)
        verifier = verified(tmp_path, content, public_key(tmp_path))
        assert verifier.faults == []
        archive = zipfile.ZipFile(io.BytesIO(content))
        (listed,) = json.loads(archive.read("dossier.json"))["tasks"]
        assert (listed["id"], listed["closed_at"]) == (matter.id, "2026-01-08T04:03:04Z")
        whole = json.loads(archive.read(f"tasks/{matter.id}.json"))
        assert whole["result"]["code"] == "solved"
        # As its role sees it: no number, and nothing that another system has said before.
        text = archive.read(f"tasks/{matter.id}.json").decode()
        assert CUSTOMER_MOBILE not in text
        assert "SAID-BEFORE" not in text
        history = json.loads(archive.read(f"tasks/{matter.id}.history.json"))
        assert [one["what"] for one in history] == ["created"]
    (task,) = verifier.tasks
    late = {one["of"]: one["late_s"] for one in task["deadlines"]}
    assert late == {"contact": 0, "promised answer": 7200, "closing": 26 * 3600}
    assert main([str(tmp_path / "dossier.zip")]) == 0
    told = capsys.readouterr().out
    assert f"task {matter.id}, complaint, asked for 2026-01-05T02:03:04Z: done" in told
    assert "closing by 2026-01-07T02:03:04Z: 2026-01-08T04:03:04Z, 1 d 2 h late" in told
    assert "contact by 2026-01-05T06:03:04Z: 2026-01-05T03:03:04Z, in time" in told


async def test_tasks_of_other_groups_and_of_the_blind_are_not_in_it(
    world: World, admin: dict[str, str], directory: Directory, matter: Task, tmp_path: Path
) -> None:
    county = await world.key(Role.QA_REVIEWER, directory.fengxian)
    content = await make(world, county, task_id=matter.id)
    assert json.loads(zipfile.ZipFile(io.BytesIO(content)).read("dossier.json"))["tasks"] == []
    scopes = ["recordings.read", "recordings.export"]
    body = {"role": "qa_reviewer", "scopes": scopes}
    made = await world.client.post("/v1/keys", headers=admin, json=body)
    blind = {"Authorization": f"Bearer {made.json()['key']}"}
    content = await make(world, blind, task_id=matter.id)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert json.loads(archive.read("dossier.json"))["tasks"] is None
    assert not [name for name in archive.namelist() if name.startswith("tasks/")]
    verifier = verified(tmp_path, content)
    assert (verifier.faults, verifier.tasks) == ([], [])
    assert any("tasks are left out" in note for note in verifier.notes)


async def test_what_is_not_done_is_late_by_the_time_of_the_dossier(
    world: World, admin: dict[str, str], directory: Directory, tmp_path: Path
) -> None:
    task = Task(
        id="tsk_open",
        type=TaskType.RETENTION,
        created_at=START,
        group_id=directory.chongming,
        contact_by=START + timedelta(hours=4),
        close_by=START + timedelta(days=2),
    )
    await TaskChanges(world.database).create(task)
    world.clock.pass_s(5 * 3600)
    verifier = verified(tmp_path, await make(world, admin, task_id=task.id))
    (owed,) = verifier.tasks
    assert [(one["done_at"], one["late_s"]) for one in owed["deadlines"]] == [
        (None, 3600), (None, 0),
    ]  # fmt: skip
    lines = list(verify_dossier._told(owed))
    assert lines[1].endswith("not done, 1 h late")
    assert lines[2].endswith("not done, its time had not passed")


async def test_a_matter_must_be_named_and_is_noted(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    answer = await world.client.post("/v1/dossiers", headers=admin, json={"why": WHY})
    assert answer.status_code == 422
    await make(world, admin, call_ids=[recordings[0].call_id])
    entries = (await world.services.repositories.audit.list()).items
    assert [entry.action for entry in entries] == [
        AuditAction.EXPORT_DOWNLOADED,
        AuditAction.EXPORTED,
        AuditAction.DOSSIER_MADE,
    ]
    assert entries[1].subject == recordings[0].id


async def test_a_recording_that_breaks_off_is_a_fault_and_not_in_it(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class BreaksOff(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise DamagedFileError("a chunk")
            return super().read(10)

    monkeypatch.setattr(world.services.exports, "_files", _Files(BreaksOff(bytes(20))))
    content = await make(world, admin, call_ids=[recordings[0].call_id])
    verifier = verified(tmp_path, content, public_key(tmp_path))
    assert verifier.faults == [
        f"{recordings[0].id}: master was altered or removed where it lies (recording-damaged)"
    ]
    assert not any(
        "recordings/" in name for name in zipfile.ZipFile(io.BytesIO(content)).namelist()
    )


class _Files:
    """Gives the same stream for every file."""

    remote = None

    def __init__(self, stream: io.BytesIO) -> None:
        self._stream = stream

    def open(self, _file: object) -> io.BytesIO:
        return self._stream
