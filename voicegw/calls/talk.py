"""The part that every successful call shares: tell both of the recording, bridge, talk."""

from __future__ import annotations

from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_talk
from voicegw.calls.speech import announce_recording, bridge
from voicegw.model.call import CallStatus
from voicegw.model.directory import Announce, Hotline
from voicegw.model.event import EventType


def answered(call: LiveCall, customer: CallLeg) -> None:
    """Note, once, that the customer's leg is answered."""
    if call.record.answered_at is None:
        call.record.answered_at = customer.record.answered_at
        call.record.status = CallStatus.IN_PROGRESS
        call.save(EventType.CALL_ANSWERED)


async def notify(call: LiveCall, hotline: Hotline, one: CallLeg, two: CallLeg) -> None:
    """Have both hear the recording notice where it is on."""
    settings = call.parts.settings
    if settings.recording and settings.announce and hotline.announce is Announce.PROMPT:
        await announce_recording(call, one, two)


async def talk(call: LiveCall, customer: CallLeg, manager: CallLeg, max_talk_s: float) -> Ending:
    """Bridge the two and wait; returns only when the talk has reached its allowed length.

    A party that hangs up raises LegLost here.
    """
    bridge(call, customer, manager)
    call.bridged = True
    call.record.bridged_at = call.parts.clock.now()
    call.open_recording()
    call.save(EventType.CALL_BRIDGED)
    await call.pause(max_talk_s)
    return ending_of_talk()
