"""What messages say: the shipped texts, and what operators have put in their place.

Kept in memory and read anew every few seconds: whoever writes a message has its words without
asking the store.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import Group
from voicegw.model.sms_template import SmsKind, SmsTemplate, template_name
from voicegw.sms.shipped_texts import TEXT_RULES

log = logging.getLogger(__name__)

RELOAD_S: Final = 5.0
"""How often a node looks for what was put."""


class Wording(Protocol):
    """Knows what messages say."""

    def text(self, kind: SmsKind, language: str, group_id: str | None = None) -> str:
        """Return the text of a kind, with its slots, as it holds for a group; None: everybody's."""
        ...


class Templates(Protocol):
    """Where texts are kept that somebody has put."""

    async def all(self) -> Mapping[str, SmsTemplate]:
        """Return all of them, by name."""
        ...


class Groups(Protocol):
    """Where groups are read."""

    async def all(self) -> Sequence[Group]:
        """Return every group."""
        ...


def line_above(group_id: str | None, parents: Mapping[str, str | None]) -> list[str | None]:
    """Return a group and all above it, the nearest first, and None at the end: everybody."""
    line: list[str | None] = []
    current = group_id
    while current is not None and current not in line:
        line.append(current)
        current = parents.get(current)
    return [*line, None]


def text_of(
    put: Mapping[str, SmsTemplate], kind: SmsKind, language: str, line: Iterable[str | None]
) -> str:
    """Return the text of the nearest in `line` that has one in `language`, else the shipped one."""
    for group_id in line:
        found = put.get(template_name(kind, group_id))
        if found is not None and language in found.texts:
            return found.texts[language]
    return TEXT_RULES[kind].shipped[language]


class ShippedWording:
    """The product's own words."""

    def text(self, kind: SmsKind, language: str, group_id: str | None = None) -> str:
        """Return the shipped text, whatever the group."""
        return text_of({}, kind, language, [group_id])


SHIPPED_WORDING: Final = ShippedWording()


class SmsTemplates:
    """The texts in force. Reading needs no store: what was read last is known."""

    def __init__(self, templates: Templates, groups: Groups) -> None:
        """Begin with the shipped texts; `reload` reads the rest."""
        self._templates = templates
        self._groups = groups
        self._put: Mapping[str, SmsTemplate] = MappingProxyType({})
        self._parents: Mapping[str, str | None] = MappingProxyType({})

    async def reload(self) -> None:
        """Read what is in the store; keep what is known while that is away."""
        try:
            put = await self._templates.all()
            if any(one.group_id is not None for one in put.values()):
                groups = await self._groups.all()
                self._parents = {group.id: group.parent_id for group in groups}
        except StoreUnavailableError as error:
            log.info("texts of messages could not be read: %s", error)
            return
        self._put = put

    def text(self, kind: SmsKind, language: str, group_id: str | None = None) -> str:
        """Return the text of a kind, as it holds for a group; None: everybody's."""
        return text_of(self._put, kind, language, line_above(group_id, self._parents))
