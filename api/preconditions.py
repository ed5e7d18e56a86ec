"""ETag and If-Match on things that have a revision (RFC 9110 §8.8.3, §13.1.1). Pure.

A client that read revision 3 sends `If-Match: "3"` with its change; when somebody else has changed
the thing meanwhile, the answer is 412 and nothing is overwritten.
"""

from __future__ import annotations

import re
from typing import Final

from api.problems import ApiProblem

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
