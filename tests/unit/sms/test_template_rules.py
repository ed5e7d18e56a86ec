"""Which texts may be sent, and which may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.model.sms_template import SmsKind
from voicegw.sms.shipped_texts import LANGUAGES, TEXT_RULES, Reader
from voicegw.sms.template_rules import MOST_PARTS, parts_of, wrong_texts


@pytest.mark.parametrize("kind", list(SmsKind))
def test_what_is_shipped_is_sound_in_both_languages_and_short(kind: SmsKind) -> None:
    rule = TEXT_RULES[kind]
    assert tuple(rule.shipped) == LANGUAGES
    assert wrong_texts(kind, rule.shipped) == []
    assert all(parts_of(kind, one, rule.shipped[one]) <= 3 for one in LANGUAGES)
    assert rule.needed <= rule.slots.keys()


def test_no_message_has_a_slot_for_what_its_reader_may_not_know() -> None:
    for kind, rule in TEXT_RULES.items():
        assert not [name for name in rule.slots if "number" in name or "phone" in name]
        if rule.reader is Reader.SUPERIOR or kind in {SmsKind.APPOINTMENT, SmsKind.PROMISE}:
            assert "customer" not in rule.slots


@pytest.mark.parametrize(
    ("kind", "text", "what"),
    [
        (SmsKind.ESCALATION, "{customer}的任务…{id}逾期", "a slot that this text has not"),
        (SmsKind.MISSED, "请回拨{hotline}，{phone}", "it has: {manager}, {reason}, {hotline}"),
        (SmsKind.MISSED, "刚才来电未接通。", "lacks {hotline}"),
        (SmsKind.RESULT, "{customer}：", "lacks {options}"),
        (SmsKind.HELP_CLOSED, "{options}", "it has: none"),
        (SmsKind.MISSED, "请回拨{hotline", "a brace without"),
        (SmsKind.MISSED, "请回拨{hotline}}", "a brace without"),
        (SmsKind.MISSED, "请回拨{hotline}{hotline!r}", "a slot that this text has not"),
        (SmsKind.MISSED, "请回拨{hotline}{hotline:>900}", "a slot that this text has not"),
        (
            SmsKind.MISSED,
            "请回拨{hotline}{hotline.__class__}",
            "a slot that this text has not",
        ),
        (SmsKind.MISSED, "请回拨{hotline}{hotline[0]}", "a slot that this text has not"),
        (SmsKind.MISSED, "请回拨{}{hotline}", "a slot that this text has not"),
        (SmsKind.MISSED, "请回拨13800138000或{hotline}", "a telephone number"),
        (SmsKind.MISSED, "请回拨138 0013-8000或{hotline}", "a telephone number"),
        (SmsKind.MISSED, "请回拨１３８００１３８０００或{hotline}", "a telephone number"),
        (SmsKind.MISSED, "请回拨\n{hotline}", "a line break"),
        (SmsKind.MISSED, "  ", "is empty"),
        (SmsKind.MISSED, "{hotline}" + "请" * 400, f"{MOST_PARTS} are the most"),
    ],
)
def test_what_is_wrong_is_said(kind: SmsKind, text: str, what: str) -> None:
    (wrong,) = wrong_texts(kind, {"zh": text})
    assert wrong.field == "texts.zh"
    assert what in wrong.message
    assert wrong.kind != "other"


def test_all_that_is_wrong_is_said_at_once_and_at_its_language() -> None:
    found = wrong_texts(SmsKind.MISSED, {"zh": "{who}", "en": "", "fr": "Bonjour {hotline}"})
    assert [one.field for one in found] == ["texts.zh", "texts.zh", "texts.en", "texts.fr"]
    assert [one.field for one in wrong_texts(SmsKind.MISSED, {})] == ["texts"]


@pytest.mark.parametrize("text", ["咨询请拨10086，回拨{hotline}", "2026年12月优惠{{8折}}{hotline}"])
def test_short_codes_years_and_braces_may_stand_there(text: str) -> None:
    assert wrong_texts(SmsKind.MISSED, {"zh": text}) == []


@given(st.sampled_from(list(SmsKind)), st.text(alphabet="{}!:.[]0a名manager", max_size=40))
def test_a_text_that_is_accepted_can_be_written(kind: SmsKind, text: str) -> None:
    needed = "".join(f"{{{name}}}" for name in TEXT_RULES[kind].needed)
    if not wrong_texts(kind, {"zh": text + needed}):
        assert parts_of(kind, "zh", text + needed) >= 1
