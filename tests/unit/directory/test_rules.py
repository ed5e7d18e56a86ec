"""What a record must look like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicegw.directory import rules
from voicegw.errors import InvalidError
from voicegw.model.directory import Customer, DoNotCall, Group, Hotline, Manager, Phone

GROUP = Group("grp_1", "City", area_code="571")


def test_groups() -> None:
    ready = rules.checked_group(Group("grp_1", "  City ", external_id=" ", area_code="0571"))
    assert ready == GROUP
    assert rules.checked_group(ready) == ready


@pytest.mark.parametrize(
    ("group", "field"),
    [
        (Group("g", " "), "name"),
        (Group("g", "x" * 201), "name"),
        (Group("g", "a\x00b"), "name"),
        (Group("g", "x", area_code="12345678"), "area_code"),
        (Group("g", "x", area_code="ab"), "area_code"),
        (Group("g", "x", timezone="Mars/Olympus"), "timezone"),
        (Group("g", "x", timezone="../etc/passwd"), "timezone"),
        (Group("g", "x", timezone=""), "timezone"),
        (Group("g", "x", hours="9"), "hours"),
        (Group("g", "x", quiet_hours="at night"), "quiet_hours"),
        (Group("g", "x", retention_days=0), "retention_days"),
        (Group("g", "x", retention_days=36_501), "retention_days"),
    ],
)
def test_groups_that_are_refused(group: Group, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        rules.checked_group(group)
    assert caught.value.field == field


def test_hotlines() -> None:
    ready = rules.checked_hotline(Hotline("h", "8765 0000", "grp_1", name=" a "), GROUP, "CN")
    assert (ready.number, ready.name) == ("+8657187650000", "a")
    assert rules.checked_hotline(Hotline("h", "10086", "grp_1"), GROUP, "CN").number == "10086"
    for hotline in (Hotline("h", "x", "g"), Hotline("h", "10086", "g", max_ring_s=4)):
        with pytest.raises(InvalidError):
            rules.checked_hotline(hotline, GROUP, "CN")


def test_a_hotline_may_show_another_number_and_has_hours_that_can_be_read() -> None:
    hotline = Hotline("h", "10086", "grp_1", display_number=" 8765 0000", hours=" 9-18 ")
    ready = rules.checked_hotline(hotline, GROUP, "CN")
    assert (ready.display_number, ready.shown, ready.hours) == (
        "+8657187650000",
        "+8657187650000",
        "9-18",
    )
    plain = rules.checked_hotline(Hotline("h", "10086", "g", display_number="  "), GROUP, "CN")
    assert (plain.display_number, plain.shown) == (None, "10086")
    for wrong in (
        Hotline("h", "1", "g", hours="x"),
        Hotline("h", "10086", "g", display_number="x"),
    ):
        with pytest.raises(InvalidError):
            rules.checked_hotline(wrong, GROUP, "CN")


def test_managers_phones_are_normalised_and_in_order() -> None:
    manager = Manager(
        "m",
        "Zhang",
        "grp_1",
        phones=[
            Phone(number="87654321", order=2),
            Phone(aor="sip:zhang@example.org", order=1),
            Phone(number="013800138000"),
        ],
    )
    ready = rules.checked_manager(manager, GROUP, "CN")
    assert [phone.number or phone.aor for phone in ready.phones] == [
        "+8613800138000",
        "sip:zhang@example.org",
        "+8657187654321",
    ]
    assert rules.checked_manager(ready, GROUP, "CN") == ready


@pytest.mark.parametrize(
    ("manager", "field"),
    [
        (Manager("m", "", "g"), "name"),
        (Manager("m", "x", "g", hours="Mo"), "hours"),
        (Manager("m", "x", "g", skills=["a\nb"]), "skills"),
        (Manager("m", "x", "g", skills=[str(skill) for skill in range(21)]), "skills"),
        (Manager("m", "x", "g", deputy_id="m"), "deputy_id"),
        (Manager("m", "x", "g", phones=[Phone()]), "phones.0"),
        (Manager("m", "x", "g", phones=[Phone(number="10086", aor="a")]), "phones.0"),
        (Manager("m", "x", "g", phones=[Phone(number="what")]), "phones.0.number"),
        (Manager("m", "x", "g", phones=[Phone(aor="a b")]), "phones.0.aor"),
        (Manager("m", "x", "g", phones=[Phone(aor="a>;tag=1")]), "phones.0.aor"),
        (Manager("m", "x", "g", phones=[Phone(number="10086")] * 11), "phones"),
    ],
)
def test_managers_that_are_refused(manager: Manager, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        rules.checked_manager(manager, GROUP, "CN")
    assert caught.value.field == field


def test_customers_have_each_number_once() -> None:
    wish = DoNotCall("asked", datetime(2026, 1, 1, tzinfo=UTC))
    customer = Customer(
        "c",
        " Wang ",
        "grp_1",
        numbers=["13900139000", "+86 139-0013-9000", "10086"],
        class_=" ",
        do_not_call=wish,
    )
    ready = rules.checked_customer(customer, GROUP, "CN")
    assert ready.numbers == ["+8613900139000", "10086"]
    assert (ready.name, ready.class_, ready.do_not_call) == ("Wang", None, wish)


@pytest.mark.parametrize(
    ("customer", "field"),
    [
        (Customer("c", "", "g"), "name"),
        (Customer("c", "x", "g", numbers=["10086", "?"]), "numbers.1"),
        (Customer("c", "x", "g", numbers=["10086"] * 21), "numbers"),
        (Customer("c", "x", "g", attributes={"a": "x" * 20_000}), "attributes"),
    ],
)
def test_customers_that_are_refused(customer: Customer, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        rules.checked_customer(customer, GROUP, "CN")
    assert caught.value.field == field
