"""What the shipped prompts say, as the API tells it, is what their notice says."""

from __future__ import annotations

import json
import re
from typing import Final

from ivr.prompt_service import TEXTS
from ivr.prompts import SHIPPED

_ROW: Final = re.compile(r"^\| ([a-z0-9_]+) \| (.+?) \|$", re.MULTILINE)


def test_texts_are_those_of_the_notice_and_of_no_other_prompts() -> None:
    texts = json.loads((SHIPPED / TEXTS).read_text("utf-8"))
    said = (SHIPPED / "NOTICE.md").read_text("utf-8").partition("## What they say")[2]
    rows = dict(_ROW.findall(said))
    assert len(rows) > 90
    del rows["name"]
    assert {name: texts["zh"][name] for name in rows} == rows
    for language, named in texts.items():
        files = {path.stem for path in (SHIPPED / language).glob("*.wav")}
        assert set(named) <= files
        assert language != "zh" or set(named) == files
