"""What calls need of the configuration."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from voicegw.calls.parts import CallSettings
from voicegw.calls.policy import DialRules
from voicegw.calls.service import ServiceSettings
from voicegw.media.engine import SrtpPolicy
from voicegw.setup.addresses import inner_media_address


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
