"""Renders `config/voicegw.toml`: every key with its default and its sentence, from the schema.

`python -m config.reference > config/voicegw.toml` after a change of the schema; a test compares.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from config.sections import Section, fields_of, item_of
from config.settings import Settings

_WIDTH = 100
_HEAD = """\
# The configuration of voicegw, with every key, its default and its meaning.
#
# Each key is optional; this file, as it is, equals an empty one. Environment variables
# VOICEGW__SECTION__KEY override it (VOICEGW__NODE__DRAIN_S=60). A password, token, secret_key,
# client_secret or url may stand in a file of its own instead: password_file = "…". Unknown keys and
# wrong types are refused at start, with file, line and mend; `voicegw check` looks only.
"""
#: Values that read better than the schema's own.
_WRITTEN = {("recording", "min_free_bytes"): '"2 GB"', ("node", "data_dir"): '"./data"'}
#: What the examples of keys without a default show.
_EXAMPLES = {
    ("trunk", "name"): "carrier-a",
    ("trunk", "uri"): "sip:sbc.example.net:5060;transport=udp",
    ("user", "name"): "4711",
    ("user", "password"): "…",
}


def render() -> str:
    """Return the text of the annotated default file."""
    parts = [_HEAD]
    for name, field in fields_of(Settings).items():
        item = item_of(field.annotation)
        model = field.annotation
        if item is not None:
            parts.append("\n".join(_section(name, f"[[{name}]]", item, commented=True)))
        elif isinstance(model, type) and issubclass(model, Section):
            parts.append("\n".join(_section(name, f"[{name}]", model, commented=False)))
    return "\n".join(parts)


def _section(name: str, header: str, model: type[Section], *, commented: bool) -> Iterator[str]:
    """Yield the lines of a section; one of many (`[[trunk]]`) is an example, commented out."""
    yield f"# {(model.__doc__ or '').splitlines()[0]}"
    prefix = "#" if commented else ""
    yield prefix + header
    nested: list[tuple[str, type[Section]]] = []
    for key, field in fields_of(model).items():
        item = item_of(field.annotation)
        if item is not None:
            nested.append((key, item))
            continue
        yield from textwrap.wrap(
            field.description or "", _WIDTH, initial_indent="# ", subsequent_indent="# "
        )
        default = field.default
        if default is PydanticUndefined:
            default = _EXAMPLES[name, key]
        value = _WRITTEN.get((name, key)) or _toml(default)
        yield f"{prefix}{key} = {value}"
    yield ""
    for key, item in nested:
        yield from _section(key, f"[[{name}.{key}]]", item, commented=True)


def _toml(value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = str(value)
    # For the types used here, JSON's spelling is TOML's.
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    print(render(), end="")
