"""The section of the configuration about speech to text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.sections import FilePath, Section


def _word(text: str) -> str:
    if not text.strip() or not text.isprintable() or set(text) & set('"\\[]'):
        raise ValueError("expected a word or words, without quotes and brackets")
    return text


class TranscriptionSettings(Section):
    """Speech to text."""

    engine: Literal["vosk", "whisper", "none"] = Field(
        default="vosk",
        description="What turns speech into text; whisper needs the extra voicegw[whisper].",
    )
    model: str = Field(
        default="",
        description="Folder of the model, or its name in models_dir. Empty: the language's "
        "default. Until it is there recordings wait; voicegw models pull NAME gets one.",
    )
    models_dir: FilePath = Field(
        default=Path("{data_dir}/models"), description="Folder that models are pulled into."
    )
    language: str = Field(
        default="zh", pattern=r"^[a-z]{2,3}$", description="Language of the talks, ISO 639."
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Transcriptions at a time, each in a process of its own (model and some 100 MB "
        "a process; one keeps up with some 3 talks at a time).",
    )
    vocabulary: list[Annotated[str, AfterValidator(_word)]] = Field(
        default=[], description="The only words to listen for (vosk). Empty: all the model knows."
    )
    prompt: str = Field(
        default="",
        max_length=500,
        description="A sentence in the words of the trade, which whisper then hears better.",
    )
