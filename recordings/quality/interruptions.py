"""What a speaker says to whoever broke in, before going on with the sentence. Pure.

您的信息 | 会不会卖掉 | 不会，仅用于办理业务: 不会 answers, it neither parts the
sentence nor negates it. Whether so is known once a phrase is laid beside it: it is only marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple


class Aside(NamedTuple):
    """Characters from `start` to `end` that may be left out; `cost` in syllables, of each."""

    start: int
    end: int
    cost: float


_CALL: Final = "[哎诶啊哦呃嗯喂]*"
_ANSWER: Final = re.compile(
    _CALL
    + "(?:不会|没有|不是|没|不用|不行|不能|不|会|可以|能|行|有|是|对|好|没错|当然|放心|没事|不急)"
    "(?:不会|没有|不是|的|啊|呀|哈|了|嘞|哦|对)*"
)
#: 没有 不超过…: two negations that don't belong together.
_NO: Final = re.compile(f"{_CALL}没有(?=[不没未])")
_STOCK: Final = re.compile(
    _CALL + "(?:[您你](?:先|再)?(?:不要|甭)?(?:急|挂|慌|打断)(?:啊|哈)?"
    "|[您你]?(?:先)?听我(?:说|讲)(?:完)?"
    "|[您你]?稍?等(?:一下|下|会|等)|能听见吗|听得见吗|听得到吗|我?接着(?:说|讲|念)|刚才(?:说|讲)到(?:哪|这)?"
    "|(?:这个|那)?(?:说不准|说不好|不好说|不一定|看情况)|怎么说呢|这么说吧|是这样的?|我看(?:一下|看|下)|信号不太?好|喂喂?)"
)
_DENIAL: Final = re.compile(f"{_CALL}(?:不会|不是|没有|不用|不能|没|不|也?不要)")
_AGREEMENT: Final = re.compile(f"{_CALL}(?:没错|是的|对的|对|是|嗯)")
_BARE: Final = re.compile("[哎诶啊哦呃嗯]*(?:[不没未别]|不会|不能|不是|没有|不要|不用)+[的了]?")
_NEGATIONS: Final = "不没"
#: What a denial does not reach: it begins another statement.
_ANEW: Final = ("只", "仅", "必须")
_MOST_ECHOED: Final = 6
_LEAST_ECHOED: Final = 2
_ASKS: Final = re.compile("(?:呢|吗|怎么办|咋办|怎么样)+(?:啊|呀)?$")
_LONGEST: Final = 8
_ANSWER_COST: Final = 0.3
_SEGMENT_COST: Final = 0.8


def asides(
    piece: str, heard: str, clauses: Sequence[int], *, broken: bool, before: str = ""
) -> Iterator[Aside]:
    """Yield what of `piece`, a segment that goes on after another, may be left out.

    `heard` is what the other side said in between, `broken` whether it said anything; `clauses` are
    where clauses of `piece` begin; `before` is the segment that was broken in upon.
    """
    first = clauses[0] if clauses else len(piece) if broken else 0
    if 0 < first < len(piece) and _ANSWER.fullmatch(piece, 0, first) is not None:
        yield Aside(0, first, _ANSWER_COST / first)
    for pattern in (_NO, _STOCK) if broken else (_NO,):
        found = pattern.match(piece)
        if found is not None and found.end() < len(piece):
            yield Aside(0, found.end(), _ANSWER_COST / found.end())
    if not broken:
        return
    echoed = _echoed(piece, heard)
    if 0 < echoed < len(piece):
        yield Aside(0, echoed, _ANSWER_COST / echoed)
    again = _taken_up(piece, before, clauses)
    if again:
        yield Aside(0, again, _ANSWER_COST / again)
    if 0 < len(piece) <= _LONGEST and _BARE.fullmatch(piece) is None:
        yield Aside(0, len(piece), _SEGMENT_COST / len(piece))


def _taken_up(piece: str, before: str, clauses: Sequence[int]) -> int:
    """Return how much of `piece` answers and says the last words again: 只能 | 不能 只能本人查.

    A denial goes with the words behind it (自动 | 不会自动续约), unless they begin anew.
    """
    answer = _ANSWER.match(piece)
    if answer is None:
        return 0
    start = answer.end()
    denies = any(one in answer.group() for one in _NEGATIONS)
    if denies and start not in clauses and not piece.startswith(_ANEW, start):
        return 0
    for end in range(min(len(piece) - 1, start + _MOST_ECHOED), start + _LEAST_ECHOED - 1, -1):
        if before.endswith(piece[start:end]):
            return end
    return 0


def _echoed(piece: str, heard: str) -> int:
    """Return how much of `piece` denies or affirms what was `heard`: 不会停 to 那就停了."""
    answer = _DENIAL.match(piece) or _AGREEMENT.match(piece)
    asked = _ASKS.search(heard)
    if answer is None and asked is not None:
        # 用不完呢 | 用不完不可结转: who answers begins with what was asked about.
        about = heard[: asked.start()][-_MOST_ECHOED:]
        return len(about) if len(about) >= _LEAST_ECHOED and piece.startswith(about) else 0
    if answer is None:
        return 0
    start = answer.end()
    for end in range(min(len(piece), start + _MOST_ECHOED), start, -1):
        at = heard.find(piece[start:end])
        if at >= 0 and heard[at - 1 : at] not in {"不", "没", "别", "未"}:
            return end
    return 0
