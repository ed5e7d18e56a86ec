"""What a command is before anybody has read it, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Command:
    """A message on the topic of commands.

    `has_answer_topic`: its sender named a topic (MQTT 5) at which it may be answered;
    `has_wrong_answer_topic`: one at which it may not.
    """

    payload: bytes
    is_retained: bool = False
    has_answer_topic: bool = False
    has_wrong_answer_topic: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command. `command_id` None: it was not to be read, so its sender must have
    named a topic to be answered at all.
    """

    command_id: str | None
    outcome: str
    """`accepted`, or the code of the refusal; for figures and logs."""
    payload: bytes


class CommandHandler(Protocol):
    """Knows what commands mean; `api.commands` does."""

    async def act(self, command: Command) -> Answer:
        """Do what `command` asks for, or say why not; raises nothing."""
        ...

    def refuse(self, command: Command, code: str, detail: str) -> Answer:
        """Do nothing and say why, at once; `code` is one of the API's stable codes."""
        ...
