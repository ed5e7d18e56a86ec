"""What customers are told of a planned contact, and when. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from voicegw.model.plan import ContactChannel, Plan
from voicegw.model.sms_template import SmsKind
from voicegw.sms.templates import Wording


@dataclass(frozen=True, slots=True)
class Notice:
    """A planned contact as its customer is told of it; times are in the customer's zone."""

    channel: str
    customer: str
    manager: str
    begins: datetime
    ends: datetime
    group_id: str | None = None


def notice_text(plan: Plan, notice: Notice, wording: Wording) -> str:
    """Return what a customer is told: in the plan's own words, else in those of the group."""
    is_visit = notice.channel != ContactChannel.CALL
    own = plan.notice_visit if is_visit else plan.notice_call
    kind = SmsKind.NOTICE_VISIT if is_visit else SmsKind.NOTICE_CALL
    begins, ends = notice.begins, notice.ends
    day = f"{begins.month}月{begins.day}日" if plan.language == "zh" else f"{begins:%d %b}"
    text = own or wording.text(kind, plan.language, notice.group_id)
    return text.format_map(
        {
            "customer": notice.customer,
            "manager": notice.manager,
            "date": day,
            "from": f"{begins:%H:%M}",
            "until": f"{ends:%H:%M}",
        }
    )


def announced_now(plan: Plan, local: datetime) -> Sequence[tuple[date, Sequence[str]]]:
    """Return the days of which customers are told at `local`, each with its cadences' names.

    From the plan's time of the day on, until midnight: who was missed then is not told.
    """
    found: dict[date, list[str]] = defaultdict(list)
    for rule in plan.rules:
        for cadence in rule.cadences:
            if cadence.notice_days is None:
                continue
            since = plan.announce_time if cadence.notice_days else plan.announce_same_day_time
            if local.time() >= time.fromisoformat(since):
                found[local.date() + timedelta(days=cadence.notice_days)].append(cadence.name)
    return sorted(found.items())
