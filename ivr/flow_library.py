"""The flows of a node: the newest version of each, from memory, fresh within seconds.

While the store is away the last known versions are used. A version that this node can't use (a
prompt it lacks) leaves the one before in force, and is told of once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, Protocol

from ivr.flow.checker import PromptIndex, check
from ivr.flow.stepper import CheckedFlow
from voicegw.calls.flow_terms import Flow
from voicegw.model.flow import FlowVersion

_log = logging.getLogger(__name__)

_AGAIN_AFTER: Final = 15
"""After so many refreshes a version that can't be used is tried again: its prompt may have come."""


class FlowStore(Protocol):
    """What a library reads; `voicegw.store.flows.FlowRepository` is one."""

    async def heads(self) -> Mapping[str, int]:
        """Return the newest version's number of every flow."""
        ...

    async def get(self, name: str, version: int) -> FlowVersion | None:
        """Return one version."""
        ...


class FlowLibrary:
    """Keeps every flow ready to run (voicegw.calls.flow_terms.FlowLibrary)."""

    def __init__(self, store: FlowStore, prompts: PromptIndex, *, language: str) -> None:
        """Read from `store`; flows without languages are checked for `language`."""
        self._store = store
        self._prompts = prompts
        self._language = language
        self._flows: dict[str, CheckedFlow] = {}
        self._seen: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        self._refreshes = 0

    def flow(self, name: str) -> Flow | None:
        """Return the newest version of a flow that can be used."""
        return self._flows.get(name)

    async def refresh(self) -> None:
        """Read what has changed; call it every few seconds. Raises StoreUnavailableError."""
        heads = await self._store.heads()
        for gone in (self._flows.keys() | self._seen.keys() | self._refused.keys()) - heads.keys():
            # Callers who are in it keep theirs.
            for known in (self._flows, self._seen, self._refused):
                known.pop(gone, None)
        self._refreshes += 1
        is_tried_again = self._refreshes % _AGAIN_AFTER == 0
        for name, version in heads.items():
            is_refused = self._refused.get(name) == version
            if self._seen.get(name) == version and not (is_refused and is_tried_again):
                continue
            found = await self._store.get(name, version)
            if found is not None:
                await self._take(found)
            self._seen[name] = version

    def check_again(self) -> None:
        """Have the next `refresh` look again at what could not be used: prompts have changed."""
        for name in self._refused:
            self._seen.pop(name, None)

    async def _take(self, found: FlowVersion) -> None:
        # A long text takes its time to read: calls go on meanwhile.
        checked = await asyncio.to_thread(
            check, found.source, self._prompts, default_language=self._language
        )
        if checked.is_sound:
            self._refused.pop(found.name, None)
            self._flows[found.name] = CheckedFlow(found.name, found.version, checked.draft)
            return
        if self._refused.get(found.name) == found.version:
            return
        self._refused[found.name] = found.version
        _log.error(
            "flow can't be used",
            extra={
                "flow": f"{found.name}@{found.version}",
                "problems": len(checked.findings),
                "mend": f"see GET /v1/flows/{found.name}",
            },
        )
