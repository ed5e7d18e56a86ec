"""Makes the file of a scheduled report and brings it to its places, once each.

Every step is written down before the next begins: a process that is killed is followed by one that
goes on where it was. A mail whose answer from the server was lost is sent again, under the same
Message-ID.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from voicegw.clock import Clock
from voicegw.model.report import ReportTable
from voicegw.model.report_file import (
    DeliveryKind,
    FileDelivery,
    FileFormat,
    FileState,
    ReportFile,
)
from voicegw.reports.csv_file import csv_file
from voicegw.reports.folder import FolderError, FolderTerms, put_file
from voicegw.reports.mail import MailError, MailTerms, is_allowed, report_mail, send_mail
from voicegw.reports.xlsx_file import xlsx_file
from voicegw.store.report_files import ReportFileRepository

MakeTable = Callable[[], Awaitable[ReportTable]]


class FileMaker:
    """Works on one file."""

    def __init__(
        self, files: ReportFileRepository, clock: Clock, *, mail: MailTerms, folder: FolderTerms
    ) -> None:
        """Send mail and write to folders by these terms."""
        self._files = files
        self._clock = clock
        self._mail = mail
        self._folder = folder

    async def advance(self, file: ReportFile, make_table: MakeTable) -> ReportFile:
        """Make `file` unless it is made, and bring it wherever it was not brought yet.

        Returns it as it is then; a delivery that failed for now is tried by the next call. Raises
        StoreError, and what `make_table` raises.
        """
        content = await self._files.content(file.id)
        if content is None:
            file, content = await self._made(file, await make_table())
        for place, delivery in enumerate(file.deliveries):
            if delivery.done_at is None and not delivery.is_final:
                tried = await self._brought(file, content, delivery)
                deliveries = (*file.deliveries[:place], tried, *file.deliveries[place + 1 :])
                file = msgspec.structs.replace(file, deliveries=deliveries)
                await self._files.keep(file)
        return file

    async def _made(self, file: ReportFile, table: ReportTable) -> tuple[ReportFile, bytes]:
        if file.format is FileFormat.XLSX:
            content = xlsx_file(table, file.language)
        else:
            content = csv_file(table, file.language, for_excel=True)
        made = msgspec.structs.replace(
            file,
            state=FileState.MADE,
            made_at=self._clock.now(),
            rows=len(table.rows),
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        await self._files.keep(made, content)
        return made, content

    async def _brought(
        self, file: ReportFile, content: bytes, delivery: FileDelivery
    ) -> FileDelivery:
        try:
            if delivery.kind is DeliveryKind.MAIL:
                if not is_allowed(delivery.to, self._mail.recipient_domains):
                    # It was when the schedule was made.
                    raise MailError("domain-not-allowed", is_final=True)
                mail = report_mail(file, content, delivery.to, self._mail.sender)
                await send_mail(mail, self._mail)
            else:
                await asyncio.to_thread(
                    put_file, content, delivery.to, file.name_in_folder, self._folder
                )
        except (MailError, FolderError) as error:
            return msgspec.structs.replace(delivery, failure=error.why, is_final=error.is_final)
        return msgspec.structs.replace(
            delivery, done_at=self._clock.now(), failure=None, is_final=True
        )


def outcome(file: ReportFile, *, last: bool) -> ReportFile | None:
    """Return `file` as it ends; None while something is still to be tried.

    `last`: nothing is tried again.
    """
    open_ = [one for one in file.deliveries if not one.is_final]
    if open_ and not last:
        return None
    failed = [one.failure for one in file.deliveries if one.done_at is None]
    if not failed:
        return msgspec.structs.replace(file, state=FileState.COMPLETED, failure=None)
    return msgspec.structs.replace(
        file, state=FileState.FAILED, failure=failed[0] or "not-delivered"
    )
