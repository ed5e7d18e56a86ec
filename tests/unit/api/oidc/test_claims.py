"""Which id tokens prove something, and whom they tell of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from api.oidc.claims import MAX_TOKEN_CHARACTERS, TokenRefusedError, claimed, verified
from api.oidc.handshake import Handshake
from api.oidc.options import OidcOptions
from tests.parts.openid import CLIENT_ID, SigningKey
from voicegw.model.directory import Role

NOW = datetime(2026, 1, 5, 2, 3, 4, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
KEY, OTHER = SigningKey("k1"), SigningKey("k2")
KEYS = [jwt.PyJWK(KEY.described)]
OPTIONS = OidcOptions("https://id.example.net", CLIENT_ID, "https://gw.example.net/back")
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example.net",
    "aud": CLIENT_ID,
    "sub": "s-1",
    "iat": NOW_S,
    "exp": NOW_S + 300,
    "nonce": "n-1",
}


def token(key: SigningKey = KEY, kid: str | None = None, **claims: Any) -> str:
    """Return a signed token; claims that are None are left out."""
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(kept, key.private, "RS256", headers={"kid": kid or key.kid})


def refused(id_token: str) -> TokenRefusedError:
    """Return why a token is refused."""
    with pytest.raises(TokenRefusedError) as error:
        verified(id_token, KEYS, OPTIONS, nonce="n-1", now=NOW)
    return error.value


def test_a_right_one_is_believed() -> None:
    assert verified(token(), KEYS, OPTIONS, nonce="n-1", now=NOW) == CLAIMS


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID},
        {"exp": NOW_S - 59},
        {"iat": NOW_S + 60, "nbf": NOW_S + 60},
    ],
)
def test_so_is_one_for_several_and_by_a_clock_a_little_off(claims: dict[str, Any]) -> None:
    verified(token(**claims), KEYS, OPTIONS, nonce="n-1", now=NOW)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "other"}, "somebody else"),
        ({"aud": None}, "somebody else"),
        ({"aud": [CLIENT_ID, "other"]}, "given to somebody else"),
        ({"aud": [CLIENT_ID, "other"], "azp": "other"}, "given to somebody else"),
        ({"azp": "other"}, "given to somebody else"),
        ({"nonce": "n-2"}, "another login"),
        ({"nonce": None}, "another login"),
        ({"nonce": 7}, "another login"),
        ({"exp": NOW_S - 60}, "expired"),
        ({"exp": None}, "no exp"),
        ({"exp": True}, "no exp"),
        ({"exp": "tomorrow"}, "no exp"),
        ({"iat": None}, "no iat"),
        ({"iat": NOW_S + 61}, "future"),
        ({"nbf": NOW_S + 61}, "not count yet"),
    ],
)
def test_one_for_somebody_or_something_else_is_not(claims: dict[str, Any], why: str) -> None:
    assert why in str(refused(token(**claims)))


def test_a_signature_by_another_key_counts_for_nothing() -> None:
    assert refused(token(OTHER)).unknown_key
    forged = refused(token(OTHER, kid="k1"))
    assert "signature is wrong" in str(forged)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_nor_does_one_that_anybody_can_make(algorithm: str) -> None:
    made = jwt.encode(CLAIMS, "" if algorithm == "none" else "x" * 32, algorithm)
    assert "no kind that counts" in str(refused(made))


def test_a_token_without_the_name_of_its_key_is_tried_with_all() -> None:
    made = jwt.encode(CLAIMS, OTHER.private, "RS256")
    keys = [*KEYS, jwt.PyJWK(OTHER.described)]
    assert verified(made, keys, OPTIONS, nonce="n-1", now=NOW) == CLAIMS


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "x" * (MAX_TOKEN_CHARACTERS + 1)])
def test_what_is_no_token(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("subject", [None, "", " ", 7, "x" * 256, "x\x00"])
def test_nobody_without_a_subject(subject: Any) -> None:
    with pytest.raises(TokenRefusedError):
        claimed({"sub": subject}, OPTIONS)


def test_roles_are_found_where_they_are() -> None:
    roles = (("first", Role.ADMIN), ("second", Role.QA_REVIEWER))
    places: dict[str, dict[str, Any]] = {
        "groups": {"groups": ["second", "first"]},
        "realm.roles": {"realm": {"roles": ["first", 7]}},
        "https://x.example/roles": {"https://x.example/roles": "first"},
    }
    for path, claims in places.items():
        options = OidcOptions("i", "c", "r", role_claim=path, roles=roles)
        assert claimed({"sub": "s", **claims}, options).role is Role.ADMIN
    options = OidcOptions("i", "c", "r", role_claim="realm.roles", roles=roles)
    lacking: list[dict[str, Any]] = [{}, {"realm": "x"}, {"realm": {"roles": {"first": 1}}}]
    for claims in lacking:
        assert claimed({"sub": "s", **claims}, options).role is None


@pytest.mark.parametrize("said", [["county-1"], {"id": "county-1"}, 7, True, "", "x" * 256])
def test_a_limit_that_cannot_be_read_is_not_passed_over(said: Any) -> None:
    options = OidcOptions("i", "c", "r", group_claim="org.county", manager_claim="staff")
    for claims in ({"org": {"county": said}}, {"staff": said}):
        with pytest.raises(TokenRefusedError):
            claimed({"sub": "s", **claims}, options)
    limited = claimed({"sub": "s", "org": {"county": "county-1"}, "staff": None}, options)
    assert (limited.group, limited.manager) == ("county-1", None)


def test_a_handshake_gives_away_nothing_of_its_secret() -> None:
    handshake = Handshake.of_cookie("x" * 43)
    assert handshake is not None
    derived = {handshake.state, handshake.nonce, handshake.verifier, handshake.challenge}
    assert len(derived) == 4
    assert handshake.secret not in derived
    assert handshake.is_state(handshake.state)
    assert not handshake.is_state("\ud800")
    assert Handshake.of_cookie("x") is None


def test_no_secret_is_shown() -> None:
    assert "s3cret" not in repr(OidcOptions("i", "c", "r", client_secret="s3cret"))
