"""What calls need of the configuration, and of calls before."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from config.settings import Settings
from voicegw.calls.parts import CallSettings
from voicegw.calls.policy import DialRules, RateBook
from voicegw.calls.service import ServiceSettings
from voicegw.media.engine import SrtpPolicy
from voicegw.setup.addresses import inner_media_address
from voicegw.store.calls import CallRepository


def call_settings(settings: Settings, name: str, spool_dir: Path) -> CallSettings:
    """Return what calls are told of a node called `name` that captures into `spool_dir`."""
    return CallSettings(
        node=name,
        spool_dir=spool_dir,
        recording=settings.recording.enabled,
        announce=settings.recording.announce,
        max_talk_s=settings.policy.max_talk_s,
        language=settings.media.language,
        show_customer_to_manager=settings.policy.show_customer_to_manager,
        recording_required=settings.recording.required,
        hear_network=settings.network.enabled,
        max_pause_s=settings.recording.max_pause_s,
        srtp=SrtpPolicy(settings.media.srtp),
        ipv6_sound=bool(settings.media.bind6),
        inner_address=inner_media_address(settings),
        codecs=tuple(settings.media.codecs),
        region=settings.numbers.region,
        rules=_dial_rules(settings),
        keypad_commands=settings.policy.keypad_commands,
        ring_at_once=settings.policy.ring_at_once,
    )


def service_settings(settings: Settings) -> ServiceSettings:
    """Return what the service that begins and ends calls is told."""
    return ServiceSettings(
        region=settings.numbers.region,
        rules=_dial_rules(settings),
        recording_required=settings.recording.required,
    )


def _dial_rules(settings: Settings) -> DialRules:
    policy = settings.policy
    return DialRules(
        allowed_prefixes=tuple(policy.allowed_prefixes),
        allowed_short_codes=frozenset(policy.allowed_short_codes),
        emergency=frozenset(policy.emergency),
        refused_prefixes=tuple(policy.refused_prefixes),
    )


async def recent_calls(settings: Settings, calls: CallRepository, now: datetime) -> RateBook:
    """Return the book of recent calls, with those the store knows of."""
    rates = settings.policy.customer_rates
    book = RateBook(rates)
    longest_s = max((rate.per_s for rate in rates), default=0)
    for number, at in await calls.dialled_since(now - timedelta(seconds=longest_s)):
        book.record(number, at.timestamp())
    return book
