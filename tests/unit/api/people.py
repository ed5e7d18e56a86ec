"""People for the tests of logins: users in the store, and browsers that they use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from api.entry import COOKIE, CSRF_HEADER
from api.passwords import hash_password
from tests.unit.api.conftest import World
from voicegw.model.directory import Role
from voicegw.model.ids import IdKind, new_id
from voicegw.model.user import User

PASSWORD = "a horse on the roof"


async def make_user(world: World, login: str = "wang.li", **fields: Any) -> User:
    """Put a user into the store, an administrator unless `fields` say otherwise."""
    known: dict[str, Any] = {"role": Role.ADMIN, "password_hash": hash_password(PASSWORD), **fields}
    user = User(new_id(IdKind.USER), login, created_at=world.clock.now(), **known)
    await world.services.repositories.users.create(user)
    return user


@dataclass
class Browser:
    """Keeps the cookie of a session and sends the token that goes with it."""

    world: World
    csrf: str = ""
    cookie: str = ""
    last: httpx.Response | None = field(default=None, repr=False)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request as a page of ours would."""
        send = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            send["Cookie"] = f"{COOKIE}={self.cookie}"
        if method != "GET":
            send.setdefault(CSRF_HEADER, self.csrf)
        # The client's own jar would mix up several browsers.
        self.world.client.cookies.clear()
        answer = await self.world.client.request(method, path, json=body, headers=send)
        self.last = answer
        kept = answer.cookies.get(COOKIE)
        if kept is not None:
            self.cookie = kept
            self.csrf = answer.json()["csrf_token"]
        return answer

    async def log_in(
        self, login: str = "wang.li", password: str = PASSWORD, **more: Any
    ) -> httpx.Response:
        """Try to log in."""
        return await self.ask("POST", "/v1/session", {"login": login, "password": password, **more})


async def logged_in(world: World, login: str = "wang.li", **fields: Any) -> Browser:
    """Return the browser of a new user who has logged in."""
    await make_user(world, login, **fields)
    browser = Browser(world)
    answer = await browser.log_in(login)
    assert answer.status_code == 201, answer.text
    return browser
