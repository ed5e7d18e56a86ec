"""What the automatic check of recordings found, in the store."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from voicegw.model.finding import Finding, QualityResult
from voicegw.store import schema
from voicegw.store.database import Database

_RESULTS = schema.quality_results.c
_FINDINGS = schema.findings.c


class CheckRepository:
    """Reads results and findings. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def result(self, recording_id: str) -> QualityResult | None:
        """Return what the check of a recording came to, None while there was none."""
        query = sa.select(_RESULTS.document).where(_RESULTS.recording_id == recording_id)
        async with self._database.read() as connection:
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, QualityResult)

    async def findings(self, recording_id: str) -> Sequence[Finding]:
        """Return what was found in a recording, oldest first."""
        query = (
            sa.select(_FINDINGS.document)
            .where(_FINDINGS.recording_id == recording_id)
            .order_by(_FINDINGS.id)
        )
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(one, Finding) for one in documents]
