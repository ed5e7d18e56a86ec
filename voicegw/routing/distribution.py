"""Whom of several managers to ring next. Pure: what is known of them in, an order out.

The names are those of the field: what Asterisk calls *rrordered*, *leastrecent* and *fewestcalls*
(its queues.conf), but for a day's calls and by when a talk ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from voicegw.model.routing import GroupStrategy

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What counts of a manager where several could be rung.

    `idle_since` is when the last talk ended, None where none is known of; `calls_today` are the
    customers talked with since midnight.
    """

    idle_since: datetime | None = None
    calls_today: int = 0


def ringing_order(
    strategy: GroupStrategy,
    members: Sequence[str],
    facts: Callable[[str], AgentFacts],
    last_rung: str | None = None,
) -> list[str]:
    """Return `members`, ids of managers, in the order in which to ring them.

    `members` are all who belong to the group, in an order that stays; whoever can't be rung now is
    left out of the answer, not out of the question, so that `last_rung` is found among them. Equal
    ones keep the order of `members`.
    """
    match strategy:
        case GroupStrategy.RING_ALL:
            return list(members)
        case GroupStrategy.ROUND_ROBIN:
            behind = members.index(last_rung) + 1 if last_rung in members else 0
            return [*members[behind:], *members[:behind]]
        case GroupStrategy.LONGEST_IDLE:
            return sorted(members, key=lambda one: _idle_since(facts(one)))
        case GroupStrategy.FEWEST_CALLS:
            return sorted(
                members, key=lambda one: (facts(one).calls_today, _idle_since(facts(one)))
            )


def _idle_since(facts: AgentFacts) -> datetime:
    return facts.idle_since or _LONG_AGO
