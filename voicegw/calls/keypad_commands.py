"""What a manager says to the gateway by keys while talking: `*` and one digit. Pure.

Everything else is the far end's: menus there must work. A `*` that no known digit follows soon is
passed on, too, and so is the digit after it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

STAR: Final = "*"
STAR_S: Final = 2.0
"""For how long a `*` is kept back, waiting for the digit that makes it a command."""


class Command(StrEnum):
    """What `*` and a digit ask for."""

    HOLD = "1"
    """Hold the customer, or talk on."""
    TRANSFER = "2"
    """Hand the customer on; where a colleague is asked already, do it now."""
    ADD = "3"
    """Have somebody join; where a colleague is asked already, that one."""
    BACK = "0"
    """Go back to the customer, alone."""


_COMMANDS: Final = frozenset(str(command) for command in Command)


class StarKeys:
    """Tells commands from what is to be passed on. Times are seconds of one clock."""

    def __init__(self) -> None:
        """Begin with nothing pressed."""
        self._star_at: float | None = None

    @property
    def due_at(self) -> float | None:
        """When :meth:`overdue` will have something to pass on; None: nothing is kept back."""
        return None if self._star_at is None else self._star_at + STAR_S

    def press(self, digit: str, at: float) -> tuple[str, Command | None]:
        """Take a key; return what is to be passed on because of it, and what it commands."""
        passed = self.overdue(at)
        if digit == STAR:
            # Of two the first was meant for the far end.
            passed += STAR if self._star_at is not None else ""
            self._star_at = at
            return passed, None
        if self._star_at is None:
            return passed + digit, None
        self._star_at = None
        if digit in _COMMANDS:
            return passed, Command(digit)
        return passed + STAR + digit, None

    def overdue(self, at: float) -> str:
        """Return the `*` that has been kept back for too long, else nothing."""
        if self._star_at is None or at < self._star_at + STAR_S:
            return ""
        self._star_at = None
        return STAR
