"""Every byte that reaches somebody on the loopback interface, for the search for leaks."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.parts.needs import missing

_ETH_P_IP = 0x0800
_PACKET_OUTGOING = 4
_UDP, _TCP = 17, 6


def need_root() -> None:
    """Go on only as root."""
    if os.geteuid() != 0:
        missing("this test needs root")


@dataclass(frozen=True, slots=True)
class Packet:
    """The payload of one UDP datagram or TCP segment."""

    source: tuple[str, int]
    target: tuple[str, int]
    payload: bytes


@dataclass
class Capture:
    """Captures from its creation until `stop`."""

    packets: list[Packet] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin."""
        need_root()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP))
        self._socket.bind(("lo", _ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.settimeout(0.2)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the capture; what has been seen stays."""
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def towards(self, host: str, ports: Iterable[int] = ()) -> list[Packet]:
        """Return what was sent to `host`, or to one of `ports` anywhere."""
        known = set(ports)
        return [one for one in self.packets if one.target[0] == host or one.target[1] in known]

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                frame, address = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            # On loopback every frame is seen twice: as it leaves and as it arrives.
            if address[2] != _PACKET_OUTGOING:
                packet = _packet_of(frame[14:])
                if packet is not None:
                    self.packets.append(packet)


def _packet_of(datagram: bytes) -> Packet | None:
    head = (datagram[0] & 0x0F) * 4
    protocol = datagram[9]
    if protocol not in (_UDP, _TCP) or len(datagram) < head + 8:
        return None
    source, target = socket.inet_ntoa(datagram[12:16]), socket.inet_ntoa(datagram[16:20])
    source_port, target_port = struct.unpack_from("!HH", datagram, head)
    offset = 8 if protocol == _UDP else (datagram[head + 12] >> 4) * 4
    payload = datagram[head + offset :]
    return Packet((source, source_port), (target, target_port), payload) if payload else None


def found_in(packets: Iterable[Packet], secrets: Iterable[str]) -> list[str]:
    """Return which of `secrets` occur in the packets, whatever the case, each with its place."""
    needles = [(secret, secret.lower().encode()) for secret in secrets]
    found = []
    for packet in packets:
        content = packet.payload.lower()
        found += [
            f"{secret!r} sent to {packet.target[0]}:{packet.target[1]}: {packet.payload[:400]!r}"
            for secret, needle in needles
            if needle in content
        ]
    return found
