"""What commands share: their options, the configuration, how a result is told."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicegw.errors import InvalidError

if TYPE_CHECKING:
    from config import Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="F", envvar="VOICEGW_CONFIG", help="Configuration file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

#: The node's folder, once the configuration is read: where a crash log goes.
data_dirs: list[Path] = []


def settings_of(path: Path | None) -> Settings:
    """Return the configuration. Raises ConfigError."""
    from config import load

    settings = load(path, os.environ)
    data_dirs.append(settings.node.data_dir)
    return settings


def tell(result: dict[str, object], as_json: bool, sentence: str) -> None:
    """Print a result as JSON, or as the sentence in which its values stand."""
    if as_json:
        import json

        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        typer.echo(sentence.format_map(result))


def time_of(option: str, text: str | None) -> datetime | None:
    """Return the time that was given by `option`; None for none. Raises InvalidError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(option, "expected a time such as 2026-11-22T00:00:00Z") from error
    if found.tzinfo is None:
        raise InvalidError(option, "needs a time zone: end it with Z or +08:00")
    return found
