from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import config
from config import Settings, load
from config.reference import render
from config.sections import Section, fields_of, item_of

FILE = Path(config.__file__).parent / "voicegw.toml"


def keys_of(model: type[Section], at: str = "") -> set[str]:
    found = set()
    for key, field in fields_of(model).items():
        nested = item_of(field.annotation) or field.annotation
        if isinstance(nested, type) and issubclass(nested, Section):
            found |= keys_of(nested, f"{at}{key}.")
        else:
            found.add(f"{at}{key}")
    return found


def uncommented(text: str) -> str:
    """Return the file with its examples switched on."""
    return re.sub(r"^#(?=\[\[|[a-z_0-9]+ = )", "", text, flags=re.MULTILINE)


def written_keys(tree: object, at: str = "") -> set[str]:
    if isinstance(tree, dict):
        return {key for name, value in tree.items() for key in written_keys(value, f"{at}{name}.")}
    if isinstance(tree, list) and tree and isinstance(tree[0], dict):
        return written_keys(tree[0], at)
    return {at.rstrip(".")}


def test_the_default_file_equals_the_defaults() -> None:
    assert load(FILE, {}) == Settings()


def test_the_default_file_lists_every_key() -> None:
    tree = tomllib.loads(uncommented(FILE.read_text(encoding="utf-8")))
    assert written_keys(tree) == keys_of(Settings)


def test_the_examples_in_the_default_file_are_right(tmp_path: Path) -> None:
    path = tmp_path / "voicegw.toml"
    path.write_text(uncommented(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    settings = load(path, {})
    assert settings.trunk[0].model_dump(exclude={"name", "uri"}) == (
        Settings.model_validate({"trunk": [{"name": "x", "uri": "sip:h"}]})
        .trunk[0]
        .model_dump(exclude={"name", "uri"})
    )


def test_every_key_is_explained() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if re.match(r"#?[a-z_0-9]+ = ", line):
            assert above.startswith("# "), line
            assert above.endswith((".", "…", ")")), line


def test_the_default_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == render()
