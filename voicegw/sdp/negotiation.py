"""Offer and answer for one leg's sound (RFC 3264). Pure.

A :class:`Negotiator` keeps what was said on a leg: our own description with its version, the order
of the media lines, and what both sides agreed to. A description that can't be used raises SdpError
and changes nothing, so that a refused re-INVITE leaves the call as it was (RFC 3261 §14.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from voicegw.errors import SdpError
from voicegw.sdp.codecs import TELEPHONE_EVENT, Codec, codecs_named
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
from voicegw.sdp.payload_numbers import PayloadNumbers, codec_of, events_for, name_of
from voicegw.sdp.terms import ANY_TERMS, MediaTerms

PACKET_MS: Final = 20
#: The clock of telephone events beside any codec but Opus.
EVENT_CLOCK_HZ: Final = 8000

_PLAIN_PROFILES: Final = frozenset({"RTP/AVP", "RTP/AVPF"})


@dataclass(frozen=True, slots=True)
class AgreedMedia:
    """What both sides agreed to on a leg.

    `payload_type` and `event_payload_type` are the numbers to *send* with; `receive` maps the
    numbers that may arrive to names (see :mod:`voicegw.sdp.codecs`). `remote_direction` is the far
    end's own word, from its point of view.
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

    `session_id` must be random: it is all that `o=` says of us. `codecs` is what the engine
    carries, best first; the terms of each offer and answer may leave some out and order the rest.
    """

    session_id: int
    address: str
    port: int
    codecs: Sequence[Codec]
    terms: MediaTerms = ANY_TERMS
    agreed: AgreedMedia | None = None
    _version: int = 0
    _last_media: tuple[MediaDescription, ...] | None = field(default=None, repr=False)
    _layout: _Layout = _OWN_LAYOUT
    _offered: tuple[PayloadMap, ...] = ()
    _numbers: PayloadNumbers = field(default_factory=PayloadNumbers)

    def __post_init__(self) -> None:
        if not self.codecs:
            raise ValueError("a leg needs at least one codec")

    @property
    def receivable(self) -> Mapping[int, str]:
        """Payload types that may arrive: by agreement, before one by what we would offer."""
        if self.agreed is not None:
            return self.agreed.receive
        return _names(self._numbers.payloads(self._allowed(self.terms)))

    def prefer_events(self, payload_type: int) -> None:
        """Offer telephone events by this number, which another leg of the call uses.

        For an engine that relays events as they are. To be called before anything is agreed.
        """
        self._numbers.learn([PayloadMap(payload_type, TELEPHONE_EVENT, EVENT_CLOCK_HZ)])

    def offer(self, terms: MediaTerms | None = None) -> str:
        """Return our description as an offer: the codecs of `terms`, and telephone-event.

        None are the terms before. Numbers in use on the leg keep their meaning (RFC 3264 §8.3.2).
        Raises SdpError when `terms` leave no codec.
        """
        terms = self.terms if terms is None else terms
        payloads = self._numbers.payloads(self._allowed(terms))
        self.terms = terms
        self._offered = payloads
        self._numbers.learn(payloads)
        return self._render(self._layout, payloads, Direction.SENDRECV)

    def accept(self, remote_answer: str) -> AgreedMedia:
        """Take the answer to our last offer. Raises SdpError when it can't be used."""
        if not self._offered:
            raise SdpError("an answer without an offer")
        description = parse(remote_answer)
        media = _answered_audio(description, self._layout.audio_index)
        receive = _names(self._offered)
        answered = media.payloads()
        chosen = _first_of_theirs(answered, self._allowed(self.terms))
        if chosen is None:
            raise SdpError("the answer has no codec that was offered")
        self.agreed = _agreed(
            description, media, chosen, events_for(answered, chosen[0]), _narrow(receive, answered)
        )
        return self.agreed

    def answer(self, remote_offer: str, terms: MediaTerms = ANY_TERMS) -> str:
        """Take the far end's offer and return our answer. Raises SdpError when nothing fits.

        One codec is answered, so that the stream does not change in mid-call: the first that
        `terms` name and the offer has, or the first of the offer's where they name none.
        """
        description = parse(remote_offer)
        choose = _first_of_theirs if terms.codecs is None else _first_of_ours
        chosen = _choose_audio(description, self._allowed(terms), choose)
        if chosen is None:
            raise SdpError("the offer has no sound that this gateway carries")
        index, media, codec, payload = chosen
        event = events_for(media.payloads(), codec)
        payloads = (payload,) if event is None else (payload, event)
        agreed = _agreed(description, media, (codec, payload), event, _names(payloads))
        direction = agreed.remote_direction.mirrored()
        if agreed.is_held and direction is Direction.SENDRECV:
            direction = Direction.RECVONLY
        self._layout = _Layout(
            tuple(_Slot(m.kind, m.protocol, m.formats) for m in description.media), index
        )
        self.terms = terms
        self.agreed = agreed
        self._numbers.learn(payloads)
        return self._render(self._layout, payloads, direction)

    def _allowed(self, terms: MediaTerms) -> tuple[Codec, ...]:
        """Return the codecs that `terms` leave, best first. Raises SdpError when that is none."""
        if terms.codecs is None:
            return tuple(self.codecs)
        allowed = tuple(codec for codec in codecs_named(terms.codecs) if codec in self.codecs)
        if not allowed:
            raise SdpError("no codec is left that this leg may use")
        return allowed

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
            channels = f"/{payload.channels}" if payload.channels != 1 else ""
            attributes.append(
                Attribute("rtpmap", f"{number} {payload.encoding}/{payload.clock_hz}{channels}")
            )
            if codec_of(payload) is None:
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


def _names(payloads: Sequence[PayloadMap]) -> dict[int, str]:
    """Return the names of `payloads` by their numbers."""
    named = ((payload.payload_type, name_of(payload)) for payload in payloads)
    return {number: name for number, name in named if name is not None}


_Choice = tuple[Codec, PayloadMap]


def _first_of_theirs(payloads: Sequence[PayloadMap], codecs: Sequence[Codec]) -> _Choice | None:
    """Return the first of `payloads` whose codec is among `codecs`."""
    for payload in payloads:
        codec = codec_of(payload)
        if codec is not None and codec in codecs:
            return codec, payload
    return None


def _first_of_ours(payloads: Sequence[PayloadMap], codecs: Sequence[Codec]) -> _Choice | None:
    """Return the first of `codecs` that is among `payloads`."""
    for codec in codecs:
        for payload in payloads:
            if codec_of(payload) is codec:
                return codec, payload
    return None


def _choose_audio(
    description: SessionDescription,
    codecs: Sequence[Codec],
    choose: Callable[[Sequence[PayloadMap], Sequence[Codec]], _Choice | None],
) -> tuple[int, MediaDescription, Codec, PayloadMap] | None:
    for index, media in enumerate(description.media):
        if media.kind != "audio" or media.port == 0 or media.protocol not in _PLAIN_PROFILES:
            continue
        connection = description.connection_of(media)
        if connection is None or not is_ipv4_literal(connection.address):
            continue
        carried = choose(media.payloads(), codecs)
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
    wanted = set(_names(answered).values())
    receive = {number: name for number, name in offered.items() if name in wanted}
    for number, name in _names(answered).items():
        if name in offered.values() and number not in offered:
            receive[number] = name
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
        event_clock_hz=event.clock_hz if event is not None else chosen[0].clock_hz,
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
