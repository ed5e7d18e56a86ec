"""The list of prompts that calls need is what their code plays."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from ivr.prompts import REQUIRED, SHIPPED
from ivr.spoken import Speaker

ROOT: Final = SHIPPED.parents[1]
NO_PROMPTS: Final = frozenset({"day", "month", "person"})
"""Words of the code that are names of prompts by chance."""
MADE: Final = frozenset({*(f"d{digit}" for digit in range(10)), "time_almost_up", "busy_cn"})
"""Made of parts, or kept for whoever puts them into a flow."""
CALLERS: Final = (None, "core", "potential", "regular", "assisted", "other")


def shipped() -> set[str]:
    return {path.stem for path in SHIPPED.glob("*/*.wav")}


def written() -> set[str]:
    """Return every text in the code of calls that is the name of a shipped prompt."""
    names = shipped()
    return {
        node.value
        for package in ("calls", "model", "routing")
        for path in Path(ROOT, "voicegw", package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
    } - NO_PROMPTS


def spoken() -> set[str]:
    """Return every word of the sentences that calls put together."""
    speaker = Speaker("zh")
    sentences = [
        speaker.digits("0123456789"),
        *(speaker.queue_position(ahead) for ahead in range(500)),
        *(speaker.estimated_wait(seconds) for seconds in range(0, 36_000, 30)),
        *(
            speaker.who_calls(class_, "1234", known=known)
            for class_ in CALLERS
            for known in (False, True)
        ),
    ]
    return {word for sentence in sentences for word in sentence}


def test_what_calls_play_is_required() -> None:
    assert len(written()) > 40
    assert (written() | spoken()) - set(REQUIRED) == set()


def test_what_is_required_is_played_and_there() -> None:
    assert set(REQUIRED) - written() - spoken() - MADE == set()
    assert set(REQUIRED) - shipped() == set()
    assert len(set(REQUIRED)) == len(REQUIRED)
