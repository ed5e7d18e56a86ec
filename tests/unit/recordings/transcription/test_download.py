"""Models over a bad connection, from a server that lies, in archives that mean harm."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import threading
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recordings.transcription.catalogue import ENGINES
from recordings.transcription.download import Pulled, PullError, Source, _SafeRedirects, pull
from recordings.transcription.models import is_complete

NAME = "vosk-model-test-0.1"
PAYLOAD = bytes(range(256)) * 4096
FILES: Mapping[str, bytes] = {
    f"{NAME}/am/final.mdl": PAYLOAD,
    f"{NAME}/conf/mfcc.conf": b"--dither=0.0\n",
}


def archive_of(files: Mapping[str, bytes], *, links: Mapping[str, str] | None = None) -> bytes:
    """Return a zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:  # not compressed: sizes as they are
        for name, data in files.items():
            packed.writestr(name, data)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            packed.writestr(info, target)
    return stream.getvalue()


class Mirror:
    """A web server with one file, and what goes wrong with it."""

    def __init__(self) -> None:
        self.data = archive_of(FILES)
        self.etag = '"1"'
        self.ranges: list[str | None] = []
        self.breaks_after: list[int] = []
        """After how many bytes of the body each of the next answers ends."""
        self.claims_bytes: int | None = None
        self.statuses: list[int] = []
        self.ignores_ranges = False
        self.sends_on_to = ""
        self.is_endless = False
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/{NAME}.zip"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        if self.statuses:
            request.send_error(self.statuses.pop(0))
            return
        if self.sends_on_to:
            request.send_response(302)
            request.send_header("Location", self.sends_on_to)
            request.end_headers()
            return
        if self.is_endless:
            request.send_response(200)
            request.end_headers()
            with suppress(OSError):
                while True:
                    request.wfile.write(PAYLOAD)
        start = 0
        is_same = request.headers.get("If-Range") == self.etag
        if asked is not None and is_same and not self.ignores_ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            request.send_response(206)
            request.send_header(
                "Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
            )
        else:
            request.send_response(200)
        body = self.data[start:]
        request.send_header("ETag", self.etag)
        request.send_header("Content-Length", str(self.claims_bytes or len(body)))
        request.end_headers()
        if self.breaks_after:
            body = body[: self.breaks_after.pop(0)]
        request.wfile.write(body)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A server that does what it should, at first."""
    made = Mirror()
    yield made
    made.close()


def got(mirror: Mirror, folder: Path, sha256: str | None = None, **more: Any) -> Pulled:
    """Pull the model."""
    source = Source(NAME, mirror.url, ENGINES["vosk"], sha256)
    return pull(source, folder, rest_s=0.0, **more)


def leftovers(folder: Path) -> list[str]:
    """Return what lies in the workplace beside the lock."""
    return sorted(path.name for path in (folder / ".pulling").iterdir() if path.suffix != ".lock")


def test_a_model_is_there_whole_with_its_checksum(mirror: Mirror, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    pulled = got(mirror, tmp_path, on_progress=lambda there, total: seen.append((there, total)))
    assert pulled.path == tmp_path / NAME
    assert (pulled.path / "am/final.mdl").read_bytes() == PAYLOAD
    assert is_complete(pulled.path, ENGINES["vosk"])
    assert pulled.sha256 == hashlib.sha256(mirror.data).hexdigest()
    assert not pulled.was_pinned
    assert seen[0] == (0, len(mirror.data))
    assert seen[-1] == (len(mirror.data), len(mirror.data))
    assert leftovers(tmp_path) == []


def test_it_goes_on_where_the_connection_broke(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks_after = [300_000, 300_000]
    pulled = got(mirror, tmp_path)
    assert mirror.ranges == [None, "bytes=300000-", "bytes=600000-"]
    assert pulled.sha256 == hashlib.sha256(mirror.data).hexdigest()


def test_it_goes_on_in_another_run(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks_after = [300_000, 0, 0]
    with pytest.raises(PullError, match="pull again"):
        got(mirror, tmp_path, tries=2)
    assert not (tmp_path / NAME).exists()
    assert got(mirror, tmp_path).sha256 == hashlib.sha256(mirror.data).hexdigest()
    assert mirror.ranges[-1] == "bytes=300000-"


@pytest.mark.parametrize("ignores_ranges", [True, False])
def test_a_file_that_changed_meanwhile_is_begun_anew(
    mirror: Mirror, tmp_path: Path, ignores_ranges: bool
) -> None:
    mirror.breaks_after = [300_000, 0, 0]
    with pytest.raises(PullError):
        got(mirror, tmp_path, tries=2)
    mirror.data = archive_of({**FILES, f"{NAME}/README": b"new"})
    mirror.ignores_ranges = ignores_ranges
    if ignores_ranges:
        mirror.etag = '"2"'
    # A server that keeps its tag for another file is caught by the size.
    assert got(mirror, tmp_path).sha256 == hashlib.sha256(mirror.data).hexdigest()


def test_a_server_that_claims_more_than_it_sends_gets_no_model_in(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.claims_bytes = len(mirror.data) + 1000
    mirror.ignores_ranges = True
    with pytest.raises(PullError):
        got(mirror, tmp_path, tries=2)
    assert not (tmp_path / NAME).exists()


def test_a_server_that_claims_less_sends_no_archive(mirror: Mirror, tmp_path: Path) -> None:
    mirror.claims_bytes = 500_000
    with pytest.raises(PullError, match="no archive"):
        got(mirror, tmp_path)
    assert leftovers(tmp_path) == []


def test_errors_of_the_server(mirror: Mirror, tmp_path: Path) -> None:
    mirror.statuses = [503, 500]
    assert got(mirror, tmp_path).path.is_dir()
    mirror.statuses = [404]
    with pytest.raises(PullError, match="404"):
        got(mirror, tmp_path)
    mirror.statuses = [503] * 3
    with pytest.raises(PullError, match="503"):
        got(mirror, tmp_path, tries=3)
    assert (tmp_path / NAME).is_dir()  # what was there is still there


def test_the_checksum_that_is_asked_for(mirror: Mirror, tmp_path: Path) -> None:
    right = hashlib.sha256(mirror.data).hexdigest()
    with pytest.raises(PullError, match="instead of"):
        got(mirror, tmp_path, "ab" * 32)
    assert not (tmp_path / NAME).exists()
    assert leftovers(tmp_path) == []
    assert got(mirror, tmp_path, right.upper()).was_pinned


def test_the_checksum_of_the_first_time_is_kept(mirror: Mirror, tmp_path: Path) -> None:
    first = got(mirror, tmp_path)
    assert json.loads((tmp_path / "pins.json").read_text()) == {NAME: first.sha256}
    shutil.rmtree(first.path)
    assert got(mirror, tmp_path).was_pinned
    mirror.data = archive_of({**FILES, f"{NAME}/am/final.mdl": b"other"})
    mirror.etag = '"2"'
    with pytest.raises(PullError, match="instead of"):
        got(mirror, tmp_path)
    assert (first.path / "am/final.mdl").read_bytes() == PAYLOAD


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (archive_of({**FILES, "../outside": b"x"}), "outside"),
        (archive_of({**FILES, f"{NAME}/../../outside": b"x"}), "outside"),
        (archive_of({**FILES, "/tmp/outside": b"x"}), "outside"),
        (archive_of({**FILES, "..\\outside": b"x"}), "outside"),
        (archive_of(FILES, links={f"{NAME}/link": "/etc/passwd"}), "link"),
        (archive_of({f"{NAME}/README": b"x"}), "no model"),
        (b"<html>sign in</html>", "no archive"),
    ],
)
def test_an_archive_that_means_harm_is_refused(
    mirror: Mirror, tmp_path: Path, harm: bytes, why: str
) -> None:
    mirror.data = harm
    folder = tmp_path / "models"
    with pytest.raises(PullError, match=why):
        got(mirror, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["models"]
    assert not (folder / NAME).exists()


def test_an_archive_that_would_fill_the_disk_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{NAME}/am/final.mdl", bytes(50_000_000))
    mirror.data = stream.getvalue()
    with pytest.raises(PullError, match="fill the disk"):
        got(mirror, tmp_path)


def test_there_must_be_room(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=2_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(PullError, match="MB free"):
        got(mirror, tmp_path)


def test_what_is_no_web_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PullError, match="http"):
        pull(Source(NAME, "file:///etc/passwd", ENGINES["vosk"]), tmp_path)


@pytest.mark.parametrize("elsewhere", ["ftp://127.0.0.1/x.zip", "file:///etc/passwd", "gopher:x"])
def test_it_is_not_led_out_of_the_web(mirror: Mirror, tmp_path: Path, elsewhere: str) -> None:
    mirror.sends_on_to = elsewhere
    with pytest.raises(PullError, match=r"sends on|answers 302"):
        got(mirror, tmp_path, tries=1)
    assert leftovers(tmp_path) == []


def test_it_is_not_led_out_of_tls() -> None:
    redirects = _SafeRedirects()
    secure = urllib.request.Request("https://models.test/a.zip")
    with pytest.raises(PullError, match="https"):
        redirects.redirect_request(secure, None, 302, "", HTTPMessage(), "http://models.test/a.zip")
    for url in ("https://cdn.test/a.zip", "https://models.test/b.zip"):
        assert redirects.redirect_request(secure, None, 302, "", HTTPMessage(), url) is not None


def test_an_endless_answer_is_left_while_there_is_room_for_calls(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.is_endless = True
    usage = shutil.disk_usage(tmp_path)._replace(free=60_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(PullError, match="MB free"):
        got(mirror, tmp_path)
    assert leftovers(tmp_path) == []


def test_an_archive_that_breaks_off_in_mid_file_leaves_nothing_and_blocks_nothing(
    mirror: Mirror, tmp_path: Path
) -> None:
    """A broken stream is told by the decompressor, in its own words."""
    good = mirror.data
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{NAME}/conf/mfcc.conf", b"x")
        packed.writestr(f"{NAME}/am/final.mdl", np.random.default_rng(1).bytes(200_000))
    broken = bytearray(stream.getvalue())
    broken[100_000:150_000] = bytes([0xFF]) * 50_000
    start = broken.index(b"am/final.mdl") + len("am/final.mdl")
    broken[start : start + 64] = bytes([0xFF]) * 64
    with pytest.raises(zlib.error), zipfile.ZipFile(io.BytesIO(bytes(broken))) as packed:
        packed.read(f"{NAME}/am/final.mdl")
    mirror.data = bytes(broken)
    with pytest.raises(PullError, match="no archive"):
        got(mirror, tmp_path)
    assert leftovers(tmp_path) == []
    mirror.data, mirror.etag = good, '"2"'
    assert got(mirror, tmp_path).path.is_dir()


@pytest.mark.parametrize(
    "files",
    [
        {**FILES, f"{NAME}/a": b"x", f"{NAME}/a/b": b"x"},
        {**FILES, **{f"{NAME}/{number}": b"" for number in range(10_001)}},
    ],
)
def test_an_archive_that_contradicts_itself_leaves_nothing(
    mirror: Mirror, tmp_path: Path, files: Mapping[str, bytes]
) -> None:
    mirror.data = archive_of(files)
    with pytest.raises(PullError, match="unpacked"):
        got(mirror, tmp_path)
    assert not any(path.name.endswith(".unpacked") for path in (tmp_path / ".pulling").iterdir())
    assert not (tmp_path / NAME).exists()


def test_damaged_pins_are_no_reason_to_trust_anew(mirror: Mirror, tmp_path: Path) -> None:
    got(mirror, tmp_path)
    (tmp_path / "pins.json").write_text('{"vosk-model')
    asked = len(mirror.ranges)
    with pytest.raises(PullError, match=r"pins\.json is damaged"):
        got(mirror, tmp_path)
    assert len(mirror.ranges) == asked


def test_a_pin_that_came_meanwhile_is_kept(mirror: Mirror, tmp_path: Path) -> None:
    """Two models are pulled at once: each keeps its checksum."""
    pins = tmp_path / "pins.json"

    def other_is_pinned(there: int, total: int | None) -> None:
        if there == total:
            pins.write_text(json.dumps({"other": "ab" * 32}))

    pulled = got(mirror, tmp_path, on_progress=other_is_pinned)
    assert json.loads(pins.read_text()) == {NAME: pulled.sha256, "other": "ab" * 32}


@pytest.mark.parametrize(
    ("name", "url", "sha256"),
    [
        ("pins.json", "http://models.test/a.zip", None),
        ("a b", "http://models.test/a.zip", None),
        (NAME, "http://models.test/a.zip", "sha256:" + "ab" * 32),
        (NAME, "http://[::1", None),
        (NAME, "http://", None),
        (NAME, "http://models.test/模型.zip", None),
    ],
)
def test_what_can_be_seen_to_be_wrong_is_told_at_once(
    tmp_path: Path, name: str, url: str, sha256: str | None
) -> None:
    with pytest.raises(PullError):
        pull(Source(name, url, ENGINES["vosk"], sha256), tmp_path)
    assert not (tmp_path / ".pulling").exists()
