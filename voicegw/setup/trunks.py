"""Trunks as the configuration has them: built at the start, and again when it is read anew."""

from __future__ import annotations

from ipaddress import ip_network

from config.settings import Settings
from config.signalling import TrunkSettings
from config.values import parse_listen, parse_nameserver
from voicegw.model.numbers import normalise
from voicegw.sip.dns import DnsZone
from voicegw.sip.locator import TrunkLocator
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.wire import TransportName

_TRANSPORTS: dict[str, TransportName] = {"udp": "udp", "tcp": "tcp", "tls": "tls"}


def trunks_of(settings: Settings) -> list[Trunk]:
    """Return the trunks of a configuration."""
    return [_trunk(one, settings) for one in settings.trunk]


def locator_of(settings: Settings, book: TrunkBook) -> TrunkLocator:
    """Return what keeps the trunks of `book` looked up.

    Only servers that the listening sockets can reach count: their transports, their families.
    """
    listens = [parse_listen(text) for text in settings.sip.listen]
    zone = DnsZone(
        [parse_nameserver(text) for text in settings.sip.nameservers],
        families={6 if ":" in one.host else 4 for one in listens},
    )
    return TrunkLocator(book, zone, {_TRANSPORTS[one.transport] for one in listens})


def _trunk(one: TrunkSettings, settings: Settings) -> Trunk:
    address = one.address
    region = settings.numbers.region
    return Trunk(
        name=one.name,
        host=address.host,
        port=address.port if address.port_given else None,
        transport=_TRANSPORTS[address.transport] if address.transport_given else None,
        username=one.username,
        password=one.password.get_secret_value(),
        sources=tuple(ip_network(source) for source in one.sources),
        max_calls=one.max_calls,
        calls_per_s=one.calls_per_s,
        priority=one.priority,
        weight=one.weight,
        options_s=one.options_s,
        registers=one.register_,
        expires_s=one.expires_s,
        codecs=tuple(one.codecs),
        number_format=one.number_format,
        identity=one.identity,
        numbers=tuple(normalise(number, region) or number for number in one.numbers),
        region=region,
    )
