"""Digest authentication arithmetic, both ways (RFC 2617, RFC 7616, RFC 8760). Pure.

The client side (:func:`parse_challenges`, :func:`choose_challenges`, :func:`authorization`)
answers 401 and 407. The server side (:class:`DigestVerifier`) issues challenges whose nonces carry
their own proof, so that an unauthenticated request costs no memory, and verifies the answers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

MD5: Final = "MD5"
SHA_256: Final = "SHA-256"

_HASHES: Final[dict[str, Callable[[bytes], str]]] = {
    MD5: lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    SHA_256: lambda data: hashlib.sha256(data).hexdigest(),
}
#: Strongest first (RFC 8760 §2.4).
_PREFERENCE: Final = (SHA_256, MD5)
#: Names a hash whose secret is bound to the first nonces of a session (RFC 7616 §3.4.2).
_SESSION_SUFFIX: Final = "-sess"
_TOKEN_END: Final = frozenset(' \t,="')
_QUOTED: Final = frozenset({"username", "realm", "nonce", "uri", "response", "cnonce", "opaque"})
_MAX_HEADER_CHARS: Final = 4096


class RandomSource(Protocol):
    """The part of :class:`random.Random` that signalling needs."""

    def getrandbits(self, k: int, /) -> int:
        """Return a non-negative integer of `k` random bits."""
        ...

    def random(self) -> float:
        """Return a float in [0, 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a trunk or a registrar knows us by."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DigestChallenge:
    """One usable challenge. `qop` is `auth` or None (RFC 2069 style); `stale` asks to try again.

    `algorithm` is the hash; `session` says that its `-sess` form was asked for.
    """

    realm: str
    nonce: str
    algorithm: str = MD5
    qop: str | None = None
    opaque: str | None = None
    stale: bool = False
    session: bool = False


@dataclass(frozen=True, slots=True)
class DigestAnswer:
    """The parameters of an Authorization header, as the client gave them."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = MD5
    qop: str | None = None
    cnonce: str = ""
    nc: str = ""


def split_parameters(value: str) -> list[tuple[str, dict[str, str]]]:
    """Split an authentication header's value into `(scheme, parameters)` pairs.

    Commas inside quoted strings are respected, several challenges in one value are told apart
    (RFC 7235 §4.1), parameter names are lower-cased. What does not parse ends the list: the
    challenges before it stand. Linear in the length of `value`, which is bounded.
    """
    found: list[tuple[str, dict[str, str]]] = []
    position, length = 0, min(len(value), _MAX_HEADER_CHARS)
    while position < length:
        position = _skip(value, position, length, " \t,")
        end = _token_end(value, position, length)
        if end == position:
            break
        token, position = value[position:end], _skip(value, end, length, " \t")
        if position >= length or value[position] != "=":
            found.append((token.lower(), {}))
            continue
        if not found:
            break
        position = _skip(value, position + 1, length, " \t")
        text, position = _read_value(value, position, length)
        if text is None:
            break
        found[-1][1].setdefault(token.lower(), text)
    return found


def _skip(value: str, position: int, length: int, characters: str) -> int:
    while position < length and value[position] in characters:
        position += 1
    return position


def _token_end(value: str, position: int, length: int) -> int:
    while position < length and value[position] not in _TOKEN_END:
        position += 1
    return position


def _read_value(value: str, position: int, length: int) -> tuple[str | None, int]:
    """Read a token or a quoted string; None when the quote is never closed."""
    if position >= length or value[position] != '"':
        end = position
        while end < length and value[end] not in " \t,":
            end += 1
        return value[position:end], end
    characters: list[str] = []
    position += 1
    while position < length:
        character = value[position]
        if character == '"':
            return "".join(characters), position + 1
        if character == "\\" and position + 1 < length:
            position += 1
            character = value[position]
        characters.append(character)
        position += 1
    return None, position


def parse_challenges(values: Iterable[str]) -> list[DigestChallenge]:
    """Return the challenges of WWW-Authenticate or Proxy-Authenticate `values` we can answer.

    Left out are other schemes, algorithms we don't carry, `-sess` without qop (it needs a cnonce),
    and qop lists without `auth` (`auth-int` alone would sign bodies).
    """
    challenges = []
    for value in values:
        for scheme, parameters in split_parameters(value):
            challenge = _challenge(parameters) if scheme == "digest" else None
            if challenge is not None:
                challenges.append(challenge)
    return challenges


def _challenge(parameters: dict[str, str]) -> DigestChallenge | None:
    realm, nonce = parameters.get("realm"), parameters.get("nonce")
    algorithm = parameters.get("algorithm", MD5).upper()
    session = algorithm.endswith(_SESSION_SUFFIX.upper())
    algorithm = algorithm.removesuffix(_SESSION_SUFFIX.upper())
    if realm is None or not nonce or algorithm not in _HASHES:
        return None
    qop = None
    if parameters.get("qop", "").strip():
        offered = {item.strip().lower() for item in parameters["qop"].split(",")}
        if "auth" not in offered:
            return None
        qop = "auth"
    if session and qop is None:
        return None
    return DigestChallenge(
        realm=realm,
        nonce=nonce,
        algorithm=algorithm,
        qop=qop,
        opaque=parameters.get("opaque"),
        stale=parameters.get("stale", "").lower() == "true",
        session=session,
    )


def choose_challenges(challenges: Sequence[DigestChallenge]) -> list[DigestChallenge]:
    """Return the strongest challenge of each realm, in the order of the realms (RFC 8760 §2.4)."""
    best: dict[str, DigestChallenge] = {}
    for challenge in challenges:
        present = best.get(challenge.realm)
        if present is None or _rank(challenge) < _rank(present):
            best[challenge.realm] = challenge
    return list(best.values())


def _rank(challenge: DigestChallenge) -> tuple[int, bool]:
    return _PREFERENCE.index(challenge.algorithm), challenge.qop is None


def digest_response(
    *,
    username: str,
    password: str,
    method: str,
    answer: DigestAnswer | DigestChallenge,
    uri: str,
    session: bool = False,
) -> str:
    """Return the request digest (RFC 7616 §3.4.1) for what `answer` says of realm and nonce.

    For a :class:`DigestAnswer` its own nc, cnonce and qop are used. With `session` the secret is
    bound to its nonce and cnonce (`-sess`).
    """
    hashed = _HASHES[answer.algorithm]

    def digest(text: str) -> str:
        return hashed(text.encode("utf-8", "surrogatepass"))

    secret = digest(f"{username}:{answer.realm}:{password}")
    if session and isinstance(answer, DigestAnswer):
        secret = digest(f"{secret}:{answer.nonce}:{answer.cnonce}")
    request = digest(f"{method}:{uri}")
    if isinstance(answer, DigestAnswer) and answer.qop is not None:
        middle = f"{answer.nonce}:{answer.nc}:{answer.cnonce}:{answer.qop}"
    else:
        middle = answer.nonce
    return digest(f"{secret}:{middle}:{request}")


def authorization(
    challenge: DigestChallenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    cnonce: str,
    nonce_count: int = 1,
) -> str:
    """Return the value of the Authorization or Proxy-Authorization header answering `challenge`.

    `uri` is the Request-URI as it is on the wire. `cnonce` is hexadecimal and used with qop only;
    it stays the same as long as the nonce does, because the secret of `-sess` is bound to both.
    """
    answer = DigestAnswer(
        username=credentials.username,
        realm=challenge.realm,
        nonce=challenge.nonce,
        uri=uri,
        response="",
        algorithm=challenge.algorithm,
        qop=challenge.qop,
        cnonce=cnonce,
        nc=f"{nonce_count:08x}",
    )
    response = digest_response(
        username=credentials.username,
        password=credentials.password,
        method=method,
        answer=answer,
        uri=uri,
        session=challenge.session,
    )
    parameters = {
        "username": credentials.username,
        "realm": challenge.realm,
        "nonce": challenge.nonce,
        "uri": uri,
        "response": response,
        "algorithm": challenge.algorithm + (_SESSION_SUFFIX if challenge.session else ""),
    }
    if challenge.opaque is not None:
        parameters["opaque"] = challenge.opaque
    if challenge.qop is not None:
        parameters |= {"qop": challenge.qop, "cnonce": cnonce, "nc": answer.nc}
    return "Digest " + ", ".join(
        f"{name}={_quote(text)}" if name in _QUOTED else f"{name}={text}"
        for name, text in parameters.items()
    )


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_authorization(value: str) -> DigestAnswer | None:
    """Parse an Authorization header; None when it is no digest answer we could verify."""
    for scheme, parameters in split_parameters(value):
        if scheme != "digest":
            continue
        algorithm = parameters.get("algorithm", MD5).upper()
        qop = parameters.get("qop", "").lower() or None
        required = [parameters.get(name) for name in ("username", "realm", "nonce", "response")]
        if algorithm not in _HASHES or qop not in {None, "auth"} or None in required:
            return None
        if qop is not None and not (parameters.get("cnonce") and parameters.get("nc")):
            return None
        return DigestAnswer(
            username=parameters["username"],
            realm=parameters["realm"],
            nonce=parameters["nonce"],
            uri=parameters.get("uri", ""),
            response=parameters["response"].lower(),
            algorithm=algorithm,
            qop=qop,
            cnonce=parameters.get("cnonce", ""),
            nc=parameters.get("nc", ""),
        )
    return None


class Verdict(Enum):
    """What :meth:`DigestVerifier.verify` found."""

    ACCEPTED = "accepted"
    STALE = "stale"
    """The nonce is too old, used up, or was given to nobody there: challenge with stale=true."""
    REFUSED = "refused"
    FOREIGN = "foreign"
    """Not an answer to a challenge of ours: it proves nothing, and is no attempt either."""


class DigestVerifier:
    """The server's half. Nonces are `issue time | random | HMAC`, so only used ones are remembered.

    A nonce is good only for the `source` (an address) it was given to. So an answer to it comes
    from where the challenge arrived: a wrong one is an attempt of that source's own, not of
    somebody who writes its address.

    `lifetime_s` bounds the age of a nonce. Used nonces are kept with their highest count, at most
    `max_nonces`; when one must be forgotten, every nonce as old as it is stale from then on, so
    that forgetting never allows a replay. A nonce answered without qop is good once.
    """

    def __init__(
        self,
        *,
        realm: str,
        secret: bytes,
        rng: RandomSource,
        algorithms: Sequence[str] = _PREFERENCE,
        lifetime_s: float = 300.0,
        max_nonces: int = 20_000,
    ) -> None:
        """`secret` keys the nonces (at least 16 random bytes, new at each start)."""
        if len(secret) < 16 or not algorithms or any(a not in _HASHES for a in algorithms):
            raise ValueError("a digest verifier needs 16 bytes of secret and known algorithms")
        self.realm = realm
        self._secret = secret
        self._rng = rng
        self._algorithms = tuple(algorithms)
        self._lifetime_s = lifetime_s
        self._max_nonces = max_nonces
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._forgotten_until = float("-inf")

    def __len__(self) -> int:
        """Return how many used nonces are remembered."""
        return len(self._used)

    def challenges(self, now: float, *, stale: bool = False, source: str = "") -> list[str]:
        """Return WWW-Authenticate values, one per algorithm, strongest first, with one nonce.

        One nonce for all: a client that reads one challenge and answers with another algorithm
        is still verified by the algorithm it names.
        """
        nonce = self._new_nonce(now, source)
        tail = ", stale=true" if stale else ""
        return [
            f'Digest realm={_quote(self.realm)}, nonce="{nonce}", '
            f'algorithm={algorithm}, qop="auth"{tail}'
            for algorithm in self._algorithms
        ]

    def verify(
        self, answer: DigestAnswer, method: str, password: str, now: float, *, source: str = ""
    ) -> Verdict:
        """Check `answer` to one of our challenges for `method`.

        The digest is checked over the URI the client names: phones are known to sign another one
        than their Request-URI. It is not checked at all where the nonce is none that `source` was
        given: the verdict must not tell whether a guess was right that nobody counts.
        """
        if answer.realm != self.realm:
            return Verdict.FOREIGN
        if answer.algorithm not in self._algorithms:
            return Verdict.REFUSED
        issued = self._issued(answer.nonce, source)
        if issued is None:
            return Verdict.STALE
        expected = digest_response(
            username=answer.username,
            password=password,
            method=method,
            answer=answer,
            uri=answer.uri,
        )
        given = answer.response.encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(expected.encode(), given):
            return Verdict.REFUSED
        if not 0 <= now - issued <= self._lifetime_s:
            return Verdict.STALE
        return self._use(answer, issued, now)

    def _use(self, answer: DigestAnswer, issued: float, now: float) -> Verdict:
        count = 0
        if answer.qop is not None:
            try:
                count = int(answer.nc, 16)
            except ValueError:
                return Verdict.REFUSED
        known = self._used.get(answer.nonce)
        if known is None:
            if issued <= self._forgotten_until:
                return Verdict.STALE
        elif answer.qop is None or count <= known[1]:
            return Verdict.STALE
        self._used[answer.nonce] = (issued, count)
        self._forget(now)
        return Verdict.ACCEPTED

    def _forget(self, now: float) -> None:
        while self._used:
            nonce, (issued, _) = next(iter(self._used.items()))
            if len(self._used) <= self._max_nonces and now - issued <= self._lifetime_s:
                return
            del self._used[nonce]
            self._forgotten_until = max(self._forgotten_until, issued)

    def _new_nonce(self, now: float, source: str) -> str:
        body = struct.pack("!dQ", now, self._rng.getrandbits(64))
        return base64.urlsafe_b64encode(body + self._sign(body, source)).decode()

    def _issued(self, nonce: str, source: str) -> float | None:
        """Return when we issued `nonce` to `source`, None when we never did."""
        try:
            raw = base64.urlsafe_b64decode(nonce.encode())
        except (binascii.Error, ValueError):
            return None
        if len(raw) != 32 or not hmac.compare_digest(raw[16:], self._sign(raw[:16], source)):
            return None
        issued: float = struct.unpack("!dQ", raw[:16])[0]
        return issued

    def _sign(self, body: bytes, source: str) -> bytes:
        return hmac.new(self._secret, body + source.encode(), hashlib.sha256).digest()[:16]
