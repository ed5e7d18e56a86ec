"""Short messages on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import OptionalTime, ViewModel, time_field
from voicegw.model.sms import SmsPurpose, SmsState


class SmsMessageView(ViewModel):
    """A message that was sent, or waits; its text is for administrators only."""

    id: str = Field(description="Opaque", examples=["sms_06f3q5s8t3v7p2k9d4m1n6c0ag_result"])
    purpose: SmsPurpose = Field(
        description="`result`: asks a manager what came of a talk; `reminder`; `notice` of a visit"
        " to a customer; `missed`: tells a customer who called in vain; `escalation`; `help` with a"
        " reply"
    )
    state: SmsState = Field(
        description="`waiting`; `sent`: the provider has it; at the end `delivered`, `failed` or"
        " `expired`"
    )
    to: str | None = Field(description="E.164; null where the role may not see it")
    to_masked: str | None = Field(description="Its masked form", examples=["138****8000"])
    text: str | None = Field(description="null unless the role is `admin`")
    parts: int = Field(description="In how many parts it goes, which is what is paid for")
    group_id: str | None = Field(description="Whose it is")
    manager_id: str | None = Field(description="To or for whom")
    customer_id: str | None = Field(description="About whom, or to whom")
    task_id: str | None = Field(description="The task that it is about")
    call_id: str | None = Field(description="The call that it follows from")
    created_at: datetime = Field(description="RFC 3339, UTC")
    not_before: OptionalTime = time_field("It is not sent sooner")
    expires_at: datetime = Field(description="When it is not worth sending any more")
    sent_at: OptionalTime = time_field("When the provider took it")
    finished_at: OptionalTime = time_field("When it was delivered or given up")
    answered_at: OptionalTime = time_field("When what it asks was answered")
    attempts: int = Field(description="How often the provider was asked")
    failure: str | None = Field(description="Why it failed last", examples=["timeout"])
