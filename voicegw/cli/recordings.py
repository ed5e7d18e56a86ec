"""`voicegw recordings …`: commands about recordings that are made already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicegw.cli.options import ConfigOption, JsonOption, settings_of, tell

recordings = typer.Typer(help="Recordings that have been made.", no_args_is_help=True)


@recordings.command("verify")
def verify(
    *,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Created at or after; RFC 3339.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Created before; RFC 3339.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Look at the size of files only, not at their bytes.")
    ] = False,
    heads: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Events recordings.sealed that were kept elsewhere."),
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="A public key (base64) to which all must lead."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every seal, record and file; name the first that was altered, removed or inserted."""
    settings = settings_of(config)
    from voicegw.cli.verifying import Asked, run_verify

    asked = Asked(from_, until, fast, heads, tuple(public_key or ()))
    raise typer.Exit(run_verify(settings, asked, as_json=as_json))


@recordings.command("keys")
def keys(
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new key, signed by the present one.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the public key that signs this node's seals; keep it where nobody else can change it."""
    settings = settings_of(config)
    from voicegw.cli.verifying import signing_key

    tell(signing_key(settings, rotate=rotate), as_json, "{public_key}")
