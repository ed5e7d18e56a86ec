"""The section of speech made from text, for prompts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config import values
from config.sections import Section, checked


class SpeechSettings(Section):
    """A program that speaks texts, so that a prompt can be made without a recording."""

    command: list[str] = Field(
        default=[],
        description="The program with its arguments. It reads the text (UTF-8) from standard input "
        "and writes sound into {file}, with the voice {voice}, such as "
        '["espeak-ng", "--stdin", "-v", "{voice}", "-w", "{file}"]. Empty: none.',
    )
    voices: list[Annotated[str, checked(values.parse_voice)]] = Field(
        default=["zh=cmn", "en=en-gb"],
        description="Languages that it speaks, each with the program's own name for its voice.",
    )

    @property
    def voice_by_language(self) -> dict[str, str]:
        """`voices`, taken apart."""
        return dict(values.parse_voice(one) for one in self.voices)
