"""What the configuration says of telephones that register, and of strangers who try."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from random import SystemRandom

from config.settings import Settings
from voicegw.sip.admission import Defence, Limits
from voicegw.sip.bans import BanRules, Bans
from voicegw.sip.overload import OverloadGuard
from voicegw.sip.registrar import Registrar


def registrar(settings: Settings) -> Registrar | None:
    """Return where telephones register; None where none may."""
    if not settings.registrar.enabled:
        return None
    return Registrar(
        realm=settings.registrar.realm,
        passwords={user.name: user.password.get_secret_value() for user in settings.registrar.user},
        algorithms=settings.registrar.algorithms,
        trust_bound_peer=settings.registrar.trust_bound_peer,
        min_expires_s=settings.registrar.min_expires_s,
        max_expires_s=settings.registrar.max_expires_s,
    )


def defence(settings: Settings, on_overload: Callable[[bool], None]) -> Defence:
    """Return what keeps strangers and floods out; `on_overload` is told of each change."""
    options = settings.defence
    return Defence(
        bans=Bans(_ban_rules(settings)),
        overload=OverloadGuard(
            threshold_s=options.overload_ms / 1000, rng=SystemRandom(), on_change=on_overload
        ),
        limits=Limits(
            max_sessions_per_source=options.max_sessions_per_source,
            max_transactions_per_source=options.max_transactions_per_source,
        ),
    )


def _ban_rules(settings: Settings) -> BanRules:
    """Return when a source is banned, and for how long."""
    options = settings.defence
    return BanRules(
        enabled=options.enabled,
        failures=options.failures,
        scans=options.scans,
        window_s=options.window_s,
        ban_s=options.ban_s,
        ban_max_s=options.ban_max_s,
        allow=tuple(ip_network(network) for network in options.allow),
    )
