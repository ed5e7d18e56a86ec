"""Reading the configuration anew while calls run (SIGHUP)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from config.settings import Settings
from voicegw.errors import ConfigError
from voicegw.events.alerts import Alerts
from voicegw.sip.locator import TrunkLocator
from voicegw.sip.trunk import TrunkBook
from voicegw.sip.trunk_watch import TrunkWatch
from voicegw.trunk_setup import trunks_of

_log = logging.getLogger(__name__)

REJECTED: Final = "config-rejected"
#: What takes effect without a restart; everything else is named in the log when it has changed.
_LIVE: Final = frozenset({"trunk", "sip.tls_cert", "sip.tls_key", "sip.tls_ca"})


@dataclass(slots=True)
class Reloader:
    """Puts a changed configuration into effect, as far as a running node can.

    `load` reads it and raises ConfigError. Running calls go on: those on a trunk that is gone end
    by themselves, and places taken are taken on the changed trunk, too.
    """

    settings: Settings
    load: Callable[[], Settings]
    trunks: TrunkBook
    locator: TrunkLocator
    watch: TrunkWatch
    alerts: Alerts

    def reload(self) -> None:
        """Read the configuration; one that can't be used changes nothing and is told."""
        try:
            settings = self.load()
        except ConfigError as error:
            for problem in error.problems:
                _log.error("configuration rejected", extra={"problem": str(problem)})
            detail = f"{len(error.problems)} problem(s); the configuration before stays in use"
            self.alerts.set(REJECTED, True, detail)
            return
        for key in needs_restart(self.settings, settings):
            _log.warning("changed key waits for a restart", extra={"key": key})
        self.trunks.replace(trunks_of(settings))
        self.locator.follow()
        self.watch.follow()
        self.settings = settings
        self.alerts.set(REJECTED, False)
        _log.info("configuration read", extra={"trunks": len(self.trunks)})


def needs_restart(old: Settings, new: Settings) -> list[str]:
    """Return the changed keys that take effect at the next start only, such as `sip.listen`."""
    return [key for key in _changed(old, new) if key not in _LIVE]


def _changed(old: Settings, new: Settings) -> Iterator[str]:
    for name in Settings.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if not isinstance(before, BaseModel):
            if before != after:
                yield name
            continue
        for key, field in type(before).model_fields.items():
            if getattr(before, key) != getattr(after, key):
                yield f"{name}.{field.alias or key}"
