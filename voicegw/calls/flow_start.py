"""Which flow a caller is to go through, and what it may know of the call."""

from __future__ import annotations

import logging

from voicegw.calls.choices import Choice
from voicegw.calls.flow_run import FlowStart
from voicegw.calls.flow_terms import FlowContext
from voicegw.calls.parts import CallParts
from voicegw.identity import mask
from voicegw.model.directory import Hotline

_log = logging.getLogger(__name__)


async def flow_start(
    parts: CallParts, hotline: Hotline, likely: Choice, *, number: str | None, is_withheld: bool
) -> FlowStart | None:
    """Return what `hotline` has its callers go through; None: just its plan.

    `number` is None where nobody may read it. Raises StoreUnavailableError only where nothing was
    ever read.
    """
    if hotline.flow is None:
        return None
    flow = parts.flows.flow(hotline.flow)
    if flow is None:
        _log.error(
            "no such flow",
            extra={"hotline": hotline.id, "flow": hotline.flow, "mend": "PUT /v1/flows/{name}"},
        )
        return None
    customer, facts = likely.match.customer, likely.facts
    context = FlowContext(
        hotline_id=hotline.id,
        language=parts.settings.language,
        is_open=facts.is_open,
        is_holiday=await parts.facts.is_holiday(hotline, facts.at),
        is_known=customer is not None,
        has_owner=facts.owner is not None,
        customer_class=None if customer is None else customer.class_,
        tier=None if customer is None else customer.tier,
        is_withheld=is_withheld or number is None,
        masked_number=mask(number),
    )
    return FlowStart(flow, context)
