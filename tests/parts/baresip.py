"""baresip as a telephone: it registers, or waits to be called, speaks a tone and records."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.parts.certificates import Authority
from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.ports import free_port

_CONFIG = """
sip_listen {host}:{port}
net_interface {host}
audio_source aufile,{folder}/says.wav
audio_player aubridge,null
audio_alert aubridge,null
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp_low}-{rtp_high}
module_path /usr/lib/baresip/modules
ctrl_tcp_listen {host}:{control}
snd_path {folder}/heard
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
module_app debug_cmd.so
"""
_SPEAKS_S = 90


class Baresip:
    """One baresip process. Its voice is a tone, so that one can tell who is heard."""

    def __init__(
        self,
        folder: Path,
        *,
        user: str,
        host: str,
        port: int | None = None,
        server: str | None = None,
        password: str = "",
        tone_hz: int,
        rtp_low: int,
        answers: bool = True,
        certificates: Authority | None = None,
        certified_for: str = "",
        encryption: str = "",
        codecs: str = "PCMA/8000/1",
    ) -> None:
        """Start it; with `server` (host:port) it registers, else it waits to be called.

        It answers by itself, or with `answers` false when told to `accept`. `rtp_low` begins the
        hundred ports of its sound: baresip binds them on every address, so two of them must not
        share any. With `certificates` it speaks TLS, listens for it at the port above `port`, and
        checks the server's; its own is for its address, or `certified_for`. `encryption` of its
        sound is `srtp` (keys beside plain sound), `srtp-mand`, `srtp-mandf` or `dtls_srtp`.
        `codecs` are what it speaks, best first, separated by commas.
        """
        need("baresip", "baresip-core")
        self.folder = folder
        self.host, self.port = host, port or free_port(host)
        self.rtp_ports = range(rtp_low, rtp_low + 100)
        (folder / "heard").mkdir(parents=True)
        write_tone(folder / "says.wav", tone_hz)
        control = free_port(host)
        tls = ""
        if certificates is not None:
            own = certificates.certificate(user, certified_for or f"IP:{host}")
            tls = f"sip_certificate {own.both}\nsip_cafile {certificates.ca}\n"
        (folder / "config").write_text(
            tls
            + _CONFIG.format(
                host=host,
                port=self.port,
                folder=folder,
                rtp_low=rtp_low,
                rtp_high=rtp_low + 99,
                control=control,
            )
        )
        domain = server or f"{host}:{self.port if certificates is None else self.port + 1}"
        options = f"auth_user={user};auth_pass={password};regint={60 if server else 0}"
        if encryption:
            options += f";mediaenc={encryption}"
        mode = "auto" if answers else "manual"
        transport = "udp" if certificates is None else "tls"
        (folder / "accounts").write_text(
            f"<sip:{user}@{domain};transport={transport}>;{options};answermode={mode};"
            f"audio_codecs={codecs};ptime=20\n"
        )
        with (folder / "log").open("wb") as out:
            self.process = subprocess.Popen(
                ["baresip", "-4", "-f", str(folder), "-v", "-s"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        self._control = wait_for("baresip's control port", lambda: _connected(host, control))
        if server is not None:
            wait_for("baresip registered", lambda: "OK" in self.command("reginfo"))

    def command(self, name: str, parameters: str = "") -> str:
        """Have a command carried out and return what it says."""
        body = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(body), body))
        while True:
            message = self._next(5)
            if message.get("response"):
                return str(message.get("data", ""))
            self._events.append(message)

    def wait_for(self, kind: str, timeout_s: float = 10) -> dict[str, Any]:
        """Wait for an event such as CALL_ESTABLISHED or CALL_CLOSED and return it."""
        deadline = time.monotonic() + timeout_s
        while True:
            for index, event in enumerate(self._events):
                if event["type"] == kind:
                    return self._events.pop(index)
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"baresip: no {kind}: {self.trace()[-2000:]}"
            self._events.append(self._next(left_s))

    def heard(self) -> NDArray[np.int16]:
        """Return what it has heard in its last call, at 8 kHz."""
        path = sorted(self.folder.glob("heard/dump-*-dec.wav"))[-1]
        with wave.open(str(path), "rb") as stream:
            step = stream.getframerate() // 8000 * stream.getnchannels()
            frames = np.frombuffer(stream.readframes(stream.getnframes()), "<i2")
        # Tones far below 4 kHz: leaving samples out does them no harm.
        return frames[::step].astype(np.int16)

    def trace(self) -> str:
        """Return its log, with every SIP message."""
        return (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        """End it."""
        self._control.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)

    def _next(self, timeout_s: float) -> dict[str, Any]:
        """Return the next message: netstrings of JSON both ways."""
        deadline = time.monotonic() + timeout_s
        while True:
            size, colon, rest = self._buffer.partition(b":")
            if colon and len(rest) > int(size):
                self._buffer = rest[int(size) + 1 :]
                return dict(json.loads(rest[: int(size)]))
            self._control.settimeout(max(0.01, deadline - time.monotonic()))
            received = self._control.recv(65536)
            assert received, f"baresip is gone: {self.trace()[-2000:]}"
            self._buffer += received


def _connected(host: str, port: int) -> socket.socket | None:
    try:
        return socket.create_connection((host, port), 1)
    except OSError:
        return None


def write_tone(path: Path, frequency_hz: int) -> None:
    """Write a tone longer than any call, at 8 kHz."""
    ticks = np.arange(_SPEAKS_S * 8000)
    samples = 8000 * np.sin(2 * np.pi * frequency_hz * ticks / 8000)
    with wave.open(str(path), "wb") as stream:
        stream.setparams((1, 2, 8000, 0, "NONE", ""))
        stream.writeframes(samples.astype("<i2").tobytes())
