"""The lease that lets one process of all nodes serve an outlet."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from voicegw.clock import Clock
from voicegw.errors import StoreError
from voicegw.store.outlets import Claim, OutletRepository

_log = logging.getLogger(__name__)

LEASE_S: Final = 15.0
"""For how long a process that was killed keeps the others waiting."""
_RENEWED_WITHIN: Final = 1 / 3
"""Of the lease's length, so that one renewal may fail."""
_RELEASE_S: Final = 1.0


class OutletLease:
    """One process's claim on an outlet. Ask `held` before each piece of work."""

    def __init__(
        self,
        outlets: OutletRepository,
        name: str,
        holder: str,
        clock: Clock,
        *,
        lease_s: float = LEASE_S,
    ) -> None:
        """Nothing is claimed before `held` is asked."""
        self._lease_s = lease_s
        self._outlets = outlets
        self._clock = clock
        self._next_s = float("-inf")
        self._is_held = False
        self.claim = Claim(name, holder)

    async def held(self) -> bool:
        """Return whether the outlet is ours, taking or renewing the lease when it is time to.

        Cheap between two renewals. Raises StoreUnavailableError.
        """
        now_s = self._clock.monotonic()
        if now_s < self._next_s:
            return self._is_held
        before, self._is_held = self._is_held, False
        self._is_held = await self._outlets.lease(
            self.claim.outlet, self.claim.holder, self._clock.now(), self._lease_s
        )
        self._next_s = now_s + self._lease_s * _RENEWED_WITHIN
        if self._is_held != before:
            extra = {"outlet": self.claim.outlet, "held": self._is_held}
            _log.info("lease of an outlet changed", extra=extra)
        return self._is_held

    @property
    def is_held(self) -> bool:
        """Whether it was ours when it was asked last."""
        return self._is_held

    def lost(self) -> None:
        """Note that a transaction found it to be another's."""
        self._is_held = False

    async def release(self) -> None:
        """Give it back, if there is time to; else it runs out by itself. It may be taken again."""
        if not self._is_held:
            return
        self._is_held, self._next_s = False, float("-inf")
        try:
            async with asyncio.timeout(_RELEASE_S):
                await self._outlets.release(self.claim.outlet, self.claim.holder)
        except (StoreError, TimeoutError):
            _log.info("lease left to run out", extra={"outlet": self.claim.outlet})
