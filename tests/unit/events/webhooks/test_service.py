"""What the API does with webhooks holds up nothing else of the node."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest

from voicegw.clock import SystemClock
from voicegw.events.webhooks import resolving, service
from voicegw.events.webhooks.service import WebhookService
from voicegw.secret_box import SecretBox


async def test_a_silent_name_server_takes_no_thread_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop's own threads read files for calls and pages; there are few of them."""
    answered = threading.Event()
    monkeypatch.setattr(service, "_RESOLVE_S", 0.02)
    monkeypatch.setattr(resolving, "_look_up", lambda _host: answered.wait(30))
    nothing = cast(Any, None)
    webhooks = WebhookService(nothing, nothing, nothing, SystemClock(), box=SecretBox(None))
    try:
        # As many as a default pool ever has.
        await asyncio.gather(*[webhooks.check_url("https://silent.test/") for _ in range(40)])
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(lambda: "free") == "free"
    finally:
        answered.set()
