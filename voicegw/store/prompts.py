"""Own prompts in the store: one of each language and name, in force on every node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from voicegw.model.prompt import StoredPrompt
from voicegw.store import schema
from voicegw.store.database import Database

_COLUMNS = schema.prompts.c
_KEY = (_COLUMNS.language, _COLUMNS.name)
_TOLD = (
    *_KEY,
    _COLUMNS.sha256,
    _COLUMNS.duration_ms,
    _COLUMNS.created_at,
    _COLUMNS.created_by,
    _COLUMNS.text,
)


class PromptRepository:
    """Reads and changes own prompts. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def put(self, prompt: StoredPrompt, content: bytes) -> bool:
        """Put a prompt in the place of the one of its language and name; whether there was none."""

        row = msgspec.structs.asdict(prompt) | {"content": content}
        upsert = self._database.insert(schema.prompts).values(row)
        del row["language"], row["name"]
        upsert = upsert.on_conflict_do_update(index_elements=["language", "name"], set_=row)

        def work(connection: sa.Connection) -> bool:
            known = sa.select(_COLUMNS.name).where(
                _COLUMNS.language == prompt.language, _COLUMNS.name == prompt.name
            )
            is_new = connection.execute(known).one_or_none() is None
            connection.execute(upsert)
            return is_new

        return await self._database.do_write(work)

    async def delete(self, language: str, name: str) -> bool:
        """Remove a prompt; whether there was one."""
        query = sa.delete(schema.prompts).where(
            _COLUMNS.language == language, _COLUMNS.name == name
        )
        return await self._database.do_write(
            lambda connection: bool(connection.execute(query).rowcount)
        )

    async def heads(self) -> Mapping[tuple[str, str], str]:
        """Return the hash of every prompt by language and name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.select(*_KEY, _COLUMNS.sha256))).all()
        return {(str(row[0]), str(row[1])): str(row[2]) for row in rows}

    async def all(self) -> Sequence[StoredPrompt]:
        """Return what is known of every prompt: there are hundreds at most."""
        async with self._database.read() as connection:
            query = sa.select(*_TOLD).order_by(*_KEY)
            rows = (await connection.execute(query)).mappings().all()
        return [StoredPrompt(**row) for row in rows]

    async def content(self, language: str, name: str) -> bytes | None:
        """Return the WAV file of a prompt."""
        query = sa.select(_COLUMNS.content).where(
            _COLUMNS.language == language, _COLUMNS.name == name
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()
