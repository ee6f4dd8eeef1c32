"""What holds for every answer: origins, headers, sizes, documents, health."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from proctor_app import __version__, cookies
from proctor_app.api.body_limit import MAX_BODY_BYTES, MAX_SMALL_BYTES, MAX_TEXT_BYTES
from proctor_app.api.operations import OPERATIONS
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import Login
from proctor_app.domain.access import Role
from proctor_app.services.accounts import Accounts
from tests.api.conftest import MakeSite, Site
from tests.world import PASSWORD

ALLOWED = "https://lms.example.org"


# --- origins ---


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    return make_site(PROCTOR_ALLOWED_ORIGINS=ALLOWED)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://testserver", True),
        (ALLOWED, True),
        ("https://evil.example", False),
        ("http://testserver.evil.example", False),
        ("http://testserver:8080", False),
        ("null", False),
        ("http://[", False),
        ("\xff", False),
    ],
)
def test_given_an_origin_then_only_our_own_and_allowed_ones_may_change_something(
    open_site: Site, origin: str | None, allowed: bool
) -> None:
    ana = open_site.world.person()
    headers: Any = {"cookie": f"{cookies.NAME}={ana.token}".encode()}
    if origin is not None:
        headers["origin"] = origin.encode("latin-1")

    answers = {
        method: open_site.client.request(method, "/api/v1/auth/logout", headers=headers)
        for method in ("PUT", "PATCH", "DELETE", "POST")
    }

    codes = {answer.json().get("code") for answer in answers.values()}
    statuses = [answer.status_code for answer in answers.values()]
    assert statuses == ([404, 404, 404, 200] if allowed else [403] * 4)
    assert codes == ({"no_route", None} if allowed else {"foreign_origin"})
    assert (open_site.world.rows(Login)[0].revoked_at is not None) is allowed


def test_given_a_foreign_page_then_it_cannot_log_anybody_in(site: Site) -> None:
    ana = site.world.person()

    answer = site.client.post(
        "/login",
        data={"email": ana.email, "password": PASSWORD},
        headers={"origin": "https://evil.example"},
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_given_an_allowed_origin_then_the_browser_is_told_so_and_a_foreign_one_is_not(
    open_site: Site,
) -> None:
    allowed = open_site.client.get("/api/v1/health", headers={"origin": ALLOWED})
    foreign = open_site.client.get("/api/v1/health", headers={"origin": "https://evil.example"})

    assert allowed.headers["access-control-allow-origin"] == ALLOWED
    assert "access-control-allow-origin" not in foreign.headers
    for answer in (allowed, foreign):
        assert "access-control-allow-credentials" not in answer.headers


def test_given_no_allowed_origin_then_no_site_is_told_anything(site: Site) -> None:
    answer = site.client.get("/api/v1/health", headers={"origin": "https://evil.example"})

    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_given_another_websocket_of_the_application_then_foreign_origins_are_refused(
    site: Site,
) -> None:
    connection = site.client.websocket_connect(
        "/_event", headers={"origin": "https://evil.example"}
    )
    with pytest.raises(WebSocketDisconnect) as refused, connection:
        pass
    assert refused.value.code == 4403


# --- headers ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/health"),
        ("GET", "/api/docs"),
        ("GET", "/api/nothing"),
        ("POST", "/login"),
        ("OPTIONS", "/api/v1/auth/me"),
    ],
)
def test_given_any_answer_then_it_carries_the_security_headers(
    site: Site, method: str, path: str
) -> None:
    headers = site.client.request(method, path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]


# --- paths ---


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/v1/exam", "/api/v2/health", "/api/%00"]
)
def test_given_an_unknown_api_path_then_it_is_a_json_404(site: Site, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = site.client.request(method, path)
        assert (method, answer.status_code, answer.json()["code"]) == (method, 404, "no_route")


def test_given_a_very_long_path_then_it_is_not_repeated_in_full(site: Site) -> None:
    answer = site.client.get("/api/" + "x" * 5000)

    assert answer.status_code == 404
    assert len(answer.text) < 300


# --- sizes ---


@pytest.mark.parametrize("path", ["/api/v1/auth/signup", "/login", "/api/nothing"])
def test_given_a_body_beyond_every_routes_need_then_it_is_413_before_it_is_read(
    site: Site, path: str
) -> None:
    answer = site.client.post(
        path, headers={"content-length": str(MAX_BODY_BYTES + 1)}, content=b""
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_given_a_body_of_unannounced_length_then_it_is_413_once_it_has_grown_too_large(
    site: Site,
) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        for _ in range(MAX_BODY_BYTES // 65536 + 1):
            yield bytes(65536)

    answer = site.client.post(
        "/api/v1/auth/signup",
        content=endless(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "/api/v1/attempts/x/terminate", MAX_SMALL_BYTES),
        ("POST", "/api/v1/exams/x/exports", MAX_SMALL_BYTES),
        ("POST", "/api/v1/auth/login/password", MAX_SMALL_BYTES),
        ("POST", "/login", MAX_SMALL_BYTES),
        ("PUT", "/api/v1/attempts/x/answers/y", MAX_TEXT_BYTES),
        ("POST", "/api/v1/attempts/x/signals", MAX_TEXT_BYTES),
        ("POST", "/api/proctor/events", MAX_TEXT_BYTES),
        ("PATCH", "/api/v1/exams/x", MAX_BODY_BYTES),
        ("POST", "/api/v1/exams/x/pictures", MAX_BODY_BYTES),
        ("POST", "/api/v1/me/face", MAX_BODY_BYTES),
    ],
)
def test_given_an_address_then_it_takes_no_more_than_what_is_sent_there(
    site: Site, method: str, path: str, most: int
) -> None:
    def status(length: int) -> int:
        headers = {"content-length": str(length)}
        return site.client.request(method, path, headers=headers, content=b"").status_code

    assert status(most + 1) == 413
    assert status(most) != 413


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/api/v1/exams/x"),
        ("PUT", "/api/v1/exams/x/proctors"),
        ("POST", "/api/v1/exams"),
        ("POST", "/api/v1/exams/import"),
        ("POST", "/api/v1/exams/x/results"),
        ("POST", "/api/v1/exams/x/pictures"),
        ("POST", "/api/v1/me/face"),
    ],
)
def test_given_nobody_then_a_large_body_is_not_even_read(
    site: Site, method: str, path: str
) -> None:
    read = []

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        async def noted() -> Message:
            read.append(1)
            return await receive()

        await site.app(scope, noted, send)

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = TestClient(asked).request(method, path, content=b" " * 60_000, headers=kind)

    assert (answer.status_code, read) == (401, [])


# --- documents ---


def _foreign_addresses(text: str) -> set[str]:
    """Whatever would be fetched from another host; names of schemas and licences are no such."""
    return {
        found
        for found in re.findall(
            r"""(?:src|href|url)\s*[=:(]\s*["']?((?:https?:)?//[^"'\s>)]+)""", text
        )
        if not found.startswith(("http://testserver", "//testserver"))
    }


def test_given_the_documents_then_nothing_in_them_comes_from_another_host(site: Site) -> None:
    page = site.client.get("/api/docs")
    assert page.status_code == 200
    assert _foreign_addresses(page.text) == set()

    assets = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert len(assets) >= 2
    for asset in assets:
        assert asset.startswith("/api/docs-static/"), asset
        assert site.client.get(asset).status_code == 200


def test_given_the_openapi_document_then_it_names_every_route_and_no_other_host(
    site: Site,
) -> None:
    document = site.client.get("/api/openapi.json")

    found = document.json()
    hosts = set(re.findall(r"https?://([a-z][a-z.]*)", document.text))
    assert {host for host in hosts if not host.endswith("example.org")} == {"purl.imsglobal.org"}
    assert (found["info"]["title"], found["info"]["version"]) == ("Proctor", __version__)
    assert set(found["paths"]) == {key.partition(" ")[2] for key in OPERATIONS}


# --- health and failures ---


def test_given_models_are_loading_then_health_is_503_and_200_when_they_are_there(
    site: Site,
) -> None:
    site.world.engine.ready = False
    starting = site.client.get("/api/v1/health")
    site.world.engine.ready = True
    ready = site.client.get("/api/v1/health")

    assert (starting.status_code, ready.status_code) == (503, 200)
    assert starting.json()["status"] == starting.json()["vision"] == "starting"
    assert ready.json() == {
        "status": "ok",
        "version": __version__,
        "vision": "ok",
        "database": "ok",
        "models": "fake-faces 1",
    }


def test_given_the_database_does_not_answer_then_health_is_503_and_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "answers", lambda _database: False)

    answer = site.client.get("/api/v1/health")

    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["database"]) == ("degraded", "unreachable")


def test_given_the_database_does_not_answer_then_routes_say_503_with_a_code(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = site.world.person()

    def unavailable(_database: Database) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(Database, "read", unavailable)

    answer = site.client.get("/api/v1/auth/me", headers=ana.bearer)

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")


def test_given_a_failure_nobody_thought_of_then_it_is_a_500_that_tells_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = site.world.person(Role.STUDENT)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(Accounts, "account", broken)
    client = TestClient(site.client.app, raise_server_exceptions=False)

    answer = client.get("/api/v1/auth/me", headers=ana.bearer)

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
