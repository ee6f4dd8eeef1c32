"""One address, a page for browsers and a document for programs; the form that logs browsers in."""

from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from proctor_app import cookies
from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.world import PASSWORD, Person

PATHS = ["/admin/dashboard", "/admin/exams", "/admin/users"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def site(site: Site) -> Site:
    """With something in the place of the pages."""
    site.app.mount("", PlainTextResponse("the page"))
    return site


@pytest.fixture
def admin(site: Site) -> Person:
    return site.world.person(Role.ADMIN)


def _is_page(site: Site, path: str, accept: str | None, **headers: str) -> bool:
    """Ask with exactly this header; a document is told from the page by its type."""
    sent: dict[str, Any] = dict(headers)
    request = site.client.build_request("GET", path, headers=sent)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = site.client.send(request)
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"] == "application/json":
        assert answer.headers["vary"] == "accept"
        return False
    assert answer.text == "the page"
    return True


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html;q=0.1", False),
        ("text/html, application/json;q=0.9", True),
        (None, False),
    ],
)
def test_given_an_accept_header_then_an_admin_gets_the_page_or_the_document(
    site: Site, admin: Person, path: str, accept: str | None, page: bool
) -> None:
    assert _is_page(site, path, accept, **admin.bearer) is page


@pytest.mark.parametrize("accept", [BROWSER, "*/*", None])
def test_given_the_candidates_dashboard_then_it_is_a_page_for_everybody(
    site: Site, accept: str | None
) -> None:
    assert _is_page(site, "/dashboard", accept)


def test_given_accept_on_two_lines_then_both_count(site: Site, admin: Person) -> None:
    lines = [("authorization", admin.bearer["Authorization"])]
    both = [*lines, ("accept", "application/json;q=0.1"), ("accept", "text/html")]

    assert site.client.get("/admin/users", headers=both).text == "the page"


@pytest.mark.parametrize("path", PATHS)
def test_given_nobody_is_logged_in_then_a_program_is_told_and_a_browser_gets_the_page(
    site: Site, path: str
) -> None:
    program = site.client.get(path)
    browser = site.client.get(path, headers={"accept": BROWSER})

    assert (program.status_code, program.json()["code"]) == (401, "not_authenticated")
    assert program.headers["www-authenticate"] == "Bearer"
    assert program.headers["vary"] == "accept"
    assert (browser.status_code, browser.text) == (200, "the page")


@pytest.mark.parametrize("path", PATHS)
def test_given_head_then_it_is_what_get_would_be_without_the_body(
    site: Site, admin: Person, path: str
) -> None:
    got = site.client.get(path, headers=admin.bearer)
    asked = site.client.head(path, headers=admin.bearer)
    nobody = site.client.head(path)
    browser = site.client.head(path, headers={"accept": BROWSER})

    assert (asked.status_code, asked.content) == (200, b"")
    assert dict(asked.headers) == dict(got.headers)
    assert (nobody.status_code, nobody.content) == (401, b"")
    assert "json" not in browser.headers["content-type"]


def test_given_another_method_then_the_accept_header_decides_nothing(
    site: Site, admin: Person
) -> None:
    form = {"title": "Algebra", "duration": "30"}
    headers = {**admin.bearer, "accept": BROWSER}

    made = site.client.post("/admin/exams", data=form, headers=headers)

    assert (made.status_code, made.json()["title"]) == (201, "Algebra")


# --- POST /login ---


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"json": {"email": "a@b.c", "password": PASSWORD}}, 422, "", id="JSON"),
        pytest.param({"json": [1]}, 422, "", id="a list"),
        pytest.param({"content": b"\xff\x00"}, 422, "", id="bytes"),
        pytest.param({"data": {}}, 422, "", id="nothing"),
        pytest.param({"data": {"password": PASSWORD}}, 422, "email_missing", id="nobody"),
        pytest.param({"data": {"email": "nobody@example.test"}}, 422, "", id="no password"),
        pytest.param(
            {"files": {"email": ("a", b"x"), "password": ("b", b"y")}}, 422, "", id="files"
        ),
        pytest.param(
            {"data": {"email": "nobody@example.test", "password": PASSWORD}},
            401,
            "credentials_wrong",
            id="unknown",
        ),
    ],
)
def test_given_what_logs_nobody_in_then_it_is_refused_in_our_words_without_a_cookie(
    site: Site, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = site.client.post("/login", **sent)

    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == (code or "invalid_request")
    assert "set-cookie" not in answer.headers


def test_given_a_name_of_two_accounts_then_neither_is_logged_in(site: Site) -> None:
    people = [site.world.person(name="Ana Both") for _ in range(2)]

    refused = site.client.post("/login", data={"name": "Ana Both", "password": PASSWORD})
    by_email = site.client.post("/login", data={"email": people[0].email, "password": PASSWORD})

    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_wrong")
    assert "set-cookie" not in refused.headers
    assert by_email.status_code == 303


def test_given_an_address_to_go_on_to_then_the_log_in_leads_nowhere_but_home(site: Site) -> None:
    ana = site.world.person()
    form = {"email": ana.email, "password": PASSWORD, "next": "https://evil.example"}

    answer = site.client.post("/login?next=//evil.example", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")


def test_given_a_log_in_then_the_cookie_tells_neither_name_nor_address(site: Site) -> None:
    ana = site.world.person(name="Ana Alone")

    answer = site.client.post("/login", data={"name": "Ana Alone", "password": PASSWORD})

    value = answer.cookies[cookies.NAME]
    assert "Ana" not in answer.headers["set-cookie"]
    assert ana.email.split("@")[0] not in answer.headers["set-cookie"]
    forged = f"{cookies.NAME}={value[:-6]}aaaaaa"
    site.client.cookies.clear()
    assert site.client.get("/api/v1/auth/me", headers={"cookie": forged}).status_code == 401
    for plain in ("Ana Alone", ana.id, ana.email):
        headers = {"cookie": f"{cookies.NAME}={plain}"}
        assert site.client.get("/api/v1/auth/me", headers=headers).status_code == 401
