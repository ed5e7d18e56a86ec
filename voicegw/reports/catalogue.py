"""Which reports there are: the figures of each and what it may be split by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicegw.errors import InvalidError
from voicegw.model.report import ReportColumn, ReportKind, SplitBy, Unit
from voicegw.model.rollup import FAULTS, RollupKind, sum_of_fault
from voicegw.reports.figures import FIGURES, Figure

SPANS: Final = (SplitBy.DAY, SplitBy.WEEK, SplitBy.MONTH)
_OTHERS: Final = (SplitBy.GROUP, SplitBy.MANAGER, SplitBy.HOTLINE)

KEY_OF: Final[Mapping[SplitBy, str]] = {
    SplitBy.DAY: "day",
    SplitBy.WEEK: "week",
    SplitBy.MONTH: "month",
    SplitBy.MANAGER: "manager_id",
    SplitBy.GROUP: "group_id",
    SplitBy.HOTLINE: "hotline_id",
    SplitBy.TYPE: "type",
}
"""The column that tells what a row is about."""

_NAMES: Final[Mapping[SplitBy, tuple[str, str]]] = {
    SplitBy.DAY: ("日期", "day"),
    SplitBy.WEEK: ("周（自周一）", "week from"),
    SplitBy.MONTH: ("月份", "month"),
    SplitBy.MANAGER: ("客户经理", "manager"),
    SplitBy.GROUP: ("区县", "group"),
    SplitBy.HOTLINE: ("统一号码", "hotline"),
    SplitBy.TYPE: ("类型", "type"),
}


@dataclass(frozen=True, slots=True)
class ReportShape:
    """What a report holds. It is always split by `always`, and by `default` unless asked."""

    figures: tuple[Figure, ...]
    splits: tuple[SplitBy, ...]
    default: tuple[SplitBy, ...] = ()
    always: tuple[SplitBy, ...] = ()
    results: RollupKind | None = None
    """Whose results it tells by code, besides."""

    @property
    def kinds(self) -> tuple[RollupKind, ...]:
        """Which sums it is made of."""
        found = {figure.kind for figure in self.figures}
        return tuple(kind for kind in RollupKind if kind in found)

    def sums(self, kind: RollupKind) -> tuple[str, ...]:
        """Return the names of the sums of `kind` that its figures need, each once."""
        needed = (name for one in self.figures if one.kind is kind for name in one.sums)
        return tuple(dict.fromkeys(needed))


def _figures(keys: str) -> tuple[Figure, ...]:
    return tuple(FIGURES[key] for key in keys.split())


SHAPES: Final[Mapping[ReportKind, ReportShape]] = {
    ReportKind.ACTIVITY: ReportShape(
        _figures(
            "calls dialled answered_person connect_rate answered_machine unreached recovered"
            " recovery_rate talks talk_s talk_mean_s talk_median_s callers served answer_rate"
            " answer_mean_s answer_median_s answer_p90_s answered_in_20_s abandoned missed lost"
            " called_back called_back_own came_back call_back_rate voicemail callback_requested"
        ),
        (*SPANS, *_OTHERS, SplitBy.TYPE),
        default=(SplitBy.DAY,),
    ),
    ReportKind.TASKS: ReportShape(
        _figures(
            "given done done_rate still_open overdue done_late cancelled tried attempts contacted"
            " contact_rate contact_mean_s contact_median_s contact_p90_s results result_api"
            " result_keypad result_sms result_link result_gateway"
        ),
        (*SPANS, *_OTHERS, SplitBy.TYPE),
        default=(SplitBy.TYPE,),
        results=RollupKind.TASKS,
    ),
    ReportKind.FEEDBACK: ReportShape(
        _figures(
            "talks told feedback_rate told_keypad told_api told_sms told_link told_median_s"
            " told_in_5_min told_in_24_h surveyed survey_answered survey_rate satisfaction"
            " satisfied_rate solved_rate"
        ),
        (*SPANS, *_OTHERS, SplitBy.TYPE),
        default=(SplitBy.MANAGER,),
        results=RollupKind.CALLS,
    ),
    ReportKind.MANAGERS: ReportShape(
        _figures(
            "given done done_rate still_open overdue done_late contacted contact_median_s attempts"
            " dialled answered_person connect_rate talks talk_s talk_mean_s unreached"
            " recovered callers served answer_median_s lost called_back call_back_rate told"
            " feedback_rate told_median_s satisfaction satisfied_rate checked quality_score"
        ),
        (*SPANS, SplitBy.GROUP, SplitBy.MANAGER),
        always=(SplitBy.MANAGER,),
    ),
    ReportKind.HOTLINES: ReportShape(
        _figures(
            "calls callers served answer_rate answer_mean_s answer_median_s answer_p90_s"
            " answered_in_20_s abandoned missed lost called_back call_back_rate came_back"
            " voicemail callback_requested dialled answered_person connect_rate talks talk_s"
            " satisfaction satisfied_rate"
        ),
        (*SPANS, SplitBy.GROUP, SplitBy.HOTLINE),
        always=(SplitBy.HOTLINE,),
    ),
    ReportKind.SCORES: ReportShape(
        _figures(
            "talks checked check_rate quality_score faulty fault_rate"
            f" {' '.join(sum_of_fault(kind) for kind in FAULTS)}"
            " reviewed review_share appealed upheld"
        ),
        (*SPANS, *_OTHERS, SplitBy.TYPE),
        default=(SplitBy.MANAGER,),
    ),
}


def split_of(kind: ReportKind, asked: tuple[SplitBy, ...]) -> tuple[SplitBy, ...]:
    """Return what a report is split by, spans of time first, when `asked` is asked for.

    Raises InvalidError for what this report can't be split by, and for two spans of time.
    """
    shape = SHAPES[kind]
    for one in asked:
        if one not in shape.splits:
            takes = ", ".join(shape.splits)
            raise InvalidError(
                "by", f"the report {kind} is split by {takes}", kind="not-one-of", allowed=takes
            )
    wanted = {*(asked or shape.default), *shape.always}
    found = tuple(one for one in SplitBy if one in wanted)
    if len([one for one in found if one in SPANS]) > 1:
        raise InvalidError(
            "by", "takes one of day, week and month", kind="choose-one", fields="day, week, month"
        )
    return found


def key_column(split: SplitBy) -> ReportColumn:
    """Return the column that tells what a row is about."""
    zh, en = _NAMES[split]
    unit = Unit.DATE if split in SPANS else Unit.TEXT
    return ReportColumn(KEY_OF[split], {"zh": zh, "en": en}, unit)
