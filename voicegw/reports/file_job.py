"""Making a scheduled report as a process of its own: `python -m voicegw.reports.file_job`.

The order comes as one JSON object on standard input, because it holds passwords and command lines
can be read by everyone. Exit code 0: all that could be done now is done, and written down.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

import msgspec

from voicegw.clock import SystemClock
from voicegw.errors import InvalidError, VoicegwError
from voicegw.model.report import ReportTable
from voicegw.model.report_file import FileState
from voicegw.model.task_type import ResultRule
from voicegw.reports.file_making import FileMaker
from voicegw.reports.folder import FolderTerms
from voicegw.reports.mail import MailTerms
from voicegw.reports.service import ReportRequest, ReportService
from voicegw.store.database import Database
from voicegw.store.report_files import ReportFileRepository
from voicegw.store.report_names import ReportNames
from voicegw.store.report_rollups import RollupRepository

NICENESS: Final = 10


class FileOrder(msgspec.Struct, frozen=True):
    """Which file to make, of what its owner may see, and how it is brought to its places.

    `timezone` is that of what has no group, `results` are those of each type of tasks.
    """

    store_url: str
    node: str
    timezone: str
    file_id: str
    request: ReportRequest
    mail: MailTerms = MailTerms()
    folder: FolderTerms = FolderTerms()
    results: dict[str, tuple[ResultRule, ...]] = {}


async def carry_out(order: FileOrder) -> None:
    """Do what can be done now. Raises VoicegwError."""
    database = await Database.open(order.store_url, node=order.node, gives_way=True)
    try:
        # The thread that writes is begun before this process gives way: whoever holds the store's
        # one write lock while waiting for a processor has calls wait, too.
        await database.do_write(lambda _connection: None)
        os.nice(NICENESS)
        clock, files = SystemClock(), ReportFileRepository(database)
        file = await files.get(order.file_id)
        if file is None:
            return
        reports = ReportService(
            RollupRepository(database),
            ReportNames(database),
            clock,
            order.timezone,
            results=lambda: order.results,
        )

        async def table() -> ReportTable:
            return await reports.table(order.request)

        maker = FileMaker(files, clock, mail=order.mail, folder=order.folder)
        try:
            await maker.advance(file, table)
        except InvalidError as error:
            # It was right when the schedule was made: nothing that comes later mends it.
            failed = msgspec.structs.replace(
                file, state=FileState.FAILED, failure=f"invalid-{error.field}"
            )
            await files.keep(failed)
    finally:
        await database.close()


def main() -> int:
    """Read the order from standard input and carry it out; return the exit code."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=FileOrder)
    try:
        asyncio.run(carry_out(order))
    except VoicegwError as error:
        print(f"report not made: {error.slug}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
