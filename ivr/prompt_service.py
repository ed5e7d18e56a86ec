"""Prompts as the API gives and takes them: what is in force, and own recordings in its place."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from ivr.prompt_maker import PreparedSound, PromptMaker
from ivr.prompts import SHIPPED, TONES, PromptEntry, PromptLibrary, PromptSource
from voicegw.clock import Clock
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.prompt import StoredPrompt
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.prompts import PromptRepository

MAX_TEXT: Final = 1000
"""Characters of what a prompt says, as it is noted."""
TEXTS: Final = "texts.json"
"""Beside the shipped prompts: what they say, by language and name."""

_LANGUAGE: Final = re.compile(rf"[a-z]{{2,3}}|{TONES}")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


class PromptInForce(msgspec.Struct, frozen=True):
    """What is played on this node by a language and a name."""

    language: str
    name: str
    source: PromptSource
    duration_ms: int
    digest: str
    """Hash of its samples at 8 kHz, as in the marks of recordings."""
    text: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None


class PromptService:
    """Reads and changes prompts. Methods raise StoreUnavailableError where the store is needed."""

    def __init__(
        self,
        store: PromptRepository,
        maker: PromptMaker,
        library: PromptLibrary,
        clock: Clock,
        *,
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        """`library` is what this node plays; `refresh` brings it to what the store has."""
        self._store = store
        self._maker = maker
        self._library = library
        self._clock = clock
        self._refresh = refresh
        self._texts = _texts()

    async def list(
        self,
        *,
        language: str | None = None,
        source: PromptSource | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[PromptInForce]:
        """Return a page of what is in force here, by language and name.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        after = ("", "") if cursor is None else decode_cursor(cursor, tuple[str, str])
        found = [
            entry
            for entry in self._library.entries()
            if (entry.language, entry.name) > after
            and language in {None, entry.language}
            and source in {None, entry.source}
        ]
        page = found[: check_limit(limit)]
        last = page[-1] if len(found) > limit else None
        stored = {(one.language, one.name): one for one in await self._store.all()}
        return Page(
            [self._in_force(entry, stored) for entry in page],
            encode_cursor(last.language, last.name) if last is not None else None,
        )

    async def get(self, language: str, name: str) -> PromptInForce:
        """Return what is in force here. Raises NotFoundError."""
        entry = self._entry(language, name)
        stored = {(one.language, one.name): one for one in await self._store.all()}
        return self._in_force(entry, stored)

    async def audio(self, language: str, name: str) -> tuple[str, bytes]:
        """Return the digest and the WAV file of what is in force. Raises NotFoundError."""
        entry = self._entry(language, name)
        if entry.path is not None:
            return entry.prompt.digest, await asyncio.to_thread(entry.path.read_bytes)
        content = await self._store.content(language, name)
        if content is None:  # deleted on another node a moment ago
            raise NotFoundError("prompt", f"{language}/{name}")
        return entry.prompt.digest, content

    async def decoded(self, language: str, name: str, upload: bytes, text: str) -> PreparedSound:
        """Return an upload as it would be kept. Raises InvalidError with the reason."""
        self._check(language, name, text)
        if not upload:
            raise InvalidError("file", "a sound file is needed", kind="missing")
        return await self._maker.decoded(upload)

    @property
    def speaks(self) -> Sequence[str]:
        """Languages in which this node speaks texts; none: `speech.command` names no program."""
        return self._maker.speaks

    async def spoken(self, language: str, name: str, text: str) -> PreparedSound:
        """Return a text as the node's speech program says it. Raises InvalidError."""
        self._check(language, name, text)
        if not text.strip():
            raise InvalidError("text", "a text is needed", kind="missing")
        return await self._maker.spoken(language, text)

    @staticmethod
    def _check(language: str, name: str, text: str) -> None:
        if _LANGUAGE.fullmatch(language) is None:
            raise InvalidError(
                "language",
                f"must be two or three small letters, or {TONES}",
                kind="pattern",
                example="zh",
            )
        if _NAME.fullmatch(name) is None:
            raise InvalidError(
                "name",
                "must be small letters, digits and underscores, at most 64",
                kind="pattern",
                example="closed_today",
            )
        if len(text) > MAX_TEXT or "\0" in text:
            raise InvalidError(
                "text",
                f"must have at most {MAX_TEXT} characters and no NUL",
                kind="too-long",
                max=MAX_TEXT,
            )

    async def put(
        self, language: str, name: str, sound: PreparedSound, *, text: str, by: str
    ) -> bool:
        """Put a sound into force, here at once, elsewhere within seconds; whether it is new."""
        prompt = StoredPrompt(
            language, name, sound.sha256, sound.duration_ms, self._clock.now(), by, text
        )
        is_new = await self._store.put(prompt, sound.content)
        await self._refresh()
        return is_new

    async def has_own(self, language: str, name: str) -> bool:
        """Whether a prompt was uploaded."""
        return (language, name) in await self._store.heads()

    async def delete(self, language: str, name: str) -> None:
        """Remove what was uploaded: the file of that name, if there is one, is back in force."""
        await self._store.delete(language, name)
        await self._refresh()

    def _entry(self, language: str, name: str) -> PromptEntry:
        for entry in self._library.entries():
            if (entry.language, entry.name) == (language, name):
                return entry
        raise NotFoundError("prompt", f"{language}/{name}")

    def _in_force(
        self, entry: PromptEntry, stored: Mapping[tuple[str, str], StoredPrompt]
    ) -> PromptInForce:
        own = stored.get((entry.language, entry.name))
        told = PromptInForce(
            entry.language,
            entry.name,
            entry.source,
            entry.prompt.duration_ms,
            entry.prompt.digest,
        )
        if entry.source is PromptSource.SHIPPED:
            text = self._texts.get(entry.language, {}).get(entry.name)
            return msgspec.structs.replace(told, text=text)
        if entry.source is PromptSource.STORE and own is not None:
            return msgspec.structs.replace(
                told, text=own.text or None, created_at=own.created_at, created_by=own.created_by
            )
        return told


def _texts(folder: Path = SHIPPED) -> Mapping[str, Mapping[str, str]]:
    texts: Mapping[str, Mapping[str, str]] = json.loads((folder / TEXTS).read_text("utf-8"))
    return texts
