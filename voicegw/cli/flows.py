"""`voicegw flows`: files of flows checked and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicegw.cli.options import ConfigOption, JsonOption, settings_of
from voicegw.errors import InvalidError

flows = typer.Typer(help="Flows that callers go through.", no_args_is_help=True)


@flows.command("check")
def check_flows(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="YAML.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name everything that is wrong with flows, with file, line and mend."""
    settings = settings_of(config)
    from voicegw.cli.flow_files import check_files

    raise typer.Exit(check_files(settings, files, as_json=as_json))


@flows.command("draw")
def draw_flow(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML.")],
    *,
    svg: Annotated[bool, typer.Option("--svg", help="A picture (the default).")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="A Mermaid flowchart.")] = False,
    config: ConfigOption = None,
) -> None:
    """Draw a flow, right or wrong, to standard output; what is wrong is red."""
    if svg and mermaid:
        raise InvalidError("--mermaid", "give one of --svg and --mermaid")
    settings = settings_of(config)
    from voicegw.cli.flow_files import draw_file

    typer.echo(draw_file(settings, file, as_mermaid=mermaid), nl=False)
