"""What sections of the configuration are made of: their base, and the types of single keys."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic.fields import FieldInfo

from config import values

Codec = Literal["PCMA", "PCMU", "G722", "opus"]
RoleName = Literal["admin", "county_manager", "manager", "qa_reviewer", "integrator"]
_PREFIX = re.compile(r"^\+[1-9]\d*$")
_SHORT_CODE = re.compile(r"^[0-9*#]{2,8}$")


def checked(parse: Any) -> AfterValidator:
    """Return what keeps a text as it is, if `parse` can read it (else it raises ValueError)."""

    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _network(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError("expected a network such as 10.0.0.0/8 or an address") from error


def _prefix(text: str) -> None:
    if not _PREFIX.fullmatch(text):
        raise ValueError("expected an international prefix such as +86")


def _short_code(text: str) -> None:
    if not _SHORT_CODE.fullmatch(text):
        raise ValueError("expected a short code such as 10086")


def _size(value: object) -> object:
    return values.parse_size(value) if isinstance(value, str) else value


def _path(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) else value


def _secret(value: object) -> object:
    return SecretStr(value) if isinstance(value, str) else value


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
SizeBytes = Annotated[int, BeforeValidator(_size), Field(ge=0)]
FilePath = Annotated[Path, BeforeValidator(_path)]
Network = Annotated[str, checked(_network)]
Rate = Annotated[str, checked(values.parse_rate)]
Prefix = Annotated[str, checked(_prefix)]
ShortCode = Annotated[str, checked(_short_code)]
Listen = Annotated[str, checked(values.parse_listen)]
Nameserver = Annotated[str, checked(values.parse_nameserver)]
Host = Annotated[str, checked(values.parse_host)]
Line = Annotated[str, checked(values.parse_line)]
HostPort = Annotated[str, checked(values.parse_host_port)]


class Section(BaseModel):
    """Base of all sections: frozen, strict, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


def fields_of(model: type[BaseModel] | None) -> Mapping[str, FieldInfo]:
    """Return a section's fields by their names in the file; nothing for None."""
    if model is None:
        return {}
    return {field.alias or name: field for name, field in model.model_fields.items()}


def item_of(annotation: object) -> type[Section] | None:
    """Return the section that `annotation` is a list of, else None."""
    if get_origin(annotation) is not list:
        return None
    item = get_args(annotation)[0]
    return item if isinstance(item, type) and issubclass(item, Section) else None
