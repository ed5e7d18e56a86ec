"""A customer dials the hotline: ring whom the plan says, tell both of the recording, bridge.

Whoever can't be reached ends in a spoken sentence and the right SIP code, never in dead air.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicegw.calls.caller import Caller
from voicegw.calls.choices import Choices
from voicegw.calls.flow_run import FlowStart, run_flow
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.shared_number import choose
from voicegw.calls.walk import walk
from voicegw.model.directory import Hotline
from voicegw.routing.plan import begins_with_manager
from voicegw.sip.session_uas import UasSession


@dataclass(frozen=True, slots=True)
class Inbound:
    """The flow, with the caller's session and the plans made when the call arrived."""

    session: UasSession
    hotline: Hotline
    choices: Choices
    max_talk_s: int
    flow: FlowStart | None = None
    """What the hotline has its callers go through; None: just the plan."""

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        choice = self.choices.likely
        customer = choice.match.customer
        caller = Caller(call, call.legs[0], self.hotline, customer, session=self.session)
        if self.flow is not None:
            await caller.welcome(to_manager=False)
            return await run_flow(caller, self.flow, self.choices, self.max_talk_s)
        if self.choices.offered:
            choice = await choose(caller, self.choices.offered) or choice
            caller = replace(caller, customer=choice.match.customer)
        else:
            await caller.welcome(to_manager=begins_with_manager(choice.plan))
        return await walk(caller, choice.plan, self.max_talk_s)
