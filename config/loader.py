"""From a TOML file and the environment to :class:`~config.settings.Settings`.

Everything that is wrong is reported at once, each with its place (file and line, or the variable)
and its mend. Secrets may stand in files: `password_file = "…"` gives `password`.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from config.checks import Fault, contradictions
from config.places import Key, Places
from config.secret_files import SECRET_KEYS, SecretFiles
from config.sections import fields_of, item_of
from config.settings import Settings
from voicegw.errors import ConfigError, Problem

ENV_PREFIX = "VOICEGW__"
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")

Tree = dict[str, Any]


def load(path: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `path` (None: only defaults) overridden by `env`.

    `env` is usually `os.environ`; variables `VOICEGW__SECTION__KEY` override a key,
    `VOICEGW__SECTION` a whole section (JSON). Raises ConfigError with every problem found.
    """
    problems: list[Problem] = []
    tree, places = _read(path)
    _override(tree, env or {}, places, problems)
    base = path.parent if path is not None else Path()
    problems += SecretFiles(base, places).read(tree, Settings)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        problems += [_problem(detail, places) for detail in error.errors(include_url=False)]
        raise ConfigError(problems) from None
    problems += [_fault(fault, places) for fault in contradictions(settings)]
    if problems:
        raise ConfigError(problems)
    return settings


def _read(path: Path | None) -> tuple[Tree, Places]:
    if path is None:
        return {}, Places()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), "is not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        what = f"can't be read ({error.strerror or error})"
        raise ConfigError([Problem(str(path), what, "name an existing file")]) from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at_line = _AT_LINE.search(message)
        where = f"{path}:{at_line[1]}" if at_line else str(path)
        what = "is no valid TOML: " + _AT_LINE.sub("", message)
        raise ConfigError([Problem(where, what, "correct the line")]) from error
    except RecursionError:
        # The chain of causes would be thousands of frames long.
        what = "has brackets within brackets without end"
        raise ConfigError([Problem(str(path), what, "no key needs more than one list")]) from None
    return tree, Places(str(path), text)


def _override(tree: Tree, env: Mapping[str, str], places: Places, problems: list[Problem]) -> None:
    for variable in sorted(env):
        if not variable.startswith(ENV_PREFIX):
            continue
        parts = variable.removeprefix(ENV_PREFIX).lower().split("__")
        if len(parts) > 2 or not all(parts):
            what = "names no key"
            problems.append(Problem(variable, what, f"write {ENV_PREFIX}SECTION__KEY"))
            continue
        places.override(tuple(parts), variable)
        section = parts[0]
        if len(parts) == 1:
            tree[section] = _value(env[variable], None)
            continue
        field = Settings.model_fields.get(section)
        is_list = field is not None and item_of(field.annotation) is not None
        target = [] if is_list else tree.setdefault(section, {})
        if not isinstance(target, dict):
            what = f"{section} is no single section"
            mend = f"give all of it as JSON in {ENV_PREFIX}{section.upper()}"
            problems.append(Problem(variable, what, mend))
            continue
        key = parts[1]
        target.pop(f"{key}_file", None)
        if key.endswith("_file"):
            target.pop(key.removesuffix("_file"), None)
        target[key] = _value(env[variable], _annotation(section, key))


def _annotation(section: str, key: str) -> Any:
    field = Settings.model_fields.get(section)
    model = field.annotation if field else None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return None
    found = model.model_fields.get(key)
    return found.annotation if found else None


def _value(text: str, annotation: Any) -> Any:
    """Return an environment variable's value: JSON, a comma-separated list, or plain text."""
    if annotation in {str, Path, SecretStr} or get_origin(annotation) is Literal:
        return text
    try:
        return json.loads(text)
    except ValueError:
        if get_origin(annotation) is list:
            return [item.strip() for item in text.split(",") if item.strip()]
        return text


def _fault(fault: Fault, places: Places) -> Problem:
    return Problem(places.of(fault.key), f"{_dotted(fault.key)}: {fault.what}", fault.mend)


def _dotted(key: Key) -> str:
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _problem(detail: ErrorDetails, places: Places) -> Problem:
    """Return pydantic's finding in the user's words; never repeats a value (it may be a secret)."""
    key = tuple(detail["loc"])
    where, name = places.of(key), _dotted(key)
    model = _model_at(key[:-1])
    if detail["type"] == "extra_forbidden":
        kind = "section" if len(key) == 1 else "key"
        return Problem(where, f"unknown {kind} {name}", _did_you_mean(str(key[-1]), model))
    if detail["type"] == "missing":
        mend = f"add {key[-1]} = …"
        if key[-1] in SECRET_KEYS:
            mend += f" or {key[-1]}_file = …"
        return Problem(where, f"{name} is missing", mend)
    what = detail["msg"].removeprefix("Value error, ")
    field = fields_of(model).get(str(key[-1])) if model is not None else None
    if field is None and len(key) > 1 and isinstance(key[-1], int):
        field = fields_of(_model_at(key[:-2])).get(str(key[-2]))
    mend = field.description or "" if field is not None else ""
    return Problem(where, f"{name}: {what[:1].lower()}{what[1:]}", _example(mend))


def _example(description: str) -> str:
    return f"this is: {description.rstrip('.')}" if description else ""


def _model_at(key: Key) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Settings
    for part in key:
        if isinstance(part, int):
            continue
        field = fields_of(model).get(part)
        nested = field.annotation if field is not None else None
        nested = item_of(nested) or nested
        model = nested if isinstance(nested, type) and issubclass(nested, BaseModel) else None
    return model


def _did_you_mean(unknown: str, model: type[BaseModel] | None) -> str:
    known = list(fields_of(model))
    known += [f"{key}_file" for key in known if key in SECRET_KEYS]
    near = difflib.get_close_matches(unknown, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return "known here: " + ", ".join(sorted(known)) if known else "remove it"
