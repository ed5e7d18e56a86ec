"""Which line of an offer carries the sound, in which codec, with which key (RFC 3264 §6). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from voicegw.errors import SdpError
from voicegw.sdp.agreed import sound_address
from voicegw.sdp.codecs import Codec
from voicegw.sdp.crypto import CryptoLine, usable_lines
from voicegw.sdp.description import (
    Connection,
    Family,
    MediaDescription,
    PayloadMap,
    SessionDescription,
)
from voicegw.sdp.payload_numbers import codec_of
from voicegw.sdp.terms import SrtpPolicy

PLAIN_PROFILES: Final = frozenset({"RTP/AVP", "RTP/AVPF"})
SECURE_PROFILES: Final = frozenset({"RTP/SAVP", "RTP/SAVPF"})
_CARRIED_PROFILES: Final = PLAIN_PROFILES | SECURE_PROFILES


@dataclass(frozen=True, slots=True)
class AudioChoice:
    """A usable line: `index` is its place, `crypto` the far end's key for it, None for plain."""

    index: int
    media: MediaDescription
    codec: Codec
    payload: PayloadMap
    family: Family
    crypto: CryptoLine | None = field(repr=False)


def choose_audio(
    description: SessionDescription,
    codecs: Sequence[Codec],
    *,
    by_ours: bool,
    srtp: SrtpPolicy,
    families: Collection[Family],
) -> AudioChoice:
    """Return the first line of sound that can be carried; SdpError tells why none can.

    `by_ours`: the order of `codecs` decides between those offered, not the offer's.
    """
    why = "the offer has no sound"
    for index, media in enumerate(description.media):
        if media.kind != "audio" or media.port == 0:
            continue
        try:
            crypto = _crypto(media, srtp)
            host, family = sound_address(description, media)
            if Connection(host).is_unspecified:  # hold, in whichever family it is spelled
                family = next(iter(families))
            if family not in families:
                raise SdpError(f"sound over IPv{family} is not carried here")
            choose = first_of_ours if by_ours else first_of_theirs
            chosen = choose(media.payloads(), codecs)
            if chosen is None:
                raise SdpError("the offer has no codec that this leg may use")
        except SdpError as error:
            why = str(error)
            continue
        return AudioChoice(index, media, *chosen, family=family, crypto=crypto)
    raise SdpError(why)


def first_of_theirs(
    payloads: Sequence[PayloadMap], codecs: Sequence[Codec]
) -> tuple[Codec, PayloadMap] | None:
    """Return the first of `payloads` whose codec is among `codecs`."""
    for payload in payloads:
        codec = codec_of(payload)
        if codec is not None and codec in codecs:
            return codec, payload
    return None


def first_of_ours(
    payloads: Sequence[PayloadMap], codecs: Sequence[Codec]
) -> tuple[Codec, PayloadMap] | None:
    """Return the first of `codecs` that is among `payloads`."""
    for codec in codecs:
        for payload in payloads:
            if codec_of(payload) is codec:
                return codec, payload
    return None


def _crypto(media: MediaDescription, srtp: SrtpPolicy) -> CryptoLine | None:
    """Return the far end's key to use, None for plain sound. Raises SdpError.

    Keys beside a plain profile are an offer that may be left (RFC 4568 knows it not, telephones
    do it); those beside a secure one must be taken.
    """
    if media.protocol not in _CARRIED_PROFILES:
        raise SdpError("the sound's transport is not carried")
    must = media.protocol in SECURE_PROFILES or srtp is SrtpPolicy.REQUIRED
    lines = [] if srtp is SrtpPolicy.OFF else usable_lines(media)
    if lines:
        return lines[0]
    if must and srtp is SrtpPolicy.OFF:
        raise SdpError("encrypted sound is off, or its keys can be read by others")
    if must:
        raise SdpError("encrypted sound without a key that can be used")
    return None
