"""The flows of a node: fresh while the store is there, kept while it is away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from ivr.flow_library import FlowLibrary
from voicegw.errors import StoreUnavailableError
from voicegw.model.flow import FlowVersion

TEXT = "flow: bye\nstart: a\nsteps:\n  a: {do: hang_up, prompts: [goodbye]}\n"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class FakeStore:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.away = False
        self.is_deleted = False
        self.reads = 0

    async def heads(self) -> Mapping[str, int]:
        if self.away:
            raise StoreUnavailableError("away")
        return {"bye": len(self.texts)} if self.texts and not self.is_deleted else {}

    async def get(self, name: str, version: int) -> FlowVersion | None:
        self.reads += 1
        return FlowVersion(name, version, self.texts[version - 1], NOW, "key_1")


class SomePrompts:
    def __init__(self) -> None:
        self.names = {"goodbye"}

    def has(self, name: str, language: str) -> bool:
        return name in self.names and language == "zh"


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def prompts() -> SomePrompts:
    return SomePrompts()


@pytest.fixture
def library(store: FakeStore, prompts: SomePrompts) -> FlowLibrary:
    return FlowLibrary(store, prompts, language="zh")


async def test_a_new_version_is_taken_and_read_once(library: FlowLibrary, store: FakeStore) -> None:
    await library.refresh()
    assert library.flow("bye") is None
    store.texts.append(TEXT)
    await library.refresh()
    first = library.flow("bye")
    assert first is not None
    assert (first.name, first.version) == ("bye", 1)
    await library.refresh()
    assert store.reads == 1
    store.texts.append(TEXT + "# changed\n")
    await library.refresh()
    second = library.flow("bye")
    assert second is not None
    assert (first.version, second.version) == (1, 2)


async def test_the_last_known_is_used_while_the_store_is_away(
    library: FlowLibrary, store: FakeStore
) -> None:
    store.texts.append(TEXT)
    await library.refresh()
    store.away = True
    with pytest.raises(StoreUnavailableError):
        await library.refresh()
    assert library.flow("bye") is not None


async def test_a_version_that_can_not_be_used_leaves_the_one_before(
    library: FlowLibrary, store: FakeStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.texts += [TEXT]
    await library.refresh()
    store.texts += [TEXT.replace("goodbye", "welcome")]
    await library.refresh()
    await library.refresh()
    kept = library.flow("bye")
    assert kept is not None
    assert kept.version == 1
    assert [one.message for one in caplog.records] == ["flow can't be used"]


async def test_a_version_is_used_once_its_prompt_has_come(
    library: FlowLibrary,
    store: FakeStore,
    prompts: SomePrompts,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store.texts += [TEXT.replace("goodbye", "welcome")]
    for _ in range(40):
        await library.refresh()
    assert library.flow("bye") is None
    assert len(caplog.records) == 1
    assert store.reads < 5
    prompts.names.add("welcome")
    for _ in range(15):
        await library.refresh()
    assert library.flow("bye") is not None


async def test_it_is_used_at_once_when_the_node_knows_of_its_prompt(
    library: FlowLibrary, store: FakeStore, prompts: SomePrompts
) -> None:
    store.texts += [TEXT.replace("goodbye", "welcome")]
    await library.refresh()
    prompts.names.add("welcome")
    library.check_again()
    await library.refresh()
    assert library.flow("bye") is not None
    library.check_again()
    await library.refresh()
    assert store.reads == 2


async def test_a_deleted_flow_is_used_no_more_and_returns_as_another_version(
    library: FlowLibrary, store: FakeStore
) -> None:
    store.texts.append(TEXT)
    await library.refresh()
    running = library.flow("bye")
    store.is_deleted = True
    await library.refresh()
    assert library.flow("bye") is None
    # Whoever is in it keeps it.
    assert running is not None
    assert running.version == 1
    store.texts += ["", TEXT]
    store.is_deleted = False
    await library.refresh()
    again = library.flow("bye")
    assert again is not None
    assert again.version == 3


async def test_a_flow_is_deleted_though_its_newest_version_could_not_be_used(
    library: FlowLibrary, store: FakeStore
) -> None:
    store.texts += [TEXT]
    await library.refresh()
    store.texts += [TEXT.replace("goodbye", "welcome")]
    await library.refresh()
    library.check_again()
    store.is_deleted = True
    await library.refresh()
    assert library.flow("bye") is None
