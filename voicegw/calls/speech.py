"""What the gateway says and hears: prompts to a leg, a key to confirm, the recording notice."""

from __future__ import annotations

from voicegw import tracing
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.errors import MediaError
from voicegw.media.engine import Silence
from voicegw.model.call import LegRole
from voicegw.model.directory import Announce, Hotline
from voicegw.model.recording import MarkKind

#: In place of a digit: the leg has ended.
_HUNG_UP = "hung-up"
#: How long a prompt may take whose end is not told; it must not hold a call for ever.
PATIENCE_S = 60.0
#: How much longer than its sound a long prompt may take.
_SLACK_S = 10.0


async def say(call: LiveCall, *legs: CallLeg, names: tuple[str, ...]) -> bool:
    """Say prompts to one or more legs at once and wait until each has heard them whole.

    Returns False when one could not be played, its end was not told in time, or its leg ended.
    """
    waiting = []
    limit_s = PATIENCE_S
    for leg in legs:
        playback = call.sound.playback(*names, leg=leg)
        limit_s = max(limit_s, sum(one.duration_ms for one in playback.prompts) / 1000 + _SLACK_S)
        waiting.append(playback.id)
        call.sound.connect(playback, leg)

    def over() -> bool:
        pairs = zip(waiting, legs, strict=True)
        return all(call.sound.has_played(one) or leg.ended is not None for one, leg in pairs)

    await call.until(over, limit_s)
    return all(call.sound.was_heard(one) for one in waiting)


def loop(call: LiveCall, leg: CallLeg, *names: str) -> None:
    """Play prompts or a tone to `leg` over and over, until it hears something else."""
    call.sound.connect(call.sound.playback(*names, loop=True, leg=leg), leg)


async def confirm(call: LiveCall, leg: CallLeg, *prompts: str, key: str = "1") -> bool:
    """Ask `leg` for `key`; False when another key, or none, came in time, or the leg has ended.

    A voice mailbox presses nothing, so it never takes a call.
    """
    call.sound.gather(leg, on=True)
    loop(call, leg, *prompts)
    leg.on_trial = True
    digit = await call.until(
        lambda: _HUNG_UP if leg.ended is not None else call.sound.next_digit(leg),
        call.parts.settings.confirm_s,
    )
    leg.on_trial = False
    call.sound.gather(leg, on=False)
    call.sound.connect(Silence(), leg)
    if digit == key:
        leg.record.accepted_at = call.parts.clock.now()
        return True
    return False


async def announce_recording(call: LiveCall, *legs: CallLeg) -> None:
    """Have all `legs` hear the recording notice whole; its hearing is marked in the capture.

    Raises MediaError when it was not heard: nobody is recorded without having been told.
    """
    customer = next((leg for leg in legs if leg.role is LegRole.CUSTOMER), None)
    language = call.sound.language(customer)
    prompt = call.parts.prompts.prompt("recording_notice", language)
    told = {"by": str(Announce.PROMPT), "prompt": prompt.name, "digest": prompt.digest}
    call.sound.mark(MarkKind.NOTICE, told)
    if not await say(call, *legs, names=("recording_notice",)):
        raise MediaError("the recording notice was not heard")
    call.sound.mark(MarkKind.NOTICE_HEARD, told)


async def notify(call: LiveCall, hotline: Hotline, *legs: CallLeg) -> None:
    """Have all `legs` told of the recording in the way of the hotline, where it is on.

    Either they hear our notice whole, or the manager is to say it when the talk has begun, which
    is marked, and looked for in the transcript. Raises MediaError.
    """
    settings = call.parts.settings
    if not (settings.recording and settings.announce) or hotline.announce is Announce.NONE:
        return
    call.record.announced = hotline.announce
    if hotline.announce is Announce.PROMPT:
        with tracing.child("notice"):
            await announce_recording(call, *legs)
    else:
        call.sound.mark(MarkKind.NOTICE, {"by": str(Announce.MANAGER)})


def bridge(call: LiveCall, customer: CallLeg, manager: CallLeg) -> None:
    """Connect the two, both ways; the mark says who is on the manager's side from now on."""
    connect(call, customer, manager)
    if manager.record.manager_id is not None:
        call.parts.agents.talks(manager.record.manager_id, call.record.id)
    call.sound.mark(MarkKind.BRIDGE, {"manager": manager.record.manager_id})


def connect(call: LiveCall, one: CallLeg, two: CallLeg) -> None:
    """Have two legs hear each other, from now on or again."""
    call.pair = (one, two)
    for leg in call.pair:
        # It may have begun, or ended, while nobody was connected to it.
        call.sound.mark_hold(leg, on=leg.held)
    call.match_codecs(one, two)
    call.sound.relay(one, two)
    call.sound.relay(two, one)
