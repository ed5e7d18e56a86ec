"""`/v1/reports`: figures of many calls, talks and tasks."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.dependencies import (
    OfGroup,
    OfManager,
    ReportReader,
    ReviewReader,
    Services,
    problems,
)
from api.problems import ApiProblem
from api.report_form import FILE_CONTENT, file_response, report_form
from api.report_owner import check_report
from api.schemas.base import ExternalId, Id, LocalDay, SpanTime
from api.schemas.reports import QualityReportView, ReportView
from api.views import report_json, respond
from recordings.quality.agreement import agreement
from voicegw.errors import InvalidError
from voicegw.model.finding import FindingKind
from voicegw.model.report import QualityRow, ReportBy, ReportKind, ReportScope, SplitBy
from voicegw.reports.service import ReportRequest

router = APIRouter(prefix="/v1/reports", tags=["reports"])

#: The time span where none is asked for, and the longest.
_SPAN: Final = timedelta(days=31)
_LONGEST_SPAN: Final = timedelta(days=366)
_PLAIN: Final = (
    "id", "name", "talks", "checked", "score", "reviews", "scored", "review_share", "appeals",
    "upheld", "not_applicable",
)  # fmt: skip
_OF_AGREEMENT: Final = ("pairs", "exact", "kappa", "mean_difference", "bias")


@router.get(
    "/quality",
    tags=["quality"],
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
        SpanTime | None,
        Query(alias="from", description="Talks begun at or after; a month by default"),
    ] = None,
    until: Annotated[
        SpanTime | None, Query(description="Talks begun before; by default now")
    ] = None,
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


@router.get(
    "/{report}",
    operation_id="getReport",
    summary="Figures of calls and tasks",
    response_class=Response,
    responses={200: {"model": ReportView, "content": FILE_CONTENT}, **problems(406)},
)
async def get_report(
    *,
    request: Request,
    report: Annotated[ReportKind, Path(description="What it is about")],
    services: Services,
    caller: ReportReader,
    from_: Annotated[
        LocalDay | None,
        Query(alias="from", description="First local day; by default the first of this month"),
    ] = None,
    until: Annotated[
        LocalDay | None, Query(description="The local day after the last; by default tomorrow")
    ] = None,
    by: Annotated[
        list[SplitBy] | None,
        Query(description="What rows are about; several make a row of each combination"),
    ] = None,
    group_id: OfGroup = None,
    manager_id: OfManager = None,
    hotline_id: Annotated[Id | None, Query(description="Of this hotline")] = None,
    type: Annotated[  # noqa: A002 - the filter's name on the wire
        ExternalId | None, Query(description="Of tasks their type, of calls their direction")
    ] = None,
    compare: Annotated[
        Literal["previous"] | None,
        Query(description="`previous`: beside the span of the same length before"),
    ] = None,
) -> Response:
    """Figures by local day, week, month, manager, group, hotline or type.

    Days are those of each group's time zone; a call or task counts on the day it was created. A
    manager sees what is the manager's own; `scores` takes `reviews.read`, too. At most 731 days
    and 10,000 rows. As CSV and XLSX by `Accept`, with names of columns by `Accept-Language` (`zh`,
    `en`).
    """
    form = report_form(request)
    check_report(caller, report)
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    today = services.clock.now().astimezone(ZoneInfo(services.options.timezone)).date()
    groups = None if listing is None or listing.group_ids is None else tuple(listing.group_ids)
    table = await services.reports.table(
        ReportRequest(
            report,
            from_ or (until or today).replace(day=1),
            until or today + timedelta(days=1),
            tuple(dict.fromkeys(by or ())),
            group_ids=() if listing is None else groups,
            manager_id=None if listing is None else listing.manager_id,
            hotline_id=hotline_id,
            type=type,
            group_id=group_id,
            compare=compare is not None,
        )
    )
    if form.format is not None:
        return await file_response(services.renderer, table, form.format, form.language)
    return Response(
        await asyncio.to_thread(report_json, table),
        media_type="application/json",
    )


def _span(
    from_: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    until = until or (now if from_ is None else from_ + _SPAN)
    from_ = from_ or until - _SPAN
    if until <= from_:
        raise InvalidError("until", "must be later than from", kind="not-after", other="from")
    if until - from_ > _LONGEST_SPAN:
        raise InvalidError(
            "from",
            f"at most {_LONGEST_SPAN.days} days before until",
            kind="too-great",
            max_days=_LONGEST_SPAN.days,
        )
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
