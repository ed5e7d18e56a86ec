"""Who gets which customer of a handover: fair, complete and the same each time."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from voicegw.directory.sharing import MAX_NAMED, share_out
from voicegw.model.handover import Candidate, LeftOutReason, RecipientKind, Recipients, Share

OWNER = "mgr_0"
CLASSES = [None, "gold", "silver"]


def candidates(classes: list[int]) -> list[Candidate]:
    return [
        Candidate(f"cus_{place:04}", OWNER, f"grp_{place % 2}", CLASSES[one])
        for place, one in enumerate(classes)
    ]


some = st.lists(st.integers(0, len(CLASSES) - 1), max_size=200).map(candidates)
managers = st.integers(1, 7).map(lambda count: [f"mgr_{one}" for one in range(1, count + 1)])


@given(some, managers, st.randoms(use_true_random=False))
def test_evenly_is_fair_within_one_over_all_and_in_each_class(
    customers: list[Candidate], to: list[str], random: Random
) -> None:
    recipients = Recipients(RecipientKind.EVENLY, to)
    sharing = share_out(customers, recipients)
    assert sorted(item.customer_id for item in sharing.items) == [
        one.customer_id for one in customers
    ]
    by_id = {one.customer_id: one.class_ for one in customers}
    for class_ in [*CLASSES, "all"]:
        counts = Counter(
            item.to_manager_id
            for item in sharing.items
            if class_ == "all" or by_id[item.customer_id] == class_
        )
        each = [counts[one] for one in to]
        assert max(each) - min(each) <= 1
    shuffled = list(customers)
    random.shuffle(shuffled)
    assert share_out(shuffled, recipients).items == sharing.items


@given(some, some, managers)
def test_what_comes_later_is_dealt_so_that_both_together_are_fair(
    first: list[Candidate], second: list[Candidate], to: list[str]
) -> None:
    recipients = Recipients(RecipientKind.EVENLY, to)
    shares = share_out(first, recipients).shares()
    given = {share.manager_id: share.customers for share in shares}
    more = share_out(second, recipients, given=given).shares()
    total = Counter(given)
    total.update({share.manager_id: share.customers for share in more})
    each = [total[one] for one in to]
    assert max(each) - min(each) <= 1


def test_by_class_leaves_whom_nobody_is_named_for() -> None:
    customers = candidates([0, 1, 2])
    named = Recipients(RecipientKind.BY_CLASS, by_class={"gold": "mgr_1"})
    sharing = share_out(customers, named)
    assert sharing.shares() == [Share("mgr_1", 1)]
    assert [(one.reason, one.customer_ids) for one in sharing.summary()] == [
        (LeftOutReason.NO_RECIPIENT, ["cus_0000", "cus_0002"])
    ]
    other = Recipients(RecipientKind.BY_CLASS, by_class={"gold": "mgr_1"}, other_id="mgr_2")
    assert share_out(customers, other).shares() == [Share("mgr_1", 1), Share("mgr_2", 2)]


def test_customers_of_groups_that_are_not_seen_stay() -> None:
    sharing = share_out(
        candidates([0] * 4), Recipients(RecipientKind.ONE, ["mgr_1"]), scope_ids={"grp_0"}
    )
    assert [item.customer_id for item in sharing.items] == ["cus_0000", "cus_0002"]
    assert sharing.left_out == {LeftOutReason.OTHER_GROUP: ["cus_0001", "cus_0003"]}


def test_nobody_gets_what_is_the_own_already() -> None:
    sharing = share_out(candidates([0]), Recipients(RecipientKind.ONE, [OWNER]))
    assert sharing.items == []
    assert sharing.left_out == {LeftOutReason.OTHER_OWNER: ["cus_0000"]}


def test_only_the_first_are_named() -> None:
    named = Recipients(RecipientKind.BY_CLASS, by_class={"gold": "mgr_1"})
    (left,) = share_out(candidates([0] * (MAX_NAMED + 5)), named).summary()
    assert (left.customers, len(left.customer_ids)) == (MAX_NAMED + 5, MAX_NAMED)
