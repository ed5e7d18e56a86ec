"""Every usual spelling leads to one E.164 number; short codes are never bent into one."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import InvalidError
from voicegw.model.numbers import is_e164, national, normalise, require_number, spellings

MOBILE = "+8613800138000"
FIXED = "+862162345678"


@pytest.mark.parametrize(
    "text",
    [
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        "013800138000",
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138\u20130013\u20138000",
        "138\u00a00013\u00a08000",
        " +86 138 0013 8000 ",
        "+86 (138) 0013-8000",
        "+86 (0)138 0013 8000",
        "00 86 138 0013 8000",
        "86-138/0013/8000",
    ],
)
def test_every_spelling_of_a_mobile_number_is_one_number(text: str) -> None:
    assert normalise(text) == MOBILE


@pytest.mark.parametrize(
    "text",
    [
        "+862162345678",
        "+86 (0)21 6234 5678",
        "0086-21-62345678",
        "86-21-62345678",
        "021-62345678",
        "(021)62345678",
        "02162345678",
        "21 62345678",
    ],
)
def test_every_spelling_of_a_fixed_number_is_one_number(text: str) -> None:
    assert normalise(text) == FIXED


@pytest.mark.parametrize(
    ("text", "area_code", "expected"),
    [
        ("62345678", "21", FIXED),
        ("6234 5678", "21", FIXED),
        ("62345678", None, "62345678"),
        ("86123456", "755", "+8675586123456"),
        ("13800138000", "21", MOBILE),
        ("10086", "21", "10086"),
        ("95588", "21", "95588"),
        ("110", "755", "110"),
    ],
)
def test_local_numbers_need_the_area_code(text: str, area_code: str | None, expected: str) -> None:
    assert normalise(text, area_code=area_code) == expected


@pytest.mark.parametrize(
    "code", ["110", "119", "120", "122", "10086", "10010", "95588", "12345", "8610086", "*100#"]
)
def test_short_codes_stay_what_they_are(code: str) -> None:
    assert normalise(code) == code
    assert not is_e164(code)
    assert national(code) == code
    assert spellings(code) == {code}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "+",
        "-",
        "boss",
        "anonymous",
        "+8610086",
        "+110",
        "0086 10086",
        "1380013800",
        "138001380001",
        "+8613800138000;ext=1",
        "sip:13800138000@example.net",
        "13800138000x",
        "1",
        "++8613800138000",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert normalise(text) is None
    with pytest.raises(InvalidError) as caught:
        require_number("numbers[0]", text)
    assert caught.value.field == "numbers[0]"


def test_require_number_returns_the_number() -> None:
    assert require_number("number", "138 0013 8000") == MOBILE
    assert require_number("number", "62345678", area_code="21") == FIXED


def test_numbers_of_other_countries() -> None:
    assert normalise("+1 202-456-1111") == "+12024561111"
    assert normalise("001 202 456 1111") == "+12024561111"
    assert normalise("020 7946 0018", region="GB") == "+442079460018"
    assert national("+12024561111") == "0012024561111"
    assert national("+12024561111", region="US") == "2024561111"


def test_national_form_is_what_is_dialled_in_the_country() -> None:
    assert national(MOBILE) == "13800138000"
    assert national(FIXED) == "02162345678"


def test_national_leaves_what_cannot_be_parsed() -> None:
    assert national("+0") == "+0"


@given(st.text(alphabet="+0123456789*# -()/.abc", max_size=20))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    if once is not None:
        assert normalise(once) == once


@given(st.text(max_size=30), st.sampled_from([None, "21", "755", "10"]))
def test_any_text_is_answered(text: str, area_code: str | None) -> None:
    number = normalise(text, area_code=area_code)
    assert number is None or is_e164(number) or 2 <= len(number) <= 8


@given(st.from_regex(r"1[3-9]\d{9}|0(10|2[0-57-9])[2-8]\d{7}", fullmatch=True))
def test_all_spellings_lead_back_to_the_number(text: str) -> None:
    number = normalise(text)
    if number is None or not is_e164(number):
        return
    forms = spellings(number)
    subscriber = number.removeprefix("+86")
    assert {number, "86" + subscriber, "0086" + subscriber, "0" + subscriber, subscriber} <= forms
    assert {normalise(form) for form in forms} == {number}


@given(
    prefix=st.sampled_from(["", "0", "86", "+86", "0086"]),
    rest=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
)
def test_the_short_way_for_mobiles_says_what_the_library_says(prefix: str, rest: str) -> None:
    parsed = phonenumbers.parse(rest, "CN")
    expected = f"+86{rest}" if phonenumbers.is_valid_number(parsed) else None
    assert normalise(prefix + rest) == expected
