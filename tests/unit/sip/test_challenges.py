"""Challenges and credentials as headers."""

from __future__ import annotations

import pytest

from voicegw.errors import MalformedMessageError
from voicegw.sip.challenges import AuthChallenge, AuthCredentials, AuthParameters


def test_a_challenge_with_commas_in_quotes() -> None:
    text = (
        'Digest realm="a, \\"b\\"", nonce="n=", qop="auth,auth-int", stale=true, algorithm=SHA-256'
    )
    challenge = AuthChallenge.parse(text)
    assert challenge.scheme == "Digest"
    assert challenge.parameters["REALM"] == 'a, "b"'
    assert challenge.parameters["qop"] == "auth,auth-int"
    assert str(challenge) == text
    assert set(challenge.parameters) == {"realm", "nonce", "qop", "stale", "algorithm"}
    assert len(challenge.parameters.replace(opaque="x")) == 6


def test_credentials_quote_what_must_be_quoted_and_nothing_else() -> None:
    credentials = AuthCredentials(
        "Digest",
        AuthParameters(
            username="u", uri="sip:h", response="r", qop="auth", nc="00000001", other="a b"
        ),
    )
    text = 'Digest username="u", uri="sip:h", response="r", qop=auth, nc=00000001, other="a b"'
    assert str(credentials) == text
    assert AuthCredentials.parse(text) == credentials


def test_credentials_of_one_token() -> None:
    assert str(AuthCredentials.parse("Bearer  abc.def==")) == "Bearer abc.def=="


def test_secrets_stay_out_of_representations() -> None:
    assert "r3sponse" not in repr(AuthParameters(response="r3sponse"))


@pytest.mark.parametrize(
    "text",
    ["", "Digest", "Di gest=1 x", 'Digest a="x', 'Digest a="', "Digest a=1, a=2", "Digest a=1,"],
)
def test_what_is_neither(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        AuthChallenge.parse(text)
