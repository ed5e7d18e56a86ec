"""Which recordings are meant: the filters of their list and of an export, within a scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.access import Permission, demand
from api.dependencies import Caller, From, Until, in_loop
from api.guards import searched_number
from api.schemas.base import Id, NumberText, Text
from api.services import ApiServices
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import RecordingStatus
from voicegw.model.search_text import search_terms
from voicegw.store.recordings import RecordingFilter

MAX_QUERY = 100

QueryText = Annotated[Text, Query(max_length=MAX_QUERY)]
Score = Annotated[float, Query(ge=0, le=100)]
Seconds = Annotated[float, Query(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class RecordingQuery:
    """What was asked for; what is None does not filter."""

    from_: From = None
    until: Until = None
    status: RecordingStatus | None = None
    group_id: Id | None = None
    manager_id: Id | None = None
    customer_id: Id | None = None
    call_id: Id | None = None
    number: Annotated[
        NumberText | None, Query(description="The customer's, in any usual spelling")
    ] = None
    q: Annotated[
        QueryText | None,
        Query(description="What was said: terms, separated by blanks, all of which must occur"),
    ] = None
    finding: Annotated[FindingKind | None, Query(description="With a finding of this kind")] = None
    severity: Annotated[
        Severity | None, Query(description="With a finding (of that kind) at least this severe")
    ] = None
    min_score: Annotated[Score | None, Query(description="Checked, with at least this")] = None
    max_score: Annotated[Score | None, Query(description="Checked, with at most this")] = None
    has_transcript: Annotated[
        bool | None, Query(description="Whether a finished transcript is there")
    ] = None
    hotline_id: Id | None = None
    min_duration_s: Annotated[Seconds | None, Query(description="At least so long, in seconds")] = (
        None
    )
    max_duration_s: Annotated[Seconds | None, Query(description="At most so long, in seconds")] = (
        None
    )

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms to search transcripts for; empty when there are none."""
        return tuple(search_terms(self.q)) if self.q is not None else ()


AskedRecordings = Annotated[RecordingQuery, Depends(in_loop(RecordingQuery))]


async def filter_for(
    services: ApiServices, caller: Caller, asked: RecordingQuery
) -> RecordingFilter | None:
    """Return the filter that keeps what was asked for within the caller's scope.

    None: nothing would be seen. Raises ApiProblem `forbidden` when the role may not search by
    number, by what was said, or by what was found.
    """
    if asked.q is not None:
        # Whoever may not hear a talk reads no word of it either.
        demand(caller.principal, Permission.RECORDINGS_LISTEN)
    of_quality = (asked.finding, asked.severity, asked.min_score, asked.max_score)
    if any(value is not None for value in of_quality):
        demand(caller.principal, Permission.QUALITY_READ)
    number = None
    if asked.number is not None:
        number = await searched_number(services, caller, asked.number, asked.group_id)
        if number is None:
            return None
    listing = await services.scopes.listing(caller.scope, asked.group_id, asked.manager_id)
    if listing is None:
        return None
    return RecordingFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=asked.customer_id,
        call_id=asked.call_id,
        status=asked.status,
        number=number,
        finding=asked.finding,
        severity=asked.severity,
        min_score=asked.min_score,
        max_score=asked.max_score,
        has_transcript=asked.has_transcript,
        hotline_id=asked.hotline_id,
        min_duration_s=asked.min_duration_s,
        max_duration_s=asked.max_duration_s,
        from_=asked.from_,
        until=asked.until,
    )
