"""What the API does with webhooks: checks their URLs, makes and rotates their secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.errors import InvalidError, NotFoundError
from voicegw.events.webhooks.addresses import Network
from voicegw.events.webhooks.resolving import resolved
from voicegw.events.webhooks.signing import new_secret
from voicegw.events.webhooks.target import parse_target, usable
from voicegw.model.audit import AuditEntry
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.webhook import Replay, Webhook, WebhookDelivery, WebhookSecret
from voicegw.secret_box import SecretBox
from voicegw.store.events import EventRepository
from voicegw.store.webhook_deliveries import WebhookDeliveryRepository
from voicegw.store.webhooks import WebhookRepository

_RESOLVE_S: Final = 2.0
_RESOLVERS: Final = 2


class WebhookService:
    """Writes webhooks; `webhooks` and `deliveries` are there to be read."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        deliveries: WebhookDeliveryRepository,
        events: EventRepository,
        clock: Clock,
        *,
        box: SecretBox,
        allowed: Sequence[Network] = (),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`allowed` networks may be posted to though not public; `on_change` is called after each
        write, for whoever delivers.
        """
        self.webhooks = webhooks
        self.deliveries = deliveries
        self._events = events
        self._clock = clock
        self._box = box
        self._allowed = allowed
        self._on_change = on_change
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="webhook-url")

    async def check_url(self, url: str) -> None:
        """Raise InvalidError naming `url` unless events may be posted there.

        A name that leads nowhere now is taken: each connection is checked once more.
        """
        target = parse_target(url)
        try:
            async with asyncio.timeout(_RESOLVE_S):
                addresses = await resolved(target.host, self._resolvers)
        except TimeoutError:
            return
        if addresses and not usable(target.scheme, addresses, self._allowed):
            if target.scheme == "http" and usable("https", addresses, self._allowed):
                raise InvalidError(
                    "url", "must be https, for events hold telephone numbers", kind="https-needed"
                )
            raise InvalidError(
                "url",
                "leads to a private address, which events are not sent to",
                kind="private-address",
            )

    def new_secret(self, webhook_id: str) -> tuple[str, WebhookSecret]:
        """Return a new secret for the webhook with this id, and how the store has it."""
        secret = new_secret()
        return secret, WebhookSecret(self._box.seal(secret, webhook_id), self._clock.now())

    async def create(self, webhook: Webhook, entry: AuditEntry) -> None:
        """Add a webhook. Raises InvalidError, ConflictError."""
        await self.check_url(webhook.url)
        await self.webhooks.create(webhook, entry)
        self._on_change()

    async def change(self, known: Webhook, wanted: Webhook, entry: AuditEntry) -> Webhook:
        """Write what differs from `known`; return it as it is then.

        Raises InvalidError, ConflictError, NotFoundError.
        """
        if wanted.url != known.url:
            await self.check_url(wanted.url)
        if wanted.enabled and not known.enabled:
            wanted = msgspec.structs.replace(
                wanted, off_reason=None, off_at=None, failing_since=None
            )
        changed = await self.webhooks.change(wanted, entry)
        self._on_change()
        return changed

    async def rotate(
        self, known: Webhook, overlap: timedelta, entry: AuditEntry
    ) -> tuple[Webhook, str]:
        """Give a webhook another secret; the present one is used as well for `overlap`.

        Returns the webhook and its new secret. Raises ConflictError, NotFoundError.
        """
        secret, sealed = self.new_secret(known.id)
        until = self._clock.now() + overlap
        before = [msgspec.structs.replace(one, expires_at=until) for one in known.secrets[:1]]
        kept = before if overlap else []
        wanted = msgspec.structs.replace(known, secrets=[sealed, *kept])
        changed = await self.webhooks.change(wanted, entry)
        self._on_change()
        return changed, secret

    async def delete(self, known: Webhook, entry: AuditEntry) -> None:
        """Remove a webhook, read at its version. Raises ConflictError, NotFoundError."""
        await self.webhooks.delete(known, self._clock.now(), entry)
        self._on_change()

    async def ping(self, webhook: Webhook, entry: AuditEntry) -> WebhookDelivery:
        """Have an event sent that only says hello, once; return its delivery."""
        now = self._clock.now()
        event = Event(
            id=new_id(IdKind.EVENT),
            type=EventType.WEBHOOK_PING,
            subject=webhook.id,
            time=now,
            sequence=0,
            data={"webhook_id": webhook.id, "sequence": 0},
            group_id=webhook.group_id,
        )
        delivery = await self.deliveries.ping(webhook.id, event, now, entry)
        self._on_change()
        return delivery

    async def replay(self, webhook_id: str, number: int, entry: AuditEntry) -> None:
        """Have a delivery sent once more. Raises NotFoundError."""
        await self.deliveries.replay(webhook_id, number, self._clock.now(), entry)
        self._on_change()

    async def replay_after(self, webhook: Webhook, event_id: str, entry: AuditEntry) -> None:
        """Have all events that followed `event_id` up to now sent once more.

        Raises InvalidError naming `after`, ConflictError `replay-running`, NotFoundError.
        """
        try:
            position = await self._events.position_of(event_id)
        except NotFoundError as error:
            raise InvalidError(
                "after", "no such event, or none that is still here", kind="not-found"
            ) from error
        _, newest = await self.deliveries.bounds()
        await self._begin(webhook, Replay(position, newest), entry)

    async def replay_range(
        self, webhook: Webhook, from_: datetime, until: datetime | None, entry: AuditEntry
    ) -> None:
        """Have all events between two times sent once more; `until` None is now.

        Raises ConflictError `replay-running`, NotFoundError.
        """
        before, newest = await self.deliveries.bounds()
        await self._begin(webhook, Replay(before, newest, from_, until), entry)

    async def _begin(self, webhook: Webhook, replay: Replay, entry: AuditEntry) -> None:
        await self.webhooks.begin_replay(webhook.id, replay, entry)
        self._on_change()
