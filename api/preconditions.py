"""ETag, If-Match and If-None-Match (RFC 9110 §8.8.3, §13.1). Pure.

A client that read revision 3 sends `If-Match: "3"` with its change; when somebody else has changed
the thing meanwhile, the answer is 412 and nothing is overwritten. Things without a revision have a
tag of what they are: whoever writes them, nobody can forget to count.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Header
from starlette.responses import Response

from api.problems import ApiProblem

IfMatch = Annotated[
    str | None,
    Header(description="The `ETag` that this change is meant for; another one answers 412"),
]
IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` of a copy; 304 where it is still good")
]
ETAG_HEADER: Final[dict[str, Any]] = {
    "ETag": {
        "description": "Changes with the resource; for `If-Match` and `If-None-Match`",
        "schema": {"type": "string"},
        "example": '"9f86d081884c7d659a2feaa0c55ad015"',
    }
}

NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The copy named by `If-None-Match` is still good", "headers": ETAG_HEADER}
}
RESULT: Final = "Voicegw-Result"
PUT_HEADERS: Final[dict[str, Any]] = ETAG_HEADER | {
    RESULT: {
        "description": "`unchanged`: it was the same already, and nothing was written",
        "schema": {"type": "string", "enum": ["created", "replaced", "unchanged"]},
    }
}

R = TypeVar("R", bound=msgspec.Struct)

_TAG: Final = re.compile(r'"(\d{1,18})"')


def etag(revision: int) -> dict[str, str]:
    """Return the header that tells a thing's revision."""
    return {"ETag": f'"{revision}"'}


def expected_revision(if_match: str | None) -> int | None:
    """Return the revision that a change is meant for; None where any will do.

    Raises ApiProblem `revision-changed` for what is no tag of ours: it matches nothing.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise ApiProblem("revision-changed", "If-Match names no revision of this resource.")
    return int(found.group(1))


def tag_of(record: msgspec.Struct) -> str:
    """Return the entity tag of a record as it is stored, whoever may see what of it."""
    state = msgspec.json.encode(record, order="deterministic")
    return f'"{hashlib.sha256(state).hexdigest()[:32]}"'


def require_match(if_match: str | None, record: msgspec.Struct) -> None:
    """Return when a change is meant for `record` as it is, or for whatever there is.

    Raises ApiProblem `revision-changed`.
    """
    if if_match is None or if_match.strip() == "*":
        return
    # Compared strongly (§13.1.1): a weak tag matches nothing.
    if tag_of(record) not in {tag.strip() for tag in if_match.split(",")}:
        raise ApiProblem("revision-changed", "It has changed since it was read.")


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Whether the copy that a client has is as good as what it asks for."""
    if if_none_match is None:
        return False
    tags = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in tags or tag in tags


def require_known(if_match: str | None, record: R | None) -> R | None:
    """Return the state that a change by an external id is meant for; None: whatever there is.

    Raises ApiProblem `revision-changed`, also where nothing is known that a tag could name.
    """
    if if_match is None:
        return None
    if record is None:
        raise ApiProblem("revision-changed", "There is no such resource.")
    return expected_state(if_match, record)


def expected_state(if_match: str | None, record: R) -> R | None:
    """Return the state that a change is meant for; None: whatever there is.

    Raises ApiProblem `revision-changed`.
    """
    require_match(if_match, record)
    return None if if_match is None or if_match.strip() == "*" else record


def not_modified(if_none_match: str | None, record: msgspec.Struct) -> Response | None:
    """Return the answer that spares the client another copy; None where it needs one."""
    tag = tag_of(record)
    if not is_fresh(if_none_match, tag):
        return None
    return Response(status_code=304, headers={"ETag": tag})


def tagged(record: msgspec.Struct, **more: str) -> dict[str, str]:
    """Return the headers that tell the state of `record`, and `more`, `_` for `-`."""
    return {"ETag": tag_of(record)} | {name.replace("_", "-"): text for name, text in more.items()}
