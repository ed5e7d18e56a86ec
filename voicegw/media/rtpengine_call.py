"""One call in rtpengine: what is asked of it, and in which words.

rtpengine thinks in pairs, offer and answer between two parties known by tags; the media port thinks
in legs. So each leg begins as a pair of its own: a made-up party (the leg's tag after `gateway-`)
offers, the leg answers, and the ports that rtpengine shows in the offer are the leg's for good. Two
legs are bridged by an offer and an answer between *their* tags; `port latching` keeps both legs'
ports as they are, so that nobody has to be re-invited. What a leg sends is blocked until another
one is to hear it.

The descriptions that rtpengine sees are written here from what the leg has agreed on. What far ends
wrote never reaches it, and its descriptions never reach them: only the address and the port do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.errors import SdpError
from voicegw.media.bencode import Encodable, Value
from voicegw.media.rtpengine_client import Reply, RtpengineClient, RtpengineRefusedError, text
from voicegw.sdp.agreed import AgreedMedia
from voicegw.sdp.codecs import TELEPHONE_EVENT, Codec
from voicegw.sdp.description import (
    Attribute,
    Connection,
    Direction,
    MediaDescription,
    Origin,
    PayloadMap,
    SessionDescription,
    parse,
    serialise,
)

_FLAGS: Final = ("trust-address", "port-latching", "inject-DTMF")
#: Where the made-up parties are: rtpengine's own loopback, the discard port. Nothing is sent there.
_NOWHERE: Final = ("127.0.0.1", 9)
#: What the made-up party offers before anything is known of the leg.
_BOUND_WITH: Final = (
    PayloadMap(8, Codec.PCMA.value, 8000),
    PayloadMap(0, Codec.PCMU.value, 8000),
    PayloadMap(101, TELEPHONE_EVENT, 8000),
)
_DIGIT_MS: Final = 160


@dataclass(frozen=True, slots=True)
class Party:
    """A leg as rtpengine is to see it."""

    tag: str
    agreed: AgreedMedia

    @property
    def codec(self) -> PayloadMap:
        """The codec it has agreed on."""
        codec = self.agreed.codec
        return PayloadMap(self.agreed.payload_type, codec.value, codec.clock_hz, codec.channels)

    @property
    def events(self) -> PayloadMap | None:
        """The telephone events it has agreed on."""
        number = self.agreed.event_payload_type
        if number is None:
            return None
        return PayloadMap(number, TELEPHONE_EVENT, self.agreed.event_clock_hz)

    @property
    def payloads(self) -> tuple[PayloadMap, ...]:
        """The codec and, where agreed, the events."""
        return (self.codec,) if self.events is None else (self.codec, self.events)

    def description(self, *, events: PayloadMap | None) -> str:
        """Return its far end's description, with `events`.

        It always says `sendrecv`: rtpengine relays to a party on hold whatever is said here, so
        that holding is done by blocking, too.
        """
        agreed = self.agreed
        payloads = (self.codec,) if events is None else (self.codec, events)
        rtcp = Attribute("rtcp", f"{agreed.remote_rtcp_port} IN IP4 {agreed.remote_rtcp_host}")
        return _description((agreed.remote_host, agreed.remote_port), payloads, rtcp)


@dataclass(frozen=True, slots=True)
class ReceivedOnLeg:
    """What has arrived from a leg's far end: packets of sound, and of anything."""

    sound: int
    any: int


class RtpengineCall:
    """The commands about one call. All raise RtpengineAwayError and RtpengineRefusedError."""

    def __init__(self, client: RtpengineClient, call: str) -> None:
        """`call` is what rtpengine knows the call by; it must be used only once."""
        self.name = call
        self._client = client

    async def bind(self, tag: str) -> tuple[str, int]:
        """Take ports for the leg `tag` and return where its far end is to send sound."""
        own = _description(_NOWHERE, _BOUND_WITH)
        return _address(await self._describe("offer", own, _gateway(tag)))

    async def introduce(self, party: Party, *, first: bool) -> None:
        """Tell what a leg that is bridged with no other has agreed on, `first` or again."""
        tag, payloads = party.tag, party.payloads
        answer = party.description(events=party.events)
        if not first or not set(payloads) <= set(_BOUND_WITH):
            if first:
                # The tag takes the place of the nobody that the ports were taken for.
                await self._describe("answer", answer, _gateway(tag), tag)
            await self._describe("offer", _description(_NOWHERE, payloads), _gateway(tag), tag)
        await self._describe("answer", answer, _gateway(tag), tag)

    async def bridge(self, one: Party, other: Party) -> None:
        """Bridge two legs; rtpengine changes codecs where theirs differ.

        It maps no telephone events: both legs are given the same number. Where only one of them
        takes any, both are said to, because rtpengine reports digits of such pairs only.
        """
        events = (one.events or other.events, other.events or one.events)
        codec = {"transcode": [other.agreed.codec.value, one.agreed.codec.value]}
        await self._describe(
            "offer", one.description(events=events[0]), one.tag, other.tag, codec=codec
        )
        await self._describe(
            "answer", other.description(events=events[1]), one.tag, other.tag, codec=codec
        )

    async def block(self, tag: str, *, on: bool) -> None:
        """Keep what a leg sends from everybody, or let it through."""
        await self._ask("block media" if on else "unblock media", tag)

    async def block_digits(self, tag: str, *, on: bool) -> None:
        """Keep the digits of a leg from everybody, or let them through; both are reported."""
        await self._ask("block DTMF" if on else "unblock DTMF", tag)

    async def play(self, tag: str, wav: bytes) -> None:
        """Make a leg hear a WAV file, in place of the one before."""
        await self._ask("play media", tag, {"blob": wav})

    async def stop_playing(self, tag: str) -> None:
        """End what :meth:`play` began."""
        await self._ask("stop media", tag)

    async def press(self, tag: str, digit: str) -> None:
        """Put a digit into what the leg `tag` sends: whoever hears that leg gets it."""
        await self._ask("play DTMF", tag, {"code": digit, "duration": _DIGIT_MS})

    async def received(self) -> Mapping[str, ReceivedOnLeg]:
        """Return what has arrived on each leg, by its tag."""
        tags = (await self._ask("query")).get("tags")
        if not isinstance(tags, dict):
            return {}
        return {tag: _received(facts) for tag, facts in tags.items()}

    async def delete(self) -> None:
        """Free everything."""
        await self._ask("delete")

    async def _describe(
        self,
        command: str,
        description: str,
        from_tag: str,
        to_tag: str | None = None,
        **more: Encodable,
    ) -> Reply:
        fields: dict[str, Encodable] = {
            "sdp": description,
            "ICE": "remove",
            "flags": _FLAGS,
            "rtcp-mux": ["demux"],
            **more,
        }
        if to_tag is not None:
            fields["to-tag"] = to_tag
        return await self._ask(command, from_tag, fields)

    async def _ask(
        self, command: str, tag: str | None = None, fields: Mapping[str, Encodable] | None = None
    ) -> Reply:
        named: dict[str, Encodable] = {**(fields or {}), "call-id": self.name}
        if tag is not None:
            named["from-tag"] = tag
        return await self._client.request(command, named)


def _gateway(tag: str) -> str:
    return f"gateway-{tag}"


def _description(
    address: tuple[str, int],
    payloads: Sequence[PayloadMap],
    *more: Attribute,
) -> str:
    host, port = address
    rtpmaps = [
        Attribute(
            "rtpmap",
            f"{p.payload_type} {p.encoding}/{p.clock_hz}" + ("/2" if p.channels == 2 else ""),
        )
        for p in payloads
    ]
    media = MediaDescription(
        kind="audio",
        port=port,
        protocol="RTP/AVP",
        formats=tuple(str(p.payload_type) for p in payloads),
        attributes=(*rtpmaps, Attribute("ptime", "20"), *more, Attribute(Direction.SENDRECV.value)),
    )
    return serialise(
        SessionDescription(
            origin=Origin("-", 1, 1, host), media=(media,), connection=Connection(host)
        )
    )


def _address(reply: Reply) -> tuple[str, int]:
    """Return the address and port in a reply's description."""
    try:
        description = parse(text(reply.get("sdp")))
        media = description.media[0]
        connection = description.connection_of(media)
    except (SdpError, IndexError) as error:
        raise RtpengineRefusedError("its description can't be used") from error
    if connection is None or media.port == 0:
        raise RtpengineRefusedError("its description has no address")
    return connection.address, media.port


def _received(facts: Value) -> ReceivedOnLeg:
    """Read one party of a query: its first stream is RTP, the second RTCP."""
    counts = []
    for media in _items(facts, "medias")[:1]:
        for stream in _items(media, "streams"):
            stats = stream.get("stats") if isinstance(stream, dict) else None
            packets = stats.get("packets") if isinstance(stats, dict) else None
            counts.append(packets if isinstance(packets, int) else 0)
    return ReceivedOnLeg(sound=counts[0] if counts else 0, any=sum(counts))


def _items(value: Value, key: str) -> list[Value]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
