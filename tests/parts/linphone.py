"""linphonec as a telephone that registers and rings until it is told to answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.parts.baresip import write_tone
from tests.parts.certificates import Authority
from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.ports import free_port

_RC = """\
[sip]
sip_port={udp_port}
sip_tcp_port={tcp_port}
sip_tls_port={tls_port}
bind_address={host}
use_ipv6=0
default_proxy=0
media_encryption={encryption}
{sip}
[rtp]
audio_rtp_port={rtp_low}-{rtp_high}
[sound]
echocancellation=0
[proxy_0]
reg_proxy=<sip:{server};transport={transport}>
reg_identity=sip:{user}@{server}
reg_expires=120
reg_sendregister=1
[auth_info_0]
username={user}
passwd={password}
realm={realm}
"""
#: It connects and does not listen.
_NO_LISTENER = -2


class Linphone:
    """One linphonec process, registered; it rings and does nothing else by itself."""

    def __init__(
        self,
        folder: Path,
        *,
        user: str,
        password: str,
        host: str,
        server: str,
        rtp_low: int,
        realm: str = "voicegw",
        sip: Sequence[str] = (),
        tone_hz: int = 0,
        tcp: bool = False,
        certificates: Authority | None = None,
        encryption: str = "none",
    ) -> None:
        """Start it and wait until it is registered at `server` (host:port).

        `rtp_low` begins the fifty ports of its sound; `sip` are more lines of its section of that
        name. With `tone_hz` it speaks that tone, and keeps what it hears (:meth:`heard`). It
        speaks UDP, with `tcp` TCP, with `certificates` TLS, and then checks the server's;
        `encryption` of its sound is `none` or `srtp`.
        """
        need("linphonec", "linphone-cli")
        self.folder = folder
        # Without these folders it opens no port and says nothing.
        for place in (".local/share/linphone", ".config/linphone"):
            (folder / place).mkdir(parents=True)
        (folder / "rc").write_text(
            _RC.format(
                host=host,
                udp_port=0 if tcp else free_port(host),
                tcp_port=free_port(host) if tcp else 0,
                server=server,
                user=user,
                password=password,
                realm=realm,
                rtp_low=rtp_low,
                rtp_high=rtp_low + 49,
                transport="tls" if certificates else "tcp" if tcp else "udp",
                encryption=encryption,
                tls_port=0 if certificates is None else _NO_LISTENER,
                sip="\n".join([*sip, *_tls(certificates)]),
            )
        )
        self._said = folder / "said"
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                ["stdbuf", "-oL", "linphonec", "-c", "rc", "-d", "4", "-l", "log"],
                cwd=folder,
                env={**os.environ, "HOME": str(folder)},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
            )
        try:
            wait_for("linphone registered", self._is_registered, 20)
            if tone_hz:
                write_tone(folder / "says.wav", tone_hz)
                # In this order and before the first call, or it stays deaf and mute.
                self.command("soundcard use files")
                self.command(f"play {folder}/says.wav")
                self.command(f"record {folder}/heard.wav")
        except BaseException:
            self.stop()
            raise

    def command(self, text: str) -> None:
        """Have a command carried out."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def said(self) -> str:
        """Return what it has written on its terminal."""
        return self._said.read_text(errors="replace")

    def trace(self) -> str:
        """Return its log, with every SIP message."""
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def heard(self) -> NDArray[np.int16]:
        """Return what it has heard, at 8 kHz; complete once the call is over."""
        samples, rate_hz = soundfile.read(self.folder / "heard.wav", dtype="int16", always_2d=True)
        assert rate_hz % 8000 == 0, rate_hz
        return np.asarray(samples[:: rate_hz // 8000, 0], np.int16)

    def stop(self) -> None:
        """Have it unregister and end; it is killed when it is slow to leave."""
        try:
            self.command("quit")
            self.process.wait(3)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait(5)
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _is_registered(self) -> bool:
        self.command("status register")
        return "registered, identity=" in self.said()


def _tls(certificates: Authority | None) -> list[str]:
    """Return the lines that make it check the server's certificate."""
    if certificates is None:
        return []
    return [f"root_ca={certificates.ca}", "verify_server_certs=1", "verify_server_cn=1"]
