"""The caller leaves a message, which becomes a recording and a task for the owner."""

from __future__ import annotations

import logging
from typing import Final

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import HangupRequested, LegFailure, LegLost, SoundSilent
from voicegw.calls.outcome import Ending
from voicegw.calls.owed_recording import open_recording
from voicegw.calls.speech import say
from voicegw.calls.steps.taken import StepTaken
from voicegw.errors import NotFoundError
from voicegw.media.engine import Silence
from voicegw.model.call import CallOutcome, HangupSource
from voicegw.model.recording import MarkKind, RecordingKind
from voicegw.model.routing import VoicemailRouting
from voicegw.routing.plan import PlanStep, StepResult

_log = logging.getLogger(__name__)

#: Ends the message.
_DONE: Final = "#"


async def take_message(caller: Caller, step: PlanStep, failure: LegFailure | None) -> StepTaken:
    """Greet, beep, and record until the caller hangs up, presses #, or the time is over.

    Nobody is asked to speak where nothing could be kept: the walk then goes on.
    """
    call, wanted = caller.call, step.voicemail or VoicemailRouting()
    await caller.answer()
    await call.sound.session()
    if not call.sound.is_captured:
        await say(call, caller.leg, names=("message_impossible",))
        return StepTaken(StepResult.FAILED, failure=failure, reason="not-recorded")
    call.sound.gather(caller.leg, on=True)
    await _greet(caller, wanted.greeting)
    await say(call, caller.leg, names=("tone_beep",))
    # What was pressed while the greeting played was meant for the greeting.
    call.sound.forget_digits(caller.leg)
    call.sound.connect(Silence(), caller.leg)
    call.sound.mark(MarkKind.BEEP)
    if await call.until(lambda: _is_done(caller), wanted.min_s):
        # Whoever takes the call in a later step is to get what is pressed.
        call.sound.gather(caller.leg, on=False)
        return StepTaken(StepResult.EMPTY, failure=failure)
    # Whoever hung up until here has said nothing. From here on the message is owed.
    open_recording(call, RecordingKind.VOICEMAIL)
    # A start that finds this call cut off must find that there is a message to be heard.
    call.save()
    try:
        await call.until(lambda: _is_done(caller), wanted.max_s - wanted.min_s)
    except LegLost as lost:
        source = HangupSource.NETWORK if lost.network else HangupSource.CUSTOMER
        return _left(source)
    except HangupRequested as asked:
        return _left(asked.source)
    except SoundSilent:
        return _left(HangupSource.NETWORK)
    # The thanks are no part of the message.
    call.sound.mark(MarkKind.END)
    await caller.hear_last("message_saved")
    return _left(HangupSource.GATEWAY)


async def _greet(caller: Caller, greeting: str) -> None:
    try:
        await say(caller.call, caller.leg, names=(greeting,))
    except NotFoundError:
        _log.warning("no such greeting, the shipped one is said", extra={"prompt": greeting})
        await say(caller.call, caller.leg, names=(VoicemailRouting().greeting,))


def _is_done(caller: Caller) -> bool:
    while (digit := caller.call.sound.next_digit(caller.leg)) is not None:
        if digit == _DONE:
            return True
    return False


def _left(source: HangupSource) -> StepTaken:
    return StepTaken(StepResult.LEFT, ending=Ending(CallOutcome.VOICEMAIL, source))
