"""Builds what works on recordings once they are made; part of the composition root.

What is to be done with a completed recording (`follow_up`) is put into the store's queue by the
transaction that completes it. Each part here leases its kind of work from that queue.
"""

from __future__ import annotations

from config.settings import Settings
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Sealer
from voicegw.clock import Clock
from voicegw.events.factory import EventFactory
from voicegw.model.work import WorkKind
from voicegw.store.database import Database
from voicegw.store.seals import SealRepository


def follow_up(settings: Settings) -> frozenset[WorkKind]:
    """Return what is to be done with each completed recording."""
    kinds = set()
    if settings.transcription.engine != "none":
        kinds.add(WorkKind.TRANSCRIBE)
    return frozenset(kinds)


def key_folder(settings: Settings) -> KeyFolder:
    """Return where the node keeps its signing keys."""
    return KeyFolder(settings.node.data_dir / "keys")


def sealer(settings: Settings, database: Database, clock: Clock, events: EventFactory) -> Sealer:
    """Return what seals the node's recordings."""
    seals = SealRepository(database)
    return Sealer(seals, key_folder(settings), settings.node.name, clock, events)
