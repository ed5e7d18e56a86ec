"""The telephones of a whole town behind one trunk: they ring, and do what a test tells them.

One socket is the network. Each number does as it was planned (:class:`Plan`), or what it is told
while it rings or talks. Who answers speaks, so that a recording has both voices.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.parts.node import wait_for
from tests.parts.raw_sip import Leg, Message, RawPeer, description, response
from tests.parts.rtp import RtpPort

_TICK_S: Final = 0.02
_AGAIN_S: Final = 0.5
_LONG_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a telephone does when it is rung: it answers, after ringing for so long.

    `answers_after_s` None: it rings until it is told. `refuses_with` is a status of SIP (486: busy)
    instead. `talks_s` is how long it talks before it hangs up; None: until the other does.
    """

    answers_after_s: float | None = 0.2
    refuses_with: int | None = None
    talks_s: float | None = None


@dataclass(eq=False)
class _Line:
    """One call of one telephone."""

    number: str
    leg: Leg
    invite: Message | None
    rings_since: float
    answered_at: float | None = None
    is_confirmed: bool = False
    is_over: bool = False
    said_last: str = ""
    said_at: float = 0.0
    sound: RtpPort | None = None


@dataclass
class Telephones:
    """The network at `host`; the node is reached at `node`.

    `voices` are what telephones say (A-law, over and over) by what their numbers begin with.
    A context manager: it rings from entering to leaving. Every method may be called from any one
    thread beside its own.
    """

    host: str
    port: int
    node: tuple[str, int]
    voices: Mapping[str, bytes]
    plan: Plan = field(default_factory=Plan)
    """Of whoever has none of their own."""

    def __post_init__(self) -> None:
        """Open the socket."""
        self.plans: dict[str, Plan] = {}
        self._lines: list[_Line] = []
        self._peer = RawPeer(self.host, self.node, self.port)
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telephones", daemon=True)

    def __enter__(self) -> Telephones:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)
        for line in self._lines:
            self._end(line)
        self._peer.close()

    # What a test says.

    def rung(self, number: str, timeout_s: float = _LONG_S) -> None:
        """Wait until the telephone of `number` rings."""
        wait_for(f"{number} rings", lambda: self._line(number, ringing=True), timeout_s)

    def talking(self, number: str, timeout_s: float = _LONG_S) -> None:
        """Wait until the telephone of `number` is in a call that was answered."""
        wait_for(f"{number} talks", lambda: self._line(number, ringing=False), timeout_s)

    def free(self, number: str, timeout_s: float = _LONG_S) -> None:
        """Wait until the telephone of `number` has no call."""

        def is_free() -> bool:
            with self._lock:
                return all(line.is_over or line.number != number for line in self._lines)

        wait_for(f"{number} is free", is_free, timeout_s)

    def answer(self, number: str) -> None:
        """Answer the telephone, which rings or soon does."""
        self.rung(number)
        with self._lock:
            self._answer(self._must(number, ringing=True))

    def refuse(self, number: str, status: int = 486) -> None:
        """Refuse the call, which comes in now or soon."""
        self.rung(number)
        with self._lock:
            self._refuse(self._must(number, ringing=True), status)

    def hang_up(self, number: str) -> None:
        """End the call of `number`: a talk, or its own that is not answered yet."""
        with self._lock:
            line = self._line(number)
            assert line is not None, f"{number} has no call"
            self._hang_up(line)

    def call(self, number: str, called: str) -> None:
        """Have somebody dial `called`, a hotline; `talking` tells when they are answered."""
        with self._lock:
            leg = Leg.calling(self._peer, called, caller=number)
            line = _Line(number, leg, None, time.monotonic())
            line.sound = RtpPort(self.host)
            self._lines.append(line)
            identity = f"P-Asserted-Identity: <sip:{number}@{self.host}>"
            leg.invite(self._offer(line), headers=[identity])

    # What the network does.

    def _run(self) -> None:
        self._peer.socket.settimeout(_TICK_S)
        while not self._over.is_set():
            try:
                data, source = self._peer.socket.recvfrom(65536)
            except TimeoutError:
                pass
            else:
                with self._lock:
                    self._hear(Message.parse(data, source))
            with self._lock:
                self._pass_time(time.monotonic())

    def _hear(self, message: Message) -> None:
        line = self._of(message)
        if message.is_response:
            if line is not None:
                self._told(line, message)
        elif message.method == "OPTIONS" and line is None:
            self._peer.send(response(message, 200, to=message.header("to")))
        elif message.method == "INVITE" and line is None:
            self._ring(message)
        elif line is None:
            if message.method != "ACK":
                self._peer.send(response(message, 481, to=message.header("to")))
        else:
            self._asked(line, message)

    def _ring(self, invite: Message) -> None:
        number = invite.uri.partition(":")[2].partition("@")[0]
        line = _Line(number, Leg.called(self._peer, invite), invite, time.monotonic())
        self._lines.append(line)
        refuses_with = self._plan(line).refuses_with
        if refuses_with is not None:
            self._refuse(line, refuses_with)
        else:
            self._say(line, line.leg.answer(invite, 180))

    def _asked(self, line: _Line, message: Message) -> None:
        """Do as a request within a call says."""
        match message.method:
            case "INVITE" if line.invite is not None and message.branch == line.invite.branch:
                self._peer.send(line.said_last)
            case "INVITE":
                line.leg.answer(message, 200, body=self._offer(line))
            case "ACK":
                line.is_confirmed = True
                self._speak(line, message)
            case "CANCEL":
                line.leg.answer(message, 200)
                if line.invite is not None and line.answered_at is None:
                    self._refuse(line, 487)
            case "BYE":
                line.leg.answer(message, 200)
                self._end(line)
            case _:
                line.leg.answer(message, 200)

    def _told(self, line: _Line, message: Message) -> None:
        """Take the answer to a request of this telephone's own."""
        if message.method != "INVITE" or message.status < 200:
            return
        if message.status >= 300:
            line.leg.ack(message)
            self._end(line)
            return
        line.leg.ack(message)
        if line.answered_at is None and not line.is_over:
            line.answered_at, line.is_confirmed = time.monotonic(), True
            self._speak(line, message)
        elif line.is_over:
            line.leg.send("BYE")

    def _pass_time(self, now: float) -> None:
        for line in [line for line in self._lines if not line.is_over]:
            plan = self._plan(line)
            if line.answered_at is None:
                rung_s = now - line.rings_since
                is_due = plan.answers_after_s is not None and rung_s >= plan.answers_after_s
                if line.invite is not None and is_due:
                    self._answer(line)
            elif not line.is_confirmed and now - line.said_at >= _AGAIN_S:
                self._say(line, line.said_last, send=True)
            elif plan.talks_s is not None and now - line.answered_at >= plan.talks_s:
                self._hang_up(line)

    def _answer(self, line: _Line) -> None:
        assert line.invite is not None
        line.sound = RtpPort(self.host)
        line.answered_at = time.monotonic()
        self._say(line, line.leg.answer(line.invite, 200, body=self._offer(line)))
        self._speak(line, line.invite)

    def _refuse(self, line: _Line, status: int) -> None:
        assert line.invite is not None
        self._say(line, line.leg.answer(line.invite, status))
        line.is_over = True

    def _hang_up(self, line: _Line) -> None:
        if line.answered_at is not None:
            line.leg.send("BYE")
        elif line.invite is None:
            line.leg.cancel()
        else:
            self._refuse(line, 603)
        self._end(line)

    def _end(self, line: _Line) -> None:
        line.is_over = True
        sound, line.sound = line.sound, None
        if sound is not None:
            # It waits for its threads, which nobody here has time for.
            threading.Thread(target=sound.close, daemon=True).start()

    def _speak(self, line: _Line, message: Message) -> None:
        voice = next(
            (said for start, said in self.voices.items() if line.number.startswith(start)), b""
        )
        if voice and line.sound is not None and message.sdp_lines("m=audio"):
            line.sound.speak(message.sound, voice)

    def _offer(self, line: _Line) -> str:
        port = line.sound.port if line.sound is not None else 9
        return description(port, host=self.host)

    def _say(self, line: _Line, text: str, *, send: bool = False) -> None:
        """Remember what was said last, to say it again where it seems lost."""
        line.said_last, line.said_at = text, time.monotonic()
        if send:
            self._peer.send(text)

    def _plan(self, line: _Line) -> Plan:
        return self.plans.get(line.number, self.plan)

    def _of(self, message: Message) -> _Line | None:
        call_id = message.header("call-id")
        return next((line for line in self._lines if line.leg.call_id == call_id), None)

    def _line(self, number: str, *, ringing: bool | None = None) -> _Line | None:
        """Return the call of a telephone; `ringing`: one not answered yet, or one that is."""
        with self._lock:
            for line in self._lines:
                is_ringing = line.answered_at is None
                if line.number == number and not line.is_over and ringing in (None, is_ringing):
                    return line
        return None

    def _must(self, number: str, *, ringing: bool) -> _Line:
        line = self._line(number, ringing=ringing)
        assert line is not None, f"{number} does not ring any more"
        return line
