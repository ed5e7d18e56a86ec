"""From a message to a command, or to the reason why it is none. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter, ValidationError

from api.field_problems import field_problem
from api.problems import ApiProblem
from api.schemas.base import Time
from api.schemas.commands import DialCommand
from voicegw.errors import InvalidError
from voicegw.events.mqtt.commands import Command
from voicegw.field_faults import FieldFault
from voicegw.model.numbers import normalise

MAX_COMMAND_BYTES: Final = 16_384
LATEST: Final = timedelta(seconds=30)
"""How long after its sending a command may come, and how far the sender's clock may be ahead."""
_SEARCHED_BYTES: Final = 4096
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ID_SOMEWHERE: Final = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9_.-]{1,64})"')
_TIME: Final[TypeAdapter[datetime]] = TypeAdapter(Time)
_INVALID: Final = "A value is not acceptable."


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that is not carried out. `id` None: it could not be read."""

    id: str | None
    problem: ApiProblem


def read(command: Command, now: datetime, region: str) -> DialCommand | Refused:
    """Return what `command` asks for at `now`, or why it is refused.

    An expired one is told so before its other faults: it is of no use to mend those. `region` says
    what is a telephone number, which no id may be, because ids are parts of topics.
    """
    command_id = id_of(command.payload, region)
    try:
        if command.is_retained:
            raise _expired("A retained command is never carried out: publish it without retain.")
        content = _object(command.payload)
        _check_age(content, now)
        wanted = _dial_command(content, command_id)
        if command.has_wrong_answer_topic:
            what = "must lie below the prefix, outside v1 (or be …/v1/commands/ID/result)"
            raise ApiProblem(
                "invalid", _INVALID, errors=(FieldFault("response_topic", what, "pattern"),)
            )
    except ApiProblem as problem:
        return Refused(command_id, problem)
    return wanted


def id_of(payload: bytes, region: str) -> str | None:
    """Return the id of a command, even where the rest of it makes no sense; None: there is none.

    A telephone number counts as none.
    """
    found: object = None
    if len(payload) <= MAX_COMMAND_BYTES:
        try:
            content = msgspec.json.decode(payload)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            content = None
        found = content.get("id") if isinstance(content, dict) else None
    if found is None:
        match = _ID_SOMEWHERE.search(payload[:_SEARCHED_BYTES])
        found = match[1].decode() if match is not None else None
    if not isinstance(found, str) or _ID.fullmatch(found) is None:
        return None
    return None if _is_number(found, region) else found


def _is_number(text: str, region: str) -> bool:
    found = normalise(text, region)
    return found is not None and found.startswith("+")


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_COMMAND_BYTES:
        raise ApiProblem("too-large", f"A command has at most {MAX_COMMAND_BYTES} bytes.")
    try:
        content = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ApiProblem("bad-request", "The command is no valid JSON in UTF-8.") from None
    if not isinstance(content, dict):
        raise ApiProblem("bad-request", "The command is no JSON object.")
    return content


def _check_age(content: dict[str, Any], now: datetime) -> None:
    """Raise ApiProblem for a command that comes too late, or whose moment lies too far ahead."""
    try:
        at = _TIME.validate_python(content.get("at"))
    except ValidationError:
        return  # told among its other faults
    if not now - LATEST <= at <= now + LATEST:
        raise _expired("The command's `at` is more than 30 s from the gateway's clock.")


def _expired(detail: str) -> ApiProblem:
    return ApiProblem("expired", detail)


def _dial_command(content: dict[str, Any], command_id: str | None) -> DialCommand:
    try:
        wanted = DialCommand.model_validate(content)
    except ValidationError as error:
        found = tuple(field_problem(dict(one)) for one in error.errors(include_url=False))
        raise ApiProblem("invalid", _INVALID, errors=found) from None
    if command_id is None:
        what = "must not be a telephone number"
        raise ApiProblem("invalid", _INVALID, errors=(FieldFault("id", what, "not-allowed"),))
    try:
        wanted.check_parties()
    except InvalidError as error:
        raise ApiProblem("invalid", _INVALID, errors=(error.fault,)) from None
    return wanted
