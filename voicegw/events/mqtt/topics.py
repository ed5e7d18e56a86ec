"""The topics of the gateway under its prefix. No topic holds a telephone number. Pure.

```
{prefix}/v1/calls/{call_id}/events      what happened to a call
{prefix}/v1/events/{type}               what happened, by type
{prefix}/v1/commands/dial               calls to be started
{prefix}/v1/commands/{id}/result        what came of a command
{prefix}/v1/nodes/{node}/status         retained: whether a node is there
```
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.model.event import Event
from voicegw.model.ids import IdKind

#: The group of nodes of which one gets each command (MQTT 5.0 §4.8.2).
SHARE: Final = "$share/voicegw/"
MAX_RESPONSE_TOPIC_BYTES: Final = 512
_LEVEL: Final = re.compile(r"[A-Za-z0-9_.-]+")
_CALL: Final = f"{IdKind.CALL}_"


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic under one prefix, which holds neither wildcards nor empty levels."""

    prefix: str

    @property
    def commands(self) -> str:
        """Where calls are asked for."""
        return f"{self.prefix}/v1/commands/dial"

    def result(self, command_id: str) -> str:
        """Return where a command is answered that names no topic of its own."""
        return f"{self.prefix}/v1/commands/{command_id}/result"

    def status(self, node: str) -> str:
        """Return where a node tells whether it is there."""
        return f"{self.prefix}/v1/nodes/{node}/status"

    def events(self, event: Event) -> Sequence[str]:
        """Return where an event goes: to its type, and to its call where it is about one."""
        by_type = f"{self.prefix}/v1/events/{event.type.value}"
        if not event.subject.startswith(_CALL) or not _LEVEL.fullmatch(event.subject):
            return (by_type,)
        return (f"{self.prefix}/v1/calls/{event.subject}/events", by_type)

    def may_answer_at(self, topic: str) -> bool:
        """Whether a command may ask for its answer at `topic`.

        Anything under the prefix outside `v1`, and results within: nobody has the gateway speak
        in the place of its own events, status and commands, or to others than its users.
        """
        if not topic.startswith(f"{self.prefix}/"):
            return False
        if len(topic.encode(errors="replace")) > MAX_RESPONSE_TOPIC_BYTES:
            return False
        levels = topic.removeprefix(f"{self.prefix}/").split("/")
        if not all(_LEVEL.fullmatch(level) for level in levels):
            return False
        if levels[0] != "v1":
            return True
        match levels[1:]:
            case ["commands", _, "result"]:
                return True
            case _:
                return False
