"""Writes what became of attempts, many in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicegw.errors import StoreError, StoreUnavailableError
from voicegw.store.webhook_deliveries import Attempt, WebhookDeliveryRepository, WebhookNews

_log = logging.getLogger(__name__)

GATHER_S: Final = 0.1
MOST: Final = 100
"""Results that one transaction writes; it holds up a call's write for some milliseconds."""
_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt; `written` is called once the store has it, or never will."""

    attempt: Attempt
    news: WebhookNews | None
    written: Callable[[], None]


class ResultWriter:
    """Gathers results and writes them in groups, for as long as the store is away, too."""

    def __init__(self, deliveries: WebhookDeliveryRepository) -> None:
        """Begun by :meth:`run`. Whoever puts results keeps their number bounded."""
        self._deliveries = deliveries
        self._waiting: list[Result] = []
        self._more = asyncio.Event()

    def put(self, result: Result) -> None:
        """Have `result` written soon."""
        self._waiting.append(result)
        self._more.set()

    async def run(self) -> None:
        """Write until cancelled; what waits then is written by :meth:`flush`."""
        while True:
            await self._more.wait()
            if len(self._waiting) < MOST:
                await asyncio.sleep(GATHER_S)
            self._more.clear()
            while self._waiting:
                if not await self._write():
                    await asyncio.sleep(_RETRY_S)

    async def flush(self) -> None:
        """Write what waits now, once; what the store does not take is sent again some day."""
        while self._waiting and await self._write():
            pass

    async def _write(self) -> bool:
        """Write a group; return whether it is off our hands."""
        group = self._waiting[:MOST]
        news: dict[str, WebhookNews] = {}
        for result in group:
            if result.news is not None:
                news[result.news.webhook_id] = _merged(
                    news.get(result.news.webhook_id), result.news
                )
        try:
            await self._deliveries.record([one.attempt for one in group], list(news.values()))
        except StoreUnavailableError as error:
            _log.info("results of webhooks put off", extra={"why": error.slug})
            return False
        except StoreError:
            # A defect. Nothing gets better by trying: they are sent again, and bounded by time.
            _log.exception("results of webhooks refused by the store")
        del self._waiting[: len(group)]
        for result in group:
            result.written()
        return True


def _merged(before: WebhookNews | None, after: WebhookNews) -> WebhookNews:
    if before is None:
        return after
    return WebhookNews(
        after.webhook_id,
        after.version,
        delivered_at=after.delivered_at or before.delivered_at,
        gave_up_at=before.gave_up_at or after.gave_up_at,
        gone_at=after.gone_at or before.gone_at,
    )
