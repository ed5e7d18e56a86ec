"""Builds the node's speech recognition, and tells how it does; part of the composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from api.metrics import Figure
from api.services import PartStatus
from config.settings import Settings
from recordings.storage.files import RecordingFiles
from recordings.transcription.models import ModelMissing, Wanted, find_model
from recordings.transcription.service import TranscriptionService, TranscriptionStore
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue


def wanted_model(settings: Settings) -> Wanted:
    """Return which engine and model the configuration asks for."""
    transcription = settings.transcription
    return Wanted(
        engine=transcription.engine,
        model=transcription.model,
        language=transcription.language,
        folder=transcription.models_dir,
        vocabulary=tuple(transcription.vocabulary),
        prompt=transcription.prompt,
    )


def missing_model(settings: Settings) -> str | None:
    """Return what keeps recordings from being transcribed here, with its mend; None: nothing."""
    if settings.transcription.engine == "none":
        return None
    found = find_model(wanted_model(settings))
    return str(found) if isinstance(found, ModelMissing) else None


def transcription(
    settings: Settings,
    database: Database,
    files: RecordingFiles,
    clock: Clock,
    events: EventFactory,
    *,
    alerts: Alerts,
    is_overloaded: Callable[[], bool],
) -> TranscriptionService:
    """Return what transcribes the node's recordings, not started."""
    node = settings.node.name
    is_wanted = settings.transcription.engine != "none"
    store = TranscriptionStore(
        WorkQueue(database, node), TranscriptRepository(database), RecordingRepository(database)
    )
    return TranscriptionService(
        partial(find_model, wanted_model(settings)) if is_wanted else None,
        store,
        files,
        events,
        clock,
        node=node,
        workers=settings.transcription.workers,
        on_alert=alerts.set,
        is_overloaded=is_overloaded,
    )


def transcription_status(service: TranscriptionService) -> PartStatus:
    """Return the state of speech recognition: a node without it takes calls all the same."""
    return PartStatus("transcription", True, service.trouble)


def transcription_figures(service: TranscriptionService) -> Iterable[Figure]:
    """Return the figures of speech recognition for `/metrics`."""
    yield Figure("transcription_backlog", service.backlog.count)
    yield Figure("transcription_oldest_seconds", service.oldest_s)
    for status, count in sorted(service.concluded.items()):
        yield Figure("transcripts", count, {"status": str(status)})
    pool = service.pool
    if pool is None:
        return
    figures = pool.figures
    yield Figure("transcription_workers", len(pool.pids()))
    yield Figure("transcription_sound_seconds", figures.sound_s)
    yield Figure("transcription_cpu_seconds", figures.cpu_s)
    yield Figure("transcription_wall_seconds", figures.wall_s)
    yield Figure("transcription_workers_lost", figures.workers_lost)
