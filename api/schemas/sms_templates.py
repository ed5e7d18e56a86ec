"""The texts of short messages on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import RequestModel, ViewModel
from voicegw.model.sms_template import SmsKind
from voicegw.sms.shipped_texts import Reader

_Text = Annotated[str, Field(max_length=1000)]


class SmsTextsBody(RequestModel):
    """Texts by language; a language that is left out has the text of the group above."""

    zh: _Text | None = Field(None, description="In Chinese")
    en: _Text | None = Field(None, description="In English")


class SmsTemplateBody(RequestModel):
    """What messages of a kind are to say."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"texts": {"zh": "您好，客户经理{manager}刚才来电未接通，请回拨{hotline}。"}}
            ]
        }
    )

    texts: SmsTextsBody = Field(
        description="At least one; `{name}` is a slot, one of `slots` of the kind"
    )


class SmsTextsView(ViewModel):
    """A text in each language."""

    zh: str = Field(description="In Chinese")
    en: str = Field(description="In English")


class SmsOwnTextsView(ViewModel):
    """What was put; null: the text of the group above, or the shipped one, holds."""

    zh: str | None = Field(description="In Chinese")
    en: str | None = Field(description="In English")


class SmsPartsView(ViewModel):
    """In how many parts a message goes, which is what is paid for."""

    zh: int = Field(description="In Chinese")
    en: int = Field(description="In English")


class SmsSlotView(ViewModel):
    """What is put into a text in place of `{name}`."""

    name: str = Field(description="As it stands in braces", examples=["manager"])
    is_needed: bool = Field(description="Whether no text of the kind may lack it")
    sample: SmsTextsView = Field(description="A usual value: `parts` is reckoned with it")


class SmsTemplateView(ViewModel):
    """What messages of a kind say."""

    kind: SmsKind = Field(
        description="`result`, `reminder` ask a manager what came of a talk, `link` after them;"
        " `missed`: a customer called in vain; `notice_visit`, `notice_call`: a contact ahead;"
        " `escalation`: what is late; `appointment`, `promise` remind a manager; `help_…` answer"
        " a reply"
    )
    group_id: str | None = Field(description="Whose texts they are; null: everybody's")
    reader: Reader = Field(description="Who reads them")
    texts: SmsTextsView = Field(description="What is sent")
    own: SmsOwnTextsView = Field(description="What was put for this group, or for everybody")
    shipped: SmsTextsView = Field(description="The product's own texts")
    slots: list[SmsSlotView] = Field(description="All that a text may hold; there are no others")
    parts: SmsPartsView = Field(description="Of `texts`, with usual values in the slots")
