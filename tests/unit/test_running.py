"""How a node's run ends, and which address its sound is reached at by default."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from config.settings import Settings
from voicegw import running


class FakeNode:
    """A node whose API ends by itself, or that is told to end."""

    name = "node-1"
    api_url = "http://127.0.0.1:0"

    def __init__(self) -> None:
        self.api_ended = asyncio.Event()
        self.steps: list[str] = []

    async def drain(self) -> None:
        self.steps.append("drain")

    async def stop(self) -> None:
        self.steps.append("stop")


async def run(monkeypatch: pytest.MonkeyPatch, ready: Any) -> tuple[int, FakeNode]:
    node = FakeNode()

    async def build(settings: Settings) -> FakeNode:
        del settings
        return node

    monkeypatch.setattr(running, "build", build)
    return await running.run(Settings(), on_ready=ready), node


async def test_a_node_that_is_told_to_end_drains_and_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, node = await run(monkeypatch, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert (code, node.steps) == (0, ["drain", "stop"])


async def test_a_node_whose_api_ends_by_itself_drains_and_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    code, node = await run(monkeypatch, lambda one: one.api_ended.set())
    assert (code, node.steps) == (1, ["drain", "stop"])
    assert "the API has ended by itself" in caplog.text


async def test_settings_without_effect_are_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def build(settings: Settings) -> FakeNode:
        del settings
        node = FakeNode()
        node.api_ended.set()
        return node

    monkeypatch.setattr(running, "build", build)
    await running.run(Settings.model_validate({"sms": {"token": "t"}}))
    [record] = [one for one in caplog.records if one.message == "setting without effect"]
    assert vars(record)["key"] == "sms.token"
