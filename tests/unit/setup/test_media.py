"""How sound is set up from the configuration."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from voicegw.setup.calls import call_settings
from voicegw.setup.media import embedded_options


def test_sound_is_set_up_as_it_is_configured() -> None:
    settings = Settings.model_validate({"media": {"bind6": "::1", "advertise6": "2001:db8::5"}})
    options = embedded_options(settings)
    assert (options.bind6, options.advertise6) == ("::1", "2001:db8::5")
    assert call_settings(settings, "n", Path("spool")).ipv6_sound
    assert not call_settings(Settings(), "n", Path("spool")).ipv6_sound
