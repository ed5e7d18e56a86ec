"""Working a list: what comes next for a manager, and one call after the other; composition root."""

from __future__ import annotations

from config.settings import Settings
from voicegw.dialer.chooser import ChooserTerms, TaskChooser
from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import GroupTree
from voicegw.setup.calendar import calendars_of, quiet_times
from voicegw.store.database import Database
from voicegw.store.next_tasks import NextTasks
from voicegw.tasks.types import TaskTypes


def task_chooser(
    settings: Settings, database: Database, directory: GroupTree, types: TaskTypes
) -> TaskChooser:
    """Return what says which of a manager's tasks comes next."""
    calendars: Calendars = calendars_of(settings)
    return TaskChooser(
        NextTasks(database),
        types,
        quiet_times(settings, directory, calendars),
        calendars,
        ChooserTerms(tuple(settings.policy.customer_rates), settings.node.timezone),
    )
