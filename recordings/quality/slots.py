"""The places in a statement that each call fills differently: {name}, {product}, {price}. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


def slots_of(text: str) -> list[str]:
    """Return the names of the slots in `text`, in order."""
    return _SLOT.findall(text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with the slots filled; one without a value is left out."""
    return _SLOT.sub(lambda found: values.get(found[1], ""), text)


def spans(text: str, values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return for each slot its name, the filled text before it, and the filled text to its end."""
    found = []
    for slot in _SLOT.finditer(text):
        before = filled(text[: slot.start()], values)
        found.append((slot[1], before, before + values.get(slot[1], "")))
    return found
