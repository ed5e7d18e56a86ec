"""A node from its start until it is told to end: signals, draining, the configuration read anew."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from config.checks import without_effect
from config.settings import Settings
from voicegw.app import build
from voicegw.node import Node
from voicegw.reload import Reloader

_log = logging.getLogger(__name__)


async def run(
    settings: Settings,
    *,
    load: Callable[[], Settings] | None = None,
    on_ready: Callable[[Node], None] | None = None,
) -> int:
    """Run a node until SIGTERM or SIGINT; return the exit code.

    The first signal drains: live calls go on, new ones are refused. The second ends at once. SIGHUP
    reads the configuration anew by `load`, where there is one. Raises VoicegwError when the node
    can't start. The API ending by itself drains the node too, and is a failure: whoever supervises
    the node is to start it again.
    """
    for idle in without_effect(settings):
        _log.warning("setting without effect", extra={"key": idle.key, "why": idle.instead})
    node = await build(settings)
    loop = asyncio.get_running_loop()
    asked, again = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (again if asked.is_set() else asked).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    if load is not None:
        loop.add_signal_handler(signal.SIGHUP, _reloader(node, settings, load).reload)
    try:
        _log.info("node ready", extra={"node": node.name, "api": node.api_url})
        if on_ready is not None:
            on_ready(node)
        await _first(asked.wait(), node.api_ended.wait())
        failed = not asked.is_set()
        if failed:
            _log.error("the API has ended by itself", extra={"node": node.name})
        await _first(node.drain(), again.wait())
    finally:
        await node.stop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)
    return 1 if failed else 0


def _reloader(node: Node, settings: Settings, load: Callable[[], Settings]) -> Reloader:
    return Reloader(
        settings=settings,
        load=load,
        trunks=node.trunks,
        locator=node.locator,
        watch=node.watch,
        use_tls=node.transport.reload_tls,
        alerts=node.alerts,
    )


async def _first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Wait until one is done and cancel the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
