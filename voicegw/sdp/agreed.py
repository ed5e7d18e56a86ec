"""What both sides of a leg agreed to, read from the far end's description. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from voicegw.errors import SdpError
from voicegw.sdp.codecs import Codec
from voicegw.sdp.crypto import SrtpKeys
from voicegw.sdp.description import (
    Connection,
    Direction,
    Family,
    MediaDescription,
    PayloadMap,
    SessionDescription,
    unicast_literal,
)

#: What a packet of ours holds, and what we ask for, where nothing else is asked of us.
PACKET_MS: Final = 20
_MIN_PACKET_MS: Final = 10
_MAX_PACKET_MS: Final = 60


@dataclass(frozen=True, slots=True)
class AgreedMedia:
    """What both sides agreed to on a leg.

    `payload_type` and `event_payload_type` are the numbers to *send* with; `receive` maps the
    numbers that may arrive to names (see :mod:`voicegw.sdp.codecs`). `packet_ms` is how much sound
    the far end wants in a packet: a multiple of 10 from 10 to 60. `remote_direction` is the far
    end's own word, from its point of view. `srtp` None is plain sound.
    """

    codec: Codec
    payload_type: int
    event_payload_type: int | None
    event_clock_hz: int
    receive: Mapping[int, str]
    remote_host: str
    remote_port: int
    remote_rtcp_host: str
    remote_rtcp_port: int
    remote_direction: Direction
    packet_ms: int = PACKET_MS
    srtp: SrtpKeys | None = None

    @property
    def is_held(self) -> bool:
        """Whether the far end has put us on hold, in any spelling."""
        return self.remote_direction in {Direction.SENDONLY, Direction.INACTIVE} or (
            Connection(self.remote_host).is_unspecified
        )

    @property
    def may_send(self) -> bool:
        """Whether the far end wants to receive sound."""
        return self.remote_direction in {Direction.SENDRECV, Direction.RECVONLY} and not (
            Connection(self.remote_host).is_unspecified
        )

    @property
    def is_sending(self) -> bool:
        """Whether the far end has promised a steady stream: its absence is a fault."""
        return self.remote_direction is Direction.SENDRECV and not self.is_held


def sound_address(description: SessionDescription, media: MediaDescription) -> tuple[str, Family]:
    """Return where `media` wants its sound, as the kernel writes it, and the family.

    A name is refused: looking it up would hold a call up, and have strangers choose what is asked
    of our name server. Raises SdpError.
    """
    connection = description.connection_of(media)
    if connection is None:
        raise SdpError("no address to send sound to")
    found = unicast_literal(connection.address)
    if found is None:
        raise SdpError("the address for sound is a name, or none that one telephone can have")
    return found


def agree(
    description: SessionDescription,
    media: MediaDescription,
    *,
    codec: Codec,
    payload: PayloadMap,
    event: PayloadMap | None,
    receive: Mapping[int, str],
    family: Family,
    srtp: SrtpKeys | None,
) -> AgreedMedia:
    """Return what is agreed on with the far end's line `media`.

    Raises SdpError when its sound is wanted at an address that sockets of `family` don't reach.
    """
    host, host_family = sound_address(description, media)
    if host_family != family and not Connection(host).is_unspecified:
        raise SdpError("the address for sound is of another family than ours")
    rtcp_host, rtcp_port = _rtcp_address(media, host, family)
    return AgreedMedia(
        codec=codec,
        payload_type=payload.payload_type,
        event_payload_type=event.payload_type if event is not None else None,
        event_clock_hz=event.clock_hz if event is not None else codec.clock_hz,
        receive=MappingProxyType(dict(receive)),
        remote_host=host,
        remote_port=media.port,
        remote_rtcp_host=rtcp_host,
        remote_rtcp_port=rtcp_port,
        remote_direction=description.direction_of(media),
        packet_ms=_packet_ms(media),
        srtp=srtp,
    )


def _rtcp_address(media: MediaDescription, host: str, family: Family) -> tuple[str, int]:
    """Return where the far end wants RTCP: `a=rtcp` (RFC 3605), else the next port."""
    following = media.port + 1 if media.port < 65_535 else media.port
    attribute = media.attribute("rtcp")
    if attribute is None or attribute.value is None:
        return host, following
    parts = attribute.value.split()
    port = _small_number(parts[0]) if parts else None
    if port is None or not 0 < port <= 65_535:
        return host, following
    if len(parts) == 4:
        found = unicast_literal(parts[3])
        if found is not None and found[1] == family:
            host = found[0]
    return host, port


def _packet_ms(media: MediaDescription) -> int:
    """Return how much sound the far end wants in a packet (RFC 8866 §6.4)."""
    wanted = _attribute_number(media, "ptime") or PACKET_MS
    most = _attribute_number(media, "maxptime") or _MAX_PACKET_MS
    packet_ms = min(wanted, most, _MAX_PACKET_MS) // 10 * 10
    return max(packet_ms, _MIN_PACKET_MS)


def _attribute_number(media: MediaDescription, name: str) -> int | None:
    attribute = media.attribute(name)
    return None if attribute is None else _small_number(attribute.value or "")


def _small_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
