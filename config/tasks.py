"""The section of tasks: their plans, and appointments with customers."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section

_LATEST_DAY = 31


class TasksSettings(Section):
    """When the months of cadence plans are planned, and managers reminded of appointments."""

    plan_day: int = Field(
        default=25,
        ge=0,
        le=_LATEST_DAY,
        description="Day of the month from which active plans plan the next month, once; the last "
        "day in a shorter month. 0: months are planned only when somebody asks for it.",
    )
    remind_before_min: int = Field(
        default=10,
        ge=0,
        le=1440,
        description="Minutes before an appointment with a customer (a time at which to call again, "
        "or by which an answer was promised) that its manager is reminded of it, once: by an "
        "event, and by SMS where a provider is configured.",
    )
