"""Whether a text may be sent as messages of a kind. Pure.

A slot is a name in braces, `{manager}`; what a kind has no slot for it can't carry: no message to a
superior names a customer, none at all has a telephone number but a hotline's. `{{` and `}}` are
braces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from string import Formatter
from typing import Final

from voicegw.field_faults import FieldFault
from voicegw.model.sms_template import SmsKind
from voicegw.sms.length import length_of
from voicegw.sms.shipped_texts import LANGUAGES, TEXT_RULES

MOST_PARTS: Final = 5
"""In how many parts a message goes at most, with usual values in its slots."""
#: As many digits as a telephone number has; a short code, a price or a year has fewer. Written
#: apart they are a number all the same.
_NUMBER: Final = re.compile(r"\d(?:[\s().+\-–—－]{0,2}\d){6,}")


def wrong_texts(kind: SmsKind, texts: Mapping[str, str]) -> list[FieldFault]:
    """Return what is wrong, each at its field (`texts.zh`); empty: all is well.

    One text may have several things wrong.
    """
    languages = ", ".join(LANGUAGES)
    if not texts:
        what = f"is empty: a text in one of {languages} is needed"
        return [FieldFault("texts", what, "missing")]
    wrong = []
    for language, text in texts.items():
        field = f"texts.{language}"
        if language in LANGUAGES:
            wrong += _wrong(kind, language, text, field)
        else:
            what = f"must be one of {languages}"
            wrong.append(FieldFault(field, what, "not-one-of", {"allowed": languages}))
    return wrong


def parts_of(kind: SmsKind, language: str, text: str) -> int:
    """Return in how many parts a sound text goes, with usual values in its slots."""
    return length_of(text.format_map(TEXT_RULES[kind].sample(language))).parts


def _wrong(kind: SmsKind, language: str, text: str, field: str) -> list[FieldFault]:
    rule = TEXT_RULES[kind]
    if not text.strip():
        return [FieldFault(field, "is empty", "missing")]
    slots = _slots(text)
    if slots is None:
        what = "has a brace without its other one: a slot is a name in braces, as {name}"
        return [FieldFault(field, what, "pattern", {"example": "{name}"})]
    wrong = []
    allowed = ", ".join(f"{{{name}}}" for name in rule.slots) or "none"
    if not rule.slots.keys() >= set(slots):
        what = f"holds a slot that this text has not; it has: {allowed}"
        wrong.append(FieldFault(field, what, "not-one-of", {"allowed": allowed}))
    for needed in sorted(rule.needed - set(slots)):
        example = f"{{{needed}}}"
        wrong.append(FieldFault(field, f"lacks {example}", "pattern", {"example": example}))
    if any(unicodedata.category(one) == "Cc" for one in text):
        what = "holds a control character or a line break"
        wrong.append(FieldFault(field, what, "characters"))
    if _NUMBER.search(unicodedata.normalize("NFKC", text)):
        what = "holds what may be a telephone number: only {hotline} may stand for one"
        wrong.append(FieldFault(field, what, "not-allowed"))
    if not wrong and (parts := parts_of(kind, language, text)) > MOST_PARTS:
        what = f"goes in {parts} parts with usual values; {MOST_PARTS} are the most"
        wrong.append(FieldFault(field, what, "too-many", {"max": MOST_PARTS}))
    return wrong


def _slots(text: str) -> list[str] | None:
    """Return the slots in a text, in order; None where braces don't match."""
    try:
        return [
            # What stands after a name in a format of Python's has no meaning here.
            name + (f"!{conversion}" if conversion else "") + (f":{format_}" if format_ else "")
            for _, name, format_, conversion in Formatter().parse(text)
            if name is not None
        ]
    except ValueError:
        return None
