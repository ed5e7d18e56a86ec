"""Kinds of triggers in the store: own ones, and edited copies of those that are shipped."""

from __future__ import annotations

from voicegw.model.trigger import TriggerKind
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.named_documents import NamedDocumentRepository


class TriggerKindRepository(NamedDocumentRepository[TriggerKind]):
    """Kinds of triggers; what is in force is told by :mod:`voicegw.tasks.triggering`."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        super().__init__(database, schema.trigger_kinds, TriggerKind, "trigger-kind")
