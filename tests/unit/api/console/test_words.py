"""Whatever the API refuses, the console has a word for it in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TEXT = ROOT / "console/src/text"
_WORD = re.compile(r'^  "?([\w:-]+)"?: \[\s*"(.+?)",\s*"(.+?)",?\s*\]', re.MULTILINE | re.DOTALL)


def words(file: str) -> dict[str, tuple[str, str]]:
    """Return the first table of a file of words: Chinese and English by name."""
    table = (TEXT / file).read_text("utf-8").partition("const table = {")[2].partition("\n}")[0]
    found = {name: (chinese, english) for name, chinese, english in _WORD.findall(table)}
    assert len(found) == table.count("],") > 40  # nothing of it was overlooked
    return found


def values(schema: str, field: str) -> set[str]:
    """Return what the document says that a field of an answer may be."""
    document = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    return set(document["components"]["schemas"][schema]["properties"][field]["enum"])


def test_every_code_of_a_problem_has_a_word() -> None:
    assert set(words("problems.ts")) == values("ProblemView", "code") | {"unreachable", "other"}


def test_every_kind_of_fault_has_a_word_but_other() -> None:
    kinds = {name.partition(":")[0] for name in words("faults.ts")}
    assert kinds == values("FieldProblemView", "kind") - {"other"}
    assert kinds <= set(words("faults.ts"))  # each has one for where no value comes along


@pytest.mark.parametrize("file", ["problems.ts", "faults.ts"])
def test_both_languages_say_it_with_the_same_values(file: str) -> None:
    for name, said in words(file).items():
        chinese, english = (set(re.findall(r"{{(\w+)}}", one)) for one in said)
        assert chinese == english, name
        assert re.search("[\u4e00-\u9fff]", said[0]), name
        assert not re.search("[\u4e00-\u9fff]", said[1]), name
