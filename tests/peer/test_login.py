"""A person with a browser: log in, dial, log out, on a whole node."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import httpx
import pytest

from tests.parts import preloaded
from tests.parts.lab import Lab, customer_does, customer_of, manager_does
from tests.parts.node import NodeProcess, wait_for
from tests.parts.openid import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

pytestmark = pytest.mark.peer

PASSWORD = "three frogs in the well"


def add_user(node: NodeProcess, *arguments: str, password: str = PASSWORD) -> dict[str, str]:
    """Add a user by the command, the password piped in, and return what it prints."""
    command = ["users", "add", *arguments, "--json", "--config", str(node.config)]
    done = preloaded.run(command, env=os.environ, says=password + "\n")
    assert done.returncode == 0, done.stderr
    made: dict[str, str] = json.loads(done.stdout)
    return made


def test_a_manager_logs_in_dials_and_logs_out(lab: Lab) -> None:
    """Over a real connection, with the browser's own cookie jar; the log tells who dialled."""
    made = add_user(lab.node, "m1.zhang", "--role", "manager", "--manager", "m1")
    carrier = lab.carrier(manager_does("answers"), customer_does("answers_then_hangs_up"), calls=2)
    with httpx.Client(base_url=lab.node.api) as browser:
        refused = browser.post("/v1/session", json={"login": "m1.zhang", "password": "x" * 12})
        assert (refused.status_code, refused.json()["code"]) == (401, "login-failed")
        who = browser.post("/v1/session", json={"login": "M1.Zhang", "password": PASSWORD})
        assert who.status_code == 201, who.text
        assert "HttpOnly; Max-Age=43200; Path=/; SameSite=strict" in who.headers["set-cookie"]
        body = {"manager_external_id": "m1", "customer_external_id": f"c{customer_of(1)}"}
        forged = browser.post("/v1/calls", json=body)
        assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
        browser.headers["X-CSRF-Token"] = who.json()["csrf_token"]
        dialled = browser.post("/v1/calls", json=body)
        assert dialled.status_code == 202, dialled.text
        carrier.finished()
        ended = lab.assert_ended(dialled.json()["id"], "connected", "completed")
        seen = browser.get(dialled.headers["Location"]).json()
        assert (seen["id"], seen["manager_id"]) == (ended["id"], made["manager_id"])
        assert browser.get("/v1/users").status_code == 404
        kept = browser.cookies["voicegw_session"]
        assert browser.delete("/v1/session").status_code == 204
        assert "voicegw_session" not in browser.cookies
        browser.cookies.set("voicegw_session", kept)
        assert browser.get("/v1/calls").status_code == 401
    log = lab.node.get(f"/v1/audit?principal={made['id']}")["items"]
    actions = {entry["action"] for entry in log}
    assert {"session.begun", "session.refused", "session.ended"} <= actions
    assert lab.node.get(f"/v1/audit?subject={made['id']}&action=user.changed")["items"]
    text = lab.node.log.read_text()
    assert PASSWORD not in text
    assert kept not in text


def test_sessions_outlive_a_restart_and_locks_do(new_lab: Callable[..., Lab]) -> None:
    """Both are in the store: a crash neither logs anybody out nor forgives anybody."""
    lab = new_lab()
    made = add_user(lab.node, "office", "--role", "admin")
    login = {"login": "office", "password": PASSWORD}
    with httpx.Client(base_url=lab.node.api) as browser:
        assert browser.post("/v1/session", json=login).status_code == 201
        for _ in range(5):
            wrong = browser.post("/v1/session", json={**login, "password": "x" * 12})
            assert wrong.json()["code"] == "login-failed"
        lab.node.kill()
        lab.node.start()
        assert browser.get("/v1/session").json()["principal"] == made["id"]
        locked = browser.post("/v1/session", json=login)
        assert (locked.status_code, locked.json()["code"]) == (429, "login-locked")
        status, _ = lab.node.request("POST", f"/v1/users/{made['id']}/unlock")
        assert status == 204
        assert browser.post("/v1/session", json=login).status_code == 201
        lab.node.cli("users", "disable", "office")

        def is_out() -> bool:
            return browser.get("/v1/session").status_code == 401

        wait_for("logged out by the command", is_out)


def test_a_provider_lets_somebody_in_to_a_whole_node(new_lab: Callable[..., Lab]) -> None:
    """The configuration as users write it, a provider that listens, a browser sent about."""
    provider = OpenIdProvider()
    provider.start()
    try:
        lab = new_lab(
            api='public_url = "https://gw.example.net"',
            more=f"""
            [oidc]
            issuer = "{provider.issuer}"
            client_id = "{CLIENT_ID}"
            client_secret = "{CLIENT_SECRET}"
            """,
        )
        add_user(lab.node, "wang.li", "--role", "qa_reviewer", "--no-password")
        with httpx.Client(base_url=lab.node.api) as gateway, httpx.Client() as outside:
            begun = gateway.get("/v1/session/oidc")
            assert begun.status_code == 302, begun.text
            assert "; Secure" in begun.headers["set-cookie"]
            handshake = begun.headers["set-cookie"].partition(";")[0]
            back = outside.get(begun.headers["Location"]).headers["Location"]
            assert back.startswith("https://gw.example.net/v1/session/oidc/callback?")
            path = back.removeprefix("https://gw.example.net")
            finished = gateway.get(path, headers={"Cookie": handshake})
            assert finished.status_code == 200, finished.text
            session = next(
                one.partition(";")[0]
                for one in finished.headers.get_list("set-cookie")
                if one.startswith("voicegw_session=")
            )
            who = gateway.get("/v1/session", headers={"Cookie": session}).json()
            assert (who["login"], who["method"]) == ("wang.li", "oidc")
        text = lab.node.log.read_text()
        assert CLIENT_SECRET not in text
        assert session.partition("=")[2] not in text
    finally:
        provider.stop()
