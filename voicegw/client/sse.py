"""Reading server-sent events line by line (HTML Standard §9.2.6, "Interpreting"). Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One event of a stream: the stream's last id by then, its name, its data."""

    last_id: str
    name: str
    data: str


class MessageReader:
    """Puts the lines of a stream together to messages. Comments and unknown fields are nothing."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.retry_ms: int | None = None
        """How long to wait before coming back, as the stream says; None: it has not."""
        self.last_id = ""
        """After which event to come back; it may be told without one. Empty: not known."""
        self._told_id = ""
        self._name = ""
        self._data: list[str] = []

    def line(self, line: str) -> Message | None:
        """Take a line without its end; return the message that it completes, if it does."""
        if not line:
            return self._complete()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id" if "\0" not in value:
                self._told_id = value
            case "retry" if value.isascii() and value.isdecimal():
                self.retry_ms = int(value[:9])
        return None

    def _complete(self) -> Message | None:
        name, data = self._name, self._data
        self._name, self._data = "", []
        # Before it is looked at whether there are data: an id alone counts, too.
        self.last_id = self._told_id
        return Message(self.last_id, name or "message", "\n".join(data)) if data else None
