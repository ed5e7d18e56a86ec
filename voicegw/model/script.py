"""Scripts: what has to be said in a talk, and what must not be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.finding import Severity
from voicegw.model.recording import Channel


class MeasureName(StrEnum):
    """What is measured of a talk and may be bounded by a script: fields of `Measures`."""

    DURATION_S = "duration_s"
    SILENCE_S = "silence_s"
    LONGEST_SILENCE_S = "longest_silence_s"
    HOLD_S = "hold_s"
    OVERLAP_S = "overlap_s"
    MANAGER_TALK_SHARE = "manager.talk_share"
    MANAGER_INTERRUPTIONS = "manager.interruptions"
    MANAGER_LONGEST_MONOLOGUE_S = "manager.longest_monologue_s"
    MANAGER_RATE_PER_MIN = "manager.rate_per_min"
    CUSTOMER_TALK_SHARE = "customer.talk_share"
    CUSTOMER_INTERRUPTIONS = "customer.interruptions"


class Statement(msgspec.Struct):
    """Something that has to be said.

    `text` may hold slots as {name}, {product}, {price}, {term}: what the call's task, customer and
    manager say there. One of `alternatives` does as well. `products` limits it to talks about
    these. `within_s` is counted from the beginning of the talk. With `assent`, the customer has to
    agree after it and before the next statement. `weight` is what its absence costs of 100 points.
    `prompt` is the recorded sentence that the gateway plays in a disclosure.
    """

    id: str
    text: str
    alternatives: list[str] = msgspec.field(default_factory=list)
    by: Channel = Channel.MANAGER
    products: list[str] = msgspec.field(default_factory=list)
    within_s: float | None = None
    assent: bool = False
    severity: Severity = Severity.MAJOR
    weight: float = 10.0
    prompt: str | None = None

    @property
    def texts(self) -> list[str]:
        """Every wording that counts."""
        return [self.text, *self.alternatives]


class ForbiddenPhrase(msgspec.Struct):
    """Something that must not be said. `weight` is what each time it is said costs of 100."""

    id: str
    text: str
    alternatives: list[str] = msgspec.field(default_factory=list)
    by: Channel = Channel.MANAGER
    severity: Severity = Severity.MAJOR
    weight: float = 10.0

    @property
    def texts(self) -> list[str]:
        """Every wording that counts."""
        return [self.text, *self.alternatives]


class MeasureLimit(msgspec.Struct):
    """Between what a measure of a talk should lie; None is no bound."""

    measure: MeasureName
    at_least: float | None = None
    at_most: float | None = None
    severity: Severity = Severity.MINOR
    weight: float = 0.0


class AppliesTo(msgspec.Struct):
    """Which talks a script is for. An empty list is no condition; all that are there must hold."""

    group_ids: list[str] = msgspec.field(default_factory=list)
    hotline_ids: list[str] = msgspec.field(default_factory=list)
    task_types: list[str] = msgspec.field(default_factory=list)
    products: list[str] = msgspec.field(default_factory=list)


class Script(msgspec.Struct):
    """A script. Only an `active` one is checked; each change raises `version` by one.

    `group_id` owns it: it holds for this group and those below, None for everybody. `ordered` says
    that the statements are to be made one after the other as they are listed.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    group_id: str | None = None
    version: int = 1
    active: bool = False
    language: str = "zh"
    ordered: bool = True
    applies_to: AppliesTo = msgspec.field(default_factory=AppliesTo)
    statements: list[Statement] = msgspec.field(default_factory=list)
    phrases: list[ForbiddenPhrase] = msgspec.field(default_factory=list)
    limits: list[MeasureLimit] = msgspec.field(default_factory=list)
