"""Keys of names: what a part of a name, or its initials, is found by."""

from __future__ import annotations

import pytest
from pypinyin import Style, lazy_pinyin

from voicegw.model.name_keys import MAX_KEY, MAX_KEYS, first_match, name_keys, searched_name


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("王丽", ("王丽", "wl")),
        ("王　丽", ("王丽", "wl")),
        ("王丽华", ("王丽华", "丽华", "wlh")),
        ("李丽丽", ("李丽丽", "丽丽", "lll")),
        ("曾国藩", ("曾国藩", "国藩", "zgf")),
        ("单雄信", ("单雄信", "雄信", "sxx")),
        ("Ｌi  Wei", ("li wei", "wei")),
        ("3G王丽", ("3g王丽", "王丽", "3gwl")),
        ("王Lily", ("王lily", "lily", "wlily")),
        ("O'Neill", ("o'neill", "neill")),
        ("A", ("a",)),
        ("王", ("王", "w")),
        (" ", ()),
    ],
)
def test_keys_of_a_name(name: str, keys: tuple[str, ...]) -> None:
    assert name_keys(name) == keys


def test_a_long_name_has_few_keys_of_few_characters() -> None:
    keys = name_keys("崇明县" * 60)
    assert len(keys) <= MAX_KEYS
    assert {len(key) for key in keys} == {MAX_KEY}


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        ("欧阳 娜娜", "阳娜", "阳娜娜"),
        ("李丽丽", "丽", "丽丽"),
        ("欢欢喜喜", "欢", "欢喜喜"),
        ("Li Wei", "we", "wei"),
        ("Li Wei", "ei", None),
        ("王丽华", "WL", "wlh"),
        ("王丽华", "华", None),
        ("王丽华", "王华", None),
        ("上海崇明长兴岛电信有限公司第二营业部", "海崇明长兴岛电信有限公司第二营业部", True),
        ("上海崇明长兴岛电信有限公司第二营业部", "海崇明长兴岛电信有限公司第二营业厅", None),
    ],
)
def test_the_least_key_by_which_a_name_is_found(
    name: str, wanted: str, found: str | bool | None
) -> None:
    key = first_match(name, searched_name(wanted))
    assert (key is not None) is found if found is True else key == found


def test_initials_are_those_of_pypinyin() -> None:
    names = (
        "崇明岛王张李赵陈刘杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈"
        "彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江"
        "史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文婷媛琪琳瑾鑫昊璐颖莹晗妍嫣嘉"
    )
    for character in names:
        letter = lazy_pinyin(character, style=Style.NORMAL)[0][0]
        # Behind another character: a surname of its own may be read otherwise.
        assert name_keys("王" + character)[-1] == "w" + letter, character
