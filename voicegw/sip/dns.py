"""Asks name servers, without blocking, on behalf of :mod:`voicegw.sip.locating`."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final, TypeVar, cast

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
from dns.rdtypes.IN import AAAA, NAPTR, SRV, A

from voicegw.sip.locating import Answer, LookupFailedError, Naptr, Srv

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: How long one question may take in all, over all name servers.
LIFETIME_S: Final = 5.0
#: How long what the system's own resolver says (hosts file, search list) is taken to hold.
_SYSTEM_TTL_S: Final = 60.0
#: How long "there is nothing" holds where the name server does not say.
_NOTHING_TTL_S: Final = 60.0


class DnsZone:
    """The domain name system as this node sees it (:class:`~voicegw.sip.locating.Zone`)."""

    def __init__(
        self,
        nameservers: Sequence[tuple[str, int]] = (),
        *,
        families: Collection[int] = (4, 6),
    ) -> None:
        """Ask `nameservers` (address and port), or where there are none the system's.

        Addresses of `families` (4, 6) only are given. The system's resolver is asked too for names
        that its name servers don't know, because they may stand in its hosts file.
        """
        self._families = frozenset(families)
        self._system = not nameservers
        self._resolver: dns.asyncresolver.Resolver | None = None
        # A machine without name servers still has its hosts file.
        with suppress(dns.resolver.NoResolverConfiguration):
            self._resolver = dns.asyncresolver.Resolver(configure=self._system)
        if self._resolver is not None:
            self._resolver.lifetime = LIFETIME_S
            if nameservers:
                self._resolver.nameservers = [
                    dns.nameserver.Do53Nameserver(host, port) for host, port in nameservers
                ]

    async def naptr(self, name: str) -> Answer[Naptr]:
        """Return the NAPTR records of `name`. Raises LookupFailedError."""
        return await self._ask(name, dns.rdatatype.NAPTR, _naptr)

    async def srv(self, name: str) -> Answer[Srv]:
        """Return the SRV records of `name`. Raises LookupFailedError."""
        return await self._ask(name, dns.rdatatype.SRV, _srv)

    async def addresses(self, name: str) -> Answer[str]:
        """Return the addresses of `name`, IPv4 first. Raises LookupFailedError."""
        found: list[Answer[str]] = []
        failure: LookupFailedError | None = None
        for family, kind in ((4, dns.rdatatype.A), (6, dns.rdatatype.AAAA)):
            if family not in self._families:
                continue
            try:
                found.append(await self._ask(name, kind, _address))
            except LookupFailedError as error:
                failure = error
        records = tuple(record for answer in found for record in answer.records)
        if not records and self._system:
            records = await self._system_addresses(name)
            if records:
                return Answer(records, _SYSTEM_TTL_S)
        if not records and failure is not None:
            raise failure
        lives = [answer.ttl_s for answer in found if answer.records or not records]
        return Answer(records, min(lives, default=_NOTHING_TTL_S))

    async def _ask(
        self,
        name: str,
        kind: dns.rdatatype.RdataType,
        read: Callable[[object], _T],
    ) -> Answer[_T]:
        if self._resolver is None:
            if self._system:
                return Answer((), _SYSTEM_TTL_S)
            raise LookupFailedError("no name server")
        try:
            answer = await self._resolver.resolve(
                name, kind, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN as error:
            return Answer((), _negative_ttl_s(error))
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            _log.info("no name server answers", extra={"why": type(error).__name__})
            raise LookupFailedError(type(error).__name__) from error
        ttl_s = float(answer.chaining_result.minimum_ttl)
        if answer.rrset is None:
            return Answer((), min(ttl_s, _NOTHING_TTL_S))
        return Answer(tuple(read(record) for record in answer.rrset), ttl_s)

    async def _system_addresses(self, name: str) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(LIFETIME_S):
                found = await asyncio.get_running_loop().getaddrinfo(
                    name, None, type=socket.SOCK_DGRAM
                )
        except (OSError, UnicodeError):
            return ()
        wanted = {
            family
            for version, family in ((4, socket.AF_INET), (6, socket.AF_INET6))
            if version in self._families
        }
        ordered = sorted(found, key=lambda one: one[0] != socket.AF_INET)
        return tuple(
            dict.fromkeys(str(address[0]) for family, *_, address in ordered if family in wanted)
        )


def _negative_ttl_s(error: dns.resolver.NXDOMAIN) -> float:
    """Return for how long a name does not exist: the SOA record's say (RFC 2308 §5)."""
    lives = []
    responses = cast(dict[dns.name.Name, object], error.responses())  # type: ignore[no-untyped-call]
    for response in responses.values():
        with suppress(dns.exception.DNSException, AttributeError):
            lives.append(float(response.resolve_chaining().minimum_ttl))  # type: ignore[attr-defined]
    return min([*lives, _NOTHING_TTL_S])


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def _naptr(record: object) -> Naptr:
    one = cast(NAPTR.NAPTR, record)
    return Naptr(
        order=one.order,
        preference=one.preference,
        flags=one.flags.decode("ascii", "replace"),
        service=one.service.decode("ascii", "replace"),
        replacement=_text(one.replacement),
    )


def _srv(record: object) -> Srv:
    one = cast(SRV.SRV, record)
    return Srv(one.priority, one.weight, one.port, _text(one.target))


def _address(record: object) -> str:
    return str(cast("A.A | AAAA.AAAA", record).address)
