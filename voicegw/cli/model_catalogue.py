"""`voicegw models`: which models of speech there are, and getting one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from config.settings import Settings
from recordings.transcription.catalogue import ENGINES, MODELS, by_name
from recordings.transcription.download import Source, pull
from recordings.transcription.models import ModelMissing, find_model, is_complete, is_path
from voicegw.errors import InvalidError
from voicegw.setup.transcription import wanted_model


def list_models(settings: Settings) -> dict[str, object]:
    """Return the catalogue, what is on this machine, and what the configuration uses.

    `{"models": [{"name", "engine", "language", "size_bytes", "sha256", "installed", …}],
    "folder", "in_use", "missing"}`; `in_use` is a path, `missing` says why there is none.
    """
    folder = settings.transcription.models_dir
    known = {model.name for model in MODELS}
    models: list[dict[str, object]] = [
        asdict(model) | {"installed": is_complete(folder / model.name, ENGINES[model.engine])}
        for model in MODELS
    ]
    models += [
        {"name": path.name, "engine": engine, "installed": True}
        for path in _folders(folder)
        for engine, kind in ENGINES.items()
        if path.name not in known and is_complete(path, kind)
    ]
    in_use, missing = "", ""
    if settings.transcription.engine != "none":
        found = find_model(wanted_model(settings))
        if isinstance(found, ModelMissing):
            missing = str(found)
        else:
            in_use = found.model
    return {"models": models, "folder": str(folder), "in_use": in_use, "missing": missing}


def describe(listing: dict[str, object]) -> list[str]:
    """Return the lines that a person reads of `list_models`."""
    models = listing["models"]
    if not isinstance(models, list):
        return []
    lines = []
    for model in models:
        there = "installed" if model["installed"] else "-"
        size = f"{model['size_bytes'] / 1e6:.0f} MB" if "size_bytes" in model else ""
        about = model.get("about", "")
        lines.append(f"{model['name']:<28} {model['engine']:<8} {there:<10} {size:>8}  {about}")
    lines.append(str(listing["missing"] or f"in use: {listing['in_use'] or 'none'}"))
    return lines


def pull_model(
    settings: Settings, name: str, *, url: str | None, sha256: str | None, engine: str
) -> dict[str, object]:
    """Download a model and return `{"name", "path", "sha256", "size_bytes", "pinned"}`.

    Raises InvalidError for a name that is none, PullError, OSError.
    """
    model = by_name(name)
    if is_path(name) or (model is None and url is None):
        raise InvalidError("NAME", "no such model: voicegw models list names them, or give --url")
    if engine not in ENGINES:
        raise InvalidError("--engine", f"must be one of {', '.join(ENGINES)}")
    source = Source(
        name=name,
        url=url or (model.url if model is not None else ""),
        kind=ENGINES[model.engine if model is not None else engine],
        sha256=sha256 or (model.sha256 if model is not None else None),
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        task = progress.add_task(name, total=model.size_bytes if model is not None else None)
        pulled = pull(
            source,
            settings.transcription.models_dir,
            on_progress=lambda there, total: progress.update(task, completed=there, total=total),
        )
    return {
        "name": name,
        "path": str(pulled.path),
        "sha256": pulled.sha256,
        "size_bytes": pulled.size_bytes,
        "pinned": pulled.was_pinned,
    }


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
