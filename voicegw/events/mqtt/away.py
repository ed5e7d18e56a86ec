"""The alert that the broker is away: not at once, because a broker that restarts is soon back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

ALERT_AWAY: Final = "mqtt-away"
PATIENCE_S: Final = 10.0


class AwayAlert:
    """Raises and clears the alert as a connection's state is told; runs in the event loop."""

    def __init__(
        self, set_alert: Callable[[bool, str], None], *, patience_s: float = PATIENCE_S
    ) -> None:
        """`set_alert` is told (whether it is raised, why)."""
        self._set_alert = set_alert
        self._patience_s = patience_s
        self._why: str | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._is_raised = False

    def state(self, why: str | None) -> None:
        """Hear that the connection stands (None), or why it does not."""
        self._why = why
        if why is None:
            self.forget()
            if self._is_raised:
                self._is_raised = False
                self._set_alert(False, "")
        elif not self._is_raised and self._waiting is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.call_later(self._patience_s, self._raise)

    def forget(self) -> None:
        """Wait for nothing any more."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _raise(self) -> None:
        self._waiting = None
        self._is_raised = True
        self._set_alert(True, self._why or "")
