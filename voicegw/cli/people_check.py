"""What keeps people from logging in, for `voicegw check`: the file of keys, the OpenID provider."""

from __future__ import annotations

import secrets

from api.oidc.handshake import Handshake
from api.problems import ApiProblem
from config.settings import Settings
from voicegw.clock import SystemClock
from voicegw.errors import ConfigError, Problem
from voicegw.setup.people import openid_provider, secret_box

_MEND = "correct the issuer, as the provider writes it; people log in by password meanwhile"


async def people_problems(settings: Settings) -> list[Problem]:
    """Return what is wrong with `api.key_file` and with the provider of `oidc.issuer`."""
    problems: list[Problem] = []
    try:
        secret_box(settings)
    except ConfigError as error:
        problems += error.problems
    provider = openid_provider(settings, SystemClock())
    if provider is None:
        return problems
    try:
        await provider.address(Handshake(secrets.token_urlsafe(32)))
        await provider.keys()
    except ApiProblem:
        what = "does not answer as an OpenID provider of that name"
        problems.append(Problem("oidc.issuer", what, _MEND))
    finally:
        provider.close()
    return problems
