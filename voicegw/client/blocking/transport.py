"""Requests on their way: time limits, another try where one is safe, problems as exceptions.

Written from `aio/transport.py` by `make client`.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final, TypeVar

import httpx
import msgspec

from voicegw.client.page import Page
from voicegw.client.problems import NoAnswerError, problem_of
from voicegw.client.request import Request, Value, request
from voicegw.client.retrying import Retries

T = TypeVar("T")

#: Failures after which the gateway has certainly seen nothing of the request.
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
PAGE: Final = 200


def read(answer: httpx.Response, kind: type[T]) -> T:
    """Return the JSON of an answer as `kind`; NoAnswerError if it is none of a gateway's."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise NoAnswerError("what answered is no gateway that this client knows") from error


class Transport:
    """What all resources of a client send their requests by."""

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        """`http` has the gateway's address and the key."""
        self._http = http
        self.retries = retries

    def send(self, asked: Request) -> httpx.Response:
        """Return the answer to a request, after as many tries as are safe.

        Raise a ProblemError when the gateway refuses, NoAnswerError when it can't be reached.
        """
        for attempt in count(1):
            try:
                answer = self._http.request(
                    asked.method,
                    asked.path,
                    params=asked.params,
                    headers=asked.headers,
                    content=asked.body,
                )
            except httpx.TransportError as error:
                sent = not isinstance(error, _NEVER_SENT)
                pause_s = self.retries.after_failure(
                    attempt, repeatable=asked.repeatable, was_sent=sent
                )
                if pause_s is None:
                    raise NoAnswerError(f"{asked.method}: {type(error).__name__}") from error
            else:
                if answer.is_success:
                    return answer
                problem = problem_of(answer.status_code, answer.headers, answer.content)
                pause_s = self.retries.after_problem(attempt, problem, repeatable=asked.repeatable)
                if pause_s is None:
                    raise problem
            time.sleep(pause_s)
        raise AssertionError("unreachable: the number of attempts has a limit")

    def get(self, asked: Request, kind: type[T]) -> T:
        """Return the JSON of an answer as `kind`. Raise as `send` does."""
        return read(self.send(asked), kind)

    def pages(
        self, path: str, kind: type[Page[T]], params: dict[str, Value], *, place: str = "cursor"
    ) -> Generator[T, None, None]:
        """Yield the items of a list, page by page; `place` is the parameter of the next one's."""
        while True:
            page = self.get(request("GET", path, params={"limit": PAGE} | params), kind)
            for item in page.items:
                yield item
            if page.next_cursor is None:
                return
            params = params | {place: page.next_cursor}

    @contextmanager
    def stream(
        self, asked: Request, read_timeout_s: float | None = None
    ) -> Iterator[httpx.Response]:
        """Lend an answer whose body is read bit by bit. Raise as `send` does; nothing is repeated.

        `read_timeout_s` is how long nothing may come; None: as for every request.
        """
        limits = self._http.timeout
        if read_timeout_s is not None:
            limits = httpx.Timeout(limits.connect, read=read_timeout_s)
        try:
            with self._http.stream(
                asked.method, asked.path, params=asked.params, headers=asked.headers, timeout=limits
            ) as answer:
                if not answer.is_success:
                    body = answer.read()
                    raise problem_of(answer.status_code, answer.headers, body)
                yield answer
        except httpx.TransportError as error:
            raise NoAnswerError(f"{asked.method}: {type(error).__name__}") from error
