"""Recordings: what is known of them, their sound, what was said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import BinaryIO, Literal, Unpack

from voicegw.client.aio.transport import Transport
from voicegw.client.models import Recording, Transcript
from voicegw.client.models.filters import RecordingFilters
from voicegw.client.page import Page
from voicegw.client.problems import NoAnswerError, ProblemError, WaitedTooLongError
from voicegw.client.request import query, request, segment
from voicegw.client.retrying import Reconnecting

AudioFormat = Literal["flac", "wav", "opus", "mp3"]
Channel = Literal["both", "customer", "manager"]


class Recordings:
    """Recordings of talks and messages."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    async def get(self, recording_id: str) -> Recording:
        """Return what is known of a recording. Raise NotFoundError."""
        return await self._transport.get(request("GET", _path(recording_id)), Recording)

    def list(self, **filters: Unpack[RecordingFilters]) -> AsyncGenerator[Recording, None]:
        """Yield all recordings that fit, the newest first."""
        return self._transport.pages("/v1/recordings", Page[Recording], query(filters))

    async def wait_until_final(
        self, recording_id: str, *, timeout_s: float = 600, every_s: float = 1
    ) -> Recording:
        """Return the recording once it is completed, absent or failed.

        It is asked for every `every_s` seconds. Raise WaitedTooLongError after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            recording = await self.get(recording_id)
            if recording.status != "pending":
                return recording
            if time.monotonic() + every_s > deadline:
                raise WaitedTooLongError(f"the recording is not final after {timeout_s:g} s")
            await asyncio.sleep(every_s)

    async def transcript(self, recording_id: str) -> Transcript:
        """Return what was said. Raise a ConflictError `transcript-not-ready` before it is there."""
        asked = request("GET", f"{_path(recording_id)}/transcript")
        return await self._transport.get(asked, Transcript)

    async def audio(
        self,
        recording_id: str,
        *,
        audio_format: AudioFormat = "flac",
        channel: Channel = "both",
        first_byte: int = 0,
        last_byte: int | None = None,
    ) -> bytes:
        """Return the bytes of the sound, or those from `first_byte` to `last_byte` (included).

        FLAC is the master as it was sealed, customer left, manager right; one channel alone is WAV.
        """
        end = "" if last_byte is None else last_byte
        headers = {"Range": f"bytes={first_byte}-{end}"} if first_byte or end != "" else {}
        asked = request(
            "GET",
            f"{_path(recording_id)}/audio",
            params={"format": audio_format, "channel": channel},
            headers=headers,
        )
        return (await self._transport.send(asked)).content

    async def download(
        self,
        recording_id: str,
        to: BinaryIO,
        *,
        audio_format: AudioFormat = "flac",
        channel: Channel = "both",
    ) -> int:
        """Write the sound to a file that can be sought in; return how many bytes it has.

        After a broken connection it goes on where it was (`Range`, `If-Range`), and begins anew
        where the gateway has other bytes by then.
        """
        begin, written, tag = to.tell(), 0, ""
        again = Reconnecting(self._transport.retries)
        while True:
            headers = {"Range": f"bytes={written}-", "If-Range": tag} if written and tag else {}
            asked = request(
                "GET",
                f"{_path(recording_id)}/audio",
                params={"format": audio_format, "channel": channel},
                headers=headers,
            )
            try:
                async with self._transport.stream(asked) as answer:
                    if answer.status_code != 206:
                        written = 0
                    tag = answer.headers.get("etag", "")
                    to.seek(begin + written)
                    to.truncate()
                    async for piece in answer.aiter_bytes():
                        written += to.write(piece)
                        again.worked()
                return written
            except (NoAnswerError, ProblemError) as error:
                pause_s = again.pause_s(error)
                if pause_s is None:
                    raise
            await asyncio.sleep(pause_s)


def _path(recording_id: str) -> str:
    return f"/v1/recordings/{segment(recording_id)}"
