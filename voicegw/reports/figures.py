"""Every figure of a report: its names, its formula over sums, where it is defined. Pure.

docs/reports.md says the same in words, under the anchor of each figure; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Final

from voicegw.model.finding import FindingKind
from voicegw.model.report import ReportColumn, Unit
from voicegw.model.rollup import (
    FAULTS,
    RollupKind,
    classes,
    sum_of_code,
    sum_of_fault,
    sum_of_kind,
)
from voicegw.model.task_type import ResultKind
from voicegw.reports.length_classes import quantile_s, within
from voicegw.reports.result_kinds import KIND_NAMES

Values = Mapping[str, int]
Formula = Callable[[Values], int | float | None]
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of `kind`: `formula` makes it of the sums called `sums`."""

    kind: RollupKind
    column: ReportColumn
    sums: tuple[str, ...]
    formula: Formula


def _figure(
    kind: RollupKind,
    key: str,
    names: tuple[str, str],
    unit: Unit,
    *,
    sums: tuple[str, ...],
    formula: Formula,
    query: str = "",
) -> Figure:
    zh, en = names
    column = ReportColumn(
        key=key,
        names={"zh": zh, "en": en},
        unit=unit,
        definition=key.replace("_", "-"),
        rows=str(kind),
        query=query,
    )
    return Figure(kind, column, sums, formula)


def _count(
    kind: RollupKind, key: str, zh: str, en: str, *, query: str = "", of: str | None = None
) -> Figure:
    name = of or key
    return _figure(
        kind,
        key,
        (zh, en),
        Unit.COUNT,
        sums=(name,),
        formula=lambda sums: sums.get(name, 0),
        query=query,
    )


def _share(kind: RollupKind, key: str, names: tuple[str, str], part: str, whole: str) -> Figure:
    return _figure(
        kind,
        key,
        names,
        Unit.SHARE,
        sums=(part, whole),
        formula=lambda sums: ratio(sums.get(part, 0), sums.get(whole, 0)),
    )


def _mean_s(kind: RollupKind, key: str, names: tuple[str, str], total_ms: str, of: str) -> Figure:
    return _figure(
        kind,
        key,
        names,
        Unit.SECONDS,
        sums=(total_ms, of),
        formula=lambda sums: ratio(sums.get(total_ms, 0), 1000 * sums.get(of, 0)),
    )


def _quantile(
    kind: RollupKind, key: str, names: tuple[str, str], name: str, share: float
) -> Figure:
    return _figure(
        kind,
        key,
        names,
        Unit.SECONDS,
        sums=classes(name),
        formula=lambda sums: _rounded(quantile_s(sums, name, share)),
    )


def _within(
    kind: RollupKind, key: str, names: tuple[str, str], timed: tuple[str, int], whole: str
) -> Figure:
    name, bound_s = timed
    return _figure(
        kind,
        key,
        names,
        Unit.SHARE,
        sums=(*classes(name), whole),
        formula=lambda sums: ratio(within(sums, name, bound_s), sums.get(whole, 0)),
    )


def of_code(kind: RollupKind, code: str, names: Mapping[str, str]) -> Figure:
    """Return the figure that counts one code of the results of calls, or of tasks.

    `names` is what people call it, by language; else it is called by the code itself.
    """
    said = {"zh": f"结果 {names.get('zh') or code}", "en": f"result {names.get('en') or code}"}
    return _result(kind, sum_of_code(code), said)


def of_result_kind(kind: RollupKind, means: ResultKind) -> Figure:
    """Return the figure that counts all results that mean the same, whatever their codes."""
    zh, en = KIND_NAMES[means]
    return _result(kind, sum_of_kind(means), {"zh": f"结果类别 {zh}", "en": f"kind of result {en}"})


def _result(kind: RollupKind, name: str, names: dict[str, str]) -> Figure:
    column = ReportColumn(
        key=name,
        names=names,
        unit=Unit.COUNT,
        definition="results-by-code",
        rows=str(kind),
    )
    return Figure(kind, column, (name,), lambda sums: sums.get(name, 0))


def ratio(part: int, whole: int) -> float | None:
    """Return `part` of `whole`, to four decimals; None of nothing."""
    return round(part / whole, _DECIMALS) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


_CALLS: Final = RollupKind.CALLS
_TASKS: Final = RollupKind.TASKS
_SATISFACTION: Final = tuple(f"satisfaction_{key}" for key in range(1, 6))


def _satisfied(sums: Values) -> int:
    return sum(map(sums.get, _SATISFACTION, repeat(0)))


_OF_CALLS: Final = (
    _count(_CALLS, "calls", "通话总数", "calls"),
    _count(_CALLS, "dialled", "外呼客户数", "dialled"),
    _count(_CALLS, "answered_person", "客户接听（真人）", "answered by a person"),
    _share(_CALLS, "connect_rate", ("接通率", "connect rate"), "answered_person", "dialled"),
    _count(_CALLS, "answered_machine", "机器接听", "answered by a machine"),
    _count(_CALLS, "unreached", "未接通外呼", "customers not reached"),
    _count(_CALLS, "recovered", "未接通后回拨", "not reached, and called back"),
    _share(_CALLS, "recovery_rate", ("未接通挽回率", "recovery rate"), "recovered", "unreached"),
    _count(_CALLS, "talks", "人工通话数", "talks"),
    _mean_s(_CALLS, "talk_mean_s", ("平均通话时长", "mean talk time"), "talk_ms", "talks"),
    _quantile(_CALLS, "talk_median_s", ("通话时长中位数", "median talk time"), "talk", 0.5),
    _figure(
        _CALLS,
        "talk_s",
        ("通话总时长", "talk time"),
        Unit.SECONDS,
        sums=("talk_ms",),
        formula=lambda sums: sums.get("talk_ms", 0) / 1000,
    ),
    _count(_CALLS, "callers", "来电数", "callers", query="direction=inbound"),
    _count(_CALLS, "served", "来电接听数", "callers answered"),
    _share(_CALLS, "answer_rate", ("来电接听率", "answer rate"), "served", "callers"),
    _mean_s(
        _CALLS, "answer_mean_s", ("平均应答时长", "mean speed of answer"), "answer_ms", "served"
    ),
    _quantile(
        _CALLS, "answer_median_s", ("应答时长中位数", "median speed of answer"), "answer", 0.5
    ),
    _quantile(_CALLS, "answer_p90_s", ("应答时长九十分位", "speed of answer, 90 %"), "answer", 0.9),
    _within(
        _CALLS,
        "answered_in_20_s",
        ("二十秒接听率", "answered within 20 s"),
        ("answer", 20),
        "callers",
    ),
    _count(
        _CALLS,
        "abandoned",
        "客户放弃",
        "abandoned",
        of="outcome_abandoned",
        query="outcome=abandoned",
    ),
    _count(
        _CALLS,
        "missed",
        "漏接",
        "missed",
        of="outcome_missed",
        query="outcome=missed",
    ),
    _count(_CALLS, "lost", "未获接听来电", "callers who got nobody"),
    _count(_CALLS, "called_back", "已回拨", "called back within 24 h"),
    _count(_CALLS, "called_back_own", "本人回拨", "called back by the same manager"),
    _count(_CALLS, "came_back", "客户再次来电并接通", "rang again and were answered"),
    _share(_CALLS, "call_back_rate", ("回拨率", "call back rate"), "called_back", "lost"),
    _count(
        _CALLS,
        "voicemail",
        "语音留言",
        "messages left",
        of="outcome_voicemail",
        query="outcome=voicemail",
    ),
    _count(
        _CALLS,
        "callback_requested",
        "请求回拨",
        "asked to be called",
        of="outcome_callback_requested",
        query="outcome=callback_requested",
    ),
    _count(_CALLS, "told", "已反馈通话", "talks with a result"),
    _share(_CALLS, "feedback_rate", ("反馈率", "feedback rate"), "told", "talks"),
    _count(_CALLS, "told_keypad", "按键反馈", "results by keypad"),
    _count(_CALLS, "told_api", "页面或接口反馈", "results by page or API"),
    _count(_CALLS, "told_sms", "短信反馈", "results by SMS"),
    _count(_CALLS, "told_link", "链接反馈", "results by link"),
    _quantile(_CALLS, "told_median_s", ("反馈时长中位数", "median time to result"), "told", 0.5),
    _within(
        _CALLS, "told_in_5_min", ("五分钟内反馈率", "told within 5 min"), ("told", 300), "talks"
    ),
    _within(_CALLS, "told_in_24_h", ("一日内反馈率", "told within 24 h"), ("told", 86400), "talks"),
    _count(_CALLS, "surveyed", "已邀请评价", "surveys asked"),
    _count(_CALLS, "survey_answered", "已评价", "surveys answered"),
    _share(
        _CALLS,
        "survey_rate",
        ("参评率", "survey answer rate"),
        "survey_answered",
        "surveyed",
    ),
    _figure(
        _CALLS,
        "satisfaction",
        ("满意度均值", "mean satisfaction"),
        Unit.POINTS,
        sums=_SATISFACTION,
        formula=lambda sums: ratio(
            sum(points * sums.get(name, 0) for points, name in enumerate(_SATISFACTION, 1)),
            _satisfied(sums),
        ),
    ),
    _figure(
        _CALLS,
        "satisfied_rate",
        ("满意率（4–5 分）", "share of 4 and 5"),
        Unit.SHARE,
        sums=_SATISFACTION,
        formula=lambda sums: ratio(
            sums.get("satisfaction_4", 0) + sums.get("satisfaction_5", 0), _satisfied(sums)
        ),
    ),
    _figure(
        _CALLS,
        "solved_rate",
        ("问题解决率", "share of solved"),
        Unit.SHARE,
        sums=("solved_yes", "solved_no"),
        formula=lambda sums: ratio(
            sums.get("solved_yes", 0), sums.get("solved_yes", 0) + sums.get("solved_no", 0)
        ),
    ),
    _count(_CALLS, "checked", "已质检", "talks checked"),
    _figure(
        _CALLS,
        "quality_score",
        ("质检均分", "mean quality score"),
        Unit.POINTS,
        sums=("score_milli", "checked"),
        formula=lambda sums: ratio(sums.get("score_milli", 0), 1000 * sums.get("checked", 0)),
    ),
)
_FAULT_NAMES: Final[Mapping[FindingKind, tuple[str, str]]] = {
    FindingKind.STATEMENT_MISSING: ("漏说", "statements missing"),
    FindingKind.STATEMENT_UNSURE: ("疑似已说", "statements unsure"),
    FindingKind.STATEMENT_LATE: ("说得太晚", "statements late"),
    FindingKind.STATEMENT_OUT_OF_ORDER: ("顺序错误", "statements out of order"),
    FindingKind.SLOT_WRONG: ("内容说错", "wrong contents"),
    FindingKind.ASSENT_MISSING: ("客户未明确同意", "assents missing"),
    FindingKind.ASSENT_OVERRUN: ("未等客户同意", "assents overrun"),
    FindingKind.PHRASE_FORBIDDEN: ("服务忌语", "forbidden phrases"),
    FindingKind.PHRASE_UNSURE: ("疑似忌语", "phrases unsure"),
    FindingKind.NOTICE_MISSING: ("未告知录音", "notices missing"),
    FindingKind.MEASURE: ("指标超限", "measures out of bounds"),
}
_OF_QUALITY: Final = (
    _share(_CALLS, "check_rate", ("质检覆盖率", "share checked"), "checked", "talks"),
    _count(_CALLS, "faulty", "有问题通话", "talks with faults"),
    _share(_CALLS, "fault_rate", ("问题率", "share with faults"), "faulty", "checked"),
    *(_count(_CALLS, sum_of_fault(kind), *_FAULT_NAMES[kind]) for kind in FAULTS),
    _count(_CALLS, "reviewed", "人工复核", "reviews with points"),
    _figure(
        _CALLS,
        "review_share",
        ("复核得分率", "mean share of review points"),
        Unit.SHARE,
        sums=("share_milli", "reviewed"),
        formula=lambda sums: ratio(sums.get("share_milli", 0), 1000 * sums.get("reviewed", 0)),
    ),
    _count(_CALLS, "appealed", "申诉", "appeals"),
    _count(_CALLS, "upheld", "申诉成立", "appeals upheld"),
)
_OF_TASKS: Final = (
    _count(_TASKS, "given", "派发任务", "tasks given"),
    _count(_TASKS, "done", "完成任务", "done", query="state=done"),
    _share(_TASKS, "done_rate", ("完成率", "share done"), "done", "given"),
    _count(_TASKS, "still_open", "未完成任务", "open"),
    _count(_TASKS, "overdue", "超时未完成", "overdue"),
    _count(_TASKS, "done_late", "超时完成", "done late"),
    _count(_TASKS, "cancelled", "已取消任务", "cancelled", query="state=cancelled"),
    _count(_TASKS, "tried", "已拨任务", "dialled at least once"),
    _count(_TASKS, "attempts", "拨打次数", "attempts"),
    _count(_TASKS, "contacted", "已联系任务", "contacted"),
    _share(_TASKS, "contact_rate", ("联系率", "share contacted"), "contacted", "given"),
    _mean_s(
        _TASKS,
        "contact_mean_s",
        ("平均首次联系时长", "mean time to first contact"),
        "contact_ms",
        "contacted",
    ),
    _quantile(
        _TASKS,
        "contact_median_s",
        ("首次联系时长中位数", "median time to first contact"),
        "contact",
        0.5,
    ),
    _quantile(
        _TASKS,
        "contact_p90_s",
        ("首次联系时长九十分位", "time to first contact, 90 %"),
        "contact",
        0.9,
    ),
    _count(_TASKS, "results", "已反馈任务", "tasks with a result"),
    _count(_TASKS, "result_api", "页面或接口反馈任务", "task results by page or API"),
    _count(_TASKS, "result_keypad", "按键反馈任务", "task results by keypad"),
    _count(_TASKS, "result_sms", "短信反馈任务", "task results by SMS"),
    _count(_TASKS, "result_link", "链接反馈任务", "task results by link"),
    _count(_TASKS, "result_gateway", "系统自动关闭任务", "closed by a talk, nobody told"),
)
FIGURES: Final[Mapping[str, Figure]] = {
    one.column.key: one for one in (*_OF_CALLS, *_OF_QUALITY, *_OF_TASKS)
}
"""By key."""
