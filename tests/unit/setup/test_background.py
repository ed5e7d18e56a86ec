"""Work that a node does again and again beside its calls."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from voicegw.errors import StoreUnavailableError
from voicegw.setup.background import Background


async def test_background_work_outlives_a_defect_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = asyncio.Event()
    outcomes: list[Exception | None] = [ValueError("odd"), StoreUnavailableError("away"), None]

    async def work() -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        done.set()
        await asyncio.Event().wait()

    async with AsyncExitStack() as stack:
        Background(stack).every(0.0, "tidy", work)
        async with asyncio.timeout(5):
            await done.wait()
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == [
        "background work failed"
    ]
