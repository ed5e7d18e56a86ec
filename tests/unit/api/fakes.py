"""In-memory stand-ins for what lies behind the API's ports."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from ivr.flow.checker import Checked
from ivr.flow.checker import check as check_text
from ivr.prompt_maker import PromptMaker
from ivr.prompt_service import PromptService
from ivr.prompts import SHIPPED, TONES, PromptLibrary
from ivr.speech_program import SpeechProgram
from ivr.stored_prompts import StoredPrompts
from recordings.quality.check import CheckOutcome, CheckRequest, check
from voicegw.calls.control import (
    DialRequest,
    DisclosureRequest,
    ExplainRequest,
    HandOnRequest,
)
from voicegw.calls.explain import Explanation
from voicegw.calls.waiting_room import QueueState
from voicegw.dialer.chooser import ChooserTerms, TaskChooser, TypeBook
from voicegw.directory.calendar import Calendars
from voicegw.directory.import_reach import ImportReach
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.quiet import QuietTimes
from voicegw.errors import NotFoundError
from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    HangupSource,
    HeldBy,
    Leg,
    LegRole,
    final_status,
)
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.introduction import Introduction
from voicegw.model.quiet_hours import QuietHours
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus
from voicegw.model.script import Script
from voicegw.model.survey import Disposition
from voicegw.model.transcript import Transcript
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.next_tasks import NextTasks
from voicegw.store.prompts import PromptRepository

START = datetime(2026, 1, 5, 2, 3, 4, tzinfo=UTC)
MANAGER_MOBILE = "+8613900139000"
CUSTOMER_MOBILE = "+8613800138000"


class FakeClock:
    """Time that only passes when told."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    def pass_s(self, seconds: float) -> None:
        self.elapsed_s += seconds


class FakeControl:
    """Calls that do nothing but exist; `refusals` are raised by the next dials, in order."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.dialled: list[DialRequest] = []
        self.calls: dict[str, Call] = {}
        self.explained: list[ExplainRequest] = []
        self.explanation: Explanation | None = None
        self.disclosures: list[DisclosureRequest] = []
        self.aborted: list[str] = []
        self.handed_on: list[HandOnRequest] = []
        self.refusals: deque[Exception] = deque()
        self.gate: asyncio.Event | None = None
        self.queue_states: list[QueueState] = []

    async def dial(self, request: DialRequest) -> Call:
        if self.gate is not None:
            await self.gate.wait()
        if self.refusals:
            raise self.refusals.popleft()
        self.dialled.append(request)
        call = make_call(
            manager_id=request.manager_id,
            customer_id=request.customer_id,
            customer_number=request.customer_number or CUSTOMER_MOBILE,
            client_state=request.client_state,
            created_at=self.clock.now(),
        )
        self.calls[call.id] = call
        return call

    async def explain(self, request: ExplainRequest) -> Explanation:
        self.explained.append(request)
        if self.explanation is None:
            raise NotFoundError("hotline", request.hotline_id or "")
        return self.explanation

    async def hangup(self, call_id: str) -> Call:
        call = self.calls.get(call_id)
        if call is None:
            raise NotFoundError("call", call_id)
        call.outcome = CallOutcome.CANCELED
        call.status = final_status(call.outcome)
        call.hangup_source = HangupSource.API
        return call

    async def pause_recording(self, call_id: str) -> Call:
        return self._with_pause(call_id, self.clock.now())

    async def resume_recording(self, call_id: str) -> Call:
        return self._with_pause(call_id, None)

    async def disclose(self, call_id: str, request: DisclosureRequest) -> Call:
        call = self._with_pause(call_id, None)
        self.disclosures.append(request)
        return call

    async def abort_disclosure(self, call_id: str) -> Call:
        self.aborted.append(call_id)
        return self._with_pause(call_id, None)

    async def hold(self, call_id: str, *, on: bool) -> Call:
        call = self._with_pause(call_id, None)
        call.held_by = HeldBy.API if on else None
        return call

    async def hand_on(self, call_id: str, request: HandOnRequest) -> Call:
        call = self._with_pause(call_id, None)
        self.handed_on.append(request)
        return call

    async def complete_transfer(self, call_id: str) -> Call:
        return self._with_pause(call_id, None)

    async def cancel_transfer(self, call_id: str) -> Call:
        return self._with_pause(call_id, None)

    async def dispose(self, call_id: str, disposition: Disposition) -> Call:
        if call_id not in self.calls:
            raise NotFoundError("call", call_id)
        self.calls[call_id].disposition = disposition
        return self.calls[call_id]

    def _with_pause(self, call_id: str, paused_at: datetime | None) -> Call:
        if call_id not in self.calls:
            raise NotFoundError("call", call_id)
        if self.refusals:
            raise self.refusals.popleft()
        self.calls[call_id].recording_paused_at = paused_at
        return self.calls[call_id]

    def queues(self) -> list[QueueState]:
        return self.queue_states

    def live(self, call_id: str) -> Call | None:
        call = self.calls.get(call_id)
        return None if call is None else msgspec.convert(msgspec.to_builtins(call), Call)

    def live_count(self) -> int:
        return len(self.calls)


class FakeImports:
    """Notes what it was asked to import."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str, bytes, bool]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        """The role and the mapping of each."""
        self.introductions: list[Introduction | None] = []
        self.reaches: list[ImportReach] = []
        self.failure: Exception | None = None

    async def start(
        self,
        job_id: str,
        kind: str,
        file: Path,
        *,
        dry_run: bool,
        role: str,
        mapping: Mapping[str, str],
        introduction: Introduction | None,
        reach: ImportReach,
    ) -> None:
        if self.failure is not None:
            raise self.failure
        self.introductions.append(introduction)
        self.reaches.append(reach)
        self.asked.append((role, dict(mapping)))
        self.started.append((job_id, kind, await asyncio.to_thread(file.read_bytes), dry_run))


def make_call(
    *,
    call_id: str | None = None,
    group_id: str | None = None,
    manager_id: str | None = None,
    customer_id: str | None = None,
    customer_number: str | None = CUSTOMER_MOBILE,
    client_state: str | None = None,
    created_at: datetime = START,
    outcome: CallOutcome | None = None,
    node: str = "node-1",
) -> Call:
    """Return a call with both legs."""
    return Call(
        id=call_id or new_id(IdKind.CALL),
        direction=Direction.CLICK_TO_DIAL,
        status=CallStatus.INITIATED if outcome is None else final_status(outcome),
        outcome=outcome,
        node=node,
        created_at=created_at,
        group_id=group_id,
        display_number="+862161234567",
        manager_id=manager_id,
        customer_id=customer_id,
        customer_number=customer_number,
        client_state=client_state,
        legs=[
            Leg(id="leg_m", role=LegRole.MANAGER, manager_id=manager_id, number=MANAGER_MOBILE),
            Leg(id="leg_c", role=LegRole.CUSTOMER, number=customer_number),
        ],
    )


def make_event(call: Call, kind: EventType, sequence: int) -> Event:
    """Return an event of `call` as it is."""
    return Event(
        id=new_id(IdKind.EVENT),
        type=kind,
        subject=call.id,
        time=call.created_at,
        sequence=sequence,
        data=msgspec.to_builtins(call),
        group_id=call.group_id,
        manager_id=call.manager_id,
    )


def make_recording(call: Call, **changes: Any) -> Recording:
    """Return a finished recording of `call`; `changes` override its fields."""
    recording = Recording(
        id=new_id(IdKind.RECORDING),
        call_id=call.id,
        kind=RecordingKind.TALK,
        status=RecordingStatus.COMPLETED,
        node=call.node,
        created_at=call.created_at,
        group_id=call.group_id,
        manager_id=call.manager_id,
        customer_id=call.customer_id,
        hotline_id=call.hotline_id,
        path="2026/01/05/talk.flac",
        spool="spool-file",
        sha256="ab" * 32,
        channels=2,
        sample_rate_hz=8000,
    )
    return msgspec.structs.replace(recording, **changes)


class FakeTalks:
    """Compares talks with scripts in the test's own process."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    async def request(
        self, recording: Recording, transcript: Transcript | None, scripts: list[Script] | None
    ) -> CheckRequest:
        """Return the request with what is given and no more."""
        return CheckRequest(
            recording, self._clock.now(), scripts=scripts or [], transcript=transcript
        )

    async def check(self, request: CheckRequest) -> CheckOutcome:
        """Check."""
        return check(request)


class ShippedPrompts:
    """Which prompts are shipped, without their sound."""

    def has(self, name: str, language: str) -> bool:
        return any((SHIPPED / one / f"{name}.wav").is_file() for one in (language, TONES))


def check_flow(text: str) -> Checked:
    """Check a flow against the prompts that are shipped."""
    return check_text(text, ShippedPrompts())


async def prompt_service(store: PromptRepository, clock: FakeClock, folder: Path) -> PromptService:
    """Return the real prompts of a node that has one shipped prompt, `zh/goodbye`."""
    shipped, cache = folder / "shipped", folder / "prompts"
    (shipped / "zh").mkdir(parents=True)
    shutil.copy(SHIPPED / "zh" / "goodbye.wav", shipped / "zh")
    library = PromptLibrary(cache, shipped=shipped)
    await asyncio.to_thread(library.load)
    # Whatever is to be spoken sounds like the shipped prompt.
    say = SpeechProgram(["cp", str(shipped / "zh" / "goodbye.wav"), "{file}"], {"zh": "any"})
    maker = PromptMaker(cache, codecs=(), speech=say)
    stored = StoredPrompts(store, maker, library)
    return PromptService(store, maker, library, clock, refresh=stored.refresh)


def task_chooser(
    database: Database, directory: DirectoryRepository, clock: FakeClock, types: TypeBook
) -> TaskChooser:
    """Return what chooses the next task, in a world without quiet hours or rates."""
    calendars = Calendars()
    quiet = QuietTimes(
        CachedDirectory(directory, clock), calendars, QuietHours(), timezone="Asia/Shanghai"
    )
    return TaskChooser(NextTasks(database), types, quiet, calendars, ChooserTerms())
