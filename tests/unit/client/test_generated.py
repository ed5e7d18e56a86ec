"""What is written by programs is what is checked in: models, filters, the client that waits."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from api.client_blocking import without_asyncio
from api.client_models import sources

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "voicegw" / "client"


def test_the_models_are_those_of_the_document() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    models = CLIENT / "models"
    checked_in = {str(path.relative_to(models)): path.read_text() for path in models.rglob("*.py")}
    assert sources(document) == checked_in, "run make client"


def test_a_change_of_the_document_changes_the_models() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    call = document["components"]["schemas"]["CallView"]["properties"]
    call["mood"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "New"}
    assert "    #: New\n    mood: str | None = None\n" in sources(document)["calls.py"]


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (CLIENT / "aio").glob("*.py") if path.stem != "__init__")
)
def test_the_client_that_waits_is_the_one_with_asyncio(name: str) -> None:
    written = without_asyncio((CLIENT / "aio" / name).read_text(), f"aio/{name}")
    assert (CLIENT / "blocking" / name).read_text() == written, "run make client"
    assert "async" not in written.partition("from __future__")[2]
    assert "await" not in written


def test_nothing_waits_that_is_not_written() -> None:
    names = [{path.name for path in (CLIENT / one).glob("*.py")} for one in ("aio", "blocking")]
    assert names[0] == names[1]


def test_what_it_needs_is_installed_with_it() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for name in ("httpx", "msgspec", "standardwebhooks"):
        assert any(one.startswith(name) for one in wanted)
