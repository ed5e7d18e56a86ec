"""Scripts in the store."""

from __future__ import annotations

from voicegw.model.script import Script
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.owned_documents import OwnedDocumentRepository


class ScriptRepository(OwnedDocumentRepository[Script]):
    """Reads and writes scripts; findings keep the id and the version of one that is deleted."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        super().__init__(database, schema.scripts, Script, kept=["created_at"])
