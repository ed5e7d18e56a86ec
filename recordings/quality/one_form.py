"""Writes what is said in one way, of the many in which people and recognisers have it. Pure.

Traditional characters become simplified ones, words of the regions those of the standard language,
prices and negations the forms that statements have; punctuation, spaces and hesitations go.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Final

from recordings.quality.code_points import CharSet, Translation, code_points
from recordings.quality.english import written_out
from recordings.quality.lexicon import lexicon
from recordings.quality.rates import BEGIN_PERIODS, BY_PERIOD, in_order
from recordings.quality.regional import (
    BORDER,
    ENDINGS,
    as_standard,
    with_standard_endings,
    with_standard_words,
)
from recordings.quality.shorthand import BEGIN_SHORT_FORMS, SHORT_FORMS, as_read_out

_HESITATIONS: Final = "嗯呃哎诶噢喔欸"
LATIN: Final = re.compile(r"[a-z][a-z']*")
_LOOSE_SPACE: Final = re.compile(r"(?<![a-z]) +| +(?![a-z])")
#: Ways of forbidding and of being unable that say the same.
_NOT_ABLE: Final = re.compile(
    "无法(?![律定规无])|没法儿?(?![子律定规院])|没办法(?=[一-龥])(?![的了啊呀嘛哈呢噻嘞撒咯哟哦吧您你我他她它咱这那该本])"
    "|不允许(?!可)|不许(?!可)|(?<![说拿算摸吃看测])不准(?![确时备])"
)
#: Where none of these is, none of the patterns of what can't be, or is not, fits in _in_one_form.
_UNABLE: Final = "不[属算允许准会了成得]|[无没]法|没办法"
_MAY_BE_UNABLE: Final = re.compile(_UNABLE)
_NOT_BEING: Final = re.compile("不属于|不算是?")
#: 一点风险都没有 says 没有任何风险.
_NONE_AT_ALL: Final = re.compile(
    "(?:一?丁点儿?|一点儿?|半点儿?|一星半点儿?|一丝|半分|任何|什么|丝毫)([一-龥]{1,4}?)[都也]没有?(?![一-龥]{0,2}[吗么])"
)
_WILL_NOT_HAVE: Final = re.compile("不会再?有(?![没效关不])")
_NOTHING_TAKEN: Final = re.compile("一[分毛]钱?[都也]不(?:会|用)?扣(?:[您你]的?)?")
_NOTHING_PAID: Final = re.compile(
    "一[分毛]钱?[都也]不(?:会|用)?[收要花出交掏](?:取(?!消))?(?:[您你]的?)?"
)
_CAN_NOT: Final = re.compile(
    "([一-龥]{1,2})不(?:了(?![解起得])|成(?![功立本年熟问为交])|得(?=[啊的了哦嘞哟咯，。,.]|$))"
)
_NO_VERBS: Final = frozenset("受免少大忍错省离短好的也都就可是我您你他她们么非由怪怨恨巴舍")
_DO_NOT: Final = re.compile(
    "(?<![特个分差级区类性识鉴告判派离辨各国错当甄送道])别(?![人的家处看墅名致国扭样称具论]|提(?![供交前取现问出醒]))"
)
_ISO_DATE: Final = re.compile(r"(?<!\d)(\d{4})-(\d\d?)-(\d\d?)(?!\d)")
#: What is neither a Chinese character nor a Latin letter nor a digit nor within a number.
_PUNCTUATION: Final = re.compile(r"(?<!\d)[.,:/]|[.,:/](?!\d)|[^\w\s.,:/%'-]|[_-]")
#: Where none of these is, a text, or one of those between borders, is in one form already: nothing
#: but characters of words, no end of a clause as a region has it, nothing that is said otherwise.
_MAY_DIFFER: Final = re.compile(
    rf"[\x00-\x7f]|[^\w{BORDER}]|[{ENDINGS}别]|{_UNABLE}|[都也]没|一[分毛]|{SHORT_FORMS}|{BY_PERIOD}"
)


@lru_cache(maxsize=1)
def _beginnings() -> CharSet:
    """Return with what `_MAY_DIFFER` may begin, so that it is tried at few places of a talk."""
    every = set(map(chr, range(0x10000)))
    plain = {one for one in every if one.isalnum() and not (one.isascii() or one.isdecimal())}
    known = {*ENDINGS, *"别不无没都也一", *BEGIN_SHORT_FORMS, *BEGIN_PERIODS}
    return CharSet(every - plain - {BORDER} | known)


@lru_cache(maxsize=1)
def simplified() -> dict[int, str | None]:
    """Return what makes characters simplified and drops hesitations, for `str.translate`."""
    spec = find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("opencc")
    table: dict[int, str | None] = {}
    file = Path(spec.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt"
    for line in file.read_text("utf-8").splitlines():
        traditional, _, choices = line.partition("\t")
        if len(traditional) == 1 and choices:
            table[ord(traditional)] = choices.split(" ")[0]
    table |= dict.fromkeys(map(ord, _HESITATIONS))
    return table


@lru_cache(maxsize=1)
def _simplifying() -> Translation:
    return Translation(simplified())


def normalised(text: str) -> str:
    """Return `text` simplified, in lower case, without punctuation, hesitations and spaces."""
    return _in_one_form(as_standard(_simplified(text)))


def all_normalised(texts: Sequence[str]) -> list[str]:
    """Return what `normalised` makes of each of `texts`, found out for all of them at once."""
    joined = _simplified(BORDER.join(texts))
    whole = with_standard_words(joined) if joined.count(BORDER) == len(texts) - 1 else None
    if whole is None:
        return [normalised(text) for text in texts]
    pieces = whole.split(BORDER)
    ends = list(accumulate(len(piece) + 1 for piece in pieces))
    places = _beginnings().places(code_points(whole)).tolist()
    differ = {bisect_right(ends, place) for place in places if _MAY_DIFFER.match(whole, place)}
    for number in differ:
        pieces[number] = _in_one_form(with_standard_endings(pieces[number]))
    return pieces


def _simplified(text: str) -> str:
    text = _simplifying().of(unicodedata.normalize("NFKC", text).lower())
    return _ISO_DATE.sub(r"\1年\2月\3日", text) if "-" in text else text


def _in_one_form(text: str) -> str:
    """Return `text`, simplified and in words of the standard language, as all that say it do."""
    if text.isalnum() and _MAY_DIFFER.search(text) is None:
        return text
    text = in_order(as_read_out(text))
    if ("不" in text or "法" in text) and _MAY_BE_UNABLE.search(text) is not None:
        text = _NOT_BEING.sub("不是", _NOT_ABLE.sub("不能", text))
        text = _WILL_NOT_HAVE.sub("没有", _CAN_NOT.sub(_as_negated, text))
    if "没" in text:
        text = _NONE_AT_ALL.sub(r"没有任何\1", text)
    if "一分" in text or "一毛" in text:
        text = _NOTHING_PAID.sub("不收费", _NOTHING_TAKEN.sub("不扣费", text))
    if "别" in text:
        text = _DO_NOT.sub("不要", text)
    if not text.isascii() and LATIN.search(text) is None:
        # Nearly all segments have neither punctuation nor spaces; this is told faster.
        return text if text.isalnum() else "".join(_PUNCTUATION.sub("", text).split())
    return _LOOSE_SPACE.sub("", _PUNCTUATION.sub("", written_out(text))).strip()


def _as_negated(found: re.Match[str]) -> str:
    """Return 不能办 for 办不了; 少不了 and its like negate nothing and stay."""
    verb = found[1]
    if verb[-1] in _NO_VERBS:
        return found[0]
    whole = verb if len(verb) == 1 or verb in lexicon() else verb[-1]
    return f"{verb.removesuffix(whole)}不能{whole}"
