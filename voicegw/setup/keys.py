"""Rates and use of API keys; part of the composition root."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from api.auth import Authenticator
from api.rate_limit import RateLimits
from api.rates import Rate
from config.api import ApiSettings
from voicegw.errors import StoreError
from voicegw.setup.background import Background

_log = logging.getLogger(__name__)

#: How many of the console's files an address may ask for, for each request to the API without a
#: key: the first view takes some twenty, and they cost little (they are kept in memory).
_FILES: Final = 10
#: How late the store may know of a key's use: no request waits for it to be written.
_USED_S: Final = 60.0


def rate_limits(settings: ApiSettings) -> RateLimits:
    """Return how often the API, and the console's files, may be asked for; 0 is no limit."""
    key = Rate(settings.requests_per_s, settings.burst) if settings.requests_per_s else None
    per_s, burst = settings.unauthenticated_per_s, settings.unauthenticated_burst
    if not per_s:
        return RateLimits(key)
    return RateLimits(key, Rate(per_s, burst), Rate(per_s * _FILES, burst * _FILES))


class UsedKeys(Protocol):
    """Where it is written (:class:`voicegw.store.keys.KeyRepository`)."""

    async def note_used(self, used: Mapping[str, datetime]) -> None:
        """Note when keys were used last, by their ids. Raises StoreError."""
        ...


class KeyUse:
    """Takes what the authenticator has noted to the store, once a minute and at the end."""

    def __init__(self, authenticator: Authenticator, keys: UsedKeys) -> None:
        """Nothing is written before :meth:`start`."""
        self._authenticator = authenticator
        self._keys = keys

    def start(self, background: Background) -> None:
        """Begin to write."""
        background.every(_USED_S, "keys-used", self.write)

    async def write(self) -> None:
        """Write now. Raises StoreError; what was to be written is then known by the next use."""
        await self._keys.note_used(self._authenticator.used_since_asked())

    async def stop(self) -> None:
        """Write the last minute; a store that is away loses it."""
        try:
            await self.write()
        except StoreError as error:
            _log.info("use of keys not noted", extra={"why": error.slug})
