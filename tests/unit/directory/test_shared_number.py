"""Among whom a caller is asked to choose whose number several customers have."""

from __future__ import annotations

import pytest

from voicegw.directory.match import CallerMatch, matched
from voicegw.directory.shared_number import MAX_OFFERED, offered_customers
from voicegw.model.directory import Customer, Manager, ManagerStatus
from voicegw.model.routing import SharedNumber

MANAGERS = {
    f"mgr_{number}": Manager(f"mgr_{number}", "M", "grp_1", staff_no=f"100{number}")
    for number in range(1, 9)
}


def customer(number: int, owner: int | None) -> Customer:
    owner_id = None if owner is None else f"mgr_{owner}"
    return Customer(f"cus_{number}", "C", "grp_1", owner_id=owner_id)


def match(*owners: int | None, last: int | None = None) -> CallerMatch:
    customers = [customer(number, owner) for number, owner in enumerate(owners, 1)]
    return matched(customers, MANAGERS, last_customer_id=None if last is None else f"cus_{last}")


@pytest.mark.parametrize(
    ("found", "wanted", "offered"),
    [
        (match(), SharedNumber.MENU, []),
        (match(1), SharedNumber.MENU, []),
        (match(1, 2), SharedNumber.LAST_DIALLED, [1, 2]),
        (match(1, 2, last=2), SharedNumber.LAST_DIALLED, []),
        (match(1, 2, last=2), SharedNumber.MENU, [1, 2]),
        (match(1, 1), SharedNumber.MENU, []),
        (match(1, 1, 2), SharedNumber.MENU, [1, 3]),
        (match(1, None), SharedNumber.MENU, []),
        (match(1, 9), SharedNumber.MENU, []),
        (match(*range(1, 9)), SharedNumber.MENU, list(range(1, MAX_OFFERED + 1))),
    ],
)
def test_who_is_offered(found: CallerMatch, wanted: SharedNumber, offered: list[int]) -> None:
    assert [one.id for one in offered_customers(found, wanted, MANAGERS)] == [
        f"cus_{number}" for number in offered
    ]


@pytest.mark.parametrize(
    "owner",
    [
        Manager("mgr_2", "M", "grp_1", staff_no="1002", status=ManagerStatus.DEPARTED),
        Manager("mgr_2", "M", "grp_1", staff_no="A-B"),
        Manager("mgr_2", "M", "grp_1"),
    ],
)
def test_who_has_left_or_can_not_be_named_is_not_offered(owner: Manager) -> None:
    managers = {**MANAGERS, "mgr_2": owner}
    assert offered_customers(match(1, 2), SharedNumber.MENU, managers) == ()
