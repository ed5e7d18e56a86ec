"""The console in Debian's Chromium, before a real node: how much it loads, how soon it answers.

    python bench/console.py [--customers 100000] [--calls 200] [--seconds 20] [--runs 5]

Prints, and ends with exit code 1 when a figure is over what it may be:

* the scripts of the first view of each role as they are sent, by Brotli and by gzip: all that the
  browser asks for until the page has its data, and what it reads ahead afterwards;
* how long, with the CPU slowed four times and nothing cached, until a page has its data and a key
  pressed there has its answer on the screen;
* a list of all customers, scrolled: rows that jumped or were blank, the longest task;
* a live board with many calls at once, some of which end and begin all the time: the longest task
  of the main thread in Chromium's own trace.

Run `make console` before it. It moves into a network namespace of its own where that is allowed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from lab import CONFIG, Node, directory, enter_namespace, machine, node, sipp_callees
from playwright.sync_api import Browser, Page, sync_playwright

from api.console.bundle import ENCODINGS
from config import load
from tests.console.browsing import DESKTOP, is_built, launch, log_in_by_form, settled
from tests.parts.node import Directory
from tests.parts.sipp_steps import Behaviour
from voicegw.cli.keeping_users import WantedUser, add
from voicegw.model.directory import Role

PASSWORD: Final = "a cow in the cellar"
MOST_SCRIPT_KB: Final = 250.0
AHEAD_MS: Final = 4_000
"""For so long the page is watched for what it reads ahead."""
MOST_INTERACTIVE_S: Final = 1.5
MOST_TASK_MS: Final = 100.0
SLOWER: Final = 4
#: Every role's login and the page that it begins with.
HOMES: Final = {"manager": "/tasks", "county": "/board", "reviewer": "/recordings", "admin": "/"}
_UNLIMITED: Final = "[api]\nrequests_per_s = 0\nunauthenticated_per_s = 0\n"

#: Notes when the page has drawn its data: a heading, and nothing that is being loaded.
_WATCH: Final = """
(() => {
    const look = () => {
        const content = document.querySelector("#content");
        if (content?.querySelector("h1") && !content.querySelector("[aria-busy=true]")) {
            requestAnimationFrame(() => setTimeout(() => {
                window.drawnAt ??= performance.now();
            }));
            observer.disconnect();
        }
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
})();
"""
#: The bytes of script that were asked for until then, and after it.
_SCRIPTS: Final = """() => {
    const scripts = performance.getEntriesByType("resource")
        .filter((one) => new URL(one.name).pathname.endsWith(".js"));
    const bytes = (some) => some.reduce((sum, one) => sum + one.encodedBodySize, 0);
    return [
        bytes(scripts.filter((one) => one.startTime <= window.drawnAt)),
        bytes(scripts.filter((one) => one.startTime > window.drawnAt)),
    ];
}"""
#: Presses a key and waits until the answer to it is on the screen.
_PRESS: Final = """async () => {
    const began = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - began;
}"""
#: Scrolls the longest list of the page for so many seconds, and watches its rows.
_SCROLL: Final = """async (seconds) => {
    const isScrolled = (one) => one.scrollHeight > one.clientHeight * 1.5
        && ["auto", "scroll"].includes(getComputedStyle(one).overflowY);
    const box = [...document.querySelectorAll("#content *")].find(isScrolled)
        ?? document.scrollingElement;
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const rows = () => new Map([...box.querySelectorAll("[role=row], tbody tr")]
        .filter((row) => row.querySelector("[role=columnheader], th[scope=col]") === null)
        .map((row) => [row.textContent, row.getBoundingClientRect()]));
    const seen = new Set();
    let jumps = 0, blanks = 0, frames = 0, waited = 0;
    const end = performance.now() + seconds * 1000;
    let before = rows(), from = box.scrollTop;
    while (performance.now() < end) {
        box.scrollTop += 280;
        await frame();
        await frame();
        const after = rows(), by = box.scrollTop - from;
        const at = box.getBoundingClientRect(), middle = at.top + at.height / 2;
        let isThere = false;
        for (const [key, place] of after) {
            seen.add(key);
            const was = before.get(key);
            if (was !== undefined && Math.abs(was.top - place.top - by) > 2) jumps += 1;
            isThere ||= place.top <= middle && middle <= place.bottom;
        }
        if (!isThere) blanks += 1;
        if (by === 0) {
            // The end of what is there: more is being loaded.
            waited += 1;
            await new Promise((done) => setTimeout(done, 20));
        }
        frames += 1;
        before = after;
        from = box.scrollTop;
    }
    return { rows: seen.size, jumps, blanks, frames, waited };
}"""


class Verdict:
    """Prints figures, and remembers whether one is over what it may be."""

    def __init__(self) -> None:
        """Nothing is over."""
        self.missed = False

    def tell(self, what: str, figure: float, unit: str, most: float | None = None) -> None:
        """Print a figure, and what it may be at most."""
        is_over = most is not None and figure > most
        self.missed |= is_over
        limit = "" if most is None else f"  (at most {most:g}{', MISSED' if is_over else ''})"
        print(f"{what:58} {figure:9.1f} {unit}{limit}", flush=True)


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest task of a page's main thread in a trace, in milliseconds.

    `wall_ms` is by the clock, `cpu_ms` what the thread itself computed in the longest so measured:
    on a machine that does other things, too, the former is longer.
    """

    wall_ms: float
    cpu_ms: float

    @classmethod
    def of(cls, trace: bytes) -> Longest:
        """Read a trace of Chromium's."""
        events = json.loads(trace)["traceEvents"]
        mains = {
            (event["pid"], event["tid"])
            for event in events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        tasks = [
            (event.get("dur", 0) / 1000, event.get("tdur", 0) / 1000)
            for event in events
            if event["name"] == "RunTask" and (event["pid"], event["tid"]) in mains
        ]
        if not tasks:
            raise SystemExit("the trace has no task of a page")
        return cls(max(wall for wall, _ in tasks), max(cpu for _, cpu in tasks))

    def tell(self, where: str, verdict: Verdict) -> None:
        """Print both."""
        what = f"{where}: longest task of the main thread"
        verdict.tell(what, self.wall_ms, "ms", MOST_TASK_MS)
        verdict.tell(f"{what}, its own computing", self.cpu_ms, "ms", MOST_TASK_MS)


def start_trace(browser: Browser, page: Page) -> None:
    """Begin to note every task of the page."""
    browser.start_tracing(
        page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"]
    )


def town(people: int, customers: int) -> Directory:
    """Return managers and their customers, and so many customers in all."""
    found = directory(people)
    for index in range(people, customers):
        number, owner = f"+86137{index:08d}", f"m{index % people}"
        found.customers.append([f"c{index}", f"客户 {index:06d}", "g1", number, owner])
    return found


def add_people(running: Node) -> None:
    """Let somebody of each role log in."""
    settings = load(running.config, {})
    for wanted in (
        WantedUser("admin", Role.ADMIN),
        WantedUser("county", Role.COUNTY_MANAGER, group="g1"),
        WantedUser("manager", Role.MANAGER, manager="m0"),
        WantedUser("reviewer", Role.QA_REVIEWER, group="g1"),
    ):
        add(settings, wanted, password=PASSWORD, one_time=False)


@contextmanager
def opened(browser: Browser, running: Node, login: str, *, slower: int = 1) -> Iterator[Page]:
    """Lend the page of somebody who is logged in, before it has loaded anything but the form."""
    context = browser.new_context(
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        service_workers="block",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(running.api)
    log_in_by_form(page, login, PASSWORD)
    settled(page)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    if slower > 1:
        network.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    try:
        yield page
    finally:
        context.close()


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts that a page has loaded, as they were sent, in KB of 1000 bytes."""

    first_kb: float
    """Asked for before the page had its data."""
    ahead_kb: float
    """Asked for afterwards, for what somebody may open."""

    @classmethod
    def of(cls, page: Page, url: str, encoding: str) -> Scripts:
        """Load `url` by this content coding alone."""
        page.goto("about:blank")  # where the page before reads nothing ahead any more
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.clearBrowserCache")
        network.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": encoding}})
        seen: set[str] = set()
        page.on(
            "response",
            lambda one: (
                seen.add(one.headers.get("content-encoding", "none"))
                if one.request.resource_type == "script"
                else None
            ),
        )
        page.add_init_script(_WATCH)
        page.goto(url, wait_until="commit")
        page.wait_for_function("() => window.drawnAt !== undefined")
        page.wait_for_timeout(AHEAD_MS)
        found: list[float] = page.evaluate(_SCRIPTS)
        # Less than fits into a packet is sent as it is.
        if encoding not in seen or not seen <= {encoding, "none"}:
            raise SystemExit(f"scripts came by {sorted(seen)}, not by {encoding}")
        return cls(found[0] / 1000, found[1] / 1000)


def measure_first_views(browser: Browser, running: Node, runs: int, verdict: Verdict) -> None:
    """Print what the first view of each role loads, and how soon it can be worked with."""
    for login, home in HOMES.items():
        for encoding in ENCODINGS:
            with opened(browser, running, login) as page:
                scripts = Scripts.of(page, running.api + home, encoding)
            what = f"scripts of the first view by {encoding}, {login}"
            verdict.tell(what, scripts.first_kb, "KB", MOST_SCRIPT_KB)
            verdict.tell(f"{what}: read ahead", scripts.ahead_kb, "KB")
        drawn, pressed = [], []
        for _ in range(runs):
            with opened(browser, running, login, slower=SLOWER) as page:
                page.add_init_script(_WATCH)
                page.goto(running.api + home, wait_until="commit")
                page.wait_for_function("() => window.drawnAt !== undefined")
                drawn.append(page.evaluate("() => window.drawnAt") / 1000)
                pressed.append(page.evaluate(_PRESS))
        verdict.tell(f"interactive, CPU {SLOWER} times slower, {login}", median(drawn), "s",
                     MOST_INTERACTIVE_S)  # fmt: skip
        verdict.tell(f"a key's answer then, {login}", median(pressed), "ms")


def measure_list(browser: Browser, running: Node, seconds: float, verdict: Verdict) -> None:
    """Print how a list of all customers is scrolled."""
    with opened(browser, running, "admin") as page:
        page.goto(running.api + "/customers")
        settled(page)
        start_trace(browser, page)
        found: dict[str, Any] = page.evaluate(_SCROLL, seconds)
        longest = Longest.of(browser.stop_tracing())
    verdict.tell("customers: rows scrolled past", found["rows"], "rows")
    verdict.tell("customers: frames", found["frames"], "")
    verdict.tell("customers: rows that jumped", found["jumps"], "", 0)
    verdict.tell("customers: frames with a blank middle", found["blanks"], "", 0)
    longest.tell("customers", verdict)


class Traffic:
    """So many calls at once; the oldest ends and another begins a few times a second."""

    def __init__(self, running: Node, calls: int) -> None:
        """Begin no call yet."""
        self._running = running
        self._ids = [running.dial(f"m{index}", f"c{index}") for index in range(calls)]
        for call_id in self._ids:
            running.bridged(call_id, 120)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self.changes = 0

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _turn(self) -> None:
        for place in itertools.cycle(range(len(self._ids))):
            if self._over.wait(0.3):
                return
            self._running.hangup(self._ids[place])
            self._running.ended(self._ids[place])
            self._ids[place] = self._running.dial(f"m{place}", f"c{place}")
            self.changes += 1


def measure_board(
    browser: Browser, running: Node, calls: int, seconds: float, verdict: Verdict
) -> None:
    """Print the longest task of a live board."""
    callees = sipp_callees(running.folder, [Behaviour(".*", "answers")])
    with ExitStack() as stack:
        stack.callback(callees.stop)
        traffic = stack.enter_context(Traffic(running, calls))
        page = stack.enter_context(opened(browser, running, "county"))
        page.goto(running.api + "/board")
        settled(page)
        page.wait_for_timeout(2000)
        start_trace(browser, page)
        page.wait_for_timeout(seconds * 1000)
        longest = Longest.of(browser.stop_tracing())
        shown = page.get_by_role("listitem").count()
    verdict.tell("board: calls at once", calls, "")
    verdict.tell("board: calls that ended and began meanwhile", traffic.changes, "")
    verdict.tell("board: items on the page", shown, "")
    longest.tell("board", verdict)


def main() -> int:
    """Measure; return 1 when something is over what it may be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if not is_built():
        print("the console is not built: make console", file=sys.stderr)
        return 1
    enter_namespace()
    print(machine())
    verdict, began = Verdict(), time.monotonic()
    config = CONFIG.replace("[api]\n", _UNLIMITED)
    with node(people=options.calls, core=None, config=config,
              town=town(options.calls, options.customers)) as running:  # fmt: skip
        print(f"{options.customers} customers imported in {time.monotonic() - began:.0f} s")
        add_people(running)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            measure_first_views(browser, running, options.runs, verdict)
            measure_list(browser, running, options.seconds, verdict)
            measure_board(browser, running, options.calls, options.seconds, verdict)
            browser.close()
    return 1 if verdict.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
