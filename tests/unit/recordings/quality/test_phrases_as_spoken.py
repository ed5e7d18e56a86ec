"""Phrases in the ways people say them: fronted, by the month, conceded, with an accent."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.quality.alignment import align
from recordings.quality.context import as_said
from recordings.quality.numerals import find_quantities
from recordings.quality.one_form import all_normalised, normalised
from recordings.quality.pinyin import sounds
from recordings.quality.rates import in_order
from recordings.quality.readings import readings_of
from recordings.quality.regional import BORDER, as_standard
from recordings.quality.shorthand import as_read_out
from recordings.quality.spoken import PAUSE, phrase_text, spoken_text
from tests.unit.recordings.quality.test_phrases import best, is_said
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("光猫不用交押金", "光猫押金您不用交的"),
        ("宽带免费帮您移机", "移机我们免费帮您宽带"),
    ],
)
def test_a_forbidden_phrase_with_its_object_first(wanted: str, said: str) -> None:
    """What is spoken of comes first; every word must be there, a negation with its verb."""
    assert is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("合同不用细看", "合同一定要细看不用急"),
        ("我可以帮您代签", "我要是说我可以帮您代签那早被开除了"),
        ("你听不懂吗", "没讲清楚您听不懂很正常"),
    ],
)
def test_a_forbidden_phrase_whose_words_mean_something_else(wanted: str, said: str) -> None:
    """Its own words in its own order are meant as they stand."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("一个月三十九块", "每月三十九块"),
        ("三十九块九一个月", "每月三十九块九"),
        ("套餐三十九一个月", "套餐每月三十九"),
        ("一毛五一分钟", "每分钟一毛五"),
        ("一个g五块钱", "每g五块钱"),
        ("二十一个月", "二十一个月"),
        ("三十一个月", "三十一个月"),
        ("一天二十四小时", "一天二十四小时"),
        ("前一个月一百二", "前一个月一百二"),
    ],
)
def test_prices_by_period(text: str, ordered: str) -> None:
    """Statements say 每月三十九元; people say the price first, or 一个月."""
    assert in_order(text) == ordered


def test_a_price_by_period_is_the_statement() -> None:
    """The other period, and the other price, are not."""
    values = {"price": "39元"}
    assert is_said("套餐每月{price}", "套餐三十九一个月", values=values)
    assert not is_said("套餐每月{price}", "套餐三十九块九一个月", values=values)
    assert not is_said("宽带每年{price}", "宽带一个月三百六", values={"price": "360元"})


@pytest.mark.parametrize(
    ("wanted", "value", "said"),
    [
        ("宽带速率{x}", "500兆", "宽带速率这次给您提到五百兆"),
        ("首年{x}", "360元", "首年三百六次年再说"),
        ("合约期{x}", "3个月", "合约期3月"),
        ("协议有效期至{x}", "2027年3月31日", "协议有效期到27年3月的31号"),
        ("投诉热线{x}", "12300", "投诉热线1、2、3动动"),
        ("我的工号是{x}", "0731", "我的公号是073摇"),
        ("{x}内与您联系", "24小时", "我们会在二十四小司内与您联系"),
        ("预期年化{x}", "3.05%", "一七年化百分之三点零五"),
    ],
)
def test_numbers_as_they_are_said_and_misheard(wanted: str, value: str, said: str) -> None:
    """A number may come later, lose its unit, or be written as what sounds like it."""
    assert is_said(wanted, said, values={"x": value})


@pytest.mark.parametrize(
    ("wanted", "value", "said"),
    [
        ("宽带速率{x}", "500兆", "宽带速率给您提到一千兆"),
        ("宽带速率{x}", "500兆", "宽带速率看您要三百兆还是五百兆"),
        ("合约期{x}", "3个月", "合约期到3月"),
        ("{x}内与您联系", "24小时", "四十八小时内与您联系"),
    ],
)
def test_another_number_is_none_of_these(wanted: str, value: str, said: str) -> None:
    """However it is said, the number must be the phrase's own."""
    assert not is_said(wanted, said, values={"x": value})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("24小时", ["二十四小时", "二十四个小时"]),
        ("300分钟", ["三百分钟"]),
        ("五折", ["五折"]),
        ("九五折", ["九五折"]),
        ("下午三点半", ["十五点半", "三点半"]),
        ("千分之三", ["百分之零点三", "千分之三", "万分之三十"]),
        ("百分之百", ["百分之百", "百分百", "百分之一百"]),
    ],
)
def test_how_quantities_are_read(text: str, values: list[str]) -> None:
    """In the unit they were given in."""
    ((_, _, quantity),) = find_quantities(text)
    assert readings_of(quantity) == values


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("每月返还二十元一共返二十四个月", ["二十元", "二十四个月"]),
        ("二十元一起返", ["二十元"]),
        ("每月返还二十一共返十二个月", ["二十", "十二个月"]),
        ("一块一毛", ["一块一毛"]),
        ("二十一共享", ["二十一"]),
    ],
)
def test_what_begins_a_word_counts_nothing(said: str, read: list[str]) -> None:
    """一共 and 一起 are words."""
    assert [quantity.text for _, _, quantity in find_quantities(said)] == read


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("日期为3月8号", "日期为3月8号"),
        ("生效期为三月份", "生效期为三月份"),
        ("为期三月", "为期三个月"),
        ("号码123动作", "号码123动作"),
        ("号码13812345678要。", "号码13812345678要。"),
        ("号码1381234567要。", "号码13812345671。"),
    ],
)
def test_what_is_put_in_full(text: str, full: str) -> None:
    """A month of the year is none of duration, 动作 no number, a whole number has no digit more."""
    assert as_read_out(text) == full


def test_a_name_is_told_by_each_syllable() -> None:
    """李建国 is not 王建国; a slip of one sound is."""
    values = {"name": "王建国"}
    wanted = "我是您的客户经理{name}"
    assert is_said(wanted, "我是您的客户经理王剑国", values=values)
    assert not is_said(wanted, "我是您的客户经理", "c:哪位", "我姓李李建国", values=values)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("保证收益", "收益这块保证收益什么的都是违规的"),
        ("没有风险", "您要说完全没有风险那也不现实"),
        ("没有风险", "没有没有风险的理财"),
        ("我不知道", "我哪里不知道"),
        ("不归我管", "这事怎么不归我管"),
        ("不归我管", "就算不归我管我也帮您问"),
        ("保证收益", "您要的是保证收益的产品那没有"),
        ("免费送手机", "免费送手机的活动上个月结束了"),
        ("终身免费", "终身免费那是宣传用语"),
        ("保证收益", "谁也不能保阵保证收益"),
        ("不收违约金", "赠么可能不收违约金呢"),
    ],
)
def test_denied_conceded_or_asked_why(wanted: str, said: str) -> None:
    """What denies may itself be misheard."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("你爱买不买", "没得办法你爱买不买噻"),
        ("不签字就走人", "要么签，不签字就走人"),
        ("这事我管不了", "您说的这个事我管不了的"),
        ("没有风险", "一丁点儿风险都没有"),
        ("绝对没问题", "绝对不会有问题"),
        ("我不知道", "我不太知道"),
    ],
)
def test_what_negates_something_else(wanted: str, said: str) -> None:
    """A clause of its own, a noun's attribute, an adverb."""
    assert is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("不办就停机", "我怎么会跟您讲不办就停机呢"),
        ("内部名额", "我们严禁用内部名额这种说法来推销"),
        ("保证收益", "您可千万别以为买了就保证收益"),
        ("保证当天开通", "不是说您交了钱就保证当天开通"),
        ("不能退", "也不是说就不能退"),
        ("免费送", "与其说是免费送不如说是先存后返"),
        ("最后的名额", "我可不会骗您说这是最后的名额"),
        ("肯定能赚", "您觉得肯定能赚是您自己的判断"),
        ("需要交押金", "用不着交押金"),
        ("需要交押金", "并不是每个人都需要交押金"),
        ("需要交押金", "要不要交押金"),
        ("您方便接听电话", "您方不方便接听电话呀"),
        ("把密码发给我", "您不要将密码发给我"),
        ("不用身份证", "新开号码不用身份证是办不了的"),
        ("套餐没有违约金", "套餐哪个说没有违约金的嘛"),
        ("终身免费", "终身免费哦没有这个事"),
        ("绝对不掉线", "绝对不掉线那不扯呢嘛"),
        ("免费送手机", "免费送手机这不是吹牛吗"),
        ("保证收益", "保证收益这种话要负责任的我不会讲"),
        ("您爱办不办", "您爱办不办这话是谁跟您说的"),
        ("保证收益", "要说保证收益那我没这个底气"),
        ("保证收益", "说保证收益的都不是我们公司的人"),
        ("不能退", "不能退的情况很少"),
        ("一定中奖", "一定中奖的说法是错的"),
        ("一定中奖", "一定中奖我不承认说过"),
        ("无条件退款", "无条件退款是没有的"),
        ("无条件退款", "没有任何一家无条件退款"),
        ("保证收益", "都有可能谈不到什么保证收益"),
        ("保证收益", "要是有哪家跟您拍胸脯说保证收益您扭头就走"),
        ("保证收益", "保证收益这个我得纠正一下是历史收益"),
        ("保证收益", "以前有同事口头上讲过保证收益后来被处理了"),
        ("保证收益", "保证收益四个字我们培训的时候就不让提"),
        ("保证收益", "保证收益四个字合同上是没有的"),
        ("保证收益", "如果有人跟我说保证收益我也不信"),
        ("保证收益", "如果我跟您说保证收益那是骗您"),
        ("保证收益", "没有任何一款产品保证收益"),
        ("保证不涨价", "没有任何运营商敢保证不涨价"),
        ("保证不涨价", "保证不涨价这样讲是错的"),
        ("一定中奖", "一定中奖的机会很小"),
        ("保证不涨价", "我们部保证不涨价"),
        ("一定能批", "一定能批倒不一定"),
        ("一定能批", "一定能批那是老政策了"),
        ("合约期内不能销户", "谁跟您讲合约期内不能销户"),
        ("免费赠送手机", "我们不做免费赠送手机"),
        ("免费赠送手机", "这个价不含免费赠送手机"),
        ("免费赠送手机", "免费赠送手机我们早倒闭了"),
        ("免费赠送手机", "要是免费赠送手机我就不用干了"),
        ("保证收益", "保证收益那是做不了的"),
        ("保证收益", "没有哪家保证收益"),
        ("必须办理新套餐", "不是非得办理新套餐"),
        ("包您满意", "哪能做到包您满意呢"),
        ("马上就涨价", "您是担心马上就涨价对吧"),
        ("全网最便宜", "全网最便宜谈不上但是服务好"),
        ("你不办别后悔", "你不办也不会后悔的"),
        ("不会断网", "不会断网我可不敢保证"),
        ("随便你告", "随便你告诉我一个时间"),
        ("错过就没了", "昨天那个电话错过就没聊成"),
        ("容易办理", "没那么容易办理"),
        ("当天到账", "没那么快当天到账"),
        ("不会自动续费", "昨天怎么会自动续费了我查一下"),
        ("不能退款", "在哪能退款啊我给您查"),
        ("稳赚不赔", "其他的我也不能保证稳赚不赔"),
        ("该业务已经开通", "该业务都能开通"),
        ("必须本人办理", "没必要非得本人办理"),
        ("靓号不得过户", "没有不得过户这一说靓号满两年就能过户"),
        ("国际漫游已开通", "国际漫游一开通就有短信发给您"),
        ("最低消费88元", "最低消费原先八十八元现在调成五十八元了"),
    ],
)
def test_told_by_nobody(wanted: str, said: str) -> None:
    """What denies reaches over to whom, with what and for whom it is said, and comes behind."""
    assert not is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("免费送手机", "我不是说了嘛您签了就免费送手机"),
        ("免费送手机", "没说错签了就免费送手机"),
        ("免费送手机", "不是今天就是明天免费送手机"),
        ("不关我的事", "怎么会这样不关我的事"),
        ("免费送手机", "什么时候来什么时候免费送手机"),
        ("免费送手机", "免费送手机这可不是吹牛"),
        ("免费送手机", "免费送手机这话我今天给您放这儿"),
        ("免费送手机", "免费送手机都不是问题"),
        ("保证收益", "您别以为我是随便说说这个真的是保证收益的"),
        ("需要交押金", "要不还是需要交押金吧"),
        ("不用交押金", "不用交押金是不是很方便"),
        ("提前解约要付违约金", "提前解约不付违约金是不行的"),
        ("需要您本人签字", "没有您本人签字不行"),
        ("保证收益", "合同上虽然没写但是我们内部是保证收益的"),
        ("您方便接听电话吗", "您方不方便接听电话呀"),
        ("无条件退款", "没有任何问题无条件退款"),
        ("我们信号特别好", "咱们信号非常好"),
        ("保证当天处理", "万一有事您随时跟我说保证当天处理"),
        ("保证当天处理", "如果还有别的问题您尽管说保证当天处理"),
        ("需要支付违约金", "假如提前解约我跟您说需要支付违约金"),
        ("费用偏高可以调整套餐", "您觉得费用偏高可以调整套餐"),
        ("免费送手机", "您还以为要钱呢都是免费送手机"),
        ("免费送手机", "不一定要充钱就能免费送手机"),
        ("免费送手机", "我没说别的就免费送手机"),
        ("免费送手机", "不是说好了嘛签了就免费送手机"),
        ("保证收益", "没有任何风险保证收益"),
        ("免费送手机", "免费送手机的机会不多您抓紧"),
        ("免费送", "免费送的都不是问题"),
        ("保证收益", "保证收益四个字写在合同里您不用担心"),
        ("免费送手机", "免费送手机这是吹牛吗您看短信"),
        ("全网最低价", "全网最低价这话我不说您也知道"),
        ("保证不涨价", "保证不涨价错的话我赔您"),
        ("保证不涨价", "保证不涨价没有这样的话您来找我"),
        ("保证不涨价", "别人不敢说我敢保证不涨价"),
        ("保证不涨价", "我们营业部保证不涨价"),
        ("内部价", "给您走内部价不对外的"),
        ("费用由公司承担", "费用由公司承担不对您另外收费"),
        ("套餐内容以合同为准", "套餐内容以合同为准错的地方我们会更正"),
        ("账号不得转借他人", "账号不得转借他人这是违法的"),
        ("合约期内不得变更套餐", "合约期内不得变更套餐这是不行的"),
        ("不得向客户收取现金", "公司规定严禁向客户收取现金"),
        ("提前解约要付违约金", "提前解约不付违约金那肯定不行"),
        ("到期自动续订", "您没说取消就到期自动续订"),
        ("一定能批", "一定能批这话谁来问我都这么说"),
        ("一定能批", "一定能批我没说大话"),
        ("违约金按剩余月份计算", "违约金按剩余月份计算没有根据的钱我们不收"),
        ("合约期内不能销户", "合约期内是不能销户的违反要赔钱"),
        ("免费赠送手机", "别的不说免费赠送手机"),
        ("开通后立即生效", "什么也不用做开通后立即生效"),
        ("免费赠送手机", "怎么会不免费赠送手机呢"),
        ("免费赠送手机", "没有哪一档不免费赠送手机"),
        ("保证收益", "哪有不保证收益的道理"),
        ("保证收益", "保证收益我们做事您放心"),
        ("必须办理新套餐", "非得办理新套餐才行"),
        ("必须办理新套餐", "您非办新套餐不可"),
        ("后果自负", "不要那么后果自负"),
        ("保证收益", "保证收益这个我敢保证"),
        ("投资有风险", "投资有风险我们不能保证您一定赚"),
        ("网速受影响", "高峰期网速受影响这个我们也不能保证的"),
        ("最低消费五十八元", "最低消费五十八元也算不上高"),
        ("马上就涨价", "马上就涨价说不到两天"),
        ("你爱办不办", "你爱办不办，公司不缺你一个"),
        ("费用从话费中扣除", "不论您用没用费用从话费中扣除"),
    ],
)
def test_what_sounds_of_denial_and_means_it(wanted: str, said: str) -> None:
    """不是说了, 不是吹牛 and two negations affirm; 特别 holds no negation."""
    assert is_said(wanted, said, may_turn=False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("提前解约要付违约金", "提前解约不付违约金也可以"),
        ("提前解约要付违约金", "提前解约要付违约金是不可能的"),
        ("未成年人不能办理", "成年人不能办理"),
        ("非常方便", "很不方便"),
        ("非常住用户不能办理", "常住用户不能办理"),
        ("账号不得转借他人", "谁说账号不得转借他人这是违法的"),
        ("不能退", "不能退这是违规的"),
        ("每月费用三十元", "每月费用三十元不对您这个是五十元"),
        ("本产品不保证收益", "本产品怎么会不保证收益呢"),
        ("需要预存话费", "免预存话费"),
        ("办理需要身份证", "办理免身份证"),
        ("不需要提供身份证", "非得提供身份证不可"),
        ("需要提供身份证", "并非需要提供身份证不可"),
    ],
)
def test_the_opposite_of_what_must_be(wanted: str, said: str) -> None:
    """One negation denies it, and so does one that is gone."""
    assert not is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("合约期内不得提前解约", "合约期内提前解约是不行的"),
        ("没有最低消费", "最低消费是没有的"),
        ("提前解约需要支付违约金", "提前解约少不了要支付违约金"),
        ("未满两年拆机要收违约金", "不满两年您要拆机的话是要收违约金的"),
        ("逾期未缴费将停机", "逾期不缴费将停机"),
        ("费用不包含安装费", "费用里面没有包含安装费"),
        ("无需更换号码", "您的号码是不需要更换的"),
        ("请勿相信陌生来电", "陌生来电您可千万不要相信"),
        ("请勿告知验证码", "请不要告知别人验证码"),
        ("请不要提前解约", "您可别提前解约"),
        ("需要本人到场", "非得本人到场不行"),
        ("需要本人到场", "这个本人不到场办不了"),
        ("不需要本人到场", "免本人到场"),
        ("该业务并非免费", "该业务不是免费的"),
        ("每月返还二十元", "每月返还二十元现在给您改成新套餐"),
        ("热线全天有人接听", "热线全天有人接"),
        ("需要缴纳费用", "需要交费用"),
        ("保留原来的号码", "保留原来的号码现在给您换成五G套餐"),
        ("在到期之前续约", "您在到期之前续约现在给您升到千兆"),
        ("一分钱都不收", "安装费我们一分钱都不收取"),
        ("合约期两年", "押金免合约期两年"),
        ("赠送话费不可提现", "赠送话费哪能提现啊"),
        ("合约期内不能降低套餐档次", "合约期内是没有办法降低套餐档次的"),
    ],
)
def test_the_same_negation_elsewhere(wanted: str, said: str) -> None:
    """A negation may stand behind, or in another word."""
    assert is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("流量当月有效不可结转", ["流量当月有效", "c:用不完呢", "用不完可以结转到下个月"]),
        ("保证收益", ["质量我保证", "c:嗯", "收益嘛要看行情"]),
        ("您可以选择不同意", ["您可以选择", "c:我不同意呢", "不同意就办不了"]),
        ("没人管你", ["没人", "c:没人什么", "管您这片的师傅休假了"]),
        ("提前解约需要支付违约金", ["您要提前解约", "c:不是", "那您需要支付违约金的账单"]),
        ("肯定能赚", ["肯定难赚"]),
        ("身份证要在有效期内", ["身份证有效期过了"]),
        ("开户需要本人到场", ["中了奖开福袋需要本人到场"]),
        ("老人机送货上门", ["老人机送货到站您自己来取"]),
        ("热线全天有人接听", ["热线全天有人接待"]),
    ],
)
def test_words_of_another_sentence(wanted: str, said: list[str]) -> None:
    """Pieces that only look like the phrase are not surely found."""
    assert not is_said(wanted, *said)


def test_who_answers_repeats_the_question() -> None:
    """What was asked about is said again and no part of the phrase."""
    said = ("流量当月有效", "c:用不完呢", "用不完不可结转")
    assert is_said("流量当月有效不可结转", *said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("本次通话会被录音", "本次通话非被录音"),
        ("非本人不得办理", "会本人不得办理"),
        ("该业务不向第三方收费", "该业务不废向第三方收费"),
    ],
)
def test_negations_that_an_accent_makes(wanted: str, said: str) -> None:
    """非 is how some say 会, 不废 is 不会."""
    assert is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("别烦我", "您先别还我"),
        ("烦不烦啊", "您手机换不换啊"),
        ("不签也得签", "您不签也行"),
        ("合约已到期", "合约以到七月为准"),
        ("每月返还十元", "每月返还十条"),
        ("每月返还十元", "每月反馈十"),
        ("最低消费五十八元", "最低消费五十八个月"),
    ],
)
def test_other_words_by_an_accent_or_behind(wanted: str, said: str) -> None:
    """What says so much by itself is not surely a short phrase, or a number's unit, misheard."""
    assert not is_said(wanted, said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("懒得跟你说", "我南得跟你说"),
        ("爱办不办", "这张卡爱帮不帮随便"),
        ("不签也得签", "您不欠也得签"),
        ("每月返还十元", "每月返还十"),
        ("每月返还十元", "每月反环十块"),
        ("不是我的", "这个不是我的"),
        ("你不要", "你不要"),
    ],
)
def test_an_accent_beside_words_that_tell(wanted: str, said: str) -> None:
    """Where other syllables are the phrase's own, an accent makes no other words."""
    assert is_said(wanted, said)


def test_a_number_that_was_written_as_another_word() -> None:
    """五脏 is 五张 where all around it was heard; a person listens."""
    match = best("最多办五张副卡", "追多办五脏副卡")
    assert match is not None
    assert match.is_unsure


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("谁也不能保阵", "谁也不能保证"),
        ("用超了补剑的", "用超了不见得"),
        ("不菲说这事", "不会说这事"),
        ("我帮证", "我帮证"),
        ("部分能用", "部分能用"),
    ],
)
def test_words_around_a_phrase_by_their_sound(text: str, meant: str) -> None:
    """What was written as a common word stays."""
    assert as_said(text) == meant


def test_words_in_several_segments_with_others_between() -> None:
    """Nearly all sounds in their order bring a place to be compared."""
    said = ("你看别人", "别人都那个", "像这药呢")
    match = best("别人都抢着要", *said, may_turn=False)
    assert match is not None
    assert match.is_found


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("我哋唔收安装费", "我们不收安装费"),
        ("唔使身份证", "不用身份证"),
        ("唔我看看", "我看看"),
        ("唔好的", "好的"),
        ("这个唔您等等", "这个您等等"),
        ("呢个套餐", "这个套餐"),
        ("您的呢个人信息", "您的呢个人信息"),
        ("侬需要伐", "您需要吗"),
        ("加快步伐", "加快步伐"),
        ("请勿用于转账", "请勿用于转账"),
        ("勿用签", "不用签"),
        ("阿拉勿收钱", "我们不收钱"),
        ("勿收钱", "勿收钱"),
        ("侬切勿转账", "您切勿转账"),
        ("会保证伐我勿好讲", "会保证吗我不好讲"),
        ("边有免费㗎", "哪有免费㗎"),
        ("这边有免费㗎", "这边有免费㗎"),
        ("边有", "边有"),
        ("点会唔收", "怎么会不收"),
        ("晚一点会打㗎", "晚一点会打㗎"),
        ("毋要告诉别人", "不要告诉别人"),
        ("毋须担心", "无须担心"),
        ("阮袂收", "我们不会收"),
        ("阮经理联袂", "阮经理联袂"),
        ("信号贼好", "信号很好"),
        ("搿趟服务", "这趟服务"),
        ("绝对莫问题", "绝对没问题"),
        ("唔该网点会联系您嘅", "麻烦网点会联系您的"),
        ("唔使急电话边有说明", "不用急电话边有说明"),
        ("没啥物业费", "没什么物业费"),
        ("啥物", "什么"),
        ("新时代志愿服务", "新时代志愿服务"),
        ("没法度过", "没法度过"),
        ("摄像头防贼好用", "摄像头防贼好用"),
        ("价格个别有变 勿告诉别人", "价格个别有变 勿告诉别人"),
        ("冇话保证收益", "没有说保证收益"),
        ("唔准提前解约", "不准提前解约"),
        ("啥人讲全免", "谁讲全免"),
        ("边个同你讲全免", "谁跟你讲全免"),
        ("到期伐会续费", "到期不会续费"),
        ("步伐会快一点", "步伐会快一点"),
        ("本次同伐会被录音", "本次同伐会被录音"),
        ("弗会续费", "不会续费"),
        ("不消本人到场", "不用本人到场"),
        ("不消费不收钱", "不消费不收钱"),
        ("验证码莫告诉他人", "验证码不要告诉他人"),
        ("约莫用三天", "约莫用三天"),
        ("合同您讲过的", "合同您讲过的"),
        ("冇话费送", "没有话费送"),
        ("啥人工客服", "什么人工客服"),
        ("唔能不能便宜点", "能不能便宜点"),
    ],
)
def test_words_that_are_of_a_region_only_there(text: str, standard: str) -> None:
    """唔 negates in Cantonese, 勿 in Wu, and elsewhere they don't; 呢个人信息 holds no 呢个."""
    assert as_standard(text) == standard


@pytest.mark.parametrize(
    ("wanted", "said", "is_there"),
    [
        ("设备归公司所有", ["设备归公司所有还是归个人所有我问一下"], False),
        ("首月免费", ["首月免费还是收费我问一下"], False),
        ("首月免费", ["首月免费还是免费的您放心"], True),
        ("首月免费", ["首月免费还是很划算的"], True),
        ("本月不收费", ["本月不收费还是收费我问一下"], False),
        ("到期自动续费", ["到期自动续费还是自动续费的"], True),
        ("每月三十九元", ["每月三十九元，还是三十九元"], True),
        ("话费不能提现", ["话费怎么不能提现啊满一年就能提"], False),
        ("首月免费", ["首月免费哦等一下我看错了是半价"], False),
        ("首月免费", ["首月免费您没看错"], True),
        ("首月免费", ["首月免费您没有听错"], True),
        ("首月免费", ["首月免费是您刚才看错了账单"], True),
        ("首月免费", ["首月免费我没说错"], True),
        ("套餐含通话三百分钟", ["这个套餐含三百分钟通话"], True),
        ("套餐含通话三百分钟", ["这个套餐含五百分钟通话"], False),
        ("详单只能本人查询", ["详单只能", "c:我老婆能查吗", "不能只能本人查询"], True),
        ("详单可以代人查询", ["详单可以", "c:我老婆能查吗", "不可以代人查询"], False),
        ("合约到期自动续约", ["合约到期自动", "c:我可以不续吗", "不会自动续约"], False),
        ("我没义务告诉你", ["我可没有义务告诉你这些"], True),
        ("我不管这个", ["我才勿管格个"], True),
    ],
)
def test_statements_as_they_are_asked_answered_and_turned(
    wanted: str, said: list[str], is_there: bool
) -> None:
    """A choice, a correction, a number before its word, an answer to whoever broke in."""
    assert is_said(wanted, *said) is is_there


_DEPENDENT: Final = """
这 儿 童 那 会儿 什 么 事 第 二回 上回 复 完 整 整好 我系 统 步 伐 方便不 嘛 唔 唔好 使唔使 你 不 没
边有 点会 㗎 勿 侬 伐 我 毋 须 联 袂
啥物 业 无法度 过 新时 代志 防 贼好 价 格个
办不了 无法 律 特 别 一分 都不收 每 三 月 一个月 三十块 合约期 期 洞 拐 12 A can't Σ
动 双 八 俩 都 没有 一点 法 一毛 每g ٣
- 2024-05-01 ， 。 嗯
"""
"""What has another form by what stands before or behind it, or because a text ends there."""
_TEXTS = st.lists(st.sampled_from(_DEPENDENT.split()), max_size=8).map("".join)


@given(st.lists(_TEXTS, max_size=6))
def test_texts_have_the_same_form_together_as_alone(texts: list[str]) -> None:
    """Nothing that is looked at beside others is taken for a part of them."""
    plain = [text.lower() for text in texts]
    for each in (plain, [*plain, f"这{BORDER}儿"]):
        assert all_normalised(each) == [normalised(text) for text in each]
    segments = [
        Segment(Channel.MANAGER, 60.0 * at, 60.0 * at + 2.0, text) for at, text in enumerate(texts)
    ]
    alone = [phrase_text(text).chars for text in texts]
    assert spoken_text(segments).chars == PAUSE.join(alone)
    assert normalised(f"这{BORDER}儿") == "这儿"


@given(_TEXTS)
def test_what_is_in_one_form_is_told_at_a_glance(text: str) -> None:
    """A sign at the end has a text looked at closely, and changes nothing else."""
    assert normalised(text) == normalised(f"{text}。")


def test_a_phrase_that_cannot_score_enough_is_given_up() -> None:
    """What scores enough is the same with and without the bound."""
    wanted, said = phrase_text("到期后不会自动续费"), phrase_text("到期之后是不会给您自动续费的")
    whole = align(wanted, said, 0, len(said.chars))
    assert whole is not None
    assert align(wanted, said, 0, len(said.chars), whole.score) == whole
    other = phrase_text("合同一式两份请您妥善保管")
    assert align(wanted, other, 0, len(other.chars), 50.0) is None


_PIECES: Final = "到期 后 不会 自动 续费 要 钱 三十元 一百元 会 不 扣 年费 每月 的 了 道 机"
_OF_PHRASES: Final = st.lists(st.sampled_from(_PIECES.split()), min_size=1, max_size=9)


@given(
    st.sampled_from(["到期后不会自动续费", "年费一百元", "每月三十元自动扣费", "这要收钱"]),
    _OF_PHRASES.map("".join),
    st.floats(0.0, 100.0),
    st.none() | st.floats(0.0, 1.0),
)
def test_only_what_is_of_no_use_is_given_up(
    wanted: str, said: str, least: float, spare: float | None
) -> None:
    """What is given up scores less, and costs more a syllable, numbers apart, than was spared."""
    one, text = phrase_text(wanted), phrase_text(said)
    whole = align(one, text, 0, len(text.chars))
    found = align(one, text, 0, len(text.chars), least, spare=spare)
    if found is not None or whole is None:
        assert found == whole
        return
    assert whole.score < least
    plain = [cost for row, cost in enumerate(whole.costs) if row not in one.quantities]
    assert spare is None or sum(plain) > spare * len(plain)


def test_long_texts_have_the_codes_of_short_ones() -> None:
    """A table stands for `str.translate`; signs beyond the first plane stay."""
    text = "本产品不保证收益，\U000f0001ab\ue000" * 9
    assert sounds().fold(text) == text.translate(sounds().folding)
