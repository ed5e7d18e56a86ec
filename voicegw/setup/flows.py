"""The flows of a node, and what they may ask outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

from config.settings import Settings
from ivr.flow.checker import Checked, PromptIndex, check
from ivr.flow_library import FlowLibrary
from ivr.outside import OutsideHttp
from ivr.prompt_names import PromptNames
from voicegw.errors import StoreUnavailableError
from voicegw.setup.background import Background
from voicegw.store.flows import FlowRepository

_log = logging.getLogger(__name__)

_REFRESH_S: Final = 2.0


async def flow_library(
    settings: Settings, store: FlowRepository, prompts: PromptIndex, background: Background
) -> FlowLibrary:
    """Return the flows, read once and then every few seconds."""
    library = FlowLibrary(store, prompts, language=settings.media.language)
    try:
        await library.refresh()
    except StoreUnavailableError as error:
        _log.warning("flows are read later", extra={"why": error.slug})
    background.every(_REFRESH_S, "flows", library.refresh)
    return library


def flow_check(settings: Settings, prompts: PromptIndex) -> Callable[[str], Checked]:
    """Return what checks the text of a flow for this node; it takes its time for a long one."""
    return partial(check, prompts=prompts, default_language=settings.media.language)


def prompt_names(settings: Settings) -> PromptNames:
    """Return which prompts there are in the folders of a node."""
    own = settings.media.prompts_dir
    return PromptNames.of_folders(*([Path(own)] if own else []))


def outside_systems(settings: Settings, stack: AsyncExitStack) -> OutsideHttp:
    """Return what asks systems outside; it is closed with `stack`."""
    flows = settings.flows
    outside = OutsideHttp(flows.allowed_networks, max_asking=flows.max_asking)
    stack.push_async_callback(outside.close)
    return outside
