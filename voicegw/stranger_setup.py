"""What the configuration says of telephones that register, and of strangers who try."""

from __future__ import annotations

from ipaddress import ip_network

from config.settings import Settings
from voicegw.sip.bans import BanRules
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


def ban_rules(settings: Settings) -> BanRules:
    """Return when a source is banned, and for how long."""
    defence = settings.defence
    return BanRules(
        enabled=defence.enabled,
        failures=defence.failures,
        scans=defence.scans,
        window_s=defence.window_s,
        ban_s=defence.ban_s,
        ban_max_s=defence.ban_max_s,
        allow=tuple(ip_network(network) for network in defence.allow),
    )
