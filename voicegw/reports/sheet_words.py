"""What the files of reports say besides their figures, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicegw.model.report import ReportKind, SplitBy, Unit
from voicegw.model.report_file import Language

Words = Mapping[Language, str]


def _words(zh: str, en: str) -> Words:
    return {Language.ZH: zh, Language.EN: en}


TITLES: Final[Mapping[ReportKind, Words]] = {
    ReportKind.ACTIVITY: _words("通话活动", "Activity"),
    ReportKind.TASKS: _words("任务", "Tasks"),
    ReportKind.FEEDBACK: _words("回访反馈", "Feedback"),
    ReportKind.MANAGERS: _words("客户经理", "Managers"),
    ReportKind.HOTLINES: _words("统一号码", "Hotlines"),
    ReportKind.SCORES: _words("质检得分", "Scores"),
}
SPLITS: Final[Mapping[SplitBy, Words]] = {
    SplitBy.DAY: _words("日", "day"),
    SplitBy.WEEK: _words("周", "week"),
    SplitBy.MONTH: _words("月", "month"),
    SplitBy.MANAGER: _words("客户经理", "manager"),
    SplitBy.GROUP: _words("区县", "group"),
    SplitBy.HOTLINE: _words("统一号码", "hotline"),
    SplitBy.TYPE: _words("类型", "type"),
}
UNITS: Final[Mapping[Unit, Words]] = {
    Unit.COUNT: _words("个数", "count"),
    Unit.SHARE: _words("比例", "share"),
    Unit.SECONDS: _words("秒", "seconds"),
    Unit.POINTS: _words("分", "points"),
    Unit.DATE: _words("日期", "date"),
    Unit.TEXT: _words("文本", "text"),
}
REPORT: Final = _words("报表", "Report")
TOTALS: Final = _words("合计", "Totals")
CHART: Final = _words("图表", "Chart")
DEFINITIONS: Final = _words("定义", "Definitions")
FIGURE: Final = _words("指标", "figure")
KEY: Final = _words("代码", "key")
UNIT: Final = _words("单位", "unit")
TOTAL: Final = _words("合计", "total")
BEFORE: Final = _words("上期", "before")
CHANGE: Final = _words("变化", "change")
DEFINED: Final = _words("定义见", "defined in")
FROM: Final = _words("起", "from")
LAST_DAY: Final = _words("止", "to")
SPLIT_BY: Final = _words("分组", "by")
TIME_ZONE: Final = _words("时区", "time zone")
AS_OF: Final = _words("数据截至", "as of")
SEVERAL_ZONES: Final = _words("各区县当地时间", "each group's own")
NOBODY: Final = _words("（无）", "(none)")


def name_before(name: str, language: Language) -> str:
    """Return the name of the column that has a figure of the span before."""
    return f"{name}（{BEFORE[language]}）" if language is Language.ZH else f"{name} (before)"
