"""Which engine carries the sound, and which prompts are played, as the configuration has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from config.settings import Settings
from config.values import parse_host_port
from ivr.prompts import PromptLibrary
from voicegw.errors import ConfigError
from voicegw.keyring import KeyRing
from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
from voicegw.media.engine import MediaEngine
from voicegw.media.rtpengine import RtpengineEngine, RtpengineOptions
from voicegw.setup.addresses import media_address


def prompt_library(settings: Settings) -> PromptLibrary:
    """Return the prompts, loaded. Raises ConfigError when one is missing or can't be played."""
    own = Path(settings.media.prompts_dir) if settings.media.prompts_dir else None
    library = PromptLibrary(
        settings.node.data_dir / "prompts", own=own, codecs=settings.media.codecs
    )
    library.load()
    problems = library.check()
    if problems:
        raise ConfigError(problems)
    return library


def media_engine(
    settings: Settings,
    prompts: PromptLibrary,
    on_availability: Callable[[bool], None],
    keys: KeyRing | None = None,
) -> MediaEngine:
    """Return the engine, not started yet. With `keys`, it encrypts what it captures.

    `on_availability` is told when one that runs elsewhere goes away, and when it is back. Raises
    StartError for options that can't be used.
    """
    media = settings.media
    if media.engine == "rtpengine":
        options = RtpengineOptions(
            control=parse_host_port(media.rtpengine),
            digits=parse_host_port(media.rtpengine_digits),
            codecs=tuple(media.codecs),
            silence_timeout_s=media.silence_timeout_s,
        )
        return RtpengineEngine(options, on_availability=on_availability)
    embedded = EmbeddedEngine(embedded_options(settings, keys))
    embedded.preload(prompts.all())
    return embedded


def embedded_options(settings: Settings, keys: KeyRing | None = None) -> EmbeddedEngineOptions:
    """Return how the workers of this node run."""
    media = settings.media
    return EmbeddedEngineOptions(
        workers=media.workers,
        ports=media.ports,
        advertise=media_address(settings),
        bind_host=media.bind,
        bind6=media.bind6,
        advertise6=media.advertise6,
        codecs=tuple(media.codecs),
        silence_timeout_s=media.silence_timeout_s,
        port_drain_s=media.port_drain_s,
        keys=keys,
    )
