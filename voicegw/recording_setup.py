"""Builds what works on recordings once they are made; part of the composition root.

What is to be done with a completed recording (`follow_up`) is put into the store's queue by the
transaction that completes it. Each part here leases its kind of work from that queue.
"""

from __future__ import annotations

from config.settings import Settings
from voicegw.model.work import WorkKind


def follow_up(settings: Settings) -> frozenset[WorkKind]:
    """Return what is to be done with each completed recording."""
    kinds = set()
    if settings.transcription.engine != "none":
        kinds.add(WorkKind.TRANSCRIBE)
    return frozenset(kinds)
