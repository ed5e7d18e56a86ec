"""Writes down what a message centre sends on its own: reports of delivery, and replies."""

from __future__ import annotations

from voicegw.clock import Clock
from voicegw.model.numbers import normalise
from voicegw.model.sms import SmsReply
from voicegw.sms.inbound import unnamed_reply_id
from voicegw.store.database import Database
from voicegw.store.sms import SmsRepository
from voicegw.store.sms_replies import SmsReplyRepository


class StoreInbox:
    """An inbox (`voicegw.sms.smpp_provider.Inbox`) that is the store."""

    def __init__(self, database: Database, clock: Clock, region: str = "CN") -> None:
        """Write to `database`, which the caller opens and closes."""
        self._messages = SmsRepository(database)
        self._replies = SmsReplyRepository(database)
        self._clock = clock
        self._region = region

    async def report(self, provider_id: str, failure: str | None) -> None:
        """Note that a message has arrived, or not for `failure`."""
        await self._messages.report(
            self._clock.now(), message_id=None, provider_id=provider_id, failure=failure
        )

    async def reply(self, sender: str, text: str) -> None:
        """Write a reply down, unless it is one that the centre has sent again."""
        now = self._clock.now()
        number = normalise(sender, self._region)
        if number is not None:
            known = unnamed_reply_id(number, text, now)
            await self._replies.add([SmsReply(known, number, text.replace("\x00", ""), now)])
