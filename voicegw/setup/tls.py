"""Certificates as the configuration names them: read at the start, and again at a reload."""

from __future__ import annotations

from config.settings import Settings
from config.values import parse_listen
from voicegw.sip.tls import TlsContexts, TlsFiles, load_contexts

RENEW_DAYS = 30.0
"""A certificate that ends sooner should have been renewed: `voicegw check` notes it."""

ALERT_DAYS = 7.0
"""One that ends sooner raises the alert `certificate-ending`."""


def tls_contexts(settings: Settings) -> TlsContexts | None:
    """Return what TLS is made with; None where nothing asks for it. Raises ConfigError."""
    sip = settings.sip
    addresses = [parse_listen(text).transport for text in sip.listen]
    addresses += [trunk.address.transport for trunk in settings.trunk]
    wanted = sip.tls_cert or "tls" in addresses
    files = TlsFiles(sip.tls_cert, sip.tls_key, sip.tls_ca, sip.tls_verify_peers)
    return load_contexts(files) if wanted else None


def ending(expires_at: float | None, now_s: float, within_days: float) -> str | None:
    """Return how long a certificate is valid yet, None when that is longer than `within_days`.

    Both moments are POSIX seconds; None: there is no certificate.
    """
    if expires_at is None:
        return None
    left_days = (expires_at - now_s) / 86400
    if left_days >= within_days:
        return None
    return f"ends in {left_days:.0f} day(s)" if left_days > 0 else "has ended"
