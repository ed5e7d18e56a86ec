"""Whatever the API refuses, the console has a word for it in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TEXT = ROOT / "console/src/text"
# `name: ["中文", "English"]`; where a number decides, the English is `{ one: "…", other: "…" }`.
_WORD = re.compile(
    r'^  "?(?P<name>[\w:-]+)"?: \[\s*"(?P<chinese>[^"]+)",\s*'
    r'(?:"(?P<english>[^"]+)"|'
    r'\{\s*one: "(?P<one>[^"]+)",\s*other: "(?P<other>[^"]+)",?\s*\}),?\s*\]',
    re.MULTILINE,
)


@dataclass(frozen=True)
class Word:
    """What the console says in both languages; `one` is the English of a single thing."""

    chinese: str
    english: str
    one: str | None


def words(file: str) -> dict[str, Word]:
    """Return the first table of a file of words, by name."""
    table = (TEXT / file).read_text("utf-8").partition("const table = {")[2].partition("\n}")[0]
    found = {
        match["name"]: Word(match["chinese"], match["english"] or match["other"], match["one"])
        for match in _WORD.finditer(table)
    }
    assert len(found) == table.count("],") > 40  # nothing of it was overlooked
    return found


def values_in(said: str) -> set[str]:
    """Return the names of the values that are put into what is said."""
    return set(re.findall(r"{{(\w+)}}", said))


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
        assert values_in(said.chinese) == values_in(said.english), name
        assert re.search("[\u4e00-\u9fff]", said.chinese), name
        assert not re.search("[\u4e00-\u9fff]", said.english), name
        if said.one is not None:  # "in a second" needs no number
            assert values_in(said.one) <= values_in(said.english), name
            assert not re.search("[\u4e00-\u9fff]", said.one), name
