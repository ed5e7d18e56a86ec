"""`/v1/reports`: figures of many talks, as JSON or CSV by `Accept`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import ReviewReader, Services, problems
from api.problems import ApiProblem
from api.schemas.base import Id, Time
from api.schemas.reports import QualityReportView
from api.views import respond
from recordings.quality.agreement import agreement
from voicegw.errors import InvalidError
from voicegw.model.finding import FindingKind
from voicegw.model.report import QualityRow, ReportBy, ReportScope

router = APIRouter(prefix="/v1/reports", tags=["quality"])

#: The time span where none is asked for, and the longest.
_SPAN: Final = timedelta(days=31)
_LONGEST_SPAN: Final = timedelta(days=366)
_PLAIN: Final = (
    "id", "name", "talks", "checked", "score", "reviews", "scored", "review_share", "appeals",
    "upheld",
)  # fmt: skip
_OF_AGREEMENT: Final = ("pairs", "exact", "kappa", "mean_difference", "bias")


@router.get(
    "/quality",
    operation_id="getQualityReport",
    summary="Quality of talks by manager, group or script",
    response_class=Response,
    responses={
        200: {"model": QualityReportView, "content": {"text/csv": {"schema": {"type": "string"}}}},
        **problems(406),
    },
)
async def get_quality_report(
    *,
    request: Request,
    services: Services,
    caller: ReviewReader,
    from_: Annotated[
        Time | None, Query(alias="from", description="Talks begun at or after; a month by default")
    ] = None,
    until: Annotated[Time | None, Query(description="Talks begun before; by default now")] = None,
    group_id: Annotated[Id | None, Query(description="This group's and those below")] = None,
    by: ReportBy = ReportBy.MANAGER,
) -> Response:
    """Talks recorded, checked and reviewed; a manager sees the own row.

    Points of a blind pair count once both halves are scored. At most 366 days.
    """
    as_csv = _wants_csv(request.headers.get("accept", "*/*"))
    span = _span(from_, until, services.clock.now())
    listing = await services.scopes.listing(caller.scope, group_id, None)
    rows: Sequence[QualityRow] = ()
    if listing is not None:
        groups = None if listing.group_ids is None else tuple(listing.group_ids)
        scope = ReportScope(*span, group_ids=groups, manager_id=listing.manager_id)
        rows = await services.repositories.quality_reports.rows(scope, by)
    if caller.scope.own_only:
        for row in rows:
            row.reviews = row.scored  # what is not scored yet does not exist for a manager
    if as_csv:
        return Response(_csv(rows), media_type="text/csv; charset=utf-8")
    view = {"from": span[0], "until": span[1], "by": by, "rows": [_view(row) for row in rows]}
    return respond(view)


def _span(
    from_: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    until = until or (now if from_ is None else from_ + _SPAN)
    from_ = from_ or until - _SPAN
    if until <= from_:
        raise InvalidError("until", "must be later than from")
    if until - from_ > _LONGEST_SPAN:
        raise InvalidError("from", f"at most {_LONGEST_SPAN.days} days before until")
    return from_, until


def _wants_csv(accept: str) -> bool:
    """Return whether CSV is asked for; raises ApiProblem `not-acceptable` for neither form."""
    wanted = [one.partition(";")[0].strip().lower() for one in accept.split(",")]
    for one in wanted:
        if one == "text/csv":
            return True
        if one in {"application/json", "application/*", "*/*"}:
            return False
    raise ApiProblem("not-acceptable", "The report is available as JSON and CSV.")


def _view(row: QualityRow) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(row)
    pairs = [(round(first, 2), round(second, 2)) for first, second in row.pairs]
    del view["pairs"]
    return {**view, "agreement": agreement(pairs)}


def _csv(rows: Sequence[QualityRow]) -> str:
    """Return a line for each row, findings and agreement in columns of their own."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    kinds = [f"findings.{kind}" for kind in FindingKind]
    writer.writerow([*_PLAIN, *kinds, *(f"agreement.{name}" for name in _OF_AGREEMENT)])
    for row in rows:
        view = _view(row)
        found = view["agreement"]
        writer.writerow(
            [
                *(_cell(view[name]) for name in _PLAIN),
                *(row.findings.get(kind, 0) for kind in FindingKind),
                *("" if found is None else _cell(getattr(found, name)) for name in _OF_AGREEMENT),
            ]
        )
    return stream.getvalue()


def _cell(value: object) -> object:
    # A name that begins like a formula would be run by a spreadsheet.
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return "" if value is None else value
