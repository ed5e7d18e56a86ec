"""One version of a flow, as it is kept."""

from __future__ import annotations

from datetime import datetime

import msgspec


class FlowVersion(msgspec.Struct, frozen=True):
    """The text of a flow as it was from `created_at` until the next version.

    Versions of a name rise by one, beginning at 1; none is ever changed or removed. A flow is
    deleted by a version without text, so that no number ever means another text.
    """

    name: str
    version: int
    source: str
    created_at: datetime
    created_by: str
    """Id of the key it was written with, or the command line."""

    @property
    def is_deletion(self) -> bool:
        """Whether the flow is gone with this version."""
        return not self.source
