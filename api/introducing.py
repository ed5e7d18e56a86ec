"""How new owners get known to their customers, as the type `introduction` says now."""

from __future__ import annotations

from api.services import ApiServices
from voicegw.model.introduction import Introduction
from voicegw.model.task import TaskType


def introduction_of(services: ApiServices) -> Introduction:
    """Return what a task of the type `introduction` begins with."""
    return Introduction.by(services.task_types.rule(TaskType.INTRODUCTION))
