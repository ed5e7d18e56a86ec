"""Queues on the wire."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import ViewModel


class QueueTotalsView(ViewModel):
    """What became of those who came to a queue since the node began.

    `entered` is the sum of all below but `refused` and `answered_in_time`, and of those who wait.
    """

    entered: int
    answered: int = Field(description="Connected to a manager")
    answered_in_time: int = Field(description="Of these, within 20 seconds")
    abandoned: int = Field(description="Hung up while they waited")
    callback: int = Field(description="Left their number to be called back")
    timed_out: int = Field(description="Waited for as long as one may")
    ended: int = Field(description="Ended by the API or with the node")
    refused: int = Field(description="Not let in because the queue was full")


class QueueView(ViewModel):
    """The callers of one hotline who wait for managers of one group, at this moment."""

    hotline_id: str = Field(examples=["hot_06f1q2r3"])
    group_id: str = Field(examples=["grp_06f1q2r3"])
    waiting: int = Field(description="Callers who wait", examples=[3])
    longest_wait_s: float = Field(description="For how long the first has waited", examples=[41.2])
    managers: int = Field(description="Managers who are wanted", examples=[20])
    free_managers: int = Field(
        description="Of these, who could be rung: neither in a call nor at rest", examples=[0]
    )
    totals: QueueTotalsView
