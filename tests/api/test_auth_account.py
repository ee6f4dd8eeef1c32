"""One's own account over REST: sessions, second factor, passwords."""

from typing import Any

import pyotp
import pytest

from proctor_app.db.tables import PasswordReset
from proctor_app.domain.access import Role
from tests.api.conftest import MakeSite, Site
from tests.world import PASSWORD, Person

NEW = "a quite different phrase"
AUTH = "/api/v1/auth"


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana Silva")


def _log_in(site: Site, who: Person, path: str = f"{AUTH}/login/password", **form: str) -> Any:
    return site.client.post(path, data={"email": who.email, "password": PASSWORD, **form})


def _switch_on(site: Site, who: Person) -> pyotp.TOTP:
    """Set a second factor up as an app does; the codes are those of the next step."""
    made = site.client.post(f"{AUTH}/second-factor", headers=who.bearer).json()
    app = pyotp.TOTP(made["secret"].replace(" ", ""))
    code = app.at(site.world.clock())
    done = site.client.post(
        f"{AUTH}/second-factor/confirm", json={"code": code}, headers=who.bearer
    )
    assert done.status_code == 200, done.text
    site.world.clock.advance(30)
    return app


# --- sessions ---


def test_given_two_log_ins_then_both_are_listed_and_the_present_one_is_marked(
    site: Site, ana: Person
) -> None:
    site.world.clock.advance(60)
    agent = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    )
    token = site.client.post(
        f"{AUTH}/login/password",
        data={"email": ana.email, "password": PASSWORD},
        headers={"User-Agent": agent},
    ).json()["access_token"]

    answer = site.client.get(f"{AUTH}/sessions", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200
    first, second = answer.json()["items"]
    assert first == {
        "id": first["id"],
        "method": "password",
        "created_at": "2026-03-02T09:01:00.000Z",
        "last_used_at": "2026-03-02T09:01:00.000Z",
        "expires_at": "2026-03-02T21:01:00.000Z",
        "address": "testclient",
        "agent": "Chrome on Windows",
        "current": True,
    }
    assert (second["id"], second["current"]) == (ana.actor.session_id, False)
    assert token not in answer.text


def test_given_an_own_session_when_it_is_deleted_then_its_token_is_refused(
    site: Site, ana: Person
) -> None:
    token = _log_in(site, ana).json()["access_token"]
    other = {"Authorization": f"Bearer {token}"}
    path = f"{AUTH}/sessions/{ana.actor.session_id}"

    assert site.client.delete(path, headers=other).status_code == 200

    assert site.client.get(f"{AUTH}/me", headers=ana.bearer).status_code == 401
    assert site.client.get(f"{AUTH}/me", headers=other).status_code == 200
    again = site.client.delete(path, headers=other)
    assert (again.status_code, again.json()["code"]) == (404, "session_unknown")


@pytest.mark.parametrize("role", Role)
def test_given_another_ones_session_then_it_is_404_for_everybody(
    site: Site, ana: Person, role: Role
) -> None:
    other = site.world.person(role)

    answer = site.client.delete(f"{AUTH}/sessions/{ana.actor.session_id}", headers=other.bearer)

    assert (answer.status_code, answer.json()["code"]) == (404, "session_unknown")
    assert site.client.get(f"{AUTH}/me", headers=ana.bearer).status_code == 200


# --- second factor ---


@pytest.mark.parametrize("path", [f"{AUTH}/login/password", "/login"])
def test_given_a_second_factor_then_a_log_in_asks_for_the_code_and_takes_it(
    site: Site, ana: Person, path: str
) -> None:
    app = _switch_on(site, ana)

    missing, wrong = _log_in(site, ana, path), _log_in(site, ana, path, code="abc")
    right = _log_in(site, ana, path, code=app.at(site.world.clock()))

    for answer, code in ((missing, "second_factor_required"), (wrong, "second_factor_wrong")):
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert "set-cookie" not in answer.headers
        assert "access_token" not in answer.json()
    assert right.status_code in (200, 303)


def test_given_a_wrong_password_then_the_answer_is_the_same_with_and_without_a_second_factor(
    site: Site, ana: Person
) -> None:
    ben = site.world.person()
    _switch_on(site, ana)

    answers = [_log_in(site, who, password="a wrong phrase") for who in (ana, ben)]

    assert answers[0].json() == answers[1].json()
    assert [answer.status_code for answer in answers] == [401, 401]


def test_given_it_is_on_then_the_state_says_since_when_and_both_factors_switch_it_off(
    site: Site, ana: Person
) -> None:
    def state() -> Any:
        return site.client.get(f"{AUTH}/second-factor", headers=ana.bearer).json()

    assert state() == {"enabled_at": None}
    app = _switch_on(site, ana)
    assert state() == {"enabled_at": "2026-03-02T09:00:00.000Z"}

    form = {"password": PASSWORD, "code": app.at(site.world.clock())}
    for spoilt, code in (
        ({"password": "a wrong phrase"}, "password_wrong"),
        ({"code": "000000"}, "second_factor_wrong"),
    ):
        refused = site.client.post(
            f"{AUTH}/second-factor/disable", json=form | spoilt, headers=ana.bearer
        )
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    done = site.client.post(f"{AUTH}/second-factor/disable", json=form, headers=ana.bearer)

    assert done.status_code == 200
    assert state() == {"enabled_at": None}


def test_given_an_installation_that_asks_it_of_staff_then_they_are_led_to_set_it_up(
    make_site: MakeSite,
) -> None:
    site = make_site(PROCTOR_SECOND_FACTOR="staff")
    ana, eve = site.world.person(), site.world.person(Role.PROCTOR)
    summary = f"/api/v1/exam/summary/{ana.id}"
    site.start(ana)

    assert _log_in(site, eve, "/login").headers["location"] == "/account"
    site.client.cookies.clear()
    refused = site.client.get(summary, headers=eve.bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_setup_required")
    for own in ("me", "sessions", "second-factor"):
        assert site.client.get(f"{AUTH}/{own}", headers=eve.bearer).status_code == 200

    app = _switch_on(site, eve)

    assert site.client.get(summary, headers=eve.bearer).status_code == 200
    entered = _log_in(site, eve, "/login", code=app.at(site.world.clock()))
    assert entered.headers["location"] == "/dashboard"


# --- passwords ---


def test_given_the_old_password_then_a_new_one_is_set_and_other_sessions_end(
    site: Site, ana: Person
) -> None:
    other = _log_in(site, ana).json()["access_token"]

    answer = site.client.post(
        f"{AUTH}/password",
        json={"current_password": PASSWORD, "password": NEW},
        headers=ana.bearer,
    )

    assert answer.status_code == 200
    assert site.client.get(f"{AUTH}/me", headers=ana.bearer).status_code == 200
    ended = site.client.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {other}"})
    assert ended.status_code == 401
    assert _log_in(site, ana).status_code == 401
    assert _log_in(site, ana, password=NEW).status_code == 200


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"current_password": "wrong", "password": NEW}, "password_wrong"),
        ({"current_password": PASSWORD, "password": "12345678"}, "password_common"),
        ({"current_password": PASSWORD, "password": "x" * 73}, "password_too_long"),
        ({"current_password": PASSWORD}, "invalid_request"),
        ({"current_password": PASSWORD, "password": "x" * 2000}, "invalid_request"),
        ({"current_password": PASSWORD, "password": 12345678}, "invalid_request"),
    ],
)
def test_given_a_wrong_form_when_changing_the_password_then_it_is_said_why_without_repeating_it(
    site: Site, ana: Person, form: dict[str, Any], code: str
) -> None:
    answer = site.client.post(f"{AUTH}/password", json=form, headers=ana.bearer)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert str(form.get("password", "?")) not in answer.text


def _forgot(site: Site, email: str) -> Any:
    answer = site.client.post(
        f"{AUTH}/password/forgot", json={"email": email}, headers={"Host": "localhost:8080"}
    )
    site.world.services.passwords._errands.submit(lambda: None).result(10)
    return answer


def test_given_any_email_when_the_password_is_forgotten_then_the_answer_is_the_same(
    site: Site, ana: Person
) -> None:
    answers = [_forgot(site, email) for email in (ana.email, "nobody@example.test", "nobody", "")]

    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.text for answer in answers}) == 1
    assert [mail.to for mail in site.world.mailer.sent] == [ana.email]


def test_given_the_link_then_a_new_password_is_set_once(site: Site, ana: Person) -> None:
    _forgot(site, ana.email)
    token = site.world.mailer.sent[0].text.split("http://localhost:8080/reset-password#token=")[1]
    form = {"token": token.split()[0], "password": NEW}

    answers = [site.client.post(f"{AUTH}/password/reset", json=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert answers[1].json()["code"] == "link_invalid"
    assert "set-cookie" not in answers[0].headers
    assert site.client.get(f"{AUTH}/me", headers=ana.bearer).status_code == 401
    assert _log_in(site, ana, password=NEW).status_code == 200


def test_given_a_forged_host_when_the_password_is_forgotten_then_nothing_is_sent(
    site: Site, ana: Person
) -> None:
    answer = site.client.post(
        f"{AUTH}/password/forgot", json={"email": ana.email}, headers={"Host": "evil.example"}
    )
    site.world.services.passwords._errands.submit(lambda: None).result(10)

    assert answer.status_code == 202
    assert site.world.mailer.sent == []
    assert site.world.rows(PasswordReset) == []
