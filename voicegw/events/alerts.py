"""What needs an operator's care: raised once, cleared once, told as events.

An alert has a stable slug (`store-away`, `recording-disk-full`, …). Raising one that is raised
changes nothing; so parts may say how things are as often as they like.

A node that starts inherits what was raised when its last run ended, however that was: what a part
says is still true stays raised, without another event; what nobody has spoken of when things have
settled is cleared.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

from voicegw.events.factory import EventFactory
from voicegw.model.event import Event, RaisedAlert

_log = logging.getLogger(__name__)

_EARLIER: Final = "an earlier run"


class Alerts:
    """The alerts of one node."""

    def __init__(self, factory: EventFactory, node: str, write: Callable[[Event], None]) -> None:
        """`write` puts an event on its way; what it raises (OSError) is logged, not passed on."""
        self._factory = factory
        self._node = node
        self._write = write
        self._raised: dict[str, dict[str, str]] = {}

    @property
    def raised(self) -> dict[str, str]:
        """The alerts that are raised now, with their details."""
        return {slug: next(iter(told.values())) for slug, told in self._raised.items()}

    def inherit(self, raised: Iterable[RaisedAlert]) -> None:
        """Take over what this node's last run has left raised, but for what this one has raised."""
        for alert in raised:
            if alert.slug not in self._raised:
                self._raised[alert.slug] = {_EARLIER: alert.detail}

    def settle(self) -> None:
        """Clear what was inherited and nobody has said since."""
        for slug in [slug for slug, told in self._raised.items() if _EARLIER in told]:
            self.set(slug, False, source=_EARLIER)

    def set(self, slug: str, raised: bool, detail: str = "", *, source: str = "") -> None:
        """Say whether `slug` holds; an event is written at each change.

        Where several parts can tell of the same, each gives its name as `source`: the alert is
        raised by the first and cleared by the last.
        """
        told = self._raised.setdefault(slug, {})
        before = bool(told)
        if raised:
            told.setdefault(source, detail)
        else:
            told.pop(source, None)
        if raised or not source:
            # Known better by now. Of several sources others may still have to speak.
            told.pop(_EARLIER, None)
        if not told:
            del self._raised[slug]
        if bool(told) == before:
            return
        if raised:
            _log.error("alert raised", extra={"alert": slug, "detail": detail})
        else:
            _log.info("alert cleared", extra={"alert": slug})
        try:
            self._write(self._factory.alert(f"{self._node}/{slug}", detail, raised=raised))
        except OSError as error:
            _log.error("alert not written", extra={"alert": slug, "why": error.strerror})
