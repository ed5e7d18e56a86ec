"""What the API has of short messages."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.sms.inbound import InboundTerms
from voicegw.store.sms import SmsRepository
from voicegw.store.sms_replies import SmsReplyRepository
from voicegw.tasks.telling import Telling


@dataclass(frozen=True, slots=True)
class Messaging:
    """Messages, replies and results. `inbound` None: no provider may post anything.

    `timezone` is where the clocks of those are who enter a time.
    """

    messages: SmsRepository
    replies: SmsReplyRepository
    telling: Telling
    inbound: InboundTerms | None = None
    timezone: str = "Asia/Shanghai"
