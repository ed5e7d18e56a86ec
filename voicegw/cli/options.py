"""What commands share: their options, the configuration, how a result is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
