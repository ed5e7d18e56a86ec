"""Which events somebody wants: by type, by what they are about, by whose they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicegw.errors import InvalidError
from voicegw.model.event import Event, EventType

_WILDCARD = ".*"


def matching_types(patterns: Iterable[str]) -> frozenset[EventType] | None:
    """Return the types that `patterns` name: `call.ended`, `call.*`, or `*` for all (None).

    Nothing named is everything wanted. Raises InvalidError naming `types` for a pattern that no
    type of this program fits.
    """
    wanted: set[EventType] = set()
    asked_for_all = True
    for pattern in patterns:
        asked_for_all = pattern == "*"
        if asked_for_all:
            break
        found = _types(pattern)
        if not found:
            raise InvalidError("types", f"there is no event {pattern[:64]}", kind="not-found")
        wanted |= found
    return None if asked_for_all else frozenset(wanted)


def _types(pattern: str) -> set[EventType]:
    if pattern.endswith(_WILDCARD):
        prefix = pattern.removesuffix("*")
        return {one for one in EventType if one.startswith(prefix)}
    return {one for one in EventType if one == pattern}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What of the outbox somebody wants and may see; None does not filter.

    An event without a group (an alert, a seal) belongs to none, and so passes no filter by groups;
    the same holds for managers.
    """

    types: frozenset[EventType] | None = None
    subject: str | None = None
    group_ids: frozenset[str] | None = None
    manager_id: str | None = None

    def matches(self, event: Event) -> bool:
        """Whether `event` passes."""
        return (
            (self.types is None or event.type in self.types)
            and (self.subject is None or event.subject == self.subject)
            and (self.group_ids is None or event.group_id in self.group_ids)
            and (self.manager_id is None or event.manager_id == self.manager_id)
        )
