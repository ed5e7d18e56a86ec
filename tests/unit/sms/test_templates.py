"""Which text holds for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import Group
from voicegw.model.sms_template import SmsKind, SmsTemplate
from voicegw.sms.shipped_texts import TEXT_RULES
from voicegw.sms.templates import SmsTemplates
from voicegw.sms.texts import Texts


class Kept:
    """The texts that were put, in memory."""

    def __init__(self, *templates: SmsTemplate) -> None:
        self.templates = templates
        self.is_away = False

    async def all(self) -> Mapping[str, SmsTemplate]:
        if self.is_away:
            raise StoreUnavailableError("away")
        return {one.name: one for one in self.templates}


class County:
    """A city, a county in it, and its town."""

    async def all(self) -> Sequence[Group]:
        return [
            Group("grp_city", "市"),
            Group("grp_county", "县", parent_id="grp_city"),
            Group("grp_town", "镇", parent_id="grp_county"),
        ]


async def test_the_nearest_group_above_that_has_one_in_the_language() -> None:
    kept = Kept(
        SmsTemplate(SmsKind.MISSED, {"zh": "全体{hotline}", "en": "All: {hotline}"}),
        SmsTemplate(SmsKind.MISSED, {"zh": "本县{hotline}"}, "grp_county"),
    )
    texts = SmsTemplates(kept, County())
    shipped = TEXT_RULES[SmsKind.MISSED].shipped["zh"]
    assert texts.text(SmsKind.MISSED, "zh", "grp_town") == shipped
    await texts.reload()
    assert texts.text(SmsKind.MISSED, "zh", "grp_town") == "本县{hotline}"
    assert texts.text(SmsKind.MISSED, "zh", "grp_county") == "本县{hotline}"
    assert texts.text(SmsKind.MISSED, "zh", "grp_city") == "全体{hotline}"
    assert texts.text(SmsKind.MISSED, "zh") == "全体{hotline}"
    assert texts.text(SmsKind.MISSED, "en", "grp_town") == "All: {hotline}"
    assert texts.text(SmsKind.LINK, "zh", "grp_town") == "或填写 {link}"
    written = Texts("zh", texts).text(SmsKind.MISSED, "grp_town", hotline="12345{x}")
    assert written == "本县12345{x}"


async def test_what_was_read_last_holds_while_the_store_is_away() -> None:
    kept = Kept(SmsTemplate(SmsKind.LINK, {"zh": "见{link}"}))
    texts = SmsTemplates(kept, County())
    await texts.reload()
    kept.is_away = True
    await texts.reload()
    assert texts.text(SmsKind.LINK, "zh", None) == "见{link}"
