"""When a broker is tried again, and in which version of MQTT. Pure.

MQTT 5 first. A broker that refuses it says so (CONNACK 0x84, or 0x01 of a broker that knows only
3.1.1, MQTT 3.1.1 §3.2.2.3), or it just hangs up; then the other version is tried, and the one that
worked is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Final

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
#: Failures after which a wait is as long as it gets.
_MANY: Final = 10


class MqttVersion(IntEnum):
    """A version of the protocol, by its number on the wire."""

    V311 = 4
    V5 = 5


class Failure(Enum):
    """Why there is no connection."""

    UNREACHABLE = "unreachable"
    """No connection, no TLS, or a refusal that another version would not change."""
    VERSION = "version"
    """The broker said that it does not speak this version."""
    SILENT = "silent"
    """The connection stood, and then there was no answer."""
    TAKEN_OVER = "taken-over"
    """Another client has connected under our identifier: both would throw each other out."""


class Attempts:
    """Decides on the next attempt. `random` gives numbers in [0, 1)."""

    def __init__(self, random: Callable[[], float]) -> None:
        """Begin with MQTT 5."""
        self._random = random
        self._failures = 0
        self.version = MqttVersion.V5
        self._has_worked = False

    def connected(self) -> None:
        """Note that `version` works."""
        self._has_worked = True
        self._failures = 0

    def failed(self, why: Failure) -> float:
        """Note a failure; return in how many seconds to try again.

        Half of the wait is left to chance, so that many nodes do not come back in one moment. A
        broker that names its version is asked again at once, the first time.
        """
        self._failures += 1
        if why is Failure.VERSION:
            self._switch()
            if self._failures == 1:
                return 0.0
        elif why is Failure.SILENT and not self._has_worked:
            self._switch()
        elif why is Failure.TAKEN_OVER:
            self._failures = _MANY
        longest_s = min(FIRST_WAIT_S * 2.0 ** min(self._failures - 1, _MANY), LONGEST_WAIT_S)
        return longest_s * (0.5 + 0.5 * self._random())

    def _switch(self) -> None:
        self._has_worked = False
        self.version = MqttVersion.V311 if self.version is MqttVersion.V5 else MqttVersion.V5
