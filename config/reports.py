"""The section of reports: where their files go, when months are closed."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section


class ReportsSettings(Section):
    """Reports: where files of schedules are brought, how many schedules there may be."""

    storage: str = Field(
        default="",
        pattern=r"^((file|s3)://\S+)?$",
        description="Where schedules with a folder bring their files: file:///FOLDER, or "
        "s3://BUCKET/PREFIX with the keys of [storage]. Empty: nowhere.",
    )
    freeze_day: int = Field(
        default=10,
        ge=1,
        le=28,
        description="Day of the next month on which a month's figures become final; what comes "
        "later is told as corrections.",
    )
    schedules_per_owner: int = Field(
        default=50, ge=0, le=10_000, description="Schedules that one key or user may have."
    )
