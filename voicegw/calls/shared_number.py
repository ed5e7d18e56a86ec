"""Ask a caller whose number several customers have for which manager the call is.

The caller is answered for it, hears the staff numbers with a key each, and is asked twice. Who
presses nothing is taken for whoever is likely, and reaches a person all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicegw.calls.caller import Caller
from voicegw.calls.choices import Choice
from voicegw.model.call import PlanStepRecord
from voicegw.model.event import EventType
from voicegw.routing.plan import StepResult

STEP: Final = "shared_number"
"""What the step is called in the record of a call."""
_TRIES: Final = 2
_PATIENCE_S: Final = 3.0
"""How long a key is waited for in silence: less than callers take for a dead line."""
_SLACK_S: Final = 1.0
"""How much longer than its sound a sentence may take whose end is not told."""

_HEARD: Final = "heard"
"""In place of a key: the sentence is over."""


async def choose(caller: Caller, offered: Sequence[Choice]) -> Choice | None:
    """Return which of `offered` the caller has asked for; None: none, in two tries.

    Raises SdpError when the caller can't be answered, and what breaks into the call.
    """
    call = caller.call
    record = PlanStepRecord(step=STEP)
    call.record.plan.append(record)
    try:
        await caller.answer()
        call.sound.gather(caller.leg, on=True)
        chosen = await _asked(caller, offered)
    except BaseException:
        record.result = str(StepResult.CANCELED)
        raise
    call.sound.gather(caller.leg, on=False)
    record.result = str(StepResult.TIMED_OUT if chosen is None else StepResult.DONE)
    if chosen is not None and chosen.match.customer is not None:
        record.target = call.record.customer_id = chosen.match.customer.id
        # What is left to be done is this manager's, and nobody else's to hear.
        call.record.manager_id = call.owner_id = chosen.match.customer.owner_id
    call.save(EventType.CALL_STEP)
    return chosen


async def _asked(caller: Caller, offered: Sequence[Choice]) -> Choice | None:
    by_key = {str(number): choice for number, choice in enumerate(offered, 1)}
    menu = ["several_managers"]
    for digit, choice in by_key.items():
        manager = choice.match.manager
        staff_no = "" if manager is None else manager.staff_no or ""
        menu += ["manager_with_staff_number", *caller.call.parts.speaker.digits(staff_no)]
        menu += ["of_manager_press", f"d{digit}"]
    names = tuple(menu)
    for _ in range(_TRIES):
        key = await _key(caller, names)
        if key in by_key:
            return by_key[key]
        names = ("no_input" if key is None else "invalid_choice", *menu)
    return None


async def _key(caller: Caller, names: tuple[str, ...]) -> str | None:
    """Say `names` and return the first key, pressed meanwhile or soon after."""
    call, leg = caller.call, caller.leg
    playback = call.sound.playback(*names)
    call.sound.connect(playback, leg)
    length_s = sum(prompt.duration_ms for prompt in playback.prompts) / 1000

    pressed = await call.until(
        lambda: (
            call.sound.next_digit(leg) or (_HEARD if call.sound.has_played(playback.id) else None)
        ),
        length_s + _SLACK_S,
    )
    if pressed is not None and pressed is not _HEARD:
        return pressed
    return await call.until(lambda: call.sound.next_digit(leg), _PATIENCE_S)
