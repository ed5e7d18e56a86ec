"""Measures what recognition left of phrases: the recall that no search could pass.

    python bench/phrase_bound.py          the recognised cases of tests/data/phrases
    python bench/phrase_bound.py FILE…    one's own, with `spoken` beside `text`

For each case whose phrase was said: the place where it was said, as it was spoken, is laid beside
what the recogniser wrote. A syllable is gone where it was dropped, or something stands there that
shares neither its beginning nor its end. Small words don't count. A case is lost to a search that
needs more of the phrase than is left. Only totals are printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from recordings.quality.alignment import align
from recordings.quality.alike import ways_to_say
from recordings.quality.asides import LIGHT, PARTICLES
from recordings.quality.lexicon import lexicon
from recordings.quality.one_form import normalised
from recordings.quality.readings import spelled_out
from recordings.quality.slots import filled
from recordings.quality.spoken import SpokenText, as_characters

CASES: Final = Path(__file__).resolve().parent.parent / "tests" / "data" / "phrases"
SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_GONE: Final = 0.8
"""From this cost on a syllable is another."""


def characters(text: str) -> SpokenText:
    """Return what was said, numbers as they are read out."""
    return as_characters(spelled_out(normalised(text)))


def share_gone(case: dict[str, Any]) -> float:
    """Return how much of what was said for the phrase of `case` is not in the text, 0 to 1."""
    own = [one for one in case["segments"] if one["channel"] == "manager"]
    said = characters("".join(one.get("spoken", one["text"]) for one in own))
    written = characters("".join(one["text"] for one in own))
    wanted = characters(filled(case["phrase"], case["slots"]))
    borders = {end for _, end in lexicon().words(wanted.chars)}
    wanted = replace(wanted, ways=ways_to_say(wanted.chars, borders))
    place = align(wanted, said, 0, len(said.chars))
    if place is None:
        return 1.0
    words = as_characters(said.chars[place.start : place.end])
    found = align(words, written, 0, len(written.chars))
    heavy = [row for row, char in enumerate(words.chars) if char not in LIGHT | PARTICLES]
    if found is None or not heavy:
        return 1.0
    return sum(found.costs[row] >= _GONE for row in heavy) / len(heavy)


def measure(file: Path) -> None:
    """Print for each class which part of the cases is left when so much of a phrase may be gone."""
    gone: dict[str, list[float]] = {}
    for line in file.read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["said"]:
            gone.setdefault(case["class"], []).append(share_gone(case))
    gone["all"] = [share for shares in gone.values() for share in shares]
    print(f"== {file.stem}: recall of an ideal search, by how much of a phrase it may miss")
    print(f"{'':10} {'said':>5}" + "".join(f"{f'≤ {share:.0%}':>8}" for share in SHARES))
    for name, shares in gone.items():
        kept = (sum(one <= most for one in shares) / len(shares) for most in SHARES)
        print(f"{name:10} {len(shares):5}" + "".join(f"{one:8.2f}" for one in kept))


def main() -> int:
    """Measure the files that were named; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files
    for file in files or [CASES / f"recognised_{part}.jsonl" for part in ("open", "sealed")]:
        measure(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
