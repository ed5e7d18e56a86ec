"""The rtpengine engine: sound carried by Sipwise's rtpengine, on this machine or another.

The node's side of it: one control socket, one socket for reports of digits, and a watch. rtpengine
relays, changes codecs, plays prompts and tells of digits. It does not capture here, so recording
must be off; it reports neither loss nor jitter of a leg; encryption and IPv6 are not asked of it.
Its digits (`dtmf-log-dest`) go to one address, so each node needs an rtpengine of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voicegw.errors import NoMediaCapacityError, Problem, RecordingError, StartError
from voicegw.media.engine import CaptureSpec, EngineLoad, MediaEvent, Prompt
from voicegw.media.rtpengine_call import RtpengineCall
from voicegw.media.rtpengine_client import (
    RtpengineAwayError,
    RtpengineClient,
    RtpengineRefusedError,
)
from voicegw.media.rtpengine_digits import DigitListener, DigitReport
from voicegw.media.rtpengine_session import RtpengineSession
from voicegw.sdp.codecs import codecs_named
from voicegw.sdp.negotiation import Negotiator

_log = logging.getLogger(__name__)

_PROMPT_CACHE_BYTES: Final = 32 * 1024 * 1024
#: So many calls that ended while rtpengine was away are remembered; it frees others by itself.
_MAX_UNDELETED: Final = 10_000


@dataclass(frozen=True, slots=True)
class RtpengineOptions:
    """How rtpengine is reached.

    `control` is where it listens for NG commands (`--listen-ng`), `digits` the address of ours that
    it reports digits to (`--dtmf-log-dest`); port 0 there lets the system choose. Each `watch_s` it
    is asked whether it lives, and each `look_every`th time what every call has received.
    """

    control: tuple[str, int]
    digits: tuple[str, int]
    codecs: Sequence[str] = ("PCMA", "PCMU")
    silence_timeout_s: float = 60.0
    request_timeout_s: float = 2.0
    watch_s: float = 2.0
    look_every: int = 5


async def ping(control: tuple[str, int], *, timeout_s: float = 2.0) -> None:
    """Ask an rtpengine for a sign of life. Raises RtpengineAwayError, OSError."""
    client = await RtpengineClient.connect(*control, timeout_s=timeout_s)
    try:
        await client.request("ping")
    finally:
        client.close()


class RtpengineEngine:
    """See :class:`~voicegw.media.engine.MediaEngine`.

    `on_availability` is called in the loop when rtpengine stops answering and when it answers
    again. Running calls go on meanwhile: their sound needs no commands.
    """

    def __init__(
        self,
        options: RtpengineOptions,
        *,
        on_availability: Callable[[bool], None] = lambda _available: None,
    ) -> None:
        """Nothing is opened before :meth:`start`. Raises StartError when no codec is carried."""
        self.options = options
        self._codecs = codecs_named(options.codecs)
        if not self._codecs:
            raise StartError(
                Problem("media.codecs", "no codec that is carried", 'name "PCMA" or "PCMU"')
            )
        self._on_availability = on_availability
        self._client: RtpengineClient | None = None
        self._digits: DigitListener | None = None
        self._watch: asyncio.Task[None] | None = None
        self._sessions: dict[str, RtpengineSession] = {}
        self._undeleted: deque[RtpengineCall] = deque(maxlen=_MAX_UNDELETED)
        self._prompts: dict[str, bytes] = {}
        self._prompt_bytes = 0
        self._available = False

    async def start(self) -> None:
        """Open the sockets and see that rtpengine answers. Raises StartError."""
        options = self.options
        try:
            self._digits = await DigitListener.bind(*options.digits, self._on_report)
            self._client = await RtpengineClient.connect(
                *options.control, timeout_s=options.request_timeout_s
            )
            await self._client.request("ping")
        except (OSError, RtpengineAwayError, RtpengineRefusedError) as error:
            await self.stop()
            raise StartError(_start_problem(options, error)) from error
        self._available = True
        self._watch = asyncio.create_task(self._keep_watch(), name="rtpengine-watch")

    async def stop(self) -> None:
        """End all sessions and close the sockets."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.gather(*(session.close() for session in list(self._sessions.values())))
        if self._client is not None:
            self._client.close()
        if self._digits is not None:
            self._digits.close()
        self._available = False

    async def open(
        self,
        call_id: str,
        capture: CaptureSpec | None,
        on_event: Callable[[MediaEvent], None],
    ) -> RtpengineSession:
        """Open the sound of a call.

        Raises NoMediaCapacityError while rtpengine is away, RecordingError when a capture is
        wanted.
        """
        if capture is not None:
            raise RecordingError("rtpengine captures nothing for this node")
        if self._client is None or not self._available:
            raise NoMediaCapacityError("rtpengine does not answer")
        name = f"{call_id}-{secrets.token_hex(4)}"
        session = RtpengineSession(self, RtpengineCall(self._client, name), on_event)
        self._sessions[name] = session
        return session

    def load(self) -> EngineLoad:
        """Return the present load; an rtpengine that answers counts as one worker."""
        legs = sum(session.leg_count for session in self._sessions.values())
        return EngineLoad(
            sessions=len(self._sessions),
            legs=legs,
            ports_in_use=legs,
            workers=1 if self._available else 0,
            per_worker=(len(self._sessions),),
        )

    @property
    def digits_address(self) -> tuple[str, int]:
        """Where digits are to be reported to, once started."""
        return self.options.digits if self._digits is None else self._digits.address

    # Called by sessions --------------------------------------------------------------------------

    def negotiator(self) -> Negotiator:
        """Return a new leg's negotiator; its address is set once there is one."""
        return Negotiator(
            session_id=secrets.randbits(62),
            addresses={},
            port=0,
            codecs=self._codecs,
            new_key=secrets.token_bytes,
        )

    async def alaw(self, prompt: Prompt) -> bytes:
        """Return a prompt's samples, read once. Raises OSError."""
        found = self._prompts.get(prompt.digest)
        if found is None:
            found = await asyncio.to_thread(Path(prompt.pcma).read_bytes)
            if self._prompt_bytes + len(found) > _PROMPT_CACHE_BYTES:
                self._prompts.clear()
                self._prompt_bytes = 0
            self._prompts[prompt.digest] = found
            self._prompt_bytes += len(found)
        return found

    def forget(self, session: RtpengineSession) -> None:
        """A session is over."""
        self._sessions.pop(session.call_name, None)

    def delete_later(self, call: RtpengineCall) -> None:
        """Delete a call that may be left in rtpengine, once that answers again."""
        self._undeleted.append(call)

    # ---------------------------------------------------------------------------------------------

    def _on_report(self, report: DigitReport) -> None:
        session = self._sessions.get(report.call)
        if session is not None:
            session.digit_reported(report.tag, report.digit)

    async def _keep_watch(self) -> None:
        for turn in itertools.count(1):
            await asyncio.sleep(self.options.watch_s)
            # One that was away may have been started again, and know of no call.
            looks = turn % self.options.look_every == 0 or not self._available
            try:
                await self._watch_once(looks=looks)
            except RtpengineAwayError:
                self._note(available=False)
            else:
                self._note(available=True)

    async def _watch_once(self, *, looks: bool) -> None:
        """Ask for a sign of life, and what each call has received. Raises RtpengineAwayError."""
        if self._client is None:
            raise RtpengineAwayError("the socket to rtpengine is closed")
        try:
            await self._client.request("ping")
        except RtpengineRefusedError as error:
            _log.warning("rtpengine refuses a ping", extra={"why": error.reason})
        while self._undeleted:
            # One that was started again knows nothing of it, which is as good.
            with contextlib.suppress(RtpengineRefusedError):
                await self._undeleted[0].delete()
            self._undeleted.popleft()
        for session in list(self._sessions.values()) if looks else ():
            await session.look(self.options.silence_timeout_s)

    def _note(self, *, available: bool) -> None:
        if available != self._available:
            self._available = available
            _log.log(
                logging.INFO if available else logging.ERROR,
                "rtpengine answers again" if available else "rtpengine does not answer",
            )
            self._on_availability(available)


def _start_problem(options: RtpengineOptions, error: Exception) -> Problem:
    if isinstance(error, OSError):
        host, port = options.digits
        return Problem(
            "media.rtpengine_digits",
            f"{host}:{port} can't be listened on: {error.strerror or error}",
            "choose a free port and give it to rtpengine as dtmf-log-dest",
        )
    host, port = options.control
    return Problem(
        "media.rtpengine",
        f"no rtpengine answers at {host}:{port}",
        'start it with that listen-ng, or set media.engine = "embedded"',
    )
