"""Scorecards in the store."""

from __future__ import annotations

from voicegw.model.review import Scorecard
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.owned_documents import OwnedDocumentRepository


class ScorecardRepository(OwnedDocumentRepository[Scorecard]):
    """Reads and writes scorecards; reviews keep their copy of one that is deleted."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        super().__init__(database, schema.scorecards, Scorecard)
