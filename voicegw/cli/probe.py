"""Whether a trunk is alive: one OPTIONS (RFC 3261 §11), any answer counts."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl

from config.values import TrunkAddress
from voicegw.sip.tls import TlsContexts, certificate_is_for
from voicegw.sip.wire import bracketed

_RESEND_AFTER_S = 0.5


class ProbeFailedError(Exception):
    """The trunk gave no sign of life; the text says how."""


async def probe(
    address: TrunkAddress,
    *,
    at: str = "",
    tls: TlsContexts | None = None,
    timeout_s: float = 2.0,
) -> int:
    """Send OPTIONS to `address` and return the answer's status; `tls` is for a trunk with TLS.

    `at` is the address that the host of `address` was found to have; empty: none was looked up.
    Raises ProbeFailedError.
    """
    at = at or address.host
    try:
        async with asyncio.timeout(timeout_s):
            if address.transport == "udp":
                answer = await _ask_udp(address, at)
            else:
                answer = await _ask_stream(address, at, tls)
    except TimeoutError as error:
        raise ProbeFailedError(f"gave no answer to OPTIONS in {timeout_s:g} s") from error
    except OSError as error:
        raise ProbeFailedError(f"can't be reached ({_why(error)})") from error
    words = answer.split(b" ", 2)
    if len(words) < 2 or words[0] != b"SIP/2.0" or not words[1].isdigit():
        raise ProbeFailedError("answers, but not in SIP")
    return int(words[1])


class _Asker(asyncio.DatagramProtocol):
    """Keeps the first datagram, or the error, that comes back."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:  # noqa: ARG002
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _ask_udp(address: TrunkAddress, at: str) -> bytes:
    loop = asyncio.get_running_loop()
    transport, asker = await loop.create_datagram_endpoint(_Asker, remote_addr=(at, address.port))
    request = _options(address, transport.get_extra_info("sockname"))
    try:
        while True:
            transport.sendto(request)
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(asker.answer), _RESEND_AFTER_S)
    finally:
        asker.answer.cancel()
        transport.close()


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error.strerror or error)


async def _ask_stream(address: TrunkAddress, at: str, tls: TlsContexts | None) -> bytes:
    context = None if tls is None or address.transport != "tls" else tls.client
    reader, writer = await asyncio.open_connection(
        at,
        address.port,
        ssl=context,
        server_hostname=None if context is None else address.host,
    )
    try:
        certificate = writer.get_extra_info("peercert") or {}
        if context is not None and not certificate_is_for(certificate, address.host):
            raise ProbeFailedError(f"shows a certificate that is not for {address.host}")
        writer.write(_options(address, writer.get_extra_info("sockname")))
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _options(address: TrunkAddress, own: tuple[str, int]) -> bytes:
    host = bracketed(own[0])
    target = bracketed(address.host)
    lines = [
        f"OPTIONS sip:{target}:{address.port} SIP/2.0",
        f"Via: SIP/2.0/{address.transport.upper()} {host}:{own[1]}"
        f";branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        f"From: <sip:voicegw@{host}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{target}:{address.port}>",
        f"Call-ID: {secrets.token_hex(16)}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:voicegw@{host}:{own[1]}>",
        "Accept: application/sdp",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
