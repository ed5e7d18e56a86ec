"""Chinese by its sound: syllables with what accents and recognisers confuse folded. Pure.

Each character becomes one code, a character of a private range, so that texts can be searched by
their sound with the string functions of C libraries. zh/z, ch/c, sh/s, n/l, h/f and r/l share a
code, and so do an/ang, en/eng and in/ing. Tones don't count.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final, NamedTuple

from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

from recordings.quality.code_points import Translation

_INITIALS: Final = (
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x",
    "r", "z", "c", "s", "y", "w",
)  # fmt: skip
_FOLDED_INITIALS: Final = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "h": "f"}
_FOLDED_FINALS: Final = {
    "ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan", "ueng": "en",
}  # fmt: skip
#: Finals that are written shorter behind an initial: liu is l + iou.
_FULL_FINALS: Final = {"iu": "iou", "ui": "uei", "un": "uen"}
#: Where h is said as f, the u after it goes: hua is fa, hui is fei.
_FINALS_AFTER_H: Final = {
    "ua": "a", "uai": "ai", "uan": "an", "uang": "ang", "uei": "ei", "uen": "en", "uo": "o",
}  # fmt: skip
#: Pairs of finals that a bad line or a recogniser confuses now and then.
_NEAR_FINALS: Final = frozenset(
    frozenset(pair)
    for pair in (
        ("ian", "in"), ("uan", "an"), ("ou", "u"), ("uo", "ou"), ("uo", "e"), ("e", "a"),
        ("ei", "uei"), ("ei", "i"), ("ie", "i"), ("ie", "ian"), ("uen", "en"), ("v", "i"),
        ("ong", "en"), ("ong", "uen"), ("iong", "in"), ("ao", "ou"), ("ai", "ei"), ("ia", "a"),
        ("iao", "ao"), ("iou", "ou"), ("ve", "ie"), ("ve", "van"), ("vn", "in"), ("uan", "ian"),
        ("en", "in"), ("a", "an"), ("v", "u"),
    )
)  # fmt: skip
_NEAR_INITIALS: Final = frozenset(
    frozenset(pair)
    for pair in (
        ("b", "p"), ("d", "t"), ("g", "k"), ("j", "q"), ("q", "x"), ("j", "x"), ("z", "j"),
        ("c", "q"), ("s", "x"), ("z", "c"), ("c", "s"), ("z", "s"), ("b", "d"), ("p", "t"),
        ("l", ""), ("m", "l"), ("g", "d"), ("k", "f"),
    )
)  # fmt: skip

NUMBER: Final = "\ue000"
"""Stands for a quantity in a text of codes."""
_FIRST_CODE: Final = 0xE100
_FIRST_WORD: Final = 0xF0000


class Syllable(NamedTuple):
    """A syllable without its tone."""

    initial: str
    final: str


def split(syllable: str) -> Syllable:
    """Return initial and final of a syllable without tone; y and w are written out as i and u."""
    text = syllable.replace("ü", "v")
    if text.startswith("y"):
        rest = text[1:]
        if rest.startswith(("u", "v")):
            return Syllable("", "v" + rest[1:])
        return Syllable("", rest if rest.startswith("i") else "i" + rest)
    if text.startswith("w"):
        rest = text[1:]
        return Syllable("", rest if rest.startswith("u") else "u" + rest)
    for initial in _INITIALS:
        if text.startswith(initial):
            final = text[len(initial) :]
            if initial in {"j", "q", "x"} and final.startswith("u"):
                final = "v" + final[1:]
            return Syllable(initial, _FULL_FINALS.get(final, final))
    return Syllable("", text)


def folded(syllable: Syllable) -> Syllable:
    """Return the syllable with what accents confuse made one."""
    initial, final = syllable
    if initial == "h":
        final = _FINALS_AFTER_H.get(final, final)
    return Syllable(_FOLDED_INITIALS.get(initial, initial), _FOLDED_FINALS.get(final, final))


class SoundTable:
    """The codes of all Chinese characters. Building it takes a fraction of a second."""

    def __init__(self) -> None:
        """Read pypinyin's table of characters."""
        self._codes: dict[Syllable, str] = {}
        self._syllables: list[Syllable] = []
        self.folding: dict[int, str] = {}
        """Character → code of its first reading, folded; for `str.translate`."""
        plain: dict[str, Syllable] = {}
        for point, readings in pinyin_dict.items():
            if point > 0x9FFF:
                continue
            first = readings.split(",", 1)[0]
            if first not in plain:
                plain[first] = split(to_normal(first))
            self.folding[point] = self._code(folded(plain[first]))
        self._folding = Translation(self.folding)

    def fold(self, text: str) -> str:
        """Return `text` with the code of each character in its place."""
        return self._folding.of(text)

    def _code(self, syllable: Syllable) -> str:
        code = self._codes.get(syllable)
        if code is None:
            code = chr(_FIRST_CODE + len(self._codes))
            self._codes[syllable] = code
            self._syllables.append(syllable)
        return code

    def syllable(self, code: str) -> Syllable | None:
        """Return the folded syllable that `code` stands for; None for a word or a number."""
        index = ord(code) - _FIRST_CODE
        return self._syllables[index] if 0 <= index < len(self._syllables) else None

    def code_of(self, reading: Syllable) -> str:
        """Return the code of a syllable."""
        return self._code(folded(reading))

    @property
    def size(self) -> int:
        """How many different syllables there are."""
        return len(self._codes)


@lru_cache(maxsize=1)
def sounds() -> SoundTable:
    """Return the one table of this process."""
    return SoundTable()


@lru_cache(maxsize=30_000)
def readings(char: str) -> frozenset[Syllable]:
    """Return how a Chinese character may be read, tones left out; empty for other characters.

    Only readings that are heard: the dictionary's rare ones (省 as xian) would make words alike
    that nobody confuses.
    """
    found = _CORRECTED.get(char) or (pinyin_dict.get(ord(char)) if len(char) == 1 else None)
    if found is None:
        return frozenset()
    return frozenset(split(one) for one in (to_normal(found.split(",")[0]), *_OTHERS.get(char, ())))


#: Where the dictionary puts a reading first that is hardly heard.
_CORRECTED: Final = {"没": "mei", "期": "qi"}
_OTHERS_WRITTEN: Final = """
行hang/xing 重chong/zhong 长zhang/chang 还huan/hai 得dei/de 都du/dou 率lv/shuai 调tiao/diao
了liao/le 乐yue/le 会kuai/hui 觉jiao/jue 差chai/cha 传zhuan/chuan 弹tan/dan 藏zang/cang 曾zeng/ceng
降xiang/jiang 着zhao/zhuo/zhe 折she/zhe 便pian/bian 地di/de 的di/de 给ji/gei 校jiao/xiao 落la/luo
模mu/mo 奇ji/qi 色shai/se 似shi/si 熟shou/shu 谁shei/shui 这zhei/zhe 那nei/na 露lou/lu 血xie/xue
钥yue/yao 系ji/xi 称chen/cheng 查zha/cha 畜xu/chu 单shan/dan 角jue/jiao 贾gu/jia 车ju/che
朝zhao/chao 石dan/shi 宿xiu/su 圈juan/quan 强jiang/qiang 说shui/shuo 参shen/can 大dai/da 壳qiao/ke
泊po/bo 削xiao/xue 择zhai/ze 薄bao/bo 剥bao/bo 绿lu/lv 六lu/liu 仇qiu/chou 盛cheng/sheng 厦xia/sha
粘nian/zhan 颤zhan/chan 臭xiu/chou 扒pa/ba 秘bi/mi 番pan/fan 一yao/yi 幺yi/yao
解xie/jie 属zhu/shu 识zhi/shi 嚼jue/jiao 和huo/he 哪nei/na 靓liang/jing
"""
_OTHERS: Final = {entry[0]: entry[1:].split("/") for entry in _OTHERS_WRITTEN.split()}


def word_code(word: str) -> str:
    """Return the code of a word in Latin letters; two words share one only by bad luck."""
    return chr(_FIRST_WORD + zlib.crc32(word.encode()) % 0xFFF0)


@lru_cache(maxsize=100_000)
def distance(one: str, other: str) -> float:
    """Return how differently two characters sound: 0 the same, 1 nothing alike.

    A character with several readings sounds like the nearest of them.
    """
    if one == other:
        return 0.0
    ours, theirs = readings(one), readings(other)
    if not ours or not theirs:
        return 1.0
    if ours & theirs:
        return 0.0
    if len(ours) == len(theirs) == 1:
        # Nearly all characters have one reading; this is told faster.
        return _apart(_folded(one)[0], _folded(other)[0])
    return min([_apart(a, b) for a in _folded(one) for b in _folded(other)])


def same_sound(one: str, other: str) -> bool:
    """Whether two characters have a reading in common, nothing folded but the tone."""
    return one == other or bool(readings(one) & readings(other))


@lru_cache(maxsize=30_000)
def _folded(char: str) -> tuple[Syllable, ...]:
    return tuple(folded(one) for one in readings(char))


@lru_cache(maxsize=200_000)
def _apart(one: Syllable, other: Syllable) -> float:
    if one == other:
        return _FOLDED_COST
    same_initial, same_final = one.initial == other.initial, one.final == other.final
    near_initial = frozenset((one.initial, other.initial)) in _NEAR_INITIALS
    near_final = frozenset((one.final, other.final)) in _NEAR_FINALS
    if (same_initial and near_final) or (same_final and near_initial):
        return 0.5
    # The glide is the initial of a syllable that has none: 违 and 纹 begin alike.
    same_onset = same_initial and (one.initial or one.final[:1] == other.final[:1])
    if same_onset or same_final or (near_initial and near_final):
        return 0.8
    return 1.0


_FOLDED_COST: Final = 0.1
ACCENT: Final = 0.2
"""Up to this distance only an accent tells two characters apart; both may be real words."""
