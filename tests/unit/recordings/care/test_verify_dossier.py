"""The script of a dossier against the libraries that made what it checks."""

from __future__ import annotations

import ast
import io
import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.care import verify_dossier
from recordings.care.verify_dossier import canonical, ed25519_verifies, main
from recordings.integrity import canonical as sealed

#: RFC 8032 §7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc(key: str, message: str, signature: str) -> None:
    raw = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519_verifies(*raw)
    assert not ed25519_verifies(raw[0], raw[1] + b"x", raw[2])


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_it_agrees_with_the_library(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert ed25519_verifies(public, message, signature)
    altered = bytearray(signature)
    altered[bit // 8] ^= 1 << bit % 8
    assert not ed25519_verifies(public, message, bytes(altered))


def test_what_is_no_key_or_no_signature() -> None:
    public, message, signature = (bytes.fromhex(text) for text in VECTORS[0])
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little")
    malleable = signature[:32] + (scalar + order).to_bytes(32, "little")
    for key, claimed in (
        (public[:-1], signature),
        (public, signature[:-1]),
        (public, malleable),
        (b"\xff" * 32, signature),
        (b"\x02" + b"\x00" * 31, signature),  # no point of the curve
        (public, b"\xff" * 32 + signature[32:]),
    ):
        assert not ed25519_verifies(key, message, claimed)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(JSON)
def test_its_canonical_bytes_are_those_of_the_seals(value: Any) -> None:
    try:
        expected = sealed.canonical(value)
    except (UnicodeEncodeError, ValueError):
        return
    assert canonical(value) == expected


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(verify_dossier.__file__).read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names
    assert ast.parse(Path(verify_dossier.__file__).read_text(), feature_version=(3, 8))


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert main([str(tmp_path / "x.zip")]) == 2
    assert main([str(tmp_path / "none.zip")]) == 2
    with pytest.raises(SystemExit) as ended:
        main(["--key", "short"])
    assert ended.value.code == 2
    assert main([str(tmp_path)]) == 1
    assert "dossier.json: is not there" in capsys.readouterr().out


def archive_of(**members: str) -> bytes:
    """Return a zip file; underscores in names stand for dots."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def test_no_altered_byte_of_an_archive_ends_in_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = {"members": [{"name": "k.json", "sha256": "0", "size_bytes": 2}], "keys": "k.json"}
    whole = archive_of(dossier_json=json.dumps(listed), k_json="[]", dossier_sig="{}")
    path, rng = tmp_path / "dossier.zip", random.Random(7)
    for _ in range(600):
        altered = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            # 1: it is encrypted; 8, 9, 12, 14: packed in some other way.
            altered[rng.randrange(len(altered))] = rng.choice([0, 1, 8, 9, 12, 14, 255])
        path.write_bytes(altered)
        assert main([str(path)]) in {1, 2}
    capsys.readouterr()


@pytest.mark.parametrize("text", ["[" * 50_000, "[1]", '{"members": 1}', "9" * 5000])
def test_a_list_of_another_shape_is_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dossier.zip"
    path.write_bytes(archive_of(dossier_json=text))
    assert main([str(path)]) == 1


def test_a_name_in_an_archive_does_nothing_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dossier.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dossier.json", "{}")
        archive.writestr("a\x1b[2J\neverything holds", b"")
    assert main([str(path)]) == 1
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "everything holds" not in told.splitlines()
