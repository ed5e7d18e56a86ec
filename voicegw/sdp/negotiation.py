"""Offer and answer for one leg's sound (RFC 3264). Pure.

A :class:`Negotiator` keeps what was said on a leg: our own description with its version, the order
of the media lines, and what both sides agreed to. A description that can't be used raises SdpError
and changes nothing, so that a refused re-INVITE leaves the call as it was (RFC 3261 §14.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voicegw.errors import SdpError
from voicegw.sdp.description import (
    Attribute,
    Connection,
    Direction,
    MediaDescription,
    Origin,
    PayloadMap,
    SessionDescription,
    is_ipv4_literal,
    parse,
    serialise,
)

TELEPHONE_EVENT: Final = "telephone-event"
EVENT_PAYLOAD_TYPE: Final = 101
CLOCK_HZ: Final = 8000
PACKET_MS: Final = 20

_PLAIN_PROFILES: Final = frozenset({"RTP/AVP", "RTP/AVPF"})


class Codec(StrEnum):
    """The codecs this gateway carries."""

    PCMA = "PCMA"
    PCMU = "PCMU"


_STATIC_NUMBER: Final = {Codec.PCMA: 8, Codec.PCMU: 0}


@dataclass(frozen=True, slots=True)
class AgreedMedia:
    """What both sides agreed to on a leg.

    `payload_type` and `event_payload_type` are the numbers to *send* with; `receive` maps the
    numbers that may arrive to encodings (`PCMA`, `PCMU`, `telephone-event`). `remote_direction` is
    the far end's own word, from its point of view.
    """

    codec: Codec
    payload_type: int
    event_payload_type: int | None
    receive: Mapping[int, str]
    remote_host: str
    remote_port: int
    remote_rtcp_host: str
    remote_rtcp_port: int
    remote_direction: Direction

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


@dataclass(frozen=True, slots=True)
class _Slot:
    """A media line of the session: its place never changes (RFC 3264 §8)."""

    kind: str
    protocol: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """All media lines, and which of them carries our sound."""

    slots: tuple[_Slot, ...]
    audio_index: int


_OWN_LAYOUT: Final = _Layout((_Slot("audio", "RTP/AVP", ()),), 0)


@dataclass(slots=True)
class Negotiator:
    """The state of offer and answer on one leg.

    `session_id` must be random: it is all that `o=` says of us. `codecs` is our order of
    preference in offers; answers follow the far end's order.
    """

    session_id: int
    address: str
    port: int
    codecs: Sequence[Codec]
    agreed: AgreedMedia | None = None
    _version: int = 0
    _last_media: tuple[MediaDescription, ...] | None = field(default=None, repr=False)
    _layout: _Layout = _OWN_LAYOUT
    _offered: tuple[PayloadMap, ...] = ()

    def __post_init__(self) -> None:
        if not self.codecs:
            raise ValueError("a leg needs at least one codec")

    @property
    def receivable(self) -> Mapping[int, str]:
        """Payload types that may arrive: by agreement, before one by what we would offer."""
        if self.agreed is not None:
            return self.agreed.receive
        return {p.payload_type: p.encoding for p in self._own_payloads()}

    def offer(self) -> str:
        """Return our description as an offer: every codec we carry, and telephone-event.

        Numbers already agreed on the leg keep their meaning (RFC 3264 §8.3.2).
        """
        payloads = self._own_payloads()
        self._offered = payloads
        return self._render(self._layout, payloads, Direction.SENDRECV)

    def accept(self, remote_answer: str) -> AgreedMedia:
        """Take the answer to our last offer. Raises SdpError when it can't be used."""
        if not self._offered:
            raise SdpError("an answer without an offer")
        description = parse(remote_answer)
        media = _answered_audio(description, self._layout.audio_index)
        receive = {p.payload_type: p.encoding for p in self._offered}
        answered = media.payloads()
        chosen = _first_carried(answered, self.codecs)
        if chosen is None:
            raise SdpError("the answer has no codec that was offered")
        self.agreed = _agreed(
            description, media, chosen, _event_of(answered), _narrow(receive, answered)
        )
        return self.agreed

    def answer(self, remote_offer: str) -> str:
        """Take the far end's offer and return our answer. Raises SdpError when nothing fits."""
        description = parse(remote_offer)
        chosen = _choose_audio(description, self.codecs)
        if chosen is None:
            raise SdpError("the offer has no sound that this gateway carries")
        index, media, codec, payload = chosen
        event = _event_of(media.payloads())
        payloads = (payload,) if event is None else (payload, event)
        agreed = _agreed(
            description,
            media,
            (codec, payload),
            event,
            {p.payload_type: _canonical(p) for p in payloads},
        )
        direction = agreed.remote_direction.mirrored()
        if agreed.is_held and direction is Direction.SENDRECV:
            direction = Direction.RECVONLY
        self._layout = _Layout(
            tuple(_Slot(m.kind, m.protocol, m.formats) for m in description.media), index
        )
        self.agreed = agreed
        return self._render(self._layout, payloads, direction)

    def _own_payloads(self) -> tuple[PayloadMap, ...]:
        known = {}
        event_number = EVENT_PAYLOAD_TYPE
        if self.agreed is not None:
            known = {
                encoding.upper(): number
                for number, encoding in reversed(list(self.agreed.receive.items()))
            }
            event_number = known.get(TELEPHONE_EVENT.upper(), event_number)
        numbers = [(str(c), known.get(c, _STATIC_NUMBER[c])) for c in self.codecs]
        taken = {number for _, number in numbers}
        while event_number in taken:
            event_number = 96 + (event_number - 95) % 32
        return (
            *(PayloadMap(number, encoding, CLOCK_HZ) for encoding, number in numbers),
            PayloadMap(event_number, TELEPHONE_EVENT, CLOCK_HZ),
        )

    def _render(
        self, layout: _Layout, payloads: tuple[PayloadMap, ...], direction: Direction
    ) -> str:
        media = tuple(
            self._audio_line(slot.protocol, payloads, direction)
            if index == layout.audio_index
            else MediaDescription(slot.kind, 0, slot.protocol, slot.formats)
            for index, slot in enumerate(layout.slots)
        )
        if media != self._last_media:
            self._version += 1
            self._last_media = media
        return serialise(
            SessionDescription(
                origin=Origin("-", self.session_id, self._version, self.address),
                media=media,
                connection=Connection(self.address),
            )
        )

    def _audio_line(
        self, protocol: str, payloads: tuple[PayloadMap, ...], direction: Direction
    ) -> MediaDescription:
        attributes = []
        for payload in payloads:
            number = payload.payload_type
            attributes.append(
                Attribute("rtpmap", f"{number} {payload.encoding}/{payload.clock_hz}")
            )
            if payload.encoding.lower() == TELEPHONE_EVENT:
                attributes.append(Attribute("fmtp", f"{number} 0-15"))
        attributes.append(Attribute("ptime", str(PACKET_MS)))
        attributes.append(Attribute(direction.value))
        return MediaDescription(
            kind="audio",
            port=self.port,
            protocol=protocol,
            formats=tuple(str(p.payload_type) for p in payloads),
            attributes=tuple(attributes),
        )


def _canonical(payload: PayloadMap) -> str:
    if payload.is_encoding(TELEPHONE_EVENT):
        return TELEPHONE_EVENT
    return payload.encoding.upper()


def _first_carried(
    payloads: Sequence[PayloadMap], codecs: Sequence[Codec]
) -> tuple[Codec, PayloadMap] | None:
    for payload in payloads:
        for codec in codecs:
            if payload.is_encoding(codec):
                return codec, payload
    return None


def _event_of(payloads: Sequence[PayloadMap]) -> PayloadMap | None:
    return next((p for p in payloads if p.is_encoding(TELEPHONE_EVENT)), None)


def _choose_audio(
    description: SessionDescription, codecs: Sequence[Codec]
) -> tuple[int, MediaDescription, Codec, PayloadMap] | None:
    for index, media in enumerate(description.media):
        if media.kind != "audio" or media.port == 0 or media.protocol not in _PLAIN_PROFILES:
            continue
        connection = description.connection_of(media)
        if connection is None or not is_ipv4_literal(connection.address):
            continue
        carried = _first_carried(media.payloads(), codecs)
        if carried is not None:
            return index, media, *carried
    return None


def _answered_audio(description: SessionDescription, index: int) -> MediaDescription:
    """Return our line of an answer: the one in our place, else the first live sound."""
    lines = list(description.media)
    if index < len(lines):
        lines.insert(0, lines[index])
    for media in lines:
        if media.kind == "audio" and media.port != 0 and media.protocol in _PLAIN_PROFILES:
            return media
    raise SdpError("the answer refuses the sound")


def _narrow(offered: Mapping[int, str], answered: Sequence[PayloadMap]) -> dict[int, str]:
    """Return what may arrive once an answer has narrowed our offer.

    The far end should send with our numbers; where its answer gives others, both are understood,
    because telephones do either.
    """
    wanted = {_canonical(p) for p in answered}
    receive = {number: encoding for number, encoding in offered.items() if encoding in wanted}
    for payload in answered:
        encoding = _canonical(payload)
        if encoding in offered.values() and payload.payload_type not in offered:
            receive[payload.payload_type] = encoding
    return receive


def _agreed(
    description: SessionDescription,
    media: MediaDescription,
    chosen: tuple[Codec, PayloadMap],
    event: PayloadMap | None,
    receive: Mapping[int, str],
) -> AgreedMedia:
    connection = description.connection_of(media)
    if connection is None:
        raise SdpError("no address to send sound to")
    if not is_ipv4_literal(connection.address):
        raise SdpError("the address for sound is no IPv4 address")
    rtcp_host, rtcp_port = _rtcp_address(media, connection.address)
    return AgreedMedia(
        codec=chosen[0],
        payload_type=chosen[1].payload_type,
        event_payload_type=event.payload_type if event is not None else None,
        receive=MappingProxyType(dict(receive)),
        remote_host=connection.address,
        remote_port=media.port,
        remote_rtcp_host=rtcp_host,
        remote_rtcp_port=rtcp_port,
        remote_direction=description.direction_of(media),
    )


def _rtcp_address(media: MediaDescription, host: str) -> tuple[str, int]:
    """Return where the far end wants RTCP: `a=rtcp` (RFC 3605), else the next port."""
    following = media.port + 1 if media.port < 65_535 else media.port
    attribute = media.attribute("rtcp")
    if attribute is None or attribute.value is None:
        return host, following
    parts = attribute.value.split()
    if not parts or not (parts[0].isascii() and parts[0].isdigit()):
        return host, following
    port = int(parts[0][:6])
    if not 0 < port <= 65_535:
        return host, following
    if len(parts) == 4 and parts[2].upper() == "IP4" and is_ipv4_literal(parts[3]):
        host = parts[3]
    return host, port
