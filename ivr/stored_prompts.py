"""The own prompts of the store, in force on this node within seconds.

While the store is away the last known ones are used. One that this node can't prepare leaves the
prompt below it in force, and is told of once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from ivr.prompts import PromptLibrary
from voicegw.errors import InvalidError
from voicegw.media.engine import Prompt

_log = logging.getLogger(__name__)

_Key = tuple[str, str]

_AT_ONCE_BYTES: Final = 16 << 20
"""How much sound is encoded by one process: starting one takes longer than encoding a sentence."""


class PromptStore(Protocol):
    """What is read; `voicegw.store.prompts.PromptRepository` is one."""

    async def heads(self) -> Mapping[_Key, str]:
        """Return the hash of every prompt by language and name."""
        ...

    async def content(self, language: str, name: str) -> bytes | None:
        """Return the WAV file of a prompt."""
        ...


class Encoder(Protocol):
    """What encodes; `ivr.prompt_maker.PromptMaker` is one."""

    async def encoded(self, sounds: Sequence[tuple[str, bytes]]) -> list[Prompt | None]:
        """Return the prompts of WAV files, each with its name; None for what can't be one.

        Raises InvalidError when nothing came of any of them.
        """
        ...


class StoredPrompts:
    """Keeps a library as the store has it."""

    def __init__(
        self,
        store: PromptStore,
        encoder: Encoder,
        library: PromptLibrary,
    ) -> None:
        """Nothing is read before `refresh`."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when prompts have changed."""
        self._store = store
        self._encoder = encoder
        self._library = library
        self._seen: dict[_Key, str] = {}
        self._prompts: dict[_Key, Prompt] = {}
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Read what has changed; call it every few seconds. Raises StoreUnavailableError."""
        async with self._turn:
            heads = await self._store.heads()
            if heads == self._seen:
                return
            for key in self._seen.keys() - heads.keys():
                del self._seen[key]
                self._prompts.pop(key, None)
            changed = {
                key: heads[key] for key in sorted(heads) if self._seen.get(key) != heads[key]
            }
            await self._take(changed)
            self._library.use_stored(self._prompts)
        self.on_change()

    async def _take(self, changed: Mapping[_Key, str]) -> None:
        batch: dict[_Key, bytes] = {}
        for key in changed:
            content = await self._store.content(*key)
            if content is not None:  # else it was deleted meanwhile; the next look tells
                batch[key] = content
            if sum(map(len, batch.values())) >= _AT_ONCE_BYTES:
                await self._encode(batch, changed)
                batch = {}
        if batch:
            await self._encode(batch, changed)

    async def _encode(self, batch: Mapping[_Key, bytes], hashes: Mapping[_Key, str]) -> None:
        try:
            made = await self._encoder.encoded([(key[1], batch[key]) for key in batch])
        except InvalidError as error:
            _log.error("own prompts can't be encoded", extra={"why": error.message})
            made = [None] * len(batch)
        for key, prompt in zip(batch, made, strict=True):
            self._seen[key] = hashes[key]
            if prompt is not None:
                self._prompts[key] = prompt
                continue
            self._prompts.pop(key, None)
            _log.error("own prompt can't be used", extra={"prompt": "/".join(key)})
