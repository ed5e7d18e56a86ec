"""Schedules of reports and their files on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.schemas.base import ExternalId, Id, Name, RequestModel, Text, ViewModel
from voicegw.model.report import ReportKind, SplitBy
from voicegw.model.report_file import (
    DeliveryKind,
    FileFormat,
    FileState,
    Language,
    Period,
)

MAX_RECIPIENTS = 20
_REPORT = "What it is about"
_FILTERS = "What it holds"
_FORMAT = "What the file is: a table or a workbook"
_LANGUAGE = "In which the names of its columns are"
_MAIL_TO = "Addresses that it is mailed to"
_ENABLED = "Whether it is made"
_TIME = "RFC 3339, UTC"
_ON = "Weekday (1 is Monday) of a `week`, day (1 to 28) of a `month`"
_AT = "Local time at which it is made"
_PERIOD = "The last whole one that has passed is told: the day, week (from Monday) or month before"
_FOLDER = "Folder of `reports.storage` that it is brought to; null: none"

Address = Annotated[
    Text, Field(min_length=3, max_length=254, pattern=r"^[^@\s<>\",;:\\]+@[A-Za-z0-9.-]+$")
]


class ReportFiltersBody(RequestModel):
    """What the report holds; null does not filter."""

    by: list[Annotated[SplitBy, Field(strict=False)]] = Field(
        default=[], max_length=4, description="What rows are about"
    )
    group_id: Id | None = Field(default=None, description="Of this group and those below it")
    manager_id: Id | None = Field(default=None, description="Of this manager")
    hotline_id: Id | None = Field(default=None, description="Of this hotline")
    type: ExternalId | None = Field(
        default=None, description="Of tasks their type, of calls their direction"
    )
    compare: bool = Field(default=False, description="Beside the period before")


class ReportScheduleBody(RequestModel):
    """A report that is to be made again and again."""

    name: Name = Field(description="What people call it", examples=["County, monthly"])
    report: ReportKind = Field(strict=False, description=_REPORT)
    period: Period = Field(strict=False, description=_PERIOD)
    at: str = Field(description=_AT, examples=["07:30"])
    on: int = Field(default=1, description=_ON)
    timezone: str | None = Field(
        default=None, max_length=64, description="Null: `node.timezone`", examples=["Asia/Shanghai"]
    )
    filters: ReportFiltersBody = Field(default=ReportFiltersBody(), description=_FILTERS)
    format: FileFormat = Field(default=FileFormat.XLSX, strict=False, description=_FORMAT)
    language: Language = Field(default=Language.ZH, strict=False, description=_LANGUAGE)
    mail_to: list[Address] = Field(
        default=[],
        max_length=MAX_RECIPIENTS,
        description=_MAIL_TO,
        examples=[["county@example.com"]],
    )
    folder: str | None = Field(
        default=None, max_length=200, description=_FOLDER, examples=["county/monthly"]
    )
    enabled: bool = Field(default=True, description=_ENABLED)


class ReportFiltersView(ViewModel):
    """What the report holds; null does not filter."""

    by: list[SplitBy] = Field(description="What rows are about")
    group_id: str | None = Field(description="Of this group and those below it")
    manager_id: str | None = Field(description="Of this manager")
    hotline_id: str | None = Field(description="Of this hotline")
    type: str | None = Field(description="Of tasks their type, of calls their direction")
    compare: bool = Field(description="Beside the period before")


class ReportScheduleView(ViewModel):
    """A report that is made again and again."""

    id: str = Field(examples=["sch_0jb6"])
    owner: str = Field(description="The key or user with whose rights it is made")
    created_at: datetime = Field(description=_TIME)
    name: str = Field(description="What people call it")
    report: ReportKind = Field(description=_REPORT)
    period: Period = Field(description=_PERIOD)
    at: str = Field(description=_AT, examples=["07:30"])
    on: int = Field(description=_ON)
    timezone: str = Field(description="In which `at` is a local time")
    filters: ReportFiltersView = Field(description=_FILTERS)
    format: FileFormat = Field(description=_FORMAT)
    language: Language = Field(description=_LANGUAGE)
    mail_to: list[str] = Field(description=_MAIL_TO)
    folder: str | None = Field(description=_FOLDER)
    enabled: bool = Field(description=_ENABLED)
    next_at: datetime | None = Field(description="When it is made next; null: switched off")
    version: int = Field(description="Rises with each change; the number in `ETag`")


class FileDeliveryView(ViewModel):
    """A place that the file is brought to."""

    kind: DeliveryKind = Field(description="How it is brought there")
    to: str = Field(description="The address, or the folder")
    done_at: datetime | None = Field(description="When it was taken there; null: not yet")
    failure: str | None = Field(
        description="What went wrong last: a slug", examples=["recipient-refused"]
    )
    is_final: bool = Field(description="Whether nothing is tried any more")


class ReportFileView(ViewModel):
    """A file that a schedule has made, or is making."""

    id: str = Field(examples=["rpt_0jb6"])
    schedule_id: str = Field(description="The schedule by which it is made")
    owner: str = Field(description="The key or user with whose rights it is made")
    created_at: datetime = Field(description=_TIME)
    name: str = Field(description="The schedule's")
    report: ReportKind = Field(description=_REPORT)
    from_: date = Field(alias="from", description="First local day")
    until: date = Field(description="The local day after the last")
    format: FileFormat = Field(description=_FORMAT)
    language: Language = Field(description=_LANGUAGE)
    filters: ReportFiltersView = Field(description=_FILTERS)
    group_id: str | None = Field(description="The owner's, when it was made; null: none")
    state: FileState = Field(
        description="`made`: it can be fetched; `completed`: it was brought everywhere as well"
    )
    made_at: datetime | None = Field(description="From then on it can be fetched")
    rows: int | None = Field(description="Rows of the report; null: not made")
    size_bytes: int | None = Field(description="Size of the file; null: not made")
    sha256: str | None = Field(description="SHA-256 of the file, hexadecimal")
    failure: str | None = Field(description="Why it failed: a slug", examples=["owner-may-not"])
    deliveries: list[FileDeliveryView] = Field(description="The places that it is brought to")
