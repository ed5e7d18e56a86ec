"""The models that can be pulled by name, and which engine is made of what. Pure.

Checksums: the site of these models publishes none over a second channel, and this project has not
measured them, so none is claimed here. `voicegw models pull` therefore pins by first use: the
SHA-256 of what came is printed, kept beside the model and compared at each later pull; `--sha256`
has it compared with one that the operator knows. `size_bytes` is what the site says, rounded; it
is for progress and room on the disk, and not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SITE: Final = "https://alphacephei.com/vosk/models"


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that can be pulled. `sha256` None: not known to this project."""

    name: str
    engine: str
    language: str
    url: str
    size_bytes: int
    licence: str
    about: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class EngineKind:
    """What an engine is made of.

    `library` is the Python module that must be there, `mend` how to get it. A model's folder has
    one file of each of `files`.
    """

    factory: str
    library: str
    mend: str
    files: tuple[tuple[str, ...], ...]
    shares_model: bool


ENGINES: Final[Mapping[str, EngineKind]] = {
    "vosk": EngineKind(
        factory="recordings.transcription.vosk_engine:load",
        library="vosk",
        mend="pip install vosk",
        # Older models have everything in one folder.
        files=(("am/final.mdl", "final.mdl"), ("conf/mfcc.conf", "mfcc.conf")),
        shares_model=True,
    ),
    "whisper": EngineKind(
        factory="recordings.transcription.whisper_engine:load",
        library="faster_whisper",
        mend="pip install 'voicegw[whisper]'",
        files=(("model.bin",), ("config.json",), ("tokenizer.json",)),
        shares_model=False,
    ),
}

MODELS: Final = (
    CatalogueModel(
        name="vosk-model-small-cn-0.22",
        engine="vosk",
        language="zh",
        url=f"{_SITE}/vosk-model-small-cn-0.22.zip",
        size_bytes=44_000_000,
        licence="Apache-2.0",
        about="Mandarin, small: for a machine with little memory",
    ),
    CatalogueModel(
        name="vosk-model-cn-0.22",
        engine="vosk",
        language="zh",
        url=f"{_SITE}/vosk-model-cn-0.22.zip",
        size_bytes=1_360_000_000,
        licence="Apache-2.0",
        about="Mandarin, large: hears better, needs several GB of memory",
    ),
    CatalogueModel(
        name="vosk-model-small-en-us-0.15",
        engine="vosk",
        language="en",
        url=f"{_SITE}/vosk-model-small-en-us-0.15.zip",
        size_bytes=41_000_000,
        licence="Apache-2.0",
        about="American English, small",
    ),
)


def by_name(name: str) -> CatalogueModel | None:
    """Return the model of this name."""
    return next((model for model in MODELS if model.name == name), None)


def default_model(engine: str, language: str) -> CatalogueModel | None:
    """Return the model that is meant when none is named: the first of engine and language."""
    return next(
        (model for model in MODELS if (model.engine, model.language) == (engine, language)), None
    )
