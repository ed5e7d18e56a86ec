"""What codes of results mean, and how a report adds them up."""

from __future__ import annotations

from voicegw.model.report import ReportKind, SplitBy
from voicegw.model.rollup import RollupKind
from voicegw.model.task_type import ResultKind, ResultRule
from voicegw.reports.catalogue import SHAPES
from voicegw.reports.result_kinds import ResultKinds
from voicegw.reports.table import Added, add_results, table_rows, with_results

RULES = {
    "revisit": (
        ResultRule("done", ResultKind.SUCCESS, "1", {"zh": "完成", "en": "done"}),
        ResultRule("maybe", ResultKind.PARTIAL, "2", {"zh": "再看"}),
        ResultRule("no", ResultKind.REFUSED, "3", {"zh": "不"}),
    ),
    "survey": (
        ResultRule("done", ResultKind.SUCCESS, "1", {"zh": "完成", "en": "done"}),
        ResultRule("maybe", ResultKind.REFUSED, "2", {"zh": "也许"}),
        # As this type has it, though elsewhere it would mean something else.
        ResultRule("success", ResultKind.PARTIAL, "4", {"zh": "好"}),
    ),
}
MEANS = ResultKinds(RULES)


def test_a_type_says_what_its_codes_mean() -> None:
    assert MEANS.kind("revisit", "maybe") is ResultKind.PARTIAL
    assert MEANS.kind("survey", "maybe") is ResultKind.REFUSED
    assert MEANS.kind("survey", "success") is ResultKind.PARTIAL
    assert MEANS.kind("revisit", "success") is ResultKind.SUCCESS


def test_of_a_call_a_code_means_what_all_types_say() -> None:
    assert MEANS.kind("inbound", "no") is ResultKind.REFUSED
    assert MEANS.kind("inbound", "done") is ResultKind.SUCCESS
    assert MEANS.kind("inbound", "maybe") is None
    assert MEANS.kind("inbound", "wrong_number") is ResultKind.UNREACHABLE
    assert MEANS.kind("inbound", "of_my_own") is None
    assert MEANS.names("done") == {"zh": "完成", "en": "done"}
    assert MEANS.names("maybe") == MEANS.names("of_my_own") == {}


def test_kinds_stand_before_the_codes_they_add_up() -> None:
    added: Added = {}
    told = [
        ("mgr_1", 3, "revisit", "done"),
        ("mgr_1", 2, "survey", "done"),
        ("mgr_1", 4, "survey", "maybe"),
        ("mgr_1", 1, "revisit", "of_my_own"),
    ]
    add_results(added, RollupKind.TASKS, told, MEANS)
    shape = with_results(SHAPES[ReportKind.TASKS], MEANS, added, None)
    columns = [one.column for one in shape.figures if ":" in one.column.key]
    assert [one.key for one in columns] == [
        *(f"kind:{one}" for one in ResultKind), "code:done", "code:maybe", "code:of_my_own",
    ]  # fmt: skip
    assert columns[-3].names == {"zh": "结果 完成", "en": "result done"}
    assert columns[-1].names["zh"] == "结果 of_my_own"
    (row,) = table_rows(shape, (SplitBy.MANAGER,), added, None)
    figures = {key: row.figures[key] for key in (one.key for one in columns)}
    assert figures == {
        "kind:success": 5, "kind:partial": 0, "kind:refused": 4, "kind:call_again": 0,
        "kind:unreachable": 0, "code:done": 5, "code:maybe": 4, "code:of_my_own": 1,
    }  # fmt: skip


def test_reports_that_tell_no_results_have_no_such_columns() -> None:
    shape = SHAPES[ReportKind.ACTIVITY]
    assert with_results(shape, MEANS, {}, None) is shape
