"""The types of tasks as they are shipped; an operator's edited copy of one takes its place. Pure.

Their sources: the daily work of account managers (results in a moment, 预约再拨 and 完全拒绝 among
them), the grid manager's handbook (a wish to leave: contact within 4 hours, closed within 2 working
days, with its true reason; who took a matter first answers for it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from voicegw.model.task import Priority, TaskType
from voicegw.model.task_type import (
    AttemptRule,
    FieldKind,
    FieldRule,
    ResultKind,
    ResultRule,
    TaskTypeRule,
    TimeRule,
)

_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S


def _result(
    code: str,
    kind: ResultKind,
    key: str,
    zh: str,
    en: str,
    *,
    needs_reason: bool = False,
    proposes_do_not_call: bool = False,
) -> ResultRule:
    return ResultRule(
        code,
        kind,
        key,
        {"zh": zh, "en": en},
        needs_reason=needs_reason,
        proposes_do_not_call=proposes_do_not_call,
    )


def _field(
    name: str,
    kind: FieldKind,
    zh: str,
    en: str,
    *,
    is_required: bool = False,
    choices: tuple[str, ...] = (),
) -> FieldRule:
    return FieldRule(name, kind, {"zh": zh, "en": en}, is_required, choices)


def _ends(*, needs_reason: bool = False) -> tuple[ResultRule, ...]:
    """Return the results that a call to a customer may come to whatever it is about.

    2, 3 and 4 are the keys that a manager is asked for after any call (docs/tasks.md).
    """
    return (
        _result(
            "refused_all",
            ResultKind.REFUSED,
            "2",
            "完全拒绝",
            "refuses all contact",
            needs_reason=needs_reason,
            proposes_do_not_call=True,
        ),
        _result("call_again", ResultKind.CALL_AGAIN, "3", "预约再拨", "call again"),
        _result("wrong_number", ResultKind.UNREACHABLE, "4", "号码错误", "wrong number"),
        _result("not_reached", ResultKind.UNREACHABLE, "5", "无法联系", "could not be reached"),
    )


_PRODUCT: Final = _field("product", FieldKind.TEXT, "产品", "product")
_PACKAGE: Final = _field("package", FieldKind.TEXT, "套餐", "package")
_EXPIRES_ON: Final = _field("expires_on", FieldKind.DATE, "到期日", "expires on")
_AMOUNT: Final = _field("amount", FieldKind.NUMBER, "金额（元）", "amount (yuan)")
_SUCCESS: Final = ResultKind.SUCCESS
_PARTIAL: Final = ResultKind.PARTIAL
_REFUSED: Final = ResultKind.REFUSED

_ALL: Final = (
    TaskTypeRule(
        TaskType.REVISIT,
        {"zh": "回访", "en": "revisit"},
        fields=(
            _field(
                "channel",
                FieldKind.CHOICE,
                "方式",
                "channel",
                choices=("telephone", "visit", "online"),
            ),
        ),
        results=(
            _result("revisit_done", _SUCCESS, "1", "回访成功", "revisit done"),
            *_ends(),
            _result("problem_found", _PARTIAL, "6", "有问题待处理", "has a problem to be solved"),
        ),
    ),
    TaskTypeRule(
        TaskType.MARKETING,
        {"zh": "营销", "en": "marketing"},
        fields=(_PRODUCT, _field("campaign", FieldKind.TEXT, "活动", "campaign")),
        results=(
            _result("marketing_done", _SUCCESS, "1", "营销成功", "sold"),
            *_ends(),
            _result("considering", _PARTIAL, "6", "考虑中", "is considering it"),
            _result("not_interested", _REFUSED, "7", "暂不需要", "does not need it now"),
        ),
    ),
    TaskTypeRule(
        TaskType.SURVEY,
        {"zh": "调查", "en": "survey"},
        fields=(_field("topic", FieldKind.TEXT, "主题", "topic"),),
        results=(
            _result("survey_done", _SUCCESS, "1", "调查成功", "survey done"),
            *_ends(),
            _result("survey_partial", _PARTIAL, "6", "部分完成", "partly answered"),
        ),
    ),
    TaskTypeRule(
        TaskType.COMPLAINT,
        {"zh": "投诉", "en": "complaint"},
        fields=(_field("complaint_no", FieldKind.TEXT, "投诉单号", "number of the complaint"),),
        results=(
            _result("solved", _SUCCESS, "1", "已解决", "solved"),
            *_ends(),
            _result("explained", _PARTIAL, "6", "已解释，未满意", "explained, not satisfied"),
        ),
        priority=Priority.HIGH,
    ),
    TaskTypeRule(
        TaskType.RETENTION,
        {"zh": "挽留", "en": "retention"},
        fields=(_PACKAGE, _field("wish", FieldKind.TEXT, "客户要求", "what the customer wants")),
        results=(
            _result("retained", _SUCCESS, "1", "挽留成功", "stays", needs_reason=True),
            *_ends(needs_reason=True),
            _result("leaves", _REFUSED, "6", "挽留失败", "leaves", needs_reason=True),
        ),
        priority=Priority.URGENT,
        times=TimeRule(contact_s=4 * _HOUR_S, close_working_days=2),
        attempts=AttemptRule(most=8, per_day=4, spacing_s=1800),
        needs_contact=True,
        escalates=True,
        follow_up_type=TaskType.WIN_BACK,
    ),
    TaskTypeRule(
        TaskType.WIN_BACK,
        {"zh": "赢回", "en": "win-back"},
        fields=(_field("left_for", FieldKind.TEXT, "流失去向", "where the customer went"),),
        results=(
            _result("won_back", _SUCCESS, "1", "赢回成功", "won back"),
            *_ends(),
            _result("considering", _PARTIAL, "6", "考虑中", "is considering it"),
            _result("stays_away", _REFUSED, "7", "赢回失败", "stays away", needs_reason=True),
        ),
        needs_contact=True,
    ),
    TaskTypeRule(
        TaskType.ARREARS,
        {"zh": "欠费", "en": "arrears"},
        fields=(_AMOUNT, _field("owed_since", FieldKind.DATE, "欠费起始日", "owed since")),
        results=(
            _result("paid", _SUCCESS, "1", "已缴清", "paid"),
            *_ends(),
            _result("will_pay", _PARTIAL, "6", "承诺缴费", "has promised to pay"),
            _result("disputes", _REFUSED, "7", "有异议", "disputes it"),
        ),
    ),
    TaskTypeRule(
        TaskType.LOW_BALANCE,
        {"zh": "低余额", "en": "low balance"},
        fields=(_field("balance", FieldKind.NUMBER, "余额（元）", "balance (yuan)"),),
        results=(
            _result("topped_up", _SUCCESS, "1", "已充值", "topped up"),
            *_ends(),
            _result("informed", _PARTIAL, "6", "已提醒", "was told"),
        ),
    ),
    TaskTypeRule(
        TaskType.RENEWAL,
        {"zh": "续约", "en": "renewal"},
        fields=(_PACKAGE, _EXPIRES_ON),
        results=(
            _result("renewed", _SUCCESS, "1", "续约成功", "renewed"),
            *_ends(),
            _result("considering", _PARTIAL, "6", "考虑中", "is considering it"),
            _result("not_renewed", _REFUSED, "7", "不续约", "does not renew"),
        ),
    ),
    TaskTypeRule(
        TaskType.INTRODUCTION,
        {"zh": "告知", "en": "introduction"},
        results=(
            _result("introduced", _SUCCESS, "1", "告知成功", "knows the own manager"),
            *_ends(),
        ),
        times=TimeRule(due_s=7 * _DAY_S),
    ),
    TaskTypeRule(
        TaskType.VOICEMAIL,
        {"zh": "留言", "en": "message"},
        results=(
            _result("answered", _SUCCESS, "1", "已回复", "answered"),
            *_ends(),
            _result("noted", _SUCCESS, "6", "已知悉", "heard, nothing to do"),
        ),
        priority=Priority.HIGH,
    ),
    TaskTypeRule(
        TaskType.MISSED_CALL,
        {"zh": "未接来电", "en": "missed call"},
        results=(
            _result("called_back", _SUCCESS, "1", "已回电", "called back"),
            *_ends(),
        ),
        priority=Priority.HIGH,
    ),
    TaskTypeRule(
        TaskType.CALLBACK,
        {"zh": "预约回电", "en": "call back"},
        results=(
            _result("called_back", _SUCCESS, "1", "已回电", "called back"),
            *_ends(),
        ),
        priority=Priority.HIGH,
    ),
    # Of every own type that nobody has put: without results it takes any code.
    TaskTypeRule(TaskType.OWN, {"zh": "自定义", "en": "own type"}),
)

#: The shipped types by name; `own` is that of own types which nobody has described.
SHIPPED_TYPES: Final[Mapping[str, TaskTypeRule]] = {
    rule.name: msgspec.structs.replace(rule, name=str(rule.name), is_built_in=True) for rule in _ALL
}
