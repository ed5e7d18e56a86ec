"""Counts a report anew from `/v1/calls`, `/v1/tasks` and `/v1/events` alone, and compares.

The report `scores` needs what was found and given too: `/v1/recordings/{id}/findings` of each talk
that was checked, and `/v1/reviews`. Of deleted recordings nobody else can tell what was found.

    VOICEGW_KEY=vgw_… python bench/recount.py --url http://127.0.0.1:8080 \
        --from 2026-01-01 --until 2026-02-01 [--report activity] [--by day --by manager]

For whoever does not want to believe the gateway's own sums: it needs nothing of it but an
administrator's key, and follows docs/reports.md by itself. Prints each figure that differs and ends
with exit code 1 if there is one, else says how much was compared. Have it run on days on which
nothing is written meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import httpx

Record = dict[str, Any]
Get = Callable[[str, dict[str, Any]], Record]

REPORTS = ("activity", "tasks", "feedback", "managers", "hotlines", "scores")
SPLITS = ("day", "week", "month", "manager", "group", "hotline", "type")
FAULTS = (
    "statement-missing", "statement-unsure", "statement-late", "statement-out-of-order",
    "slot-wrong", "assent-missing", "assent-overrun", "phrase-forbidden", "phrase-unsure",
    "notice-missing", "measure",
)  # fmt: skip
BLIND = ("blind_first", "blind_second")
NOBODY_TALKED = {
    "missed", "abandoned", "manager_busy", "manager_no_answer", "manager_not_confirmed",
    "manager_declined", "manager_unreachable", "failed", "interrupted",
}  # fmt: skip
ANSWER = [1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300]
TALK = [10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800]
DELAY = [
    60, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 259200, 432000, 604800,
    1209600,
]  # fmt: skip


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def length_ms(begin: str, end: str) -> int:
    passed = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return max(passed // timedelta(milliseconds=1), 0)


def percentile(lengths_ms: list[int], bounds: list[int], share: float) -> float | None:
    """Return what docs/reports.md calls the value at `share`, from classes."""
    if not lengths_ms:
        return None
    wanted = share * len(lengths_ms)
    seen, lower = 0, 0
    for bound in [*bounds, None]:
        inside = sum(
            1
            for one in lengths_ms
            if (one > lower * 1000 or lower == 0) and (bound is None or one <= bound * 1000)
        )
        if inside and seen + inside >= wanted:
            if bound is None:
                return float(lower)
            return round(lower + (bound - lower) * (wanted - seen) / inside, 4)
        seen += inside
        lower = bound or lower
    return None


def mean_s(lengths_ms: list[int]) -> float | None:
    return round(sum(lengths_ms) / (1000 * len(lengths_ms)), 4) if lengths_ms else None


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


class Archive:
    """All that was read, and what each call says to whoever counts."""

    def __init__(self, calls: list[Record], scores: dict[str, float]) -> None:
        self.scores = scores
        self.talks: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for call in calls:
            if self.is_talk(call):
                for key in self.known_by(call):
                    self.talks[key].append(call)

    @staticmethod
    def known_by(call: Record) -> list[tuple[str, str]]:
        return [(name, call[name]) for name in ("customer_id", "customer_number") if call[name]]

    @staticmethod
    def customer_legs(call: Record) -> list[Record]:
        return [leg for leg in call["legs"] if leg["role"] == "customer"]

    def answered(self, call: Record) -> str | None:
        """Return who took a call outward: person, machine or nobody."""
        taken = [leg for leg in self.customer_legs(call) if leg["answered_at"]]
        people = [
            leg for leg in taken if leg["answered_by"] != "machine" and leg["reason"] != "voicemail"
        ]
        return "person" if people else "machine" if taken else None

    def is_dialled(self, call: Record) -> bool:
        return call["direction"] != "inbound" and any(
            leg["started_at"] for leg in self.customer_legs(call)
        )

    def is_talk(self, call: Record) -> bool:
        if not call["bridged_at"]:
            return False
        return call["direction"] == "inbound" or self.answered(call) != "machine"

    def later(self, call: Record, **within: int) -> list[Record]:
        """Return the customer's talks begun later, the first one first."""
        begun = moment(call["created_at"])
        found = {
            one["id"]: one
            for key in self.known_by(call)
            for one in self.talks[key]
            if begun < moment(one["created_at"]) <= begun + timedelta(**within)  # type: ignore[operator]
        }
        return sorted(found.values(), key=lambda one: (moment(one["created_at"]), one["id"]))


def figures_of_calls(calls: list[Record], all_of: Archive) -> Record:
    """Return every figure of docs/reports.md that is about calls."""
    dialled = [call for call in calls if all_of.is_dialled(call)]
    person = [call for call in dialled if all_of.answered(call) == "person"]
    vain = [call for call in dialled if all_of.answered(call) != "person"]
    recovered = [
        call
        for call in vain
        if any(one["direction"] == "inbound" for one in all_of.later(call, days=7))
    ]
    talks = [call for call in calls if all_of.is_talk(call)]
    talk_ms = [round((call["talk_s"] or 0) * 1000) for call in talks]
    callers = [call for call in calls if call["direction"] == "inbound"]
    served = [call for call in callers if call["bridged_at"]]
    waits = [
        length_ms(call["ringing_at"] or call["created_at"], call["bridged_at"]) for call in served
    ]
    lost = [call for call in callers if not call["bridged_at"] and call["outcome"] in NOBODY_TALKED]
    back, own, again = 0, 0, 0
    for call in lost:
        later = all_of.later(call, hours=24)
        outward = [one for one in later if one["direction"] != "inbound"]
        back += bool(outward)
        own += bool(outward) and outward[0]["manager_id"] == call["manager_id"]
        again += bool(later) and not outward
    ended = [call["outcome"] for call in calls]
    return {
        "calls": len(calls),
        "dialled": len(dialled),
        "answered_person": len(person),
        "connect_rate": share(len(person), len(dialled)),
        "answered_machine": sum(all_of.answered(call) == "machine" for call in vain),
        "unreached": len(vain),
        "recovered": len(recovered),
        "recovery_rate": share(len(recovered), len(vain)),
        "talks": len(talks),
        "talk_s": sum(talk_ms) / 1000,
        "talk_mean_s": mean_s(talk_ms),
        "talk_median_s": percentile(talk_ms, TALK, 0.5),
        "callers": len(callers),
        "served": len(served),
        "answer_rate": share(len(served), len(callers)),
        "answer_mean_s": mean_s(waits),
        "answer_median_s": percentile(waits, ANSWER, 0.5),
        "answer_p90_s": percentile(waits, ANSWER, 0.9),
        "answered_in_20_s": share(sum(one <= 20_000 for one in waits), len(callers)),
        "abandoned": ended.count("abandoned"),
        "missed": ended.count("missed"),
        "lost": len(lost),
        "called_back": back,
        "called_back_own": own,
        "came_back": again,
        "call_back_rate": share(back, len(lost)),
        "voicemail": ended.count("voicemail"),
        "callback_requested": ended.count("callback_requested"),
        **figures_of_results(talks),
        **figures_of_surveys(calls),
        **figures_of_quality(talks, all_of.scores),
    }


def figures_of_results(talks: list[Record]) -> Record:
    told = [call for call in talks if call["disposition"]]
    ways = [call["disposition"]["source"] for call in told]
    waits = [
        length_ms(call["ended_at"] or call["created_at"], call["disposition"]["at"])
        for call in told
    ]
    return {
        "told": len(told),
        "feedback_rate": share(len(told), len(talks)),
        **{f"told_{way}": ways.count(way) for way in ("keypad", "api", "sms", "link")},
        "told_median_s": percentile(waits, DELAY, 0.5),
        "told_in_5_min": share(sum(one <= 300_000 for one in waits), len(talks)),
        "told_in_24_h": share(sum(one <= 86_400_000 for one in waits), len(talks)),
    }


def figures_of_surveys(calls: list[Record]) -> Record:
    asked = [call["survey"] for call in calls if call["survey"]]
    answered = [one for one in asked if any(answer["key"] for answer in one)]
    marks = _keys(answered, "satisfaction")
    solved = _keys(answered, "solved")
    return {
        "surveyed": len(asked),
        "survey_answered": len(answered),
        "survey_rate": share(len(answered), len(asked)),
        "satisfaction": share(sum(int(one) for one in marks), len(marks)),
        "satisfied_rate": share(sum(one in "45" for one in marks), len(marks)),
        "solved_rate": share(solved.count("1"), len(solved)),
    }


def _keys(surveys: list[list[Record]], question: str) -> list[str]:
    """Return the last key that each customer has pressed at a question."""
    found = []
    for answers in surveys:
        keys = [one["key"] for one in answers if one["question"] == question and one["key"]]
        found += keys[-1:]
    return found


def figures_of_quality(talks: list[Record], scores: dict[str, float]) -> Record:
    found = [round(scores[call["id"]] * 1000) for call in talks if call["id"] in scores]
    return {
        "checked": len(found),
        "quality_score": share(sum(found), 1000 * len(found)),
    }


def figures_of_checks(
    talks: list[Record], found: dict[str, list[Record]], reviews: dict[str, list[Record]]
) -> Record:
    """Return every figure of docs/reports.md about checks and reviews that no other report has.

    `found` are the findings of each call whose talk was checked with a score, `reviews` those of
    each call's talk whose points are told.
    """
    checked = [found[call["id"]] for call in talks if call["id"] in found]
    kinds = Counter(one["kind"] for findings in checked for one in findings)
    faulty = sum(any(one["kind"] in FAULTS for one in findings) for findings in checked)
    given = [review for call in talks for review in reviews.get(call["id"], ())]
    points = sum(round(review["total"]["share"] * 1000) for review in given)
    decided = [review["decision"] for review in given if review["decision"]]
    return {
        "check_rate": share(len(checked), len(talks)),
        "faulty": faulty,
        "fault_rate": share(faulty, len(checked)),
        **{f"fault_{kind.replace('-', '_')}": kinds[kind] for kind in FAULTS},
        "reviewed": len(given),
        "review_share": share(points, 1000 * len(given)),
        "appealed": sum(bool(one["decision"]) or one["state"] == "appealed" for one in given),
        "upheld": sum(one["upheld"] for one in decided),
    }


def told_reviews(reviews: Iterable[Record]) -> Iterator[Record]:
    """Yield the reviews with points, but for blind ones whose other half has none."""
    waits = set()
    scored = []
    for one in reviews:
        if one["scored_at"] and one["total"]:
            scored.append(one)
        elif one["part"] in BLIND:
            waits.add((one["recording_id"], one["sample_id"]))
    for one in scored:
        if one["part"] not in BLIND or (one["recording_id"], one["sample_id"]) not in waits:
            yield one


def figures_of_tasks(tasks: list[Record]) -> Record:
    """Return every figure of docs/reports.md that is about tasks."""
    done = [task for task in tasks if task["state"] == "done"]
    gone = [task for task in tasks if task["state"] == "cancelled"]
    still = [task for task in tasks if task["state"] not in {"done", "cancelled"}]
    met = [task for task in tasks if task["contacted_at"]]
    waits = [
        length_ms(task["requested_at"] or task["created_at"], task["contacted_at"]) for task in met
    ]
    late = [
        task
        for task in done
        if task["due_at"]
        and task["closed_at"]
        and datetime.fromisoformat(task["closed_at"]) > datetime.fromisoformat(task["due_at"])
    ]
    results = [task["result"] for task in done if task["result"]]
    ways = ["gateway" if one["by"] == "gateway" else one["source"] for one in results]
    return {
        "given": len(tasks),
        "done": len(done),
        "done_rate": share(len(done), len(tasks)),
        "still_open": len(still),
        "overdue": sum(bool(task["overdue_at"]) for task in still),
        "done_late": len(late),
        "cancelled": len(gone),
        "tried": sum(bool(task["attempts"]) for task in tasks),
        "attempts": sum(len(task["attempts"]) for task in tasks),
        "contacted": len(met),
        "contact_rate": share(len(met), len(tasks)),
        "contact_mean_s": mean_s(waits),
        "contact_median_s": percentile(waits, DELAY, 0.5),
        "contact_p90_s": percentile(waits, DELAY, 0.9),
        "results": len(results),
        **{f"result_{way}": ways.count(way) for way in ("api", "keypad", "sms", "link", "gateway")},
    }


class Recount:
    """Everything of a span, read once; counts what a report tells of it."""

    def __init__(self, get: Get, from_: date, until: date, timezone: str) -> None:
        """Read by `get` (path, query → JSON); `timezone` is that of what has no group."""
        self._zones = {one["id"]: one["timezone"] for one in pages(get, "/v1/groups", {})}
        self._get = get
        self._timezone = timezone
        self._from, self._until = from_, until
        # A day more on each side for time zones, a week for those who call back.
        span = {
            "from": datetime.combine(from_ - timedelta(days=2), time(), UTC).isoformat(),
            "until": datetime.combine(until + timedelta(days=9), time(), UTC).isoformat(),
        }
        calls = [one for one in pages(get, "/v1/calls", span) if one["outcome"]]
        checked = {
            event["data"]["recording_id"]: event["data"]["score"]
            for event in events(get, "quality.completed")
        }
        scores = {
            call["id"]: checked[call["recording_id"]]
            for call in calls
            if checked.get(call["recording_id"]) is not None
        }
        self._archive = Archive(calls, scores)
        self._calls = [call for call in calls if self._has(call)]
        self._tasks = [task for task in pages(get, "/v1/tasks", span) if self._has(task)]

    @cached_property
    def _found(self) -> dict[str, list[Record]]:
        """The findings of the talks that were checked, by call."""
        return {
            call["id"]: self._get(f"/v1/recordings/{call['recording_id']}/findings", {})["items"]
            for call in self._calls
            if call["id"] in self._archive.scores and self._archive.is_talk(call)
        }

    @cached_property
    def _reviews(self) -> dict[str, list[Record]]:
        """The reviews of talks whose points are told, by call."""
        talks = {call["recording_id"] for call in self._calls}
        found: dict[str, list[Record]] = defaultdict(list)
        for one in told_reviews(pages(self._get, "/v1/reviews", {})):
            if one["recording_id"] in talks:
                found[one["call_id"]].append(one)
        return found

    def day(self, record: Record) -> date:
        """Return the local day that a call or task counts on."""
        zone = ZoneInfo(self._zones.get(record["group_id"], self._timezone))
        return datetime.fromisoformat(record["created_at"]).astimezone(zone).date()

    def _has(self, record: Record) -> bool:
        return self._from <= self.day(record) < self._until

    def _key(self, record: Record, split: str) -> str | None:
        day = self.day(record)
        if split == "day":
            return day.isoformat()
        if split == "week":
            return (day - timedelta(days=day.weekday())).isoformat()
        if split == "month":
            return day.replace(day=1).isoformat()
        if split == "type":
            if "direction" in record:
                return str(record["direction"])
            return str(record["own_type"] or record["type"])
        found: str | None = record[f"{split}_id"]
        return found

    def differences(self, report: Record) -> Iterator[str]:
        """Yield what a report tells otherwise than it is, figure by figure."""
        by = report["by"]
        wanted: dict[tuple[str | None, ...], tuple[list[Record], list[Record]]] = {}
        needs = {column["rows"] for column in report["columns"]}
        for name, place, records in (("calls", 0, self._calls), ("tasks", 1, self._tasks)):
            for record in records if name in needs else ():
                key = tuple(self._key(record, split) for split in by)
                wanted.setdefault(key, ([], []))[place].append(record)
        told = {tuple(row["keys"].values()): row["figures"] for row in report["rows"]}
        for key in sorted({*told, *wanted}, key=str):
            if key not in told or key not in wanted:
                yield f"{report['report']} {key}: {'not told' if key in wanted else 'not there'}"
                continue
            yield from self._compare(f"{report['report']} {key}", told[key], *wanted[key])
        yield from self._compare(
            f"{report['report']} in all", report["totals"], self._calls, self._tasks
        )

    def _compare(
        self, what: str, told: Record, calls: list[Record], tasks: list[Record]
    ) -> Iterator[str]:
        found = {**figures_of_calls(calls, self._archive), **figures_of_tasks(tasks)}
        if "faulty" in told:
            talks = [call for call in calls if self._archive.is_talk(call)]
            found |= figures_of_checks(talks, self._found, self._reviews)
        codes = Counter(
            call["disposition"]["code"]
            for call in calls
            if self._archive.is_talk(call) and call["disposition"] and "told" in told
        )
        codes += Counter(
            task["result"]["code"]
            for task in tasks
            if task["state"] == "done" and task["result"] and "results" in told
        )
        found |= {name: codes[name[5:]] for name in told if name.startswith("code:")}
        # What a result means is told of tasks alone; of a call it is its code.
        kinds = Counter(
            task["result"]["kind"] for task in tasks if task["state"] == "done" and task["result"]
        )
        found |= {
            name: kinds[name[5:]] if "results" in told else value
            for name, value in told.items()
            if name.startswith("kind:")
        }
        if any(name.startswith("code:") for name in told):
            unknown = {code for code in codes if f"code:{code}" not in told}
            yield from (f"{what}: the result {code} is not told" for code in sorted(unknown))
        for name, value in told.items():
            if not same(value, found[name]):
                yield f"{what}: {name} is told as {value}, counted as {found[name]}"


def same(told: float | None, counted: float | None) -> bool:
    """Whether two figures agree; only what is rounded may differ, in the last decimal."""
    if told is None or counted is None:
        return told is counted
    return abs(told - counted) <= (0 if isinstance(told, int) else 1.1e-4)


def pages(get: Get, path: str, query: Record) -> Iterable[Record]:
    cursor = None
    while True:
        asked = {**query, "limit": 200} | ({} if cursor is None else {"cursor": cursor})
        page = get(path, asked)
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def events(get: Get, kind: str) -> Iterator[Record]:
    after: str | None = None
    while True:
        asked = {"types": kind, "limit": 200} | ({} if after is None else {"after": after})
        items = get("/v1/events", asked)["items"]
        yield from items
        if not items:
            return
        after = items[-1]["id"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--from", dest="from_", type=date.fromisoformat, required=True)
    parser.add_argument("--until", type=date.fromisoformat, required=True)
    parser.add_argument("--report", action="append", choices=REPORTS)
    parser.add_argument("--by", action="append", choices=SPLITS, default=[])
    parser.add_argument("--timezone", default="Asia/Shanghai", help="of what has no group")
    arguments = parser.parse_args()
    key = os.environ.get("VOICEGW_KEY")
    if not key:
        print("set VOICEGW_KEY to an administrator's key", file=sys.stderr)
        return 2
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=arguments.url, headers=headers, timeout=60) as client:

        def get(path: str, query: Record) -> Record:
            answer = client.get(path, params=query)
            answer.raise_for_status()
            found: Record = answer.json()
            return found

        recount = Recount(get, arguments.from_, arguments.until, arguments.timezone)
        span = {"from": str(arguments.from_), "until": str(arguments.until)}
        differ, compared = 0, 0
        for name in arguments.report or REPORTS:
            report = get(f"/v1/reports/{name}", {**span, "by": arguments.by})
            compared += (len(report["rows"]) + 1) * len(report["columns"])
            for difference in recount.differences(report):
                differ += 1
                print(difference)
    print(f"{compared} figures compared, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
