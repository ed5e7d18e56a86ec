"""Has reports written as files without holding up the node: calls are decided in its loop.

A short CSV takes less than a millisecond and is written at once, a long one in a thread; a workbook
is long computing and has a process of its own, two at a time.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from voicegw.errors import VoicegwError
from voicegw.job_process import run_job
from voicegw.model.report import ReportTable
from voicegw.model.report_file import FileFormat, Language
from voicegw.reports.csv_file import csv_file

_AT_ONCE_ROWS: Final = 50
_PROCESSES: Final = 2


class RenderOrder(msgspec.Struct, frozen=True):
    """What to write, and in which language."""

    table: ReportTable
    language: Language


class RenderError(VoicegwError):
    """The file could not be written; `said` is what the process complained of."""

    slug = "report-not-rendered"

    def __init__(self, said: str) -> None:
        """Say what was said last."""
        super().__init__(said)
        self.said = said


class Renderer:
    """Writes reports as files."""

    def __init__(self) -> None:
        """Nothing runs before the first workbook."""
        self._turns = asyncio.Semaphore(_PROCESSES)

    async def file(
        self, table: ReportTable, form: FileFormat, language: Language, *, for_excel: bool = False
    ) -> bytes:
        """Return the file; `for_excel`: a CSV with a byte order mark. Raises RenderError."""
        if form is FileFormat.XLSX:
            return await self._workbook(table, language)
        if len(table.rows) <= _AT_ONCE_ROWS:
            return csv_file(table, language, for_excel=for_excel)
        return await asyncio.to_thread(csv_file, table, language, for_excel=for_excel)

    async def _workbook(self, table: ReportTable, language: Language) -> bytes:
        async with self._turns:
            order = await asyncio.to_thread(_written, RenderOrder(table, language))
            end = await run_job("voicegw.reports.render_job", order)
        if end.code != 0:
            raise RenderError(end.said)
        return end.printed


def _written(order: RenderOrder) -> bytes:
    """Return the order as JSON, row by row: one long call would keep the loop's thread waiting."""
    table = msgspec.structs.asdict(order.table)
    table["rows"] = [msgspec.Raw(msgspec.json.encode(row)) for row in order.table.rows]
    return msgspec.json.encode({"table": table, "language": order.language})
