"""Telephone numbers: one form inside (E.164 or a short code), every usual spelling outside."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from voicegw.errors import InvalidError

_SEPARATORS = re.compile(r"[\s\-().\u2010-\u2015\u00a0/]+")
_SHORT_CODE = re.compile(r"^[0-9*#]{2,8}$")
_DIGITS = re.compile(r"^\+?[0-9*#]+$")
# Local subscriber numbers have 7 or 8 digits; 1 and 9 begin service codes (10086, 95588).
_LOCAL = re.compile(r"^[2-8]\d{6,7}$")
_CN_MOBILE = re.compile(r"^(?:\+86|0086|86|0)?(1[3-9]\d{9})$")
# 400, 800 and 95… have no area code: theirs are numbers as long as a subscriber's.
_CN_SERVICE = re.compile(r"\+86(?:10|2\d|(?!400|800|95)[3-9]\d{2})([19]\d{2,5}|16[08]\d{4,5})")
_CN_LONG_DISTANCE_MOBILE = re.compile(r"^01[3-9]\d{9}$")


@lru_cache(maxsize=65536)
def normalise(text: str, region: str = "CN", area_code: str | None = None) -> str | None:
    """Return `text` as E.164 or as a short code; None when it is no telephone number.

    Accepts `+86138…`, `0086138…`, `86138…`, `0138…` (long-distance prefix before a mobile),
    `138…`, spaces and dashes, and local fixed numbers where `area_code` (without the 0) is given.
    What is no valid number of the region stays what it is when it looks like a short code (10086,
    110): it is never bent into an E.164 number.
    """
    digits = _SEPARATORS.sub("", text.strip())
    if not digits or not _DIGITS.match(digits):
        return None
    mobile = _CN_MOBILE.match(digits) if region == "CN" else None
    if mobile is not None and _given_to_mobiles().fullmatch(mobile[1]):
        return f"+86{mobile[1]}"
    for candidate in _candidates(digits, region, area_code):
        try:
            parsed = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if _SHORT_CODE.match(digits):
        return digits
    return None


@lru_cache(maxsize=1)
def _given_to_mobiles() -> re.Pattern[str]:
    """Return the library's own pattern of mainland mobiles: most numbers need nothing else of it.

    An import of 200,000 customers would otherwise spend most of its time on their numbers.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    mobiles = None if metadata is None else metadata.mobile
    pattern = None if mobiles is None else mobiles.national_number_pattern
    return re.compile(pattern or r"(?!)")  # which nothing matches


def _candidates(digits: str, region: str, area_code: str | None) -> list[str]:
    country = str(phonenumbers.country_code_for_region(region))
    if digits.startswith("+"):
        return [digits]
    found = []
    if digits.startswith("00"):
        found.append("+" + digits[2:])
    if region == "CN" and _CN_LONG_DISTANCE_MOBILE.match(digits):
        found.append(digits[1:])
    found.append(digits)
    if digits.startswith(country):
        found.append("+" + digits)
    if area_code and _LOCAL.match(digits):
        found.append(f"+{country}{area_code}{digits}")
    return found


def require_number(field: str, text: str, region: str = "CN", area_code: str | None = None) -> str:
    """Return `normalise(text)`; raise :class:`InvalidError` naming `field` when it is no number."""
    number = normalise(text, region, area_code)
    if number is None:
        raise InvalidError(
            field,
            "not a telephone number (E.164, national or a short code)",
            kind="not-a-phone-number",
        )
    return number


def is_e164(number: str) -> bool:
    """Whether `number` is in the E.164 form (as opposed to a short code)."""
    return number.startswith("+")


def service_code(number: str) -> str | None:
    """Return the service code that a mainland number reaches through an area code.

    `+861095588` is 95588 in Beijing, `+8621168…` an information line; None for all others. Such
    numbers have the form of a subscriber's, and cost and lead as the code does (numbering plan of
    the PRC: subscribers' numbers begin with 2 to 8).
    """
    found = _CN_SERVICE.fullmatch(number)
    return None if found is None else found[1]


@lru_cache(maxsize=4096)
def is_premium_rate(number: str) -> bool:
    """Whether calls to this E.164 number cost more than the way there, in any country."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.PREMIUM_RATE


@lru_cache(maxsize=65536)
def is_mobile(number: str) -> bool:
    """Whether this E.164 number may be a mobile's: one that takes short messages."""
    if not is_e164(number):
        return False
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(parsed)
    return kind in {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }


def national(number: str, region: str = "CN") -> str:
    """Return an E.164 number as dialled within `region` (13800138000, 02112345678)."""
    if not is_e164(number):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if parsed.country_code != phonenumbers.country_code_for_region(region):
        return "00" + number[1:]
    formatted = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", formatted)


def spellings(number: str, region: str = "CN") -> set[str]:
    """Return every usual spelling of `number`: what a search for a leak must look for."""
    if not is_e164(number):
        return {number}
    own = national(number, region)
    bare = own.lstrip("0")
    return {number, number[1:], "00" + number[1:], own, bare, "0" + bare}
