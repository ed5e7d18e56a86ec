"""Secrets that stand in files of their own: `password_file = "…"` gives `password`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config.places import Key, Places
from config.sections import Section, fields_of, item_of
from voicegw.errors import Problem

#: Keys that may hold a secret; each may be given as KEY_file instead.
SECRET_KEYS = frozenset({"password", "token", "url", "secret_key", "client_secret"})


class SecretFiles:
    """Reads the files that `KEY_file` keys name; relative names start at the folder `base`."""

    def __init__(self, base: Path, places: Places) -> None:
        """Read nothing yet."""
        self._base = base
        self._places = places
        self._problems: list[Problem] = []

    def read(self, tree: dict[str, Any], model: type[BaseModel]) -> list[Problem]:
        """Replace, in place, each `KEY_file` in `tree` by `KEY`; return what was wrong."""
        self._walk(tree, model, ())
        return self._problems

    def _walk(self, tree: object, model: type[BaseModel], at: Key) -> None:
        if not isinstance(tree, dict):
            return
        for key, field in fields_of(model).items():
            nested = field.annotation
            item = item_of(nested)
            entries = tree.get(key)
            if isinstance(nested, type) and issubclass(nested, Section):
                self._walk(entries, nested, (*at, key))
            elif item is not None:
                for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                    self._walk(entry, item, (*at, key, index))
            elif key in SECRET_KEYS and f"{key}_file" in tree:
                self._replace(tree, key, at)

    def _replace(self, tree: dict[str, Any], key: str, at: Key) -> None:
        file_key = f"{key}_file"
        name = tree.pop(file_key)
        where = self._places.of((*at, file_key))
        if key in tree:
            what = f"{key} and {file_key} contradict each other"
            self._problems.append(Problem(where, what, "keep one of them"))
            return
        self._places.alias((*at, key), (*at, file_key))
        secret = self._first_line(where, file_key, name)
        if secret is not None:
            tree[key] = secret
        else:
            tree.pop(key, None)

    def _first_line(self, where: str, file_key: str, name: object) -> str | None:
        if not isinstance(name, str) or not name:
            what = f"{file_key} should be the name of a file"
            self._problems.append(Problem(where, what, "write it in quotes"))
            return None
        path = self._base / Path(name).expanduser()
        try:
            first = path.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            what = f"{file_key}: {path} can't be read ({reason})"
            mend = "create it with the secret as its first line"
            self._problems.append(Problem(where, what, mend))
            return None
        if not first:
            what = f"{file_key}: {path} has an empty first line"
            self._problems.append(Problem(where, what, "write the secret there"))
            return None
        return first
