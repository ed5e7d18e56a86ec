"""`voicegw retention`: what is past its time."""

from __future__ import annotations

import asyncio

import typer

from config import Settings
from voicegw.clock import SystemClock
from voicegw.model.report_month import frozen_until
from voicegw.retention.run import Retention
from voicegw.setup.retention import retention_rules
from voicegw.store.database import Database
from voicegw.store.purge import Purged, PurgeRepository
from voicegw.store.report_months import MonthRepository


def run_retention(settings: Settings, *, dry_run: bool) -> dict[str, int]:
    """Delete records past their time, or count them; return how many, by rule.

    Rules that are switched off are not among them. Raises StoreError.
    """
    return asyncio.run(_run(settings, dry_run=dry_run))


async def _run(settings: Settings, *, dry_run: bool) -> dict[str, int]:
    database = await Database.open(settings.store.url, node=settings.node.name, gives_way=True)
    try:
        months = await MonthRepository(database).months()
        retention = Retention(
            PurgeRepository(database),
            SystemClock(),
            retention_rules(settings),
            frozen_until=frozen_until([one.month for one in months]),
            report=_tell,
        )
        done = await (retention.due() if dry_run else retention.run())
    finally:
        await database.close()
    return {str(what): count for what, count in done.items()}


def _tell(what: Purged, count: int) -> None:
    typer.echo(f"{what}: {count:,}", err=True)
