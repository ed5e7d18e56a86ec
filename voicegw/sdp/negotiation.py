"""Offer and answer for one leg's sound (RFC 3264). Pure.

A :class:`Negotiator` keeps what was said on a leg: our own description with its version, the order
of the media lines, our keys, and what both sides agreed to. A description that can't be used raises
SdpError and changes nothing, so that a refused re-INVITE leaves the call as it was (RFC 3261
§14.1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from voicegw.errors import SdpError
from voicegw.sdp.agreed import PACKET_MS, AgreedMedia, agree
from voicegw.sdp.audio_choice import (
    PLAIN_PROFILES,
    SECURE_PROFILES,
    AudioChoice,
    choose_audio,
    first_of_theirs,
)
from voicegw.sdp.codecs import TELEPHONE_EVENT, Codec, codecs_named
from voicegw.sdp.crypto import (
    OFFERED_SUITES,
    CryptoLine,
    CryptoSuite,
    SrtpKeys,
    answered_keys,
    offered_lines,
    usable_lines,
)
from voicegw.sdp.description import (
    Attribute,
    Connection,
    Direction,
    Family,
    MediaDescription,
    Origin,
    PayloadMap,
    SessionDescription,
    parse,
    serialise,
)
from voicegw.sdp.payload_numbers import PayloadNumbers, codec_of, events_for, name_of
from voicegw.sdp.terms import ANY_TERMS, MediaTerms, SrtpPolicy

#: The clock of telephone events beside any codec but Opus.
EVENT_CLOCK_HZ: Final = 8000


@dataclass(frozen=True, slots=True)
class UnderstoodOffer:
    """An offer that can be answered, and how; nothing has changed yet."""

    description: SessionDescription
    choice: AudioChoice
    terms: MediaTerms


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

    @property
    def profile(self) -> str:
        """The transport of our line."""
        return self.slots[self.audio_index].protocol

    def with_profile(self, profile: str) -> _Layout:
        """Return the same lines with another transport for ours."""
        slots = list(self.slots)
        slots[self.audio_index] = _Slot("audio", profile, ())
        return _Layout(tuple(slots), self.audio_index)


_OWN_LAYOUT: Final = _Layout((_Slot("audio", "RTP/AVP", ()),), 0)


@dataclass(slots=True)
class Negotiator:
    """The state of offer and answer on one leg, for one dialog.

    `session_id` must be random: it is all that `o=` says of us. `codecs` is what the engine
    carries, best first; the terms of each offer and answer may leave some out and order the rest.
    `addresses` are ours by family; `family` is settled by the first offer or answer. `new_key`
    returns so many random bytes that nobody can guess: it makes our keys, one for each suite.
    """

    session_id: int
    addresses: Mapping[Family, str]
    port: int
    codecs: Sequence[Codec]
    new_key: Callable[[int], bytes]
    terms: MediaTerms = ANY_TERMS
    family: Family | None = None
    agreed: AgreedMedia | None = None
    _version: int = 0
    _last_media: tuple[MediaDescription, ...] | None = field(default=None, repr=False)
    _layout: _Layout = _OWN_LAYOUT
    _offered: tuple[PayloadMap, ...] = ()
    _offered_crypto: tuple[CryptoLine, ...] = field(default=(), repr=False)
    _keys: dict[CryptoSuite, bytes] = field(default_factory=dict, repr=False)
    _numbers: PayloadNumbers = field(default_factory=PayloadNumbers)
    _inner_address: str | None = None

    def __post_init__(self) -> None:
        if not self.codecs:
            raise ValueError("a leg needs at least one codec")

    @property
    def receivable(self) -> Mapping[int, str]:
        """Payload types that may arrive: by agreement, before one by what we would offer.

        Where keys are offered, nothing may before the far end's is known: it would be noise.
        """
        if self.agreed is not None:
            return self.agreed.receive
        if self.terms.srtp is not SrtpPolicy.OFF:
            return {}
        return _names(self._numbers.payloads(self._allowed(self.terms)))

    def prefer_events(self, payload_type: int) -> None:
        """Offer telephone events by this number, which another leg of the call uses.

        For an engine that relays events as they are. To be called before anything is agreed.
        """
        self._numbers.learn([PayloadMap(payload_type, TELEPHONE_EVENT, EVENT_CLOCK_HZ)])

    def settle_family(self, terms: MediaTerms) -> Family:
        """Return the family to offer, settled for good. Raises SdpError when we have none of it."""
        family = self.family or terms.family or 4
        if not self.addresses.get(family):
            raise SdpError(f"sound over IPv{family} is not carried here")
        self.family = family
        return family

    def offer(self, terms: MediaTerms | None = None) -> str:
        """Return our description as an offer: the codecs of `terms`, and telephone-event.

        None are the terms before. Numbers in use on the leg keep their meaning (RFC 3264 §8.3.2),
        and so do keys. Raises SdpError when `terms` leave no codec.
        """
        terms = self.terms if terms is None else terms
        payloads = self._numbers.payloads(self._allowed(terms))
        self.settle_family(terms)
        self.terms = terms
        self._layout = self._layout.with_profile(self._profile_to_offer(terms.srtp))
        self._offered_crypto = self._crypto_to_offer(terms.srtp)
        self._offered = payloads
        self._numbers.learn(payloads)
        return self._render(payloads, self._offered_crypto, Direction.SENDRECV)

    def accept(self, remote_answer: str) -> AgreedMedia:
        """Take the answer to our last offer. Raises SdpError when it can't be used."""
        if not self._offered or self.family is None:
            raise SdpError("an answer without an offer")
        description = parse(remote_answer)
        media = _answered_audio(description, self._layout.audio_index)
        receive = _names(self._offered)
        answered = media.payloads()
        chosen = first_of_theirs(answered, self._allowed(self.terms))
        if chosen is None:
            raise SdpError("the answer has no codec that was offered")
        codec, payload = chosen
        self.agreed = agree(
            description,
            media,
            codec=codec,
            payload=payload,
            event=events_for(answered, codec),
            receive=_narrow(receive, answered),
            family=self.family,
            srtp=self._keys_of_answer(media),
        )
        self._forget_unused_keys()
        return self.agreed

    def understand(self, remote_offer: str, terms: MediaTerms = ANY_TERMS) -> UnderstoodOffer:
        """Read the far end's offer and choose from it; SdpError when nothing fits.

        The codec is the first that `terms` name and the offer has, or the first of the offer's
        where they name none. Nothing changes: it is for :meth:`respond`.
        """
        description = parse(remote_offer)
        families: Collection[Family] = [f for f, address in self.addresses.items() if address]
        choice = choose_audio(
            description,
            self._allowed(terms),
            by_ours=terms.codecs is not None,
            srtp=terms.srtp,
            families=families if self.family is None else [self.family],
        )
        return UnderstoodOffer(description, choice, terms)

    def respond(self, offer: UnderstoodOffer) -> str:
        """Agree to an understood offer and return our answer. Raises SdpError.

        One codec is answered, so that the stream does not change in mid-call.
        """
        choice = offer.choice
        event = events_for(choice.media.payloads(), choice.codec)
        payloads = (choice.payload,) if event is None else (choice.payload, event)
        crypto: tuple[CryptoLine, ...] = ()
        srtp = None
        if choice.crypto is not None:
            suite = choice.crypto.suite
            srtp = SrtpKeys(suite, local=self._key(suite), remote=choice.crypto.key)
            crypto = (CryptoLine(choice.crypto.tag, suite, srtp.local),)
        agreed = agree(
            offer.description,
            choice.media,
            codec=choice.codec,
            payload=choice.payload,
            event=event,
            receive=_names(payloads),
            family=choice.family,
            srtp=srtp,
        )
        direction = agreed.remote_direction.mirrored()
        if agreed.is_held and direction is Direction.SENDRECV:
            direction = Direction.RECVONLY
        # One format of a refused line is enough (RFC 3264 §6), and answers stay short.
        self._layout = _Layout(
            tuple(_Slot(m.kind, m.protocol, m.formats[:1]) for m in offer.description.media),
            choice.index,
        )
        self.family = choice.family
        self.terms = offer.terms
        self.agreed = agreed
        self._forget_unused_keys()
        self._numbers.learn(payloads)
        return self._render(payloads, crypto, direction)

    def answer(self, remote_offer: str, terms: MediaTerms = ANY_TERMS) -> str:
        """Take the far end's offer and return our answer. Raises SdpError when nothing fits."""
        return self.respond(self.understand(remote_offer, terms))

    def _allowed(self, terms: MediaTerms) -> tuple[Codec, ...]:
        """Return the codecs that `terms` leave, best first. Raises SdpError when that is none."""
        if terms.codecs is None:
            return tuple(self.codecs)
        allowed = tuple(codec for codec in codecs_named(terms.codecs) if codec in self.codecs)
        if not allowed:
            raise SdpError("no codec is left that this leg may use")
        return allowed

    # Keys ----------------------------------------------------------------------------------------

    def _key(self, suite: CryptoSuite) -> bytes:
        """Return our key for `suite`, the same for as long as it is in use without a break."""
        key = self._keys.get(suite)
        if key is None:
            self._keys[suite] = key = self.new_key(suite.key_bytes)
        return key

    def _forget_unused_keys(self) -> None:
        """Keep the key that is agreed on alone.

        One that was left would begin to count anew when it came back, and encrypt other sound with
        what it had used before (RFC 3711 §9.1).
        """
        srtp = None if self.agreed is None else self.agreed.srtp
        self._keys = {} if srtp is None else {srtp.suite: srtp.local}

    def _profile_to_offer(self, srtp: SrtpPolicy) -> str:
        """Return the transport to offer: the one in use where it serves, else the plainest.

        Optional encryption is offered beside the plain profile: telephones without it would refuse
        the secure one.
        """
        profile = self._layout.profile
        agreed = self.agreed is not None and self.agreed.srtp is not None
        if srtp is SrtpPolicy.OFF and profile in SECURE_PROFILES:
            return "RTP/AVP"
        if srtp is SrtpPolicy.REQUIRED and profile in PLAIN_PROFILES and not agreed:
            return "RTP/SAVP"
        return profile

    def _crypto_to_offer(self, srtp: SrtpPolicy) -> tuple[CryptoLine, ...]:
        if srtp is SrtpPolicy.OFF:
            return ()
        keys = None if self.agreed is None else self.agreed.srtp
        suites = OFFERED_SUITES if keys is None else (keys.suite,)
        return offered_lines({suite: self._key(suite) for suite in suites}, suites)

    def _keys_of_answer(self, media: MediaDescription) -> SrtpKeys | None:
        """Return what the answer agrees to; SdpError when it would be plain and must not be."""
        keys = None
        if self._offered_crypto:
            keys = answered_keys(self._offered_crypto, usable_lines(media))
        secure = media.protocol in SECURE_PROFILES or self._layout.profile in SECURE_PROFILES
        if keys is None and (secure or self.terms.srtp is SrtpPolicy.REQUIRED):
            raise SdpError("encrypted sound was answered without a key that can be used")
        return keys

    # Our description -----------------------------------------------------------------------------

    def _render(
        self,
        payloads: tuple[PayloadMap, ...],
        crypto: tuple[CryptoLine, ...],
        direction: Direction,
    ) -> str:
        layout = self._layout
        media = tuple(
            self._audio_line(slot.protocol, payloads, crypto, direction)
            if index == layout.audio_index
            else MediaDescription(slot.kind, 0, slot.protocol, slot.formats)
            for index, slot in enumerate(layout.slots)
        )
        if media != self._last_media:
            self._version += 1
            self._last_media = media
        family: Family = self.family or 4
        self._inner_address = self._inner_address or self.terms.inner_address
        inner = self._inner_address if family == 4 else None
        address, written = inner or self.addresses[family], f"IP{family}"
        return serialise(
            SessionDescription(
                origin=Origin("-", self.session_id, self._version, address, written),
                media=media,
                connection=Connection(address, written),
            )
        )

    def _audio_line(
        self,
        protocol: str,
        payloads: tuple[PayloadMap, ...],
        crypto: tuple[CryptoLine, ...],
        direction: Direction,
    ) -> MediaDescription:
        attributes = [line.attribute() for line in crypto]
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


def _answered_audio(description: SessionDescription, index: int) -> MediaDescription:
    """Return our line of an answer: the one in our place, else the first live sound."""
    lines = list(description.media)
    if index < len(lines):
        lines.insert(0, lines[index])
    carried = PLAIN_PROFILES | SECURE_PROFILES
    for media in lines:
        if media.kind == "audio" and media.port != 0 and media.protocol in carried:
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
