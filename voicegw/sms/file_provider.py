"""A provider that sends nothing: a line of JSON a message, for tests and demonstrations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from voicegw.sms.length import length_of
from voicegw.sms.provider import Accepted, Outcome, Outgoing, Refused


class FileProvider:
    """Appends to `outbox.jsonl` of a folder, which only its owner may read."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """The folder is made with the first message."""
        self._file = folder / "outbox.jsonl"
        self._now = now
        self._turn = asyncio.Lock()

    async def send(self, message: Outgoing) -> Outcome:
        """Append one line; a message that is handed over again makes another, with its id."""
        line = {
            "id": message.id,
            "to": message.to,
            "text": message.text,
            "parts": length_of(message.text).parts,
            "at": self._now(),
        }
        async with self._turn:
            try:
                await asyncio.to_thread(self._append, msgspec.json.encode(line) + b"\n")
            except OSError:
                return Refused("file-unwritable")
        return Accepted(message.id)

    def _append(self, line: bytes) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(place, "ab") as file:
            file.write(line)

    async def close(self) -> None:
        """Nothing is held."""
