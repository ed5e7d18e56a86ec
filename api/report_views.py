"""Schedules of reports and their files as their owner sees them."""

from __future__ import annotations

from typing import Any

import msgspec

from api.dependencies import Caller
from api.services import ApiServices
from voicegw.errors import NotFoundError
from voicegw.model.directory import Role
from voicegw.model.report_file import ReportFile, ReportSchedule

View = dict[str, Any]


def schedule_view(schedule: ReportSchedule) -> View:
    """Return a schedule."""
    view: View = msgspec.to_builtins(schedule)
    if not schedule.enabled:
        view["next_at"] = None
    return view


def file_view(file: ReportFile) -> View:
    """Return what is known of a file."""
    view: View = msgspec.to_builtins(file)
    view["from"] = view.pop("from_")
    return view


def owner_seen(caller: Caller) -> str | None:
    """Return whose schedules and files `caller` sees: its own; None: everybody's."""
    sees_all = caller.role is Role.ADMIN and caller.scope.group_ids is None
    return None if sees_all else caller.principal.id


async def seen_schedule(services: ApiServices, caller: Caller, schedule_id: str) -> ReportSchedule:
    """Return a schedule that `caller` sees. Raises NotFoundError."""
    schedule = await services.repositories.report_schedules.get(schedule_id)
    if schedule is None or owner_seen(caller) not in {None, schedule.owner}:
        raise NotFoundError("report schedule", schedule_id)
    return schedule


def still_sees(caller: Caller, file: ReportFile) -> bool:
    """Whether `caller`, whose file it is, may still see what it was made of.

    Who works elsewhere by now, or sees one group instead of all, does not.
    """
    if file.group_id is not None:
        return caller.scope.has_group(file.group_id)
    return caller.scope.group_ids is None or caller.scope.own_only


async def seen_file(services: ApiServices, caller: Caller, file_id: str) -> ReportFile:
    """Return what is known of a file that `caller` sees. Raises NotFoundError."""
    file = await services.repositories.report_files.get(file_id)
    if file is None or owner_seen(caller) not in {None, file.owner}:
        raise NotFoundError("report file", file_id)
    return file
