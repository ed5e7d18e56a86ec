"""The outlet of webhooks: notes what goes to whom, and keeps a sender for each webhook."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from voicegw import __version__
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.delivery.outlet import LOOK_S, OutletContext
from voicegw.events.delivery.protocol import DeliveryAlert, DeliveryFigure
from voicegw.events.webhooks.client import Poster
from voicegw.events.webhooks.fan_out import FanOut, Replays
from voicegw.events.webhooks.matching import Matcher, groups_below
from voicegw.events.webhooks.results import ResultWriter
from voicegw.events.webhooks.schedule import longest
from voicegw.events.webhooks.sender import HookSender, SenderParts
from voicegw.events.webhooks.terms import WebhookTerms
from voicegw.model.webhook import Webhook
from voicegw.store.groups import GroupRepository
from voicegw.store.outlets import OutletRepository
from voicegw.store.webhook_deliveries import WebhookDeliveryRepository
from voicegw.store.webhook_upkeep import CHUNK, WebhookUpkeep, held_back_at
from voicegw.store.webhooks import ServedWebhook, WebhookRepository

NAME: Final = "webhooks"
ALERT_OFF: Final = "webhook-off"
"""Raised while a webhook is off because its receiver answered 410."""
ALERT_FAILING: Final = "webhook-failing"
"""Raised from a delivery's being given up until the next one that succeeds."""

_GATHER_S: Final = 0.05
"""How long events gather: a transaction for each would cost more than all of them together."""
_BREATH_S: Final = 0.02
"""Between two transactions that note deliveries: on SQLite calls' writes get their turn."""
_UPKEEP_S: Final = 60.0
_UPKEEP_ROUNDS: Final = 40
_UPKEEP_PAUSE_S: Final = 0.05
_RESOLVERS: Final = 32


@dataclass(slots=True)
class _Serving:
    """A sender at work."""

    sender: HookSender
    poster: Poster
    task: asyncio.Task[None]


class WebhookOutlet:
    """Serves all webhooks while it holds the outlet's lease."""

    name = NAME

    def __init__(
        self,
        context: OutletContext,
        terms: WebhookTerms,
        open_secret: Callable[[str, str], str],
    ) -> None:
        """`open_secret` opens a secret as the store has it, of the webhook with that id."""
        self._context = context
        self._terms = terms
        self._webhooks = WebhookRepository(context.database)
        self._deliveries = WebhookDeliveryRepository(context.database)
        self._groups = GroupRepository(context.database)
        self._upkeep = WebhookUpkeep(context.database)
        self._outlets = OutletRepository(context.database)
        self._lease = OutletLease(self._outlets, NAME, context.holder, context.clock)
        self._results = ResultWriter(self._deliveries)
        self._fan_out = FanOut(self._deliveries, self._lease, context.clock)
        self._replays = Replays(self._deliveries, self._lease, context.clock)
        self._counts: Counter[str] = Counter()
        self._parts = SenderParts(
            deliveries=self._deliveries,
            clock=context.clock,
            terms=terms,
            node=context.node,
            user_agent=f"voicegw/{__version__}",
            put=self._results.put,
            open_secret=open_secret,
            counts=self._counts,
        )
        self._tls = ssl.create_default_context()
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="webhook-dns")
        self._served: Sequence[ServedWebhook] = ()
        self._matchers: dict[str, Matcher] = {}
        self._senders: dict[str, _Serving] = {}
        self._pending = 0
        self._refresh_due_s = float("-inf")

    async def run(self) -> None:
        """Serve until cancelled. Raises StoreError, after which it may be run again."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._results.run(), name="webhook-results")
                tasks.create_task(self._keep_bounded(), name="webhook-upkeep")
                tasks.create_task(self._serve(), name="webhook-serve")
        except BaseExceptionGroup as group:
            # One of the tasks has failed; the runner tells an absent store from a fault.
            raise group.exceptions[0] from group
        finally:
            await self._stop_serving()
            await self._results.flush()
            await self._lease.release()

    async def _serve(self) -> None:
        while True:
            more = False
            if await self._lease.held():
                await self._refresh()
                more = await self._note()
            elif self._senders or self._served:
                await self._stop_serving()
            if more:
                await asyncio.sleep(_BREATH_S)
            else:
                await self._context.wake.wait(LOOK_S)
                await asyncio.sleep(_GATHER_S)

    async def _note(self) -> bool:
        """Note what is new, and some of what is replayed; return whether there is more."""
        enabled = [one.webhook for one in self._served if one.webhook.enabled]
        news, more = await self._fan_out.step(enabled, self._matchers)
        for webhook in enabled:
            if webhook.replay is not None:
                more = await self._replays.step(webhook, self._matchers[webhook.id]) or more
                news.add(webhook.id)
        for webhook_id in news & self._senders.keys():
            self._senders[webhook_id].sender.look()
        return more

    async def _refresh(self) -> None:
        """Look, once a second, at what webhooks there are, and have a sender for each."""
        now_s = self._context.clock.monotonic()
        if now_s < self._refresh_due_s:
            return
        if not self._served:
            self._fan_out.forget()
        self._served = await self._webhooks.served()
        below = groups_below(await self._groups.all())
        self._matchers = {one.webhook.id: Matcher(one.webhook, below) for one in self._served}
        wanted = {one.webhook.id: one for one in self._served if one.webhook.enabled}
        for webhook_id, serving in list(self._senders.items()):
            one = wanted.get(webhook_id)
            if serving.task.done():
                serving.task.result()
            if one is None or one.webhook.url != serving.poster.url:
                await self._stop_sender(webhook_id)
            else:
                serving.sender.changed(one.webhook)
                await serving.poster.rest()
        now = self._context.clock.now()
        for webhook_id, one in wanted.items():
            if webhook_id not in self._senders:
                self._start_sender(one.webhook)
            if one.due_at is not None and one.due_at <= now:
                self._senders[webhook_id].sender.look()
        self._refresh_due_s = now_s + LOOK_S

    def _start_sender(self, webhook: Webhook) -> None:
        poster = Poster(
            webhook.url,
            at_once=self._terms.at_once,
            timeout_s=self._terms.timeout_s,
            allowed=self._terms.allowed,
            tls=self._tls,
            resolvers=self._resolvers,
        )
        sender = HookSender(webhook, poster, self._parts)
        task = asyncio.create_task(sender.run(), name=f"webhook-{webhook.id}")
        self._senders[webhook.id] = _Serving(sender, poster, task)

    async def _stop_sender(self, webhook_id: str) -> None:
        serving = self._senders.pop(webhook_id)
        serving.task.cancel()
        await asyncio.gather(serving.task, return_exceptions=True)
        await serving.poster.close()

    async def _stop_serving(self) -> None:
        for webhook_id in list(self._senders):
            await self._stop_sender(webhook_id)
        self._served = ()
        self._fan_out.forget()
        self._refresh_due_s = float("-inf")

    async def _keep_bounded(self) -> None:
        """Delete and give up what is too old, a little at a time, and count what waits."""
        while True:
            is_ours = self._lease.is_held
            if is_ours:
                await self._tidy(self._context.clock.now())
                await self._tell_place()
            self._pending = await self._deliveries.pending() if is_ours else 0
            await asyncio.sleep(_UPKEEP_S)

    async def _tidy(self, now: datetime) -> None:
        finished_before = now - timedelta(days=self._terms.keep_days)
        begun_before = now - longest(self._terms.retries_s)
        await _repeated(partial(self._upkeep.prune, finished_before))
        await _repeated(partial(self._upkeep.give_up, begun_before, now))
        await _repeated(self._upkeep.clear_deleted)

    async def _tell_place(self) -> None:
        """Tell whoever archives old events which ones are still needed."""
        place = await held_back_at(self._context.database)
        if place is None:
            _, place = await self._deliveries.bounds()
        claim = self._lease.claim
        await self._outlets.move(claim.outlet, claim.holder, place)

    def figures(self) -> Iterable[DeliveryFigure]:
        """Return what was sent, and what waits."""
        for result, count in sorted(self._counts.items()):
            yield DeliveryFigure("webhook_attempts", count, {"result": result})
        yield DeliveryFigure("webhook_deliveries_pending", self._pending)
        yield DeliveryFigure("webhooks_served", len(self._senders))

    def alerts(self) -> Iterable[DeliveryAlert]:
        """Return which webhooks are off by themselves, and which have failed."""
        for one in self._served:
            webhook = one.webhook
            if webhook.off_reason is not None:
                detail = f"{webhook.id} was switched off: its receiver answered 410"
                yield DeliveryAlert(ALERT_OFF, webhook.id, detail)
            elif webhook.enabled and webhook.failing_since is not None:
                detail = f"{webhook.id}: deliveries were given up, and none has succeeded since"
                yield DeliveryAlert(ALERT_FAILING, webhook.id, detail)


async def _repeated(work: Callable[[], Awaitable[int]]) -> None:
    """Do `work` until there is no more of it, with pauses; the rest when its turn comes again."""
    for _ in range(_UPKEEP_ROUNDS):
        if await work() < CHUNK:
            return
        await asyncio.sleep(_UPKEEP_PAUSE_S)
