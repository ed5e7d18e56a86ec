"""Sends what is due to one webhook, some at a time, and says when to try again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from voicegw import tracing
from voicegw.clock import Clock
from voicegw.errors import RecordingError
from voicegw.events.cloudevents import CONTENT_TYPE
from voicegw.events.outward import encoded
from voicegw.events.webhooks.client import Answer
from voicegw.events.webhooks.pace import Pace
from voicegw.events.webhooks.results import Result
from voicegw.events.webhooks.schedule import next_attempt, retry_after_s
from voicegw.events.webhooks.signing import Signature
from voicegw.events.webhooks.terms import WebhookTerms
from voicegw.model.directory import Role
from voicegw.model.event import Event, EventType
from voicegw.model.webhook import DeliveryError, DeliveryState, Webhook
from voicegw.store.webhook_deliveries import (
    Attempt,
    DueDelivery,
    WebhookDeliveryRepository,
    WebhookNews,
)

_log = logging.getLogger(__name__)

_PAGE: Final = 100
_MOST_UNWRITTEN: Final = 500
"""Results that the store has not taken yet, from which on nothing more is sent."""
_LONGEST_WAIT_S: Final = 3600.0


class Receiver(Protocol):
    """What posts; :class:`~voicegw.events.webhooks.client.Poster`."""

    async def post(self, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Post once and return what came of it."""
        ...


@dataclass(slots=True)
class SenderParts:
    """What all senders share. `open_secret` raises RecordingError for one that can't be opened."""

    deliveries: WebhookDeliveryRepository
    clock: Clock
    terms: WebhookTerms
    node: str
    user_agent: str
    put: Callable[[Result], None]
    open_secret: Callable[[str, str], str]
    counts: Counter[str]
    """Attempts, by what came of them: `delivered`, or the error."""


class HookSender:
    """The sender of one webhook; a task runs :meth:`run` for as long as it is on."""

    def __init__(self, webhook: Webhook, receiver: Receiver, parts: SenderParts) -> None:
        """Send to `receiver`; nothing is sent before the first :meth:`look`."""
        self.webhook = webhook
        self._receiver = receiver
        self._parts = parts
        self._pace = Pace(parts.terms.at_once)
        self._look = asyncio.Event()
        self._due_at: datetime | None = None
        self._queue: deque[DueDelivery] = deque()
        self._busy: set[int] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._signed_by: list[str] = []
        self._signature = Signature([])
        self._is_gone = False

    def changed(self, webhook: Webhook) -> None:
        """Take what is new of the webhook; its URL stays."""
        if webhook.version != self.webhook.version:
            self._is_gone = False
            self._look.set()
        self.webhook = webhook

    def look(self) -> None:
        """There is something new to send, or there may be."""
        self._look.set()

    @property
    def due_at(self) -> datetime | None:
        """When the next attempt is due that this sender knows of."""
        return self._due_at

    async def run(self) -> None:
        """Send what is due until cancelled; postings that are under way are broken off then."""
        try:
            while True:
                await self._wait()
                await self._send_what_is_due()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _wait(self) -> None:
        """Wait for news, or for the next attempt's time."""
        timeout_s = _LONGEST_WAIT_S
        if self._due_at is not None:
            wait_s = (self._due_at - self._parts.clock.now()).total_seconds()
            timeout_s = min(max(wait_s, 0.0), _LONGEST_WAIT_S)
        await _set_or_late(self._look, timeout_s)
        self._look.clear()

    async def _send_what_is_due(self) -> None:
        while True:
            pause_s = self._pace.pause_s(self._parts.clock.monotonic())
            room = self._pace.at_once - len(self._running)
            if self._is_gone:
                self._queue.clear()
                self._due_at = None
            elif pause_s > 0:
                self._queue.clear()
                if not self._running:
                    now = self._parts.clock.now()
                    self._due_at = now + timedelta(seconds=pause_s)
                    return
            elif room > 0:
                if not self._queue:
                    await self._fill()
                for _ in range(min(room, len(self._queue))):
                    self._begin(self._queue.popleft())
            if not self._running:
                return
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _fill(self) -> None:
        """Take the next deliveries that are due. Raises StoreUnavailableError."""
        self._due_at = None
        if len(self._busy) >= _MOST_UNWRITTEN:
            return
        now = self._parts.clock.now()
        found, later = await self._parts.deliveries.due(
            self.webhook.id, now, _PAGE + len(self._busy)
        )
        self._queue.extend(one for one in found if one.number not in self._busy)
        self._due_at = later

    def _begin(self, due: DueDelivery) -> None:
        self._busy.add(due.number)
        task = asyncio.create_task(self._attempt(due))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _attempt(self, due: DueDelivery) -> None:
        began_s = self._parts.clock.monotonic()
        at = self._parts.clock.now()
        answer = await self._answer(due, at)
        duration_s = self._parts.clock.monotonic() - began_s
        wish_s = retry_after_s(answer.retry_after, self._parts.clock.now())
        if answer.error is None:
            self._pace.succeeded()
        elif answer.error not in _NOT_THE_RECEIVERS:
            self._pace.failed(self._parts.clock.monotonic(), wish_s)
        self._parts.counts[answer.error or "delivered"] += 1
        attempt = self._judged(due, at, answer, wish_s, round(duration_s * 1000))
        self._is_gone = self._is_gone or answer.error is DeliveryError.GONE
        self._parts.put(Result(attempt, self._news(attempt), lambda: self._written(attempt)))

    def _written(self, attempt: Attempt) -> None:
        """The store has the result: the delivery may be taken again when its time has come."""
        self._busy.discard(attempt.number)
        again = attempt.next_attempt_at
        is_next = again is not None and (self._due_at is None or again < self._due_at)
        if is_next:
            self._due_at = again
        if is_next or len(self._busy) == _MOST_UNWRITTEN - 1:
            self._look.set()

    async def _answer(self, due: DueDelivery, at: datetime) -> Answer:
        if due.event is None:
            return Answer(DeliveryError.EVENT_GONE)
        attributes: tracing.Attributes = {
            "voicegw.event.id": due.event.id,
            "voicegw.event.type": due.event.type.value,
            "voicegw.webhook.id": self.webhook.id,
            "voicegw.webhook.attempt": due.attempts + 1,
        }
        given = due.event.traceparent
        with tracing.entry(
            "webhook", given, side=tracing.Side.CLIENT, attributes=attributes
        ) as span:
            answer = await self._posted(due.event, at)
            span.note({"http.response.status_code": answer.status_code})
            if answer.error is not None:
                span.failed(str(answer.error))
            return answer

    async def _posted(self, event: Event, at: datetime) -> Answer:
        """Post `event`; what keeps that from being done at all is an answer, too."""
        try:
            return await self._post(event, at)
        except RecordingError as error:
            _log.error("webhook can't sign", extra={"webhook": self.webhook.id, "why": error.slug})
            return Answer(DeliveryError.SECRET_UNREADABLE)
        except Exception:  # noqa: BLE001 - logged whole, and shown as the delivery's error
            _log.exception("webhook's delivery failed", extra={"webhook": self.webhook.id})
            return Answer(DeliveryError.INTERNAL_ERROR)

    async def _post(self, event: Event, at: datetime) -> Answer:
        body = encoded(event, Role.INTEGRATOR, self._parts.node)
        headers = {
            "content-type": CONTENT_TYPE,
            "user-agent": self._parts.user_agent,
            **self._signature_at(at).headers(event.id, at, body.decode()),
        }
        traceparent = tracing.traceparent()
        if traceparent is not None:
            headers["traceparent"] = traceparent
        return await self._receiver.post(list(headers.items()), body)

    def _signature_at(self, at: datetime) -> Signature:
        """Return what signs with the secrets that are in force. Raises RecordingError."""
        sealed = [one.sealed for one in self.webhook.secrets_at(at)]
        if sealed != self._signed_by:
            secrets = [self._parts.open_secret(one, self.webhook.id) for one in sealed]
            self._signature, self._signed_by = Signature(secrets), sealed
        return self._signature

    def _judged(
        self, due: DueDelivery, at: datetime, answer: Answer, wish_s: float | None, took_ms: int
    ) -> Attempt:
        """Return what becomes of the delivery."""
        now = self._parts.clock.now()
        attempts = due.attempts + 1
        state = DeliveryState.DELIVERED
        again: datetime | None = None
        if answer.error is not None:
            is_ping = due.event is not None and due.event.type is EventType.WEBHOOK_PING
            if not is_ping and answer.error not in _FINAL:
                chance = random.random()
                again = next_attempt(attempts, now, chance, self._parts.terms.retries_s, wish_s)
            state = DeliveryState.FAILED if again is None else DeliveryState.PENDING
        return Attempt(
            number=due.number,
            begun_at=due.begun_at,
            state=state,
            attempts=attempts,
            attempted_at=at,
            next_attempt_at=again,
            status_code=answer.status_code,
            error=answer.error,
            duration_ms=took_ms,
            finished_at=None if again is not None else now,
        )

    def _news(self, attempt: Attempt) -> WebhookNews | None:
        """Return what the attempt tells of the webhook, None when that is nothing new."""
        webhook_id, version, at = self.webhook.id, self.webhook.version, attempt.finished_at
        if attempt.state is DeliveryState.DELIVERED:
            return WebhookNews(webhook_id, version, delivered_at=at)
        if attempt.error is DeliveryError.GONE:
            return WebhookNews(webhook_id, version, gone_at=at)
        if attempt.state is DeliveryState.FAILED:
            return WebhookNews(webhook_id, version, gave_up_at=at)
        return None


#: After these nothing is tried again.
_FINAL: Final = frozenset({DeliveryError.GONE, DeliveryError.EVENT_GONE})
#: These say nothing of how the receiver is.
_NOT_THE_RECEIVERS: Final = frozenset(
    {DeliveryError.EVENT_GONE, DeliveryError.SECRET_UNREADABLE, DeliveryError.INTERNAL_ERROR}
)


async def _set_or_late(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
