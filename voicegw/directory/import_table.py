"""What every reader of import files gives: rows of cells with their line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row as it stands in the file; the header is the first one that is given."""

    line: int
    cells: Sequence[str]
