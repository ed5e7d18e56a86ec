"""Talks against scripts: said, missing, late, out of order, agreed to, forbidden, measured."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from recordings.quality.assent import is_assent, is_refusal
from recordings.quality.check import CheckOutcome, CheckRequest, applies, check
from recordings.quality.script_rules import check_script
from voicegw.model.finding import Finding, FindingKind, FindingReason, Severity
from voicegw.model.recording import (
    Channel,
    MarkKind,
    Recording,
    RecordingKind,
    RecordingMark,
    RecordingStatus,
)
from voicegw.model.script import (
    AppliesTo,
    ForbiddenPhrase,
    MeasureLimit,
    MeasureName,
    Script,
    Statement,
)
from voicegw.model.transcript import Alternative, Segment, Transcript, TranscriptStatus

NOW = datetime(2026, 3, 4, tzinfo=UTC)
NOTICE = Statement("notice", "本次通话会被录音", within_s=20.0)
PRICE = Statement("price", "套餐每月{price}", assent=True)
TERM = Statement("term", "合约期{term}", assent=True)


def script(*statements: Statement, **more: Any) -> Script:
    """A script of these statements."""
    return Script("scr_1", "Revisit", NOW, NOW, active=True, statements=list(statements), **more)


def said(*turns: tuple[str, float, str]) -> Transcript:
    """A transcript of turns: "m" or "c", when it begins, what is said; three seconds each."""
    segments = [
        Segment(Channel.MANAGER if side == "m" else Channel.CUSTOMER, at_s, at_s + 3.0, text)
        for side, at_s, text in turns
    ]
    return Transcript("rec_1", "call_1", TranscriptStatus.COMPLETED, NOW, segments=segments)


def checked(
    *scripts: Script,
    transcript: Transcript | None,
    marks: tuple[RecordingMark, ...] = (),
    **more: Any,
) -> CheckOutcome:
    """Check a talk of a minute."""
    recording = Recording(
        "rec_1", "call_1", RecordingKind.TALK, RecordingStatus.COMPLETED, "node-1", NOW,
        duration_s=60.0, marks=list(marks),
    )  # fmt: skip
    values = {"price": "59元", "term": "24个月", "product": "畅享"}
    return check(CheckRequest(recording, NOW, list(scripts), values, transcript=transcript, **more))


def kinds(outcome: CheckOutcome) -> list[tuple[str | None, FindingKind]]:
    """Which findings there are about which statement."""
    return [(one.statement_id, one.kind) for one in outcome.findings]


def only(outcome: CheckOutcome, kind: FindingKind) -> Finding:
    """The one finding of a kind."""
    (found,) = [one for one in outcome.findings if one.kind is kind]
    return found


def test_the_sample_script_is_sound() -> None:
    """What is shipped can be posted, and finds what it is for."""
    text = (files("recordings.quality") / "samples" / "script.zh.json").read_bytes()
    given = {"id": "scr_1", "created_at": NOW, "updated_at": NOW, **msgspec.json.decode(text)}
    sample = msgspec.convert(given, Script)
    check_script(sample)
    outcome = checked(sample, transcript=said(("m", 1.0, "这个永久免费随便你")))
    forbidden = [one for one in outcome.findings if one.kind is FindingKind.PHRASE_FORBIDDEN]
    assert {one.statement_id for one in forbidden} == {"free-forever", "suit-yourself"}


def test_everything_right() -> None:
    """All said in order and agreed to: nothing is lost."""
    talk = said(
        ("m", 1.0, "您好本次通话会被录音"),
        ("m", 10.0, "套餐每月五十九块"),
        ("c", 14.0, "嗯好的"),
        ("m", 20.0, "合约期是两年"),
        ("c", 24.0, "可以"),
    )
    outcome = checked(script(NOTICE, PRICE, TERM), transcript=talk)
    assert kinds(outcome) == [
        ("notice", FindingKind.STATEMENT_SAID),
        ("price", FindingKind.STATEMENT_SAID),
        ("term", FindingKind.STATEMENT_SAID),
    ]
    assert outcome.result.score == 100.0
    assert outcome.result.findings == 0
    notice = outcome.findings[0]
    assert notice.start_s is not None
    assert 1.0 < notice.start_s < 4.0
    assert notice.evidence == "您好本次通话会被录音"


def test_of_too_many_findings_those_are_kept_that_matter() -> None:
    """What was said rightly hundreds of times hides no forbidden phrase behind it."""
    wishes = [Statement(f"s{number}", "祝您生活愉快") for number in range(200)]
    forbidden = script(phrases=[ForbiddenPhrase("rude", "你爱办不办")])
    talk = said(("m", 1.0, "祝您生活愉快"), ("m", 5.0, "你爱办不办"))
    outcome = checked(*[script(*wishes)] * 3, forbidden, transcript=talk)
    assert len(outcome.findings) == 500
    assert outcome.findings[-1].statement_id == "rude"
    assert kinds(outcome)[:200] == [(one.id, FindingKind.STATEMENT_SAID) for one in wishes]
    assert outcome.result.findings == 1


@pytest.mark.parametrize("kind", [MarkKind.STATEMENT, MarkKind.TRANSFER])
def test_what_the_customer_does_not_hear_is_said_to_nobody(kind: MarkKind) -> None:
    """While a statement is played or a colleague rings, and again once the two are connected."""
    sold = script(TERM, phrases=[ForbiddenPhrase("rude", "你爱办不办")])
    talk = said(
        ("m", 10.0, "合约期两年"), ("c", 14.0, "好的"), ("m", 20.0, "你爱办不办"), ("c", 30.0, "喂")
    )

    def found(*marks: tuple[MarkKind, float]) -> set[tuple[str | None, FindingKind]]:
        made = tuple(RecordingMark(one, at_s) for one, at_s in marks)
        return set(kinds(checked(sold, transcript=talk, marks=made)))

    heard = {("term", FindingKind.STATEMENT_SAID), ("rude", FindingKind.PHRASE_FORBIDDEN)}
    missing = ("term", FindingKind.STATEMENT_MISSING)
    bridged = (MarkKind.BRIDGE, 0.0)
    assert found(bridged, (kind, 25.0)) == heard
    assert found(bridged, (kind, 5.0), (kind, 8.0), (MarkKind.BRIDGE, 9.0)) == heard
    assert found(bridged, (kind, 5.0), (MarkKind.BRIDGE, 15.0)) == {
        missing, ("rude", FindingKind.PHRASE_FORBIDDEN),
    }  # fmt: skip
    assert found(bridged, (kind, 5.0)) == {missing}


def test_missing_late_out_of_order() -> None:
    """A statement that is missing, one too late, one before its turn."""
    talk = said(("m", 5.0, "合约期两年"), ("c", 9.0, "好"), ("m", 30.0, "本次通话会被录音"))
    outcome = checked(script(NOTICE, PRICE, TERM), transcript=talk)
    assert kinds(outcome) == [
        ("notice", FindingKind.STATEMENT_SAID),
        ("notice", FindingKind.STATEMENT_LATE),
        ("price", FindingKind.STATEMENT_MISSING),
        ("term", FindingKind.STATEMENT_SAID),
        ("term", FindingKind.STATEMENT_OUT_OF_ORDER),
    ]
    assert outcome.result.score == 100.0 - 5.0 - 10.0 - 2.5


def test_a_wrong_slot_is_named_as_such() -> None:
    """Another price than the task's is not a missing statement but a wrong one."""
    outcome = checked(script(PRICE), transcript=said(("m", 5.0, "套餐每月六十九元")))
    wrong = only(outcome, FindingKind.SLOT_WRONG)
    assert (wrong.severity, wrong.detail) == (Severity.MAJOR, "slot")
    assert wrong.reason is FindingReason.SLOT
    assert wrong.evidence == "套餐每月六十九元"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([("c", 14.0, "好的")], None),
        ([], FindingKind.ASSENT_OVERRUN),
        ([("c", 24.0, "好的")], FindingKind.ASSENT_OVERRUN),
        ([("c", 14.0, "这个我不同意")], FindingKind.ASSENT_MISSING),
        ([("c", 14.0, "多少钱")], FindingKind.ASSENT_OVERRUN),
    ],
)
def test_assent(answers: list[tuple[str, float, str]], kind: FindingKind | None) -> None:
    """Going on before the customer has agreed is a finding; a no or silence at the end is one."""
    turns = [("m", 10.0, "套餐每月五十九元"), *answers, ("m", 20.0, "合约期两年")]
    once = Statement("term", "合约期{term}")
    outcome = checked(script(PRICE, once), transcript=said(*sorted(turns, key=lambda one: one[1])))
    found = [one.kind for one in outcome.findings if one.kind is not FindingKind.STATEMENT_SAID]
    assert found == ([] if kind is None else [kind])


def test_no_assent_at_the_end() -> None:
    """After the last statement nobody goes on too early: the assent is just missing."""
    outcome = checked(script(PRICE), transcript=said(("m", 10.0, "套餐每月五十九元")))
    assert only(outcome, FindingKind.ASSENT_MISSING).channel is Channel.CUSTOMER


def test_an_answer_that_was_not_understood() -> None:
    """The customer was heard, but no word was recognised: for a person, not a fault."""
    talk = said(("m", 10.0, "套餐每月五十九元"))
    heard = {Channel.CUSTOMER: [(14.0, 14.4)]}
    outcome = checked(script(PRICE), transcript=talk, activity=heard)
    unsure = only(outcome, FindingKind.STATEMENT_UNSURE)
    assert (unsure.channel, outcome.result.score) == (Channel.CUSTOMER, 100.0)
    before = {Channel.CUSTOMER: [(1.0, 5.0)]}
    outcome = checked(script(PRICE), transcript=talk, activity=before)
    assert only(outcome, FindingKind.ASSENT_MISSING)


def test_forbidden_phrases() -> None:
    """Each time counts; what is denied, asked or said by the customer doesn't."""
    forbidden = [ForbiddenPhrase("promise", "保证收益", severity=Severity.CRITICAL, weight=30.0)]
    talk = said(
        ("m", 1.0, "这个保证收益的"),
        ("m", 10.0, "我们不保证收益"),
        ("c", 20.0, "保证收益吗"),
        ("m", 30.0, "真的保证收益"),
    )
    outcome = checked(script(phrases=forbidden), transcript=talk)
    assert [one.severity for one in outcome.findings] == [Severity.CRITICAL] * 2
    assert outcome.result.score == 40.0


def test_an_unsure_phrase_is_for_a_person() -> None:
    """What only nearly fits costs nothing; somebody should listen."""
    phrases = [ForbiddenPhrase("own", "你自己看")]
    outcome = checked(script(phrases=phrases), transcript=said(("m", 1.0, "你自己的")))
    assert kinds(outcome) == [("own", FindingKind.PHRASE_UNSURE)]
    assert outcome.result.score == 100.0


def test_nothing_is_missing_without_a_transcript() -> None:
    """Nobody knows what was said: no finding, no score, but measures by the sound."""
    activity = {Channel.CUSTOMER: [(0.0, 5.0)], Channel.MANAGER: [(6.0, 21.0)]}
    outcome = checked(script(NOTICE, PRICE), transcript=None, activity=activity)
    assert outcome.findings == []
    assert outcome.result.score is None
    assert outcome.result.measures.manager.talk_share == 0.75
    assert outcome.result.measures.manager.rate_per_min is None


def test_a_finding_says_that_it_rests_on_what_else_may_have_been_heard() -> None:
    transcript = said(("m", 0.0, "请您再看一下别的条款"))
    transcript.segments[0].alternatives = [Alternative("本次通话会被录音", 0.5)]
    found = only(checked(script(NOTICE), transcript=transcript), FindingKind.STATEMENT_SAID)
    assert found.evidence == "本次通话会被录音"
    assert (found.reason, found.params) == (FindingReason.ALTERNATIVE, {"likelihood": 0.5})
    # What the manager has to say at the beginning is heard there, too.
    late = Segment(Channel.MANAGER, 300.0, 303.0, "本次通话会被录音")
    for segments in (transcript.segments, [*transcript.segments, late]):
        told = msgspec.structs.replace(transcript, segments=segments)
        assert kinds(checked(transcript=told, notice_by_manager=True)) == []


def test_what_was_understood_otherwise_goes_to_a_person_where_an_alternative_says_it() -> None:
    transcript = said(("m", 0.0, "谁说本次通话会被录音"))
    [segment] = transcript.segments
    assert kinds(checked(script(NOTICE), transcript=transcript)) == [
        ("notice", FindingKind.STATEMENT_MISSING)
    ]
    segment.alternatives = [Alternative("好的本次通话会被录音", 0.5)]
    unsure = only(checked(script(NOTICE), transcript=transcript), FindingKind.STATEMENT_UNSURE)
    assert (unsure.reason, unsure.params) == (FindingReason.ALTERNATIVE, {"likelihood": 0.5})


def test_keys_prove_without_a_recogniser() -> None:
    """Statements that the gateway played count by their marks: assented, or refused."""

    def mark(kind: MarkKind, at_s: float, statement: str) -> RecordingMark:
        detail = {"statement": statement, "script": "scr_1", "key": "1"}
        return RecordingMark(kind, at_s, Channel.CUSTOMER, detail)

    marks = (
        mark(MarkKind.STATEMENT, 5.0, "price"),
        mark(MarkKind.ASSENT, 9.0, "price"),
        mark(MarkKind.STATEMENT, 10.0, "term"),
        mark(MarkKind.REFUSAL, 14.0, "term"),
    )
    outcome = checked(script(PRICE, TERM), transcript=None, marks=marks)
    assert kinds(outcome) == [
        ("price", FindingKind.STATEMENT_SAID),
        ("term", FindingKind.STATEMENT_SAID),
        ("term", FindingKind.ASSENT_MISSING),
    ]
    assert (outcome.findings[0].start_s, outcome.findings[0].end_s) == (5.0, 9.0)
    assert [one.reason for one in outcome.findings] == [
        FindingReason.PLAYED_ASSENTED,
        FindingReason.PLAYED,
        FindingReason.REFUSED_BY_KEY,
    ]
    assert outcome.result.score == 95.0
    # The marks of another script prove nothing.
    other = script(PRICE)
    other.id = "scr_2"
    assert checked(other, transcript=None, marks=marks).findings == []


def test_who_hangs_up_in_the_middle_has_not_heard_the_statement() -> None:
    """The beginning of a statement proves nothing; its end does, where it is its own prompt's."""

    def mark(kind: MarkKind, at_s: float, **detail: object) -> RecordingMark:
        return RecordingMark(kind, at_s, Channel.CUSTOMER, dict(detail))

    begun = mark(MarkKind.STATEMENT, 5.0, statement="price", script="scr_1", digest="d1")
    other = mark(MarkKind.PROMPT_HEARD, 6.0, names=["hold"], digests=["d2"])
    own = mark(MarkKind.PROMPT_HEARD, 8.0, names=["price"], digests=["d1"])
    assert checked(script(PRICE), transcript=None, marks=(begun,)).findings == []
    assert checked(script(PRICE), transcript=None, marks=(begun, other)).findings == []
    talk = said(("m", 20.0, "那就先这样"))
    cut = checked(script(PRICE), transcript=talk, marks=(begun,))
    assert ("price", FindingKind.STATEMENT_MISSING) in kinds(cut)
    heard = checked(script(PRICE), transcript=None, marks=(begun, other, own))
    assert kinds(heard)[0] == ("price", FindingKind.STATEMENT_SAID)
    # Played again because nobody answered: what was heard stays heard.
    again = mark(MarkKind.STATEMENT, 9.0, statement="price", script="scr_1", digest="d1")
    repeated = checked(script(PRICE), transcript=None, marks=(begun, own, again))
    assert kinds(repeated)[0] == ("price", FindingKind.STATEMENT_SAID)


def test_what_was_said_in_a_pause_is_not_judged() -> None:
    """A recogniser's words from a paused span are left out."""
    marks = (
        RecordingMark(MarkKind.PAUSE, 0.0),
        RecordingMark(MarkKind.RESUME, 8.0),
    )
    forbidden = [ForbiddenPhrase("promise", "保证收益")]
    talk = said(("m", 2.0, "这个保证收益"))
    assert checked(script(phrases=forbidden), transcript=talk, marks=marks).findings == []
    assert checked(script(phrases=forbidden), transcript=talk).findings != []


def test_the_managers_notice() -> None:
    """Where the manager was to tell of the recording, it is looked for; and only there."""
    told = said(("m", 2.0, "跟您说一下我们的通话有录音"))
    untold = said(("m", 2.0, "您好"))
    assert checked(transcript=told, notice_by_manager=True).findings == []
    missing = checked(transcript=untold, notice_by_manager=True)
    assert only(missing, FindingKind.NOTICE_MISSING).severity is Severity.CRITICAL
    assert checked(transcript=untold).findings == []
    assert checked(transcript=None, notice_by_manager=True).findings == []


def test_limits_of_measures() -> None:
    """A measure out of bounds is a finding with its value."""
    limits = [MeasureLimit(MeasureName.MANAGER_TALK_SHARE, at_most=0.8, weight=5.0)]
    talk = said(("m", 1.0, "您好"), ("m", 5.0, "再见"))
    outcome = checked(script(limits=limits), transcript=talk)
    found = only(outcome, FindingKind.MEASURE)
    assert found.detail == "manager.talk_share is 1, should be at most 0.8"
    assert (found.reason, found.params) == (
        FindingReason.ABOVE,
        {"measure": "manager.talk_share", "value": 1.0, "limit": 0.8},
    )
    assert outcome.result.score == 95.0
    assert checked(script(limits=limits), transcript=None).findings == []


def test_statements_of_other_products() -> None:
    """A statement about another product is not asked for."""
    outcome = checked(
        script(
            Statement("a", "本套餐没有优惠", products=["基础"]),
            Statement("b", "本套餐有优惠", products=["畅享"]),
        ),
        transcript=said(("m", 1.0, "您好")),
    )
    assert kinds(outcome) == [("b", FindingKind.STATEMENT_MISSING)]


def test_which_scripts_apply() -> None:
    """Group, hotline, task type and product must all fit; the owner's group too."""
    talk: dict[str, Any] = {
        "group_ids": ["town", "county"], "hotline_id": "hot_1", "task_type": None, "product": "a",
    }  # fmt: skip
    assert applies(script(), **talk)
    assert applies(script(group_id="county"), **talk)
    assert not applies(script(group_id="elsewhere"), **talk)
    assert applies(script(applies_to=AppliesTo(["town"], ["hot_1"], [], ["a", "b"])), **talk)
    assert not applies(script(applies_to=AppliesTo(hotline_ids=["hot_2"])), **talk)
    assert not applies(script(applies_to=AppliesTo(task_types=["revisit"])), **talk)


YES = """
嗯 好的 可以没问题 对对对 行吧 OK 知道了 是 是的 是是是 对 好 嗯嗯好 那好吧 好的谢谢 行你办吧
好我知道了 没问题 我没问题 没什么问题 没有意见 我同意 听清楚了 明白了 那行 这样也行 都可以
就行 好呀 挺好的 太好了 您说得对 没错 中 中中中 成吧 得嘞 要得 晓得了 我愿意 是我本人 对是我
不要紧好的 特别清楚 好的不用谢 嗯可以的 喂好的 不反对 OK的 ok啊
那就办吧 你给我办理吧 没毛病 对了就是这样 对了
沒問題 對，我同意。 願意 好，那就這樣
"""
NO = """
不行 我不同意 不太清楚吧算了 no 我不要 不可以 不太清楚 不太明白 没明白 没太听清 不能同意
我不能接受 听不清楚 没有同意 我反对 不想办 不用了 我没听懂 没说同意 不對 聽不懂 不太瞭解 我不願意
"""
NEITHER = """
多少钱 什么意思 喂 对不起我在开车 不好意思我在忙 喂你好 您好 我在银行 我现在开会中 成本太高
我得想想 我觉得太贵了 我得问问我老公 行不行啊 好不好 是不是要钱 可不可以便宜点 好贵啊 好像是吧
你说清楚点 我要了解一下 好的我考虑一下 你再说一遍 对方是谁 我是张三 我现在是在外面 要不要身份证
最好便宜点 谁知道呢 家中没人 完成了 越便宜越好 可以嗎 對不起 我覺得太貴了
可以便宜点不 能再便宜点不啊 对了我问一下 等会再办吧 怎么办吧
"""


@pytest.mark.parametrize(
    "text", [*YES.split(), "yes sure", "no problem", "ok 好的", "好的 那我知道了"]
)
def test_yes(text: str) -> None:
    """What customers say when they agree."""
    assert is_assent(text)
    assert not is_refusal(text)


@pytest.mark.parametrize("text", [*NO.split(), "i don't agree"])
def test_no(text: str) -> None:
    """What customers say when they don't."""
    assert is_refusal(text)
    assert not is_assent(text)


@pytest.mark.parametrize("text", NEITHER.split())
def test_neither(text: str) -> None:
    """A question, an excuse, a delay, or another word that a yes or a no stands in."""
    assert not is_assent(text)
    assert not is_refusal(text)
