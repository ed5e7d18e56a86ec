"""`voicegw events`: events that were moved to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicegw.cli.options import ConfigOption, settings_of

events = typer.Typer(help="Events that were moved to files.", no_args_is_help=True)


@events.command("read")
def read_events(
    file: Annotated[Path, typer.Argument(help="A file of events-archive.")],
    config: ConfigOption = None,
) -> None:
    """Write an archive's events to standard output, one CloudEvent a line, numbers whole."""
    settings = settings_of(config)
    from voicegw.cli.event_archives import copy_events

    copy_events(settings, file, typer.get_binary_stream("stdout"))
