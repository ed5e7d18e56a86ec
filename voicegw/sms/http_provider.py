"""A provider that is asked by HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import httpx

from voicegw.events.webhooks.schedule import retry_after_s
from voicegw.sms.provider import Outcome, Outgoing, Refused
from voicegw.sms.request import outcome_of, request_of
from voicegw.sms.terms import HttpTerms

_MAX_ANSWER_BYTES: Final = 65_536


class HttpProvider:
    """Asks by the request that the configuration describes; redirects are not followed."""

    def __init__(self, terms: HttpTerms, now: Callable[[], datetime]) -> None:
        """Nothing is connected before the first message."""
        self._terms = terms
        self._now = now
        self._client = httpx.AsyncClient(
            timeout=terms.timeout_s,
            follow_redirects=False,
            trust_env=False,
            # An answer that is packed may be many times larger than what was received of it.
            headers={"accept-encoding": "identity"},
        )

    async def send(self, message: Outgoing) -> Outcome:
        """Hand over one message, once; all together takes no longer than the terms say."""
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                return await self._ask(message)
        except (TimeoutError, httpx.TimeoutException):
            return Refused("timeout")
        except httpx.ConnectError:
            return Refused("unreachable")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Refused("connection-lost")

    async def _ask(self, message: Outgoing) -> Outcome:
        request = request_of(self._terms, message, self._now())
        async with self._client.stream(
            request.method, request.url, headers=list(request.headers), content=request.body
        ) as response:
            answer = b""
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > _MAX_ANSWER_BYTES:
                    return Refused("answer-too-long")
        wish = retry_after_s(response.headers.get("retry-after"), self._now())
        return outcome_of(self._terms, response.status_code, answer, wish)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()
