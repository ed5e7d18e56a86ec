"""Has own prompts decoded and encoded elsewhere (`ivr.prompt_job`), one at a time.

What was uploaded is brought to one form once, by the node that got it; each node then encodes it in
the codecs that it carries.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import signal
import sys
import tempfile
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ivr.prompt_job import (
    AllEncoded,
    Answer,
    Decode,
    Decoded,
    Encode,
    Encoded,
    Order,
    Refused,
    Speak,
)
from ivr.speech_program import SpeechProgram
from voicegw.errors import InvalidError
from voicegw.field_faults import FaultParam, FieldFault
from voicegw.media.engine import Prompt

TIMEOUT_S: Final = 90.0
_NICE: Final = 10
_ANSWER: Final = msgspec.json.Decoder(Decoded | AllEncoded | Refused)


@dataclass(frozen=True, slots=True)
class PreparedSound:
    """A WAV file of 16 kHz at the level of all prompts."""

    content: bytes
    duration_ms: int

    @property
    def sha256(self) -> str:
        """The hash that names it."""
        return hashlib.sha256(self.content).hexdigest()


class PromptMaker:
    """Makes prompts of sound, in child processes with limits of time and memory."""

    def __init__(
        self,
        cache: Path,
        *,
        codecs: Collection[str],
        speech: SpeechProgram | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Keep encoded prompts in `cache`, in G.711 and in those of `codecs` that are wideband.

        Texts are spoken by `speech`.
        """
        self._speech = speech
        self._cache = cache
        self._codecs = tuple(codecs)
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()

    @property
    def speaks(self) -> Sequence[str]:
        """Languages in which texts are spoken, by name; none without a speech program."""
        return [] if self._speech is None else sorted(self._speech.voices)

    async def decoded(self, upload: bytes) -> PreparedSound:
        """Return what was uploaded, in whatever format, as it is kept.

        Raises InvalidError `file` with the reason when it can't be a prompt.
        """
        with tempfile.TemporaryDirectory(prefix="voicegw-prompt-") as folder:
            source, target = Path(folder, "upload"), Path(folder, "prompt.wav")
            await asyncio.to_thread(source.write_bytes, upload)
            answer = await self._ask(Decode(str(source), str(target)))
            if not isinstance(answer, Decoded):
                raise _invalid("file", answer)
            return PreparedSound(await asyncio.to_thread(target.read_bytes), answer.duration_ms)

    async def spoken(self, language: str, text: str) -> PreparedSound:
        """Return `text` as it is spoken by the speech program, as it is kept.

        Raises InvalidError `text` when there is no such program, it has no voice for the language,
        or nothing came of it.
        """
        if self._speech is None:
            raise InvalidError(
                "text",
                "this node speaks no texts: speech.command names no program; send a recording",
                kind="not-allowed",
            )
        with tempfile.TemporaryDirectory(prefix="voicegw-prompt-") as folder:
            spoken, target = Path(folder, "spoken.wav"), Path(folder, "prompt.wav")
            command = self._speech.command_for(language, spoken)
            answer = await self._ask(Speak(command, text, str(spoken), str(target)))
            if not isinstance(answer, Decoded):
                raise _invalid("text", answer)
            return PreparedSound(await asyncio.to_thread(target.read_bytes), answer.duration_ms)

    async def encoded(self, sounds: Sequence[tuple[str, bytes]]) -> list[Prompt | None]:
        """Return the prompts of WAV files, each given with its name; None for what can't be one.

        Raises InvalidError when nothing came of any of them.
        """
        with tempfile.TemporaryDirectory(prefix="voicegw-prompt-") as folder:
            sources = []
            for number, (_, content) in enumerate(sounds):
                source = Path(folder, f"{number}.wav")
                await asyncio.to_thread(source.write_bytes, content)
                sources.append(str(source))
            answer = await self._ask(Encode(tuple(sources), str(self._cache), self._codecs))
        if not isinstance(answer, AllEncoded):
            raise _invalid("file", answer)
        return [
            _prompt(name, one) if isinstance(one, Encoded) else None
            for (name, _), one in zip(sounds, answer.prompts, strict=True)
        ]

    async def _ask(self, order: Order) -> Answer:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ivr.prompt_job",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                # Each thread of it would reserve memory beyond the limit, and none is needed.
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,
            )
            with suppress(OSError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
            try:
                async with asyncio.timeout(self._timeout_s):
                    said, _ = await process.communicate(msgspec.json.encode(order))
            except TimeoutError:
                limit: dict[str, FaultParam] = {"max_s": math.ceil(self._timeout_s)}
                return Refused("takes too long to be decoded", "took-too-long", limit)
            finally:
                await _end(process)
        try:
            answer: Answer = _ANSWER.decode(said)
        except msgspec.DecodeError:
            return Refused("can't be decoded: the decoder gave up, or reached its limits")
        return answer


def _prompt(name: str, made: Encoded) -> Prompt:
    return Prompt(
        name,
        made.digest,
        Path(made.pcma),
        Path(made.pcmu),
        made.duration_ms,
        g722=Path(made.g722) if made.g722 is not None else None,
        opus=Path(made.opus) if made.opus is not None else None,
    )


def _invalid(field: str, answer: Answer) -> InvalidError:
    """Return why nothing came of what was given in `field`."""
    if isinstance(answer, Refused):
        return InvalidError.of(FieldFault(field, answer.why, answer.kind, answer.params))
    return InvalidError(field, "can't be decoded", kind="unreadable")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs, and the programs it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
