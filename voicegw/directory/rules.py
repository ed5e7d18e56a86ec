"""What a record of the directory must look like, whoever wrote it. Pure.

Each `checked_…` returns the record in the form that is stored, or raises InvalidError naming the
field. Whether what it refers to exists is for the caller to ask.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import msgspec

from voicegw.directory.routing_rules import (
    RING_S,
    checked_after_call,
    checked_routing,
    checked_skills,
)
from voicegw.errors import InvalidError
from voicegw.model import hours, numbers
from voicegw.model.directory import Customer, Group, Hotline, Manager, Phone

MAX_NAME = 200
MAX_PHONES = 10
MAX_NUMBERS = 20
MAX_ATTRIBUTES_BYTES = 16 * 1024
RETENTION_DAYS = range(1, 36_501)

_CODE = re.compile(r"^[0-9]{1,20}$")
_AREA_CODE = re.compile(r"^[1-9]\d{1,4}$")
_AOR = re.compile(r"^(?:sip:)?([^\s@:<>;,\"]+)(?:@([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?)?$")
# Control characters break displays and SIP headers; NUL is refused by PostgreSQL.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def require_text(field: str, text: str | None, limit: int = MAX_NAME) -> str:
    """Return `text` without outer space; raise InvalidError when there is none, or too much."""
    found = optional_text(field, text, limit)
    if found is None:
        raise InvalidError(field, "must not be empty", kind="missing")
    return found


def optional_text(field: str, text: str | None, limit: int = MAX_NAME) -> str | None:
    """Return `text` without outer space, None when it is empty; raise InvalidError if too long."""
    stripped = (text or "").strip()
    if len(stripped) > limit:
        raise InvalidError(
            field, f"must have at most {limit} characters", kind="too-long", max=limit
        )
    if _CONTROL.search(stripped):
        raise InvalidError(field, "must not have control characters", kind="characters")
    return stripped or None


def require_number(field: str, text: str, region: str, area_code: str | None) -> str:
    """Return `text` normalised; raise InvalidError when it is no telephone number."""
    return numbers.require_number(field, text, region, area_code)


def checked_hours(field: str, text: str | None) -> str | None:
    """Return opening hours without outer space, None when there are none.

    Raises InvalidError naming `field` for what :func:`voicegw.model.hours.parse` can't read.
    """
    stripped = (text or "").strip()
    if not stripped:
        return None
    try:
        hours.parse(stripped)
    except ValueError as error:
        raise InvalidError(field, str(error), kind="not-opening-hours") from error
    return stripped


def _check_retention(days: int | None) -> None:
    if days is not None and days not in RETENTION_DAYS:
        limits = f"{RETENTION_DAYS.start} to {RETENTION_DAYS.stop - 1} days"
        raise InvalidError(
            "retention_days",
            f"must be {limits}",
            kind="out-of-range",
            min=RETENTION_DAYS.start,
            max=RETENTION_DAYS.stop - 1,
        )


def checked_group(group: Group) -> Group:
    """Return `group` as it is stored. The area code loses its leading 0."""
    _check_retention(group.retention_days)
    area_code = optional_text("area_code", group.area_code)
    if area_code is not None:
        area_code = area_code.removeprefix("0")
        if not _AREA_CODE.match(area_code):
            raise InvalidError(
                "area_code",
                "must be 2 to 5 digits, such as 21 or 0571",
                kind="digits",
                min=2,
                max=5,
            )
    timezone = require_text("timezone", group.timezone)
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, LookupError) as error:
        raise InvalidError(
            "timezone", "no such time zone (Asia/Shanghai, UTC …)", kind="not-a-time-zone"
        ) from error
    return msgspec.structs.replace(
        group,
        name=require_text("name", group.name),
        external_id=optional_text("external_id", group.external_id),
        parent_id=optional_text("parent_id", group.parent_id),
        area_code=area_code,
        timezone=timezone,
        hours=checked_hours("hours", group.hours),
        quiet_hours=checked_hours("quiet_hours", group.quiet_hours),
    )


def checked_hotline(hotline: Hotline, group: Group, region: str) -> Hotline:
    """Return `hotline` of `group` as it is stored."""
    _check_retention(hotline.retention_days)
    if hotline.max_ring_s not in RING_S:
        raise InvalidError(
            "max_ring_s",
            f"must be {RING_S.start} to {RING_S.stop - 1} seconds",
            kind="out-of-range",
            min=RING_S.start,
            max=RING_S.stop - 1,
        )
    shown = optional_text("display_number", hotline.display_number)
    if shown is not None:
        shown = require_number("display_number", shown, region, group.area_code)
    return msgspec.structs.replace(
        hotline,
        number=require_number("number", hotline.number, region, group.area_code),
        external_id=optional_text("external_id", hotline.external_id),
        name=optional_text("name", hotline.name) or "",
        hours=checked_hours("hours", hotline.hours),
        flow=optional_text("flow", hotline.flow),
        display_number=shown,
        routing=checked_routing(hotline.routing),
        after_call=checked_after_call(hotline.after_call),
    )


def checked_manager(manager: Manager, group: Group, region: str) -> Manager:
    """Return `manager` of `group` as it is stored: telephones in the order they are rung."""
    if len(manager.phones) > MAX_PHONES:
        raise InvalidError("phones", f"at most {MAX_PHONES}", kind="too-many", max=MAX_PHONES)
    if manager.deputy_id is not None and manager.deputy_id == manager.id:
        raise InvalidError("deputy_id", "a manager can't be the own deputy", kind="own-self")
    for index, leave in enumerate(manager.leave):
        if leave.until < leave.from_:
            raise InvalidError(
                f"leave.{index}.until",
                "must not be before the first day",
                kind="not-after",
                other="from",
            )
    phones = [
        _checked_phone(f"phones.{index}", phone, group, region)
        for index, phone in enumerate(manager.phones)
    ]
    return msgspec.structs.replace(
        manager,
        name=require_text("name", manager.name),
        external_id=optional_text("external_id", manager.external_id),
        staff_no=optional_text("staff_no", manager.staff_no),
        deputy_id=optional_text("deputy_id", manager.deputy_id),
        hours=checked_hours("hours", manager.hours),
        skills=checked_skills("skills", manager.skills),
        phones=sorted(phones, key=lambda phone: phone.order),
    )


def checked_customer(customer: Customer, group: Group, region: str) -> Customer:
    """Return `customer` of `group` as it is stored: each number once."""
    if len(customer.numbers) > MAX_NUMBERS:
        raise InvalidError("numbers", f"at most {MAX_NUMBERS}", kind="too-many", max=MAX_NUMBERS)
    if len(msgspec.json.encode(customer.attributes)) > MAX_ATTRIBUTES_BYTES:
        raise InvalidError(
            "attributes",
            f"at most {MAX_ATTRIBUTES_BYTES} bytes of JSON",
            kind="too-many-bytes",
            max=MAX_ATTRIBUTES_BYTES,
        )
    code = optional_text("code", customer.code)
    if code is not None and _CODE.match(code) is None:
        raise InvalidError("code", "must be 1 to 20 digits", kind="digits", min=1, max=20)
    normalised = [
        require_number(f"numbers.{index}", text, region, group.area_code)
        for index, text in enumerate(customer.numbers)
    ]
    return msgspec.structs.replace(
        customer,
        name=require_text("name", customer.name),
        external_id=optional_text("external_id", customer.external_id),
        numbers=list(dict.fromkeys(normalised)),
        owner_id=optional_text("owner_id", customer.owner_id),
        class_=optional_text("class", customer.class_),
        tier=optional_text("tier", customer.tier),
        code=code,
    )


def _checked_phone(field: str, phone: Phone, group: Group, region: str) -> Phone:
    number = optional_text(f"{field}.number", phone.number)
    aor = optional_text(f"{field}.aor", phone.aor)
    if (number is None) == (aor is None):
        raise InvalidError(
            field, "needs either a number or an aor", kind="choose-one", fields="number, aor"
        )
    if number is not None:
        number = require_number(f"{field}.number", number, region, group.area_code)
    elif aor is not None and not _AOR.match(aor):
        raise InvalidError(
            f"{field}.aor", "must be a name or name@domain", kind="pattern", example="name@domain"
        )
    label = optional_text(f"{field}.label", phone.label) or ""
    return msgspec.structs.replace(phone, number=number, aor=aor, label=label)
