"""Phrases in imperfect transcripts, against cases that somebody else labelled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.quality.negation import Doubt
from recordings.quality.occurrences import Sides
from recordings.quality.one_form import normalised
from recordings.quality.phrases import Match, PhraseSet, phrase
from recordings.quality.slots import filled
from recordings.quality.spoken import spoken_text
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment


def best(
    wanted: str,
    *said: str,
    values: Mapping[str, str] | None = None,
    gap_s: float = 0.5,
    may_turn: bool = True,
) -> Match | None:
    """Return the best match of `wanted` in what was said, a segment each, `gap_s` apart.

    What begins with "c:" the customer says.
    """
    segments, at_s = [], 0.0
    for text in said:
        side = Channel.CUSTOMER if text.startswith("c:") else Channel.MANAGER
        segments.append(Segment(side, at_s, at_s + 2.0, text.removeprefix("c:")))
        at_s += 2.0 + gap_s
    looked_for = PhraseSet([phrase(wanted, values, may_turn=may_turn)])
    sides = Sides(segments)
    found = [match for _, match in looked_for.matches(sides.said[Channel.MANAGER].text)]
    return max(found, key=lambda match: (match.is_found, match.score), default=None)


def is_said(wanted: str, *said: str, **options: object) -> bool:
    """Whether `wanted` is surely found in what was said."""
    match = best(wanted, *said, **options)  # type: ignore[arg-type]
    return match is not None and match.is_found


def test_negation_is_exact() -> None:
    """保证收益 and 不保证收益 are not each other, though their sounds nearly are."""
    assert is_said("保证收益", "这款保证收益的", may_turn=False)
    denied = best("保证收益", "这款不保证收益的", may_turn=False)
    assert denied is not None
    assert denied.doubt is Doubt.NEGATION
    assert not is_said("不保证收益", "这款保证收益的")
    assert not is_said("保证收益", "我们不", "保证收益", may_turn=False)


@pytest.mark.parametrize(
    "said",
    [
        "客户签字怎么会无所谓呢",
        "我要是说客户签字无所谓那早被开除了",
        "人家说客户签字无所谓",
        "严禁出现客户签字无所谓",
        "客户签字无所谓这话我可不敢跟您讲",
        "没有哪家客户签字无所谓",
        "未必客户签字无所谓",
        "客户签字无所谓那是别家的说法",
    ],
)
def test_denied_forbidden_or_quoted(said: str) -> None:
    """Who denies a sentence, forbids it, or tells that others say it does not say it."""
    assert not is_said("客户签字无所谓", said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("保证收益", "没法保证收益"),
        ("保证收益", "哪家银行敢保证收益"),
        ("保证收益", "保证收益我做不到"),
        ("保证收益", "别信什么保证收益"),
        ("没有风险", "没有哪个产品没有风险"),
        ("没有风险", "说没有风险那是骗您"),
        ("我不知道", "我怎么会不知道"),
        ("我不知道", "他不知道"),
        ("未成年人不能办理", "成年人不能办理"),
        ("提前解约需要支付违约金", "提前解约免支付违约金"),
        ("保证收益", "不许 不是保证收益"),
    ],
)
def test_ways_to_deny(wanted: str, said: str) -> None:
    """What nobody can do, dares or believes, what somebody else does, what is forgone."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("没有风险", ["没有任何风险"]),
        ("没有风险", ["没", "没有风险"]),
        ("合约期内不得提前解约", ["合约期内不允许提前解约"]),
        ("本优惠不可叠加", ["本优惠无法叠加"]),
        ("不收违约金", ["我们不收取违约金"]),
        ("本产品不是银行存款", ["本产品不属于银行存款"]),
        ("提前解约需要支付违约金", ["提前解约必须支付违约金"]),
        ("合约期24个月", ["合约期二十", "二十四个月"]),
        ("合约期24个月", ["合约期20", "四个月"]),
        ("合约期24个月", ["合约期20。", "4个月"]),
        ("工号2058", ["工号二零五", "二零五八"]),
        ("客服热线10086", ["打客服热线要00 8 6"]),
        ("客服热线10086", ["打客服热线要零零八六"]),
        ("我的工号是0731", ["我的工号是零七三要。"]),
        ("超出流量3元每GB", ["超出流量三块钱每个G"]),
    ],
)
def test_the_same_in_other_words(wanted: str, said: list[str]) -> None:
    """Other words of the same meaning, and numbers begun again."""
    assert is_said(wanted, *said)


def test_words_that_were_recognised_as_a_number() -> None:
    """十名认证 is 实名认证, misheard; 四楼 is never 三楼."""
    assert is_said("实名认证后方可激活", "十名人证后方可机活")
    assert not is_said("请到三楼南侧办理", "请到4楼南侧办理")


def test_a_word_that_is_gone_is_not_made_up_for() -> None:
    """A word replaced whole makes another statement, however long it is."""
    assert not is_said("我们赠送您一个路由器", "我们卖给您一个路由器")


def test_told_by_the_speaker() -> None:
    """跟您说 tells it; 您说 would quote."""
    assert is_said("客户签字无所谓", "我跟您说客户签字无所谓", may_turn=False)
    assert not is_said("客户签字无所谓", "您说客户签字无所谓", may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("该产品不支持提前赎回", ["急用钱也没办法,该产品不支持提前赎回"]),
        ("不签也能开通", ["没得说 不签也能开通 您甭操心"]),
        ("受理后不可撤销", ["受理后是不可", "不可撤销的"]),
        ("请问还有其他可以帮您的吗", ["请问您还有没有其他可以帮您的"]),
        ("保证收益", ["不瞒您说这个保证收益"]),
        ("需要人脸识别", ["您不得不做人脸识别 需要人脸识别"]),
    ],
)
def test_negations_of_something_else(wanted: str, said: list[str]) -> None:
    """What another clause negates, a stutter and a set phrase change nothing."""
    assert is_said(wanted, *said)


def test_numbers_are_exact() -> None:
    """十五天 is not 十天, though their sounds nearly are."""
    assert is_said("犹豫期十五天", "犹豫期是15天")
    wrong = best("犹豫期十五天", "犹豫期是十天")
    assert wrong is not None
    assert wrong.doubt is Doubt.NUMBER


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("请到三楼南侧办理", "请到四楼南侧办理"),
        ("犹豫期内可全额退保", "犹豫期内可全额续保"),
        ("帮您套现", "帮您套餐线上办了"),
        ("刷流水", "还在刷油 水电师傅晚点来"),
        ("质押期间不得转让", "质押期间不得转院"),
        ("国际漫游默认关闭", "国际漫游没人关闭"),
        ("农村宽带优惠两成", "农村宽带优惠两次"),
    ],
)
def test_one_other_word_is_another_phrase(wanted: str, said: str) -> None:
    """A word in the place of the phrase's own, or within one of its words."""
    assert not is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("合约期{term}", "合约72个月"),
        ("合约期{term}", "和月七十二个月"),
    ],
)
def test_a_number_that_swallowed_a_word(wanted: str, said: str) -> None:
    """合约期十二个月 is recognised as 合约72个月: a person should listen."""
    match = best(wanted, said, values={"term": "12个月"})
    assert match is not None
    assert match.is_unsure
    assert not match.is_found


def test_a_number_that_swallowed_nothing() -> None:
    """合约期七十二个月 is 72 months: its 期 was heard."""
    match = best("合约期{term}", "合约期72个月", values={"term": "12个月"})
    assert match is not None
    assert match.doubt is Doubt.SLOT
    assert not match.is_unsure
    assert best("合约期{term}", "合约八十二个月", values={"term": "12个月"}) is None


def test_slots_hold_the_tasks_values() -> None:
    """A statement with another price or name than the task's is not the statement."""
    values = {"name": "陈丽华", "price": "59元"}
    assert is_said("套餐每月{price}", "套餐每月五十九块", values=values)
    assert not is_said("套餐每月{price}", "套餐每月六十九块", values=values)
    assert is_said("我是客户经理{name}", "我是客户经理陈立华", values=values)
    other = best("我是客户经理{name}", "我是客户经理王建国", values=values)
    assert other is None or not other.is_found


def test_a_sentence_in_pieces() -> None:
    """Halves belong together when they are near, not when a minute lies between them."""
    assert is_said("本产品不保证收益", "本产品", "不保证收益")
    assert not is_said("本产品不保证收益", "本产品", "不保证收益", gap_s=45.0)


@pytest.mark.parametrize(
    "said",
    [
        "This call is being recorded",
        "this call's being recorded okay",
        "so this call is being recorded",
    ],
)
def test_english(said: str) -> None:
    """English is compared by words, in any case."""
    assert is_said("This call is being recorded.", said)


@pytest.mark.parametrize(
    "said",
    ["this call is not being recorded", "this call isn't being recorded", "I will call you back"],
)
def test_english_negated_or_other(said: str) -> None:
    """A negation in English counts as one in Chinese does."""
    assert not is_said("this call is being recorded", said)


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        ("月租三十元", ["月租30", "一个月不变"]),
        ("每月二十", ["每月20", "5点前办好"]),
        ("每月三十元", ["每月30", "2个副卡免费"]),
        ("优惠三十", ["优惠30", "四月一号开始"]),
        ("充值五十", ["充值50", "5年合约"]),
        ("充值五十", ["充值50", "二维码我发您"]),
    ],
)
def test_what_follows_tens_and_is_no_unit_of_theirs(wanted: str, parts: list[str]) -> None:
    match = best(wanted, *parts)
    assert match is not None
    assert match.doubt is None


def test_where_a_match_lies() -> None:
    """A match says which of the words it is, so that a listener finds the moment."""
    segments = [
        Segment(Channel.MANAGER, 0.0, 2.0, "您好"),
        Segment(Channel.MANAGER, 10.0, 14.0, "价格五十九元永久免费"),
    ]
    text = spoken_text(segments)
    ((_, match),) = PhraseSet([phrase("永久免费")]).matches(text)
    assert text.segment_at(match.start) == 1
    assert 11.0 <= text.time_at(match.start) <= 13.0
    assert text.time_at(match.end - 1, end=True) == pytest.approx(14.0)
    assert text.evidence(match.start, match.end) == "价格五十九元永久免费"
    assert not list(PhraseSet([]).matches(text))
    assert not list(PhraseSet([phrase("永久免费")]).matches(spoken_text([])))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("设备损坏按价赔偿", ["设备损坏安家赔偿您重新装"]),
        ("宽带装机师傅姓黄", ["宽带装机师傅心慌", "他有点心慌"]),
        ("充值金额不可提现", ["充值金额不可提前我们月初"]),
        ("合约期{term}", ["合约期翻面"]),
        ("保证收益", ["我们保证", "收益要看市场"]),
        ("保证收益", ["服务质量我保证", "收益我不好说"]),
        ("老子不伺候了", ["脑子不四候了"]),
    ],
)
def test_what_makes_better_sense_as_written_goes_to_a_person(wanted: str, said: list[str]) -> None:
    """The sounds are the phrase's, the words are another matter's: neither found nor dismissed."""
    match = best(wanted, *said, values={"term": "36个月"})
    assert match is not None
    assert match.is_unsure


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("保证收益", "这个保证受益的"),
        ("短信验证码请勿转发", "短信验正吗请物转发"),
        ("资费公示可扫码查看", "资费公式可扫马查看"),
        ("农村宽带优惠两成", "龙村宽带优惠两层"),
        ("未成年人不能办理", "未层年人不能办理"),
    ],
)
def test_a_slip_of_the_recogniser_is_the_phrase(wanted: str, said: str) -> None:
    """Words that only share their sound make no sense of their own."""
    assert is_said(wanted, said)


def test_a_word_that_ends_on_another_verb_is_another_word() -> None:
    """已记错 is not 已寄出, three mao are not three yuan."""
    assert not is_said("您的发票已寄出", "您的发票已记错抬头我给您重开")
    assert not is_said("超出流量{price}每GB", "超出流量三毛钱每个兆", values={"price": "3元"})


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("保证收益", "公司不让我们讲保证收益"),
        ("保证收益", "我可没有权力给您保证收益"),
        ("保证收益", "讲保证收益是要被罚款的"),
        ("保证收益", "保证收益这个词我们不能用"),
        ("稳赚不赔", "稳赚不赔谁信啊"),
        ("稳赚不赔", "宣称稳赚不赔的都不正规"),
        ("签字不用看", "签字不用看这种话您别信"),
        ("亏了我个人赔", "亏了我个人可赔不了啊"),
        ("随时可以退款", "随时可以退款这一条取消了"),
        ("随时可以退款", "以前随时可以退款现在改了"),
        ("未按时缴费将停机", "按时缴费就不会停机"),
        ("您有权取消订单", "我们有权取消订单"),
        ("我能赔", "我能赔得起吗"),
    ],
)
def test_what_is_ruled_out_around_the_words_is_not_said(wanted: str, said: str) -> None:
    """What is forbidden, not believed, over, impossible, or another's: in any part around it."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("保证收益", "不用怀疑保证收益"),
        ("稳赚不赔", "稳赚不赔您信我"),
        ("肯定能办下来", "您别着急肯定能办下来"),
        ("未按时缴费将停机", "没按时缴费会停机"),
        ("不要告诉别人", "你可别告诉别人"),
        ("随时可以退款", "不喜欢的话随时可以退款"),
    ],
)
def test_what_only_looks_ruled_out_is_said(wanted: str, said: str) -> None:
    """Other words for the same, and negations of something else."""
    assert is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("您可以随时退货", "您啥时候都能退货"),
        ("逾期未付款将取消订单", "过期没付钱就要取消订单"),
        ("服务期内不得转让", "服务期里头不能转给别人"),
        ("非会员不能办理退货", "非会员办不了退货"),
        ("您的会员即将到期", "侬个会员快要到期了呀"),
        ("这批货下月到", "这批货下个月到"),
    ],
)
def test_other_words_of_the_same_meaning(wanted: str, said: str) -> None:
    """Words of the street, of a region, and what nobody can do for what nobody may."""
    assert is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("逾期未付款将取消订单", "过期没给钱也不取消订单"),
        ("服务期内不得转让", "服务期里头能转给别人"),
        ("您可以随时退货", "您啥时候都不能退货"),
        ("非会员不能办理退货", "非会员办得了退货"),
    ],
)
def test_other_words_of_the_opposite(wanted: str, said: str) -> None:
    """However it is said, what is negated stays negated."""
    assert not is_said(wanted, said)


def test_words_in_another_order() -> None:
    """All words of a statement, in any order, and little else; an order that matters stays."""
    assert is_said("暂不支持网上退货", "网上退货目前还不支持呢")
    assert is_said("退网需归还电视盒子", "要退网的话电视盒子您得给我们还回来")
    assert not is_said("您无需另付邮费", "您无需担心 另付邮费我们给补贴")
    assert not is_said("先验货后付款", "付款后再验货先等等")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("您的地址仅用于送货", ["您的地址", "c:会不会卖掉", "不会,仅用于", "送货"]),
        ("会员到期自动续费", ["会员到期", "c:那就停了", "不会停它自动", "续费"]),
        ("退货运费由我们承担", ["退货运费", "c:喂", "能听见吗", "由我们承担的"]),
        ("押金最高不超过五百元", ["押金最高", "c:一千", "哎没有不超过", "不超过五百元"]),
    ],
)
def test_answers_to_whoever_broke_in(wanted: str, said: list[str]) -> None:
    """What answers the customer within a sentence neither parts nor negates it."""
    assert is_said(wanted, *said)


@pytest.mark.parametrize(
    "said",
    [
        ["这款产品", "c:保证收益吗", "不保证收益的"],
        ["我们", "不", "保证收益的"],
        ["我们", "c:你说", "不会", "保证收益"],
    ],
)
def test_a_negation_within_an_interrupted_sentence(said: list[str]) -> None:
    """What negates the sentence itself is no answer."""
    assert not is_said("保证收益", *said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("换机不换号", "放机不放号"),
        ("全网送到家", "前往送到佳"),
        ("这个保证退", "这个保证退吗"),
        ("名额只剩四张", "名额只剩事长"),
    ],
)
def test_what_a_recogniser_may_have_garbled_goes_to_a_person(wanted: str, said: str) -> None:
    """An accent in every word that differs, one word garbled with others, 吗 that may be 嘛."""
    match = best(wanted, said, may_turn=False)
    assert match is not None
    assert match.is_unsure


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("改约不影响积分", "改约影响不影响积分我得查一下"),
        ("保证收益", "要是真保证收益我自己就买了"),
        ("保证收益", "保证收益想得美"),
        ("保证收益", "号称保证收益"),
        ("退货分两份", "退货分两成"),
    ],
)
def test_asked_supposed_or_mocked(wanted: str, said: str) -> None:
    """A question by a verb of two syllables, what would be, what is laughed at."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("保证收益", "谁都没法给您打保票说保证收益"),
        ("保证收益", "不得向客户保证收益"),
        ("保证收益", "说保证收益的您一定要当心"),
        ("保证收益", "他们胡说什么保证收益"),
        ("没有任何风险", "没有任何风险的产品是不存在的"),
        ("随便用不限量", "随便用不限量的套餐早就下架了"),
        ("移机不收费", "移机哪有不收费的"),
        ("不用还本金", "不适不用还本金"),
    ],
)
def test_ruled_out_at_some_distance(wanted: str, said: str) -> None:
    """What denies may stand further off, or was heard as 不适 where 不是 was said."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("没有任何风险", "这里头一点风险都没有"),
        ("安装不收费", "安装一分钱都不收的"),
        ("副卡不能单独使用", "副卡是没办法单独使用的"),
        ("请设置密码", "请您设置一个密码"),
        ("收货时请当面验货", "收货的时候请您当面验一下货"),
        ("优惠期满恢复原价", "优惠期满之后就恢复到原价"),
        ("快递三天送达", "三天之内快递送达"),
        ("软件请到官网下载", "请到官网下载软件"),
        ("请勿点击陌生链接", "陌生链接请您不要点击"),
        ("两天内装好", "俩天以内就装好"),
        ("师傅会提前联系您", "师傅会提前跟您联系"),
    ],
)
def test_other_ways_to_say_it(wanted: str, said: str) -> None:
    """None at all, not a cent, 一个 and 一下 that count nothing, numbers and objects in front."""
    assert is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("安装不收费", "安装一分钱都不能少"),
        ("没有任何风险", "一点风险都没有吗"),
        ("快递三天送达", "十三天之内快递送达"),
        ("快递三天送达", "三天或者五天之内快递送达"),
        ("年费一百元", "每年电费一百元"),
        ("请勿点击陌生链接", "陌生链接请您点击"),
    ],
)
def test_other_ways_to_say_something_else(wanted: str, said: str) -> None:
    """The same turns of speech with another number, a question, or another object."""
    assert not is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("优惠期满恢复原价", ["优惠期满", "c:那就没了", "对就没了恢复原价"]),
        ("退款会原路返回", ["退款会", "c:退到微信吗", "不退到微信，会原路返回"]),
    ],
)
def test_an_answer_in_the_words_of_the_question(wanted: str, said: list[str]) -> None:
    """Who affirms or denies what the customer just said, by saying it again, goes on after it."""
    assert is_said(wanted, *said)


@pytest.mark.parametrize(
    "said",
    [
        "我们会马上回复您",
        "以后儿童也可以办",
        "这是什么事",
        "怎么样",
        "调整完成",
        "第二天生效",
        "十二天",
        "需要得到您同意",
        "核准保险金额",
        "这个说不准",
        "合同无法律效力",
        "另当别论",
    ],
)
def test_what_only_looks_like_another_word_stays(said: str) -> None:
    """马上|回复 holds no 上回, 以后|儿童 no 后儿, 无|法律 no 无法; nor does 说不准 forbid."""
    assert normalised(said) == said


def test_the_order_of_the_halves_within_words() -> None:
    """提前 and 自动 say nothing of an order; 先 and 从 do."""
    assert is_said("提前还款不收手续费", "手续费提前还款是不收的")
    assert not is_said("先验货后付款", "后付款先验货")


def places(wanted: str, said: list[str]) -> list[Match]:
    """Return all places of a required statement in what the manager said; fails when endless."""
    segments = [
        Segment(Channel.MANAGER, at * 3.0, at * 3.0 + 2.0, text) for at, text in enumerate(said)
    ]
    text = spoken_text(segments)
    found = PhraseSet([phrase(wanted, may_turn=True)]).matches(text)
    listed = [match for _, match in islice(found, len(text.chars) + 1)]
    assert len(listed) <= len(text.chars)
    return listed


def test_a_statement_beside_one_of_the_same_words_is_not_looked_for_without_end() -> None:
    """What a piece finds outside of itself is another piece's."""
    said = ["合约期内提前解约需要支付违约金一百五十元", "上个月您需要支付违约金那单已经结了"]
    assert [one.is_found for one in places("违约金150元", said)].count(True) == 1


_CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "data" / "phrases" / "open.jsonl")
    .read_text("utf-8")
    .splitlines()
]


@settings(max_examples=60, deadline=None)
@given(
    wanted=st.sampled_from(_CASES),
    said=st.lists(st.sampled_from([one["text"] for case in _CASES for one in case["segments"]]),
                  min_size=1, max_size=6),
)  # fmt: skip
def test_whatever_is_said_together_every_search_ends(
    wanted: dict[str, Any], said: list[str]
) -> None:
    own = [one["text"] for one in wanted["segments"]]
    length = len(spoken_text([Segment(Channel.MANAGER, 0, 1, "".join([*own, *said]))]).chars)
    for match in places(filled(wanted["phrase"], wanted["slots"]), [*own, *said, *own]):
        assert 0 <= match.start < match.end <= 2 * length
