"""The step of a plan that a flow asks for, made by the same rules from facts of this moment."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.flow_terms import Take
from voicegw.directory.match import CallerMatch
from voicegw.model.directory import Hotline
from voicegw.model.routing import GroupRouting, QueueRouting, Routing, VoicemailRouting
from voicegw.routing.plan import PlanStep, StepKind, inbound_plan

_OF_THE_GROUP = frozenset({StepKind.GROUP, StepKind.QUEUE})


async def find_step(caller: CustomerSide, wanted: Take, match: CallerMatch) -> PlanStep | None:
    """Return the step that `wanted` asks for, perhaps with the reason why it can't be taken.

    None: there is nobody of that kind for this caller. A flow decides about hours itself, so the
    hotline counts as open. Raises StoreUnavailableError only where nothing was ever known.
    """
    if wanted.kind is StepKind.SHORT_CODE:
        return PlanStep(StepKind.SHORT_CODE, number=wanted.short_code)
    parts = caller.call.parts
    if wanted.manager is not None:
        directory = parts.directory
        manager = await directory.manager(wanted.manager)
        manager = manager or await directory.manager_by_extension(wanted.manager)
        if manager is None:
            return None
        match = replace(match, manager=manager)
    facts = await parts.facts.find(
        hotline_for(wanted, caller.hotline),
        match,
        match.customer,
        at=parts.clock.now(),
        is_busy=parts.manager_slots.full,
    )
    facts = replace(facts, is_open=True)
    if wanted.kind in _OF_THE_GROUP:
        facts = replace(facts, owner=None)  # the group rings everybody, the owner too
    kind = StepKind.OWNER if wanted.kind is StepKind.MANAGER else wanted.kind
    step = next((one for one in inbound_plan(facts) if one.kind is kind), None)
    if step is None or (step.manager is None and kind is StepKind.OWNER):
        return None
    return replace(step, kind=wanted.kind)


def hotline_for(wanted: Take, hotline: Hotline) -> Hotline:
    """Return `hotline` as it would be if it wanted just this step. Pure."""
    had = hotline.routing
    routing = Routing(
        ring=had.ring,
        responsible=wanted.kind is StepKind.RESPONSIBLE,
        recent_days=(had.recent_days or Routing().recent_days)
        if wanted.kind is StepKind.RECENT
        else 0,
        deputy=wanted.kind is StepKind.DEPUTY,
        group=(had.group or GroupRouting()) if wanted.kind in _OF_THE_GROUP else None,
        tell_manager=had.tell_manager,
    )
    if wanted.kind is StepKind.QUEUE:
        queue = msgspec.structs.replace(had.queue or QueueRouting(), **wanted.settings)
        routing = msgspec.structs.replace(routing, queue=queue)
    if wanted.kind is StepKind.VOICEMAIL:
        mail = msgspec.structs.replace(had.voicemail or VoicemailRouting(), **wanted.settings)
        routing = msgspec.structs.replace(routing, voicemail=mail)
    group_id = wanted.group_id or hotline.group_id
    return msgspec.structs.replace(hotline, routing=routing, group_id=group_id)
