"""An own certificate authority for tests, made with the openssl program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.parts.needs import need


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, each in a PEM file; `both` holds one after the other."""

    cert: Path
    key: Path

    @property
    def both(self) -> Path:
        """One file with key and certificate, as some programs want it."""
        path = self.cert.with_suffix(".both.pem")
        path.write_bytes(self.key.read_bytes() + self.cert.read_bytes())
        return path


class Authority:
    """Signs certificates; `ca` is the file that makes others trust them."""

    def __init__(self, folder: Path) -> None:
        """Make the authority's own key and certificate in `folder`."""
        need("openssl", "openssl")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = folder / "ca.key"
        self.ca = folder / "ca.pem"
        _new_key(self._key)
        _openssl(
            *("req", "-x509", "-new", "-key", self._key, "-out", self.ca),
            *("-days", "30", "-subj", "/CN=Test authority"),
        )

    def certificate(self, name: str, *alternatives: str, days: int = 20) -> Certificate:
        """Return a certificate for `alternatives` such as `DNS:sip.example` or `IP:127.0.0.1`.

        `name` names its files; with `days` negative it has expired.
        """
        key, request = self._folder / f"{name}.key", self._folder / f"{name}.csr"
        extensions, cert = self._folder / f"{name}.ext", self._folder / f"{name}.pem"
        _new_key(key)
        _openssl("req", "-new", "-key", key, "-out", request, "-subj", "/CN=Test certificate")
        lines = ["basicConstraints=CA:FALSE"]
        if alternatives:
            lines.append(f"subjectAltName={','.join(alternatives)}")
        extensions.write_text("\n".join(lines) + "\n")
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key),
            *("-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", cert),
        )
        return Certificate(cert, key)


def _new_key(path: Path) -> None:
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
