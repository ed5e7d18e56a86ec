"""Reminds managers of appointments with customers; part of the composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from api.metrics import Figure
from config.settings import Settings
from voicegw.clock import Clock
from voicegw.setup.background import Background
from voicegw.sms.templates import Wording
from voicegw.store.database import Database
from voicegw.store.reminders import Reminders
from voicegw.tasks.reminder_messages import ReminderMessages
from voicegw.tasks.types import TaskTypes

_LOOK_S: Final = 5.0


class ReminderWatch:
    """Looks for appointments that are near, as every node does: each is told of once."""

    def __init__(self, reminders: Reminders, clock: Clock, on_told: Callable[[], None]) -> None:
        """Nothing is looked for before :meth:`start`; `on_told` is called when one was told."""
        self._reminders = reminders
        self._clock = clock
        self._on_told = on_told
        self._told = 0

    def start(self, background: Background) -> None:
        """Begin to look."""
        background.every(_LOOK_S, "reminders", self.look)

    async def look(self) -> None:
        """Remind of what is near. Raises StoreUnavailableError."""
        told = await self._reminders.tell(self._clock.now())
        self._told += told
        if told:
            self._on_told()

    def figures(self) -> Iterable[Figure]:
        """Return how many tasks this node has reminded of."""
        yield Figure("tasks_reminded", self._told)


def reminder_watch(
    settings: Settings,
    database: Database,
    clock: Clock,
    types: TaskTypes,
    wake_sender: Callable[[], None],
    *,
    wording: Wording,
) -> ReminderWatch:
    """Return what looks; managers get short messages where a provider is configured."""
    compose = None
    if settings.sms.provider != "none":
        messages = ReminderMessages(
            settings.sms.language, lambda task: types.of(task).names, wording
        )
        compose = messages.of
    before = timedelta(minutes=settings.tasks.remind_before_min)
    return ReminderWatch(Reminders(database, before, compose), clock, wake_sender)
