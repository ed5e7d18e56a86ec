"""Own prompts in both databases: one of each language and name."""

from __future__ import annotations

from tests.contract.conftest import NOW
from voicegw.model.prompt import StoredPrompt
from voicegw.store.database import Database
from voicegw.store.prompts import PromptRepository


def prompt(language: str = "zh", name: str = "welcome", sha256: str = "aa") -> StoredPrompt:
    return StoredPrompt(language, name, sha256, 1500, NOW, "key_1", "您好")


async def test_the_newer_takes_the_place_of_the_older(database: Database) -> None:
    prompts = PromptRepository(database)
    assert await prompts.put(prompt(), b"first\0\xff")
    assert await prompts.content("zh", "welcome") == b"first\0\xff"
    assert not await prompts.put(prompt(sha256="bb"), b"second")
    assert await prompts.put(prompt("en"), b"english")
    assert await prompts.content("zh", "welcome") == b"second"
    assert await prompts.heads() == {("zh", "welcome"): "bb", ("en", "welcome"): "aa"}
    assert await prompts.all() == [prompt("en"), prompt(sha256="bb")]


async def test_what_is_deleted_is_gone_and_nothing_else(database: Database) -> None:
    prompts = PromptRepository(database)
    await prompts.put(prompt(), b"one")
    await prompts.put(prompt("en"), b"two")
    assert await prompts.delete("zh", "welcome")
    assert not await prompts.delete("zh", "welcome")
    assert await prompts.content("zh", "welcome") is None
    assert await prompts.heads() == {("en", "welcome"): "aa"}
