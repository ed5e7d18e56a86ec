"""Whether something was said, or denied, asked, or taken back. Pure.

By its sound 不保证收益 is nearly 保证收益, so negations are read, not measured: those among the
words that fit a phrase, and those before and after that reach it. 不好意思, 不但, 非常 and their
like negate nothing; two negations affirm; 保不保证 asks.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.asides import LIGHT, NEGATIONS
from recordings.quality.lexicon import lexicon
from recordings.quality.pinyin import NUMBER, distance, same_sound, sounds
from recordings.quality.spoken import PAUSE, SpokenText


class Doubt(StrEnum):
    """Why words that sound like a phrase are not the phrase."""

    NEGATION = "negation"
    """The one is negated and the other is not."""
    DENIED = "denied"
    ASKED = "asked"
    TAKEN_BACK = "taken-back"
    NUMBER = "number"
    """The numbers differ."""
    OTHER_WORD = "other-word"
    """A word of the phrase is another word here."""
    PERSON = "person"
    """You instead of I, or the other way round."""
    SLOT = "slot"
    """Another name, product or price than the task's."""


_NO_NEGATIONS: Final = re.compile(
    # Two negations in one word affirm.
    "不(?:得|能|可|会)不(?!是)|没有不|无不|非得|非要|不无"
    # Words that only hold the character.
    "|不但|不仅|不光|不单|不只|不止|不管|不论|无论|不过|不错|没错|不愧|不妨|不料|不禁|不由得|不得了|不得已"
    "|要不|非常|除非|莫非|无非|是非|未来|未成年|未满|不满意?|不少|不久|不一样|不同|不断|不然|差不多|说不定"
    "|忍不住|了不起|对不起|无线|无忧|无限|无疑|特别|个别|分别|差别|级别|区别|类别|性别|识别|鉴别|告别"
    "|别人|别的|别家|别处|别看|别提"
    # 不是当天是次月: what it is is said behind.
    "|不是[^不]{1,4}?是(?!不)"
    # What is said in passing.
    "|不好意思|没关系|没事|没问题的话|不客气|不用谢|不要紧|不瞒|不骗您|不骗你|不夸张|不开玩笑|不是我吹"
    "|没得说|没的说|没说的|没话说|不用说|不消说|不要担心|不要着急|不要急|不要误会|不用担心|不着急|不用怀疑|不信|不喜欢的话"
)
_NOT: Final = (
    r"(?:免(?=支付|收|交|缴|付|除)|没办法|没法|没有|不|没|未|无须|无需|无法|无|非|勿|莫|甭|别)"
)
_TWICE: Final = re.compile(r"([不没未]|.{2,4})\1+")
"""A word or two said again: 不 不保证, 不可 不可撤销."""
_A_NOT_A: Final = re.compile(
    r"([^我你您他她])[不没]\1|(?<![不没])([一-龥]{2})[不没]\2|有没有|是否|能否|可否|会否|要否"
)

#: What may stand between a negation and what it negates.
_LINK: Final = (
    r"(?:是|会|能够|能|好|对(?=[您你谁]|客户|用户|顾客|任何)|客户|用户|顾客|消费者|投资者|任何人|谁|信|相信|听|指望|见得|一定|至于|哪家|哪个|哪位|一家|一个|谁|哪|可以|可能|可|敢|得|要|用|必|需要|需|应该|想|曾|有|办法|这么|这样|那样|那种|这种|什么"
    r"|完全|绝对|真的|真|说|讲|保证|承诺|担保|打包票|打保票|答应|过|任何|一定|肯定|都|也|再|给|跟|向|为|您|你|我们|我|的"
    r"|人|属于|等于|代表|意味着|所谓|叫|\ue000|存在|提供|收取|支持|允许|是说|可不是|算|被|让|暗示|提|权力|权利|资格|直接|自动|立即|马上)"
)
_SPEECH: Final = "(?:说|讲|告诉|承诺|保证|答应|宣传|吹)"
_QUOTED_BEFORE: Final = re.compile(
    # 要是我说…, 如果有人跟您承诺…
    rf"(?:要是|如果|假如|假设|倘若|就算|即使|哪怕|万一|凡是)(?:.{{0,6}}){_SPEECH}(?:过|的|是|您|你)*$"
    # 人家说…, 您以为…; but not 跟您说….
    r"|(?:(?<![跟和给对向同与为替瞒骗\ue003])[您你]|他们?|她|别人|人家|有人|网上|外面|客户|朋友|同行|骗子)"
    r"(?:都|也|刚才|刚刚|之前|老是|老|总|可能|经常|还)*"
    r"(?:听说|说|讲|以为|认为|担心|害怕|怕|传)(?:的|过|了|我们|我|是|那个|这个|什么)*$"
    r"|(?:瞎|胡|乱)(?:说|讲|传|吹|许)(?:的|什么|是)*$"
    # 误以为…, 号称…, 还以为…; 要是真…
    r"|(?:所谓|听说|传说|谣传|[误还都总]以为|不要以为|号称|宣称|声称|鼓吹|自称|吹嘘)(?:的|是|能|会|有)*$"
    r"|(?:(?:要是|如果|假如|倘若|要)真|真(?:要是?|如果))(?:的|能|有|是|会|像您说的)*$"
)

_NEGATED_BEFORE: Final = re.compile(
    rf"(?P<whole>(?P<not>{_NOT}|[布步部](?={_LINK}*$))(?:{_LINK}){{0,6}})$"
)
_DENIED_BEFORE: Final = re.compile(
    r"(?:谁|哪个)(?:跟|和|对|给|向|敢|能|会|都|也|您|你|他|告诉)*(?:说|讲|告诉|保证|敢|承诺)(?:过|的|您|你|是|这个)*$"
    r"|(?:谁|哪个|哪家|哪位|哪里|哪儿)[^不没]{0,3}(?:敢|会|能|肯)(?:说|讲)?$"
    r"|没有?(?:哪|一|任何)(?:个|家|款|种|样|位)?[^不没]{0,3}$"
    r"|(?:哪里|哪儿|哪)(?:有|来|会|能|敢)(?:什么|这么|这样|的|说)*$"
    r"|怎么(?:可能|会|能|敢)(?:说|是|有|再)*$|难道(?:是|说)*$|什么时候(?:我)?(?:说|讲)(?:过|是)*$"
    r"|(?:不可能|没可能|未必|难说|很难|难以|谈不上|说不上|算不上|称不上|做不到|岂|何来|何尝|何曾|哪敢|怎敢|无从)(?:说|是|有|会|能|给|您|你)*$"
    r"|(?:禁止|严禁|杜绝|谨防|警惕|拒绝|避免|防止|以防|免得|省得|以免)(?:您|你|客户|我们|出现|发生)*$"
)
_DENIED_INSIDE: Final = re.compile(r"(?:怎么|哪里|哪儿|哪)(?:可能|会|能|敢|有)|岂能|岂会|谁说|谁敢")
"""A question that denies, between the words of a phrase: 签字怎么会无所谓."""
_ASKED_BEFORE: Final = re.compile(
    rf"(?:是不是|有没有|能不能|会不会|可不可以|要不要|是否|能否|可否|(?P<one>[^我你您他她])[不没](?P=one)?)(?:{_LINK}){{0,2}}$"
)
_ABOUT: Final = "(?:的|了|这|那|个|种|些|词|话|事|说法|人|公司|产品|我|我们)*"
_DENIED_AFTER: Final = re.compile(
    r"^(?:的|了|呢|啊|这|那|个|种|事|话|说法|情况|我们|我|谁|都|也|肯定|绝对|就|可)*(?:是|根本)?"
    r"(?:不可能|不存在|不成立|不是真的|不允许|不行|做不到|办不到|没有的事|没这回事|没有这回事|没有这种事|假的|骗人|误会"
    r"|违规|违法|谣言|谎话|瞎话)"
    # …这话我可不敢跟您讲, …谁敢说, …我可没说过
    r"|^(?:的)?(?:这个|那个|这|那|这种|那种|这样的|这些)?(?:话|承诺|说法|保证)?(?:我们|我|咱们?|谁|公司)"
    r"(?:可|都|也|是|从来|绝对|肯定|真|就)*(?:不敢|不能|不会|不可能|没有?|敢)(?:跟|给|对|和|向)?(?:您|你|谁)?"
    r"(?:这么|这样)?(?:说|讲|打包票|打包)"
    # …属于违规, …是要被罚款的, …的都是骗子; …谁信啊, …您信吗, …这种话您别信, …就要小心
    rf"|^{_ABOUT}(?:属于|就|都|是|要|会|得|被)*(?<![不没])(?:不靠谱|不可信|违规|违法|违反|骗|诈骗|忽悠|罚|处罚|开除|追责|不正规)"
    r"|^.{0,3}(?:谁信|[您你]信[吗么]|[您你]也信|[您你]觉得.{0,3}[吗么])"
    rf"|^{_ABOUT}(?:[您你]|千万|一定|可|多|都|就|得|要)*(?:不要信|不要相信|小心|当心|警惕|不能[用讲说提])"
    # …这一条取消了, …现在改了, …那是去年的活动
    r"|^(?:的)?(?:这|那)[^是]{0,4}(?:取消|作废|停了|下线|没有?了)|^(?:的)?现在(?:已经)?(?:改|取消|停|没有?了|不了)"
    r"|^(?:的)?(?:这|那)?(?:都|就)?是?(?:去年|前年|以前|从前|过去)的"
    # …才怪, …想得美, …不算数; …就好了
    r"|^(?:的)?(?:话|事|这种事|那)*(?:才怪|就怪了|个鬼|个屁|做梦|您?想得美|没门|想都不要想|不算数|不作数|当不得真|做不得准)"
    r"|^(?:的话)?(?:那|我)?(?:就|该|要)(?:好了|多好)|^(?:的)?(?:谁敢|谁能|哪有(?:这|那)|哪来)"
    # …的产品是不存在的, …的套餐早就下架了
    r"|^的[^不没]{1,4}?(?:早就|早|已经|都)+(?:下架|下线|取消|停|没有?了|不办)"
    r"|^的[^不没]{1,4}?(?:是|根本|都|就|从来)*(?:不存在|不可能有|没有的)"
    # 赔不了, 赔不起
    r"|^不(?:了|起|成|上|动|来|出|着|完)"
    r"|^(?:的)?(?:这|那)(?:都)?是(?:骗|谣言|以前|过去|别家|别人|人家|他们|.{1,8}的(?:说法|宣传|套路))"
)
_ASKED_AFTER: Final = re.compile(
    r"^(?:得[起了到])?(?:的|了|呀|啊)?(?:吗|么(?!.))|^(?:的|呢)?(?:与否|还是[不没])"
)
_TAKEN_BACK: Final = re.compile(
    r"^.{0,3}?[哦噢啊诶呃]?(?:不对|说错|讲错|口误|搞错|记错|弄错|念错|更正一下|纠正一下)"
)
_QUESTION: Final = re.compile("吗|什么|哪|怎么|多少|谁|几")

_PERSONS: Final = {"我": 1, "咱": 1, "俺": 1, "您": 2, "你": 2, "他": 3, "她": 3}
_ENGLISH_NOT: Final = frozenset(
    {"not", "no", "never", "without", "nobody", "nothing", "neither", "nor", "hardly"}
)
_CONTEXT: Final = 16
_NOT_SO: Final = re.compile("不[事市式试室适视释示](?=$)")
"""How recognisers write the 不是 of 不是不用还."""
_SAME: Final = 0.2
"""Up to this distance two characters sound the same to people of some region."""


def doubt(phrase: SpokenText, text: SpokenText, found: Alignment) -> Doubt | None:
    """Return why the words that `found` names don't say `phrase`, as far as meaning goes."""
    start, end = _heard_from(phrase, found), found.end
    left_out = _left_out(text, found, max(0, start - _CONTEXT))
    before = "".join(
        "\ue003" if index in left_out else text.chars[index]
        for index in range(max(0, start - _CONTEXT), start)
    )
    before = _masked(_within_pause(_NOT_SO.sub("不是", before), last=True))
    if found.pairs[0] is not None and same_sound(phrase.chars[0], text.chars[start]):
        before = _without_false_start(before, phrase.codes)
    after = _within_pause(text.chars[end : end + _CONTEXT], last=False)
    if _TAKEN_BACK.search(after) is not None:
        return Doubt.TAKEN_BACK
    asks = _QUESTION.search(phrase.chars) is not None or _A_NOT_A.search(phrase.chars) is not None
    if not asks and _is_asked(text, found, before, after):
        return Doubt.ASKED
    if _is_denied(phrase, text, found, before, after):
        return Doubt.DENIED
    if _negated_differently(phrase, text, found, before):
        return Doubt.NEGATION
    if _other_person(phrase, text, found):
        return Doubt.PERSON
    return None


def _left_out(text: SpokenText, found: Alignment, since: int) -> set[int]:
    """Return the characters from `since` on that answer somebody and are none of the phrase's."""
    said = {index for index in found.pairs if index is not None}
    return {
        index
        for aside in text.asides
        if since <= aside.start < found.end and said.isdisjoint(range(aside.start, aside.end))
        for index in range(aside.start, aside.end)
    }


def _is_denied(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str, after: str
) -> bool:
    """Whether the words are denied, forbidden, or only quoted."""
    if any(one.search(before) is not None for one in (_DENIED_BEFORE, _QUOTED_BEFORE)):
        return True
    inside = _DENIED_INSIDE.search(text.chars, found.start, found.end)
    if inside is not None and inside[0] not in phrase.chars:
        return True
    return _DENIED_AFTER.search(after) is not None


def _heard_from(phrase: SpokenText, found: Alignment) -> int:
    """Return where the phrase's first word that was surely heard stands.

    我怎么会不知道: 会 is not the 我 of 我不知道, and what denies stands before 不知道.
    """
    for index, cost, char in zip(found.pairs, found.costs, phrase.chars, strict=True):
        if index is not None and (cost < _WEAK or char not in LIGHT):
            return index
    return found.start


_WEAK: Final = 0.5


def _within_pause(text: str, *, last: bool) -> str:
    parts = text.split(PAUSE)
    return parts[-1] if last else parts[0]


def _without_false_start(before: str, phrase: str) -> str:
    """Return what was said before, without the phrase's own beginning said twice: 我不 我不知道.

    `phrase` is given by its codes.
    """
    codes = before.translate(sounds().folding)
    for length in range(min(len(before), len(phrase) - 1), 1, -1):
        if codes.endswith(phrase[:length]):
            return before[:-length]
    return before


def _own_clause(before: str, text: SpokenText, start: int) -> str:
    """Return what of `before` belongs to the clause that begins or goes on at `start`.

    没办法, 该产品不支持…: what ends a clause of its own does not reach into the next one. A bare 不
    does.
    """
    if not text.clauses or before.endswith(("不", "未", "别", "不是")):
        return before
    for length in range(min(len(before), start) + 1):
        if start - length in text.clauses:
            return before[len(before) - length :]
    return before


def _masked(text: str) -> str:
    """Return `text` with what only looks like a negation blotted out."""
    return _NO_NEGATIONS.sub(lambda found: "\ue003" * len(found[0]), text)


def _is_asked(text: SpokenText, found: Alignment, before: str, after: str) -> bool:
    if _ASKED_AFTER.search(after) is not None:
        return True
    asked = _ASKED_BEFORE.search(before)
    if asked is not None and (asked["one"] is None or _half_question(text, found, asked)):
        return True
    since = max(0, found.start - 2)
    left_out = _left_out(text, found, since)
    said = "".join(text.chars[at] for at in range(since, found.end) if at not in left_out)
    inside = _TWICE.sub(r"\1", _masked(said))
    return _A_NOT_A.search(inside) is not None


def sounds_asked(text: SpokenText, found: Alignment) -> bool:
    """Whether all that asks is a 吗 behind, which recognisers write for 嘛 as well."""
    before = _masked(
        _within_pause(text.chars[max(0, found.start - _CONTEXT) : found.start], last=True)
    )
    after = text.chars[found.end : found.end + 1]
    return after in {"吗", "么"} and not _is_asked(text, found, before, "")


def _half_question(text: SpokenText, found: Alignment, asked: re.Match[str]) -> bool:
    """Whether 保不 before 保证 makes it a question: the same character on both sides."""
    return asked.end("one") + 1 == asked.end() and asked["one"] == text.chars[found.start]


def _negated_differently(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str
) -> bool:
    inside = _as_meant(phrase, text, found)
    if _A_NOT_A.search(phrase.chars) is None:
        inside = _A_NOT_A.sub("", inside)
    said = _count(inside) + _misheard(phrase, text, found) - _mistaken(phrase, text, found)
    said += sum(
        text.words[index] in _ENGLISH_NOT
        for index in range(found.start, found.end)
        if index in text.words
    )
    wanted = _count(phrase.chars)
    wanted += sum(word in _ENGLISH_NOT for word in phrase.words.values())
    reaching = _NEGATED_BEFORE.search(_TWICE.sub(r"\1", _own_clause(before, text, found.start)))
    # 不 不保证, 没 没有风险: a stutter negates once.
    negated = reaching is not None and not (
        len(reaching["whole"]) == 1 and reaching["whole"] == text.chars[found.start]
    )
    if not negated and found.start - 1 in text.words:
        negated = any(
            text.words.get(index) in _ENGLISH_NOT
            for index in range(found.start - 1, max(-1, found.start - 4), -1)
        )
    if any(
        index is None and char in NEGATIONS and seen not in NEGATIONS
        for index, char, seen in zip(found.pairs, phrase.chars, _masked(phrase.chars), strict=True)
    ):
        return True  # 成年人 for 未成年人
    if negated or (said - wanted) % 2 == 1:
        return True
    return _torn(phrase, found) or _elsewhere(phrase, text, found)


def _as_meant(phrase: SpokenText, text: SpokenText, found: Alignment) -> str:
    """Return what was said with slips of sound put right: 未层年人 is 未成年人, which negates not.

    Negations are left as they were written.
    """
    said = list(text.chars[found.start : found.end])
    for char, index, cost in zip(phrase.chars, found.pairs, found.costs, strict=True):
        if index is not None and cost <= _WEAK:
            written = text.chars[index]
            kept = NEGATIONS | {NUMBER}
            if kept.isdisjoint((char, written)) and not LIGHT.issuperset((char, written)):
                said[index - found.start] = char
    for index in _left_out(text, found, found.start):
        if index < found.end:
            said[index - found.start] = ""
    for rows, places in found.alike:
        first = places.start - found.start
        said[first : first + len(places)] = [phrase.chars[rows.start : rows.stop]]
        said[first + 1 : first + 1] = [""] * (len(places) - 1)
    return "".join(said)


def _count(text: str) -> int:
    return len(re.findall(_NOT, _masked(_TWICE.sub(r"\1", text))))


def _misheard(phrase: SpokenText, text: SpokenText, found: Alignment) -> int:
    """Return how many negations of the phrase were heard as another, single character."""
    count = 0
    wanted = _masked(phrase.chars)
    row_at = {index: row for row, index in enumerate(found.pairs) if index is not None}
    for index, row in row_at.items():
        if wanted[row] not in NEGATIONS:
            continue
        other = text.chars[index]
        if re.match(_NOT, other) is None and same_sound(wanted[row], other):
            first = max(0, index - 3)
            for start, end in lexicon().words(text.chars[first : index + 4]):
                word = range(first + start, first + end)
                # 服务部中断 for 服务不中断 is the phrase's own; 部分可 for 不可 is another word.
                count += index in word and all(
                    place in row_at
                    and distance(phrase.chars[row_at[place]], text.chars[place]) <= _SAME
                    for place in word
                )
    return count


def _mistaken(phrase: SpokenText, text: SpokenText, found: Alignment) -> int:
    """Return how many negations of the text are only how another character was heard: 未约金."""
    return sum(
        1
        for row, index in enumerate(found.pairs)
        if index is not None
        and text.chars[index] in NEGATIONS
        and phrase.chars[row] != text.chars[index]
        and phrase.chars[row] not in NEGATIONS
        and same_sound(phrase.chars[row], text.chars[index])
    )


def _elsewhere(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    """Whether a negation of the phrase stands at another word here: 未缴费停机, 缴费就不会停机."""
    for row, char in enumerate(phrase.chars):
        if char not in _PLAIN_NOT or found.pairs[row] is not None:
            continue
        before = [index for index in found.pairs[:row] if index is not None]
        behind = [index for index in found.pairs[row + 1 :] if index is not None]
        if before and behind and _count(text.chars[before[-1] : behind[0] + 1]) == 0:
            return True
        if not before and behind and _count(text.chars[max(0, behind[0] - 3) : behind[0]]) == 0:
            return True
    return False


_PLAIN_NOT: Final = frozenset("不没未")


def _torn(phrase: SpokenText, found: Alignment) -> bool:
    """Whether a negation of the phrase negates something else here, said in between."""
    for row, index in enumerate(found.pairs):
        if index is None or phrase.chars[row] not in NEGATIONS:
            continue
        following = [one for one in found.pairs[row + 1 : row + 4] if one is not None]
        if following and any(index < one < following[-1] for one in found.heavy):
            return True
    return False


def _other_person(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    for row, index in enumerate(found.pairs):
        if index is None:
            continue
        said = text.chars[index - 1 if text.chars[index] == "们" and index else index]
        if _differ_in_person(phrase.chars[row], said):
            return True
    # A pronoun of the phrase that is missing, with the other one in its place before the match.
    before = text.chars[max(0, found.start - 2) : found.start].removesuffix("们")
    return found.pairs[0] is None and _differ_in_person(phrase.chars[0], before[-1:])


def _differ_in_person(one: str, other: str) -> bool:
    return one in _PERSONS and other in _PERSONS and _PERSONS[one] != _PERSONS[other]
