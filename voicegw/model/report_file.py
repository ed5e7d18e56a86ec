"""Files of reports, and the schedules by which they are made."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from voicegw.model.report import ReportKind, SplitBy


class FileFormat(StrEnum):
    """What a report is written as."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """The type by which it is served and mailed."""
        if self is FileFormat.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Language(StrEnum):
    """What the names of columns are given in."""

    ZH = "zh"
    EN = "en"


class Period(StrEnum):
    """What a scheduled report is about: the last whole one that has passed, by local time."""

    DAY = "day"
    WEEK = "week"
    """From Monday to Sunday."""
    MONTH = "month"


class ReportFilters(msgspec.Struct, frozen=True):
    """What a scheduled report holds; None doesn't filter. `compare`: with the period before."""

    by: tuple[SplitBy, ...] = ()
    group_id: str | None = None
    manager_id: str | None = None
    hotline_id: str | None = None
    type: str | None = None
    compare: bool = False


class ReportSchedule(msgspec.Struct, frozen=True):
    """A report that is made again and again.

    It is made at `at` (local time of `timezone`, `07:30`): each day, of weeks on the weekday `on`
    (1 is Monday), of months on the day `on` (1 to 28). It is brought to each address of `mail_to`
    and, where given, to `folder` of the storage of reports. `owner` is the principal with whose
    rights it is made, whatever they are at that time.
    """

    id: str
    owner: str
    created_at: datetime
    name: str
    report: ReportKind
    period: Period
    at: str
    timezone: str
    on: int = 1
    filters: ReportFilters = ReportFilters()
    format: FileFormat = FileFormat.XLSX
    language: Language = Language.ZH
    mail_to: tuple[str, ...] = ()
    folder: str | None = None
    enabled: bool = True
    next_at: datetime | None = None
    """When it is made next; None while it is switched off."""
    version: int = 1


class FileState(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    """It is to be made."""
    MADE = "made"
    """It can be fetched; it may still have to be brought somewhere."""
    COMPLETED = "completed"
    """It was brought wherever it was to go."""
    FAILED = "failed"
    """It could not be made, or not be brought to all places; `failure` says why."""


class DeliveryKind(StrEnum):
    """How a file is brought to its place."""

    MAIL = "mail"
    FOLDER = "folder"


class FileDelivery(msgspec.Struct, frozen=True):
    """One place that a file is brought to. `failure` is a slug; None while nothing went wrong."""

    kind: DeliveryKind
    to: str
    done_at: datetime | None = None
    failure: str | None = None
    is_final: bool = False
    """Nobody tries it again."""


class ReportFile(msgspec.Struct, frozen=True):
    """A report that was made, or is to be, by a schedule. `until` is the day after the last."""

    id: str
    schedule_id: str
    owner: str
    created_at: datetime
    name: str
    report: ReportKind
    from_: date
    until: date
    format: FileFormat
    language: Language
    filters: ReportFilters = ReportFilters()
    group_id: str | None = None
    """Of its owner, when it was made."""
    state: FileState = FileState.WAITING
    made_at: datetime | None = None
    rows: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    failure: str | None = None
    deliveries: tuple[FileDelivery, ...] = ()

    @property
    def file_name(self) -> str:
        """What it is saved and mailed as; nobody is named in it."""
        return f"{self.report}_{self.from_}_{self.until}.{self.format}"

    @property
    def name_in_folder(self) -> str:
        """What it is called in a folder, which several schedules may share."""
        return f"{self.report}_{self.from_}_{self.until}_{self.schedule_id}.{self.format}"
