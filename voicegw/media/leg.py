"""One leg in a worker: its sockets, where its sound comes from, and who hears it.

This is the hot path: each packet of every call goes through :meth:`Leg._take`. An ordinary packet
(the payload type, source and sequence number that were expected) takes the short way there; all
others go through :meth:`Leg._take_unusual`, which may be slow.
"""

from __future__ import annotations

import random
import secrets
import socket
import time
from collections.abc import Callable
from typing import Final, Protocol

from voicegw.media import control, dtmf, rtcp, rtp
from voicegw.media.frames import law_of
from voicegw.media.inband import InbandDetector
from voicegw.media.incoming import IncomingStream
from voicegw.media.outgoing import OutgoingStream, discard
from voicegw.media.player import FrameSource
from voicegw.media.rtp_socket import Address, disconnect, sender_to
from voicegw.media.spool import PACKET_HEAD, PACKET_RECORD, TYPE_PACKET
from voicegw.media.srtp import SrtpContext
from voicegw.sdp.codecs import Codec, clock_hz_of, codec_named

RECEIVE_BYTES: Final = 2048
#: How long after a negotiation a source may still be learned.
LATCH_WINDOW_US: Final = 5_000_000
#: A learned source that was heard within this time is not replaced by another one.
QUIET_SOURCE_US: Final = 250_000

_REPORT_MIN_US: Final = 4_000_000
_REPORT_SPREAD_US: Final = 2_000_000
_COMFORT_NOISE: Final = 13
_NOWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - the old spelling of hold, never bound
#: Matches no second header byte: every packet then takes the long way.
_NONE_ORDINARY: Final = -1

_MASK: Final = rtp.TIMESTAMP_MASK
_RECORD_EXTRA: Final = PACKET_HEAD.size
_unpack = rtp.HEADER.unpack_from
_pack = rtp.HEADER.pack
_pack_record = PACKET_RECORD.pack
_monotonic_ns = time.monotonic_ns


class Host(Protocol):
    """What a leg needs of its session."""

    @property
    def epoch_offset_us(self) -> int:
        """What turns monotonic microseconds into microseconds since the epoch."""
        ...

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        """Call `handler` whenever `descriptor` is readable, instead of the one before."""
        ...

    def digit(self, leg: Leg, digit: str, method: str) -> None:
        """A digit was pressed on `leg`."""
        ...

    def relay_press(self, leg: Leg, digit: str) -> None:
        """Sound a digit of `leg` to those who hear it and take no telephone events."""
        ...

    def playback_done(self, leg: Leg, playback: str) -> None:
        """A playback to `leg` reached its end."""
        ...

    def playback_failed(self, leg: Leg, playback: str) -> None:
        """A playback to `leg` can't be played there: it is to hear silence."""
        ...

    def rewire(self) -> None:
        """Find again who hears whom."""
        ...


class Leg:
    """A leg's sockets and streams. All times are monotonic microseconds."""

    __slots__ = (
        "_cname",
        "_codec",
        "_connected",
        "_consuming",
        "_detector",
        "_event_source",
        "_host",
        "_inband",
        "_learned",
        "_ordinary_second",
        "_recv",
        "_remote",
        "_remote_rtcp",
        "_report_at_us",
        "_rtcp_socket",
        "_rtp_socket",
        "_sent_at_report",
        "_srtp",
        "_window_end_us",
        "agreed",
        "armed_at_us",
        "capture",
        "gathering",
        "incoming",
        "life_at_us",
        "name",
        "out",
        "receive",
        "refused_source",
        "role",
        "round_trip_ms",
        "sinks",
        "socket_errors",
        "source",
        "wrong_payload",
    )

    def __init__(
        self,
        host: Host,
        command: control.BindLeg,
        sockets: tuple[socket.socket, socket.socket],
        now_us: int,
    ) -> None:
        """Take bound, non-blocking sockets for RTP and RTCP and begin to listen."""
        self._host = host
        self.name = command.leg
        self.role = command.role
        self.receive = command.receive
        self._rtp_socket, self._rtcp_socket = sockets
        self._recv: Callable[[int], bytes] = self._rtp_socket.recv
        self._connected = False
        self._remote: Address | None = None
        self._remote_rtcp: Address | None = None
        self._learned: Address | None = None
        self._window_end_us: int | None = None
        self._codec = Codec.PCMA
        self._ordinary_second = _NONE_ORDINARY
        self._detector = dtmf.EventDetector()
        self._event_source: tuple[int, str] | None = None
        self._consuming = False
        self._inband: InbandDetector | None = None
        self._cname = secrets.token_hex(8)
        self._report_at_us = now_us + _REPORT_MIN_US
        self._sent_at_report = 0
        self._srtp: SrtpContext | None = None
        self.incoming = IncomingStream()
        self.out = OutgoingStream(now_us)
        self.agreed: control.Negotiated | None = None
        self.source: Leg | None = None
        self.sinks: tuple[OutgoingStream, ...] = ()
        self.capture: bytearray | None = None
        self.gathering = False
        self.life_at_us = now_us
        self.armed_at_us = now_us
        self.round_trip_ms: float | None = None
        self.refused_source = 0
        self.wrong_payload = 0
        self.socket_errors = 0
        host.watch(self._rtp_socket.fileno(), self.on_learning)
        host.watch(self._rtcp_socket.fileno(), self.on_rtcp)

    # Receiving -----------------------------------------------------------------------------------

    def on_rtp(self) -> None:
        """Take one packet from the connected socket: the kernel lets only the source through."""
        try:
            data = self._recv(RECEIVE_BYTES)
        except OSError:
            self.socket_errors += 1  # the far end's ICMP refusal of what we sent, or nothing there
            return
        self._take(data)

    def on_learning(self) -> None:
        """Take one packet while the source may still be learned."""
        try:
            data, address = self._rtp_socket.recvfrom(RECEIVE_BYTES)
        except OSError:
            self.socket_errors += 1
            return
        address = address[:2]  # of IPv6, the flow and the scope say nothing
        if self._srtp is not None:
            data = self._srtp.unprotect(data)
        if len(data) < rtp.HEADER_BYTES or data[0] >> 6 != 2:
            return
        if address != self._learned:
            payload_type = data[1] & 0x7F
            known = payload_type in self.receive or (
                payload_type == _COMFORT_NOISE and bool(self.receive)
            )
            if not known or not self._learn(address, _monotonic_ns() // 1000):
                self.refused_source += 1
                return
        self._take(data)

    def _take(self, data: bytes) -> None:
        """Count, capture and relay one packet."""
        now_us = _monotonic_ns() // 1000
        size = len(data) - 12
        if size <= 0:
            return
        first, second, sequence, timestamp, ssrc = _unpack(data)
        incoming = self.incoming
        if (
            second != self._ordinary_second
            or sequence != incoming.next_sequence
            or ssrc != incoming.ssrc
            or first != 0x80
        ):
            self._take_unusual(data, now_us)
            return
        payload = data[12:]
        self.life_at_us = now_us
        incoming.next_sequence = (sequence + 1) & 0xFFFF
        incoming.received += 1
        # RFC 3550 appendix A.8, in place: a call costs more than the arithmetic.
        transit = now_us * incoming.ticks_per_ms // 1000 - timestamp
        deviation = transit - incoming.transit
        incoming.transit = transit
        if deviation < 0:
            deviation = -deviation
        if deviation < incoming.sane_ticks:
            incoming.jitter16 += deviation - ((incoming.jitter16 + 8) >> 4)
        capture = self.capture
        if capture is not None:
            capture += _pack_record(
                TYPE_PACKET,
                size + _RECORD_EXTRA,
                self.role,
                second,
                sequence,
                timestamp,
                now_us + self._host.epoch_offset_us,
            )
            capture += payload
        for out in self.sinks:
            second = out.second
            if second & 0x80:
                out.anchor(timestamp, now_us)
            out.sequence = number = (out.sequence + 1) & 0xFFFF
            out.timestamp = stamp = (timestamp + out.offset) & _MASK
            out.at_us = now_us
            table = out.translate
            try:
                out.send(
                    _pack(0x80, second, number, stamp, out.ssrc)
                    + (payload if table is None else payload.translate(table))
                )
            except OSError:
                out.errors += 1
                continue
            out.sent += 1
            out.octets += size

    def _take_unusual(self, data: bytes, now_us: int) -> None:
        packet = rtp.parse(data)
        if packet is None:
            return
        encoding = self.receive.get(packet.payload_type)
        if encoding is None and packet.payload_type != _COMFORT_NOISE:
            self.wrong_payload += 1
            return
        is_event = encoding is not None and codec_named(encoding) is None
        if is_event and self.incoming.ssrc not in {None, packet.ssrc}:
            # Some telephones send digits as a source of their own, beside that of the sound: they
            # neither count in the stream nor begin a new one.
            self.life_at_us = now_us
            self._take_event(packet, encoding or "", now_us, aside=True)
            return
        if self.incoming.is_new(packet.ssrc, packet.sequence):
            if self.incoming.ssrc == packet.ssrc:
                self._event_source = None  # its clock was set anew, too
            for out in self.sinks:
                out.switch()
        step = self.incoming.take(packet.ssrc, packet.sequence)
        self.life_at_us = now_us
        if step is None:
            return
        if encoding is None or not packet.payload:
            self._capture(packet, now_us)
            return
        codec = codec_named(encoding)
        if codec is None:
            self._capture(packet, now_us, is_digit=True)
            self._take_event(packet, encoding, now_us)
        else:
            self._take_sound(packet, codec, step, now_us)

    def _take_sound(self, packet: rtp.RtpPacket, codec: Codec, step: int, now_us: int) -> None:
        if codec is not self._codec:
            self._change_codec(codec)
        self.incoming.take_transit(now_us, packet.timestamp)
        law = None if self._inband is None else law_of(codec)
        if self._inband is None or law is None:
            self._ordinary_second = packet.payload_type
        else:
            for digit in self._inband.feed(packet.payload, law):
                self._host.digit(self, digit, "inband")
        is_digit = self._inband is not None and self._inband.is_sounding
        self._capture(packet, now_us, is_digit=is_digit)
        for out in self.sinks:
            out.relay(packet.payload, packet.timestamp, now_us, step=step, marker=packet.marker)

    def _change_codec(self, codec: Codec) -> None:
        """The far end sends in another codec from now on, perhaps on another clock."""
        self._codec = codec
        renewed = self.incoming.ticks_per_ms * 1000 != codec.clock_hz
        self.incoming.follow_clock(codec.clock_hz)
        self._host.rewire()
        if renewed:
            for out in self.sinks:
                out.switch()

    def _take_event(
        self, packet: rtp.RtpPacket, name: str, now_us: int, *, aside: bool = False
    ) -> None:
        """Take a telephone event; `aside`, from a source that is not the sound's."""
        event = dtmf.parse_event(packet.payload)
        if event is None:
            return
        clock_hz = clock_hz_of(name)
        if self._event_source != (packet.ssrc, name):
            self._event_source = (packet.ssrc, name)
            self._detector = dtmf.EventDetector(clock_hz)
        digit = self._detector.feed(event, packet.timestamp, marker=packet.marker)
        if digit is not None:
            self._consuming = self.gathering
            self._host.digit(self, digit, "rfc4733")
        if self._consuming or event.digit is None:
            return
        for out in self.sinks:
            out.relay_event(
                packet.payload,
                packet.timestamp,
                now_us,
                marker=packet.marker,
                clock_hz=clock_hz,
                aside=aside,
            )
        if digit is not None:
            self._host.relay_press(self, digit)

    def _capture(self, packet: rtp.RtpPacket, now_us: int, *, is_digit: bool = False) -> None:
        """Capture a packet; what a digit sounds like reaches no spool."""
        if self.capture is not None:
            payload = b"" if is_digit else packet.payload
            head = (self.role, packet.payload_type, packet.sequence, packet.timestamp)
            at_us = now_us + self._host.epoch_offset_us
            size = len(payload) + _RECORD_EXTRA
            self.capture += _pack_record(TYPE_PACKET, size, *head, at_us) + payload

    # Where the sound comes from and goes to ------------------------------------------------------

    def negotiated(self, command: control.Negotiated, now_us: int) -> None:
        """Take what was agreed; the source may be learned (again) for a while."""
        self.agreed = command
        self.receive = command.receive
        self.armed_at_us = now_us
        self._ordinary_second = _NONE_ORDINARY
        self.out.negotiated(
            Codec(command.codec),
            command.payload_type,
            command.event_payload_type,
            may_send=command.may_send,
            event_clock_hz=command.event_clock_hz,
            packet_ms=command.packet_ms,
        )
        remote = (command.host, command.port)
        if remote != self._remote:
            # A source heard before the agreement proves nothing: it is learned again if it sends.
            self._learned = None
            self._remote = remote
        self._remote_rtcp = (command.rtcp_host, command.rtcp_port)
        self._window_end_us = now_us + LATCH_WINDOW_US
        self._rekey(command.srtp)
        if self._connected:
            disconnect(self._rtp_socket)
            self._connected = False
            self._host.watch(self._rtp_socket.fileno(), self.on_learning)
        self._aim()

    def _rekey(self, keys: control.SrtpKeys | None) -> None:
        """Take the keys that were agreed on; those that stay go on counting."""
        if keys is None:
            self._srtp = None
        elif self._srtp is None:
            self._srtp = SrtpContext(keys)
        else:
            self._srtp.renew(keys, self.incoming.highest)
        receive: Callable[[int], bytes] = self._rtp_socket.recv
        self._recv = receive if self._srtp is None else self._srtp.receiver(receive)

    def _learn(self, address: Address, now_us: int) -> bool:
        """Take `address` as the source if that is still allowed."""
        if address == self._remote:
            self._learned = address
            self._fix(address)
            return True
        if self._window_end_us is not None and now_us >= self._window_end_us:
            return False
        if self._learned is not None and now_us - self.life_at_us < QUIET_SOURCE_US:
            return False
        self._learned = address
        self._aim()
        return True

    def close_window(self, now_us: int) -> None:
        """After the time for learning, tie the socket to its source, or to the agreed one."""
        if self._connected or self._window_end_us is None or now_us < self._window_end_us:
            return
        target = self._learned or self._remote
        if target is not None and target[0] not in _NOWHERE and target[1]:
            self._fix(target)

    def _fix(self, address: Address) -> None:
        """Let the kernel drop what comes from anywhere else; it also makes each packet cheaper."""
        try:
            self._rtp_socket.connect(address)
        except OSError:
            self.socket_errors += 1
            self._window_end_us = 0
            return
        self._connected = True
        self._host.watch(self._rtp_socket.fileno(), self.on_rtp)
        self._aim()

    def _aim(self) -> None:
        """Find how packets leave: to the source that was learned, else where the far end said."""
        target = self._learned or self._remote
        if self._connected:
            self.out.send = self._rtp_socket.send
        elif target is None or target[0] in _NOWHERE or not target[1]:
            self.out.send = discard
        else:
            self.out.send = sender_to(self._rtp_socket, target)
        if self._srtp is not None:
            self.out.send = self._srtp.sender(self.out.send)

    # What the leg hears --------------------------------------------------------------------------

    def hear_leg(self, source: Leg) -> None:
        """Hear `source` from now on."""
        self.source = source
        self.out.player = None
        self.out.switch()

    def hear_player(self, player: FrameSource) -> None:
        """Hear a playback or a mix from now on."""
        self.source = None
        self.out.player = player
        self.out.switch()

    def hear_nothing(self) -> None:
        """Hear silence from now on."""
        self.source = None
        self.out.player = None
        self.out.switch()

    @property
    def codec(self) -> Codec:
        """The codec of the sound received last."""
        return self._codec

    def on_tick(self, now_us: int) -> None:
        """Send the 20 ms that are due of a playback or of digits."""
        out = self.out
        if out.is_pressing:
            was_toning = out.toning
            out.tick_press(now_us)
            if out.toning is not was_toning:
                self._host.rewire()
            if out.toning:
                return
        player = out.player
        if player is None or out.codec is None:
            return
        if not player.can_play(out.codec):
            self._host.playback_failed(self, player.id)
            return
        frame = player.frame(out.codec)
        if frame is not None:
            out.play(frame, now_us)
            return
        out.end_play(now_us)
        self.hear_nothing()
        self._host.playback_done(self, player.id)

    @property
    def needs_ticks(self) -> bool:
        """Whether something is due each 20 ms."""
        return self.out.player is not None or self.out.is_pressing

    def gather(self, *, on: bool, tones: bool = True) -> None:
        """Begin or end to keep this leg's digits to ourselves.

        With `tones`, where no telephone events are agreed, its sound is listened to.
        """
        self.gathering = on
        events_agreed = self.agreed is not None and self.agreed.event_payload_type is not None
        self._inband = InbandDetector() if on and tones and not events_agreed else None
        self._ordinary_second = _NONE_ORDINARY

    # Reports -------------------------------------------------------------------------------------

    def on_rtcp(self) -> None:
        """Take one RTCP packet from the source's address."""
        try:
            data, address = self._rtcp_socket.recvfrom(RECEIVE_BYTES)
        except OSError:
            self.socket_errors += 1
            return
        if self._srtp is not None:
            data = self._srtp.unprotect_rtcp(data)
        source = self._learned or self._remote
        if source is None or address[0] != source[0] or not rtcp.is_rtcp(data):
            self.refused_source += 1
            return
        now_us = _monotonic_ns() // 1000
        self.life_at_us = now_us
        now_ntp = rtcp.ntp_time(now_us + self._host.epoch_offset_us)
        for report in rtcp.parse(data):
            if report.sender is not None:
                self.incoming.sender_reported(report.sender.ntp, now_us)
            for block in report.blocks:
                if block.ssrc == self.out.ssrc:
                    trip_ms = rtcp.round_trip_ms(block, now_ntp)
                    self.round_trip_ms = self.round_trip_ms if trip_ms is None else trip_ms

    def report_if_due(self, now_us: int) -> None:
        """Send a report each five seconds or so (RFC 3550 §6.2), once anything has flowed."""
        if now_us >= self._report_at_us:
            self._report_at_us = now_us + _REPORT_MIN_US + random.randrange(_REPORT_SPREAD_US)
            self._report(now_us, bye=False)

    def _report(self, now_us: int, *, bye: bool) -> None:
        out = self.out
        target = self._rtcp_target()
        if target is None or (not out.sent and not self.incoming.received):
            return
        sender = None
        if out.sent != self._sent_at_report:
            sender = rtcp.SenderInfo(
                rtcp.ntp_time(now_us + self._host.epoch_offset_us),
                (out.timestamp + (now_us - out.at_us) * out.ticks_per_ms // 1000) & _MASK,
                out.sent,
                out.octets,
            )
            self._sent_at_report = out.sent
        block = self.incoming.report(now_us)
        packet = rtcp.build(
            out.ssrc,
            self._cname,
            sender=sender,
            blocks=() if block is None else (block,),
            bye=bye,
        )
        try:
            if self._srtp is not None:
                packet = self._srtp.protect_rtcp(packet)
            self._rtcp_socket.sendto(packet, target)
        except OSError:
            self.socket_errors += 1

    def _rtcp_target(self) -> Address | None:
        """Return where reports go: beside a learned source, else where the far end said."""
        if self._learned is not None and self._learned != self._remote:
            return (self._learned[0], min(self._learned[1] + 1, 65_535))
        target = self._remote_rtcp
        return None if target is None or target[0] in _NOWHERE else target

    def figures(self) -> control.Figures:
        """Return what was counted so far."""
        return control.Figures(
            leg=self.name,
            codec=None if self.agreed is None else self.agreed.codec,
            received=self.incoming.received,
            sent=self.out.sent,
            expected=self.incoming.expected,
            jitter_ms=self.incoming.jitter_ms,
            round_trip_ms=self.round_trip_ms,
            rejected=0 if self._srtp is None else self._srtp.rejected,
        )

    def descriptors(self) -> tuple[int, int]:
        """Return the descriptors of both sockets."""
        return self._rtp_socket.fileno(), self._rtcp_socket.fileno()

    def close(self, now_us: int) -> None:
        """Say goodbye and close the sockets."""
        self._report(now_us, bye=True)
        self.out.send = discard
        self.sinks = ()
        self.source = None
        self._rtp_socket.close()
        self._rtcp_socket.close()
