"""The customer's side of a call, as whoever rings somebody for the customer sees it."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.identity import Presentation, presentation
from voicegw.model.call import LegRole
from voicegw.model.directory import Customer, Hotline


@dataclass(frozen=True, slots=True)
class CustomerSide:
    """Who is to be put through to somebody: the leg, and the hotline that is shown."""

    call: LiveCall
    leg: CallLeg
    hotline: Hotline
    customer: Customer | None = None
    """Who it is, as far as the number tells, or the caller's choice."""

    def shown_to_manager(self) -> Presentation:
        """Return what a manager's telephone shows of this customer."""
        return presentation(
            LegRole.MANAGER,
            hotline=self.hotline.shown,
            customer_number=self.leg.record.number,
            show_customer_to_manager=self.call.parts.settings.show_customer_to_manager,
        )
