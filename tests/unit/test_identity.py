"""Who may see which number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.identity import mask, mask_within, presentation, visible_number
from voicegw.model.call import LegRole
from voicegw.model.directory import Role

HOTLINE = "+862110000000"
CUSTOMER = "+8613800138000"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("asked for by 13800138000.", "asked for by 138****8000."),
        ("+8613800138000 on 2026-11-23", "138****8000 on 2026-11-23"),
        ("138 0013 8000", "138****8000"),
        ("138-0013-8000", "138****8000"),
        ("138\u20110013\u20118000", "138****8000"),
        ("138-001-38000", "138****8000"),
        ("+86 138 0013 8000", "138****8000"),
        ("0086-138-0013-8000", "008****8000"),
        ("(021) 6123 4567", "021****4567"),
        ("021-6123-4567", "021****4567"),
        ("021-6123-4567-801", "021****4567-801"),
        (
            "021 6123 4567 3 times on 021-6123-4567 2026-11-23",
            "021****4567 3 times on 021****4567 2026-11-23",
        ),
        ("+44 20 7946 0958", "442****0958"),
        ("0044 207 9460 958", "004****0958"),
    ],
)
def test_a_number_within_a_text_is_masked_however_it_is_spelt(text: str, masked: str) -> None:
    assert mask_within(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "complaint 2026-17 of 2026-11-23, 12:00:00+08:00",
        "10.120.13.144:5060 and 192.168.10.100",
        "3.14159 and -1.38001, line 1234",
        "10010",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert mask_within(text) == text


@pytest.mark.parametrize("granted", [False, True])
@pytest.mark.parametrize("number", [CUSTOMER, None])
def test_a_customer_sees_only_the_hotline(granted: bool, number: str | None) -> None:
    shown = presentation(
        LegRole.CUSTOMER,
        hotline=HOTLINE,
        customer_number=number,
        show_customer_to_manager=granted,
    )
    assert shown.number == HOTLINE


@pytest.mark.parametrize(
    ("granted", "number", "expected"),
    [
        (False, CUSTOMER, HOTLINE),
        (False, None, HOTLINE),
        (True, CUSTOMER, CUSTOMER),
        (True, None, HOTLINE),
    ],
)
def test_a_manager_sees_the_customer_only_when_granted(
    granted: bool, number: str | None, expected: str
) -> None:
    shown = presentation(
        LegRole.MANAGER, hotline=HOTLINE, customer_number=number, show_customer_to_manager=granted
    )
    assert shown.number == expected


def test_a_manager_sees_the_hotline_by_default() -> None:
    shown = presentation(LegRole.MANAGER, hotline=HOTLINE, customer_number=CUSTOMER)
    assert shown.number == HOTLINE


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (None, None),
        ("+8613800138000", "138****8000"),
        ("13800138000", "138****8000"),
        ("+862162345678", "216****5678"),
        ("+12024561111", "120****1111"),
        ("10086", "***86"),
        ("62345678", "******78"),
        ("110", "*10"),
        ("", ""),
    ],
)
def test_mask(number: str | None, masked: str | None) -> None:
    assert mask(number) == masked


@given(st.from_regex(r"\+861[3-9]\d{9}", fullmatch=True))
def test_a_masked_number_hides_its_middle(number: str) -> None:
    masked = mask(number)
    assert masked is not None
    subscriber = number.removeprefix("+86")
    assert masked == f"{subscriber[:3]}****{subscriber[-4:]}"
    same = {mask(subscriber[:3] + other + subscriber[7:]) for other in ("0000", "9999")}
    assert same == {masked}


@given(st.from_regex(r"\+?[0-9]{2,20}", fullmatch=True))
def test_a_mask_never_gives_a_number_away(number: str) -> None:
    masked = mask(number)
    assert masked is not None
    digits = number.removeprefix("+86").removeprefix("+")
    shown = [one for one in masked if one != "*"]
    assert len(shown) <= 7
    if len(digits) > 2:
        assert digits not in masked
        assert "*" in masked


@pytest.mark.parametrize(
    ("role", "sees_customer", "sees_manager"),
    [
        (Role.ADMIN, True, True),
        (Role.INTEGRATOR, True, False),
        (Role.MANAGER, True, False),
        (Role.COUNTY_MANAGER, False, False),
        (Role.QA_REVIEWER, False, False),
    ],
)
def test_who_sees_a_number_whole(role: Role, sees_customer: bool, sees_manager: bool) -> None:
    of_customer = visible_number(role, LegRole.CUSTOMER, CUSTOMER)
    of_manager = visible_number(role, LegRole.MANAGER, CUSTOMER)
    assert of_customer == (CUSTOMER if sees_customer else None)
    assert of_manager == (CUSTOMER if sees_manager else None)
    assert visible_number(role, LegRole.CUSTOMER, None) is None


def test_every_role_is_decided() -> None:
    assert len(Role) == 5
