"""The client itself: where the gateway is, who asks, and the resources."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from voicegw.client.aio.calls import Calls
from voicegw.client.aio.directory import Customers, Groups, Managers
from voicegw.client.aio.events import Events
from voicegw.client.aio.plans import Plans
from voicegw.client.aio.recordings import Recordings
from voicegw.client.aio.reports import Reports
from voicegw.client.aio.tasks import Tasks
from voicegw.client.aio.transport import Transport
from voicegw.client.aio.triggers import Triggers
from voicegw.client.aio.webhooks import Webhooks
from voicegw.client.models import Customer, Group, Manager
from voicegw.client.retrying import Retries


class AsyncClient:
    """A gateway's API. Close it at the end, or use it as a context manager.

    `calls`, `events` and the others are its resources.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout_s: float = 15,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Ask the gateway at `base_url` (`https://voicegw.example.com`) with an API key.

        `timeout_s` bounds each step of a request, not the whole. `http` is a client of httpx to
        use instead of an own one, for certificates or proxies; its address, key and time limit
        are set here, and it is closed with this one.
        """
        self._http = http or httpx.AsyncClient()
        self._http.base_url = httpx.URL(base_url)
        self._http.headers["Authorization"] = f"Bearer {key}"
        self._http.timeout = httpx.Timeout(timeout_s)
        transport = Transport(self._http, retries or Retries())
        self.events = Events(transport)
        self.calls = Calls(transport, self.events)
        self.recordings = Recordings(transport)
        self.groups = Groups(transport, "/v1/groups", Group)
        self.managers = Managers(transport, "/v1/managers", Manager)
        self.customers = Customers(transport, "/v1/customers", Customer)
        self.tasks = Tasks(transport)
        self.plans = Plans(transport)
        self.triggers = Triggers(transport)
        self.reports = Reports(transport)
        self.webhooks = Webhooks(transport)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self.aclose()
