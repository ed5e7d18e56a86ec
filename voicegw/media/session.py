"""One call in a worker: its legs, who hears whom, and its capture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from voicegw.media import control, frames, spool
from voicegw.media.capture import Capture, CaptureWriter
from voicegw.media.leg import Leg
from voicegw.media.mixer import Mixer
from voicegw.media.outgoing import OutgoingStream
from voicegw.media.player import Player
from voicegw.sdp.codecs import can_relay, clock_hz_of

#: Marks after which no sound is captured.
_SILENCING: Final = frozenset({"pause", "end"})


class Worker(Protocol):
    """What a session needs of the worker it lives in."""

    @property
    def epoch_offset_us(self) -> int:
        """What turns monotonic microseconds into microseconds since the epoch."""
        ...

    @property
    def silence_timeout_us(self) -> int:
        """After how long without a packet a leg counts as silent; 0 for never."""
        ...

    @property
    def writer(self) -> CaptureWriter:
        """What writes spools."""
        ...

    def now_us(self) -> int:
        """Return monotonic microseconds."""
        ...

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        """Call `handler` whenever `descriptor` is readable, instead of the one before."""
        ...

    def unwatch(self, descriptor: int) -> None:
        """End a watch; the descriptor is about to be closed."""
        ...

    def tick(self, leg: Leg) -> None:
        """Call `leg.on_tick` each 20 ms while it needs that."""
        ...

    def emit(self, reply: control.Reply) -> None:
        """Send `reply` to the node."""
        ...


class Session:
    """The sound of one call. Its methods carry out the node's commands."""

    def __init__(self, worker: Worker, number: int) -> None:
        """Begin without legs."""
        self.number = number
        self.legs: dict[str, Leg] = {}
        self._worker = worker
        self._ended: list[control.Figures] = []
        """Figures of legs that have ended before the session."""
        self._capture: Capture | None = None
        self._paused = False
        self._counted_received = 0
        self._unflushed_packets = 0
        self._captured_packets = 0
        self._codec_marks: dict[tuple[int, int], str] = {}
        self.epoch_offset_us = worker.epoch_offset_us

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        """Call `handler` whenever `descriptor` is readable, instead of the one before."""
        self._worker.watch(descriptor, handler)

    # Legs ----------------------------------------------------------------------------------------

    def add(self, leg: Leg) -> None:
        """Take a leg whose sockets are bound; one of the same name before it ends."""
        former = self.legs.get(leg.name)
        if former is not None:
            self._remove(former)
        self.legs[leg.name] = leg
        self._mark_codecs(leg)
        self._aim_capture()

    def _remove(self, leg: Leg) -> None:
        """End a leg whose far end has gone: its number on the network is given to another."""
        self._count_captured()
        self._counted_received -= leg.incoming.received
        leg.hear_nothing()
        for other in self.legs.values():
            if other.source is leg:
                other.hear_nothing()
            if isinstance(other.out.player, Mixer):
                other.out.player.drop(leg)
        del self.legs[leg.name]
        self._close_leg(leg, self._worker.now_us())
        self.rewire()

    def end_leg(self, leg: Leg) -> None:
        """Close the sockets of a leg that nobody needs any more."""
        self._remove(leg)
        self._ended.append(leg.figures())

    def _close_leg(self, leg: Leg, now_us: int) -> None:
        for descriptor in leg.descriptors():
            self._worker.unwatch(descriptor)
        leg.close(now_us)

    def negotiated(self, leg: Leg, command: control.Negotiated) -> None:
        """Take what was agreed for `leg`."""
        leg.negotiated(command, self._worker.now_us())
        self._mark_codecs(leg)
        self.rewire()

    def connect_leg(self, leg: Leg, source: Leg) -> None:
        """Make `leg` hear `source`."""
        leg.hear_leg(source)
        self.rewire()

    def connect_mix(self, leg: Leg, sources: Sequence[Leg]) -> None:
        """Make `leg` hear several others at once."""
        leg.hear_player(Mixer(sources, self._worker.now_us()))
        self.rewire()
        self._worker.tick(leg)

    def connect_player(self, leg: Leg, player: Player, prompts: list[control.PromptFile]) -> None:
        """Make `leg` hear a playback of `prompts`."""
        leg.hear_player(player)
        self.rewire()
        self._write_mark(
            {
                "kind": "prompt",
                "leg": leg.role,
                "playback": player.id,
                "names": [prompt.name for prompt in prompts],
                "digests": [prompt.digest for prompt in prompts],
            }
        )
        self._worker.tick(leg)

    def connect_silence(self, leg: Leg) -> None:
        """Make `leg` hear nothing."""
        leg.hear_nothing()
        self.rewire()

    def press(self, leg: Leg, digit: str) -> None:
        """Send `digit` to `leg`."""
        leg.out.press(digit)
        self._worker.tick(leg)

    def info_pressed(self, leg: Leg, digit: str) -> None:
        """Report and relay a digit that `leg` sent by SIP INFO."""
        self.digit(leg, digit, "info")
        if not leg.gathering:
            for other in self.legs.values():
                if other.source is leg:
                    self.press(other, digit)

    def rewire(self) -> None:
        """Find again which streams carry what each leg sends.

        A leg whose codec the other one has not agreed to is not heard until one of them changes.
        """
        for leg in self.legs.values():
            sinks = []
            for other in self.legs.values():
                out = _way_to(other, leg)
                if out is None or not out.may_send or out.toning:
                    continue
                if out.codec is not None and can_relay(leg.codec, out.codec):
                    out.translate = frames.translation(leg.codec, out.codec)
                    sinks.append(out)
            leg.sinks = tuple(sinks)

    def digit(self, leg: Leg, digit: str, method: str) -> None:
        """Report a digit."""
        self._worker.emit(control.Digit(self.number, leg.name, digit, method))

    def relay_press(self, leg: Leg, digit: str) -> None:
        """Sound a digit of `leg` to those who hear it and take no telephone events."""
        for other in self.legs.values():
            if other.source is leg and other.out.event_payload_type is None:
                self.press(other, digit)

    def playback_done(self, leg: Leg, playback: str) -> None:
        """Report the end of a playback."""
        self._write_mark({"kind": "prompt_ended", "leg": leg.role, "playback": playback})
        self._worker.emit(control.PlaybackDone(self.number, leg.name, playback))

    def playback_failed(self, leg: Leg, playback: str) -> None:
        """Report that `leg` hears silence in place of a playback."""
        self.connect_silence(leg)
        self._worker.emit(control.PlaybackDone(self.number, leg.name, playback, heard=False))

    # Capture -------------------------------------------------------------------------------------

    def begin_capture(self, capture: Capture) -> None:
        """Capture from now on; the writer has been told to create the file."""
        self._capture = capture
        self._aim_capture()

    def mark(self, kind: str, detail: control.MarkDetail) -> None:
        """Write a mark; no sound is captured from `pause` to `resume`, nor after `end`."""
        self._count_captured()
        if kind in _SILENCING:
            self._paused = True
        told = {"detail": detail} if isinstance(detail, str) else dict(detail)
        self._write_mark({"kind": kind, **told} if detail else {"kind": kind})
        if kind == "resume":
            self._paused = False
        self._aim_capture()

    def flush(self) -> None:
        """Hand what was captured to the writer thread."""
        capture = self._capture
        if capture is not None and capture.buffer:
            self._count_captured()
            self._captured_packets += self._unflushed_packets
            self._worker.writer.write(capture, self._unflushed_packets)
            self._unflushed_packets = 0
            self._aim_capture()

    def _count_captured(self) -> None:
        """Bring the count of packets in the buffer up to date, by what the legs have received."""
        received = sum(leg.incoming.received for leg in self.legs.values())
        if not self._paused:
            self._unflushed_packets += received - self._counted_received
        self._counted_received = received

    def _aim_capture(self) -> None:
        buffer = None if self._capture is None or self._paused else self._capture.buffer
        for leg in self.legs.values():
            leg.capture = buffer

    def _mark_codecs(self, leg: Leg) -> None:
        for payload_type, encoding in leg.receive.items():
            number = (leg.role, payload_type)
            if self._codec_marks.get(number) != encoding:
                self._codec_marks[number] = encoding
                self._write_mark(
                    {
                        "kind": "codec",
                        "leg": leg.role,
                        "payload_type": payload_type,
                        "encoding": encoding,
                        "clock_hz": clock_hz_of(encoding),
                    }
                )

    def _write_mark(self, detail: dict[str, object]) -> None:
        if self._capture is not None:
            self._capture.buffer += spool.encode_mark(self._epoch_us(), detail)

    def _epoch_us(self) -> int:
        return self._worker.now_us() + self.epoch_offset_us

    # Every half second, and the end --------------------------------------------------------------

    def housekeep(self, now_us: int) -> None:
        """Do what is due about twice a second: flush, reports, windows, silence."""
        self.flush()
        waiting = any(leg.agreed is not None and leg.agreed.is_held for leg in self.legs.values())
        for leg in self.legs.values():
            leg.close_window(now_us)
            leg.out.keep_alive(now_us)
            leg.report_if_due(now_us)
            if waiting or not self._should_send(leg):
                leg.armed_at_us = now_us
            elif self._is_silent(leg, now_us):
                leg.armed_at_us = now_us
                self._worker.emit(control.LegSilent(self.number, leg.name))

    def _should_send(self, leg: Leg) -> bool:
        """Whether silence of `leg` is a fault: it has sent before, or it is bridged both ways.

        A leg that only rings may have agreed to early sound and never send any.
        """
        if leg.agreed is None or not leg.agreed.is_sending:
            return False
        heard = any(_way_to(other, leg) is not None for other in self.legs.values())
        listens = leg.source is not None or isinstance(leg.out.player, Mixer)
        return leg.incoming.received > 0 or (heard and listens)

    def _is_silent(self, leg: Leg, now_us: int) -> bool:
        timeout_us = self._worker.silence_timeout_us
        return timeout_us > 0 and now_us - max(leg.life_at_us, leg.armed_at_us) >= timeout_us

    def close(self, request: int) -> None:
        """Close the sockets and the spool, then answer with the figures."""
        now_us = self._worker.now_us()
        for leg in self.legs.values():
            self._close_leg(leg, now_us)
        figures = [*self._ended, *(leg.figures() for leg in self.legs.values())]
        capture = self._capture
        writer = self._worker.writer
        if capture is not None:
            capture.buffer += spool.encode_end(self._epoch_us())
            self.flush()
        captured = self._captured_packets
        self.legs.clear()
        self._capture = None
        emit = self._worker.emit

        def done(_error: OSError | None) -> None:
            dropped = 0 if capture is None else capture.lost_packets
            emit(
                control.Closed(
                    request=request,
                    figures=figures,
                    captured_packets=captured - dropped,
                    dropped_packets=dropped,
                    capture_dropped_total=writer.dropped_packets,
                )
            )

        if capture is None:
            done(None)
        else:
            writer.close(capture, done)


def _way_to(listener: Leg, leg: Leg) -> OutgoingStream | None:
    """Return the stream by which `listener` hears `leg`; None when it doesn't."""
    if listener.source is leg:
        return listener.out
    player = listener.out.player
    if isinstance(player, Mixer) and leg in player.inputs:
        return player.inputs[leg].stream
    return None
