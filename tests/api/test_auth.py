"""Accounts over REST: the shapes of the contract, and what is refused how."""

from collections.abc import Callable
from typing import Any

import pytest

from proctor_app import cookies
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import Role
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from tests.api.conftest import MakeSite, Site
from tests.fakes import jpeg
from tests.world import PASSWORD, Person

EMAIL = "ana@example.test"
PHOTO = ("me.jpg", jpeg(), "image/jpeg")


def _sign_up(site: Site, photo: Any = PHOTO, **fields: str) -> Any:
    form = {"email": EMAIL, "password": PASSWORD, **fields}
    return site.client.post("/api/v1/auth/signup", data=form, files={"image": photo})


# --- sign-up ---


def test_given_a_form_with_a_photo_when_signing_up_then_the_answer_is_the_contracts(
    site: Site,
) -> None:
    answer = _sign_up(site, email="Ana@Example.test", name="Ana")

    (row,) = site.world.rows(User)
    assert answer.status_code == 201
    assert answer.json() == {"id": row.id, "email": EMAIL, "message": "The account was made."}
    assert row.name == "Ana"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("role", ["admin", "proctor"])
def test_given_a_role_in_the_form_when_signing_up_then_it_is_ignored(site: Site, role: str) -> None:
    assert _sign_up(site, role=role, is_admin="true").status_code == 201

    assert site.world.rows(User)[0].role == "student"


def test_given_the_email_is_known_when_signing_up_then_it_is_409(site: Site) -> None:
    _sign_up(site)

    answer = _sign_up(site, email=EMAIL.upper())

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (PhotoRejected("no_face", "No face was found."), 422, "no_face"),
        (PhotoRejected("several_faces", "2 faces were found."), 422, "several_faces"),
        (FrameRejected("frame_not_an_image", "no picture"), 415, "frame_not_an_image"),
        (FrameRejected("frame_undecodable", "damaged"), 422, "frame_undecodable"),
        (FrameRejected("frame_dimensions", "too wide"), 413, "frame_dimensions"),
        (VisionFailed("a model failed"), 503, "vision_failed"),
    ],
)
def test_given_a_photo_that_does_not_serve_when_signing_up_then_it_is_said_why(
    site: Site, failure: Exception, status: int, code: str
) -> None:
    site.world.engine.photo = failure

    answer = _sign_up(site)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    assert site.world.rows(User) == []


def test_given_a_huge_photo_when_signing_up_then_it_is_413(site: Site) -> None:
    answer = _sign_up(site, photo=("me.jpg", bytes(8 * 1024 * 1024 + 1), "image/jpeg"))

    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")
    assert site.world.engine.looked_at == []


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"password": "7 chars"}, 422, "password_too_short"),
        ({"password": "x" * 73}, 422, "password_too_long"),
        ({"password": "x" * 2000}, 422, "invalid_request"),
        ({"email": "nobody"}, 422, "email_invalid"),
        ({"email": "a\x00b@example.test"}, 422, "email_invalid"),
        ({"email": "x" * 300}, 422, "invalid_request"),
        ({"name": "A\x00"}, 422, "name_invalid"),
        ({"name": "x" * 121}, 422, "invalid_request"),
    ],
)
def test_given_a_wrong_form_when_signing_up_then_it_is_said_why_without_repeating_it(
    site: Site, fields: dict[str, str], status: int, code: str
) -> None:
    answer = _sign_up(site, **fields)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"detail", "code"}
    if "password" in fields:
        assert fields["password"] not in answer.text
    assert site.world.rows(User) == []


@pytest.mark.parametrize(
    "request_arguments",
    [
        {"json": {"email": EMAIL, "password": PASSWORD}},
        {"data": {"email": EMAIL, "password": PASSWORD}},
        {"content": b"\xff\xfe", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}},
        {"files": {"image": PHOTO}},
        {"data": {"email": EMAIL, "password": PASSWORD, "image": "not a file"}},
    ],
)
def test_given_no_such_form_when_signing_up_then_it_is_a_coded_refusal(
    site: Site, request_arguments: dict[str, Any]
) -> None:
    answer = site.client.post("/api/v1/auth/signup", **request_arguments)

    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"detail", "code"}


# --- log-in ---


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana Silva")


@pytest.mark.parametrize("field", ["email", "username"])
def test_given_the_password_when_logging_in_then_the_answer_is_the_contracts_without_a_cookie(
    site: Site, ana: Person, field: str
) -> None:
    answer = site.client.post(
        "/api/v1/auth/login/password", data={field: ana.email, "password": PASSWORD}
    )

    assert answer.status_code == 200
    token = answer.json().pop("access_token")
    assert answer.json() == {
        "access_token": token,
        "token_type": "bearer",
        "id": ana.id,
        "role": "student",
        "expires_in": 12 * 60 * 60,
    }
    assert "set-cookie" not in answer.headers
    me = site.client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json() == {"id": ana.id, "email": ana.email, "name": "Ana Silva", "role": "student"}


@pytest.mark.parametrize("path", ["/api/v1/auth/login/password", "/login"])
@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"email": "known", "password": "a wrong phrase"}, 401, "credentials_wrong"),
        ({"email": "nobody@example.test", "password": PASSWORD}, 401, "credentials_wrong"),
        ({"email": "a\x00@example.test", "password": PASSWORD}, 401, "credentials_wrong"),
        ({"password": PASSWORD}, 422, "email_missing"),
        ({"email": "known"}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
def test_given_wrong_credentials_when_logging_in_then_it_is_refused_and_no_cookie_set(
    site: Site, ana: Person, path: str, form: dict[str, str], status: int, code: str
) -> None:
    data = form | ({"email": ana.email} if form.get("email") == "known" else {})

    answer = site.client.post(path, data=data)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "set-cookie" not in answer.headers
    assert (answer.headers.get("www-authenticate") == "Bearer") is (status == 401)


def test_given_many_failures_when_logging_in_then_it_is_429_with_the_seconds_to_wait(
    site: Site, ana: Person
) -> None:
    wrong = {"email": ana.email, "password": "a wrong phrase"}
    codes = [site.client.post("/login", data=wrong).status_code for _ in range(10)]

    answer = site.client.post("/api/v1/auth/login/password", data=wrong | {"password": PASSWORD})

    assert codes == [401] * 10
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.STUDENT, "/dashboard"),
        (Role.PROCTOR, "/dashboard"),
        (Role.ADMIN, "/admin/dashboard"),
    ],
)
@pytest.mark.parametrize("field", ["email", "name"])
def test_given_the_pages_log_in_then_it_leads_to_the_roles_page_with_a_guarded_cookie(
    site: Site, role: Role, page: str, field: str
) -> None:
    who = site.world.person(role, "Only One")
    identifier = who.email if field == "email" else "Only One"

    answer = site.client.post("/login", data={field: identifier, "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (303, page)
    cookie = answer.headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{cookies.NAME}=")
    assert {"httponly", "samesite=lax", "path=/", f"max-age={12 * 60 * 60}"} <= attributes
    assert "secure" not in attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)
    assert site.client.get("/api/v1/auth/me").json()["id"] == who.id


def test_given_https_in_the_settings_then_the_cookie_is_secure(make_site: MakeSite) -> None:
    site = make_site(PROCTOR_SECURE_COOKIES="true")
    ana = site.world.person()

    answer = site.client.post("/login", data={"email": ana.email, "password": PASSWORD})

    assert "; secure" in answer.headers["set-cookie"].lower()


def test_given_a_session_when_logging_in_then_it_is_a_new_one(site: Site, ana: Person) -> None:
    form = {"email": ana.email, "password": PASSWORD}

    tokens = {site.client.post("/login", data=form).cookies[cookies.NAME] for _ in range(2)}

    assert len(tokens) == 2
    assert site.world.count(Login) == 3


# --- log-out ---


def _by_bearer(site: Site, token: str) -> Any:
    return site.client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})


def _by_cookie(site: Site, token: str) -> Any:
    return site.client.get("/api/v1/auth/me", headers={"Cookie": f"{cookies.NAME}={token}"})


@pytest.mark.parametrize("ask", [_by_bearer, _by_cookie])
def test_given_a_log_out_then_the_token_is_refused_at_once_and_others_go_on(
    site: Site, ana: Person, ask: Callable[[Site, str], Any]
) -> None:
    form = {"email": ana.email, "password": PASSWORD}
    other = site.client.post("/api/v1/auth/login/password", data=form).json()["access_token"]

    answer = site.client.post("/api/v1/auth/logout", headers=ana.bearer)

    assert (answer.status_code, answer.json()) == (200, {"message": "You are logged out."})
    assert f'{cookies.NAME}=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert ask(site, ana.token).status_code == 401
    assert ask(site, other).status_code == 200


def test_given_a_log_out_everywhere_then_every_token_of_the_account_is_refused(
    site: Site, ana: Person
) -> None:
    ben = site.world.person()
    form = {"email": ana.email, "password": PASSWORD}
    other = site.client.post("/api/v1/auth/login/password", data=form).json()["access_token"]

    answer = site.client.post("/api/v1/auth/logout-all", headers=ana.bearer)

    assert answer.status_code == 200
    assert _by_bearer(site, ana.token).status_code == 401
    assert _by_bearer(site, other).status_code == 401
    assert _by_bearer(site, ben.token).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer"}, id="no token"),
        pytest.param({"Authorization": "Bearer x.y.z"}, id="garbage"),
        pytest.param({"Authorization": "Basic YTpi"}, id="another scheme"),
        pytest.param({"Authorization": "Bearer \xe9"}, id="not ASCII"),
        pytest.param({"Cookie": f"{cookies.NAME}=x.y.z"}, id="garbage cookie"),
        pytest.param({"Cookie": "session=abc"}, id="another cookie"),
    ],
)
def test_given_no_good_token_then_it_is_401_with_the_scheme(
    site: Site, headers: dict[str, str]
) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}

    answer = site.client.get("/api/v1/auth/me", headers=encoded)  # type: ignore[arg-type]

    assert answer.status_code == 401
    assert set(answer.json()) == {"detail", "code"}
    assert answer.headers["www-authenticate"] == "Bearer"


def test_given_a_bad_bearer_beside_a_good_cookie_then_the_bearer_decides(
    site: Site, ana: Person
) -> None:
    headers = {"Authorization": "Bearer x.y.z", "Cookie": f"{cookies.NAME}={ana.token}"}

    assert site.client.get("/api/v1/auth/me", headers=headers).status_code == 401
