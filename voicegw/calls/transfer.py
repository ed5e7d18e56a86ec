"""A manager hands the customer on and leaves: a blind transfer, by REFER or over the API.

The customer hears ring-back meanwhile and keeps the leg, the capture and the hotline; whoever takes
over sees what every manager sees. Only whom :mod:`voicegw.calls.party` knows can be named.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from voicegw.calls.interruption import Interruption, LegFailed, LegFailure
from voicegw.calls.outcome import Ending, ending_of_lost_transfer
from voicegw.calls.owed_recording import hand_on_to
from voicegw.calls.party import HandOnStep, ManagerParty, Party, handed_on_before
from voicegw.calls.policy import TransferFacts, TransferRefusal, transfer_refusal
from voicegw.calls.reach_party import let_go, reach_party
from voicegw.calls.speech import loop, say
from voicegw.errors import StoreUnavailableError
from voicegw.media.engine import Silence
from voicegw.model.call import HangupSource, LegResult, PlanStepRecord
from voicegw.model.recording import MarkKind
from voicegw.sip.caller import without_parameters

if TYPE_CHECKING:
    from voicegw.calls.customer_side import CustomerSide
    from voicegw.calls.leg import CallLeg
    from voicegw.sip.refer import Referral

_REFUSALS: Final = {
    TransferRefusal.UNKNOWN: 404,
    TransferRefusal.SELF: 403,
    TransferRefusal.TOO_MANY: 403,
    TransferRefusal.UNAVAILABLE: 480,
    TransferRefusal.BUSY: 486,
}
#: What a telephone is told of a transfer that failed without a SIP status of its own.
_FAILURES: Final = {
    LegResult.BUSY: 486,
    LegResult.DECLINED: 603,
    LegResult.INVALID: 404,
    LegResult.FAILED: 500,
}


class Transferor(Protocol):
    """Who is told how a transfer goes on, by SIP status: a telephone, where one has asked."""

    def progress(self, status: int) -> None:
        """Tell that somebody rings."""
        ...

    def finish(self, status: int) -> None:
        """Tell how it ended."""
        ...


class Nobody:
    """Stands in where no telephone has asked."""

    def progress(self, status: int) -> None:
        """Tell nobody."""

    def finish(self, status: int) -> None:
        """Tell nobody."""


async def referred(side: CustomerSide, manager: CallLeg, referral: Referral) -> ManagerParty | None:
    """Accept the wish of a manager's telephone to hand its customer on, or refuse it: None.

    A telephone names managers, and nobody else.
    """
    call = side.call
    name = without_parameters(referral.target.user or "")
    try:
        target = await call.parts.directory.manager_by_extension(name) if name else None
    except StoreUnavailableError:
        referral.refuse(503)
        return None
    busy = target is not None and call.parts.manager_slots.full(target.id)
    refusal = transfer_refusal(
        TransferFacts(
            target,
            manager.record.manager_id,
            busy=busy,
            at=call.parts.clock.now(),
            before=handed_on_before(side),
        )
    )
    if refusal is not None or target is None:
        referral.refuse(_REFUSALS[refusal or TransferRefusal.UNKNOWN])
        return None
    referral.accept()
    return ManagerParty(target)


@dataclass(slots=True)
class Transfer:
    """One transfer: the manager on `manager` names `party`, whom the customer shall talk with."""

    side: CustomerSide
    manager: CallLeg
    party: Party
    told: Transferor = field(default_factory=Nobody)
    _told_ringing: bool = False

    async def run(self) -> CallLeg | Ending:
        """Return the leg that the customer talks with next, bridged to neither.

        That is the transferor's own when nothing came of it. An Ending when that has left and
        nobody else was reached. Raises the call's interruptions.
        """
        call = self.side.call
        # From here on the transferor may hang up: most telephones do when they hear 202.
        vacate_when_over(self.side, self.manager)
        step = PlanStepRecord(str(HandOnStep.TRANSFER), self.party.target)
        call.record.plan.append(step)
        call.sound.mark(MarkKind.TRANSFER, {"to": self.party.target})
        call.sound.connect(Silence(), self.manager)
        loop(call, self.side.leg, "ringback_cn")
        try:
            leg = await reach_party(self.side, self.party, on_progress=self._rings)
        except LegFailed as failed:
            failure = failed.failure
            step.result = str(failure.result)
            self.told.finish(failure.status or _FAILURES.get(failure.result, 480))
            return await came_to_nothing(self.side, self.manager, failure)
        except BaseException:
            step.result = str(LegResult.CANCELED)
            self.told.finish(487)
            raise
        self.told.finish(200)
        return taken_over(self.side, self.manager, leg, step)

    def _rings(self, _leg: CallLeg) -> None:
        if not self._told_ringing:
            self._told_ringing = True
            self.told.progress(180)


def vacate_when_over(side: CustomerSide, manager: CallLeg) -> None:
    """Let the manager hang up without an end to the call; others can be put through there then."""
    call, manager_id = side.call, manager.record.manager_id

    def vacate() -> None:
        if manager_id is not None:
            call.vacate(manager_id)

    manager.on_trial = True
    manager.on_over = vacate


def stays(manager: CallLeg) -> None:
    """Rely on the manager again, after :func:`vacate_when_over`."""
    manager.on_trial = False
    manager.on_over = None


def taken_over(side: CustomerSide, manager: CallLeg, leg: CallLeg, step: PlanStepRecord) -> CallLeg:
    """Have `leg` be the customer's from now on: the manager before is done, and the leg ends."""
    call = side.call
    let_go(call, manager, HangupSource.MANAGER)
    if leg.record.manager_id is not None:
        hand_on_to(call, leg.record.manager_id)
    stays(leg)
    step.result = "connected"
    return leg


async def came_to_nothing(
    side: CustomerSide, manager: CallLeg, failure: LegFailure
) -> CallLeg | Ending:
    """Go back to the manager, or tell the customer that nobody is there."""
    if manager.ended is None:
        stays(manager)
        return manager
    prompt = "manager_busy" if failure.result is LegResult.BUSY else "manager_unavailable"
    with contextlib.suppress(Interruption):
        await say(side.call, side.leg, names=(prompt,))
    return ending_of_lost_transfer(failure)
