"""How long messages are: the alphabets of 3GPP TS 23.038, parts of TS 23.040."""

from __future__ import annotations

import pytest

from voicegw.sms.length import Length, length_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Length(0, 1, is_ucs2=False)),
        ("a" * 160, Length(160, 1, is_ucs2=False)),
        ("a" * 161, Length(161, 2, is_ucs2=False)),
        ("a" * 306, Length(306, 2, is_ucs2=False)),
        ("a" * 307, Length(307, 3, is_ucs2=False)),
        ("€" * 80, Length(160, 1, is_ucs2=False)),
        ("€" * 81, Length(162, 2, is_ucs2=False)),
        ("回" * 70, Length(70, 1, is_ucs2=True)),
        ("回" * 71, Length(71, 2, is_ucs2=True)),
        ("回" * 134, Length(134, 2, is_ucs2=True)),
        ("回" * 135, Length(135, 3, is_ucs2=True)),
        ("😀" * 35, Length(70, 1, is_ucs2=True)),
        # 33 pairs fill 66 of 67 units: the next one is not cut in two.
        ("😀" * 67, Length(134, 3, is_ucs2=True)),
        ("a" * 152 + "€" + "a" * 7, Length(161, 2, is_ucs2=False)),
    ],
)
def test_parts(text: str, expected: Length) -> None:
    assert length_of(text) == expected
