"""Which model there is on this machine, and what to do when there is none.

A model is a folder. It is named by its path, or by its name in the folder that models are pulled
into. Looking costs a few questions to the file system and loads nothing.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from recordings.transcription.catalogue import ENGINES, EngineKind, default_model
from recordings.transcription.engine import EngineSpec


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration asks for. `model` is a folder, a name in `folder`, or empty."""

    engine: str
    model: str
    language: str
    folder: Path
    vocabulary: tuple[str, ...] = ()
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class ModelMissing:
    """There is no model (or no library) to work with; `mend` says how to get it."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: {self.mend}"


def find_model(wanted: Wanted) -> EngineSpec | ModelMissing:
    """Return the engine as it can be used here, or what is missing."""
    kind = ENGINES[wanted.engine]
    if importlib.util.find_spec(kind.library) is None:
        return ModelMissing(f"the library {kind.library} is not installed", kind.mend)
    try:
        return _find_folder(wanted, kind)
    except (OSError, RuntimeError) as error:  # RuntimeError: no such user's home
        why = getattr(error, "strerror", None) or "no such folder"
        return ModelMissing(
            f"the models can't be looked at ({why})",
            "let the node's user read transcription.models_dir and transcription.model",
        )


def _find_folder(wanted: Wanted, kind: EngineKind) -> EngineSpec | ModelMissing:
    name = wanted.model
    if not name:
        default = default_model(wanted.engine, wanted.language)
        if default is None:
            what = f"no model of {wanted.engine} for the language {wanted.language} is known"
            return ModelMissing(what, "name a model's folder in transcription.model")
        name = default.name
    path = model_path(name, wanted.folder)
    if not is_complete(path, kind):
        if path.is_dir():
            return ModelMissing(f"{path} is no model of {wanted.engine}", "name another folder")
        mend = (
            "name an existing folder in transcription.model"
            if is_path(name)
            else f"voicegw models pull {name}"
        )
        return ModelMissing(f"the model {name} is not on this machine", mend)
    return EngineSpec(
        name=wanted.engine,
        factory=kind.factory,
        model=str(path),
        language=wanted.language,
        vocabulary=wanted.vocabulary,
        prompt=wanted.prompt,
        shares_model=kind.shares_model,
    )


def is_path(name: str) -> bool:
    """Whether `name` names a folder rather than a model of the catalogue."""
    return "/" in name or name.startswith(("~", "."))


def model_path(name: str, folder: Path) -> Path:
    """Return where the model `name` lies, there or not."""
    return Path(name).expanduser().absolute() if is_path(name) else folder / name


def is_complete(path: Path, kind: EngineKind) -> bool:
    """Whether `path` is a folder with what a model of this kind needs."""
    return all(any((path / name).is_file() for name in names) for names in kind.files)
