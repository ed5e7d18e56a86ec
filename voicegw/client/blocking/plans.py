"""Cadence plans: how often customers are contacted, and the months that are planned by them.

Written from `aio/plans.py` by `make client`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Unpack

from voicegw.client.blocking.transport import Transport
from voicegw.client.models import Plan, PlanBody, PlanRun, PlanRunBody, PlanRunItem
from voicegw.client.models.filters import PlanRunItemFilters
from voicegw.client.page import Page
from voicegw.client.request import query, request, segment


class Plans:
    """Rules by which customers are contacted again and again."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    def put(self, external_id: str, body: PlanBody) -> Plan:
        """Make or replace the plan that your system calls so; repeating it changes nothing."""
        path = f"/v1/plans/by-external-id/{segment(external_id)}"
        return self._transport.get(request("PUT", path, body=body), Plan)

    def get(self, plan_id: str) -> Plan:
        """Return a plan. Raise NotFoundError."""
        return self._transport.get(request("GET", _path(plan_id)), Plan)

    def list(self) -> Generator[Plan, None, None]:
        """Yield all plans."""
        return self._transport.pages("/v1/plans", Page[Plan], {})

    def run(self, plan_id: str, month: str, *, preview: bool = False) -> PlanRun:
        """Have a month (`2026-12`) planned, or only previewed; `get_run` tells how far it is.

        It is not tried again after a broken connection; planning a month once more writes only
        what is different.
        """
        body = PlanRunBody(month=month, preview=preview)
        asked = request("POST", f"{_path(plan_id)}/runs", body=body)
        return self._transport.get(asked, PlanRun)

    def get_run(self, plan_id: str, run_id: str) -> PlanRun:
        """Return how far a run is, and what it has done. Raise NotFoundError."""
        return self._transport.get(request("GET", _run_path(plan_id, run_id)), PlanRun)

    def run_items(
        self, plan_id: str, run_id: str, **filters: Unpack[PlanRunItemFilters]
    ) -> Generator[PlanRunItem, None, None]:
        """Yield what a run has changed, and what was infeasible, customer by customer."""
        path = f"{_run_path(plan_id, run_id)}/items"
        return self._transport.pages(path, Page[PlanRunItem], query(filters))


def _path(plan_id: str) -> str:
    return f"/v1/plans/{segment(plan_id)}"


def _run_path(plan_id: str, run_id: str) -> str:
    return f"{_path(plan_id)}/runs/{segment(run_id)}"
