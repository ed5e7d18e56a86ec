"""Reading the configuration anew while calls run (SIGHUP)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from config.settings import Settings
from voicegw.errors import ConfigError, Problem, StartError
from voicegw.events.alerts import Alerts
from voicegw.setup.tls import tls_contexts
from voicegw.setup.trunks import trunks_of
from voicegw.sip.locator import TrunkLocator
from voicegw.sip.tls import TlsContexts
from voicegw.sip.trunk import TrunkBook
from voicegw.sip.trunk_watch import TrunkWatch

_log = logging.getLogger(__name__)

ALERT_REJECTED: Final = "config-rejected"
#: What takes effect without a restart; everything else is named in the log when it has changed.
_LIVE: Final = frozenset(
    {"trunk", "sip.tls_cert", "sip.tls_key", "sip.tls_ca", "sip.tls_verify_peers"}
)


@dataclass(slots=True)
class Reloader:
    """Puts a changed configuration into effect, as far as a running node can.

    `settings` are those the node was started with: what differs from them waits for the next start,
    however often the file is read. `load` reads it and raises ConfigError; `use_tls` takes
    certificates, which are read again from their files each time, and raises StartError where some
    are needed and none are given. Running calls go on: those on a trunk that is gone end by
    themselves, and places taken are taken on the changed trunk, too.
    """

    settings: Settings
    load: Callable[[], Settings]
    trunks: TrunkBook
    locator: TrunkLocator
    watch: TrunkWatch
    use_tls: Callable[[TlsContexts], None]
    alerts: Alerts

    def reload(self) -> None:
        """Read the configuration; one that can't be used changes nothing and is told."""
        try:
            settings = self.load()
            contexts = tls_contexts(settings)
            if contexts is not None:
                self.use_tls(contexts)
        except ConfigError as error:
            self._reject(error.problems)
            return
        except StartError as error:
            self._reject([error.problem])
            return
        for key in needs_restart(self.settings, settings):
            _log.warning("changed key waits for a restart", extra={"key": key})
        gone = [trunk.name for trunk in self.trunks.all()]
        self.trunks.replace(trunks_of(settings))
        if gone and not self.trunks:
            _log.warning("no trunk is left", extra={"gone": ", ".join(gone)})
        self.locator.follow()
        self.watch.follow()
        self.alerts.set(ALERT_REJECTED, False)
        _log.info("configuration read", extra={"trunks": len(self.trunks)})

    def _reject(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            _log.error("configuration rejected", extra={"problem": str(problem)})
        detail = f"{len(problems)} problem(s); the configuration before stays in use"
        self.alerts.set(ALERT_REJECTED, True, detail)


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
