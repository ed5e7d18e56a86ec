"""The gate that every call outward passes: rules, rates, places on trunks and in groups.

The same for a click-to-dial and for a dial-through. What is counted is taken at once, without
waiting in between: two calls can't both pass where one may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicegw.calls.dial_target import DialTarget
from voicegw.calls.explain import Refusal, refused_by
from voicegw.calls.live_call import LiveCall
from voicegw.calls.parts import CallParts
from voicegw.calls.policy import DialFacts, DialRules, RateBook, check_dial, no_trunk_free
from voicegw.calls.ports import Reservation
from voicegw.identity import Presentation
from voicegw.model.directory import Hotline, Manager


@dataclass(frozen=True, slots=True)
class NodeState:
    """What the gate asks of the node, each at the moment of a call."""

    store_ready: Callable[[], bool]
    overloaded: Callable[[], bool]
    draining: Callable[[], bool]
    recording_ready: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Passage:
    """What a call took when it passed: places on trunks, and its part of the customer's rate."""

    reserved: Reservation
    number: str
    at: float
    rates: RateBook

    def undo(self) -> None:
        """Forget that the customer was called; the places go back at the call's end."""
        self.rates.take_back(self.number, self.at)


class DialGate:
    """Lets calls outward pass, or says by which rule they may not."""

    def __init__(
        self, parts: CallParts, rules: DialRules, rates: RateBook, state: NodeState
    ) -> None:
        """Judge by `rules`; `rates` are the calls that customers had lately."""
        self._parts = parts
        self._rules = rules
        self._rates = rates
        self._state = state

    def would_refuse(self, facts: DialFacts) -> Refusal | None:
        """Return the first rule that refuses a call with these facts, None where none does."""
        return refused_by(self._rules, facts)

    def facts(
        self, target: DialTarget, group_id: str, *, manager_busy: bool, trunk_free: bool
    ) -> DialFacts:
        """Return what the rules look at for a call to `target` by a manager of `group_id`."""
        customer = target.customer
        return DialFacts(
            number=target.number,
            customers=target.customers,
            quiet=target.quiet,
            customer_retry_after_s=self._rates.retry_after_s(
                target.number,
                self._parts.clock.now().timestamp(),
                also=customer.numbers if customer is not None else (),
            ),
            manager_busy=manager_busy,
            group_full=self._parts.group_slots.full(group_id),
            trunk_free=trunk_free,
            recording_ready=self._state.recording_ready(),
            store_ready=self._state.store_ready(),
            draining=self._state.draining(),
            overloaded=self._state.overloaded(),
        )

    def enter(
        self,
        manager: Manager,
        target: DialTarget,
        hotline: Hotline,
        *,
        on_trunks: Sequence[str],
        manager_busy: bool,
    ) -> Passage:
        """Take what a call needs and return it; `on_trunks` are the numbers dialled over trunks.

        Raises PolicyError with the rule that refuses; then nothing is taken.
        """
        reserved = self._parts.router.reserve(on_trunks, Presentation(hotline.shown))
        facts = self.facts(
            target,
            manager.group_id,
            manager_busy=manager_busy,
            trunk_free=reserved is not None,
        )
        try:
            check_dial(self._rules, facts)
        except BaseException:
            if reserved is not None:
                reserved.give_back()
            raise
        if reserved is None:
            raise no_trunk_free()
        at = self._parts.clock.now().timestamp()
        self._rates.record(target.number, at)
        return Passage(reserved, target.number, at, self._rates)


def numbers_on_trunks(manager: Manager, customer_number: str) -> list[str]:
    """Return the numbers that a click-to-dial dials over trunks, in order."""
    first = min(manager.phones, key=lambda phone: phone.order, default=None)
    if first is None or first.number is None:
        return [customer_number]
    return [first.number, customer_number]


def count_in_group(call: LiveCall) -> None:
    """Count `call` among those of its group until it ends.

    Callers are counted, too, and never refused for it: a full group only dials nobody more.
    """
    group_id = call.record.group_id
    if group_id is None:
        return
    slots = call.parts.group_slots
    slots.add(group_id)
    call.at_end(lambda: slots.give_back(group_id))
