"""Builds what hears the networks of customers who did not answer; part of the composition root."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from api.metrics import Figure
from config.settings import Settings
from recordings.network.book_file import load_book
from recordings.network.listener import Listener
from recordings.network.service import Ears, NetworkService, NetworkStore
from recordings.transcription.service import TranscriptionService
from voicegw.calls.call_sound import EARLY_SOUND
from voicegw.clock import Clock
from voicegw.events.factory import EventFactory
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.network import NetworkRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue


def network_figures(service: NetworkService) -> Iterable[Figure]:
    """Return the figures of what was heard, for `/metrics`."""
    for source, count in sorted(service.heard.items()):
        yield Figure("network_heard", count, {"source": source})
    for by, count in sorted(service.answered.items()):
        yield Figure("talks_answered", count, {"by": by})


def network(
    settings: Settings,
    database: Database,
    clock: Clock,
    events: EventFactory,
    *,
    spool_dir: Path,
    transcription: TranscriptionService,
) -> NetworkService:
    """Return what hears early sound, not started.

    Raises ConfigError when the file of the operator's own phrases can't be used.
    """
    node, own = settings.node.name, settings.network.announcements
    return NetworkService(
        spool_dir / EARLY_SOUND,
        NetworkStore(
            WorkQueue(database, node),
            CallRepository(database),
            NetworkRepository(database),
            TranscriptRepository(database),
        ),
        Ears(
            Listener(settings.numbers.region, key_file=settings.recording.key_file),
            load_book(Path(own) if own else None),
            lambda: transcription.pool,
        ),
        events,
        clock,
        node=node,
    )
