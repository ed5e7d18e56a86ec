"""The section `[network]`: what telephone networks say in place of people."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section


class NetworkSettings(Section):
    """What telephone networks say in place of people."""

    enabled: bool = Field(
        default=True,
        description="Whether sound before an answer that never came is heard after the call, so"
        " that the leg's reason says why; it is deleted then.",
    )
    announcements: str = Field(
        default="",
        description="File of more phrases that networks say, in the form of the shipped"
        " announcements.toml.",
    )
