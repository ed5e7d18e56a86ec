"""Checks as work: gathered from the store, made in a process, written with the work's end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pytest
import soundfile

from recordings.line_process import ProcessLostError
from recordings.quality.check import CheckRequest
from recordings.quality.check_process import encode_line, reply_decoder, serve
from recordings.quality.checker import ALERT_CHECKS, Checker, CheckProcess
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from recordings.work_loop import NotNowError
from tests.parts.empty_store import empty_store
from tests.unit.api.fakes import FakeClock, make_call
from voicegw.errors import StorageUnavailableError
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Announce, Customer, Group, Manager
from voicegw.model.finding import FindingKind, Measures
from voicegw.model.recording import (
    Channel,
    FileKind,
    Recording,
    RecordingFile,
    RecordingKind,
    RecordingRef,
    RecordingStatus,
)
from voicegw.model.script import AppliesTo, Script, Statement
from voicegw.model.task import Task, TaskType
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.checks import CheckRepository
from voicegw.store.customers import Change
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.scripts import ScriptRepository
from voicegw.store.tasks import put_tasks
from voicegw.store.work import WorkQueue


@dataclass
class Bench:
    """A checker over a store with one talk."""

    database: Database
    checker: Checker
    clock: FakeClock
    folder: Path
    alerts: list[tuple[str, bool, str]]

    async def talk(self, transcript: Transcript | None = None, **call: Any) -> Recording:
        """Write a call with a completed recording; the manager speaks in its second half."""
        rate = 8000
        sound = np.zeros((4 * rate, 2))
        sound[2 * rate :, 1] = 0.3 * np.sin(np.arange(2 * rate) / 4)
        (self.folder / "talk.flac").parent.mkdir(exist_ok=True)
        soundfile.write(self.folder / "talk.flac", sound, rate, subtype="PCM_16")
        size = (self.folder / "talk.flac").stat().st_size
        now = self.clock.now()
        recording = Recording(
            "rec_1", "call_1", RecordingKind.TALK, RecordingStatus.COMPLETED, "node-1", now,
            group_id="grp_town", manager_id="mgr_1", customer_id="cus_1", duration_s=4.0,
            files=[RecordingFile(FileKind.MASTER, "talk.flac", "audio/flac", size, "", size, "")],
        )  # fmt: skip
        refs = [RecordingRef("rec_1", RecordingKind.TALK, RecordingStatus.COMPLETED)]
        made = msgspec.structs.replace(
            make_call(group_id="grp_town", manager_id="mgr_1"),
            id="call_1", customer_id="cus_1", recordings=refs, **call,
        )  # fmt: skip
        await BatchWriter(self.database, "node-1").apply_entries(
            [CallChanged(made), RecordingChanged(recording)], 1
        )
        if transcript is not None:
            async with self.database.write() as connection:
                await connection.execute(
                    schema.transcripts.insert(),
                    {
                        "recording_id": "rec_1", "call_id": "call_1",
                        "status": transcript.status, "created_at": now, "text": "",
                        "document": transcript,
                    },
                )  # fmt: skip
        return recording

    async def lease(self) -> WorkItem:
        """Lease the check of the talk."""
        queue = WorkQueue(self.database, "node-1")
        await queue.put(WorkKind.CHECK, "rec_1", self.clock.now())
        item = await queue.lease([WorkKind.CHECK], self.clock.now(), 60.0)
        assert item is not None
        return item


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A checker, a directory of one manager and one customer, and a script of the county's."""
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    empty_store(url)
    database = await Database.open(url)
    clock = FakeClock()
    now = clock.now()
    directory = DirectoryRepository(database)
    await directory.groups.create(Group("grp_county", "County"))
    await directory.groups.create(Group("grp_town", "Town", parent_id="grp_county"))
    manager = Manager("mgr_1", "陈丽华", "grp_town", staff_no="2058")
    await directory.managers.create(manager)
    attributes = {"product": "畅享", "price": 59, "vip": True}
    customer = Customer("cus_1", "王先生", "grp_town", attributes=attributes)
    await directory.customers.create(customer, Change("key_1", "test", now))
    statements = [
        Statement("greeting", "我是客户经理{name}工号{no}"),
        Statement("p", "每月{price}元"),
    ]
    await ScriptRepository(database).create(
        Script("scr_1", "Revisit", now, now, group_id="grp_county", active=True,
               statements=statements)
    )  # fmt: skip
    await ScriptRepository(database).create(
        Script("scr_2", "Draft", now, now, statements=statements)
    )
    files = RecordingFiles(LocalStorage(tmp_path / "recordings"))
    alerts: list[tuple[str, bool, str]] = []
    checker = Checker(
        database, files, clock, EventFactory(clock), on_alert=lambda *told: alerts.append(told)
    )
    yield Bench(database, checker, clock, tmp_path / "recordings", alerts)
    await checker.stop()
    await database.close()


def said(*texts: str, status: TranscriptStatus = TranscriptStatus.COMPLETED) -> Transcript:
    """A transcript of what the manager said."""
    segments = [
        Segment(Channel.MANAGER, number * 3.0, number * 3.0 + 2.0, text)
        for number, text in enumerate(texts)
    ]
    return Transcript("rec_1", "call_1", status, FakeClock().now(), segments=segments)


async def test_a_check_from_the_store_and_back(bench: Bench) -> None:
    """The county's script, filled from the directory, against the transcript, in a process."""
    await bench.talk(said("您好我是客户经理陈丽华工号二零五八", "套餐每月六十九元"))
    await bench.checker.handle(await bench.lease())
    checks = CheckRepository(bench.database)
    found = await checks.findings("rec_1")
    assert [(one.kind, one.statement_id) for one in found] == [
        (FindingKind.STATEMENT_SAID, "greeting"),
        (FindingKind.SLOT_WRONG, "p"),
    ]
    result = await checks.result("rec_1")
    assert result is not None
    assert (result.script_ids, result.score) == (["scr_1"], 90.0)
    assert result.measures.manager.talk_s == 4.0


@pytest.mark.parametrize("status", [TranscriptStatus.FAILED, TranscriptStatus.NONE])
async def test_without_a_transcript_the_sound_is_measured(
    bench: Bench, status: TranscriptStatus
) -> None:
    """Nothing is called missing; the manager's loud half is his."""
    await bench.talk(said(status=status))
    await bench.checker.handle(await bench.lease())
    result = await CheckRepository(bench.database).result("rec_1")
    assert result is not None
    assert (result.score, result.findings) == (None, 0)
    assert result.measures.manager.talk_s == pytest.approx(2.0, abs=0.1)
    assert result.measures.customer.talk_s == 0.0


async def test_sound_that_is_not_there_is_not_measured(bench: Bench) -> None:
    """A lost file costs the measures, not the check."""
    await bench.talk()
    (bench.folder / "talk.flac").unlink()
    await bench.checker.handle(await bench.lease())
    result = await CheckRepository(bench.database).result("rec_1")
    assert result is not None
    assert result.measures == Measures()  # not four seconds of silence


class AwayFiles(RecordingFiles):
    """Recordings in a storage that can't be reached."""

    def open_kind(self, recording: Recording, kind: FileKind) -> BinaryIO:
        raise StorageUnavailableError(f"{recording.id}/{kind}")


@pytest.mark.parametrize("text", [None, "您好"])
async def test_a_storage_that_is_away_is_waited_for(bench: Bench, text: str | None) -> None:
    """No attempt is lost: what is not understood of an answer would be called missing."""
    await bench.talk(None if text is None else said(text))
    files = AwayFiles(LocalStorage(bench.folder))
    checker = Checker(bench.database, files, bench.clock, EventFactory(bench.clock))
    with pytest.raises(NotNowError) as caught:
        await checker.handle(await bench.lease())
    assert caught.value.why == "storage-unavailable"


async def test_a_transcript_that_is_not_final_is_waited_for(bench: Bench) -> None:
    """The check came too early: it waits, and loses no attempt."""
    await bench.talk(said(status=TranscriptStatus.QUEUED))
    with pytest.raises(NotNowError):
        await bench.checker.handle(await bench.lease())


async def test_what_has_no_recording_is_given_up(bench: Bench) -> None:
    """Work about a recording that is gone ends."""
    item = await bench.lease()
    await bench.checker.handle(item)
    counts = await WorkQueue(bench.database, "node-1").counts()
    assert counts == {("check", "failed"): 1}
    assert bench.alerts == []


async def test_checks_that_fail_raise_an_alert_until_one_succeeds(bench: Bench) -> None:
    """What is wrong with one recording ends with another; what is wrong with all stays."""
    await bench.talk(said("您好"))
    item = await bench.lease()
    await bench.checker.give_up(item, "check-process-lost")
    assert bench.alerts == [(ALERT_CHECKS, True, "check-process-lost")]
    await bench.checker.handle(item)
    assert bench.alerts[1:] == [(ALERT_CHECKS, False, "")]


async def test_the_managers_notice_is_asked_for(bench: Bench) -> None:
    """Where the manager was to tell of the recording, the check looks for it."""
    recording = await bench.talk(announced=Announce.MANAGER)
    request = await bench.checker.request(recording, said("您好"))
    assert request.notice_by_manager
    assert request.values == {
        "product": "畅享", "price": "59", "customer": "王先生", "name": "陈丽华",
        "staff_no": "2058", "no": "2058",
    }  # fmt: skip


@pytest.mark.parametrize("own_type", [None, "upsell"])
async def test_the_calls_task_says_what_is_to_be_said(bench: Bench, own_type: str | None) -> None:
    """Its type and its own script choose, its fields outweigh what the customer has."""
    task = Task(
        "tsk_1", TaskType.REVISIT if own_type is None else TaskType.OWN, bench.clock.now(),
        own_type=own_type, fields={"price": 129, "term": "两年", "agreed": True},
        script_id="scr_own",
    )  # fmt: skip
    async with bench.database.write() as connection:
        await connection.run_sync(put_tasks, [task])
    scripts = ScriptRepository(bench.database)
    now, statements = bench.clock.now(), [Statement("p", "每月{price}元合约期{term}")]
    for name, types in (
        ("scr_revisit", ["revisit"]), ("scr_upsell", ["upsell"]), ("scr_own", ["arrears"]),
        ("scr_other", ["arrears"]),
    ):  # fmt: skip
        applies_to = AppliesTo(task_types=types)
        await scripts.create(
            Script(name, name, now, now, active=True, statements=statements, applies_to=applies_to)
        )
    recording = await bench.talk(task_id="tsk_1")
    request = await bench.checker.request(recording, said("每月一百二十九元合约期两年"))
    assert {key: request.values[key] for key in ("price", "term", "product")} == {
        "price": "129", "term": "两年", "product": "畅享",
    }  # fmt: skip
    assert "agreed" not in request.values
    by_type = "scr_revisit" if own_type is None else "scr_upsell"
    assert {one.id for one in request.scripts} == {"scr_1", "scr_own", by_type}
    outcome = await bench.checker.check(request)
    kinds = {(one.script_id, one.kind) for one in outcome.findings}
    assert (by_type, FindingKind.STATEMENT_SAID) in kinds


async def test_a_message_is_held_to_no_script_and_needs_no_notice(bench: Bench) -> None:
    """A customer alone with a machine: nothing can be missing of what a manager has to say."""
    recording = await bench.talk(announced=Announce.MANAGER)
    message = msgspec.structs.replace(recording, kind=RecordingKind.VOICEMAIL)
    request = await bench.checker.request(message, said("您好"))
    assert (request.scripts, request.notice_by_manager) == ([], False)
    outcome = await bench.checker.check(request)
    assert (outcome.findings, outcome.result.score) == ([], None)


async def test_a_process_that_dies_costs_an_attempt(bench: Bench) -> None:
    """Killed while it works: an error; the next check has a new process."""
    recording = await bench.talk()
    request = await bench.checker.request(recording, said("您好"))
    process = CheckProcess()
    await process.check(request)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    asked = asyncio.create_task(process.check(request))
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ProcessLostError):
        await asked
    await process.check(request)
    assert process.pid not in {None, pid}
    cancelled = asyncio.create_task(process.check(request))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    await process.end(0.0)
    assert process.pid is None


def test_a_request_is_a_line(tmp_path: Path) -> None:
    """What a process is asked and answers survives the pipe."""
    clock = FakeClock()
    recording = Recording(
        "rec_1", "call_1", RecordingKind.TALK, RecordingStatus.COMPLETED, "node-1", clock.now()
    )
    request = CheckRequest(recording, clock.now(), transcript=said("您好\n再见"))
    file = tmp_path / "lines"
    file.write_bytes(encode_line(request) * 2)
    with file.open("rb") as requests, (tmp_path / "replies").open("wb") as replies:
        serve(requests, replies)
    lines = (tmp_path / "replies").read_bytes().splitlines()
    assert [reply_decoder.decode(line).result.recording_id for line in lines] == ["rec_1"] * 2
