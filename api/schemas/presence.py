"""What managers do, on the wire."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import OptionalTime, ViewModel, time_field
from voicegw.model.call import Direction
from voicegw.model.presence import PresenceState


class PresenceView(ViewModel):
    """What a manager does just now."""

    manager_id: str = Field(description="The manager")
    name: str
    group_id: str
    state: PresenceState = Field(
        description="`ringing`: the manager's telephone; `talking`: it is answered, though the"
        " customer's may ring still; `away` until told or `until`; `off`: not rung at this hour, or"
        " without a telephone"
    )
    since: OptionalTime = time_field("Since when it rings, or is answered; else null")
    until: OptionalTime = time_field("Until when an `away` manager is not rung; null: until told")
    call_id: str | None = Field(
        description="The call that rings or goes on; null, too, where the key may not see it"
    )
    direction: Direction | None = Field(
        description="Who called whom in it; null where `call_id` is"
    )
