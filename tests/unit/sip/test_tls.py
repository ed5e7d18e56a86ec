"""Certificate files, and whom a certificate is for."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from tests.parts.certificates import Authority
from voicegw.errors import ConfigError
from voicegw.sip.tls import TlsFiles, can_be_certified, certificate_is_for, load_contexts


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def files(authority: Authority, name: str = "own", days: int = 20, **changes: Any) -> TlsFiles:
    made = authority.certificate(name, "DNS:sip.example", days=days)
    given = {"cert": str(made.cert), "key": str(made.key), "ca": str(authority.ca)}
    return TlsFiles(**(given | changes))


def test_contexts_know_when_the_certificate_ends(authority: Authority) -> None:
    contexts = load_contexts(files(authority, days=20))
    assert contexts.server is not None
    assert contexts.server.verify_mode is ssl.CERT_NONE
    assert contexts.client.verify_mode is ssl.CERT_REQUIRED
    assert contexts.server.minimum_version is ssl.TLSVersion.TLSv1_2
    assert contexts.client.minimum_version is ssl.TLSVersion.TLSv1_2
    assert contexts.expires_at is not None
    assert contexts.expires_at - time.time() == pytest.approx(20 * 86400, abs=300)


def test_peers_are_asked_for_certificates_where_configured(authority: Authority) -> None:
    contexts = load_contexts(files(authority, verify_peers=True))
    assert contexts.server is not None
    assert contexts.server.verify_mode is ssl.CERT_REQUIRED


def test_without_a_certificate_connections_can_only_be_opened() -> None:
    contexts = load_contexts(TlsFiles())
    assert contexts.server is None
    assert contexts.expires_at is None
    assert contexts.client.verify_mode is ssl.CERT_REQUIRED


def broken(authority: Authority, folder: Path) -> dict[str, tuple[TlsFiles, str, str]]:
    nonsense = folder / "nonsense.pem"
    nonsense.write_text("no certificate")
    locked = folder / "locked.key"
    other = authority.certificate("other", "DNS:other.example")
    locked.write_text(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
    )
    return {
        "missing": (files(authority, key="/nowhere.pem"), "sip.tls_key", "can't be read"),
        "missing ca": (TlsFiles(ca="/nowhere.pem"), "sip.tls_ca", "can't be read"),
        "ca": (files(authority, ca=str(nonsense)), "sip.tls_ca", "holds no certificate"),
        "nonsense": (files(authority, cert=str(nonsense)), "sip.tls_cert", "no certificate"),
        "no key": (files(authority, key=""), "sip.tls_cert", "with no tls_key"),
        "locked key": (files(authority, key=str(locked)), "sip.tls_cert", "no certificate"),
        "other's key": (files(authority, key=str(other.key)), "sip.tls_key", "another"),
        "expired": (files(authority, "old", days=-1), "sip.tls_cert", "has expired"),
    }


@pytest.mark.parametrize(
    "what",
    [
        *("missing", "missing ca", "ca", "nonsense", "no key", "locked key"),
        *("other's key", "expired"),
    ],
)
def test_files_that_cannot_be_used_are_told(
    authority: Authority, tmp_path: Path, what: str
) -> None:
    given, where, said = broken(authority, tmp_path)[what]
    with pytest.raises(ConfigError) as caught:
        load_contexts(given)
    [problem] = caught.value.problems
    assert problem.where == where
    assert said in problem.what
    assert problem.mend


def test_every_unreadable_file_is_told() -> None:
    with pytest.raises(ConfigError) as caught:
        load_contexts(TlsFiles("/no/cert", "/no/key", "/no/ca"))
    assert [one.where for one in caught.value.problems] == [
        "sip.tls_cert",
        "sip.tls_key",
        "sip.tls_ca",
    ]


URI_AND_DNS = (("URI", "sip:example.com"), ("DNS", "sbc.example.com"))


@pytest.mark.parametrize(
    ("names", "wanted", "fits"),
    [
        ((("DNS", "sip.example.com"),), "sip.example.com", True),
        ((("DNS", "SIP.Example.com."),), "sip.example.COM", True),
        ((("DNS", "*.example.com"),), "sip.example.com", False),
        ((("DNS", "sip.example.com.evil.org"),), "sip.example.com", False),
        (URI_AND_DNS, "example.com", True),
        (URI_AND_DNS, "sbc.example.com", False),
        ((("URI", "sip:example.com;transport=tls"),), "example.com", True),
        ((("URI", "sip:boss@example.com"),), "example.com", False),
        ((("URI", "https://example.com"), ("DNS", "b.example.com")), "b.example.com", True),
        ((("IP Address", "192.0.2.1"),), "192.0.2.1", True),
        ((("IP Address", "2001:DB8:0:0:0:0:0:1"),), "2001:db8::1", True),
        ((("IP Address", "192.0.2.1"),), "192.0.2.2", False),
        ((("DNS", "192.0.2.1"),), "192.0.2.1", False),
        ((("IP Address", "<invalid>"),), "192.0.2.1", False),
        ((), "example.com", False),
    ],
)
def test_whom_a_certificate_is_for(
    names: tuple[tuple[str, str], ...], wanted: str, fits: bool
) -> None:
    certificate = {
        "subject": ((("commonName", wanted),),),
        "subjectAltName": names,
    }
    assert certificate_is_for(certificate, wanted) is fits


@pytest.mark.parametrize("name", ["sip.example", "a_b.example.", "192.0.2.1", "2001:db8::1", "x"])
def test_names_that_a_certificate_may_be_for(name: str) -> None:
    assert can_be_certified(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", ".example", "a..b", "a b", "caf\u00e9", "a\0b", "-a.example", "a\n"),
        *("x" * 64, "a." * 130 + "a", "*.example"),
    ],
)
def test_names_that_no_certificate_can_be_for(name: str) -> None:
    assert not can_be_certified(name)
