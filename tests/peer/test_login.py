"""A person with a browser: log in, dial, log out, on a whole node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import httpx
import pytest

from tests.parts.lab import Lab, customer_does, customer_of, manager_does
from tests.parts.node import VOICEGW, NodeProcess, wait_for

pytestmark = pytest.mark.peer

PASSWORD = "three frogs in the well"


def add_user(node: NodeProcess, *arguments: str, password: str = PASSWORD) -> dict[str, str]:
    """Add a user by the command, the password piped in, and return what it prints."""
    done = subprocess.run(
        [VOICEGW, "users", "add", *arguments, "--json", "--config", node.config],
        input=password + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
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
