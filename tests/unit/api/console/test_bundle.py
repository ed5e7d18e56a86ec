"""What of the built console is kept, and how it is sent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from api.console.bundle import is_file, read_bundle

SCRIPT = b"export const one = 1;\n" * 200
BROTLI = b"as the build packed it"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A console that was built, and what a builder leaves beside it."""
    for name, content in {
        "index.html": b"<!doctype html>",
        "assets/index-4f3a.js": SCRIPT,
        "assets/index-4f3a.js.br": BROTLI,
        "assets/voice-1b2c.woff2": bytes(range(256)) * 8,
        "assets/small-9d8e.css": b"a{}",
        "sw.js": b"//",
        "notes.xyz": b"?",
        ".vite/manifest.json": b"{}",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return tmp_path


def test_every_file_is_known_by_its_path_but_hidden_ones(built: Path) -> None:
    bundle = read_bundle(built)
    assert bundle is not None
    assert set(bundle) == {
        "/index.html",
        "/assets/index-4f3a.js",
        "/assets/voice-1b2c.woff2",
        "/assets/small-9d8e.css",
        "/sw.js",
        "/notes.xyz",
    }
    types = {path: asset.media_type for path, asset in bundle.items()}
    assert types["/assets/index-4f3a.js"] == "text/javascript; charset=utf-8"
    assert types["/notes.xyz"] == "application/octet-stream"


def test_only_what_gets_smaller_is_packed(built: Path) -> None:
    bundle = read_bundle(built)
    assert bundle is not None
    packed = bundle["/assets/index-4f3a.js"].packed
    assert list(packed) == ["br", "gzip"]
    assert packed["br"] == BROTLI
    assert gzip.decompress(packed["gzip"]) == SCRIPT
    assert bundle["/assets/voice-1b2c.woff2"].packed == {}
    assert bundle["/assets/small-9d8e.css"].packed == {}


def test_what_the_build_did_not_pack_is_packed_by_gzip_alone(built: Path) -> None:
    (built / "assets/index-4f3a.js.br").unlink()
    bundle = read_bundle(built)
    assert bundle is not None
    assert list(bundle["/assets/index-4f3a.js"].packed) == ["gzip"]


def test_only_names_with_a_hash_may_be_kept_unasked(built: Path) -> None:
    bundle = read_bundle(built)
    assert bundle is not None
    kept = {path for path, asset in bundle.items() if asset.max_age_s}
    assert kept == {path for path in bundle if path.startswith("/assets/")}


def test_a_tag_changes_with_the_content_alone(built: Path) -> None:
    before = read_bundle(built)
    (built / "sw.js").write_bytes(b"// newer")
    after = read_bundle(built)
    assert before is not None
    assert after is not None
    changed = {path for path in before if before[path].etag != after[path].etag}
    assert changed == {"/sw.js"}


@pytest.mark.parametrize("without", ["nothing", "index.html"])
def test_a_folder_without_a_first_page_is_no_console(built: Path, without: str) -> None:
    folder = built / "nowhere"
    if without == "index.html":
        (built / without).unlink()
        folder = built
    assert read_bundle(folder) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/assets/anything", True),
        ("/sw.js", True),
        ("/manifest.webmanifest", True),
        ("/", False),
        ("/customers/cus_1", False),
        ("/flows/menu.v2", False),
    ],
)
def test_files_are_told_from_addresses_of_pages(path: str, expected: bool) -> None:
    assert is_file(path) is expected
