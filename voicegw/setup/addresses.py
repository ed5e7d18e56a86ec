"""Our own addresses as the configuration has them: what peers are shown."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_network

from config.settings import Settings
from config.values import parse_listen
from voicegw.sip.own_address import WILDCARDS, OwnAddress, RouteTable

#: An address beyond this machine's own networks (TEST-NET-1, RFC 5737); nothing is sent there.
_ELSEWHERE = "192.0.2.1"
_ANYWHERE = "0.0.0.0"  # noqa: S104 - compared, not bound


def own_address(settings: Settings, advertise: str) -> OwnAddress:
    return OwnAddress(
        advertise=advertise,
        local_networks=[ip_network(network) for network in settings.sip.local_networks],
    )


def media_address(settings: Settings) -> str:
    """Return the IPv4 address that session descriptions show.

    Where none is configured it is the one RTP is received on, else the one towards the first trunk;
    a trunk whose name has no address of its own (its servers may have other names) is taken to lie
    on the way to the world. Looking a name up blocks: for use before anything runs.
    A node for telephones alone shows where it listens for them, else its way to the world. What
    signalling has of IPv6 says nothing of sound over IPv4.
    """
    media = settings.media
    if media.advertise:
        return media.advertise
    if settings.sip.advertise and ":" not in settings.sip.advertise:
        return settings.sip.advertise
    if media.bind not in WILDCARDS:
        return media.bind
    for trunk in settings.trunk:
        if ":" not in trunk.address.host:
            return RouteTable().address_towards(_ipv4_of(trunk.address.host))
    listens = [parse_listen(text).host for text in settings.sip.listen]
    host = next((host for host in listens if ":" not in host), _ANYWHERE)
    return RouteTable().address_towards(_ELSEWHERE) if host in WILDCARDS else host


def _ipv4_of(host: str) -> str:
    """Return an address of `host`, one elsewhere in the world when it has none."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return _ELSEWHERE
    return str(found[0][4][0])


def inner_media_address(settings: Settings) -> Callable[[str], str | None]:
    """Return what says where peers on this side of the NAT send their sound.

    An rtpengine has addresses of its own, which only it knows.
    """
    media = settings.media
    advertised = media.advertise or settings.sip.advertise
    own = own_address(settings, advertised if media.engine == "embedded" else "")
    return lambda host: own.inner(host, media.bind)
