"""What can break into a flow. Each is raised inside it, wherever it waits.

    Interruption
    ├── LegLost          an answered leg, or the caller's, is gone
    ├── HangupRequested  the API, or a node that ends, wants the call over
    ├── SoundLost        the media session died
    ├── SoundSilent      nothing was heard of a leg for too long
    └── NoCommonCodec    two legs can't be brought to hear each other

:class:`LegFailed` is no interruption: it is the ordinary answer of ringing a leg in vain.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.model.call import (
    HangupSource,
    LegResult,
    LegRole,
)


class Interruption(Exception):  # noqa: N818 - not an error: the way a call usually ends
    """Base of what breaks into a flow."""


class LegLost(Interruption):
    """A leg that the flow relies on has ended: `role` hung up, or its network failed."""

    def __init__(self, role: LegRole, *, network: bool, status: int, q850: int | None) -> None:
        super().__init__(role)
        self.role = role
        self.network = network
        self.status = status
        self.q850 = q850


class HangupRequested(Interruption):
    """Someone other than the two parties ends the call."""

    def __init__(self, source: HangupSource) -> None:
        super().__init__(source)
        self.source = source


class SoundLost(Interruption):
    """The process that carried the sound has died."""


class SoundSilent(Interruption):
    """Nothing arrived on the leg of `role` for the configured time."""

    def __init__(self, role: LegRole) -> None:
        super().__init__(role)
        self.role = role


class NoCommonCodec(Interruption):
    """Both legs refuse every codec in which the other could hear them."""


@dataclass(frozen=True, slots=True)
class LegFailure:
    """Why a leg was not won. `status` is the SIP code that told so, if one did."""

    role: LegRole
    result: LegResult
    status: int | None = None
    q850: int | None = None


class LegFailed(Exception):  # noqa: N818
    """Ringing a leg was in vain."""

    def __init__(self, failure: LegFailure) -> None:
        super().__init__(failure.result)
        self.failure = failure
