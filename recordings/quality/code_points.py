"""Looks at all characters of a text at once, by tables of their code points. Pure.

On a talk this is several times as fast as `str.translate` or a regular expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BASIC_PLANE: Final = 0x10000
_LONG: Final = 64
"""From this length on tables are faster."""
_DROPPED: Final = 0x110000
"""Stands for no character."""

Points = NDArray[np.uint32]


def code_points(text: str) -> Points:
    """Return the code point of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


class Translation:
    """Characters with what stands for each, as `str.translate` has them, or None for nothing."""

    def __init__(self, table: Mapping[int, str | None]) -> None:
        """Make a table of numbers of `table`, which maps to single characters."""
        self._table = table
        self._reaches_beyond = any(point >= _BASIC_PLANE for point in table)
        self._drops = None in table.values()
        self._now = np.arange(_BASIC_PLANE, dtype=np.uint32)
        for point, char in table.items():
            if point < _BASIC_PLANE:
                self._now[point] = _DROPPED if char is None else ord(char)

    def of(self, text: str) -> str:
        """Return `text` with what stands for each character in its place."""
        if len(text) < _LONG:
            return text.translate(self._table)
        points = code_points(text)
        now = self._now.take(points, mode="clip")
        beyond = points >= _BASIC_PLANE
        if beyond.any():
            if self._reaches_beyond:
                return text.translate(self._table)
            now[beyond] = points[beyond]
        if self._drops:
            now = now[now != _DROPPED]
        return now.tobytes().decode("utf-32-le", "surrogatepass")


class CharSet:
    """A set of characters, and all beyond the basic plane, to be found in texts."""

    def __init__(self, chars: Iterable[str]) -> None:
        """Hold these, of the basic plane."""
        self._holds = np.zeros(_BASIC_PLANE + 1, dtype=np.bool_)
        self._holds[[ord(char) for char in chars]] = True
        self._holds[_BASIC_PLANE] = True

    def places(self, points: Points) -> NDArray[np.intp]:
        """Return where in a text of these code points any of the set stands."""
        return np.flatnonzero(self._holds.take(points, mode="clip"))
