"""Models over a bad connection, from a server that lies, in archives that mean harm."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from recordings.transcription.catalogue import ENGINES
from recordings.transcription.download import Pulled, PullError, Source, pull
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
