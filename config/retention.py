"""The section of how long records are kept; sound has times of its own."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section

_SHORTEST_DAYS = 31
_LONGEST_DAYS = 36_500


def _days(what: str, *, default: int = 0) -> int:
    field: int = Field(
        default=default,
        ge=0,
        le=_LONGEST_DAYS,
        description=f"Days after which {what}; 0: never, else at least {_SHORTEST_DAYS}.",
    )
    return field


class RetentionSettings(Section):
    """How long records are kept, and when they lose what tells of a person."""

    calls_days: int = _days("calls are deleted once their recordings are gone")
    tasks_days: int = _days(
        "closed tasks are deleted, with their history and triggers, and stopped diallings"
    )
    sms_days: int = _days("short messages and replies are deleted")
    anonymise_days: int = _days(
        "calls, closed tasks, triggers and short messages lose telephone numbers, names and "
        "notes, while figures stay"
    )
    report_files_days: int = _days("report files are deleted", default=400)

    @property
    def too_short(self) -> list[str]:
        """The keys that are neither 0 nor long enough for a month to be frozen."""
        return [
            name for name in type(self).model_fields if 0 < getattr(self, name) < _SHORTEST_DAYS
        ]
