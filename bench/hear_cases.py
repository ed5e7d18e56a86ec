"""Has Whisper hear the labelled cases again, as a node would, with what else they may be.

    python bench/hear_cases.py CASES.jsonl SOUNDS MODEL OUT.jsonl

`SOUNDS` has a file for each thing that a manager says, at 16 kHz, 16-bit, mono, called by the SHA-1
of what was spoken (`spoken`, or `text` where there is none) in hexadecimal, `.wav`. `MODEL` is the
folder of the model (CTranslate2). `tests/data/phrases/README.md` tells how they were spoken.
`OUT` is `CASES` with other `text` and `alternatives`; what customers say is left as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import soundfile

from recordings.transcription.engine import SAMPLE_RATE_HZ, EngineSpec, load_engine
from recordings.transcription.text import segment_of
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment

PROMPT: Final = (
    "以下是普通话电话录音，运营商客户经理与客户谈套餐、月租、合约期、违约金、宽限期、失效、流量、"
    "宽带、副卡、收益和风险。"
)


def sound_name(spoken: str) -> str:
    """Return the name of the file that holds `spoken`."""
    return hashlib.sha1(spoken.encode(), usedforsecurity=False).hexdigest() + ".wav"


def main() -> int:
    """Hear all cases; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in ("cases", "sounds", "model", "out"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    engine = load_engine(
        EngineSpec(
            "whisper", "recordings.transcription.whisper_engine:load", str(given.model), "zh",
            prompt=PROMPT, shares_model=False,
        )
    )  # fmt: skip
    heard: dict[str, Segment | None] = {}
    sound_s, started = 0.0, time.process_time()
    with given.out.open("w", encoding="utf-8") as out:
        for line in given.cases.read_text("utf-8").splitlines():
            case: dict[str, Any] = json.loads(line)
            # What another recognition has destroyed.
            case.pop("lost", None)
            for one in case["segments"]:
                spoken = one.get("spoken", one["text"])
                if one["channel"] != "manager":
                    continue
                if spoken not in heard:
                    samples, rate_hz = soundfile.read(
                        given.sounds / sound_name(spoken), dtype="int16"
                    )
                    assert rate_hz == SAMPLE_RATE_HZ
                    length_s = len(samples) / rate_hz
                    sound_s += length_s
                    found = engine.recogniser().hear(samples)
                    heard[spoken] = segment_of(
                        Channel.MANAGER, 0.0, length_s, found.words, found.alternatives
                    )
                segment = heard[spoken]
                one["text"] = segment.text if segment else ""
                one["alternatives"] = msgspec.to_builtins(segment.alternatives if segment else [])
            out.write(json.dumps(case, ensure_ascii=False) + "\n")
            out.flush()
    took_s = time.process_time() - started
    print(f"{sound_s:.0f} s of sound in {took_s:.0f} CPU-seconds ({took_s / sound_s:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
