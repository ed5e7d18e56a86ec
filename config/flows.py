"""The section of flows: what they may ask of systems outside."""

from __future__ import annotations

from pydantic import Field

from config.sections import Network, Section


class FlowsSettings(Section):
    """Flows that callers go through, where they ask systems outside."""

    allowed_networks: list[Network] = Field(
        default=[],
        description="Private networks whose systems flows may ask by http, such as 10.1.0.0/16; "
        "all other private addresses are refused.",
    )
    max_asking: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="Most questions to systems outside at the same time; whoever comes then is "
        "led on as if there had been no answer.",
    )
