"""The program of the operator's that speaks texts: any that writes a sound file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voicegw.errors import InvalidError

FILE: Final = "{file}"
VOICE: Final = "{voice}"


@dataclass(frozen=True, slots=True)
class SpeechProgram:
    """How it is called, `speech.command`; it reads the text, UTF-8, from standard input."""

    command: Sequence[str]
    """Program and arguments; `{file}` is where to write, `{voice}` the voice of the language."""
    voices: Mapping[str, str]
    """The voice of each language that it speaks, by the program's own name for it."""

    def command_for(self, language: str, target: Path) -> tuple[str, ...]:
        """Return the command that speaks a language into the file `target`.

        Raises InvalidError `language` for one without a voice.
        """
        voice = self.voices.get(language)
        if voice is None:
            known = ", ".join(sorted(self.voices))
            raise InvalidError(
                "language",
                f"speech.voices has none for it, only for {known}",
                kind="not-one-of",
                allowed=known,
            )
        program, *arguments = self.command
        filled = (one.replace(FILE, str(target)).replace(VOICE, voice) for one in arguments)
        return (program, *filled)
