"""Working a list: what comes next for a manager, and one call after the other; composition root."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from api.metrics import Figure
from config.settings import Settings
from voicegw.calls.service import CallService
from voicegw.clock import Clock
from voicegw.dialer.chooser import ChooserTerms, TaskChooser, TypeBook
from voicegw.dialer.driver import Driver
from voicegw.dialer.ports import DialerParts
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.quiet import GroupTree
from voicegw.setup.background import Background
from voicegw.setup.calendar import calendars_of, quiet_times
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.diallings import Diallings
from voicegw.store.next_tasks import NextTasks
from voicegw.store.nodes import NodeRepository
from voicegw.store.tasks import TaskRepository

_LOOK_S: Final = 1.0
_TIDY_S: Final = 600.0
_KEEP_CLAIMS: Final = timedelta(minutes=10)


def task_chooser(
    settings: Settings, database: Database, directory: GroupTree, types: TypeBook
) -> TaskChooser:
    """Return what says which of a manager's tasks comes next."""
    calendars = calendars_of(settings)
    return TaskChooser(
        NextTasks(database),
        types,
        quiet_times(settings, directory, calendars),
        calendars,
        ChooserTerms(tuple(settings.policy.customer_rates), settings.node.timezone),
    )


class DiallingPart:
    """The lists that this node works on."""

    def __init__(self, driver: Driver, book: Diallings, clock: Clock) -> None:
        """Nothing is done before :meth:`start`."""
        self._driver = driver
        self._book = book
        self._clock = clock

    def start(self, background: Background) -> None:
        """Begin to work on lists."""
        background.every(_LOOK_S, "diallings", self._driver.look)
        background.every(_TIDY_S, "dial-claims", self._tidy)

    async def stop(self) -> None:
        """Leave the lists to other nodes; calls that run go on."""
        await self._driver.stop()

    async def _tidy(self) -> None:
        await self._book.forget_claims(self._clock.now() - _KEEP_CLAIMS)

    def figures(self) -> Iterable[Figure]:
        """Return what `/metrics` shows of it."""
        yield Figure("diallings", self._driver.held)
        for result, count in sorted(self._driver.results.items()):
            yield Figure("dialling_calls", count, {"result": result})


def dialling_part(
    settings: Settings,
    database: Database,
    calls: CallService,
    directory: CachedDirectory,
    chooser: TaskChooser,
) -> DiallingPart:
    """Return what works on lists with the calls of this node."""
    node, clock = calls.parts.settings.node, calls.parts.clock
    book = Diallings(database, node)
    driver = Driver(
        DialerParts(
            node=node,
            control=calls,
            book=book,
            calls=CallRepository(database),
            tasks=TaskRepository(database),
            nodes=NodeRepository(database),
            people=directory,
            chooser=chooser,
            calendars=calendars_of(settings),
            clock=clock,
            is_idle=calls.parts.manager_slots.idle,
            is_draining=lambda: calls.draining,
            timezone=settings.node.timezone,
        )
    )
    return DiallingPart(driver, book, clock)
