"""What whoever imports may name: an import is nobody's way to what they do not see. Pure."""

from __future__ import annotations

import msgspec


class ImportReach(msgspec.Struct, frozen=True):
    """The groups whose records rows may name and change; None: all.

    Without `any_number` a row names a customer: a bare number, which would be dialled, is refused.
    """

    group_ids: frozenset[str] | None = None
    any_number: bool = True

    def has(self, group_id: str | None) -> bool:
        """Whether what belongs to this group may be named."""
        return self.group_ids is None or group_id in self.group_ids


EVERYTHING = ImportReach()
"""Of whoever sees all groups."""
