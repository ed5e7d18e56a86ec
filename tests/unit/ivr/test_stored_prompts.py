"""What is uploaded comes into force on every node, and goes out of force again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ivr import stored_prompts
from ivr.prompts import SHIPPED, PromptLibrary, PromptSource
from ivr.stored_prompts import StoredPrompts
from voicegw.errors import InvalidError, NotFoundError, StoreUnavailableError
from voicegw.media.engine import Prompt


class FakeStore:
    def __init__(self) -> None:
        self.contents: dict[tuple[str, str], bytes] = {}
        self.away = False
        self.lost: set[str] = set()

    async def heads(self) -> Mapping[tuple[str, str], str]:
        if self.away:
            raise StoreUnavailableError("away")
        return {key: content.decode() for key, content in self.contents.items()}

    async def content(self, language: str, name: str) -> bytes | None:
        return None if name in self.lost else self.contents[language, name]


class FakeEncoder:
    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.broken = False

    async def encoded(self, sounds: Sequence[tuple[str, bytes]]) -> list[Prompt | None]:
        self.asked.append([name for name, _ in sounds])
        if self.broken:
            raise InvalidError("file", "the decoder gave up")
        return [
            Prompt(name, content.decode(), Path("a"), Path("u"), 100) if content != b"bad" else None
            for name, content in sounds
        ]


@pytest.fixture
def library(tmp_path: Path) -> PromptLibrary:
    shipped = tmp_path / "shipped" / "zh"
    shipped.mkdir(parents=True)
    shutil.copy(SHIPPED / "zh" / "goodbye.wav", shipped)
    made = PromptLibrary(tmp_path / "cache", shipped=shipped.parent)
    made.load()
    return made


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def stored(store: FakeStore, encoder: FakeEncoder, library: PromptLibrary) -> StoredPrompts:
    return StoredPrompts(store, encoder, library)


async def test_it_replaces_adds_and_goes(
    stored: StoredPrompts, store: FakeStore, encoder: FakeEncoder, library: PromptLibrary
) -> None:
    shipped = library.prompt("goodbye")
    store.contents = {("zh", "goodbye"): b"1", ("en", "hello"): b"2"}
    await stored.refresh()
    assert library.prompt("goodbye").digest == "1"
    assert library.has("hello", "en")
    sources = {(one.language, one.name): one.source for one in library.entries()}
    assert set(sources.values()) == {PromptSource.STORE}
    await stored.refresh()
    store.contents["zh", "goodbye"] = b"3"
    await stored.refresh()
    assert library.prompt("goodbye").digest == "3"
    assert encoder.asked == [["hello", "goodbye"], ["goodbye"]]
    store.contents.clear()
    await stored.refresh()
    assert library.prompt("goodbye") == shipped
    with pytest.raises(NotFoundError):
        library.prompt("hello", "en")


async def test_folders_read_again_do_not_lose_it(
    stored: StoredPrompts, store: FakeStore, library: PromptLibrary
) -> None:
    store.contents = {("zh", "goodbye"): b"1"}
    await stored.refresh()
    library.load()
    assert library.prompt("goodbye").digest == "1"


async def test_while_the_store_is_away_the_last_ones_are_played(
    stored: StoredPrompts, store: FakeStore, library: PromptLibrary
) -> None:
    store.contents = {("zh", "goodbye"): b"1"}
    await stored.refresh()
    store.away = True
    with pytest.raises(StoreUnavailableError):
        await stored.refresh()
    assert library.prompt("goodbye").digest == "1"


async def test_one_that_is_broken_leaves_the_shipped_one_and_is_tried_once(
    stored: StoredPrompts, store: FakeStore, encoder: FakeEncoder, library: PromptLibrary
) -> None:
    shipped = library.prompt("goodbye")
    store.contents = {("zh", "goodbye"): b"bad", ("zh", "hello"): b"1"}
    await stored.refresh()
    await stored.refresh()
    assert library.prompt("goodbye") == shipped
    assert library.prompt("hello").digest == "1"
    assert len(encoder.asked) == 1
    encoder.broken = True
    store.contents["zh", "hello"] = b"2"
    await stored.refresh()
    assert not library.has("hello", "zh")


async def test_one_deleted_while_it_is_read_is_left_for_the_next_look(
    stored: StoredPrompts, store: FakeStore, encoder: FakeEncoder, library: PromptLibrary
) -> None:
    store.contents = {("zh", "hello"): b"1"}
    store.lost = {"hello"}
    await stored.refresh()
    assert encoder.asked == []
    store.lost.clear()
    await stored.refresh()
    assert library.prompt("hello").digest == "1"


async def test_much_sound_is_encoded_in_parts(
    stored: StoredPrompts,
    store: FakeStore,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored_prompts, "_AT_ONCE_BYTES", 2)
    store.contents = {("zh", name): b"1" for name in ("a", "b", "c")}
    await stored.refresh()
    assert encoder.asked == [["a", "b"], ["c"]]


async def test_whoever_depends_on_prompts_is_told_of_changes_only(
    stored: StoredPrompts, store: FakeStore
) -> None:
    told: list[bool] = []
    stored.on_change = lambda: told.append(True)
    await stored.refresh()
    assert not told
    store.contents = {("zh", "a"): b"1"}
    await stored.refresh()
    await stored.refresh()
    assert told == [True]
