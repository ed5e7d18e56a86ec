"""What an earlier run of the node has left raised; part of the composition root."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Final

from voicegw.errors import StoreUnavailableError
from voicegw.events.alerts import Alerts
from voicegw.store.alerts import AlertRepository

_log = logging.getLogger(__name__)

SETTLE_S: Final = 120.0
"""After so long every part of a node has said how it is; trunks could miss three answers."""


async def inherit_alerts(
    alerts: Alerts,
    repository: AlertRepository,
    node: str,
    stack: AsyncExitStack,
    *,
    settle_s: float = SETTLE_S,
) -> None:
    """Have `alerts` begin with what is raised of `node`, and clear later what is true no more."""
    try:
        alerts.inherit(await repository.raised(node))
    except StoreUnavailableError as error:
        _log.info("alerts not known", extra={"why": error.slug})
        return
    timer = asyncio.get_running_loop().call_later(settle_s, alerts.settle)
    stack.callback(timer.cancel)
