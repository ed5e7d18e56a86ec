"""Calls over a network that loses every seventh message.

    python bench/loss.py [--calls 200] [--loss 0.15]

Two-leg calls over UDP between SIPp telephones, through the product's own flow; the kernel drops
`loss` of all SIP datagrams in each direction. Prints how the calls ended by the gateway's own
record, how many the telephones at each end saw through, and what the gateway still holds. Needs
root (a network namespace and iptables).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from lab import Node, enter_namespace, machine, node, sipp_callees, sipp_callers

from tests.parts.sipp_steps import Behaviour

#: How long telephones go on answering repeated messages, and how long a talk lasts: so long that
#: an ACK is repeated several times before the BYE, which SIPp takes only after it.
LINGER_MS = 34_000
TALK_MS = 10_000


def main() -> None:
    """Run and print; exit 1 unless every call ended as intended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--loss", type=float, default=0.15)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    lose(options.loss)
    with node(people=options.calls) as running, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        callees = sipp_callees(
            folder, [Behaviour("[+]86139[0-9]*", "answers_without_ringing")], linger_ms=LINGER_MS
        )
        callers = sipp_callers(
            folder,
            "talks_and_hangs_up",
            range(options.calls),
            rate=options.rate,
            calls=options.calls,
            linger_ms=LINGER_MS,
            pause_ms=TALK_MS,
        )
        code = callers.process.wait(options.calls / options.rate + 200)
        time.sleep(5)
        outcomes = ended(running)
        held = running.metrics()["voicegw_sip_sessions"]
        events = {
            key: value for key, value in running.metrics().items() if "retransmi" in key and value
        }
        callees.stop()
    print(f"{options.loss:.0%} of datagrams lost each way, {options.calls} calls")
    print(f"ended: {dict(outcomes)}; sessions left: {held:.0f}; SIPp callers' exit code: {code}")
    for key, value in sorted(events.items()):
        print(f"{key} {value:.0f}")
    if outcomes != Counter({("connected", "customer"): options.calls}) or held:
        sys.exit("not every call ended as intended")


def lose(share: float) -> None:
    """Drop `share` of the datagrams to the gateway's SIP port, and as many of those from it."""
    chance = f"statistic --mode random --probability {share}"
    for port in ("--dport", "--sport"):
        rule = f"iptables -A INPUT -p udp {port} 5060 -m {chance} -j DROP"
        subprocess.run(rule.split(), check=True)


def ended(running: Node) -> Counter[tuple[str, str]]:
    """Return how many calls ended with each outcome, and by whom."""
    found: Counter[tuple[str, str]] = Counter()
    cursor = ""
    while True:
        page = running.get(f"/v1/calls?limit=200{cursor}")
        for call in page["items"]:
            found[str(call["outcome"]), str(call["hangup_source"])] += 1
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


if __name__ == "__main__":
    main()
