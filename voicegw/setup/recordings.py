"""Builds everything about recordings, in the order of a node's start; part of the composition root.

What is to be done with a completed recording (`follow_up`) is put into the store's queue by the
transaction that completes it; each of the workers here leases its kind of work from that queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from api.metrics import Figure
from api.services import PartStatus
from config.settings import Settings
from recordings.care.export_service import ExportService
from recordings.care.redaction_service import Redactor
from recordings.finishing.listening import ListenFormat
from recordings.integrity.deletion import RecordingDeleter
from recordings.quality.checker import Checker
from recordings.service import RecordingService, RecordingServiceOptions
from recordings.storage.files import RecordingFiles
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.keyring import KeyRing
from voicegw.model.call import Call
from voicegw.model.recording import Recording
from voicegw.model.work import WorkKind
from voicegw.setup.background import Background
from voicegw.setup.captures import claim_captures
from voicegw.setup.integrity import IntegrityPart
from voicegw.setup.network import network, network_figures
from voicegw.setup.storage import StoragePart
from voicegw.setup.transcription import (
    transcription,
    transcription_figures,
    transcription_status,
)
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository
from voicegw.store.work import WorkQueue

_log = logging.getLogger(__name__)

_WATCH_STORAGE_S = 2.0
_REMOVE_EXPORTS_S = 600.0


def follow_up(settings: Settings) -> frozenset[WorkKind]:
    """Return what is to be done with each completed recording.

    Transcription is, even where it is switched off: what follows from a transcript follows from
    knowing that there is none.
    """
    kinds = {WorkKind.TRANSCRIBE}
    if settings.recording.is_remote:
        kinds.add(WorkKind.UPLOAD)
    return frozenset(kinds)


class RecordingParts:
    """What makes recordings, keeps them, proves them, and finds out what they say.

    Order of use: `start_sealing` before anything is written; `start_making` with the journal open
    and before there are calls; `claim_captures`, then `recover`, before the first call;
    `start_working` when calls can be taken. Each puts its end on the stack, so that all ends the
    other way round: what works on recordings first, the seals last, when nothing is written any
    more.
    """

    files: RecordingFiles
    """What opens a recording, wherever it lies. From `start_making` on, like `service`."""
    service: RecordingService
    exports: ExportService
    """From `start_working` on, like the following."""
    redactor: Redactor
    checker: Checker

    def __init__(
        self,
        settings: Settings,
        database: Database,
        stack: AsyncExitStack,
        *,
        clock: Clock,
        events: EventFactory,
        alerts: Alerts,
        note: Callable[[RecordingChanged], None],
    ) -> None:
        """Nothing runs yet. `note` writes into the journal and raises OSError when it can't."""
        self._settings = settings
        self._database = database
        self._stack = stack
        self._clock = clock
        self._events = events
        self._alerts = alerts
        self._note = note
        self._background = Background(stack)
        self._queue = WorkQueue(database, settings.node.name)
        self._claimed: Mapping[str, Recording] = {}
        """What `claim_captures` has found that the store did not know, until it is made."""
        self._integrity = IntegrityPart(
            settings, database, clock=clock, events=events, on_alert=alerts.set
        )

    @property
    def deleter(self) -> RecordingDeleter:
        """What deletes recordings in the node's name."""
        return self._integrity.deleter

    @property
    def keys(self) -> KeyRing | None:
        """The keys that captures and recordings are encrypted with; None: they are not."""
        return self.service.storage.keys

    async def start_sealing(self) -> None:
        """Begin to seal. Raises StartError when the signing key can't be used."""
        await self._integrity.start()
        self._stack.push_async_callback(self._integrity.stop)

    async def start_making(self, spool_dir: Path) -> None:
        """Begin to make recordings of what is captured in `spool_dir`, and to bring them away.

        Raises ConfigError and StartError when folders, keys or the storage can't be used.
        """
        options = self._settings.recording
        self._spool_dir = spool_dir
        self.service = RecordingService(
            RecordingServiceOptions(
                spool_folder=spool_dir,
                storage_url=options.local_url,
                key_file=options.key_file,
                node=self._settings.node.name,
                min_free_bytes=options.min_free_bytes,
                listening=ListenFormat(options.listen_format),
            ),
            self._finished,
            on_alert=self._alerts.set,
        )
        await self.service.start()
        self._stack.push_async_callback(self.service.stop)
        self._storage = StoragePart(
            self._settings, self.service.storage, self._database, self._clock, self._alerts
        )
        self.files = self._storage.files
        self._storage.start()
        self._stack.push_async_callback(self._storage.stop)
        self._background.every(_WATCH_STORAGE_S, "recording-storage", self._storage.watch)

    def _finished(self, recording: Recording) -> None:
        event = self._events.recording(recording)
        self._note(RecordingChanged(recording, [event] if event is not None else []))

    async def claim_captures(self, calls: Iterable[Call]) -> None:
        """Find out to whom the captures are owed that an earlier run left; delete those of nobody.

        Call this before `calls` are closed, so that another crash finds them again; see
        :mod:`voicegw.setup.captures`. Raises StoreUnavailableError.
        """
        repository = RecordingRepository(self._database)
        self._claimed = await claim_captures(self.service, repository, calls, self._write_down)

    def _write_down(self, recording: Recording) -> None:
        try:
            self._note(RecordingChanged(recording))
        except OSError as error:
            # It is made all the same; that is written down then, or found by the next start.
            facts = {"recording_id": recording.id, "why": error.strerror}
            _log.error("journal refused an entry", extra=facts)

    async def recover(self) -> None:
        """Go on with the captures that an earlier run left. Raises StoreUnavailableError."""
        repository = RecordingRepository(self._database)
        unfinished = await repository.unfinished(self._settings.node.name)
        known = {**self._claimed, **{one.id: one for one in unfinished}}
        for recording in self.service.left_behind():
            if recording.id not in known:
                stored = await repository.get(recording.id)
                if stored is not None:
                    known[recording.id] = stored
        for recording in self.service.recover(known):
            self._write_down(recording)
        self._claimed = {}

    async def start_working(self, is_overloaded: Callable[[], bool]) -> None:
        """Begin to transcribe, check, remove and export; what is `is_overloaded` waits.

        Raises ConfigError when the file of the operator's own announcements can't be used.
        """
        await self._start_hearing(is_overloaded)
        self._start_checking()
        self._integrity.start_removal(self.files)
        self._stack.push_async_callback(self._integrity.stop_removal)
        await self._start_handing_out()

    async def _start_hearing(self, is_overloaded: Callable[[], bool]) -> None:
        self._transcription = transcription(
            self._settings,
            self._database,
            self.files,
            self._clock,
            self._events,
            alerts=self._alerts,
            is_overloaded=is_overloaded,
        )
        await self._transcription.start()
        self._stack.push_async_callback(self._transcription.stop)
        self._network = network(
            self._settings,
            self._database,
            self._clock,
            self._events,
            spool_dir=self._spool_dir,
            transcription=self._transcription,
        )
        await self._network.start()
        self._stack.push_async_callback(self._network.stop)

    def _start_checking(self) -> None:
        self.checker = Checker(
            self._database, self.files, self._clock, self._events, on_alert=self._alerts.set
        )
        self._stack.push_async_callback(self.checker.stop)
        checks = self.checker.loop(self._queue)
        checks.start()
        self._stack.push_async_callback(checks.stop)

    async def _start_handing_out(self) -> None:
        settings, node = self._settings, self._settings.node
        self.redactor = Redactor(
            self._database,
            self.files,
            upload_from=node.name if settings.recording.is_remote else None,
        )
        self.exports = ExportService(
            self._database,
            self.files,
            self._clock,
            node=node.name,
            folder=node.data_dir / "exports",
            keep_hours=settings.recording.export_hours,
            min_free_bytes=settings.recording.min_free_bytes,
        )
        await self.exports.recover()
        self._stack.push_async_callback(self.exports.stop)
        self._background.every(_REMOVE_EXPORTS_S, "exports", self.exports.tidy)

    async def tidy(self) -> None:
        """Forget what is too old to matter; to be called now and then, once all is started."""
        await self._network.tidy()

    def readiness(self) -> list[PartStatus]:
        """Return the state of each part; quick, because probes ask."""
        room = self.service.ready()
        return [
            PartStatus(
                "recordings", room, "" if room else "the disk has less room than min_free_bytes"
            ),
            transcription_status(self._transcription),
            *self._storage.readiness(),
        ]

    def figures(self) -> Iterable[Figure]:
        """Return the figures of all parts, for `/metrics`."""
        yield Figure("recordings_backlog", self.service.backlog())
        yield Figure("recording_free_bytes", self.service.free_bytes())
        yield Figure("exports_waiting", self.exports.waiting)
        for state, count in sorted(self.exports.ended.items()):
            yield Figure("exports_ended", count, {"state": str(state)})
        yield from transcription_figures(self._transcription)
        yield from self._storage.figures()
        yield from self._integrity.figures()
        yield from network_figures(self._network)
