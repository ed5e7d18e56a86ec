"""What customers are told of a planned contact, and when. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from voicegw.model.plan import ContactChannel, Plan

_TEXTS: Final[Mapping[tuple[str, bool], str]] = MappingProxyType(
    {
        ("zh", True): "{customer}您好，客户经理{manager}计划于{date}{from}-{until}拜访您。"
        "同意请回复1；如需改时间请直接回复，如“周四下午三点”。",
        ("zh", False): "{customer}您好，客户经理{manager}计划于{date}{from}-{until}致电您。"
        "同意请回复1；如需改时间请直接回复，如“周四下午三点”。",
        ("en", True): "Hello {customer}, your account manager {manager} would like to visit you on "
        "{date} between {from} and {until}. Reply 1 to agree, or the time that suits you.",
        ("en", False): "Hello {customer}, your account manager {manager} would like to call you on "
        "{date} between {from} and {until}. Reply 1 to agree, or the time that suits you.",
    }
)


def notice_text(
    plan: Plan, *, channel: str, customer: str, manager: str, begins: datetime, ends: datetime
) -> str:
    """Return what a customer is told; `begins` and `ends` are in the customer's zone."""
    is_visit = channel != ContactChannel.CALL
    own = plan.notice_visit if is_visit else plan.notice_call
    day = f"{begins.month}月{begins.day}日" if plan.language == "zh" else f"{begins:%d %b}"
    text = own or _TEXTS[plan.language, is_visit]
    return text.format_map(
        {
            "customer": customer,
            "manager": manager,
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
