"""Logging in by an OpenID provider: a real one, and everything that may be wrong with it."""

from __future__ import annotations

import dataclasses
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from api.entry import COOKIE
from api.oidc.options import OidcOptions
from api.oidc.provider import DISCOVERY_TTL_S, KEYS_AGAIN_S, Provider
from api.routes.oidc import COOKIE as OIDC_COOKIE
from api.services import ApiServices
from tests.parts.openid import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, SigningKey, query_of
from tests.unit.api.conftest import Directory, World
from tests.unit.api.people import Browser, make_user
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Grant, Role
from voicegw.model.user import UserStatus
from voicegw.store.audit import AuditFilter

#: Reading the authorities that are trusted takes longer than all else here.
TRUSTED = ssl.create_default_context()
CALLBACK = "http://api.test/v1/session/oidc/callback"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProvider]:
    """The module's provider."""
    provider = OpenIdProvider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def openid(running: OpenIdProvider, world: World) -> OpenIdProvider:
    """A provider that does everything right, and whose clock is the gateway's."""
    running.reset(lambda: world.clock.now().timestamp())
    return running


class Visitor:
    """A browser that is sent to the provider and back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cookies: dict[str, str] = {}

    async def get(self, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Ask the gateway, as a browser would."""
        self.world.client.cookies.clear()
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.world.client.get(
            address, headers=(headers or {}) | ({"Cookie": cookie} if cookie else {})
        )
        self.cookies.update(answer.cookies)
        return answer

    async def begin(self) -> str:
        """Begin a login; return the address at the provider."""
        answer = await self.get("/v1/session/oidc")
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    async def at_provider(self, address: str) -> str:
        """Log in there; return the address that the provider sends one to."""
        async with httpx.AsyncClient(verify=TRUSTED) as client:
            answer = await client.get(address)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    async def log_in(self) -> httpx.Response:
        """Go the whole way."""
        return await self.get(await self.at_provider(await self.begin()))

    async def who(self) -> dict[str, Any]:
        """Return who one is then."""
        browser = Browser(self.world, cookie=self.cookies.get(COOKIE, ""))
        answer = await browser.ask("GET", "/v1/session")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


class Gate:
    """Sets the provider up in the running API."""

    def __init__(self, world: World, openid: OpenIdProvider) -> None:
        self.world, self.openid = world, openid
        self.providers: list[Provider] = []

    def opens(self, **options: Any) -> Visitor:
        """Have people log in by it; `options` are those of OidcOptions."""
        known: dict[str, Any] = {
            "issuer": self.openid.issuer,
            "client_secret": CLIENT_SECRET,
            **options,
        }
        services: ApiServices = self.world.services
        services.provider = Provider(
            OidcOptions(client_id=CLIENT_ID, redirect_uri=CALLBACK, **known),
            self.world.clock,
            client=lambda: httpx.Client(verify=TRUSTED, timeout=20),
        )
        self.providers.append(services.provider)
        services.oidc = services.openid_desk(services.provider)
        return Visitor(self.world)


@pytest.fixture
async def gate(world: World, openid: OpenIdProvider) -> AsyncIterator[Gate]:
    """What lets people in by the provider."""
    made = Gate(world, openid)
    yield made
    for provider in made.providers:
        provider.close()


async def code_of(visitor: Visitor) -> str:
    """Go the whole way, which must fail, and return the code of the problem."""
    answer = await visitor.log_in()
    assert answer.status_code >= 400
    assert COOKIE not in visitor.cookies
    problem: dict[str, str] = answer.json()
    return problem["code"]


async def test_a_user_without_a_password_comes_in_and_is_known_from_then_on(
    world: World, gate: Gate
) -> None:
    user = await make_user(world, password_hash=None)
    visitor = gate.opens()
    answer = await visitor.log_in()
    assert answer.status_code == 200, answer.text
    assert 'url=/"' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "SameSite=strict" in answer.headers["set-cookie"]
    who = await visitor.who()
    assert (who["principal"], who["method"], who["duty"]) == (user.id, "oidc", None)
    gate.openid.person["preferred_username"] = "another.name"  # the subject is what counts
    again = Visitor(world)
    assert (await again.log_in()).status_code == 200
    assert (await again.who())["principal"] == user.id
    log = await world.services.repositories.audit.list(AuditFilter(action=AuditAction.LOGIN))
    assert [(one.principal, one.detail["method"]) for one in log.items] == [(user.id, "oidc")] * 2


async def test_everybody_is_told_whether_there_is_a_provider(world: World, gate: Gate) -> None:
    world.client.cookies.clear()
    answer = await world.client.get("/v1/session/methods")
    assert (answer.status_code, answer.json()) == (200, {"methods": ["password"]})
    assert answer.headers["Cache-Control"] == "no-store"
    gate.opens()
    answer = await world.client.get("/v1/session/methods")
    assert answer.json() == {"methods": ["password", "oidc"]}
    assert (await world.client.get("/v1/session/methods?x=1")).status_code == 422


async def test_where_there_is_no_provider_there_is_no_such_login(world: World) -> None:
    for path in ("", "/callback?code=x&state=y"):
        answer = await world.client.get(f"/v1/session/oidc{path}")
        assert answer.status_code == 404


async def test_the_browser_is_sent_with_state_nonce_and_challenge(gate: Gate) -> None:
    visitor = gate.opens(scopes=("profile", "groups"))
    first = query_of(await visitor.begin())
    second = query_of(await visitor.begin())
    assert first["scope"] == "openid profile groups"
    assert first["redirect_uri"] == CALLBACK
    secret = visitor.cookies[OIDC_COOKIE]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(second[name]) == 43
        assert second[name] != secret


@pytest.mark.parametrize(
    "spoil", ["no cookie", "another's cookie", "no state", "another state", "another issuer"]
)
async def test_an_answer_that_this_browser_did_not_ask_for(gate: Gate, spoil: str) -> None:
    visitor, other = gate.opens(), Visitor(gate.world)
    await make_user(gate.world, password_hash=None)
    back = await visitor.at_provider(await visitor.begin())
    await other.begin()
    if spoil == "no cookie":
        visitor.cookies.clear()
    elif spoil == "another's cookie":
        visitor.cookies = other.cookies
    elif spoil == "another issuer":
        back = back.replace("iss=http", "iss=https")
    else:
        state = query_of(back)["state"]
        back = back.replace(f"state={state}", "" if spoil == "no state" else f"state={state}x")
    answer = await visitor.get(back)
    code = "oidc-refused" if spoil == "another issuer" else "oidc-expired"
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert COOKIE not in visitor.cookies


PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("is_away", [True, False])
async def test_a_browser_that_is_refused_is_told_on_the_log_in_page(
    gate: Gate, is_away: bool, tmp_path: Path
) -> None:
    visitor = gate.opens(issuer="http://127.0.0.1:1") if is_away else gate.opens()
    path = "/v1/session/oidc" if is_away else f"{CALLBACK}?code=<b>x</b>&state=//evil.example"
    told = await visitor.get(path, PAGE)
    assert told.json()["code"] == ("oidc-unavailable" if is_away else "oidc-expired")  # no console
    options = gate.world.services.options
    gate.world.services.options = dataclasses.replace(options, console=tmp_path)
    answer = await visitor.get(path, PAGE)
    assert (answer.status_code, answer.text) == (303, "")
    code = "oidc-unavailable" if is_away else "oidc-expired"
    assert answer.headers["Location"] == f"/?refused={code}"  # nothing of what came, nowhere else
    assert answer.headers["Cache-Control"] == "no-store"
    assert COOKIE not in visitor.cookies
    program = await visitor.get(path, {"Accept": "application/json"})
    assert program.json()["code"] == code


async def test_a_code_is_good_once_and_for_its_own_login(gate: Gate) -> None:
    await make_user(gate.world, password_hash=None)
    visitor, thief = gate.opens(), Visitor(gate.world)
    back = await visitor.at_provider(await visitor.begin())
    stolen = query_of(back)["code"]
    await thief.begin()
    state = query_of(await thief.at_provider(await thief.begin()))["state"]
    answer = await thief.get(f"{CALLBACK}?code={stolen}&state={state}")
    assert answer.json()["code"] == "oidc-refused"  # PKCE: it is another verifier's
    again = await visitor.get(back)
    assert again.json()["code"] == "oidc-refused"  # and now it is used up


async def test_whoever_is_denied_there_is_denied_here(gate: Gate) -> None:
    visitor = gate.opens()
    gate.openid.denies = True
    assert await code_of(visitor) == "oidc-refused"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"sub": None},
    ],
)
async def test_tokens_that_prove_nothing(gate: Gate, claims: dict[str, Any]) -> None:
    await make_user(gate.world, password_hash=None)
    visitor = gate.opens()
    gate.openid.claims = claims
    assert await code_of(visitor) == "oidc-refused"
    log = await gate.world.services.repositories.audit.list(AuditFilter())
    assert [(one.action, one.principal) for one in log.items] == [
        (AuditAction.LOGIN_FAILED, "nobody")
    ]


async def test_a_key_of_the_same_name_that_is_another_counts_for_nothing(gate: Gate) -> None:
    await make_user(gate.world, password_hash=None)
    visitor = gate.opens()
    gate.openid.signs_with = SigningKey("k1")
    assert await code_of(visitor) == "oidc-refused"


async def test_new_keys_are_found_but_not_at_every_token(gate: Gate) -> None:
    await make_user(gate.world, password_hash=None)
    visitor, openid = gate.opens(), gate.openid
    assert (await visitor.log_in()).status_code == 200
    openid.keys = [SigningKey("k2")]
    assert await code_of(Visitor(gate.world)) == "oidc-refused"
    gate.world.clock.pass_s(KEYS_AGAIN_S)
    assert (await Visitor(gate.world).log_in()).status_code == 200
    openid.signs_with = SigningKey("k3")
    before = openid.asked.count("/jwks")
    for _ in range(3):
        assert await code_of(Visitor(gate.world)) == "oidc-refused"
    assert openid.asked.count("/jwks") == before
    assert openid.asked.count("/.well-known/openid-configuration") == 1
    gate.world.clock.pass_s(DISCOVERY_TTL_S)
    openid.signs_with = None
    assert (await Visitor(gate.world).log_in()).status_code == 200
    assert openid.asked.count("/.well-known/openid-configuration") == 2


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", Response(status_code=500)),
        ("/.well-known/openid-configuration", Response("no json")),
        ("/.well-known/openid-configuration", JSONResponse({"issuer": "x"})),
        ("/.well-known/openid-configuration", Response("x" * (1 << 20) + "x")),
        ("/token", Response(status_code=503)),
        ("/token", JSONResponse({"id_token": 7})),
        ("/token", JSONResponse([])),
        ("/jwks", Response(status_code=404)),
        ("/jwks", JSONResponse({"keys": []})),
        ("/jwks", JSONResponse({"keys": None})),
        ("/jwks", JSONResponse({"keys": 7})),
        ("/jwks", JSONResponse({"keys": [{"kty": "oct", "k": "AAAA"}, 7, {"kty": "RSA"}]})),
    ],
)
async def test_a_provider_that_answers_nonsense(gate: Gate, path: str, answer: Response) -> None:
    await make_user(gate.world, password_hash=None)
    visitor = gate.opens()
    gate.openid.broken[path] = answer
    begun = await visitor.get("/v1/session/oidc")
    if begun.status_code == 302:
        begun = await visitor.get(await visitor.at_provider(begun.headers["Location"]))
    assert (begun.status_code, begun.json()["code"]) == (503, "oidc-unavailable")
    assert begun.headers["Retry-After"] == "30"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "ftp://127.0.0.1/jwks"},
    ],
)
async def test_a_provider_that_is_another_or_in_the_open(
    gate: Gate, metadata: dict[str, str]
) -> None:
    visitor = gate.opens()
    gate.openid.metadata = metadata
    assert (await visitor.get("/v1/session/oidc")).json()["code"] == "oidc-unavailable"


async def test_a_provider_that_is_away(gate: Gate) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        visitor = gate.opens(issuer=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        assert (await visitor.get("/v1/session/oidc")).json()["code"] == "oidc-unavailable"


@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"]])
async def test_the_secret_is_shown_as_the_provider_wants_it(gate: Gate, methods: list[str]) -> None:
    await make_user(gate.world, password_hash=None)
    visitor = gate.opens()
    gate.openid.auth_methods = methods
    assert (await visitor.log_in()).status_code == 200


async def test_a_wrong_secret_lets_nobody_in(gate: Gate) -> None:
    await make_user(gate.world, password_hash=None)
    assert await code_of(gate.opens(client_secret="wrong")) == "oidc-refused"


async def test_whose_login_is_the_same_there_takes_over_no_password_here(gate: Gate) -> None:
    await make_user(gate.world)
    assert await code_of(gate.opens()) == "oidc-refused"


async def test_nor_who_is_somebody_else_there(gate: Gate) -> None:
    issuer = gate.openid.issuer
    await make_user(gate.world, password_hash=None, oidc_issuer=issuer, oidc_subject="s-2")
    assert await code_of(gate.opens()) == "oidc-refused"


async def test_who_is_disabled_stays_out(gate: Gate) -> None:
    user = await make_user(gate.world, password_hash=None, status=UserStatus.DISABLED)
    assert await code_of(gate.opens()) == "oidc-refused"
    log = await gate.world.services.repositories.audit.list(AuditFilter())
    assert [(one.action, one.subject) for one in log.items] == [(AuditAction.LOGIN_FAILED, user.id)]


@pytest.mark.parametrize(("verified", "status"), [(True, 200), (False, 403), (None, 403)])
async def test_an_address_counts_only_when_it_was_verified(
    gate: Gate, verified: bool | None, status: int
) -> None:
    await make_user(gate.world, "wang@example.net", password_hash=None)
    visitor = gate.opens(login_claim="email")
    gate.openid.claims = {"email": "Wang@Example.net", "email_verified": verified}
    assert (await visitor.log_in()).status_code == status


MAPPED: dict[str, Any] = {
    "create_users": True,
    "role_claim": "realm_access.roles",
    "roles": (("gw-admins", Role.ADMIN), ("gw-county", Role.COUNTY_MANAGER)),
    "group_claim": "county",
    "manager_claim": "employee",
}


async def test_nobody_is_made_unless_that_is_wanted(gate: Gate) -> None:
    assert await code_of(gate.opens()) == "oidc-refused"


async def test_a_new_user_gets_what_the_provider_says_and_keeps_up_with_it(
    world: World, gate: Gate, directory: Directory
) -> None:
    visitor = gate.opens(**MAPPED)
    claims = gate.openid.claims
    claims |= {"name": "Wang Li", "county": "g-0"}
    claims["realm_access"] = {"roles": ["else", "gw-county"]}
    assert (await visitor.log_in()).status_code == 200
    who = await visitor.who()
    assert (who["role"], who["login"], who["name"]) == ("county_manager", "wang.li", "Wang Li")
    assert directory.city in who["scope"]["group_ids"]
    claims["realm_access"] = {"roles": ["gw-county", "gw-admins"]}
    claims["county"] = None
    other = Visitor(world)
    assert (await other.log_in()).status_code == 200
    assert (await other.who())["role"] == "admin"
    over = await Browser(world, cookie=visitor.cookies[COOKIE]).ask("GET", "/v1/session")
    assert over.status_code == 401  # of the role before
    claims["realm_access"] = {"roles": []}
    assert await code_of(Visitor(world)) == "oidc-refused"
    user = await world.services.repositories.users.get_by_login("wang.li")
    assert user is not None
    assert (user.password_hash, user.oidc_managed) == (None, True)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"realm_access": {"roles": "else"}},
        {"realm_access": {"roles": ["gw-county"]}},
        {"realm_access": {"roles": ["gw-county"]}, "county": "nowhere"},
        {"realm_access": {"roles": ["gw-admins"]}, "preferred_username": "no login"},
        {"realm_access": {"roles": ["gw-admins"]}, "preferred_username": None},
        {"realm_access": ["gw-admins"]},
    ],
)
async def test_who_cannot_be_placed_is_not_made(
    world: World, gate: Gate, directory: Directory, claims: dict[str, Any]
) -> None:
    del directory
    gate.openid.claims = claims
    assert await code_of(gate.opens(**MAPPED)) == "oidc-refused"
    assert await world.services.repositories.users.get_by_login("wang.li") is None


async def test_a_manager_is_the_manager_that_the_provider_names(
    world: World, gate: Gate, directory: Directory
) -> None:
    mapped = {**MAPPED, "roles": (("gw-managers", Role.MANAGER),), "role_claim": "groups"}
    gate.openid.claims = {"groups": "gw-managers", "employee": "4711"}
    visitor = gate.opens(**mapped)
    assert (await visitor.log_in()).status_code == 200
    assert (await visitor.who())["scope"]["manager_id"] == directory.manager
    user = await world.services.repositories.users.get_by_login("wang.li")
    assert user is not None
    user.grants = [Grant.DIAL_ANY]  # what administrators grant besides stays
    granted = await world.services.repositories.users.replace(user)
    assert (await Visitor(world).log_in()).status_code == 200
    after = await world.services.repositories.users.get_by_login("wang.li")
    assert after is not None
    assert (after.grants, after.credentials) == ([Grant.DIAL_ANY], granted.credentials)
    gate.openid.claims["employee"] = "9999"
    assert await code_of(Visitor(world)) == "oidc-refused"


async def test_the_second_factor_is_the_providers_affair(world: World, gate: Gate) -> None:
    object.__setattr__(world.services.options, "require_totp_for", frozenset({Role.ADMIN}))
    await make_user(world, password_hash=None)
    visitor = gate.opens()
    await visitor.log_in()
    assert (await visitor.who())["duty"] is None
    browser = Browser(world, cookie=visitor.cookies[COOKIE])
    browser.csrf = (await visitor.who())["csrf_token"]
    body = {"current": "x" * 12, "new": "y and z and a"}
    changed = await browser.ask("POST", "/v1/session/password", body)
    assert changed.json()["code"] == "no-password"
