"""What calls itself pure is held to it (`.importlinter`)."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("voicegw", "recordings", "ivr", "api", "config")


def says_pure(path: Path) -> bool:
    """Whether a module's docstring says "Pure." or "Pure:"."""
    return (
        re.search(r"\bPure[.:]", ast.get_docstring(ast.parse(path.read_text())) or "") is not None
    )


def test_every_module_that_says_pure_is_held_to_it() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    held = contracts["importlinter:contract:pure"]["source_modules"].split()
    pure = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if says_pure(path)
    ]
    assert len(pure) > 60
    assert [
        name for name in pure if not any(f"{name}.".startswith(f"{one}.") for one in held)
    ] == []
