"""A flood of logins beside running calls: what the calls notice.

    python bench/logins.py [--seconds 30] [--calls 50] [--guessers 40]

A node on both cores carries calls with sound in both directions, recorded, twice: by themselves,
and while guessers try passwords as fast as they are answered. They come from ever new addresses,
and rates are switched off, so that each try costs a comparison of passwords or is sent away as one
too many. Ends with exit code 1 when calls took harm, as `mixed_reads.py` says what that is, or when
the flood was none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
from lab import CONFIG, Node, directory, enter_namespace, machine
from mixed_reads import carried

#: Tries from one address before the next: fewer than lock it.
_TRIES: Final = 25
_BEFORE_S: Final = 1.0
_LEAST_TRIES: Final = 100
#: Made once: reading the authorities takes longer than a try.
_TRUSTED: Final = ssl.create_default_context()
_UNLIMITED: Final = "unauthenticated_per_s = 100000\nunauthenticated_burst = 100000\n"


async def guess(url: str, guesser: int, until_s: float, answers: Counter[str]) -> None:
    """Try passwords of unknown logins until that moment of the monotonic clock."""
    turn = 0
    while time.monotonic() < until_s:
        address = f"127.{guesser + 1}.{turn // 250}.{turn % 250 + 1}"
        turn += 1
        transport = httpx.AsyncHTTPTransport(verify=_TRUSTED, local_address=address)
        async with httpx.AsyncClient(transport=transport, base_url=url, timeout=30) as client:
            for number in range(_TRIES):
                if time.monotonic() >= until_s:
                    return
                body = {"login": f"g{guesser}-{turn}-{number}", "password": "wrong in any case"}
                answer = await client.post("/v1/session", json=body)
                answers[answer.json()["code"]] += 1


async def flood(url: str, guessers: int, seconds: float) -> dict[str, int]:
    """Return how often what was answered."""
    answers: Counter[str] = Counter()
    until_s = time.monotonic() + seconds
    await asyncio.gather(*(guess(url, number, until_s, answers) for number in range(guessers)))
    return dict(answers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--guessers", type=int, default=40)
    parser.add_argument("--flood", metavar="URL", help="guess only, and print what was answered")
    options = parser.parse_args(arguments)
    if options.flood:
        os.nice(19)  # elsewhere they would not be on this machine
        print(json.dumps(asyncio.run(flood(options.flood, options.guessers, options.seconds))))
        return 0
    enter_namespace()
    print(f"machine: {machine()}")
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
        config = CONFIG.format(folder=name, workers=2, port_drain_s=2) + _UNLIMITED
        running = Node(Path(name), config, api_port=8080, preexec=os.setsid)
        running.prepare(directory(options.calls))
        running.start()
        try:
            return _measure(running, options)
        finally:
            running.stop()


def _measure(running: Node, options: argparse.Namespace) -> int:
    calm = carried(running, options.calls, options.seconds)
    print(f"calls by themselves:\n  {calm.describe()}", flush=True)
    lasts_s = options.seconds + _BEFORE_S + 6
    command = [
        sys.executable, __file__, "--flood", running.api,
        "--guessers", str(options.guessers), "--seconds", str(lasts_s),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as guessing:
        time.sleep(_BEFORE_S)
        busy = carried(running, options.calls, options.seconds)
        text, _ = guessing.communicate()
    answers: dict[str, int] = json.loads(text)
    print(f"beside {options.guessers} guessers:\n  {busy.describe()}")
    print(f"  {sum(answers.values()) / lasts_s:.0f} tries a second: {answers}")
    wrong = busy.harm_beside(calm)
    if answers.get("login-failed", 0) < _LEAST_TRIES:
        wrong.append("no flood")
    print(f"missed: {', '.join(wrong)}" if wrong else "all as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
