"""A small OpenID provider that runs in the tests: discovery, keys, codes, PKCE, id tokens."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Form, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

CLIENT_ID = "voicegw here"
CLIENT_SECRET = "s3cret/+ü"


@dataclass
class SigningKey:
    """A key of the provider, by its id."""

    kid: str
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def described(self) -> dict[str, Any]:
        """The public half, as a JSON Web Key."""
        made: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(
            self.private.public_key(), as_dict=True
        )
        return {**made, "kid": self.kid, "use": "sig", "alg": "RS256"}


#: Making one takes a moment; most tests never need another.
_FIRST_KEY = SigningKey("k1")


class OpenIdProvider:
    """Logs everybody in as `person`. What the knobs say goes wrong from the next request on."""

    def __init__(self) -> None:
        """Nothing listens before `start`."""
        self._reset_to(_FIRST_KEY, time.time)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.issuer = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self._app(), log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def reset(self, now: Callable[[], float]) -> None:
        """Do everything right again; `now` is the provider's clock, seconds since 1970."""
        self._reset_to(_FIRST_KEY, now)

    def _reset_to(self, key: SigningKey, now: Callable[[], float]) -> None:
        self.person: dict[str, Any] = {"sub": "s-1", "preferred_username": "wang.li"}
        self.claims: dict[str, Any] = {}
        """Claims of id tokens in place of the right ones; None leaves one out."""
        self.keys = [key]
        self.signs_with: SigningKey | None = None
        """Another key than the first that is published."""
        self.metadata: dict[str, Any] = {}
        self.broken: dict[str, Response] = {}
        """Answers in place of the right ones, by path."""
        self.asked: list[str] = []
        self.auth_methods: list[str] = ["client_secret_basic"]
        self.denies = False
        self.codes: dict[str, dict[str, str]] = {}
        self._now = now

    def start(self) -> None:
        """Serve in a thread; connections wait until it does."""
        self._socket.listen()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the port."""
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def overridden(request: Request, call_next: Any) -> Any:
            self.asked.append(request.url.path)
            return self.broken.get(request.url.path) or await call_next(request)

        app.get("/.well-known/openid-configuration")(self._discovery)
        app.get("/jwks")(lambda: {"keys": [key.described for key in self.keys]})
        app.get("/authorize")(self._authorize)
        app.post("/token", response_model=None)(self._token)
        return app

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": self.auth_methods,
            **self.metadata,
        }

    def _authorize(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        answer = {"state": asked["state"], "iss": self.issuer, "session_state": "x"}
        if self.denies:
            answer["error"] = "access_denied"
        else:
            answer["code"] = f"code-{len(self.codes)}"
            self.codes[answer["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    def _token(
        self,
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        client_id: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
        authorization: Annotated[str, Header()] = "",
    ) -> JSONResponse:
        asked = self.codes.pop(code, None)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if "client_secret_basic" in self.auth_methods:
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            client_id, client_secret = map(unquote, pair.split(":"))
        right = asked is not None and (client_id, client_secret) == (CLIENT_ID, CLIENT_SECRET)
        if asked is None or not right or redirect_uri != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if challenge != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "a", "id_token": self.id_token(asked["nonce"])})

    def id_token(self, nonce: str, algorithm: str = "RS256") -> str:
        """Return an id token of `person`, made now."""
        now = int(self._now())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.signs_with or self.keys[0]
        return jwt.encode(kept, key.private, algorithm, headers={"kid": key.kid})


def query_of(address: str) -> dict[str, str]:
    """Return the query parameters of an address, each once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
