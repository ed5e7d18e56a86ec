"""`voicegw recordings expire`: what is past its time."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import typer

from config import Settings
from recordings.integrity.expiry import ExpiryReport
from voicegw.clock import SystemClock
from voicegw.setup.integrity import expiry
from voicegw.store.database import Database


def run_expire(settings: Settings, *, dry_run: bool) -> dict[str, object]:
    """Delete recordings past their time, or count them; return what was found.

    The running node removes the files. Raises StartError when the signing key can't be used, and
    StoreUnavailableError.
    """
    return asyncio.run(_expire(settings, dry_run=dry_run))


async def _expire(settings: Settings, *, dry_run: bool) -> dict[str, object]:
    database = await Database.open(settings.store.url, node=settings.node.name)
    try:
        one = expiry(settings, database, SystemClock())
        report = await one.run(dry_run=dry_run, progress=_tell)
    finally:
        await database.close()
    return asdict(report)


def _tell(report: ExpiryReport) -> None:
    typer.echo(f"{report.looked_at:,} looked at, {report.due:,} past their time", err=True)
