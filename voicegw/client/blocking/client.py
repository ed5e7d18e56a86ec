"""The client itself: where the gateway is, who asks, and the resources.

Written from `aio/client.py` by `make client`.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from voicegw.client.blocking.calls import Calls
from voicegw.client.blocking.directory import Customers, Groups, Managers
from voicegw.client.blocking.events import Events
from voicegw.client.blocking.plans import Plans
from voicegw.client.blocking.recordings import Recordings
from voicegw.client.blocking.reports import Reports
from voicegw.client.blocking.tasks import Tasks
from voicegw.client.blocking.transport import Transport
from voicegw.client.blocking.triggers import Triggers
from voicegw.client.blocking.webhooks import Webhooks
from voicegw.client.models import Customer, Group, Manager
from voicegw.client.retrying import Retries


class Client:
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
        http: httpx.Client | None = None,
    ) -> None:
        """Ask the gateway at `base_url` (`https://voicegw.example.com`) with an API key.

        `timeout_s` bounds each step of a request, not the whole. `http` is a client of httpx to
        use instead of an own one, for certificates or proxies; its address, key and time limit
        are set here, and it is closed with this one.
        """
        self._http = http or httpx.Client()
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

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self.close()
