"""An import of tasks as a process of its own: `python -m voicegw.tasks.import_job`.

The order comes as that of :mod:`voicegw.directory.import_job`, which does all but the rows.
"""

from __future__ import annotations

import sys

from voicegw.clock import SystemClock
from voicegw.directory.calendar import Calendars
from voicegw.directory.import_job import Importer, ImportOrder, main
from voicegw.store.database import Database
from voicegw.tasks.importer import TaskImporter


def task_importer(database: Database, order: ImportOrder, by: str) -> Importer:
    """Return the importer of tasks."""
    calendars = Calendars(order.holidays, order.worked)
    return TaskImporter(
        database,
        SystemClock(),
        by=by,
        region=order.region,
        calendars=calendars,
        reach=order.reach,
    )


if __name__ == "__main__":
    sys.exit(main(task_importer))
