"""Who gets the console at which address, under which headers."""

from __future__ import annotations

import asyncio
import gzip
import threading
from pathlib import Path

import httpx
import pytest

from api.console import route
from api.console.bundle import Bundle, read_bundle
from api.rate_limit import RateLimits
from api.rates import Rate
from tests.unit.api.conftest import MakeApp, World

PAGE = b"<!doctype html><title>voicegw</title>" + b" " * 2000
SCRIPT = b"export const one = 1;\n" * 200
BROTLI = b"as the build packed it"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, br"}
ASSET = "/assets/index-4f3a.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a built console."""
    built = tmp_path / "bundle"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_bytes(PAGE)
    (built / ASSET[1:]).write_bytes(SCRIPT)
    (built / "sw.js").write_bytes(b"//")
    (tmp_path / "secret.js").write_bytes(b"kept apart")
    return built


@pytest.fixture
def client(make_app: MakeApp, folder: Path) -> httpx.AsyncClient:
    """A client of an API with that console."""
    return make_app(console=folder)


@pytest.mark.parametrize("path", ["/", "/tasks", "/customers/cus_1", "/recordings?q=1", "/v11"])
async def test_a_browser_gets_the_first_page_at_every_address_of_its_own(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.content == PAGE
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html;q=0, */*", ""])
async def test_programs_get_the_page_at_the_root_alone(
    client: httpx.AsyncClient, accept: str
) -> None:
    headers = {"Accept": accept}
    assert (await client.get("/", headers=headers)).content == PAGE
    answer = await client.get("/tasks", headers=headers)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/nothing",
        "/v1/calls/x/y/z",
        "/r",
        "/r/short",
        "/docs/more",
        "/metrics/x",
        "/healthz/",
        "/openapi.json/x",
        "/readyz/x",
    ],
)
async def test_what_belongs_to_others_keeps_its_problem(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code in {404, 422}
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_pages_are_only_read(client: httpx.AsyncClient, method: str) -> None:
    for path in ("/", "/tasks", ASSET):
        answer = await client.request(method, path, headers=BROWSER)
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not-found"


async def test_a_file_is_packed_for_whoever_takes_that(client: httpx.AsyncClient) -> None:
    packed = await client.get(ASSET, headers={"Accept-Encoding": "br, gzip"})
    plain = await client.get(ASSET, headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content == SCRIPT
    assert int(packed.headers["Content-Length"]) == len(gzip.compress(SCRIPT, mtime=0))
    assert int(plain.headers["Content-Length"]) == len(SCRIPT)
    assert {one.headers["Vary"] for one in (packed, plain)} == {"Accept-Encoding"}
    assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("zstd", None),
    ],
)
async def test_the_form_that_the_build_packed_goes_to_whoever_takes_it(
    make_app: MakeApp, folder: Path, accepted: str, encoding: str | None
) -> None:
    (folder / f"{ASSET[1:]}.br").write_bytes(BROTLI)
    client = make_app(console=folder)
    bodies = {"br": BROTLI, "gzip": gzip.compress(SCRIPT, mtime=0), None: SCRIPT}
    async with client.stream("GET", ASSET, headers={"Accept-Encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert body == bodies[encoding]
    assert answer.headers["ETag"].endswith('"' if encoding is None else f'-{encoding}"')
    assert (await client.get(f"{ASSET}.br")).status_code == 404


async def test_what_has_a_hash_in_its_name_is_kept_and_the_rest_asked_for(
    client: httpx.AsyncClient,
) -> None:
    caching = {
        path: (await client.get(path)).headers["Cache-Control"] for path in (ASSET, "/sw.js")
    }
    assert caching == {ASSET: "public, max-age=31536000, immutable", "/sw.js": "no-cache"}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_what_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, encoding: str
) -> None:
    headers = BROWSER | {"Accept-Encoding": encoding}
    first = await client.get("/", headers=headers)
    tag = first.headers["ETag"]
    again = await client.get("/tasks", headers=headers | {"If-None-Match": f'"x", W/{tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == tag
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    other = await client.get("/", headers=headers | {"If-None-Match": '"x"'})
    assert other.status_code == 200


async def test_head_tells_what_get_would(client: httpx.AsyncClient) -> None:
    for path in ("/", ASSET):
        got = await client.get(path, headers=BROWSER)
        head = await client.head(path, headers=BROWSER)
        assert head.status_code == 200
        assert head.content == b""
        same = ("content-length", "etag", "content-type", "cache-control")
        assert [head.headers[name] for name in same] == [got.headers[name] for name in same]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/index-old.js",
        "/assets/",
        "/robots.txt",
        "/../secret.js",
        "/assets/../../secret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/assets/..%2f..%2fsecret.js",
        "//secret.js",
        "/assets/%00.js",
    ],
)
async def test_no_path_leads_out_of_the_folder(client: httpx.AsyncClient, path: str) -> None:
    url = httpx.URL("http://api.test").copy_with(raw_path=path.encode())
    answer = await client.get(url, headers=BROWSER)
    assert answer.status_code == 404
    assert b"kept apart" not in answer.content
    assert answer.json()["code"] == "not-found"


async def test_every_answer_says_what_a_page_may_do(client: httpx.AsyncClient) -> None:
    for path in ("/", ASSET, "/sw.js"):
        headers = (await client.get(path, headers=BROWSER)).headers
        policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "http" not in headers["Content-Security-Policy"]
        assert "script-src" not in policy  # as default-src has it
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "microphone=()" in headers["Permissions-Policy"]
        assert headers["X-Request-Id"]


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "make console"), ("en", "reload")])
async def test_a_node_without_a_console_says_how_to_build_it(
    make_app: MakeApp, tmp_path: Path, language: str, words: str
) -> None:
    client = make_app(console=tmp_path / "bundle")
    answer = await client.get("/", headers=BROWSER | {"Accept-Language": language})
    assert answer.status_code == 503
    assert words in answer.text
    assert f'lang="{language}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await client.get(ASSET)).json()["code"] == "not-found"


async def test_a_console_that_is_built_later_is_found(make_app: MakeApp, folder: Path) -> None:
    (folder / "index.html").rename(folder / "later")
    client = make_app(console=folder)
    assert (await client.get("/", headers=BROWSER)).status_code == 503
    (folder / "later").rename(folder / "index.html")
    assert (await client.get("/", headers=BROWSER)).content == PAGE


async def test_one_that_is_replaced_holds_from_the_next_start(
    client: httpx.AsyncClient, folder: Path
) -> None:
    assert (await client.get("/", headers=BROWSER)).content == PAGE
    (folder / "index.html").write_bytes(b"newer")
    (folder / ASSET[1:]).unlink()
    assert (await client.get("/", headers=BROWSER)).content == PAGE
    assert (await client.get(ASSET)).content == SCRIPT


async def test_files_are_read_once_and_beside_the_loop(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[int] = []

    def read(folder: Path) -> Bundle | None:
        readers.append(threading.get_ident())
        return read_bundle(folder)

    monkeypatch.setattr(route, "read_bundle", read)
    answers = await asyncio.gather(*(client.get("/", headers=BROWSER) for _ in range(5)))
    assert {one.status_code for one in answers} == {200}
    assert len(readers) == 1
    assert readers != [threading.get_ident()]


async def test_a_node_may_serve_none(make_app: MakeApp) -> None:
    client = make_app(console=None)
    for path in ("/", "/tasks", ASSET):
        answer = await client.get(path, headers=BROWSER)
        assert answer.status_code == 404
        assert answer.json()["code"] == "not-found"


async def test_files_have_a_rate_of_their_own(make_app: MakeApp, folder: Path) -> None:
    rates = RateLimits(address=Rate(1.0, 2), files=Rate(1.0, 4))
    client = make_app(console=folder, rates=rates)
    asked = [(await client.get("/v1/calls")).status_code for _ in range(3)]
    assert asked == [401, 401, 429]
    # What else came from there keeps no page from its scripts; but they are bounded, too.
    answers = [await client.get(path, headers=BROWSER) for path in ("/", ASSET, "/x", "/sw.js")]
    assert [one.status_code for one in answers] == [200] * 4
    assert answers[0].headers["RateLimit"] == '"files";r=3;t=1'
    refused = await client.get("/", headers=BROWSER)
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate-limited"


async def test_pages_are_one_route_in_the_measures(world: World, client: httpx.AsyncClient) -> None:
    for path in ("/", "/tasks", "/customers/cus_1"):
        await client.get(path, headers=BROWSER)
    metrics = (await client.get("/metrics")).text
    assert 'route="/{console}",status="200"' in metrics
    assert "cus_1" not in metrics
