"""Has superiors told of what is not done in time; part of the composition root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from api.metrics import Figure
from config.settings import Settings
from voicegw.clock import Clock
from voicegw.model.deadline import Deadline
from voicegw.setup.background import Background
from voicegw.sms.templates import Wording
from voicegw.store.database import Database
from voicegw.store.escalations import Escalations
from voicegw.tasks.escalation_messages import EscalationMessages
from voicegw.tasks.types import TaskTypes

_LOOK_S: Final = 5.0
_COUNT_S: Final = 60.0


class EscalationWatch:
    """Looks for times of tasks that have passed, as every node does: each is told of once."""

    def __init__(
        self, escalations: Escalations, clock: Clock, on_told: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing is looked for before :meth:`start`. `on_told` is called when something was told
        of.
        """
        self._escalations = escalations
        self._clock = clock
        self._on_told = on_told
        self._told: Counter[Deadline] = Counter()
        self._late = 0

    def start(self, background: Background) -> None:
        """Begin to look."""
        background.every(_LOOK_S, "escalations", self.look)
        background.every(_COUNT_S, "late-tasks", self.count)

    async def look(self) -> None:
        """Tell of what has passed since the last look. Raises StoreUnavailableError."""
        told = await self._escalations.tell(self._clock.now())
        self._told.update(told)
        if told:
            self._on_told()

    async def count(self) -> None:
        """Count what is late. Raises StoreUnavailableError."""
        self._late = await self._escalations.late_count()

    def figures(self) -> Iterable[Figure]:
        """Return what this node has told of, and what is late in the whole store."""
        for of in Deadline:
            yield Figure("tasks_escalated", self._told[of], {"of": of})
        yield Figure("tasks_late", self._late)


def escalation_watch(
    settings: Settings,
    database: Database,
    clock: Clock,
    types: TaskTypes,
    wake_sender: Callable[[], None],
    *,
    wording: Wording,
) -> EscalationWatch:
    """Return what looks; superiors get short messages where a provider is configured."""
    compose = None
    if settings.sms.provider != "none":
        messages = EscalationMessages(
            settings.sms.language, lambda task: types.of(task).names, wording
        )
        compose = messages.of
    return EscalationWatch(Escalations(database, compose), clock, wake_sender)
