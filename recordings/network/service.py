"""Hears, after a call, what the network said in place of a person, and writes it down.

A call whose customer did not answer leaves its capture in a folder of its own when there was sound
before the end, and work of the kind `network` in the store. The tones are looked for in a process
of its own, what is no tone is given to the recogniser where there is one, and the leg's `reason` is
refined in the transaction that concludes the work. The capture is no recording: it is deleted then,
whatever came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

import msgspec

from recordings.network.announcements import AnnouncementBook
from recordings.network.answerer import answerer
from recordings.network.listener import Listener
from recordings.network.protocol import EarlySound
from recordings.network.verdict import verdict
from recordings.transcription.engine import EngineUnusableError, SoundUnusableError
from recordings.transcription.loader_client import WorkerLostError
from recordings.transcription.pool import Recognition, TranscriberFaultError
from recordings.work_loop import NotNowError, WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.errors import KeyMissingError, StoreUnavailableError
from voicegw.events.factory import EventFactory
from voicegw.model.call import Call, Direction, Leg, LegReason, LegRole, ReasonSource
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.calls import CallRepository
from voicegw.store.network import NetworkRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue

logger = logging.getLogger(__name__)

_RULES: Final = WorkRules(retry_s=1.0, idle_s=2.0)
_SUFFIX: Final = ".spool"
_KEPT: Final = timedelta(days=1)
"""How long early sound may wait to be heard: it is no recording that anybody asked for."""
_REMEMBERED: Final = timedelta(days=1)
"""How long it is known that a call has been heard, should its capture turn up again."""

Verdict = tuple[LegReason, ReasonSource]


class Pool(Protocol):
    """What recognises speech; :class:`recordings.transcription.pool.TranscriptionPool` is one."""

    async def recognise(self, open_file: Callable[[], io.BytesIO]) -> Recognition:
        """Return what was said in the sound file that `open_file` opens."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkStore:
    """What of the store is used here."""

    queue: WorkQueue
    calls: CallRepository
    results: NetworkRepository
    transcripts: TranscriptRepository


@dataclass(frozen=True, slots=True)
class Ears:
    """What hears: tones, words, and what the words mean. `pool` is asked anew each time."""

    listener: Listener
    book: AnnouncementBook
    pool: Callable[[], Pool | None]


class NetworkService:
    """Hears early sound. `start` it; `stop` leaves what is in hand for the next start."""

    def __init__(
        self,
        folder: Path,
        store: NetworkStore,
        ears: Ears,
        events: EventFactory,
        clock: Clock,
        *,
        node: str,
        rules: WorkRules = _RULES,
    ) -> None:
        """`folder` holds a folder for each call of `node` with its capture."""
        self._folder = folder
        self._store = store
        self._ears = ears
        self._events = events
        self._clock = clock
        self._node = node
        self._attempts = rules.attempts
        self._loop = WorkLoop(
            store.queue, [WorkKind.NETWORK], self._hear, clock, rules=rules, give_up=self._give_up
        )
        self.heard: dict[str, int] = {}
        """How many calls were heard, by what the reason is known from; `none`: nothing new."""
        self.answered: dict[str, int] = {}
        """How many talks were looked into, by who had answered."""

    async def start(self) -> None:
        """Take up what an earlier run left, and begin."""
        with contextlib.suppress(StoreUnavailableError):
            for call_id in await asyncio.to_thread(self._left_behind):
                if await self._store.results.is_concluded(call_id):
                    await asyncio.to_thread(self._delete, call_id)
                else:
                    now = self._clock.now()
                    await self._store.queue.put(WorkKind.NETWORK, call_id, now, node=self._node)
            await self.tidy()
        self._loop.start()

    async def stop(self) -> None:
        """Stop; what is in hand comes back when its lease has run out."""
        await self._loop.stop()
        await self._ears.listener.stop()

    async def tidy(self) -> None:
        """Forget what was heard long ago, delete what could not be heard for long; now and then.

        A call whose early sound is gone is settled with what its code says. Raises
        StoreUnavailableError.
        """
        await asyncio.to_thread(self._delete_old)
        await self._store.results.forget_before(self._clock.now() - _REMEMBERED)

    def _left_behind(self) -> Sequence[str]:
        return sorted(one.name for one in self._folder.glob("*"))

    async def _hear(self, item: WorkItem) -> None:
        """Do one piece of work. Raises NotNowError, and what costs an attempt."""
        if item.subject.startswith(f"{IdKind.RECORDING}_"):
            await self._find_answerer(item)
            return
        call = await self._store.calls.get(item.subject)
        if call is None or not call.is_final:
            if call is None and self._clock.now() - item.created_at > _REMEMBERED:
                await self._give_up(item, "no-such-call")  # and its sound is not kept for ever
                return
            # The last words about the call are on their way to the store.
            raise NotNowError("call-not-over")
        spool = await asyncio.to_thread(self._spool, item.subject)
        heard = await self._ears.listener.hear(spool)
        if heard.failure == KeyMissingError.slug:
            raise NotNowError(KeyMissingError.slug)
        if heard.failure is not None:
            logger.warning(
                "early sound not heard", extra={"call_id": item.subject, "why": heard.failure}
            )
        leg = called_leg(call)
        found = None
        if leg is not None:
            found = verdict(leg.reason, heard.tones, await self._announced(item, heard))
        await self._conclude(item, found)

    async def _find_answerer(self, item: WorkItem) -> None:
        """Tell from a talk's transcript who answered a customer whom we called."""
        transcript = await self._store.transcripts.get(item.subject)
        found = None if transcript is None else answerer(transcript.segments, self._ears.book)
        if transcript is None or found is None:
            await self._store.results.pass_over(item, self._clock.now())
            return
        by, reason = found.by, found.reason

        def change(call: Call) -> Sequence[Event]:
            leg = _answered_leg(call)
            if leg is None:
                return []
            leg.answered_by = by
            if reason is not None:
                leg.reason, leg.reason_source = reason, ReasonSource.ANNOUNCEMENT
            return [_unnumbered(self._events.leg(EventType.LEG_CLASSIFIED, call, leg))]

        await self._store.results.conclude(item, transcript.call_id, change, self._clock.now())
        self.answered[by] = self.answered.get(by, 0) + 1

    async def _announced(self, item: WorkItem, heard: EarlySound) -> LegReason | None:
        """Return what was said, None without a recogniser: then only tones tell.

        So they do where the recogniser has failed at each attempt.
        """
        pool = self._ears.pool()
        if not heard.wav or pool is None:
            return None
        try:
            recognised = await pool.recognise(lambda: io.BytesIO(heard.wav))
        except (EngineUnusableError, SoundUnusableError) as error:
            logger.info("announcement not recognised", extra={"why": error.slug})
            return None
        except (WorkerLostError, TranscriberFaultError) as error:
            if item.attempts < self._attempts:
                raise
            logger.warning("announcement given up", extra={"why": error.slug})
            return None
        return self._ears.book.meaning(" ".join(one.text for one in recognised.segments))

    async def _give_up(self, item: WorkItem, why: str) -> None:
        if item.subject.startswith(f"{IdKind.RECORDING}_"):
            await self._store.results.pass_over(item, self._clock.now(), failure=why)
            return
        logger.warning("early sound given up", extra={"call_id": item.subject, "why": why})
        await self._conclude(item, None)

    async def _conclude(self, item: WorkItem, found: Verdict | None) -> None:
        def change(call: Call) -> Sequence[Event]:
            events: list[Event] = []
            leg = called_leg(call)
            if leg is not None and found is not None:
                leg.reason, leg.reason_source = found
                events.append(_unnumbered(self._events.leg(EventType.LEG_CLASSIFIED, call, leg)))
            if not call.recordings:
                events.append(_unnumbered(self._events.call(EventType.CALL_SETTLED, call)))
            return events

        if not await self._store.results.conclude(item, item.subject, change, self._clock.now()):
            if await self._store.results.is_concluded(item.subject):
                # There is no such call (any more), or somebody else was quicker: no use either way.
                await asyncio.to_thread(self._delete, item.subject)
            logger.info("early sound not ours any more", extra={"call_id": item.subject})
            return
        source = "none" if found is None else str(found[1])
        self.heard[source] = self.heard.get(source, 0) + 1
        logger.info(
            "early sound heard",
            extra={"call_id": item.subject, "reason": None if found is None else str(found[0])},
        )
        await asyncio.to_thread(self._delete, item.subject)

    def _spool(self, call_id: str) -> Path:
        """Return the capture of a call; one that is not there where it is gone."""
        folder = self._folder / call_id
        return next(folder.glob(f"*{_SUFFIX}"), folder / f"none{_SUFFIX}")

    def _delete_old(self) -> None:
        oldest_s = (self._clock.now() - _KEPT).timestamp()
        for spool in self._folder.glob(f"*/*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):  # it was heard just now
                if spool.stat().st_mtime < oldest_s:
                    logger.warning(
                        "early sound not heard in time", extra={"call_id": spool.parent.name}
                    )
                    self._delete(spool.parent.name)

    def _delete(self, call_id: str) -> None:
        folder = self._folder / call_id
        try:
            for one in folder.glob("*"):
                one.unlink(missing_ok=True)
        except OSError as error:
            # Found again at the next start.
            logger.warning(
                "early sound not deleted", extra={"call_id": call_id, "why": error.strerror}
            )
        for emptied in (folder, self._folder):
            with contextlib.suppress(OSError):
                emptied.rmdir()  # while it holds more, it stays


def called_leg(call: Call) -> Leg | None:
    """Return the leg of the customer whom we called in vain."""
    legs = [leg for leg in call.legs if leg.role is LegRole.CUSTOMER and leg.answered_at is None]
    return legs[-1] if legs else None


def _answered_leg(call: Call) -> Leg | None:
    """Return the leg of the customer whom we called and who, or whose machine, answered."""
    if call.direction is Direction.INBOUND:
        return None
    legs = [one for one in call.legs if one.role is LegRole.CUSTOMER and one.answered_at]
    return legs[-1] if legs else None


def _unnumbered(event: Event) -> Event:
    return msgspec.structs.replace(event, sequence=0)
