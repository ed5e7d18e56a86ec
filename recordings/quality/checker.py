"""Checks talks: gathers what a check needs, has it made in a process of its own, writes it down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import soundfile as sf

from recordings.line_process import LineProcess
from recordings.quality.activity import activity
from recordings.quality.check import CheckOutcome, CheckRequest, applies
from recordings.quality.check_process import encode_line, reply_decoder
from recordings.quality.measures import Span
from recordings.storage.files import RecordingFiles
from recordings.work_loop import NotNowError, WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.errors import (
    DamagedFileError,
    KeyMissingError,
    NotFoundError,
    StorageUnavailableError,
)
from voicegw.events.factory import EventFactory
from voicegw.model.call import Call
from voicegw.model.directory import Announce
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import (
    Channel,
    FileKind,
    Recording,
    RecordingKind,
    RecordingStatus,
)
from voicegw.model.script import Script
from voicegw.model.task import Task
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.calls import CallRepository
from voicegw.store.checks import CheckRepository
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.scripts import ScriptRepository
from voicegw.store.tasks import TaskRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue

logger = logging.getLogger(__name__)

_TIMEOUT_S: Final = 120.0


class CheckProcess(LineProcess):
    """One checking process."""

    def __init__(self) -> None:
        """No process is started yet."""
        super().__init__("recordings.quality.check_process")

    async def check(self, request: CheckRequest) -> CheckOutcome:
        """Return what the check comes to. Raises ProcessLostError, and OSError at its start."""
        return await self.ask(encode_line(request), reply_decoder.decode, _TIMEOUT_S)


ALERT_CHECKS: Final = "checks-failing"
"""Raised when a recording could not be checked in all its attempts, until another can."""


class SlotValues(Protocol):
    """Where the values of a script's slots come from."""

    async def values(self, call: Call) -> Mapping[str, str]:
        """Return what is known of a call, by slot."""
        ...


class DirectorySlots:
    """Slots filled from the directory: the manager's name and staff number, the customer's own.

    `name` and `staff_no` (`no`) are the manager's, `customer` the customer's name; each attribute
    of the customer that is a text or a number fills the slot of its name. What the call's task says
    of its own is said by the `Checker`.
    """

    def __init__(self, directory: DirectoryRepository) -> None:
        """Read from `directory`."""
        self._directory = directory

    async def values(self, call: Call) -> Mapping[str, str]:
        """Return what the directory knows of a call, by slot."""
        values: dict[str, str] = {}
        customer = manager = None
        if call.customer_id is not None:
            customer = await self._directory.customers.get(call.customer_id)
        if call.manager_id is not None:
            manager = await self._directory.managers.get(call.manager_id)
        if customer is not None:
            values = _texts(customer.attributes)
            values["customer"] = customer.name
        if manager is not None:
            values["name"] = manager.name
            if manager.staff_no:
                values["staff_no"] = values["no"] = manager.staff_no
        return values


class Checker:
    """Handles work of the kind CHECK, one talk at a time."""

    def __init__(
        self,
        database: Database,
        files: RecordingFiles,
        clock: Clock,
        events: EventFactory,
        *,
        on_alert: Callable[[str, bool, str], None] = lambda _slug, _raised, _detail: None,
    ) -> None:
        """Read recordings by `files`; `database` is opened and closed by the caller.

        `on_alert` gets a slug, whether it is raised, and why.
        """
        self._on_alert = on_alert
        self._files = files
        self._clock = clock
        self._events = events
        self._recordings = RecordingRepository(database)
        self._transcripts = TranscriptRepository(database)
        self._calls = CallRepository(database)
        self._scripts = ScriptRepository(database)
        self._directory = DirectoryRepository(database)
        self._tasks = TaskRepository(database)
        self._checks = CheckRepository(database)
        self._slots: SlotValues = DirectorySlots(self._directory)
        self._process = CheckProcess()

    def loop(self, queue: WorkQueue) -> WorkLoop:
        """Return the loop that leases and does the checks."""
        rules = WorkRules(attempts=3, lease_s=60.0)
        return WorkLoop(
            queue, [WorkKind.CHECK], self.handle, self._clock, rules=rules, give_up=self.give_up
        )

    async def stop(self) -> None:
        """End the process that checks."""
        await self._process.end(0.0)

    async def handle(self, item: WorkItem) -> None:
        """Check the recording `item` is about, and write what came of it with the item's end.

        Raises NotNowError while its transcript is not final, or its key or its storage is away.
        """
        recording = await self._recordings.get(item.subject)
        if recording is None or recording.status is not RecordingStatus.COMPLETED:
            await self._conclude_unchecked(item, "no-recording")
            return
        transcript = await self._transcripts.get(item.subject)
        if transcript is not None and transcript.status in _UNFINISHED:
            raise NotNowError("transcript-not-ready")
        request = await self.request(recording, transcript)
        outcome = await self._process.check(request)
        # Ids of one millisecond have no order of their own; findings are listed by theirs.
        ids = sorted(new_id(IdKind.FINDING) for _ in outcome.findings)
        for finding, finding_id in zip(outcome.findings, ids, strict=True):
            finding.id = finding_id
        written = await self._checks.conclude(
            item, outcome.result, outcome.findings, self._events.quality(outcome.result),
            self._clock.now(),
        )  # fmt: skip
        self._on_alert(ALERT_CHECKS, False, "")
        logger.info(
            "recording checked" if written else "check came too late",
            extra={
                "recording_id": recording.id,
                "call_id": recording.call_id,
                "findings": outcome.result.findings,
            },
        )

    async def request(
        self,
        recording: Recording,
        transcript: Transcript | None,
        scripts: list[Script] | None = None,
    ) -> CheckRequest:
        """Return all that a check of `recording` needs; against `scripts`, if given."""
        call = await self._calls.get(recording.call_id)
        values = dict(await self._slots.values(call)) if call is not None else {}
        task_id = call.task_id if call is not None else None
        task = await self._tasks.get(task_id) if task_id is not None else None
        if task is not None:
            # What the talk was to be about outweighs what the customer has.
            values |= _texts(task.fields)
        is_talk = recording.kind is RecordingKind.TALK
        if not is_talk:
            scripts = []  # a message follows nobody's script
        elif scripts is None:
            scripts = await self._scripts_for(recording, call, task, values)
        has_text = transcript is not None and transcript.status is TranscriptStatus.COMPLETED
        return CheckRequest(
            recording=recording,
            now=self._clock.now(),
            scripts=scripts,
            values=values,
            transcript=transcript if has_text else None,
            activity=await self._activity(recording, needed=not has_text),
            notice_by_manager=is_talk and call is not None and call.announced is Announce.MANAGER,
        )

    async def check(self, request: CheckRequest) -> CheckOutcome:
        """Return what a check comes to, nothing written. Raises CheckProcessError."""
        return await self._process.check(request)

    async def give_up(self, item: WorkItem, why: str) -> None:
        """End a check that has failed as often as it may: an alert, until one succeeds."""
        self._on_alert(ALERT_CHECKS, True, why)
        await self._conclude_unchecked(item, why)

    async def _conclude_unchecked(self, item: WorkItem, why: str) -> None:
        logger.warning("recording not checked", extra={"recording_id": item.subject, "why": why})
        await self._checks.give_up(item, why, self._clock.now())

    async def _scripts_for(
        self, recording: Recording, call: Call | None, task: Task | None, values: Mapping[str, str]
    ) -> list[Script]:
        parents = {one.id: one.parent_id for one in await self._directory.groups.all()}
        group_ids: list[str] = []
        at = recording.group_id
        while at is not None and at not in group_ids:
            group_ids.append(at)
            at = parents.get(at)
        return [
            script
            for script in await self._scripts.active()
            if (task is not None and script.id == task.script_id)
            or applies(
                script,
                group_ids=group_ids,
                hotline_id=call.hotline_id if call is not None else None,
                task_type=None if task is None else task.own_type or task.type,
                product=values.get("product"),
            )
        ]

    async def _activity(self, recording: Recording, *, needed: bool) -> dict[Channel, list[Span]]:
        """Return where each side spoke, by its sound; nothing where that can't be heard.

        Raises NotNowError while its storage is away, and while its key is, where it is `needed`.
        """

        def heard() -> dict[Channel, list[Span]]:
            with self._files.open_kind(recording, FileKind.MASTER) as sound:
                return activity(sound)

        try:
            return await asyncio.to_thread(heard)
        except StorageUnavailableError as error:
            raise NotNowError(error.slug) from error
        except KeyMissingError as error:
            if needed:
                raise NotNowError(error.slug) from error
            return {}
        except (NotFoundError, DamagedFileError, OSError, sf.LibsndfileError) as error:
            logger.warning(
                "sound can't be measured",
                extra={"recording_id": recording.id, "why": type(error).__name__},
            )
            return {}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return those of `values` that can be said: texts and numbers."""
    return {
        name: str(value)
        for name, value in values.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


_UNFINISHED: Final = frozenset({TranscriptStatus.QUEUED, TranscriptStatus.RUNNING})
