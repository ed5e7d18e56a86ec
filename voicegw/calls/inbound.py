"""A customer dials the hotline: ring whom the plan says, tell both of the recording, bridge.

Whoever can't be reached ends in a spoken sentence and the right SIP code, never in dead air.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.calls.caller import Caller
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.walk import walk
from voicegw.model.directory import Customer, Hotline
from voicegw.routing.plan import PlanStep, begins_with_manager
from voicegw.sip.session_uas import UasSession


@dataclass(frozen=True, slots=True)
class Inbound:
    """The flow, with the caller's session and the plan made when the call arrived."""

    session: UasSession
    hotline: Hotline
    plan: tuple[PlanStep, ...]
    max_talk_s: int
    customer: Customer | None = None

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        caller = Caller(call, self.session, call.legs[0], self.hotline, self.customer)
        await caller.welcome(to_manager=begins_with_manager(self.plan))
        return await walk(caller, self.plan, self.max_talk_s)
