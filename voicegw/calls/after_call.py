"""One has hung up, and the other is asked by keys: the customer how it was, the manager what came
of it.

The talk is over then: its length, who ended it and its recording are what they were when the first
hung up. Nobody is kept for longer than a minute, and whoever hangs up meanwhile has answered what
was answered.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.calls.disclosure import RunningDisclosure
from voicegw.calls.interruption import Interruption, LegLost
from voicegw.calls.key_wait import next_key
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_interruption
from voicegw.calls.result_menu import result_menu
from voicegw.calls.speech import say
from voicegw.errors import MediaError, NotFoundError, VoicegwError
from voicegw.media.engine import Silence
from voicegw.model.call import HangupSource, LegRole
from voicegw.model.directory import Hotline
from voicegw.model.event import EventType
from voicegw.model.recording import MarkKind
from voicegw.model.survey import (
    SURVEYS,
    Disposition,
    DispositionSource,
    Survey,
    SurveyAnswer,
)
from voicegw.model.task_type import TaskTypeRule

_log = logging.getLogger(__name__)

#: Nobody is kept longer than that by questions.
_PATIENCE_S: Final = 60.0
#: How long a key may be thought about, once the question has been heard.
_ANSWER_S: Final = 6.0
_TRIES: Final = 2
#: How much longer than its sound a question may take whose end is not told.
_SLACK_S: Final = 1.0
#: How long the store may take to tell what the talk was for: the line is silent meanwhile.
_LOOK_UP_S: Final = 1.0
#: In place of a key: the question is over.
_HEARD: Final = "heard"


def is_asked(hotline: Hotline, left: CallLeg) -> bool:
    """Whether the hotline wants to know something of `left`, who is still there."""
    if left.ended is not None:
        return False
    if left.role is LegRole.MANAGER:
        return hotline.after_call.result
    survey = hotline.after_call.survey
    if survey is not None and survey not in SURVEYS:
        _log.error("unknown survey", extra={"survey": survey})
    return survey in SURVEYS


async def after_call(
    call: LiveCall, hotline: Hotline, customer: CallLeg, manager: CallLeg, lost: LegLost
) -> Ending:
    """Ask whoever is left what the hotline wants to know, and return how the talk has ended."""
    gone, left = (customer, manager) if lost.role is LegRole.CUSTOMER else (manager, customer)
    ending = ending_of_interruption(call.record.direction, lost, bridged=True)
    call.go_on_after(lost)
    _close(call, gone, ending)
    wish = call.wish_of(left)()
    if wish is not None and not isinstance(wish, RunningDisclosure):
        wish.refuse(480)  # there is nobody left to hand on
    asking = _Asking(call, left, call.parts.clock.monotonic() + _PATIENCE_S)
    survey = hotline.after_call.survey
    try:
        if left is manager:
            await _ask_manager(asking)
        elif survey is not None:
            await _ask_customer(asking, survey, SURVEYS[survey])
    except Interruption:
        _log.info("left while being asked", extra={"call_id": call.record.id})
    except VoicegwError as error:
        # A prompt is missing, or the sound is lost: the talk was none the worse.
        _log.error("not asked", extra={"call_id": call.record.id, "why": error.slug})
    return ending


def _close(call: LiveCall, gone: CallLeg, ending: Ending) -> None:
    """The talk is over: nothing more is recorded, and who has left is free."""
    call.pair = None
    call.talk_ended_at = call.parts.clock.now()
    with contextlib.suppress(MediaError):
        # A worker that died with the talk has ended its capture, too.
        call.sound.mark(MarkKind.END)
    gone.release(q850=ending.q850)
    if gone.close(call.talk_ended_at, None, gone.ended_by() or HangupSource.GATEWAY):
        call.save(EventType.LEG_ENDED, leg=gone.record)
    if gone.record.manager_id is not None:
        call.vacate(gone.record.manager_id)


async def _ask_customer(asking: _Asking, name: str, survey: Survey) -> None:
    if survey.intro is not None:
        await asking.say(survey.intro)
    record, clock = asking.call.record, asking.call.parts.clock
    for question in survey.questions:
        key = await asking.key(question.prompt, question.keys)
        record.survey.append(SurveyAnswer(name, question.id, key, clock.now()))
        asking.call.save(EventType.SURVEY_ANSWERED)
        if key is None:
            return
    await asking.say(survey.thanks)


async def _ask_manager(asking: _Asking) -> None:
    menu = result_menu(await _rule(asking.call), asking.can_say)
    key = await asking.key(menu.prompt, "".join(menu.codes))
    if key is None:
        return
    by = asking.leg.record.manager_id or ""
    asking.call.record.disposition = Disposition(
        menu.codes[key], DispositionSource.KEYPAD, by, asking.call.parts.clock.now()
    )
    asking.call.save(EventType.DISPOSITION_RECEIVED)
    await asking.say("result_saved")


async def _rule(call: LiveCall) -> TaskTypeRule | None:
    """Return the rule of the task that the talk was for; None, too, where it takes long."""
    if call.record.task_id is None:
        return None
    found = call.have_helped(call.parts.task_rules.rule_of(call.record.task_id))
    try:
        return found.result() if await call.until(found.done, _LOOK_UP_S) else None
    finally:
        found.cancel()


@dataclass(slots=True)
class _Asking:
    """Whom questions are put to, and until when."""

    call: LiveCall
    leg: CallLeg
    ends_at: float

    async def say(self, *names: str) -> None:
        """Say prompts to the end."""
        await say(self.call, self.leg, names=names)

    def can_say(self, name: str) -> bool:
        """Whether there is a prompt of this name."""
        try:
            self.call.parts.prompts.prompt(name, self.call.sound.language(self.leg))
        except NotFoundError:
            return False
        return True

    async def key(self, prompt: str, keys: Sequence[str]) -> str | None:
        """Put a question and return the key that answers it; None when none does in time.

        A key may be pressed before the question is over.
        """
        sound = self.call.sound
        sound.gather(self.leg, on=True)
        try:
            for attempt in range(_TRIES):
                if attempt:
                    await self.say("invalid_choice")
                pressed = await self._pressed(prompt)
                if pressed is not None and pressed in keys:
                    return pressed
                if pressed is None or self._left_s() <= 0:
                    return None
            return None
        finally:
            sound.gather(self.leg, on=False)
            sound.connect(Silence(), self.leg)

    async def _pressed(self, prompt: str) -> str | None:
        """Return the first key after a question has begun; None when none comes in time."""
        sound = self.call.sound
        question = sound.playback(prompt, leg=self.leg)
        sound.connect(question, self.leg)
        length_s = sum(one.duration_ms for one in question.prompts) / 1000
        pressed = await self.call.until(
            lambda: self._first(question.id), min(length_s + _SLACK_S, self._left_s())
        )
        if pressed is not None and pressed is not _HEARD:
            return pressed
        return await next_key(self.call, self.leg, min(_ANSWER_S, self._left_s()))

    def _first(self, playback_id: str) -> str | None:
        """Return what came first: a key, or the end of the question."""
        sound = self.call.sound
        return sound.next_digit(self.leg) or (_HEARD if sound.has_played(playback_id) else None)

    def _left_s(self) -> float:
        return max(0.0, self.ends_at - self.call.parts.clock.monotonic())
