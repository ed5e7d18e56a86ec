"""What the gateway says and hears: prompts to a leg, a key to confirm, the recording notice."""

from __future__ import annotations

from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.media.engine import Silence

#: A prompt that never ends by itself must not hold a call.
_LONGEST_PROMPT_S = 60.0


async def say(call: LiveCall, *legs: CallLeg, names: tuple[str, ...]) -> None:
    """Say prompts to one or more legs at once and wait until each has heard them whole."""
    if not legs:
        return
    waiting = []
    for leg in legs:
        playback = call.playback(*names)
        waiting.append(playback.id)
        call.connect(playback, leg)
    await call.until(lambda: all(call.has_played(one) for one in waiting), _LONGEST_PROMPT_S)


def loop(call: LiveCall, leg: CallLeg, name: str) -> None:
    """Play a prompt or a tone to `leg` over and over, until it hears something else."""
    call.connect(call.playback(name, loop=True), leg)


async def confirm(call: LiveCall, leg: CallLeg, prompt: str, *, key: str = "1") -> bool:
    """Ask `leg` for `key`; False when another key, or none, came in time.

    A voice mailbox presses nothing, so it never takes a call.
    """
    call.gather(leg, on=True)
    loop(call, leg, prompt)
    digit = await call.until(lambda: call.next_digit(leg), call.parts.settings.confirm_s)
    call.gather(leg, on=False)
    call.connect(Silence(), leg)
    if digit == key:
        leg.record.accepted_at = call.parts.clock.now()
        return True
    return False


async def announce_recording(call: LiveCall, *legs: CallLeg) -> None:
    """Have all `legs` hear the recording notice whole; its hearing is marked in the capture."""
    prompt = call.parts.prompts.prompt("recording_notice", call.parts.settings.language)
    call.mark("notice", prompt.digest)
    await say(call, *legs, names=("recording_notice",))
    call.mark("notice-heard", prompt.digest)


def bridge(call: LiveCall, one: CallLeg, two: CallLeg) -> None:
    """Connect two legs, both ways."""
    call.relay(one, two)
    call.relay(two, one)
    call.mark("bridge")
