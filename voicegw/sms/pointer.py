"""Where in a document a value stands: JSON Pointer (RFC 6901). Pure."""

from __future__ import annotations

import re
from typing import Final

_POINTER: Final = re.compile(r"(/([^~/]|~[01])*)*")
_INDEX: Final = re.compile(r"0|[1-9]\d{0,5}")


def check_pointer(pointer: str) -> None:
    """Raise ValueError for what is no pointer."""
    if not _POINTER.fullmatch(pointer):
        raise ValueError("expected a JSON Pointer such as /data/0/id")


def value_at(document: object, pointer: str) -> object:
    """Return what stands at `pointer`; None when nothing does."""
    here = document
    for raw in pointer.split("/")[1:]:
        name = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict):
            here = here.get(name)
        elif isinstance(here, list) and _INDEX.fullmatch(name) and int(name) < len(here):
            here = here[int(name)]
        else:
            return None
    return here


def text_at(document: object, pointer: str) -> str | None:
    """Return the text or number that stands at `pointer`, as text; None for anything else."""
    found = value_at(document, pointer) if pointer else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found)
