"""Triggers: tell what your system notices of customers, and learn what it led to.

Written from `aio/triggers.py` by `make client`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Unpack

from voicegw.client.blocking.transport import Transport
from voicegw.client.models import NamedTrigger, Trigger, TriggerBody
from voicegw.client.models.filters import TriggerFilters
from voicegw.client.page import Page
from voicegw.client.request import query, request, segment


class Triggers:
    """What was noticed of customers."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    def tell(self, body: TriggerBody) -> Trigger:
        """Tell of something: it makes a task, joins the customer's, or is below the threshold.

        With an `external_id` it is tried again after a broken connection: the same once more
        leads to nothing new.
        """
        asked = request(
            "POST", "/v1/triggers", body=body, repeatable=isinstance(body.external_id, str)
        )
        return self._transport.get(asked, Trigger)

    def get(self, trigger_id: str) -> Trigger:
        """Return a trigger, and what it led to. Raise NotFoundError."""
        path = f"/v1/triggers/{segment(trigger_id)}"
        return self._transport.get(request("GET", path), Trigger)

    def list(self, **filters: Unpack[TriggerFilters]) -> Generator[NamedTrigger, None, None]:
        """Yield all triggers that fit, the newest first, with what each led to.

        With `open=True` those of which something is left to do, the most pressing first.
        """
        return self._transport.pages("/v1/triggers", Page[NamedTrigger], query(filters))
