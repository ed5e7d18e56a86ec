"""Sends what waits: leases messages, hands them to the provider, notes what came of each."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from voicegw.events.delivery.lease import LEASE_S as TAKEOVER_S
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.delivery.outlet import LOOK_S, OutletContext
from voicegw.events.delivery.protocol import DeliveryAlert, DeliveryFigure
from voicegw.events.webhooks.pace import Pace
from voicegw.model.sms import SmsMessage, SmsState
from voicegw.sms.provider import Accepted, Outcome, Outgoing, Provider, Refused
from voicegw.sms.retrying import next_attempt
from voicegw.store.outlets import OutletRepository
from voicegw.store.sms import SmsRepository

_log = logging.getLogger(__name__)

ALERT_FAILING: Final = "sms-failing"
"""Raised when messages fail one after another; cleared when the provider has taken one."""
_MANY: Final = 3
LEASE_S: Final = 60.0
"""For how long a message is held by whoever sends it: longer than any provider may take."""
_TOO_LATE: Final = "too-late"


class SmsOutlet:
    """The sender of an installation: the process that holds its lease sends, the others wait.

    So the rate is that of the whole installation.
    """

    name = "sms"

    def __init__(
        self,
        context: OutletContext,
        provider: Callable[[], Provider],
        *,
        signature: str = "",
        per_s: float,
        at_once: int,
        takeover_s: float = TAKEOVER_S,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """At most `per_s` messages a second, `at_once` of them under way.

        `signature` is what every text begins with. Others take over `takeover_s` after it is gone.
        """
        self._context = context
        self._new_provider = provider
        self._provider: Provider | None = None
        self._messages = SmsRepository(context.database)
        self._lease = OutletLease(
            OutletRepository(context.database),
            self.name,
            context.holder,
            context.clock,
            lease_s=takeover_s,
        )
        self._signature = signature
        self._spacing_s = 1 / per_s
        self._at_once = at_once
        self._chance = chance
        self._pace = Pace(at_once)
        self._failures = 0
        self._why = ""
        self._sent: dict[tuple[str, str], int] = {}
        self._waiting = 0
        self._oldest_s = 0.0

    async def run(self) -> None:
        """Send until cancelled."""
        was_held = False
        try:
            while True:
                if not await self._lease.held():
                    await self._drop_provider()
                    was_held = False
                    await self._context.wake.wait(LOOK_S)
                    continue
                if not was_held:
                    await self._messages.reclaim(self._context.holder, self._context.clock.now())
                    was_held = True
                if self._provider is None:
                    # One that is connected to is told of replies though nothing is to be sent.
                    self._provider = self._new_provider()
                if await self._send_some(self._provider):
                    continue
                await self._context.wake.wait(LOOK_S)
        finally:
            await self._drop_provider()
            await self._lease.release()

    async def _drop_provider(self) -> None:
        if self._provider is not None:
            await self._provider.close()
            self._provider = None

    async def _send_some(self, provider: Provider) -> bool:
        """Send what is due, a few at once; return whether there was anything."""
        clock = self._context.clock
        if self._pace.pause_s(clock.monotonic()):
            return False
        now = clock.now()
        self._waiting, oldest = await self._messages.waiting()
        self._oldest_s = 0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0)
        due = await self._messages.lease(self._context.holder, now, LEASE_S, self._pace.at_once)
        if not due:
            return False
        await self._send_all(provider, due)
        return True

    async def _send_all(self, provider: Provider, due: Sequence[SmsMessage]) -> None:
        """Send all. Raises StoreUnavailableError, as the first of them does; then none goes on."""
        tasks = []
        try:
            for message in due:
                tasks.append(asyncio.create_task(self._send(provider, message)))
                await asyncio.sleep(self._spacing_s)
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, provider: Provider, message: SmsMessage) -> None:
        clock, holder = self._context.clock, self._context.holder
        now = clock.now()
        if message.expires_at <= now:
            await self._messages.give_up(message, holder, now, _TOO_LATE, SmsState.EXPIRED)
            self._count(message, SmsState.EXPIRED)
            return
        text = self._signature + message.text
        outcome = await provider.send(Outgoing(message.id, message.to, text))
        self._note(outcome)
        now = clock.now()
        if isinstance(outcome, Accepted):
            await self._messages.mark_sent(message, holder, now, outcome.provider_id)
            self._count(message, SmsState.SENT)
            return
        _log.info("message not sent", extra={"sms": message.id, "why": outcome.reason})
        if outcome.is_permanent:
            await self._messages.give_up(message, holder, now, outcome.reason)
            self._count(message, SmsState.FAILED)
            return
        again = next_attempt(message, now, self._chance(), outcome.retry_after_s)
        if again is None:
            await self._messages.give_up(message, holder, now, outcome.reason, SmsState.EXPIRED)
            self._count(message, SmsState.EXPIRED)
        else:
            await self._messages.put_back(message, holder, again, outcome.reason)

    def _note(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            self._failures += 1
            self._why = outcome.reason
            if not outcome.is_permanent:
                self._pace.failed(self._context.clock.monotonic(), outcome.retry_after_s)
        else:
            self._failures = 0
            self._pace.succeeded()

    def _count(self, message: SmsMessage, state: SmsState) -> None:
        key = (str(message.purpose), str(state))
        self._sent[key] = self._sent.get(key, 0) + 1

    def figures(self) -> Iterable[DeliveryFigure]:
        """Return what was sent, and what waits where this process sends."""
        for (purpose, state), count in sorted(self._sent.items()):
            yield DeliveryFigure("sms_ended", count, {"purpose": purpose, "state": state})
        if self._lease.is_held:
            yield DeliveryFigure("sms_waiting", self._waiting)
            yield DeliveryFigure("sms_oldest_seconds", self._oldest_s)

    def alerts(self) -> Iterable[DeliveryAlert]:
        """Return that messages fail, and why."""
        if self._failures >= _MANY:
            yield DeliveryAlert(ALERT_FAILING, "", self._why)
