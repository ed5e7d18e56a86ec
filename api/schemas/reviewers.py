"""Reviewers on the wire."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import ViewModel
from voicegw.model.directory import Role
from voicegw.store.reviewers import HolderKind


class ReviewerView(ViewModel):
    """Somebody who may be given reviews."""

    id: str = Field(description="As reviews and samples are given to")
    kind: HolderKind = Field(description="Whether it is a user or the holder of a key")
    name: str = Field(description="The user's name or login; the key's name or its first letters")
    role: Role
    group_id: str | None = Field(
        description="Sees reviews of this group and those below; null: of all"
    )
    waiting: int = Field(description="Reviews that it has been given and has not scored")
