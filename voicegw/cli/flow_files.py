"""What `voicegw flows` and `voicegw import flows` do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from config import Settings
from ivr.flow.checker import Checked, check
from ivr.flow.mermaid import mermaid
from ivr.flow.svg import svg
from voicegw.cli.noting import BY, entry_of
from voicegw.clock import SystemClock
from voicegw.errors import InvalidError, Problem
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.setup.flows import prompt_names
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database
from voicegw.store.flows import FlowRepository
from voicegw.store.prompts import PromptRepository


def check_files(settings: Settings, files: Sequence[Path], *, as_json: bool) -> int:
    """Print everything that is wrong with flows; return 1 when there is something, else 0."""
    problems = [one for file in files for one in _checked(settings, file).problems(str(file))]
    _tell(problems, as_json=as_json, right=f"{len(files)} flow(s), all is well")
    return 1 if problems else 0


def draw_file(settings: Settings, file: Path, *, as_mermaid: bool) -> str:
    """Return the drawing of a flow, right or wrong."""
    checked = _checked(settings, file)
    return (mermaid if as_mermaid else svg)(checked.draft, checked.findings)


def import_flow(settings: Settings, file: Path, *, dry_run: bool, as_json: bool) -> int:
    """Put the flow of `file` into force, under its own name; return 1 when it is wrong, else 0.

    Raises StoreError when the store can't be used.
    """
    uploaded = asyncio.run(_uploaded(settings))
    checked = _checked(settings, file, uploaded)
    problems = checked.problems(str(file))
    if problems:
        _tell(problems, as_json=as_json, right="")
        return 1
    name = checked.draft.name
    version = None if dry_run else asyncio.run(_put(settings, name, _text(file)))
    if as_json:
        told = {"kind": "flows", "dry_run": dry_run, "name": name, "version": version}
        typer.echo(json.dumps({**told, "problems": []}))
    else:
        typer.echo(f"{name} is right" if version is None else f"{name} is in version {version}")
    return 0


async def _put(settings: Settings, name: str, text: str) -> int:
    database = await Database.open(settings.store.url)
    try:
        await AuditLog(database).note(entry_of(AuditAction.FLOW_PUT, SubjectKind.FLOW, name, {}))
        added = await FlowRepository(database).put(
            name, text, by=BY, at=SystemClock().now(), expected_version=None
        )
    finally:
        await database.close()
    return added.version


async def _uploaded(settings: Settings) -> Iterable[tuple[str, str]]:
    """Return language and name of each prompt that was uploaded."""
    database = await Database.open(settings.store.url)
    try:
        return await PromptRepository(database).heads()
    finally:
        await database.close()


def _checked(settings: Settings, file: Path, uploaded: Iterable[tuple[str, str]] = ()) -> Checked:
    names = prompt_names(settings).and_those(uploaded)
    return check(_text(file), names, default_language=settings.media.language)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(str(file), "must be UTF-8") from error


def _tell(problems: list[Problem], *, as_json: bool, right: str) -> None:
    if as_json:
        found = {"ok": not problems, "problems": [asdict(one) for one in problems]}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in problems:
        typer.echo(str(one))
    typer.echo(f"{len(problems)} problem(s)" if problems else right)
