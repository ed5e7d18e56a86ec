"""Who gets which customer of a handover. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from voicegw.model.handover import (
    Candidate,
    HandoverItem,
    LeftOut,
    LeftOutReason,
    RecipientKind,
    Recipients,
    Share,
)

#: How many customers are named for each reason to stay; the others are counted.
MAX_NAMED = 100


@dataclass(slots=True)
class Sharing:
    """Who gets whom, and who stays for which reason (ids of customers)."""

    items: list[HandoverItem] = field(default_factory=list)
    left_out: dict[LeftOutReason, list[str]] = field(default_factory=lambda: defaultdict(list))

    def shares(self) -> list[Share]:
        """Return how many customers each manager gets, by manager."""
        return shares_of(item.to_manager_id for item in self.items)

    def summary(self) -> list[LeftOut]:
        """Return how many stay for each reason, and the first of them."""
        return [
            LeftOut(reason, len(ids), sorted(ids)[:MAX_NAMED])
            for reason, ids in sorted(self.left_out.items())
            if ids
        ]


def share_out(
    candidates: Iterable[Candidate],
    to: Recipients,
    *,
    scope_ids: Collection[str] | None = None,
    given: Mapping[str, int] | None = None,
) -> Sharing:
    """Share `candidates` out among the recipients.

    Evenly means that the numbers of customers differ by one at most, over all and within each
    class and tier; `given` is what each recipient has got of this handover already, so that the
    rule holds for both together. Customers of groups outside `scope_ids` stay. The same input
    gives the same result, in whatever order it comes.
    """
    sharing = Sharing()
    ordered = sorted(candidates, key=_place)
    if scope_ids is not None:
        outside = [one.customer_id for one in ordered if one.group_id not in scope_ids]
        if outside:
            sharing.left_out[LeftOutReason.OTHER_GROUP] = outside
            ordered = [one for one in ordered if one.group_id in scope_ids]
    if to.kind is RecipientKind.BY_CLASS:
        _by_class(ordered, to, sharing)
    else:
        _deal(ordered, to.manager_ids, given or {}, sharing)
    return sharing


def shares_of(manager_ids: Iterable[str]) -> list[Share]:
    """Return how often each manager is named, by manager."""
    counts: dict[str, int] = defaultdict(int)
    for manager_id in manager_ids:
        counts[manager_id] += 1
    return [Share(manager_id, count) for manager_id, count in sorted(counts.items())]


def _place(candidate: Candidate) -> tuple[str, str, str]:
    return (candidate.class_ or "", candidate.tier or "", candidate.customer_id)


def _by_class(ordered: Sequence[Candidate], to: Recipients, sharing: Sharing) -> None:
    for one in ordered:
        named = to.by_class.get(one.class_) if one.class_ is not None else None
        manager_id = named or to.other_id
        if manager_id is None:
            sharing.left_out[LeftOutReason.NO_RECIPIENT].append(one.customer_id)
        else:
            _give(one, manager_id, sharing)


def _deal(
    ordered: Sequence[Candidate],
    manager_ids: Sequence[str],
    given: Mapping[str, int],
    sharing: Sharing,
) -> None:
    """Give each to whoever has least so far: one class after the other, so each is even, too."""
    waiting = [(given.get(one, 0), place, one) for place, one in enumerate(manager_ids)]
    heapq.heapify(waiting)
    for one in ordered:
        count, place, manager_id = waiting[0]
        heapq.heapreplace(waiting, (count + 1, place, manager_id))
        _give(one, manager_id, sharing)


def _give(candidate: Candidate, manager_id: str, sharing: Sharing) -> None:
    if candidate.owner_id is None or candidate.owner_id == manager_id:
        sharing.left_out[LeftOutReason.OTHER_OWNER].append(candidate.customer_id)
        return
    sharing.items.append(HandoverItem(candidate.customer_id, candidate.owner_id, manager_id))
