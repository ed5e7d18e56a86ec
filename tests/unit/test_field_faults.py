"""What is refused says so in stable words, wherever it is raised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from api.problems import CODES
from voicegw.errors import InvalidError
from voicegw.field_faults import FAULT_KINDS, FaultKind

ROOT = Path(__file__).parents[2]
#: What no request leads to: command lines, signalling, and the sending of messages.
NOT_ASKED = ("voicegw/cli", "voicegw/sip", "voicegw/client", "voicegw/demo")
#: What one hears on the telephone, and what a runner tells another.
NOT_ANSWERED = {
    "dial-limit",
    "nothing-dialled",
    "unknown-customer",
    "assignment-state",
}


def raised(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of these classes in the gateway's own code, with where it stands."""
    for package in ("api", "ivr", "recordings", "voicegw"):
        for path in sorted((ROOT / package).rglob("*.py")):
            where = str(path.relative_to(ROOT))
            if not where.startswith(NOT_ASKED):
                for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                    match node:
                        case ast.Call(func=ast.Name(id=name)) if name in names:
                            yield f"{where}:{node.lineno}", node


def test_each_kind_is_explained_and_documented() -> None:
    assert set(get_args(FaultKind)) == set(FAULT_KINDS)
    guide = (ROOT / "docs/api.md").read_text("utf-8").partition("### Kinds of faults")[2]
    listed = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", guide.partition("\n## ")[0], re.MULTILINE)
    assert dict(listed) == dict(FAULT_KINDS)


def test_whatever_a_request_may_meet_says_its_kind() -> None:
    found = list(raised("InvalidError"))
    assert len(found) > 200
    silent = [where for where, call in found if not any(one.arg == "kind" for one in call.keywords)]
    assert silent == []


def test_every_refusal_of_a_rule_has_a_documented_code() -> None:
    slugs = {
        call.args[0].value: where
        for where, call in raised("ConflictError", "PolicyError", "ApiProblem")
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert len(slugs) > 60
    assert {slug: where for slug, where in slugs.items() if slug not in CODES} == {
        slug: slugs[slug] for slug in NOT_ANSWERED
    }


def test_a_fault_is_told_again_as_it_was() -> None:
    error = InvalidError("numbers", "at most 5", kind="too-many", max=5)
    assert (error.field, error.message, str(error)) == (
        "numbers",
        "at most 5",
        "numbers: at most 5",
    )
    again = InvalidError.of(error.fault)
    assert again.fault == error.fault
    assert (again.fault.kind, again.fault.params) == ("too-many", {"max": 5})
