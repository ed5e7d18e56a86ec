"""Checks that a body is JSON that every reader reads alike (RFC 8259). Pure.

Python's reader takes NaN, takes UTF-16, and of a name that is given twice the last value; another
reader, such as a proxy that looks for something forbidden, the first.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from api.problems import ApiProblem
from voicegw.field_faults import FieldFault


def check_json(body: bytes) -> None:
    """Raise ApiProblem unless `body` is JSON that has one meaning.

    `bad-request` says where it can't be read, `invalid` names what is given more than once. No
    message repeats what was sent, but the names of fields.
    """
    try:
        _DECODER.decode(body.decode())
    except UnicodeDecodeError as error:
        raise _unreadable(f"it is no UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(f"{error.msg.partition(': ')[0]} at {where}") from error
    except RecursionError as error:
        raise _unreadable("it is nested too deeply") from error
    except ValueError as error:  # Python reads no number of thousands of digits
        raise _unreadable("a number is not one of JSON, or has too many digits") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice: dict[str, None] = {}
        for name, _ in pairs:
            if name in seen:
                twice[name] = None
            seen.add(name)
        errors = tuple(FieldFault(name, "is given more than once", "given-twice") for name in twice)
        raise ApiProblem("invalid", "A value is not acceptable.", errors=errors)
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _unreadable(why: str) -> ApiProblem:
    return ApiProblem("bad-request", f"The body is no valid JSON: {why}.")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
