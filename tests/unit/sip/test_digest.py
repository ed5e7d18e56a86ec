from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.sip.digest import (
    Credentials,
    DigestAnswer,
    DigestChallenge,
    DigestVerifier,
    Verdict,
    authorization,
    choose_challenges,
    digest_response,
    parse_authorization,
    parse_challenges,
    split_parameters,
)

MUFASA = Credentials("Mufasa", "Circle of Life")


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    answer = DigestAnswer(
        username="Mufasa",
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        uri="/dir/index.html",
        response="",
        algorithm=algorithm,
        qop="auth",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        nc="00000001",
    )
    found = digest_response(
        username="Mufasa",
        password="Circle of Life",
        method="GET",
        answer=answer,
        uri="/dir/index.html",
    )
    assert found == expected


def test_the_example_of_rfc_2617_without_qop() -> None:
    challenge = DigestChallenge("biloxi.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093")
    found = digest_response(
        username="bob",
        password="zanzibar",
        method="INVITE",
        answer=challenge,
        uri="sip:bob@biloxi.com",
    )
    assert found == "bf57e4e0d0bffc0fbaedce64d59add5e"


def test_several_challenges_on_one_line_and_commas_in_quotes() -> None:
    value = (
        'Basic realm="x", Digest realm="a, \\"b\\"", nonce="n1", qop="auth,auth-int", '
        'algorithm=SHA-256 , Digest realm=plain, nonce="n2", stale=TRUE'
    )
    assert parse_challenges([value]) == [
        DigestChallenge('a, "b"', "n1", "SHA-256", "auth"),
        DigestChallenge("plain", "n2", stale=True),
    ]


@pytest.mark.parametrize(
    "value",
    [
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Digest realm="r", nonce="n", algorithm=MD5-sess',
        'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-512-256-sess',
        'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        'Digest realm="r"',
        'Digest nonce="n"',
        'Basic realm="r"',
        'Digest realm="never closed',
        'realm="no scheme", nonce="n"',
        "",
        "=",
    ],
)
def test_challenges_nobody_can_answer_are_left_out(value: str) -> None:
    assert parse_challenges([value]) == []


def test_a_session_secret_is_bound_to_its_first_nonces() -> None:
    """Recomputed by hand from RFC 7616 §3.4.2: H(H(user:realm:password):nonce:cnonce)."""
    (challenge,) = parse_challenges(
        ['Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=md5-SESS, opaque="o"']
    )
    assert challenge == DigestChallenge("r", "n", qop="auth", opaque="o", session=True)
    value = authorization(
        challenge, MUFASA, method="INVITE", uri="sip:x", cnonce="c", nonce_count=2
    )

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(md5("Mufasa:r:Circle of Life") + ":n:c")
    expected = md5(f"{secret}:n:00000002:c:auth:{md5('INVITE:sip:x')}")
    assert f'response="{expected}"' in value
    assert "algorithm=MD5-sess" in value
    assert 'opaque="o"' in value


def test_an_empty_qop_counts_as_none() -> None:
    assert parse_challenges(['Digest realm="r", nonce="n", qop=""'])[0].qop is None


def test_the_strongest_of_each_realm_is_chosen() -> None:
    md5 = DigestChallenge("r", "1", "MD5", "auth")
    plain = DigestChallenge("r", "2", "SHA-256", None)
    sha = DigestChallenge("r", "3", "SHA-256", "auth")
    other = DigestChallenge("s", "4", "MD5", None)
    assert choose_challenges([md5, plain, sha, other]) == [sha, other]
    assert choose_challenges([sha, plain, md5]) == [sha]


def test_credentials_do_not_show_the_password() -> None:
    assert "Circle" not in repr(MUFASA)


@given(st.text(max_size=200))
def test_splitting_never_fails(value: str) -> None:
    for _scheme, parameters in split_parameters(value):
        assert isinstance(parameters, dict)
    parse_authorization(value)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")))
def test_quoted_values_survive(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert split_parameters(f"Digest realm={quoted}, x=1") == [
        ("digest", {"realm": text, "x": "1"})
    ]


def verifier(**options: object) -> DigestVerifier:
    return DigestVerifier(
        realm="gw",
        secret=b"0123456789abcdef",
        rng=random.Random(3),
        **options,  # type: ignore[arg-type]
    )


def answer_to(
    header: str, *, password: str = "Circle of Life", nc: int = 1, method: str = "REGISTER"
) -> DigestAnswer:
    """Answer a challenge as a client does."""
    (challenge,) = parse_challenges([header])
    value = authorization(
        challenge,
        Credentials("Mufasa", password),
        method=method,
        uri="sip:gw",
        cnonce="abc",
        nonce_count=nc,
    )
    answer = parse_authorization(value)
    assert answer is not None
    return answer


@pytest.mark.parametrize("index", [0, 1])
def test_client_and_server_agree(index: int) -> None:
    server = verifier()
    challenges = server.challenges(100.0)
    assert [parse_challenges([c])[0].algorithm for c in challenges] == ["SHA-256", "MD5"]
    answer = answer_to(challenges[index])
    assert server.verify(answer, "REGISTER", "Circle of Life", 101.0) is Verdict.ACCEPTED


def test_wrong_password_method_realm_and_algorithm_are_refused() -> None:
    server = verifier(algorithms=("MD5",))
    (challenge,) = server.challenges(100.0)
    wrong = answer_to(challenge, password="x")
    right = answer_to(challenge)
    assert server.verify(wrong, "REGISTER", "Circle of Life", 101.0) is Verdict.REFUSED
    assert server.verify(right, "INVITE", "Circle of Life", 101.0) is Verdict.REFUSED
    elsewhere = answer_to(challenge.replace('"gw"', '"other"'))
    assert server.verify(elsewhere, "REGISTER", "Circle of Life", 101.0) is Verdict.FOREIGN
    sha = answer_to(challenge.replace("MD5", "SHA-256"))
    assert server.verify(sha, "REGISTER", "Circle of Life", 101.0) is Verdict.REFUSED
    assert len(server) == 0


def test_old_foreign_and_future_nonces_are_stale() -> None:
    server = verifier(lifetime_s=60)
    (challenge, _) = server.challenges(100.0)
    answer = answer_to(challenge)
    assert server.verify(answer, "REGISTER", "Circle of Life", 161.0) is Verdict.STALE
    assert server.verify(answer, "REGISTER", "Circle of Life", 99.0) is Verdict.STALE
    for nonce in ("bm9uc2Vuc2U=", "%%%", "\u4f60", "A" * 44):
        foreign = answer_to(f'Digest realm="gw", nonce="{nonce}", qop="auth"')
        assert server.verify(foreign, "REGISTER", "Circle of Life", 101.0) is Verdict.STALE
    assert server.challenges(1.0, stale=True)[0].endswith("stale=true")


@pytest.mark.parametrize("password", ["Circle of Life", "guess"])
def test_a_nonce_is_good_only_where_it_was_given(password: str) -> None:
    """Elsewhere the password isn't even looked at: nobody counts guesses that may be forged."""
    server = verifier()
    (challenge, _) = server.challenges(100.0, source="192.0.2.1")
    answer = answer_to(challenge)
    for source in ("192.0.2.2", ""):
        assert server.verify(answer, "REGISTER", password, 101.0, source=source) is Verdict.STALE
    verdict = server.verify(answer, "REGISTER", password, 101.0, source="192.0.2.1")
    assert verdict is (Verdict.REFUSED if password == "guess" else Verdict.ACCEPTED)


def test_a_replay_is_stale_and_a_higher_count_is_not() -> None:
    server = verifier()
    (challenge, _) = server.challenges(100.0)
    results = [
        server.verify(answer_to(challenge, nc=nc), "REGISTER", "Circle of Life", 101.0)
        for nc in (1, 1, 3, 2, 4)
    ]
    assert [r.value for r in results] == ["accepted", "stale", "accepted", "stale", "accepted"]


def test_a_nonce_without_qop_is_good_once() -> None:
    server = verifier()
    (challenge, _) = server.challenges(100.0)
    answer = answer_to(challenge.replace(', qop="auth"', ""))
    assert server.verify(answer, "REGISTER", "Circle of Life", 101.0) is Verdict.ACCEPTED
    assert server.verify(answer, "REGISTER", "Circle of Life", 101.0) is Verdict.STALE


def test_a_count_that_is_no_number_is_refused() -> None:
    server = verifier()
    (challenge, _) = server.challenges(100.0)
    (parsed,) = parse_challenges([challenge])
    answer = DigestAnswer("M", "gw", parsed.nonce, "sip:gw", "", "SHA-256", "auth", "c", "zz")
    response = digest_response(
        username="M", password="p", method="REGISTER", answer=answer, uri="sip:gw"
    )
    forged = DigestAnswer("M", "gw", parsed.nonce, "sip:gw", response, "SHA-256", "auth", "c", "zz")
    assert server.verify(forged, "REGISTER", "p", 101.0) is Verdict.REFUSED


def test_memory_is_bounded_and_forgetting_allows_no_replay() -> None:
    server = verifier(max_nonces=3)
    answers = []
    for second in range(5):
        (challenge, _) = server.challenges(100.0 + second)
        answers.append(answer_to(challenge))
        verdict = server.verify(answers[-1], "REGISTER", "Circle of Life", 106.0)
        assert verdict is Verdict.ACCEPTED
    assert len(server) == 3
    for answer in answers:
        assert server.verify(answer, "REGISTER", "Circle of Life", 106.0) is Verdict.STALE
    (challenge, _) = server.challenges(1000.0)
    server.verify(answer_to(challenge), "REGISTER", "Circle of Life", 1000.0)
    assert len(server) == 1


@pytest.mark.parametrize(
    "value",
    [
        "Basic abc",
        'Digest username="u", realm="r", nonce="n"',
        'Digest username="u", realm="r", nonce="n", response="x", qop=auth-int',
        'Digest username="u", realm="r", nonce="n", response="x", qop=auth',
        'Digest username="u", realm="r", nonce="n", response="x", algorithm=SHA-1',
    ],
)
def test_answers_that_cannot_be_verified(value: str) -> None:
    assert parse_authorization(value) is None


def test_a_verifier_needs_a_secret_and_algorithms() -> None:
    with pytest.raises(ValueError, match="secret"):
        DigestVerifier(realm="r", secret=b"short", rng=random.Random())
    with pytest.raises(ValueError, match="algorithms"):
        verifier(algorithms=("ROT13",))


def test_an_opaque_comes_back() -> None:
    value = authorization(
        DigestChallenge("r", "n", opaque="o"), MUFASA, method="BYE", uri="sip:x", cnonce="c"
    )
    assert 'opaque="o"' in value
    assert "cnonce" not in value
