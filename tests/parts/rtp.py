"""A port that speaks and listens RTP, for telephones whose signalling another program does."""

from __future__ import annotations

import math
import random
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ivr.g711 import encode_alaw

_PACKET_S = 0.02
_SAMPLES = 160
_HEAD = struct.Struct("!BBHII")


def tone_alaw(frequency_hz: int, seconds: float, peak: int = 8000) -> bytes:
    """Return a tone as raw A-law at 8 kHz."""
    return encode_alaw(sine(frequency_hz, seconds, peak))


def cadence_alaw(frequency_hz: int, on_s: float, off_s: float) -> bytes:
    """Return one turn of a signal tone as raw A-law at 8 kHz."""
    silence = np.zeros(round(off_s * 8000), dtype=np.int16)
    return encode_alaw(np.concatenate([sine(frequency_hz, on_s), silence]))


def sine(frequency_hz: int, seconds: float, peak: int = 8000) -> NDArray[np.int16]:
    """Return a tone at 8 kHz."""
    ticks = np.arange(int(seconds * 8000))
    return (peak * np.sin(2 * math.pi * frequency_hz * ticks / 8000)).astype(np.int16)


def loudness(samples: NDArray[np.int16], frequency_hz: int) -> float:
    """Return the amplitude of a frequency in samples of 8 kHz."""
    turns = np.exp(-2j * np.pi * frequency_hz * np.arange(len(samples)) / 8000)
    return float(2 * abs(np.dot(samples.astype(float), turns)) / max(len(samples), 1))


def sound_address(messages: str, *, containing: str = "") -> tuple[str, int]:
    """Return where the newest description in a message log wants sound.

    `containing` picks the messages with this text.
    """
    found = None
    for message in re.split(r"(?m)^-{20,}.*$", messages):
        if containing in message and "received" in message:
            host = re.search(r"^c=IN IP4 (\S+)", message, re.MULTILINE)
            port = re.search(r"^m=audio (\d+)", message, re.MULTILINE)
            if host and port:
                found = host[1], int(port[1])
    assert found is not None, "no description has arrived"
    return found


@dataclass
class RtpPort:
    """A bound even UDP port. `packets` are the payloads heard, by arrival."""

    host: str
    packets: list[tuple[float, int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Bind and begin to listen."""
        self._socket = _even_socket(self.host)
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._says: dict[tuple[str, int], bytes] = {}
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def speak(self, target: tuple[str, int], alaw: bytes) -> None:
        """Say raw A-law over and over to `target`, at 50 packets a second.

        Whoever speaks there already says this from now on, in the same stream.
        """
        spoken = target in self._says
        self._says[target] = alaw
        if spoken:
            return
        thread = threading.Thread(target=self._say, args=(target,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def press(self, target: tuple[str, int], digit: str) -> None:
        """Press a key as RFC 4733 event 101 asks: several packets, the end three times."""
        ssrc, sequence = random.getrandbits(32), random.getrandbits(15)
        code = "0123456789*#ABCD".index(digit)
        for index in range(8):
            marker = 0x80 if index == 0 else 0
            head = _HEAD.pack(0x80, marker | 101, sequence + index, 16000, ssrc)
            is_end = 0x80 if index >= 5 else 0
            event = struct.pack("!BBH", code, is_end | 10, _SAMPLES * min(index + 1, 6))
            self._socket.sendto(head + event, target)
            time.sleep(_PACKET_S)

    def heard(self, since: float = 0.0) -> bytes:
        """Return the sound heard since a monotonic time, in raw A-law."""
        return b"".join(body for at, kind, body in list(self.packets) if at >= since and kind == 8)

    def close(self) -> None:
        """Fall silent."""
        self._over.set()
        for thread in self._threads:
            thread.join(2)
        self._socket.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                packet = self._socket.recv(2048)
            except TimeoutError:
                continue
            if len(packet) >= _HEAD.size:
                self.packets.append((time.monotonic(), packet[1] & 0x7F, packet[_HEAD.size :]))

    def _say(self, target: tuple[str, int]) -> None:
        ssrc, sequence = random.getrandbits(32), random.getrandbits(15)
        due = time.monotonic()
        index = 0
        while not self._over.is_set():
            alaw = self._says[target]
            place = index * _SAMPLES % max(len(alaw) - _SAMPLES + 1, 1)
            stamp = index * _SAMPLES & 0xFFFFFFFF
            head = _HEAD.pack(0x80, 8, (sequence + index) & 0xFFFF, stamp, ssrc)
            self._socket.sendto(head + alaw[place : place + _SAMPLES], target)
            index += 1
            due += _PACKET_S
            time.sleep(max(0.0, due - time.monotonic()))


def _even_socket(host: str) -> socket.socket:
    while True:
        candidate = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        candidate.bind((host, 0))
        if candidate.getsockname()[1] % 2 == 0:
            candidate.settimeout(0.2)
            return candidate
        candidate.close()
