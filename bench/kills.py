"""Kills node, worker, finisher and transcriber in turn, at random times, during talks.

    python bench/kills.py [--count 200] [--seed 1] [--victims node,worker,…]

After each kill the recording of the talk is looked at: no finished second may be missing but the
last one, no recording may come twice, nothing may be left undone. With one of the victims `loader`,
`transcriber` and `node-transcribing` each talk is transcribed too: one transcript, one check, one
`call.settled`. Prints each fault and a summary; ends with exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.parts.kills import (
    SPEECH_VICTIMS,
    VICTIMS,
    faults_of,
    kill_once,
    leftovers,
    speech_faults_of,
    speech_lab,
)
from tests.parts.lab import make_lab


def main() -> int:
    """Kill, look, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", default=",".join([*VICTIMS, *SPEECH_VICTIMS]))
    arguments = parser.parse_args()
    victims = arguments.victims.split(",")
    chance = random.Random(arguments.seed)
    kills: collections.Counter[str] = collections.Counter()
    faults = 0
    began = time.monotonic()
    with_speech = not set(victims).isdisjoint(SPEECH_VICTIMS)
    with tempfile.TemporaryDirectory() as folder:
        lab = speech_lab(Path(folder)) if with_speech else make_lab(Path(folder))
        try:
            for number in range(arguments.count):
                killing = kill_once(lab, victims[number % len(victims)], chance)
                kills[killing.victim] += 1
                found = faults_of(lab, killing)
                if with_speech:
                    found += speech_faults_of(lab, killing)
                for fault in found:
                    faults += 1
                    print(f"kill {number} of {killing.victim}: {fault}", flush=True)
                if (number + 1) % 10 == 0:
                    print(f"{number + 1} kills, {faults} faults", flush=True)
            left = leftovers(lab)
        finally:
            lab.close()
    told = ", ".join(f"{count} x {victim}" for victim, count in kills.items())
    print(f"killed {told} in {time.monotonic() - began:.0f} s: {faults} faults, left: {left}")
    return 1 if faults or left else 0


if __name__ == "__main__":
    sys.exit(main())
