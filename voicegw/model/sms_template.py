"""The words of short messages: which kinds there are, and what was put in their place."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SmsKind(StrEnum):
    """A text of its own within a message, or a whole one."""

    RESULT = "result"
    """Asks a manager what came of a talk."""
    REMINDER = "reminder"
    """Asks once more."""
    LINK = "link"
    """Is put after the two above where there is a page to fill in."""
    MISSED = "missed"
    """Tells a customer who called in vain."""
    NOTICE_VISIT = "notice_visit"
    NOTICE_CALL = "notice_call"
    """Announces a planned contact to a customer; the plan's own words come first."""
    ESCALATION = "escalation"
    """Tells the head of a group what is late."""
    APPOINTMENT = "appointment"
    """Reminds a manager of a call that was agreed."""
    PROMISE = "promise"
    """Reminds a manager of an answer that was promised."""
    HELP_UNCLEAR = "help_unclear"
    HELP_WHICH = "help_which"
    HELP_REASON = "help_reason"
    HELP_LATE = "help_late"
    HELP_CLOSED = "help_closed"
    HELP_CONTACT = "help_contact"
    HELP_NOTHING = "help_nothing"
    """Answer a manager's reply that could not be used."""


class SmsTemplate(msgspec.Struct, frozen=True):
    """What somebody has put for one kind: everybody's, or of one group and those below it.

    `texts` are by language (`zh`, `en`); a language that it lacks has the text of the group above.
    """

    kind: SmsKind
    texts: dict[str, str]
    group_id: str | None = None

    @property
    def name(self) -> str:
        """What the store knows it by."""
        return template_name(self.kind, self.group_id)


def template_name(kind: SmsKind, group_id: str | None) -> str:
    """Return what the store knows the text of a kind by, of everybody or of one group."""
    return kind.value if group_id is None else f"{kind.value}:{group_id}"
