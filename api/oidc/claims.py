"""Whom an id token tells of, and whether it proves that (OpenID Connect Core §3.1.3.7). Pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from jwt.types import Options

from api.oidc.options import OidcOptions
from voicegw.model.directory import Role

#: Signatures by the provider's own key only: `none` and those by a shared secret are no proof.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
LEEWAY: Final = timedelta(seconds=60)
MAX_TOKEN_CHARACTERS: Final = 64 * 1024
_MAX_TEXT: Final = 255
#: Times are compared with the gateway's own clock, the rest with what is expected here.
_ONLY_THE_SIGNATURE: Final[Options] = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
}


class TokenRefusedError(ValueError):
    """The id token proves nothing. `unknown_key`: it may, by a key that is not known yet."""

    def __init__(self, why: str, *, unknown_key: bool = False) -> None:
        super().__init__(why)
        self.unknown_key = unknown_key


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who somebody is to the provider; groups and managers by their external ids."""

    subject: str
    login: str | None
    name: str
    role: Role | None
    group: str | None
    manager: str | None


def verified(
    id_token: str,
    keys: Sequence[jwt.PyJWK],
    options: OidcOptions,
    *,
    nonce: str,
    now: datetime,
) -> Mapping[str, Any]:
    """Return the claims of an id token that was made for this login. Raises TokenRefusedError."""
    if len(id_token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefusedError("it is too long")
    claims = _signed(id_token, keys)
    if claims.get("iss") != options.issuer:
        raise TokenRefusedError("it is another issuer's")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if options.client_id not in audiences:
        raise TokenRefusedError("it is meant for somebody else")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != options.client_id:
        raise TokenRefusedError("it was given to somebody else")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise TokenRefusedError("it is of another login")
    now_s, leeway_s = now.timestamp(), LEEWAY.total_seconds()
    if _seconds(claims, "exp") <= now_s - leeway_s:
        raise TokenRefusedError("it has expired")
    if _seconds(claims, "iat") > now_s + leeway_s:
        raise TokenRefusedError("it was made in the future")
    if "nbf" in claims and _seconds(claims, "nbf") > now_s + leeway_s:
        raise TokenRefusedError("it does not count yet")
    return claims


def claimed(claims: Mapping[str, Any], options: OidcOptions) -> Claimed:
    """Return whom verified `claims` tell of. Raises TokenRefusedError where there is no subject.

    Nor where a group or a manager is claimed by what is no text, a list of groups perhaps: passed
    over, it would leave somebody unlimited. A login that is an address of e-mail counts only when
    the provider has verified it.
    """
    subject = _text(claims, "sub")
    if subject is None:
        raise TokenRefusedError("it has no subject")
    login = _text(claims, options.login_claim)
    if options.login_claim == "email" and claims.get("email_verified") is not True:
        login = None
    had = set(_texts(_within(claims, options.role_claim)))
    return Claimed(
        subject,
        login,
        _text(claims, options.name_claim) or "",
        next((role for name, role in options.roles if name in had), None),
        _reach(claims, options.group_claim),
        _reach(claims, options.manager_claim),
    )


def _signed(id_token: str, keys: Sequence[jwt.PyJWK]) -> Mapping[str, Any]:
    try:
        header = jwt.get_unverified_header(id_token)
    except jwt.PyJWTError as error:
        raise TokenRefusedError("it is none") from error
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefusedError("its signature is of no kind that counts")
    wanted = header.get("kid")
    fitting = [key for key in keys if wanted is None or key.key_id == wanted]
    if not fitting:
        raise TokenRefusedError("its key is not known", unknown_key=True)
    for key in fitting:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                id_token, key.key, algorithms=[header["alg"]], options=_ONLY_THE_SIGNATURE
            )
        except (jwt.PyJWTError, TypeError, ValueError):
            continue  # another key of the provider may fit
        return claims
    raise TokenRefusedError("its signature is wrong", unknown_key=wanted is None)


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefusedError(f"it has no {name}")
    return float(value)


def _within(claims: Mapping[str, Any], path: str) -> Any:
    """Return what `path` leads to: a claim of that very name, else by its dots into objects."""
    if not path:
        return None
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(claims: Mapping[str, Any], path: str) -> str | None:
    value = _within(claims, path)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
        return None
    return None if "\x00" in value else value.strip()


def _reach(claims: Mapping[str, Any], path: str) -> str | None:
    """Return what limits somebody, None where nothing is said. Raises TokenRefusedError."""
    if _within(claims, path) is None:
        return None
    text = _text(claims, path)
    if text is None:
        raise TokenRefusedError(f"its claim {path} is no text")
    return text


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
