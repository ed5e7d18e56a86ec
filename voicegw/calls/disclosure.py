"""The gateway reads statements to the customer in mid-call, and has each answered with a key.

What was heard and what was pressed is written as marks into the recording, so the proof needs no
recogniser. While it lasts the two do not hear each other, for nobody may talk over a statement or
talk the customer into a key: the customer hears the statements and, between them, silence; the
manager hears the same statements and, between them, the customer. Only a key of the customer's own
telephone counts, and only once the statement was heard whole.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from voicegw.calls.control import DisclosureRequest
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.media.engine import FromLeg, MarkDetail, Prompt, Silence
from voicegw.media.spool import LEG_CUSTOMER
from voicegw.model.disclosure import (
    DisclosedStatement,
    Disclosure,
    DisclosureStatus,
    StatementState,
)
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import MarkKind, RecordingStatus

if TYPE_CHECKING:
    from voicegw.calls.leg import CallLeg
    from voicegw.calls.live_call import LiveCall

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_SLACK_S: Final = 10.0
"""How much longer than its sound a statement may take."""
_HOLD_S: Final = 60.0
"""How long a customer who has put us on hold is waited for."""


class _AbortedError(Exception):
    """Somebody stopped the disclosure."""


class _HeldError(Exception):
    """The customer has put us on hold and hears nothing."""


class _NotHeardError(Exception):
    """A statement could not be played."""


class _TalkOverError(Exception):
    """The talk has reached its allowed length."""


def begin_disclosure(call: LiveCall, request: DisclosureRequest) -> None:
    """Have statements played to the customer of `call` as soon as its flow looks.

    Raises InvalidError for a prompt that nobody has, ConflictError `disclosure-running`,
    `not-bridged`, `call-held` or `not-recording`.
    """
    prompts = _prompts(call, request)
    _check_state(call)
    record = Disclosure(
        id=new_id(IdKind.DISCLOSURE),
        status=DisclosureStatus.RUNNING,
        started_at=call.parts.clock.now(),
        yes_key=request.yes_key,
        no_key=request.no_key,
        statements=[
            DisclosedStatement(statement.id, prompt.name, prompt.digest)
            for statement, prompt in zip(request.statements, prompts, strict=True)
        ],
        script_id=request.script_id,
        script_version=request.script_version,
    )
    call.record.disclosures.append(record)
    call.disclosure = RunningDisclosure(call, request, record, prompts)
    call.save(EventType.CALL_STEP)
    call.wake()


def abort_disclosure(call: LiveCall) -> None:
    """Stop the disclosure of `call`; what was answered stays. Harmless when there is none."""
    if call.disclosure is not None:
        call.disclosure.aborted = True
        call.wake()


def _prompts(call: LiveCall, request: DisclosureRequest) -> Sequence[Prompt]:
    library, language = call.parts.prompts, call.parts.settings.language
    found = []
    for index, statement in enumerate(request.statements):
        try:
            found.append(library.prompt(statement.prompt, language))
        except NotFoundError:
            raise InvalidError(
                f"statements.{index}.prompt", "no such prompt", kind="not-found"
            ) from None
    return found


def _check_state(call: LiveCall) -> None:
    if call.disclosure is not None:
        raise ConflictError("disclosure-running", "Statements are being played already.")
    if call.record.is_final or call.pair is None:
        raise ConflictError("not-bridged", "The two do not talk with each other now.")
    if call.midcall is None or not call.midcall.is_idle:
        raise ConflictError("not-bridged", "The customer is being handed on.")
    if any(leg.held for leg in call.pair) or call.midcall.held_by is not None:
        raise ConflictError("call-held", "One of the two is on hold.")
    recording = call.sound.recording
    if recording is None or recording.status is not RecordingStatus.PENDING:
        raise ConflictError("not-recording", "What the customer answers would be proven nowhere.")
    if call.record.recording_paused_at is not None:
        raise ConflictError("not-recording", "The recording is paused.")


@dataclass(slots=True)
class RunningDisclosure:
    """A disclosure and the flow that sees to it."""

    call: LiveCall
    request: DisclosureRequest
    record: Disclosure
    prompts: Sequence[Prompt]
    ends_at: float = math.inf
    """When the talk has reached its allowed length, by the monotonic clock."""
    aborted: bool = False

    async def run(self, customer: CallLeg, manager: CallLeg, ends_at: float) -> None:
        """Play the statements and take the answers; the two are not connected afterwards.

        Nothing is played or awaited past `ends_at`, by the monotonic clock, when the talk has
        reached its allowed length. Raises the call's interruptions.
        """
        call = self.call
        call.pair = None
        self.ends_at = ends_at
        call.sound.gather(customer, on=True)
        status = DisclosureStatus.INTERRUPTED
        try:
            status = await self._statements(customer, manager)
        except _AbortedError:
            status = DisclosureStatus.ABORTED
        except _NotHeardError:
            status = DisclosureStatus.FAILED
        except _TalkOverError:
            status = DisclosureStatus.INTERRUPTED
        finally:
            self._end(status)
        call.sound.gather(customer, on=False)

    def _end(self, status: DisclosureStatus) -> None:
        self.record.close(status, self.call.parts.clock.now())
        self.call.disclosure = None
        self.call.save(EventType.CALL_STEP)
        _log.info("disclosure ended", extra={"call_id": self.call.record.id, "status": str(status)})

    async def _statements(self, customer: CallLeg, manager: CallLeg) -> DisclosureStatus:
        all_assented = True
        for statement, prompt in zip(self.record.statements, self.prompts, strict=True):
            key = await self._answered(statement, prompt, customer, manager)
            self._answer(statement, key)
            if key == self.request.yes_key:
                continue
            all_assented = False
            if not self.request.go_on:
                break
        return DisclosureStatus.COMPLETED if all_assented else DisclosureStatus.REFUSED

    async def _answered(
        self, statement: DisclosedStatement, prompt: Prompt, customer: CallLeg, manager: CallLeg
    ) -> str | None:
        """Play one statement as often as it takes and return the key; None when none counts."""
        repeats = self.request.repeats
        while True:
            try:
                await self._say(statement, prompt, customer, manager)
                key = await self._key(customer, manager)
            except _HeldError:
                await self._wait_for(customer)
                continue
            if key is not None or repeats == 0:
                return key
            repeats -= 1

    async def _say(
        self, statement: DisclosedStatement, prompt: Prompt, customer: CallLeg, manager: CallLeg
    ) -> None:
        """Have both hear a statement whole.

        Raises _NotHeardError, _HeldError, _AbortedError, _TalkOverError.
        """
        sound, clock = self.call.sound, self.call.parts.clock
        self._attend(customer)
        statement.state = StatementState.PLAYING
        statement.attempts += 1
        statement.started_at = statement.started_at or clock.now()
        self._mark(MarkKind.STATEMENT, statement, attempt=statement.attempts, digest=prompt.digest)
        self.call.save(EventType.CALL_STEP)
        # What the record names by its digest, whatever has that name in the library by now.
        playback = sound.playback_of(prompt)
        sound.connect(sound.playback_of(prompt), manager)
        sound.connect(playback, customer)

        def over() -> bool:
            self._attend(customer)
            return sound.has_played(playback.id)

        await self._until(over, prompt.duration_ms / 1000 + _SLACK_S)
        if not sound.was_heard(playback.id):
            raise _NotHeardError
        statement.heard_at = statement.heard_at or clock.now()
        statement.state = StatementState.ASKED
        self.call.save(EventType.CALL_STEP)

    async def _key(self, customer: CallLeg, manager: CallLeg) -> str | None:
        """Wait for a key that counts; None when none came in time.

        Raises _HeldError, _AbortedError, _TalkOverError.
        """
        sound = self.call.sound
        # What was pressed before the statement had ended answers nothing.
        sound.forget_digits(customer)
        sound.connect(Silence(), customer)
        sound.connect(FromLeg(customer.id), manager)

        def pressed() -> str | None:
            self._attend(customer)
            while (digit := sound.next_digit(customer)) is not None:
                if digit in (self.request.yes_key, self.request.no_key):
                    return digit
            return None

        return await self._until(pressed, self.request.timeout_s)

    async def _until(self, predicate: Callable[[], _T | None], timeout_s: float) -> _T | None:
        """Wait as the call does, but not past the allowed length of the talk: _TalkOverError."""
        left_s = self.ends_at - self.call.parts.clock.monotonic()
        found = await self.call.until(predicate, min(timeout_s, left_s))
        if not found and left_s <= timeout_s:
            raise _TalkOverError
        return found

    def _attend(self, customer: CallLeg) -> None:
        """Raise what keeps the customer from hearing more."""
        if self.aborted:
            raise _AbortedError
        if customer.held:
            raise _HeldError

    async def _wait_for(self, customer: CallLeg) -> None:
        """Wait until the customer listens again: then the statement is played anew."""
        await self._until(lambda: self.aborted or not customer.held, _HOLD_S)
        if customer.held and not self.aborted:
            raise _NotHeardError

    def _answer(self, statement: DisclosedStatement, key: str | None) -> None:
        assented = key == self.request.yes_key
        # The mark first: what the recording does not prove, the call's record does not claim.
        self._mark(MarkKind.ASSENT if assented else MarkKind.REFUSAL, statement, key=key)
        statement.key = key
        if key is None:
            statement.state = StatementState.UNANSWERED
        else:
            statement.state = StatementState.ASSENTED if assented else StatementState.REFUSED
            statement.answered_at = self.call.parts.clock.now()
        self.call.save(EventType.CALL_STEP)

    def _mark(
        self, kind: MarkKind, statement: DisclosedStatement, **more: str | int | None
    ) -> None:
        told: MarkDetail = {
            "leg": LEG_CUSTOMER,
            "disclosure": self.record.id,
            "statement": statement.id,
            "prompt": statement.prompt,
            "script": self.record.script_id,
            "version": self.record.script_version,
            **more,
        }
        self.call.sound.mark(kind, told)
