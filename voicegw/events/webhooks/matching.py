"""Which events go to which webhook. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from voicegw.errors import InvalidError
from voicegw.model.directory import Group
from voicegw.model.event_filter import matching_types
from voicegw.model.webhook import EventHead, NewDelivery, Webhook


class Matcher:
    """What one webhook wants and may have."""

    def __init__(self, webhook: Webhook, below: Mapping[str, frozenset[str]]) -> None:
        """`below` gives each group and all that are below it.

        A group that is gone has no events. An event without a group (an alert, a seal) goes to
        webhooks without one only.
        """
        self._webhook_id = webhook.id
        self._types: frozenset[str] | None = _types(webhook.types)
        self._groups: frozenset[str] | None = None
        if webhook.group_id is not None:
            self._groups = below.get(webhook.group_id, frozenset())

    def matching(self, events: Iterable[EventHead]) -> list[EventHead]:
        """Return those of `events` that are for the webhook."""
        return [event for event in events if self._matches(event)]

    def deliveries(self, events: Iterable[EventHead]) -> list[NewDelivery]:
        """Return the deliveries of those of `events` that are for the webhook."""
        return [NewDelivery(self._webhook_id, event) for event in self.matching(events)]

    def _matches(self, event: EventHead) -> bool:
        if self._types is not None and event.type not in self._types:
            return False
        return self._groups is None or event.group_id in self._groups


def _types(patterns: Sequence[str]) -> frozenset[str] | None:
    """Return the types that any of `patterns` names; None for all.

    One that nothing fits was written by another version: the others still count.
    """
    known: set[str] = set()
    for pattern in patterns:
        try:
            types = matching_types([pattern])
        except InvalidError:
            continue
        if types is None:
            return None
        known |= types
    return frozenset(known)


def groups_below(groups: Iterable[Group]) -> dict[str, frozenset[str]]:
    """Return each group's id with those of itself and of all groups below it."""
    children: dict[str, list[str]] = {}
    ids = []
    for group in groups:
        ids.append(group.id)
        if group.parent_id is not None:
            children.setdefault(group.parent_id, []).append(group.id)
    return {group_id: _below(group_id, children) for group_id in ids}


def _below(group_id: str, children: Mapping[str, Sequence[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [group_id]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(children.get(current, ()))
    return frozenset(found)
