"""`voicegw recordings verify` and `keys`: whether recordings are what they were."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import typer

from config import Settings
from recordings.integrity.keys import public_key
from recordings.integrity.sealer import ensure_key, rotate_key
from recordings.integrity.signature import key_id_of, to_text
from recordings.integrity.verification import Finding
from recordings.integrity.verifier import Progress, Report, Verifier, VerifyOptions
from voicegw.cli.options import time_of
from voicegw.clock import SystemClock
from voicegw.errors import InvalidError
from voicegw.setup.integrity import key_folder
from voicegw.setup.storage import recording_files
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository
from voicegw.store.seals import SealRepository

_SHOWN: Final = 20
_TOLD_EVERY_S: Final = 10.0
_NOT_SPACE: Final = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for, as it was written there."""

    from_: str | None = None
    until: str | None = None
    fast: bool = False
    heads: Path | None = None
    public_keys: tuple[str, ...] = ()


def run_verify(settings: Settings, asked: Asked, *, as_json: bool) -> int:
    """Verify, print what was found and return the exit code: 1 when anything is wrong.

    Raises InvalidError for what can't be read of `asked`, StoreUnavailableError.
    """
    anywhere = {}
    for text in asked.public_keys:
        raw = public_key(text)
        if raw is None:
            raise InvalidError("--public-key", "expected 32 bytes in base64")
        anywhere[key_id_of(raw)] = raw
    folder = key_folder(settings)
    own, kept = folder.public_keys(), folder.kept_head()
    heads = _kept_heads(asked.heads) if asked.heads is not None else []
    if kept is not None:
        heads.append(kept)
    options = VerifyOptions(
        from_=time_of("--from", asked.from_),
        until=time_of("--until", asked.until),
        fast=asked.fast,
        # Whoever names keys wants these believed and no others, not even this machine's.
        trusted={settings.node.name: own} if own and not anywhere else {},
        anywhere=anywhere,
        heads=heads,
    )
    report = asyncio.run(_verify(settings, options, _progress()))
    if as_json:
        typer.echo(json.dumps(_view(report), ensure_ascii=False))
    else:
        for line in _lines(report):
            typer.echo(line)
    return 1 if report.findings else 0


def signing_key(settings: Settings, *, rotate: bool) -> dict[str, object]:
    """Return the node's public key; with `rotate` a new one, which the present one has signed.

    Raises StartError when the key's file can't be used, StoreUnavailableError.
    """
    return asyncio.run(_signing_key(settings, rotate=rotate))


async def _signing_key(settings: Settings, *, rotate: bool) -> dict[str, object]:
    database = await Database.open(settings.store.url, node=settings.node.name)
    try:
        seals, folder, clock = SealRepository(database), key_folder(settings), SystemClock()
        if rotate:
            _, signer = await rotate_key(seals, folder, settings.node.name, clock)
        else:
            signer = await ensure_key(seals, folder, settings.node.name, clock)
    finally:
        await database.close()
    return {
        "node": settings.node.name,
        "key_id": signer.key_id,
        "public_key": to_text(signer.public_key),
    }


async def _verify(settings: Settings, options: VerifyOptions, progress: Progress) -> Report:
    files = recording_files(settings)
    database = await Database.open(settings.store.url, node=settings.node.name)
    try:
        verifier = Verifier(
            SealRepository(database), RecordingRepository(database), files, options, progress
        )
        return await verifier.run()
    finally:
        await database.close()


def _progress() -> Progress:
    """Return what tells on standard error how far it is: all the time there, else now and then."""
    is_terminal = sys.stderr.isatty()
    told_at_s = time.monotonic()

    def tell(what: str, count: int) -> None:
        nonlocal told_at_s
        if is_terminal:
            typer.echo(f"\r{count:,} {what}  ", err=True, nl=False)
        elif time.monotonic() - told_at_s >= _TOLD_EVERY_S:
            told_at_s = time.monotonic()
            typer.echo(f"{count:,} {what} …", err=True)

    return tell


def _view(report: Report) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(report)
    first = report.first
    return {"ok": not report.findings, "first": msgspec.to_builtins(first), **view}


def _lines(report: Report) -> Iterator[str]:
    yield (
        f"{sum(report.seals.values()):,} seals, {report.heads:,} signed heads, "
        f"{report.recordings:,} recordings ({report.deleted:,} deleted), {report.files:,} files"
    )
    if report.unsigned:
        yield f"{report.unsigned:,} seals at the ends of chains: no signed head confirms them"
    if report.waiting:
        yield f"{report.waiting:,} recordings wait for their seal"
    if report.plain_unread:
        yield f"{report.plain_unread:,} files: their key is not here; the stored bytes are right"
    first = report.first
    if first is None:
        yield "nothing was altered, removed or inserted"
        return
    yield f"first fault: {_line(first)}"
    for finding in report.findings[:_SHOWN]:
        yield f"  {_line(finding)}"
    if len(report.findings) > _SHOWN:
        yield f"  … and {len(report.findings) - _SHOWN:,} more: --json tells all"


def _line(finding: Finding) -> str:
    place = f"{finding.node} seal {finding.number}" if finding.number is not None else finding.node
    concerned = f" ({finding.recording_id})" if finding.recording_id else ""
    return f"{place}{concerned}: {finding.fault}: {finding.detail}"


def _kept_heads(path: Path) -> list[Mapping[str, Any]]:
    """Return the signed heads in a file: events, pages of the API, as one JSON value or many.

    Whatever else is there is passed over. Raises InvalidError when there is no head, OSError.
    """
    text, end = path.read_text(encoding="utf-8"), 0
    decoder, found = json.JSONDecoder(), list[Mapping[str, Any]]()
    try:
        while start := _NOT_SPACE.search(text, end):
            value, end = decoder.raw_decode(text, start.start())
            found += _heads_within(value)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidError("--heads", "expected JSON values, one after the other") from error
    if not found:
        raise InvalidError("--heads", "there is no event recordings.sealed in it")
    return found


def _heads_within(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict) and "head" in value and "signature" in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _heads_within(inner)
