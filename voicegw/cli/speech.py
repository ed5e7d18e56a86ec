"""`voicegw models` and `voicegw transcribe`: the commands about speech to text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from voicegw.cli.options import ConfigOption, JsonOption, settings_of, tell

models = typer.Typer(help="Models of speech to text.", no_args_is_help=True)


class _Form(StrEnum):
    JSON = "json"
    VTT = "vtt"
    TEXT = "text"


@models.command("list")
def list_models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the models that can be pulled and those that are here."""
    settings = settings_of(config)
    from voicegw.cli.model_catalogue import describe
    from voicegw.cli.model_catalogue import list_models as listing_of

    listing = listing_of(settings)
    tell(listing, as_json, "\n".join(describe(listing)).replace("{", "{{").replace("}", "}}"))


@models.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As models list has it.")],
    *,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="A mirror, or another model's zip.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="HEX", help="What the archive must have.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="Of a model that is not in the list.")
    ] = "vosk",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download a model; one that broke off goes on where it stopped. A running node begins."""
    settings = settings_of(config)
    from voicegw.cli.model_catalogue import pull_model as pulled

    result = pulled(settings, name, url=url, sha256=sha256, engine=engine)
    first = "" if result["pinned"] else " (not known before; kept, to compare with later ones)"
    tell(result, as_json, f"{{path}}\nSHA-256 {{sha256}}{first}")


def transcribe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="WAV, FLAC, Ogg, MP3 …")],
    as_json: JsonOption = False,
    as_vtt: Annotated[bool, typer.Option("--vtt", help="Print WebVTT.")] = False,
    as_text: Annotated[bool, typer.Option("--text", help="Print text, as by default.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print what is said in a sound file: customer left, manager right."""
    if as_json + as_vtt + as_text > 1:
        raise typer.BadParameter("choose one of --json, --vtt and --text")
    settings = settings_of(config)
    from voicegw.cli.transcribing import transcribe_file

    form = _Form.JSON if as_json else _Form.VTT if as_vtt else _Form.TEXT
    typer.echo(transcribe_file(settings, file, form), nl=False)
