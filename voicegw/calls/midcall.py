"""What a manager can do with a customer while they talk: hold, ask a colleague, hand on, add.

One object for each talk. Wishes come from the API (:class:`MidCall` is asked directly) and from the
manager's keys; the flow of the talk takes them one by one, and only it connects and ends legs. A
hold alone needs no flow: it changes what the two hear, at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Final

from voicegw.calls.beside import first_of
from voicegw.calls.control import HandOnMode, HandOnRequest
from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.keypad import Keypad
from voicegw.calls.keypad_commands import Command
from voicegw.calls.leg import CallLeg
from voicegw.calls.manager_keys import ManagerKeys
from voicegw.calls.outcome import Ending, ending_of_lost_transfer, ending_of_talk
from voicegw.calls.party import HandOnStep, Party, find_dialled, find_party
from voicegw.calls.reach_party import let_go, reach_party, stop_ringing
from voicegw.calls.speech import connect, loop, say
from voicegw.calls.transfer import (
    Transfer,
    came_to_nothing,
    stays,
    taken_over,
    vacate_when_over,
)
from voicegw.errors import ConflictError, VoicegwError
from voicegw.media.engine import Mix, Silence
from voicegw.model.call import HangupSource, HeldBy, LegResult, LegRole, PlanStepRecord
from voicegw.model.event import EventType
from voicegw.model.recording import MarkKind
from voicegw.sdp.codecs import codecs_named

GATEWAY_HOLD: Final = "gateway"
"""Whose hold it is, in the capture's marks, where no telephone holds."""
_NARROW_S: Final = 8.0
"""How long telephones may take to change to G.711."""


class Stage(StrEnum):
    """How far the handling of a wish is."""

    TALK = auto()
    """Customer and manager talk, or the one is held."""
    REACHING = auto()
    """Somebody is being rung, or the manager enters whom to ring."""
    CONSULTING = auto()
    """The manager talks with a colleague; the customer hears music."""
    CONFERENCE = auto()
    """Three talk."""


@dataclass(frozen=True, slots=True)
class HandOn:
    """Hand the customer on to `party`, or have that one join."""

    party: Party
    mode: HandOnMode


Wish = HandOn | Command


class MidCall:
    """A talk in progress, as far as it can be held, handed on or joined."""

    def __init__(self, side: CustomerSide, manager: CallLeg) -> None:
        """Begin with the two; nobody is listened to before :meth:`talks`."""
        self.side = side
        self.manager = manager
        self.stage = Stage.TALK
        self.held_by: HeldBy | None = None
        """By whose wish the gateway holds the customer; telephones hold by themselves."""
        self._call = side.call
        self._keys = ManagerKeys(side.call)
        self._wish: Wish | None = None

    # -- asked from outside ----------------------------------------------------------------------

    @property
    def keeps_apart(self) -> bool:
        """Whether the customer is held and the manager alone."""
        return self.held_by is not None and self.stage is Stage.TALK

    @property
    def is_idle(self) -> bool:
        """Whether nothing is wished that the talk would have to wait for."""
        return self.stage is Stage.TALK and self._wish is None

    def hold(self, by: HeldBy, *, on: bool) -> None:
        """Let the customer hear music and the manager nothing, or connect the two again.

        Raises ConflictError `not-bridged`, `transfer-running` or `disclosure-running`.
        """
        self._check_free()
        if on and self.held_by is None:
            self._begin_hold(by)
            self._call.sound.connect(self._call.sound.playback("on_hold"), self.manager)
        elif not on and self.held_by is not None:
            self._end_hold()
            connect(self._call, self.side.leg, self.manager)

    async def ask(self, request: HandOnRequest) -> None:
        """Have the flow hand the customer on, or somebody join.

        Raises as :func:`~voicegw.calls.party.find_party` and :meth:`hold` do, and ConflictError
        `not-supported` where three can't talk.
        """
        self._check_free()
        if request.mode is HandOnMode.ADD:
            self._check_mixing()
        party = await find_party(self.side, request, self.manager.record.manager_id)
        self._check_free()
        self._want(HandOn(party, request.mode))

    def complete(self) -> None:
        """Hand the customer on to the colleague who is consulted.

        Raises ConflictError `not-consulting`.
        """
        if self.stage is not Stage.CONSULTING:
            raise ConflictError("not-consulting", "The manager asks nobody just now.")
        self._want(Command.TRANSFER)

    def cancel(self) -> None:
        """Go back to the customer, without whoever is rung, asked or added.

        Raises ConflictError `not-consulting`.
        """
        if self.stage is Stage.TALK:
            raise ConflictError("not-consulting", "Nobody is rung, asked or added just now.")
        self._want(Command.BACK)

    def _want(self, wish: Wish) -> None:
        self._wish = wish
        self._call.wake()

    def _check_free(self) -> None:
        call = self._call
        if call.disclosure is not None:
            raise ConflictError("disclosure-running", "Statements are being played.")
        if not self.is_idle:
            raise ConflictError("transfer-running", "The customer is being handed on.")
        if call.record.is_final or call.pair is None:
            raise ConflictError("not-bridged", "The two do not talk with each other now.")

    def _check_mixing(self) -> None:
        legs = (self.side.leg, self.manager)
        if not self._call.sound.can_mix or not all(_has_g711(leg) for leg in legs):
            raise ConflictError("not-supported", "Three can't talk: the sound can't be added up.")

    # -- used by the flow of the talk ------------------------------------------------------------

    def talks(self, manager: CallLeg) -> None:
        """Begin a talk with `manager`, or go on: no hold is left, and the keys are listened to."""
        self.manager = manager
        self.stage = Stage.TALK
        if self.held_by is not None:
            self._end_hold()
        self._listen()

    def wish(self) -> Wish | None:
        """Return what is wished next; a hold by keys is done here."""
        wish, self._wish = self._wish, None
        if wish is not None:
            return wish
        while (command := self._keys.command()) is not None:
            if command in (Command.TRANSFER, Command.ADD):
                return command
            self.hold(HeldBy.KEYPAD, on=command is Command.HOLD and self.held_by is None)
        return None

    async def grant(self, wish: Wish, ends_at: float) -> CallLeg | Ending:
        """Do what is wished and return the leg that the customer talks with next, not connected.

        An Ending when there is none, or the talk has reached its allowed length at `ends_at` by the
        monotonic clock. Raises the call's interruptions.
        """
        self.stage = Stage.REACHING
        self._keys.stop()
        if isinstance(wish, Command):
            entered = await self._entered(wish)
            if entered is None:
                await say(self._call, self.manager, names=("transfer_failed",))
                return self.manager
            wish = entered
        match wish.mode:
            case HandOnMode.BLIND:
                following = await self._transfer(wish.party)
            case HandOnMode.CONSULT:
                following = await self._consult(wish.party, ends_at)
            case HandOnMode.ADD:
                following = await self._add(wish.party, ends_at)
        return following

    # -- entering whom ---------------------------------------------------------------------------

    async def _entered(self, command: Command) -> HandOn | None:
        """Ask the manager for a staff number or a short code; None for nobody that may be rung."""
        self._call.pair = None
        self._hold_customer(HeldBy.KEYPAD)
        async with Keypad(self._call, self.manager).listening() as keypad:
            entry = await keypad.ask("enter_transfer", star_ends=True)
        mode = HandOnMode.ADD if command is Command.ADD else HandOnMode.CONSULT
        try:
            if mode is HandOnMode.ADD:
                self._check_mixing()
            party = await find_dialled(self.side, entry, self.manager.record.manager_id)
        except VoicegwError:
            # Whatever the rule is: a telephone has one sentence for it.
            return None
        return HandOn(party, mode)

    # -- handing on ------------------------------------------------------------------------------

    async def _transfer(self, party: Party) -> CallLeg | Ending:
        following = await Transfer(self.side, self.manager, party).run()
        if following is self.manager:
            await say(self._call, self.manager, names=("transfer_failed",))
        return following

    async def _consult(self, party: Party, ends_at: float) -> CallLeg | Ending:
        """Have the manager talk with `party` first; hanging up hands the customer on."""
        call = self._call
        call.pair = None
        self._hold_customer(HeldBy.API)
        vacate_when_over(self.side, self.manager)
        step = self._note(HandOnStep.TRANSFER, party)
        call.sound.mark(MarkKind.TRANSFER, {"to": party.target})
        loop(call, self.manager, "ringback_cn")
        # What is dialled while it rings has nobody to go to.
        self._listen_for(())
        colleague = await self._reached(party, step)
        if isinstance(colleague, LegFailure):
            return await self._given_up(colleague)
        if colleague is None:
            return await self._back()
        if self.manager.ended is not None:
            return taken_over(self.side, self.manager, colleague, step)
        return await self._talk_over(colleague, step, ends_at)

    async def _talk_over(
        self, colleague: CallLeg, step: PlanStepRecord, ends_at: float
    ) -> CallLeg | Ending:
        """Have the two talk about the customer, until it is decided who goes on."""
        call = self._call
        self.stage = Stage.CONSULTING
        connect(call, colleague, self.manager)
        step.result = "consulting"
        call.save(EventType.CALL_STEP)
        self._listen_for((colleague,))
        try:
            decided = await call.until(lambda: self._decision(colleague), self._left_s(ends_at))
        finally:
            # So it is where the call ends meanwhile; what was decided is written down below.
            step.result = str(LegResult.CANCELED)
        call.pair = None
        if decided is None:
            return ending_of_talk()
        if decided is Command.ADD:
            return await self._confer(colleague, step, ends_at)
        gone = colleague.ended is not None
        if decided is Command.TRANSFER and not gone:
            return taken_over(self.side, self.manager, colleague, step)
        let_go(call, colleague, HangupSource.MANAGER)
        if self.manager.ended is not None:
            return await self._given_up(LegFailure(LegRole.MANAGER, LegResult.DECLINED))
        return await self._back()

    def _decision(self, colleague: CallLeg) -> Command | None:
        if self.manager.ended is not None:
            return Command.TRANSFER
        if colleague.ended is not None:
            return Command.BACK
        decided = self._next()
        if decided is Command.ADD and not self._can_confer(colleague):
            return None
        return None if decided is Command.HOLD else decided

    async def _back(self) -> CallLeg | Ending:
        """Go back to the manager, who may have hung up in this very moment."""
        failure = LegFailure(LegRole.MANAGER, LegResult.CANCELED)
        return await came_to_nothing(self.side, self.manager, failure)

    async def _given_up(self, failure: LegFailure) -> CallLeg | Ending:
        following = await came_to_nothing(self.side, self.manager, failure)
        if following is self.manager:
            await say(self._call, self.manager, names=("transfer_failed",))
        return following

    # -- three in a talk -------------------------------------------------------------------------

    async def _add(self, party: Party, ends_at: float) -> CallLeg | Ending:
        """Ring `party` while the two talk on, then have all three talk."""
        call = self._call
        if self.held_by is not None:
            self._end_hold()
        connect(call, self.side.leg, self.manager)
        step = self._note(HandOnStep.ADD, party)
        if not await self._narrowed((self.side.leg, self.manager)):
            step.result, step.reason = str(LegResult.FAILED), "not-supported"
            await say(call, self.manager, names=("transfer_failed",))
            return self.manager
        self._listen_for((self.side.leg,))
        third = await self._reached(party, step)
        if isinstance(third, CallLeg):
            return await self._confer(third, step, ends_at)
        if third is not None:
            await say(call, self.manager, names=("transfer_failed",))
        return self.manager

    async def _confer(
        self, third: CallLeg, step: PlanStepRecord, ends_at: float
    ) -> CallLeg | Ending:
        """Have three talk until one of the manager's side leaves; return who is left of it."""
        call = self._call
        legs = (self.side.leg, self.manager, third)
        vacate_when_over(self.side, self.manager)
        if not await self._narrowed(legs):
            step.result, step.reason = str(LegResult.FAILED), "not-supported"
            let_go(call, third, HangupSource.GATEWAY)
            return await self._given_up(LegFailure(LegRole.MANAGER, LegResult.FAILED))
        self._begin_conference(legs, third, step)
        await say(call, self.manager, names=("colleague_joined",))
        call.sound.connect(_others(legs, self.manager), self.manager)
        decided = await call.until(lambda: self._left_or_decided(third), self._left_s(ends_at))
        if decided is None:
            return ending_of_talk()
        return await self._end_conference(third, step)

    def _begin_conference(
        self, legs: Sequence[CallLeg], third: CallLeg, step: PlanStepRecord
    ) -> None:
        call = self._call
        self.stage = Stage.CONFERENCE
        call.pair = None
        if self.held_by is not None:
            self._end_hold()
        for leg in (self.manager, third):
            # One who listens to music does not silence the other two in the recording.
            call.sound.mark_hold(leg, on=False)
        for leg in legs:
            call.sound.connect(_others(legs, leg), leg)
        if third.record.manager_id is not None:
            call.parts.agents.talks(third.record.manager_id, call.record.id)
        call.sound.mark(
            MarkKind.BRIDGE,
            {"manager": self.manager.record.manager_id, "third": third.record.manager_id},
        )
        step.result = "connected"
        call.save(EventType.CALL_STEP)
        self._listen_for((self.side.leg, third))

    def _left_or_decided(self, third: CallLeg) -> bool:
        if self.manager.ended is not None or third.ended is not None:
            return True
        return self._next() is Command.BACK

    async def _end_conference(self, third: CallLeg, step: PlanStepRecord) -> CallLeg | Ending:
        """Return who goes on with the customer: the manager, if still there."""
        if self.manager.ended is None:
            let_go(self._call, third, HangupSource.MANAGER)
            stays(self.manager)
            staying = self.manager
        elif third.ended is None:
            staying = taken_over(self.side, self.manager, third, step)
        else:
            return ending_of_lost_transfer(LegFailure(LegRole.MANAGER, LegResult.DECLINED))
        return staying

    def _can_confer(self, third: CallLeg) -> bool:
        legs = (self.side.leg, self.manager, third)
        return self._call.sound.can_mix and all(_has_g711(leg) for leg in legs)

    async def _narrowed(self, legs: Sequence[CallLeg]) -> bool:
        """Bring all of `legs` to G.711, which alone is added up; False when one refuses."""
        call = self._call
        sound = await call.sound.session()
        for leg in legs:
            if _is_g711(call.sound.codec(leg)) or not _has_g711(leg):
                continue
            wanted = tuple(one.value for one in codecs_named(leg.codecs) if one.is_g711)
            leg.reoffer(await sound.reoffer(leg.id, replace(leg.terms, codecs=wanted)))
        await call.until(lambda: not any(leg.reoffering for leg in legs if leg.alive), _NARROW_S)
        return all(_is_g711(call.sound.codec(leg)) for leg in legs if leg.ended is None)

    # -- what all of it shares -------------------------------------------------------------------

    async def _reached(self, party: Party, step: PlanStepRecord) -> CallLeg | LegFailure | None:
        """Ring `party`; None when the manager would rather go back."""
        call = self._call
        before = len(call.legs)

        async def taken_back() -> CallLeg | bool | None:
            return await call.until(lambda: self._next() is Command.BACK)

        async def reached() -> CallLeg | bool | None:
            return await reach_party(self.side, party)

        try:
            won = await first_of(call, [reached(), taken_back()])
        except LegFailed as failed:
            step.result = str(failed.failure.result)
            return failed.failure
        except BaseException:
            step.result = str(LegResult.CANCELED)
            raise
        if isinstance(won, CallLeg):
            return won
        step.result = str(LegResult.CANCELED)
        stop_ringing(call, party, before)
        return None

    def _note(self, step: HandOnStep, party: Party) -> PlanStepRecord:
        """Write down what is done; there while it is done, for who looks at a live call."""
        record = PlanStepRecord(str(step), party.target)
        self._call.record.plan.append(record)
        self._call.save(EventType.CALL_STEP)
        return record

    def _next(self) -> Command | None:
        """Return what was wished while a wish is being granted."""
        wish, self._wish = self._wish, None
        return wish if isinstance(wish, Command) else self._keys.command()

    def _listen(self) -> None:
        customer = self.side.leg
        self._keys.listen(self.manager, lambda: () if self.held_by else (customer,))

    def _listen_for(self, hearers: Sequence[CallLeg]) -> None:
        if self.manager.ended is None:
            self._keys.listen(self.manager, lambda: hearers)

    def _left_s(self, ends_at: float) -> float:
        return max(0.0, ends_at - self._call.parts.clock.monotonic())

    def _hold_customer(self, by: HeldBy) -> None:
        if self.held_by is None:
            self._begin_hold(by)
        else:
            loop(self._call, self.side.leg, "moh")

    def _begin_hold(self, by: HeldBy) -> None:
        call = self._call
        self.held_by = by
        call.sound.mark(MarkKind.HOLD, GATEWAY_HOLD)
        loop(call, self.side.leg, "moh")
        call.sound.connect(Silence(), self.manager)
        call.note_hold(EventType.CALL_HELD)

    def _end_hold(self) -> None:
        self.held_by = None
        self._call.sound.mark(MarkKind.UNHOLD, GATEWAY_HOLD)
        self._call.note_hold(EventType.CALL_UNHELD)

    def let_go(self) -> None:
        """The call is over: forget what waits."""
        self._keys.forget()
        self._wish = None


def _others(legs: Sequence[CallLeg], leg: CallLeg) -> Mix:
    return Mix(tuple(one.id for one in legs if one is not leg))


def _has_g711(leg: CallLeg) -> bool:
    return any(one.is_g711 for one in codecs_named(leg.codecs))


def _is_g711(codec: str | None) -> bool:
    return any(one.is_g711 for one in codecs_named([codec or ""]))
