"""Certificates as the configuration names them: read at the start, and again at a reload."""

from __future__ import annotations

from config.settings import Settings
from config.values import parse_listen
from voicegw.sip.tls import TlsContexts, TlsFiles, load_contexts


def tls_contexts(settings: Settings) -> TlsContexts | None:
    """Return what TLS is made with; None where nothing asks for it. Raises ConfigError."""
    sip = settings.sip
    addresses = [parse_listen(text).transport for text in sip.listen]
    addresses += [trunk.address.transport for trunk in settings.trunk]
    wanted = sip.tls_cert or "tls" in addresses
    files = TlsFiles(sip.tls_cert, sip.tls_key, sip.tls_ca, sip.tls_verify_peers)
    return load_contexts(files) if wanted else None
