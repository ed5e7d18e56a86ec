"""A telephone company in a few lines: the network around the gateway in the lab.

Telephones register with their number (digest, 401). An INVITE from a telephone to one of the
hotlines goes to the gateway; one from the gateway to a number goes to the telephone that has it.
Everything else is forwarded as a stateless proxy does (RFC 3261 §16.11): requests inside a dialog
by their Request-URI, answers by their Via. It speaks UDP only, and sends 100 at once because
simple telephones wait for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from voicegw.demo.message import (
    Address,
    NotSipError,
    SipText,
    address_of,
    parameter,
    uri_of,
    user_of,
    via_address,
)
from voicegw.model.numbers import normalise

logger = logging.getLogger(__name__)

REALM = "lab-carrier"
_AUTH_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


@dataclass(slots=True)
class CarrierCounters:
    """What the carrier has done; the lab prints none of it, tests read it."""

    forwarded: int = 0
    answered: int = 0
    dropped: int = 0
    refused: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Binding:
    """A registered telephone: where it is reached, and the address it answers to."""

    address: Address
    contact: str


class Carrier(asyncio.DatagramProtocol):
    """The lab's registrar and forwarding element.

    `passwords` maps each telephone's number to its password, `hotlines` are the numbers that lead
    to the gateway at `gateway`, `diverted` those that ring at another number's telephone. Start it
    with :meth:`start`; end it with :meth:`close`.
    """

    def __init__(
        self,
        passwords: Mapping[str, str],
        hotlines: Iterable[str],
        diverted: Mapping[str, str] | None = None,
    ) -> None:
        """Hold the accounts; numbers may be in any spelling."""
        self._passwords = {_number(number): word for number, word in passwords.items()}
        self._hotlines = {_number(number) for number in hotlines}
        self._diverted = {_number(one): _number(at) for one, at in (diverted or {}).items()}
        self._phones: dict[str, _Binding] = {}
        self._nonce_key = secrets.token_bytes(16)
        self._transport: asyncio.DatagramTransport | None = None
        self.gateway: Address | None = None
        self.address: Address = ("", 0)
        self.counters = CarrierCounters()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Address:
        """Listen on UDP and return the address. Raises OSError when it is taken."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        self._transport = transport
        self.address = transport.get_extra_info("sockname")[:2]
        return self.address

    def close(self) -> None:
        """Stop listening."""
        if self._transport is not None:
            self._transport.close()

    def phone(self, number: str) -> Address | None:
        """Return where the telephone with this number is registered."""
        binding = self._binding(_number(number))
        return binding.address if binding is not None else None

    def _binding(self, number: str) -> _Binding | None:
        return self._phones.get(self._diverted.get(number, number))

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Take one datagram: asyncio calls this."""
        source: Address = (str(addr[0]), int(addr[1]))
        try:
            message = SipText.parse(data)
        except NotSipError:
            self.counters.dropped += 1
            return
        if message.is_request:
            self._request(message, source)
        else:
            self._response(message)

    def _request(self, message: SipText, source: Address) -> None:
        via = message.first("via")
        bare = re.sub(r";\s*(?:rport|received)(?:=[^;]*)?(?=;|$)", "", via)
        message.replace_first("via", f"{bare};received={source[0]};rport={source[1]}")
        if message.method == "REGISTER":
            self._register(message, source)
        elif message.method == "OPTIONS" and not user_of(message.request_uri):
            self._answer(message, 200, "OK")
        elif parameter(message.first("to"), "tag"):
            self._forward_in_dialog(message)
        else:
            self._forward_new(message, source)

    def _register(self, message: SipText, source: Address) -> None:
        number = _number(user_of(uri_of(message.first("to"))))
        password = self._passwords.get(number)
        if password is None:
            self._answer(message, 404, "Not Found")
        elif not self._proves(message, password):
            challenge = f'Digest realm="{REALM}", nonce="{self._nonce(message)}", algorithm=MD5'
            self._answer(message, 401, "Unauthorized", ("WWW-Authenticate", challenge))
        else:
            contact = message.first("contact")
            expires = parameter(contact, "expires") or message.first("expires") or "120"
            if expires == "0":
                self._phones.pop(number, None)
            else:
                host, port = source
                uri = uri_of(contact) or f"sip:{number}@{host}:{port}"
                self._phones[number] = _Binding(source, uri)
            extra = [("Contact", contact)] if contact else []
            self._answer(message, 200, "OK", *extra, ("Expires", expires))

    def _nonce(self, message: SipText) -> str:
        """Return a nonce that is bound to the registration, so that none need be kept."""
        call_id = message.first("call-id").encode()
        return hmac.new(self._nonce_key, call_id, hashlib.sha256).hexdigest()[:32]

    def _proves(self, message: SipText, password: str) -> bool:
        """Whether the request's digest (RFC 2617, without qop or with auth) is right.

        The digest's own uri is taken: simple telephones write another than the Request-URI.
        """
        header = message.first("authorization")
        fields = {
            name.lower(): quoted or bare for name, quoted, bare in _AUTH_FIELD.findall(header)
        }
        nonce = self._nonce(message)
        if not header or fields.get("nonce") != nonce:
            return False
        secret = _md5(f"{fields.get('username', '')}:{REALM}:{password}")
        what = _md5(f"{message.method}:{fields.get('uri', '')}")
        middle = nonce
        if "qop" in fields:
            middle += f":{fields.get('nc', '')}:{fields.get('cnonce', '')}:{fields['qop']}"
        expected = _md5(f"{secret}:{middle}:{what}")
        return hmac.compare_digest(expected, fields.get("response", ""))

    def _forward_in_dialog(self, message: SipText) -> None:
        if address_of(uri_of(message.first("route"))) == self.address:
            message.drop_first("route")
        target = address_of(uri_of(message.first("route")) or message.request_uri)
        if target == self.address:
            # The ACK of a refused INVITE, and telephones that ignore Contact.
            target = self._home_of(_number(user_of(message.request_uri)))
        self._forward(message, target)

    def _home_of(self, number: str) -> Address | None:
        return self.gateway if number in self._hotlines else self.phone(number)

    def _forward_new(self, message: SipText, source: Address) -> None:
        caller = next((own for own, at in self._phones.items() if at.address == source), None)
        called = _number(user_of(message.request_uri))
        if message.method == "INVITE":
            self._answer(message, 100, "Trying")
        if caller is None and source != self.gateway:
            self._answer(message, 403, "Forbidden")
            return
        target = self._home_of(called)
        if target is None:
            self._answer(message, 404, "Not Found")
            return
        if message.method == "INVITE":
            host, port = self.address
            message.headers.insert(0, ("Record-Route", f"<sip:{host}:{port};lr>"))
            if caller is not None:
                identity = f"<sip:{caller}@{host}:{port}>"
                message.headers.append(("P-Asserted-Identity", identity))
        binding = self._binding(called)
        if binding is not None and called not in self._hotlines:
            # RFC 3261 §16.5: telephones refuse a Request-URI other than what they registered.
            uri = binding.contact
        else:
            uri = f"sip:{called}@{target[0]}:{target[1]}"
        message.start = f"{message.method} {uri} SIP/2.0"
        self._forward(message, target)

    def _forward(self, message: SipText, target: Address | None) -> None:
        hops = message.first("max-forwards")
        if target is None or target == self.address:
            self._answer(message, 404, "Not Found")
        elif hops.isdecimal() and int(hops) == 0:
            self._answer(message, 483, "Too Many Hops")
        else:
            if hops.isdecimal():
                message.replace_first("max-forwards", str(int(hops) - 1))
            host, port = self.address
            seed = parameter(message.first("via"), "branch") or message.first("call-id")
            branch = "z9hG4bK" + _md5(seed)
            via = f"SIP/2.0/UDP {host}:{port};branch={branch};rport"
            message.headers.insert(0, ("Via", via))
            self.counters.forwarded += 1
            self._send(message, target)

    def _response(self, message: SipText) -> None:
        if via_sent_by(message.first("via")) != self.address:
            self.counters.dropped += 1
            return
        message.drop_first("via")
        target = via_address(message.first("via"))
        if message.status == 100 or target is None:
            return
        self.counters.forwarded += 1
        self._send(message, target)

    def _answer(self, request: SipText, status: int, reason: str, *extra: tuple[str, str]) -> None:
        if request.method == "ACK":
            return
        if status >= 300:
            self.counters.refused[status] = self.counters.refused.get(status, 0) + 1
        self.counters.answered += 1
        target = via_address(request.first("via"))
        if target is not None:
            self._send(request.answer(status, reason, *extra), target)

    def _send(self, message: SipText, target: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(bytes(message), target)


def via_sent_by(via: str) -> Address | None:
    """Return the address that the sender of a Via wrote into it."""
    return address_of("sip:" + via.partition(";")[0].rpartition(" ")[2])


def _number(text: str) -> str:
    return normalise(text) or text


def _md5(text: str) -> str:
    # RFC 2617 digest: what simple telephones speak.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
