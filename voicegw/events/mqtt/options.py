"""How one connects to a broker: where, as whom, with which certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from voicegw.errors import ConfigError, Problem
from voicegw.events.mqtt.terms import MqttTerms


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """Where a broker is and how one logs in. `tls` None: not encrypted.

    With `session_s` the broker keeps what it has for us for so long after a loss (MQTT 5).
    """

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    keepalive_s: int = 30
    session_s: int = 0


class _ClosedWhenRefused(ssl.SSLSocket):
    """A socket that is not left to the garbage collector when a certificate is not believed."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands. Raises OSError."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def options_of(terms: MqttTerms, client_id: str, session_s: int = 0) -> BrokerOptions:
    """Return how to connect as `client_id`. Raises ConfigError for a certificate of no use."""
    return BrokerOptions(
        terms.host,
        terms.port,
        client_id,
        terms.username,
        terms.password,
        _context(terms) if terms.tls else None,
        terms.keepalive_s,
        session_s,
    )


def _context(terms: MqttTerms) -> ssl.SSLContext:
    """Return what TLS is made with; the broker's name is checked."""
    for name in ("tls_ca", "tls_cert", "tls_key"):
        file = getattr(terms, name)
        try:
            if file:
                Path(file).read_bytes()
        except OSError as error:
            what = f"{file} can't be read ({error.strerror or error})"
            mend = "correct the path, or let the user that runs voicegw read it"
            raise ConfigError([Problem(f"mqtt.{name}", what, mend)]) from error
    try:
        context = ssl.create_default_context(cafile=terms.tls_ca or None)
    except ssl.SSLError as error:
        what = f"{terms.tls_ca} holds no certificate"
        raise ConfigError([Problem("mqtt.tls_ca", what, "make it a PEM file")]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _ClosedWhenRefused
    if terms.tls_cert:
        try:
            context.load_cert_chain(terms.tls_cert, terms.tls_key or None, password=lambda: "")
        except ssl.SSLError as error:
            both = f"{terms.tls_cert} with {terms.tls_key or 'no tls_key'}"
            mend = "make both PEM files of one certificate, the key without a pass phrase"
            problem = Problem("mqtt.tls_cert", f"{both} is no certificate with its key", mend)
            raise ConfigError([problem]) from error
    return context
