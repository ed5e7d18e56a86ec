"""What is refused to whom, before anything else is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.auth import Principal
from api.keys import generate_key
from api.problems import ApiProblem
from api.rate_limit import RateLimiter, RateLimits
from api.rates import Rate
from config.api import ApiSettings
from tests.unit.api.conftest import MakeApp, World
from tests.unit.api.fakes import FakeClock
from voicegw.model.directory import Role
from voicegw.setup.keys import rate_limits

LIMITS = RateLimits(Rate(1.0, 3), Rate(1.0, 2))


@pytest.fixture
def client(world: World, make_app: MakeApp) -> httpx.AsyncClient:
    """A client of the same API under LIMITS."""
    return make_app(rates=LIMITS)


async def statuses(get: Callable[[], Awaitable[httpx.Response]], times: int) -> list[int]:
    return [(await get()).status_code for _ in range(times)]


async def test_a_key_is_refused_after_its_burst_and_told_when_to_ask_again(
    world: World, client: httpx.AsyncClient
) -> None:
    headers = await world.key(Role.INTEGRATOR)
    first = await client.get("/v1/calls", headers=headers)
    assert first.headers["RateLimit"] == '"address";r=1;t=1'  # nobody knew the key before
    answers = [await client.get("/v1/calls", headers=headers) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=3;w=3'
    assert answers[0].headers["RateLimit"] == '"key";r=2;t=1'
    refused = answers[3]
    assert refused.json()["code"] == "rate-limited"
    assert refused.json()["request_id"] == refused.headers["x-request-id"]
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit"] == '"key";r=0;t=3'
    world.clock.pass_s(1)
    assert (await client.get("/v1/calls", headers=headers)).status_code == 200


async def test_one_key_does_not_use_up_anothers_rate(
    world: World, client: httpx.AsyncClient
) -> None:
    one, other = await world.key(), await world.key()
    for headers in (one, other):
        await client.get("/v1/calls", headers=headers)
    assert await statuses(lambda: client.get("/v1/calls", headers=one), 4) == [200] * 3 + [429]
    assert await statuses(lambda: client.get("/v1/calls", headers=other), 3) == [200] * 3


async def test_a_key_may_have_a_rate_of_its_own(world: World, client: httpx.AsyncClient) -> None:
    record, plaintext = generate_key(Role.ADMIN, requests_per_s=2)
    await world.services.repositories.keys.create(record)
    headers = {"Authorization": f"Bearer {plaintext}"}
    await client.get("/v1/calls", headers=headers)
    found = await statuses(lambda: client.get("/v1/calls", headers=headers), 7)
    assert found == [200] * 6 + [429]


async def test_whoever_has_no_key_shares_the_rate_of_the_address(
    world: World, client: httpx.AsyncClient
) -> None:
    _, stranger = generate_key(Role.ADMIN)
    headers = {"Authorization": f"Bearer {stranger}"}
    assert await statuses(lambda: client.get("/v1/calls", headers=headers), 2) == [401, 401]
    assert (await client.get("/v1/calls")).status_code == 429
    # A key that works is known by now only if it was used: its first request waits, too.
    known = await world.key()
    assert (await client.get("/v1/calls", headers=known)).status_code == 429
    world.clock.pass_s(1)
    assert await statuses(lambda: client.get("/v1/calls", headers=known), 3) == [200] * 3


async def test_probes_are_always_answered(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert await statuses(lambda path=path: client.get(path), 5) == [200] * 5  # type: ignore[misc]


async def test_a_refusal_reads_no_body_and_asks_no_store() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the application was asked")

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(_: Message) -> None:
        raise AssertionError("something was sent")

    limits = RateLimits(address=Rate(1e-6, 1))
    limiter = RateLimiter(never, limits=limits, known=lambda _: None, clock=FakeClock())
    scope = {"type": "http", "path": "/v1/calls", "headers": []}
    with pytest.raises(AssertionError, match="application"):
        await limiter(scope, receive, send)
    with pytest.raises(ApiProblem) as caught:
        await limiter(scope, receive, send)
    assert caught.value.status == 429


def test_a_rate_of_nought_is_no_limit() -> None:
    assert rate_limits(ApiSettings(requests_per_s=0.0, unauthenticated_per_s=0.0)) == RateLimits()
    expected = RateLimits(Rate(300.0, 600), Rate(20.0, 200), Rate(200.0, 2000))
    assert rate_limits(ApiSettings()) == expected
    assert RateLimits().of(Principal("k", Role.ADMIN)) is None
    assert RateLimits().of(Principal("k", Role.ADMIN, requests_per_s=5)) == Rate(5, 5)


async def test_without_limits_nothing_is_told(world: World, admin: dict[str, str]) -> None:
    answer = await world.client.get("/v1/calls", headers=admin)
    assert "ratelimit" not in answer.headers
