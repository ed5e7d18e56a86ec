"""Has somebody told of results that nobody has told; part of the composition root."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from voicegw.clock import Clock
from voicegw.setup.background import Background
from voicegw.store.dispositions import MOST_AT_ONCE, OverdueDispositions

_LOOK_S: Final = 600.0
#: How far back the first look goes: nodes are not down for longer, or their calls are old news.
_FIRST_LOOK: Final = timedelta(days=7)


class DispositionWatch:
    """Looks at calls once they are old enough; each stretch of time once in a run."""

    def __init__(self, overdue: OverdueDispositions, clock: Clock, hours: int) -> None:
        """`hours` after a call began its result is overdue; 0: never."""
        self._overdue = overdue
        self._clock = clock
        self._after = timedelta(hours=hours)
        self._looked_until = clock.now() - self._after - _FIRST_LOOK

    def start(self, background: Background) -> None:
        """Begin to look, unless results are never overdue."""
        if self._after:
            background.every(_LOOK_S, "dispositions", self.look)

    async def look(self) -> None:
        """Tell of what has become overdue since the last look. Raises StoreUnavailableError."""
        now = self._clock.now()
        until = now - self._after
        while await self._overdue.tell(self._looked_until, until, now) == MOST_AT_ONCE:
            pass
        self._looked_until = until
