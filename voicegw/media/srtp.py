"""Encrypted sound of one leg: SRTP and SRTCP, both directions (RFC 3711, RFC 7714), by libsrtp.

Only what was authenticated and not seen before is given on; all else is counted and dropped. Where
nothing about a direction's key changes, its context goes on, and with it the roll-over counter;
after a change, packets that were under way with the key before are still read until the first one
with the new key. That one tells whether the far end's roll-over counter went on, as RFC 3711 §3.3.1
has it, or began anew, as telephones do that make a new context for a new key.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Final

import pylibsrtp

from voicegw.media import control, rtp

_PROFILES: Final = {
    "AES_CM_128_HMAC_SHA1_80": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
}
#: pylibsrtp's buffer holds no more; a longer packet is none of a telephone's.
_MAX_PACKET_BYTES: Final = 1500
_GUIDING_STEP: Final = 0x4000
_RTP_VERSION: Final = 2


class NotProtectedError(OSError):
    """A packet can't be encrypted; to whoever sends it, it is one that did not leave."""


class SrtpContext:
    """The keys and counters of one leg.

    `rejected` counts forged, replayed and plain packets of sound and reports.
    """

    __slots__ = ("_continued", "_former", "_inbound", "_keys", "_outbound", "rejected")

    def __init__(self, keys: control.SrtpKeys) -> None:
        """Begin with what was agreed on. Raises ValueError for keys of a wrong length."""
        self._keys = keys
        self._inbound = _inbound(keys)
        self._outbound = _outbound(keys)
        self._former: pylibsrtp.Session | None = None
        self._continued: pylibsrtp.Session | None = None
        self.rejected = 0

    def renew(self, keys: control.SrtpKeys, heard: tuple[int, int] | None = None) -> None:
        """Take what was agreed on anew: a direction whose key is the same goes on.

        `heard` is the source that was received last and its highest sequence number, roll-overs
        included.
        """
        before = self._keys
        self._keys = keys
        if (keys.suite, keys.remote) != (before.suite, before.remote):
            self._former = self._inbound
            self._inbound = _inbound(keys)
            self._continued = None if heard is None else _continued(keys, *heard)
        if (keys.suite, keys.local) != (before.suite, before.local):
            self._outbound = _outbound(keys)

    def unprotect(self, packet: bytes) -> bytes:
        """Return the RTP packet inside; empty for one that must be dropped."""
        if len(packet) > _MAX_PACKET_BYTES:
            return self._reject(packet)
        try:
            plain = self._inbound.unprotect(packet)
        except pylibsrtp.Error:
            return self._unprotect_after_change(packet)
        self._former = self._continued = None
        return plain

    def _unprotect_after_change(self, packet: bytes) -> bytes:
        """Try what is left of a change of keys; the counter that went on, if it did, is settled."""
        if self._continued is not None:
            try:
                plain = self._continued.unprotect(packet)
            except pylibsrtp.Error:
                pass  # not that either
            else:
                self._inbound, self._former, self._continued = self._continued, None, None
                return plain
        return self._open_former(packet, pylibsrtp.Session.unprotect)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Return the RTCP packet inside; empty for one that must be dropped.

        It carries its own counter, so it tells nothing about that of the sound.
        """
        if len(packet) <= _MAX_PACKET_BYTES:
            try:
                return self._inbound.unprotect_rtcp(packet)
            except pylibsrtp.Error:
                return self._open_former(packet, pylibsrtp.Session.unprotect_rtcp)
        return self._reject(packet)

    def protect(self, packet: bytes) -> bytes:
        """Return an RTP packet encrypted. Raises NotProtectedError."""
        try:
            return self._outbound.protect(packet)
        except (pylibsrtp.Error, ValueError) as error:
            raise NotProtectedError(errno.EINVAL, str(error)) from None

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return an RTCP packet encrypted. Raises NotProtectedError."""
        try:
            return self._outbound.protect_rtcp(packet)
        except (pylibsrtp.Error, ValueError) as error:
            raise NotProtectedError(errno.EINVAL, str(error)) from None

    def receiver(self, receive: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Return what receives like `receive`, and decrypts; empty for what must be dropped."""
        return lambda size_bytes: self.unprotect(receive(size_bytes))

    def sender(self, send: Callable[[bytes], object]) -> Callable[[bytes], object]:
        """Return what encrypts and sends by `send`."""
        return lambda packet: send(self.protect(packet))

    def _open_former(
        self, packet: bytes, unprotect: Callable[[pylibsrtp.Session, bytes], bytes]
    ) -> bytes:
        if self._former is not None:
            try:
                return unprotect(self._former, packet)
            except pylibsrtp.Error:
                pass  # neither key: counted below
        return self._reject(packet)

    def _reject(self, packet: bytes) -> bytes:
        """Count what claims to be RTP or RTCP by its first byte (RFC 7983 §7), and drop all.

        STUN, with which telephones keep their way here open, is no attack.
        """
        if packet and packet[0] >> 6 == _RTP_VERSION:
            self.rejected += 1
        return b""


def _inbound(keys: control.SrtpKeys) -> pylibsrtp.Session:
    return _session(keys.suite, keys.remote, pylibsrtp.Policy.SSRC_ANY_INBOUND)


def _continued(keys: control.SrtpKeys, ssrc: int, highest: int) -> pylibsrtp.Session:
    """Return what reads the far end's new key with the roll-over counter of `highest`.

    The library has no way to set the counter, so it is led there: by packets of our own making,
    each less than half a round of sequence numbers after the one before.
    """
    session = _inbound(keys)
    guide = _session(keys.suite, keys.remote, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    for index in range(highest % _GUIDING_STEP, highest + 1, _GUIDING_STEP):
        header = rtp.HEADER.pack(rtp.PLAIN, 0, index & rtp.SEQUENCE_MASK, 0, ssrc)
        session.unprotect(guide.protect(header))
    return session


def _outbound(keys: control.SrtpKeys) -> pylibsrtp.Session:
    return _session(keys.suite, keys.local, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)


def _session(suite: str, key: bytes, direction: int) -> pylibsrtp.Session:
    """Return a session that makes a stream for each SSRC it meets (once it is authentic)."""
    return pylibsrtp.Session(
        pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[suite])
    )
