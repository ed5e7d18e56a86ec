"""Reads the phrases that networks say: ours, and an operator's own before them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from recordings.network.announcements import AnnouncementBook
from voicegw.errors import ConfigError, Problem
from voicegw.model.call import LegReason

SHIPPED: Final = Path(__file__).with_name("announcements.toml")


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    reason: LegReason
    said: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    announcement: list[_Entry] = []


def load_book(own: Path | None = None) -> AnnouncementBook:
    """Return the phrases of the shipped file and of `own`, whose phrases weigh more.

    Raises ConfigError, with the mend, when `own` can't be used.
    """
    files = [SHIPPED] if own is None else [own, SHIPPED]
    return AnnouncementBook(
        [
            (entry.reason, phrase)
            for path in files
            for entry in _read(path).announcement
            for phrase in entry.said
        ]
    )


def _read(path: Path) -> _File:
    mend = f"write it like {SHIPPED.name}, or leave network.announcements empty"
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except OSError as error:
        what = f"can't be read: {error.strerror}"
    except (ValueError, msgspec.ValidationError) as error:
        what = f"is no list of announcements: {error}"
    raise ConfigError([Problem(str(path), what, mend)])
