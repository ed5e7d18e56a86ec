"""Reports: figures of calls and tasks.

Written from `aio/reports.py` by `make client`.
"""

from __future__ import annotations

from typing import Unpack

from voicegw.client.blocking.transport import Transport
from voicegw.client.models import Report
from voicegw.client.models.enums import ReportKind
from voicegw.client.models.filters import ReportFilters
from voicegw.client.request import query, request, segment


class Reports:
    """Figures by day, week, month, manager, group, hotline or type."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    def get(self, report: ReportKind | str, **filters: Unpack[ReportFilters]) -> Report:
        """Return `activity`, `tasks`, `feedback`, `managers` or `hotlines`.

        By default of this month until today. Only managers of the key's scope are counted.
        """
        path = f"/v1/reports/{segment(str(report))}"
        return self._transport.get(request("GET", path, params=query(filters)), Report)

    def csv(self, report: ReportKind | str, **filters: Unpack[ReportFilters]) -> bytes:
        """Return the same as a table: CSV in UTF-8 with a byte order mark, for spreadsheets."""
        path = f"/v1/reports/{segment(str(report))}"
        headers = {"Accept": "text/csv"}
        asked = request("GET", path, params=query(filters), headers=headers)
        return (self._transport.send(asked)).content
