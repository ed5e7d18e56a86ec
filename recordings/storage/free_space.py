"""How much room is left for recordings, asked by a thread of its own.

A folder on a network mount that does not answer holds whoever asks for as long as it likes. So a
thread asks every second and the node's loop reads the last figure, which grows old meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

ASK_EVERY_S: Final = 1.0
STALE_AFTER_S: Final = 10.0
"""A figure that is older: the file system does not answer."""


class FreeSpace:
    """The last figure and its age. `start` once; `stop` never waits for a disk."""

    def __init__(self, ask: Callable[[], int], *, every_s: float = ASK_EVERY_S) -> None:
        """`ask` returns free bytes or raises OSError; it is called in the thread only."""
        self._ask = ask
        self._every_s = every_s
        # Written by the thread, read by the loop; each is one assignment.
        self._bytes = 0
        self._told_at_s = time.monotonic()
        self._refused = False
        self._over = threading.Event()
        self._first = threading.Event()
        self._thread = threading.Thread(target=self._run, name="free-space", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def wait_for_first(self, timeout_s: float) -> bool:
        """Wait for the first figure; False when none came in time. Not for the loop."""
        return self._first.wait(timeout_s)

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()

    @property
    def bytes(self) -> int:
        """The last figure; 0 before the first, and while the file system refuses to tell."""
        return self._bytes

    def age_s(self) -> float:
        """Return how long ago the file system last answered."""
        return time.monotonic() - self._told_at_s

    @property
    def is_stale(self) -> bool:
        """Whether the file system has not answered for too long."""
        return self.age_s() >= STALE_AFTER_S

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._bytes = self._ask()
            except OSError as error:
                if not self._refused:
                    logger.warning("free space can't be told", extra={"why": error.strerror})
                self._refused = True
                self._bytes = 0
            else:
                self._refused = False
            self._told_at_s = time.monotonic()
            self._first.set()
            self._over.wait(self._every_s)
