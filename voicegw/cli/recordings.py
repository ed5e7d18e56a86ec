"""`voicegw recordings …`: commands about recordings that are made already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicegw.cli.options import ConfigOption, JsonOption, settings_of, tell
from voicegw.model.export import ExportContent
from voicegw.model.finding import FindingKind, Severity

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


@recordings.command("new-key")
def new_key(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The file of keys; default: recording.key_file."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key that encrypts recordings from now on; older ones stay in the file and decrypt."""
    settings = settings_of(config)
    from voicegw.cli import storing

    sentence = "key {id} is in {file}: keep a copy elsewhere, nothing can be heard without it"
    tell(storing.new_key(settings, file), as_json, sentence)


@recordings.command("rekey")
def rekey(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Encrypt every recording that is plain, or encrypted with an older key, with the newest.

    Safe to stop, to repeat, and to run beside the node.
    """
    settings = settings_of(config)
    from voicegw.cli.storing import run_rekey

    result, code = run_rekey(settings)
    sentence = (
        "{rekeyed} files encrypted with key {key}; {current} were already, {waiting} wait for "
        "their upload, {failed} failed"
    )
    tell(result, as_json, sentence)
    raise typer.Exit(code)


@recordings.command("expire")
def expire(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be deleted.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete recordings that are past their time, as the node does by itself."""
    settings = settings_of(config)
    from voicegw.cli.expiring import run_expire

    sentence = "{due} are past their time, {deleted} deleted; {held} held, {under_review} in review"
    tell(run_expire(settings, dry_run=dry_run), as_json, sentence)


_Target = Annotated[
    Path, typer.Argument(metavar="FILE", help="The archive to write; must not be there yet.")
]
_From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Begun at or after; RFC 3339.")
]
_Until = Annotated[str | None, typer.Option(metavar="TIME", help="Begun before; RFC 3339.")]
_Why = Annotated[str, typer.Option(help="The reason, for the audit log.")]
_Id = typer.Option(metavar="ID")
_SENTENCE = "{file}: {recordings} recordings, {incomplete} of them incomplete; SHA-256 {sha256}"


@recordings.command("export")
def export(
    file: _Target,
    *,
    why: _Why,
    from_: _From = None,
    until: _Until = None,
    group: Annotated[str | None, _Id] = None,
    manager: Annotated[str | None, _Id] = None,
    customer: Annotated[str | None, _Id] = None,
    call: Annotated[str | None, _Id] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", metavar="ID", help="Only these recordings.")
    ] = None,
    number: Annotated[str | None, typer.Option(help="The customer's, any spelling.")] = None,
    said: Annotated[str | None, typer.Option("--q", help="What was said.")] = None,
    finding: Annotated[FindingKind | None, typer.Option(help="With such a finding.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="At least this severe.")] = None,
    min_score: Annotated[float | None, typer.Option(min=0, max=100)] = None,
    max_score: Annotated[float | None, typer.Option(min=0, max=100)] = None,
    has_transcript: Annotated[bool | None, typer.Option("--transcript/--no-transcript")] = None,
    contents: Annotated[
        list[ExportContent] | None, typer.Option("--content", help="What of each recording.")
    ] = None,
    redacted: Annotated[bool, typer.Option("--redacted", help="Redacted copies only.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write many recordings into a zip, with a manifest of hashes and a table."""
    settings = settings_of(config)
    from voicegw.cli.exporting import AskedRecordings, run_export

    asked = AskedRecordings(
        from_, until, group, manager, customer, call, number, said, finding, severity, min_score,
        max_score, has_transcript, tuple(ids or ()),
    )  # fmt: skip
    wanted = contents or [
        ExportContent.MASTER,
        ExportContent.TRANSCRIPT,
        ExportContent.FINDINGS,
    ]
    made = run_export(settings, asked, file, contents=wanted, redacted=redacted, why=why)
    tell(made, as_json, _SENTENCE)


@recordings.command("dossier")
def dossier(
    file: _Target,
    *,
    why: _Why,
    customer: Annotated[str | None, _Id] = None,
    task: Annotated[str | None, _Id] = None,
    calls: Annotated[
        list[str] | None, typer.Option("--call", metavar="ID", help="These calls.")
    ] = None,
    from_: _From = None,
    until: _Until = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all about one matter into an archive; verify.py inside checks it without voicegw."""
    settings = settings_of(config)
    from voicegw.cli.exporting import AskedMatter, run_dossier

    asked = AskedMatter(customer, task, tuple(calls or ()), from_, until)
    tell(run_dossier(settings, asked, file, why=why), as_json, _SENTENCE)


@recordings.command("recover")
def recover(
    *,
    retry: Annotated[
        bool, typer.Option("--retry", help="Have those that failed tried again.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the captures that are no recordings yet, and say what becomes of each."""
    settings = settings_of(config)
    from dataclasses import asdict

    from voicegw.cli.recovering import run_recover

    report = run_recover(settings, retry=retry)
    tell(asdict(report) if as_json else {"told": report}, as_json, "{told}")
