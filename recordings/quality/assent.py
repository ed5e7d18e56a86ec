"""Whether a customer agreed. Pure.

A yes that was missed goes to a person, who listens; one that was never said would stand as proof.
So 好, 行, 对 and 是 count where an answer begins, or behind 那, 就, 都 and the like, and not inside
of other words (银行, 成本, 我得想想); what puts off (考虑一下), asks, or excuses is neither.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from recordings.quality.one_form import simplified

#: Words that hold a yes or a no and say neither.
_NEITHER: Final = re.compile(
    "对不起|不好意思|不用(?:谢|客气)|特别|分别|区别|别人|别的|级别|性别"
    "|(?:说|讲|搞|弄|听|看|问|写|查)(?:清楚|明白)(?!了)|(?:清楚|明白)一?点|谁知道"
    "|[想要来先再去得](?:知道|了解|确认|明白)|(?:了解|确认)(?:一下|下)|再说一(?:遍|次|下)"
)
_AFFIRMED_TWICE: Final = re.compile(
    "没有?(?:什么|啥)?(?:问题|意见|疑问|异议|毛病)|不错|没错|不要紧|不反对"
    "|(?<![a-z])(?:no (?:problem|worries|questions?|objections?)|not a problem)(?![a-z])"
)
_YES_WORD: Final = "可以"
_NO: Final = re.compile(
    "不(?:太|大|怎么|是很|够|能|敢|想|会|愿|完全)?(?:好|可以|行|对|是|同意|赞成|接受|答应|知道|晓得|明白"
    "|清楚|了解|确认|懂|要|用|需要|想|愿意|办)"
    "|没(?:有|太|怎么|说|完全)*(?:听|懂|同意|答应|明白|清楚|了解|确认|愿意)"
    "|[听看搞弄说讲记]不(?:太|大)?(?:清|懂|明|见|到)|反对|拒绝|算了|别|再说"
    "|(?<![a-z])(?:no|not|don't)(?![a-z])"
)
_ASKED: Final = re.compile(
    "吗|什么|啥|多少|怎么|哪|有没有|能否|([好行对是要能会可知清同愿用需成])不\\1|再说一(?:遍|次|下)"
    # 可以便宜点不
    "|(?:可以|能|会|要).{1,8}[不没](?:[啊呀呢]?\\W*)$"
    # By the way: 对了我问下
    "|对了(?=[我你您他她它那还这请帮问])"
)
_PUT_OFF: Final = re.compile("考虑|想想|想一[下想]|商量")

_CHINESE: Final = "\u4e00-\u9fff"
_CALLS: Final = "嗯恩啊呀哦噢喔诶哎呃唉哈嘿喂"
_ANSWERS: Final = "好行对是成中"
#: An answer begins here: at the beginning, behind a call, behind another answer.
_BEGINS: Final = f"(?:(?<![{_CHINESE}])|(?<=[{_CALLS}{_ANSWERS}的了]))"
#: … or behind what leads to it: 那好, 就行, 这样对, 说得对.
_LED: Final = f"(?:(?<![{_CHINESE}])|(?<=[{_CALLS}{_ANSWERS}的了得那就都也挺很蛮真太样]))"
_END: Final = f"$|[^{_CHINESE}]|[的啊呀吧了嘛哈呢哩嘞哦滴{_CALLS}{_ANSWERS}]"
_YES: Final = re.compile(
    "嗯|可以|同意|赞成|知道|晓得|明白|清楚|了解|要得|确认|愿意|听到"
    f"|{_LED}好(?![像几多久贵烦难麻奇吃看玩用坏歹远处心评大高慢长复不比]|一点|一些|朋友)"
    f"|{_LED}行(?![李业程情为动政人走驶长])"
    f"|{_LED}对(?![不方面于比付公待象讲话外内账策应折调着手立抗头他她它]|我们?来说)"
    f"|{_BEGINS}是(?={_END}|我(?:本人|的|$)|本人|没|知|明|清|可以|同意|这样|这么)"
    f"|{_BEGINS}[成中恩](?={_END})|{_BEGINS}得嘞"
    "|(?<![不再别能])办理?吧"
    "|(?<![a-z])(?:yes|yeah|yep|ok|okay|sure|right|agree|agreed|fine|correct|understood)(?![a-z])"
)


def is_assent(text: str) -> bool:
    """Whether what the customer said is a yes: 嗯, 好的, 可以, not 不可以, not a question."""
    affirmed = _affirmed(text)
    plain = _plain(affirmed)
    if _ASKED.search(affirmed) or _PUT_OFF.search(plain) or _NO.search(plain):
        return False
    return _YES.search(plain) is not None


def is_refusal(text: str) -> bool:
    """Whether what the customer said is a no: 不行, 不太清楚, not 行不行 or 没问题."""
    return _NO.search(_plain(_affirmed(text))) is not None


def _affirmed(text: str) -> str:
    """Return the text simplified, with a yes for what seems a no: 没问题."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_to_simplified())
    return _AFFIRMED_TWICE.sub(_YES_WORD, plain)


@lru_cache(maxsize=1)
def _to_simplified() -> dict[int, str]:
    # A hesitation is an answer here: 嗯. Of 瞭 there is 瞭望, too, which nobody answers.
    known = {one: other for one, other in simplified().items() if other is not None}
    return {**known, ord("瞭"): "了"}


def _plain(text: str) -> str:
    """Return the text without what holds a yes or a no and says neither: 行不行, 特别."""
    return _NEITHER.sub("\u3000", _ASKED.sub("\u3000", text))
