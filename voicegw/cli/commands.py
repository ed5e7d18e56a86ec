"""The commands. Each imports what it needs when it runs, so that `voicegw --help` is quick.

Exit codes: 0 done, 1 a problem of the user's (one line each, with the mend), 2 wrong usage.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from voicegw import __version__, collector
from voicegw.cli.events import events
from voicegw.cli.failures import problems_of, write_crash_log
from voicegw.cli.flows import flows
from voicegw.cli.keys import keys
from voicegw.cli.options import ConfigOption, JsonOption, data_dirs, settings_of, tell
from voicegw.cli.recordings import recordings
from voicegw.cli.speech import models, transcribe
from voicegw.cli.users import users
from voicegw.directory.import_columns import ImportKind
from voicegw.errors import VoicegwError

app = typer.Typer(
    name="voicegw",
    help="A voice gateway between account managers and their customers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(keys, name="keys")
app.add_typer(users, name="users")
calls = typer.Typer(help="Calls that have been.", no_args_is_help=True)
app.add_typer(calls, name="calls")
app.add_typer(recordings, name="recordings")
app.add_typer(models, name="models")
app.add_typer(flows, name="flows")
app.add_typer(events, name="events")
app.command()(transcribe)


class _Importable(StrEnum):
    """What `import` takes: rows of the directory, tasks, or a flow."""

    GROUPS = "groups"
    HOTLINES = "hotlines"
    MANAGERS = "managers"
    CUSTOMERS = "customers"
    TASKS = "tasks"
    FLOWS = "flows"


def main() -> None:
    """Run the command line and exit. What it writes is its own user's alone: it holds numbers."""
    os.umask(0o077)
    collector.expect_little()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing a user does ends in a traceback."""
    try:
        app(args=list(arguments), prog_name="voicegw")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except (VoicegwError, OSError) as error:
        for problem in problems_of(error):
            _complain(str(problem))
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence tells where to look
        path = write_crash_log(error, data_dirs[-1] if data_dirs else None)
        where = f"details are in {path}" if path else "and no crash log could be written"
        _complain(f"unexpected {type(error).__name__}; {where}; please report it")
        return 1
    return 0


@app.callback(invoke_without_command=True)
def _voicegw(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def serve(config: ConfigOption = None) -> None:
    """Run a node until SIGTERM, which lets live calls finish; a second one ends at once.

    SIGHUP reads the configuration anew: trunks change without dropping a call.
    """
    settings = settings_of(config)
    import asyncio

    import uvloop

    from voicegw import running
    from voicegw.logs import log_as_node

    level = logging.getLevelNamesMapping()[settings.logging.level.upper()]
    log_as_node(level, settings.logging.format, settings.node.name)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        raise typer.Exit(runner.run(running.run(settings, load=lambda: settings_of(config))))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave after the two calls.")] = False,
    as_json: JsonOption = False,
    host: Annotated[
        str, typer.Option("--host", help="Address of the lab; phones elsewhere need a public one.")
    ] = "127.0.0.1",
) -> None:
    """Show a whole lab: a node, a carrier, two telephones, a call each way and the recordings."""
    from voicegw.demo.command import run_demo

    raise typer.Exit(run_demo(once=once, as_json=as_json, host=host))


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check configuration, store, storage, prompts, ports and trunks without starting."""
    from voicegw.cli.check import run_check

    raise typer.Exit(run_check(lambda: settings_of(config), as_json=as_json))


@app.command()
def migrate(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Bring the store to this version's schema; safe to repeat."""
    settings = settings_of(config)
    from voicegw.cli.administration import migrate_store

    tell(migrate_store(settings), as_json, "store has schema {revision}")


@calls.command("trace")
def trace_call(
    call_id: Annotated[str, typer.Argument(metavar="ID", help="The call's id.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the SIP messages of a call that has ended, from the store."""
    settings = settings_of(config)
    from voicegw.cli.tracing import trace_of

    typer.echo(trace_of(settings, call_id, as_json=as_json), nl=False)


@app.command("import")
def import_file(
    kind: Annotated[_Importable, typer.Argument(help="What the rows are.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX; a flow is YAML.")],
    *,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="TITLE=COLUMN", help="What a title means; kept."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the rows only.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read rows into the directory: bad ones are named with their reason, good ones kept."""
    settings = settings_of(config)
    if kind is _Importable.FLOWS:
        from voicegw.cli.flow_files import import_flow

        raise typer.Exit(import_flow(settings, file, dry_run=dry_run, as_json=as_json))
    from voicegw.cli.importing import run_import

    raise typer.Exit(
        run_import(settings, ImportKind(kind), file, mapped or [], dry_run=dry_run, as_json=as_json)
    )


@app.command()
def retention(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, delete nothing.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete, or make anonymous, what is past its time by [retention]; the node does it daily."""
    settings = settings_of(config)
    from voicegw.cli.retaining import run_retention

    done = run_retention(settings, dry_run=dry_run)
    sentence = ", ".join(f"{what}: {count:,}" for what, count in done.items())
    tell(
        dict[str, object](done) if as_json else {"told": sentence or "nothing is to be deleted"},
        as_json,
        "{told}",
    )


def _complain(line: str) -> None:
    typer.echo(f"voicegw: {line}", err=True)
