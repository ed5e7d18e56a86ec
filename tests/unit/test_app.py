"""How a node's run ends, and which address its sound is reached at by default."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import voicegw.app as app
from config.settings import Settings
from voicegw.call_setup import call_settings
from voicegw.errors import StoreUnavailableError
from voicegw.media_setup import embedded_options


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

    monkeypatch.setattr(app, "build", build)
    return await app.run(Settings(), on_ready=ready), node


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

    monkeypatch.setattr(app, "build", build)
    await app.run(Settings.model_validate({"api": {"session_hours": 1}}))
    [record] = [one for one in caplog.records if one.message == "setting without effect"]
    assert vars(record)["key"] == "api.session_hours"


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
        app._Assembly(Settings(), stack)._in_background("tidy", 0.0, work)
        async with asyncio.timeout(5):
            await done.wait()
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == [
        "background work failed"
    ]


def test_the_last_sign_of_life_is_the_newest_file(tmp_path: Path) -> None:
    spool, journal = tmp_path / "spool", tmp_path / "journal"
    assert app.last_sign_of_life(spool, journal) is None
    for folder, written_at in ((spool, 2000.0), (journal, 1000.0)):
        folder.mkdir()
        (folder / "file").touch()
        os.utime(folder / "file", (written_at, written_at))
    assert app.last_sign_of_life(spool, journal) == datetime.fromtimestamp(2000.0, UTC)


def test_sound_is_set_up_as_it_is_configured() -> None:
    settings = Settings.model_validate({"media": {"bind6": "::1", "advertise6": "2001:db8::5"}})
    options = embedded_options(settings)
    assert (options.bind6, options.advertise6) == ("::1", "2001:db8::5")
    assert call_settings(settings, "n", Path("spool")).ipv6_sound
    assert not call_settings(Settings(), "n", Path("spool")).ipv6_sound
