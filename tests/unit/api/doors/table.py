"""The table of rights as a page of the documentation, and how it is written.

`python -m tests.unit.api.doors.table > docs/access.md` after a route was added or a right changed;
a test compares, and whoever looks through the change sees which rights are other ones now.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.unit.api.doors.drive import ASKERS, Observed, Operation, observe

_HEAD: Final = """\
# Who may do what

Measured, not written: a test asks every operation as every role, about the things of the own
group, of a colleague and of another group, and compares the answers with this page. It is made by
`python -m tests.unit.api.doors.table > docs/access.md`.

`yes`: it is done. `403`: the thing is seen, and this is not for the key. `404`: for the key there
is no such thing. `409`, `422`: the thing that the request names is none that the key may use.
In lists `yes` means that it is listed, `none` that it is not. Where a cell has several values, they
are for the own things, those of a colleague of the same group (for a manager only), and those of
another group; one value stands for all.

A key that is limited to a group has the columns *of a group*; `county_manager`, `manager` and
`qa_reviewer` are shown with a group, and a `county_manager` once more with what it may be
granted, `handover` and `assign`. The permission is what a key's `scopes` may name. A `manager` may
be granted `dial_any` (`calls.dial-any`): to call numbers of nobody's, and of others' customers.
Reviews are scored by whoever was given them, appealed by the manager whose call it was, and decided
by another than the scorer; 403 stands there for everybody else. Exports are of whoever asked for
them.

What belongs to a login (`/v1/session`, `/v1/sessions`) is for whoever logged in, whatever the role.
"""


def rendered(observed: Observed) -> str:
    """Return the page."""
    return "\n".join(_lines(observed)) + "\n"


def _lines(observed: Observed) -> Iterator[str]:
    yield _HEAD
    tag = ""
    for operation in observed.operations:
        if operation.tag != tag:
            tag = operation.tag
            yield ""
            yield f"## {tag}"
            yield ""
            yield f"| operation | permission | {' | '.join(ASKERS)} |"
            yield "|---|---|" + "---|" * len(ASKERS)
        yield _row(observed, operation)


def _row(observed: Observed, operation: Operation) -> str:
    cells = [
        _merged([observed.of(operation.id, asker, side).cell for side in sides])
        for asker, sides in ASKERS.items()
    ]
    template = operation.template.replace(":path}", "}").removeprefix("/v1")
    asked = f"{operation.method} `{template}`"
    return f"| {asked} | {operation.permission or ''} | {' | '.join(cells)} |"


def _merged(values: list[str]) -> str:
    return values[0] if len(set(values)) == 1 else " / ".join(values)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(rendered(observe(Path(folder))))
