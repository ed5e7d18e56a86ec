"""The prompts of a node: those in folders, and those that were uploaded."""

from __future__ import annotations

import logging
from typing import Final

from config.settings import Settings
from ivr.prompt_maker import PromptMaker
from ivr.prompts import PromptLibrary
from ivr.speech_program import SpeechProgram
from ivr.stored_prompts import StoredPrompts
from voicegw.errors import StoreUnavailableError
from voicegw.setup.background import Background
from voicegw.store.prompts import PromptRepository

_log = logging.getLogger(__name__)

_REFRESH_S: Final = 2.0


def prompt_maker(settings: Settings) -> PromptMaker:
    """Return what makes prompts in this node's codecs, of uploads and of what a program speaks."""
    command, voices = settings.speech.command, settings.speech.voice_by_language
    return PromptMaker(
        settings.node.data_dir / "prompts",
        codecs=settings.media.codecs,
        speech=SpeechProgram(command, voices) if command else None,
    )


async def stored_prompts(
    store: PromptRepository,
    maker: PromptMaker,
    library: PromptLibrary,
    background: Background,
) -> StoredPrompts:
    """Return what keeps `library` as the store has it: read once and then every few seconds."""
    stored = StoredPrompts(store, maker, library)
    try:
        await stored.refresh()
    except StoreUnavailableError as error:
        _log.warning("own prompts are read later", extra={"why": error.slug})
    background.every(_REFRESH_S, "prompts", stored.refresh)
    return stored
