"""The section of tasks that plans make."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section

_LATEST_DAY = 31


class TasksSettings(Section):
    """When the months of cadence plans are planned."""

    plan_day: int = Field(
        default=25,
        ge=0,
        le=_LATEST_DAY,
        description="Day of the month from which active plans plan the next month, once; the last "
        "day in a shorter month. 0: months are planned only when somebody asks for it.",
    )
