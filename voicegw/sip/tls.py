"""TLS for signalling: certificate files in, contexts out, and whom a certificate is for (RFC 5922).

:func:`load_contexts` reads and tries the files; whatever is wrong with them is told with its mend,
so a node, `voicegw check` and a reload say the same. Sockets are the transport's.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voicegw.errors import ConfigError, Problem

_HANDSHAKE_ROUNDS: Final = 8
#: X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL.
_DATES: Final = {9: "is not valid yet", 10: "has expired"}
_MAX_NAME: Final = 253
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_PEM: Final = "make it a PEM file"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: our certificate with its chain, its key, the authorities of peers.

    `ca` empty: the system's authorities. With `verify_peers` whoever connects must show a
    certificate of `ca`.
    """

    cert: str = ""
    key: str = ""
    ca: str = ""
    verify_peers: bool = False


@dataclass(frozen=True, slots=True)
class TlsContexts:
    """What handshakes are made with.

    `server` is None without a certificate: nobody can connect then. `expires_at` is the end of the
    certificate in POSIX seconds.
    """

    server: ssl.SSLContext | None
    client: ssl.SSLContext
    expires_at: float | None = None


def load_contexts(files: TlsFiles) -> TlsContexts:
    """Return contexts made of `files`, for TLS 1.2 and later.

    Raises ConfigError with every problem: a file that can't be read or is no PEM, a key that is
    another certificate's, a certificate that has expired or is not valid yet.
    """
    problems = [
        problem
        for name in ("cert", "key", "ca")
        if (problem := _unreadable(f"sip.tls_{name}", getattr(files, name))) is not None
    ]
    if problems:
        raise ConfigError(problems)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.minimum_version = ssl.TLSVersion.TLSv1_2
    # Whom the certificate is for is ours to say: sip: URIs count, wildcards do not (RFC 5922 §7.2).
    client.check_hostname = False
    _trust(client, files.ca)
    if not files.cert:
        return TlsContexts(None, client)
    _present(client, files)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.minimum_version = ssl.TLSVersion.TLSv1_2
    _present(server, files)
    expires_at = _end_of(server, files)
    if files.verify_peers:
        _trust(server, files.ca)
        server.verify_mode = ssl.CERT_REQUIRED
    return TlsContexts(server, client, expires_at)


def certificate_is_for(certificate: Mapping[str, Any], name: str) -> bool:
    """Whether a peer's certificate, as :meth:`ssl.SSLSocket.getpeercert` gives it, is for `name`.

    `name` is a domain or an address. Where the certificate names SIP domains by `sip:` URIs only
    these count, else its DNS names do, without wildcards (RFC 5922 §7.1, §7.2). An address is
    looked for among its addresses. The common name is never looked at.
    """
    names: Sequence[tuple[str, str]] = certificate.get("subjectAltName", ())
    with suppress(ValueError):
        wanted = ipaddress.ip_address(name)
        found = (value for kind, value in names if kind == "IP Address")
        return any(_address(value) == wanted for value in found)
    uris = [value for kind, value in names if kind == "URI" and value.lower().startswith("sip:")]
    # One with a user part is a person's, never a domain's.
    domains = [uri[4:].partition(";")[0] for uri in uris if "@" not in uri]
    if not domains:
        domains = [value for kind, value in names if kind == "DNS"]
    return _folded(name) in {_folded(domain) for domain in domains}


def can_be_certified(name: str) -> bool:
    """Whether `name` is an address or a domain by its form: a peer may write anything into a Via.

    TLS libraries answer other names with errors of many kinds.
    """
    return _address(name) is not None or (len(name) <= _MAX_NAME and bool(_DOMAIN.fullmatch(name)))


def _folded(domain: str) -> str:
    return domain.lower().rstrip(".")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _unreadable(key: str, file: str) -> Problem | None:
    if not file:
        return None
    try:
        Path(file).read_bytes()
    except OSError as error:
        what = f"{file} can't be read ({error.strerror or error})"
        return Problem(key, what, "correct the path, or let the user that runs voicegw read it")
    return None


def _trust(context: ssl.SSLContext, ca: str) -> None:
    if not ca:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return
    try:
        context.load_verify_locations(ca)
    except ssl.SSLError as error:
        raise ConfigError([Problem("sip.tls_ca", f"{ca} holds no certificate", _PEM)]) from error


def _present(context: ssl.SSLContext, files: TlsFiles) -> None:
    """Have `context` show our certificate. A key with a pass phrase is refused, never asked for."""
    try:
        context.load_cert_chain(files.cert, files.key or None, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            what, mend = f"{files.key} is another certificate's key", "give the key of sip.tls_cert"
            raise ConfigError([Problem("sip.tls_key", what, mend)]) from error
        what = f"{files.cert} with {files.key or 'no tls_key'} is no certificate with its key"
        mend = "make both PEM files, the key without a pass phrase"
        raise ConfigError([Problem("sip.tls_cert", what, mend)]) from error


def _end_of(server: ssl.SSLContext, files: TlsFiles) -> float:
    """Return when our certificate ends, by shaking hands with ourselves in memory.

    So OpenSSL itself says whether a peer could accept it today.
    """
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    trusting.load_verify_locations(files.cert)
    try:
        certificate = _shown(server, trusting)
    except ssl.SSLError as error:
        code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
        what = f"{files.cert} {_DATES.get(code, 'is of no use to a server')}"
        raise ConfigError([Problem("sip.tls_cert", what, "have it renewed")]) from error
    return float(ssl.cert_time_to_seconds(str(certificate["notAfter"])))


def _shown(server: ssl.SSLContext, client: ssl.SSLContext) -> dict[str, Any]:
    """Return the certificate that `server` shows to `client`. Raises ssl.SSLError."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(_HANDSHAKE_ROUNDS):
        for end in ends:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    return dict(ends[0].getpeercert() or {})
