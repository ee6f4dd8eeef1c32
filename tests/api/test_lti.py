"""Learning platforms: a platform with real keys sends people here, over real HTTP."""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select
from sqlmodel import SQLModel

from proctor_app import cookies
from proctor_app.db.partner_tables import LtiGrade, LtiLink, LtiLogin, LtiOffer, LtiUser
from proctor_app.db.tables import Attempt, AuditEntry, Exam, Login, User
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid, NotAllowed, NotAuthenticated, NotFound
from proctor_app.services.lti_platforms import PlatformView
from proctor_app.services.lti_tokens import MAX_TOKEN
from tests.api.conftest import MakeSite, Site
from tests.fakes import jpeg
from tests.papers import SetExam, assign, put_on_roster, set_exam
from tests.platforms import (
    CLIENT_ID,
    DEPLOYMENT,
    KEY,
    KID,
    LINKING,
    LTI,
    OTHER_KEY,
    ROLE,
    SCORE_SCOPE,
    Platform,
    asked_for,
)
from tests.world import PASSWORD, Person

BASE = "http://localhost:8080"
TARGET = f"{BASE}/lti/launch"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class Campus:
    """An installation, and a platform that it knows."""

    site: Site
    platform: Platform
    known: PlatformView
    exam: SetExam
    before: dict[str, list[str]] = field(default_factory=dict)
    """What was written when the last message came."""

    def offer(self, exam: SetExam) -> SetExam:
        """Let the platform's links name the exam, as an answer to it does."""
        world = self.site.world
        row = LtiOffer(platform_id=self.known.id, exam_id=exam.id, created_at=world.clock())
        with world.database.write() as session:
            session.add(row)
        return exam

    def token(self, nonce: str, role: str = "Learner", /, **changes: Any) -> str:
        """A message that is good, but for the changes."""
        changes.setdefault("custom", {"exam_id": self.exam.id})
        return self.platform.signed(self.platform.claims(nonce, role, **changes))

    def begin(self, cookie: str = "", **changes: str) -> tuple[dict[str, str], str]:
        """What the platform is asked, and the browser's cookie."""
        given = {
            "iss": self.platform.url, "login_hint": "7", "target_link_uri": TARGET,
            "client_id": CLIENT_ID, "lti_message_hint": "9", **changes,
        }  # fmt: skip
        headers = {"cookie": f"proctor_lti={cookie}"} if cookie else {}
        answer = self.site.client.get("/lti/login", params=given, headers=headers)
        assert answer.status_code == 303, answer.text
        return asked_for(answer.headers["location"]), answer.cookies["proctor_lti"]

    def send(
        self, state: str, token: str, cookie: str, accept: str = "application/json"
    ) -> httpx.Response:
        """The form that the browser brings back, from the platform's page."""
        self.site.client.cookies.clear()
        self.before = _written(self)
        return self.site.client.post(
            "/lti/launch",
            data={"state": state, "id_token": token},
            headers={
                "cookie": f"proctor_lti={cookie}", "origin": self.platform.url, "accept": accept
            },
        )  # fmt: skip

    def launch(self, role: str = "Learner", accept: str = "*/*", **changes: Any) -> httpx.Response:
        """A whole launch of somebody who opens the exam's place."""
        asked, cookie = self.begin()
        return self.send(
            asked["state"], self.token(asked["nonce"], role, **changes), cookie, accept
        )

    def who(self, answer: httpx.Response) -> dict[str, Any]:
        """Whose session the answer's cookie is."""
        token = answer.cookies[cookies.NAME]
        found = self.site.client.get(
            "/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}
        )
        assert found.status_code == 200
        return dict(found.json())

    def choose(self, answer: httpx.Response, exam_id: str) -> httpx.Response:
        """Answer with an exam what the launch asked."""
        choice = urlsplit(answer.headers["location"]).query.removeprefix("choice=")
        return self.site.client.post(
            "/lti/choose",
            data={"choice": choice, "exam_id": exam_id},
            headers={"Authorization": f"Bearer {answer.cookies[cookies.NAME]}"},
        )


MakeCampus = Callable[..., Campus]


@pytest.fixture
def make_campus(make_site: MakeSite) -> Iterator[MakeCampus]:
    made: list[Campus] = []

    def make(environ: dict[str, str] | None = None, **changes: Any) -> Campus:
        settings = {"PROCTOR_PUBLIC_URL": BASE, "PROCTOR_OUTGOING_ALLOWED": "127.0.0.0/8"}
        site = make_site(**{**settings, **(environ or {})})
        platform = Platform(site.world.clock)
        admin = site.world.person(Role.ADMIN)
        actor = replace(admin.actor, limited=False)
        known = site.world.services.lti.platforms.add(actor, platform.form(**changes))
        made.append(Campus(site, platform, known, set_exam(site.world, results="when_marked")))
        made[-1].offer(made[-1].exam)
        return made[-1]

    yield make
    for campus in made:
        campus.platform.close()
        campus.site.run(campus.site.world.services.lti.outgoing.close)


@pytest.fixture
def campus(make_campus: MakeCampus) -> Campus:
    return make_campus()


# --- in ---


def test_a_candidate_comes_in_and_stands_before_the_exam(campus: Campus) -> None:
    answer = campus.launch()

    assert (answer.status_code, answer.headers["location"]) == (303, "/exam")
    assert answer.headers["cache-control"] == "no-store"
    me = campus.who(answer)
    assert (me["email"], me["name"], me["role"]) == ("ana@campus.test", "Ana Diaz", "student")
    (attempt,) = campus.site.world.rows(Attempt)
    assert (attempt.user_id, attempt.exam_id, attempt.status) == (
        me["id"], campus.exam.id, "created",
    )  # fmt: skip
    (login,) = [row for row in campus.site.world.rows(Login) if row.user_id == me["id"]]
    assert login.method == "lti"
    noted = [row.action for row in campus.site.world.rows(AuditEntry) if row.subject_id == me["id"]]
    assert {"user.created", "lti.launched", "user.login"} <= set(noted)


def test_the_platform_is_asked_as_lti_has_it(campus: Campus) -> None:
    asked, _ = campus.begin()

    assert asked | {"state": "", "nonce": ""} == {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post",
        "prompt": "none", "client_id": CLIENT_ID, "redirect_uri": TARGET, "login_hint": "7",
        "lti_message_hint": "9", "state": "", "nonce": "",
    }  # fmt: skip
    assert len(asked["state"]) == len(asked["nonce"]) == 43
    assert asked["state"] != asked["nonce"]


def test_the_launchs_cookie_is_bound_to_the_host_where_the_site_is_encrypted(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus({"PROCTOR_PUBLIC_URL": "https://exams.example"})
    given = {"iss": campus.platform.url, "login_hint": "7", "target_link_uri": "https://x.example"}
    answer = campus.site.client.post("/lti/login", data=given)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-proctor_lti=")
    for part in ("HttpOnly", "Secure", "SameSite=none", "Path=/", "Max-Age=600"):
        assert part in cookie
    assert "Domain" not in cookie


def test_a_platform_may_post_from_elsewhere_and_nobody_else_may(campus: Campus) -> None:
    given = {"iss": campus.platform.url, "login_hint": "7", "target_link_uri": TARGET}
    elsewhere = {"origin": "https://campus.example"}
    assert campus.site.client.post("/lti/login", data=given, headers=elsewhere).status_code == 303
    for path in ("/lti/choose", "/lti/config", "/login"):
        refused = campus.site.client.post(path, data={}, headers=elsewhere)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")


def test_two_launches_in_two_windows_of_one_browser_both_arrive(campus: Campus) -> None:
    first, cookie = campus.begin()
    second, same = campus.begin(cookie)
    assert same == cookie
    for asked in (first, second):
        claims = campus.platform.claims(asked["nonce"], custom={"exam_id": campus.exam.id})
        answer = campus.send(asked["state"], campus.platform.signed(claims), cookie)
        assert answer.status_code == 303
    assert len(campus.site.world.rows(LtiUser)) == 1


def test_somebody_who_comes_again_has_the_same_account_whatever_their_address_is_now(
    campus: Campus,
) -> None:
    first = campus.who(campus.launch())
    again = campus.who(campus.launch(email="new@campus.test", name="Somebody Else"))
    assert first["id"] == again["id"]
    assert campus.who(campus.launch(sub="person-2", email=None))["id"] != first["id"]


def test_without_an_address_the_account_gets_one_that_no_mail_reaches(campus: Campus) -> None:
    me = campus.who(campus.launch(email=None, name=None, given_name="Ana", family_name="Diaz"))
    assert me["email"] == f"{me['id']}@lti.invalid"
    assert me["name"] == "Ana Diaz"


def test_nobody_logs_in_with_a_password_to_an_account_of_a_platform(campus: Campus) -> None:
    campus.launch()
    for password in ("", "!", "." * 31, PASSWORD):
        answer = campus.site.client.post(
            "/api/v1/auth/login/password",
            data={"email": "ana@campus.test", "password": password or "x"},
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "credentials_wrong")


def test_a_roster_of_the_address_is_honoured_and_without_it_the_exam_stays_shut(
    campus: Campus,
) -> None:
    world = campus.site.world
    exam = campus.offer(set_exam(world, access="roster"))
    refused = campus.launch(custom={"exam_id": exam.id})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_on_roster")
    page = campus.launch(custom={"exam_id": exam.id}, accept=PAGE["accept"])
    assert "You are not on the list of this exam." in html.unescape(page.text)
    assert 'href="/dashboard"' in page.text
    assert world.count(Attempt) == 0

    me = campus.who(page)
    token = page.cookies[cookies.NAME]
    ana = Person(world.services.logins.authenticate(token), me["email"], token)
    put_on_roster(world, exam, ana)
    assert campus.launch(custom={"exam_id": exam.id}).headers["location"] == "/exam"


def test_who_has_sat_the_exam_is_led_to_its_results(campus: Campus) -> None:
    _ended(campus, points=3.0)
    (attempt,) = campus.site.world.rows(Attempt)
    assert campus.launch().headers["location"] == f"/results/{attempt.id}"


# --- who may not ---


def test_an_account_that_was_here_before_is_not_taken_over(campus: Campus) -> None:
    campus.site.world.services.accounts.create("ana@campus.test", PASSWORD, Role.STUDENT)
    _assert_refused(campus, campus.launch(), 409, "account_exists")


def test_a_trusted_platform_opens_a_students_account_once(make_campus: MakeCampus) -> None:
    campus = make_campus(adopts_accounts=True)
    ana = campus.site.world.services.accounts.create("ana@campus.test", PASSWORD, Role.STUDENT)
    assert campus.who(campus.launch(email="ANA@campus.test"))["id"] == ana.id
    _assert_refused(campus, campus.launch(sub="person-2"), 409, "account_exists")


def test_no_platform_opens_an_account_of_staff(make_campus: MakeCampus) -> None:
    campus = make_campus(adopts_accounts=True, makes_proctors=True)
    for role in (Role.PROCTOR, Role.ADMIN):
        email = f"{role}@campus.test"
        campus.site.world.services.accounts.create(email, PASSWORD, role)
        for comes_as in ("Learner", "Instructor"):
            answer = campus.launch(comes_as, email=email)
            _assert_refused(campus, answer, 409, "account_exists")


def test_teachers_come_in_only_where_the_installation_says_so(campus: Campus) -> None:
    _assert_refused(campus, campus.launch("Instructor"), 403, "instructors_not_let_in")
    campus.launch()
    _assert_refused(campus, campus.launch("Instructor"), 403, "instructors_not_let_in")
    (ana,) = [u for u in campus.site.world.rows(User) if u.email == "ana@campus.test"]
    assert ana.role == "student"


def test_a_teacher_becomes_a_proctor_and_stands_before_the_desk(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    answer = campus.launch("Instructor")
    assert answer.headers["location"] == f"/proctor?exam={campus.exam.id}"
    assert campus.who(answer)["role"] == "proctor"
    assert campus.site.world.count(Attempt) == 0


def test_a_platforms_student_who_teaches_elsewhere_becomes_a_proctor_but_nobody_else(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus(makes_proctors=True, adopts_accounts=True)
    before = campus.launch()
    after = campus.launch("Instructor")
    assert campus.who(after)["role"] == "proctor"
    old = campus.site.client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {before.cookies[cookies.NAME]}"}
    )
    assert old.status_code == 401

    own = campus.site.world.services.accounts.create("ben@campus.test", PASSWORD, Role.STUDENT)
    assert campus.who(campus.launch(sub="ben", email="ben@campus.test"))["id"] == own.id
    refused = campus.launch("Instructor", sub="ben", email="ben@campus.test")
    _assert_refused(campus, refused, 403, "instructors_not_let_in")


def test_staff_without_the_second_factor_that_is_asked_of_it_gets_no_further_than_the_account(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus({"PROCTOR_SECOND_FACTOR": "staff"}, makes_proctors=True)
    assert campus.launch("Instructor").headers["location"] == "/account"


def test_a_second_factor_is_not_walked_around(campus: Campus) -> None:
    campus.launch()
    with campus.site.world.database.write() as session:
        (link,) = campus.site.world.rows(LtiUser)
        session.get_one(User, link.user_id).totp_enabled_at = campus.site.world.clock()
    _assert_refused(campus, campus.launch(), 403, "second_factor_required")


def test_a_disabled_account_stays_outside(campus: Campus) -> None:
    campus.launch()
    with campus.site.world.database.write() as session:
        (link,) = campus.site.world.rows(LtiUser)
        session.get_one(User, link.user_id).disabled_at = campus.site.world.clock()
    _assert_refused(campus, campus.launch(), 403, "account_disabled")


def test_an_account_that_became_staff_here_is_opened_by_no_platform(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus(makes_proctors=True, adopts_accounts=True)
    services, admin = campus.site.world.services, campus.site.world.person(Role.ADMIN)
    for number, role in enumerate((Role.PROCTOR, Role.ADMIN)):
        who = {"sub": f"p{number}", "email": f"p{number}@campus.test"}
        me = campus.who(campus.launch(**who))
        services.people.change(admin.actor, me["id"], role=role)
        assert not [row for row in campus.site.world.rows(LtiUser) if row.user_id == me["id"]]
        _relink(campus, me["id"], who["sub"])  # as if it had been overlooked
        for comes_as in ("Learner", "Instructor"):
            _assert_refused(campus, campus.launch(comes_as, **who), 403, "staff_not_let_in")

    campus.site.world.services.accounts.create("ben@campus.test", PASSWORD, Role.STUDENT)
    assert campus.launch(sub="ben", email="ben@campus.test").status_code == 303
    services.accounts.set_role("ben@campus.test", Role.PROCTOR)
    refused = campus.launch(sub="ben", email="ben@campus.test")
    _assert_refused(campus, refused, 409, "account_exists")


def _relink(campus: Campus, user_id: str, subject: str) -> None:
    row = LtiUser(
        platform_id=campus.known.id,
        subject=subject,
        user_id=user_id,
        created_at=campus.site.world.clock(),
    )
    with campus.site.world.database.write() as session:
        session.add(row)


def test_a_proctor_whom_a_platform_made_comes_in_while_it_may_make_them(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus(makes_proctors=True)
    assert campus.launch("Instructor").status_code == 303
    assert campus.launch("Instructor").status_code == 303
    _assert_refused(campus, campus.launch(), 403, "staff_sit_no_exams")

    admin, services = campus.site.world.person(Role.ADMIN), campus.site.world.services
    form = campus.platform.form(makes_proctors=False)
    services.lti.platforms.change(admin.actor, campus.known.id, form=form)
    _assert_refused(campus, campus.launch("Instructor"), 403, "staff_not_let_in")


def test_whom_an_admin_made_a_student_again_no_platform_makes_a_proctor(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus(makes_proctors=True)
    me = campus.who(campus.launch("Instructor"))
    admin = campus.site.world.person(Role.ADMIN)
    campus.site.world.services.people.change(admin.actor, me["id"], role=Role.STUDENT)
    _assert_refused(campus, campus.launch("Instructor"), 403, "instructors_not_let_in")
    assert campus.who(campus.launch())["role"] == "student"


def test_a_new_password_by_mail_cuts_the_account_from_its_platforms(campus: Campus) -> None:
    campus.launch()
    passwords = campus.site.world.services.passwords
    made = passwords._make_link("ana@campus.test")
    assert made is not None
    passwords.reset(made[1], "a brand new pass phrase 77", "1.2.3.4")
    assert campus.site.world.count(LtiUser) == 0
    _assert_refused(campus, campus.launch(), 409, "account_exists")


def test_admins_and_people_themselves_cut_an_account_from_its_platforms(campus: Campus) -> None:
    world, admin = campus.site.world, campus.site.world.person(Role.ADMIN)
    for number, cut in enumerate(("unlink", "end_sessions", "own")):
        who = {"sub": f"p{number}", "email": f"p{number}@campus.test"}
        first, second = campus.launch(**who), campus.launch(**who)
        me = campus.who(first)
        assert world.services.people.one(admin.actor, me["id"]).platforms == ("Campus",)
        if cut == "own":
            actor = world.services.logins.authenticate(first.cookies[cookies.NAME])
            (mine,) = world.services.lti.own.mine(actor)
            world.services.lti.own.remove(actor, mine.id)
        else:
            getattr(world.services.people, cut)(admin.actor, me["id"])
        with pytest.raises(NotAuthenticated):
            world.services.logins.authenticate(second.cookies[cookies.NAME])
        _assert_refused(campus, campus.launch(**who), 409, "account_exists")
    noted = [row.action for row in world.rows(AuditEntry)]
    assert noted.count("lti.unlinked") == 2


def test_nobody_removes_a_platform_that_does_not_open_their_account(campus: Campus) -> None:
    campus.launch()
    world, admin = campus.site.world, campus.site.world.person(Role.ADMIN)
    with pytest.raises(NotFound):
        world.services.lti.own.remove(admin.actor, campus.known.id)
    with pytest.raises(NotFound):
        world.services.people.unlink(admin.actor, admin.id)
    with pytest.raises(NotAllowed):
        world.services.people.unlink(world.person().actor, admin.id)
    assert world.count(LtiUser) == 1


def test_an_account_without_a_password_sets_no_second_factor_up(campus: Campus) -> None:
    for email, words in (("ana@campus.test", "Forgot the password?"), (None, "ask an admin")):
        answer = campus.launch(sub=f"p-{email}", email=email)
        bearer = {"Authorization": f"Bearer {answer.cookies[cookies.NAME]}"}
        begun = campus.site.client.post("/api/v1/auth/second-factor", headers=bearer)
        assert (begun.status_code, begun.json()["code"]) == (409, "password_not_set")
        assert words in begun.json()["detail"]


def test_an_account_without_a_password_enrols_a_face_after_a_log_in_of_these_minutes(
    campus: Campus,
) -> None:
    enrolment, clock = campus.site.world.services.enrolment, campus.site.world.clock
    answer = campus.launch()
    bearer = {"Authorization": f"Bearer {answer.cookies[cookies.NAME]}"}
    actor = campus.site.world.services.logins.authenticate(answer.cookies[cookies.NAME])
    (attempt,) = campus.site.world.rows(Attempt)
    _change(campus, attempt.id, status="cancelled", open_for=None)
    assert not enrolment.asks_password(actor)
    clock.advance(601)
    late = _enrol(campus, bearer)
    assert (late.status_code, late.json()["code"]) == (422, "log_in_too_old")
    clock.advance(-1)
    assert _enrol(campus, bearer).status_code == 200

    own = campus.site.world.person()
    refused = _enrol(campus, own.bearer)
    assert (refused.status_code, refused.json()["code"]) == (422, "password_wrong")


def _enrol(campus: Campus, bearer: dict[str, str]) -> httpx.Response:
    files = {"image": ("a.jpg", jpeg(), "image/jpeg")}
    return campus.site.client.post("/api/v1/me/face", headers=bearer, files=files)


def test_a_place_goes_on_to_open_its_exam_whatever_a_launch_names(campus: Campus) -> None:
    other = campus.offer(set_exam(campus.site.world))
    campus.launch()
    answer = campus.launch(custom={"exam_id": other.id}, sub="p2", email="ben@campus.test")
    assert answer.headers["location"] == "/exam"
    (link,) = campus.site.world.rows(LtiLink)
    assert link.exam_id == campus.exam.id
    assert {row.exam_id for row in campus.site.world.rows(Attempt)} == {campus.exam.id}


def test_who_teaches_opens_no_exam_that_others_watch(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    assign(campus.site.world, campus.exam, campus.site.world.person(Role.PROCTOR))
    _assert_refused(campus, campus.launch("Instructor"), 403, "not_your_exam")


def test_a_teaching_assistant_teaches(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    roles = ["http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"]
    assert campus.who(campus.launch(roles=roles))["role"] == "proctor"


def test_a_platform_disabled_while_its_keys_are_asked_for_lets_nobody_in(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, admin = campus.site.world.services, campus.site.world.person(Role.ADMIN)
    key_sets = services.lti.launches._key_sets
    asked = key_sets.with_key

    async def with_key(url: str, kid: str) -> Any:
        found = await asked(url, kid)
        change = services.lti.platforms.change
        await asyncio.to_thread(change, admin.actor, campus.known.id, disabled=True)
        campus.before = _written(campus)
        return found

    monkeypatch.setattr(key_sets, "with_key", with_key)
    _assert_refused(campus, campus.launch(), 403, "lti_platform_unknown")


def test_an_exam_of_safe_exam_browser_leads_to_its_door(campus: Campus) -> None:
    with campus.site.world.database.write() as session:
        session.get_one(Exam, campus.exam.id).seb = 1
    assert campus.launch().headers["location"] == f"/seb/{campus.exam.id}"
    assert campus.site.world.count(Attempt) == 0


# --- messages that are not good: refused, each by its own code, and nothing written ---

PAST, FUTURE = -3600, 3600


def _times(campus: Campus, **offsets: int) -> dict[str, Any]:
    now = int(campus.site.world.clock().timestamp())
    return {name: now + offset for name, offset in offsets.items()}


CASES: dict[str, tuple[str, Callable[[Campus], dict[str, Any]]]] = {
    "wrong nonce": ("lti_nonce", lambda _: {"nonce": "n" * 43}),
    "no nonce": ("lti_nonce", lambda _: {"nonce": None}),
    "another audience": ("lti_audience", lambda _: {"aud": "somebody"}),
    "no audience": ("lti_audience", lambda _: {"aud": None}),
    "several audiences and no party": ("lti_audience", lambda _: {"aud": [CLIENT_ID, "x"]}),
    "another party": ("lti_audience", lambda _: {"aud": [CLIENT_ID, "x"], "azp": "x"}),
    "another issuer": ("lti_issuer", lambda _: {"iss": "https://elsewhere.example"}),
    "another deployment": ("lti_deployment", lambda _: {"deployment_id": "deployment-2"}),
    "no deployment": ("lti_deployment", lambda _: {"deployment_id": None}),
    "expired": ("lti_expired", lambda c: _times(c, iat=-120, exp=-61)),
    "not yet valid": ("lti_not_yet_valid", lambda c: _times(c, iat=61, exp=FUTURE)),
    "not before": ("lti_not_yet_valid", lambda c: _times(c, nbf=61)),
    "made long ago": ("lti_too_old", lambda c: _times(c, iat=PAST, exp=FUTURE)),
    "no end": ("lti_token_malformed", lambda _: {"exp": None}),
    "no beginning": ("lti_token_malformed", lambda _: {"iat": None}),
    "an end that is none": ("lti_token_malformed", lambda _: {"exp": "tomorrow"}),
    "an end beyond all": ("lti_token_malformed", lambda _: {"exp": float("inf")}),
    "another version": ("lti_version", lambda _: {"version": "1.1"}),
    "no version": ("lti_version", lambda _: {"version": None}),
    "another message": ("lti_message_type", lambda _: {"message_type": "LtiSubmissionReview"}),
    "no message": ("lti_message_type", lambda _: {"message_type": None}),
    "nobody": ("lti_nobody", lambda _: {"sub": None}),
    "a name with a space behind it": ("lti_nobody", lambda _: {"sub": "person-1 "}),
    "a name that is too long": ("lti_nobody", lambda _: {"sub": "p" * 256}),
    "no role": ("lti_role", lambda _: {"roles": []}),
    "who administers": ("lti_role", lambda _: {"roles": [f"{ROLE}Administrator"]}),
    "a role that only looks": ("lti_role", lambda _: {"roles": [f"{ROLE}Observer"]}),
    "another target": ("lti_target", lambda _: {"target_link_uri": "https://elsewhere.example"}),
    "no place": ("lti_no_link", lambda _: {"resource_link": None}),
    "no exam": ("lti_no_exam", lambda _: {"custom": None}),
    "an exam that nobody chose": (
        "lti_no_exam",
        lambda c: {"custom": {"exam_id": set_exam(c.site.world).id}},
    ),
    "an exam that is none": ("lti_no_exam", lambda _: {"custom": {"exam_id": str(uuid.uuid4())}}),
}


def test_a_message_that_is_not_good_is_refused(campus: Campus) -> None:
    """One installation for all of them: each leaves it as it was."""
    for case, (code, changed) in CASES.items():
        answer = campus.launch(**changed(campus))
        assert (case, answer.json()["code"]) == (case, code)
        _assert_refused(campus, answer, 403, code)


def test_several_audiences_with_us_as_the_party_are_good(campus: Campus) -> None:
    assert campus.launch(aud=[CLIENT_ID, "x"], azp=CLIENT_ID).status_code == 303


def test_a_minute_that_the_clocks_differ_is_forgiven(campus: Campus) -> None:
    assert campus.launch(**_times(campus, iat=55, exp=300)).status_code == 303
    assert campus.launch(**_times(campus, iat=-300, exp=-55)).status_code == 303


FORGED: tuple[tuple[str, Callable[[Campus, dict[str, Any]], str]], ...] = (
    ("lti_signature", lambda c, claims: c.platform.signed(claims, OTHER_KEY)),
    ("lti_key_unknown", lambda c, claims: c.platform.signed(claims, OTHER_KEY, "another")),
    ("lti_key_unknown", lambda c, claims: c.platform.signed(claims, kid=None)),
    ("lti_algorithm", lambda c, claims: c.platform.signed(claims, "s" * 64, KID, "HS256")),
    ("lti_algorithm", lambda c, claims: c.platform.signed(claims, "", KID, "none")),
    ("lti_algorithm", lambda c, claims: c.platform.signed(claims, KEY, KID, "PS256")),
    ("lti_token_malformed", lambda _, __: "a.b"),
    ("lti_token_malformed", lambda _, __: ""),
    ("lti_token_malformed", lambda _, __: f"{_part(b'[' * 20_000)}.e30.x"),
    ("lti_algorithm", lambda c, claims: _signed_with_the_public_key(claims)),
)


def test_a_message_that_the_platform_did_not_sign_is_refused(campus: Campus) -> None:
    for number, (code, forged) in enumerate(FORGED):
        asked, cookie = campus.begin()
        claims = campus.platform.claims(asked["nonce"], custom={"exam_id": campus.exam.id})
        answer = campus.send(asked["state"], forged(campus, claims), cookie)
        assert (number, answer.json()["code"]) == (number, code)
        _assert_refused(campus, answer, 403, code)


def _part(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _signed_with_the_public_key(claims: dict[str, Any]) -> str:
    """The key's own text as an HMAC secret, under a head that PyJWT would not write."""
    pem = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = {"alg": "HS256", "kid": KID}
    body = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{body}.{_part(hmac.digest(pem, body.encode(), hashlib.sha256))}"


def test_a_message_that_is_too_large_is_not_even_read(campus: Campus) -> None:
    asked, cookie = campus.begin()
    answer = campus.send(asked["state"], "x" * (MAX_TOKEN + 1), cookie)
    _assert_refused(campus, answer, 413, "lti_token_too_large")


def test_another_state_is_refused(campus: Campus) -> None:
    asked, cookie = campus.begin()
    token = campus.token(asked["nonce"])
    _assert_refused(campus, campus.send("s" * 43, token, cookie), 403, "lti_state")
    _assert_refused(campus, campus.send("", token, cookie), 403, "lti_state")


def test_a_launch_of_another_browser_is_refused(campus: Campus) -> None:
    asked, _ = campus.begin()
    token = campus.token(asked["nonce"])
    other = campus.send(asked["state"], token, "c" * 43)
    _assert_refused(campus, other, 403, "lti_other_browser")
    _assert_refused(campus, campus.send(asked["state"], token, ""), 403, "lti_cookie_missing")


def test_a_launch_that_took_longer_than_ten_minutes_is_refused(campus: Campus) -> None:
    asked, cookie = campus.begin()
    campus.site.world.clock.advance(600)
    token = campus.token(asked["nonce"])
    answer = campus.send(asked["state"], token, cookie)
    _assert_refused(campus, answer, 403, "lti_state_expired")


def test_a_message_is_good_once(campus: Campus) -> None:
    asked, cookie = campus.begin()
    claims = campus.platform.claims(asked["nonce"], custom={"exam_id": campus.exam.id})
    token = campus.platform.signed(claims)
    assert campus.send(asked["state"], token, cookie).status_code == 303

    _assert_refused(campus, campus.send(asked["state"], token, cookie), 403, "lti_state_used")
    fresh, cookie = campus.begin()
    _assert_refused(campus, campus.send(fresh["state"], token, cookie), 403, "lti_nonce")


def test_a_message_that_was_refused_uses_its_launch_up(campus: Campus) -> None:
    asked, cookie = campus.begin()
    bad = campus.token("n" * 43)
    campus.send(asked["state"], bad, cookie)
    good = campus.token(asked["nonce"])
    _assert_refused(campus, campus.send(asked["state"], good, cookie), 403, "lti_state_used")


def test_a_platform_that_nobody_knows_begins_nothing(campus: Campus) -> None:
    for given in (
        {"iss": "https://elsewhere.example", "login_hint": "7"},
        {"iss": campus.platform.url, "login_hint": "7", "client_id": "another"},
    ):
        answer = campus.site.client.get("/lti/login", params=given)
        assert (answer.status_code, answer.json()["code"]) == (403, "lti_platform_unknown")
    answer = campus.site.client.get(
        "/lti/login",
        params={"iss": campus.platform.url, "login_hint": "7", "lti_deployment_id": "another"},
    )
    assert answer.json()["code"] == "lti_deployment"
    assert campus.site.world.count(LtiLogin) == 0


def test_a_platform_that_was_disabled_meanwhile_lets_nobody_in(campus: Campus) -> None:
    asked, cookie = campus.begin()
    admin = campus.site.world.person(Role.ADMIN)
    services = campus.site.world.services
    services.lti.platforms.change(admin.actor, campus.known.id, disabled=True)
    answer = campus.send(asked["state"], campus.token(asked["nonce"]), cookie)
    _assert_refused(campus, answer, 403, "lti_platform_unknown")
    begun = campus.site.client.get(
        "/lti/login", params={"iss": campus.platform.url, "login_hint": "7"}
    )
    assert begun.json()["code"] == "lti_platform_unknown"


def test_people_are_told_in_words_on_a_page_that_nothing_frames(campus: Campus) -> None:
    answer = campus.launch(accept=PAGE["accept"], nonce="n" * 43)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "does not belong to this launch" in answer.text
    assert "lti_nonce" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    missing = campus.site.client.get("/lti/login", headers=PAGE)
    assert (missing.status_code, missing.headers["content-type"][:9]) == (422, "text/html")


def test_what_a_platform_says_of_its_own_error_is_not_shown(campus: Campus) -> None:
    answer = campus.site.client.post(
        "/lti/launch", data={"error": "login_required", "state": "<script>"}, headers=PAGE
    )
    assert (answer.status_code, "lti_platform_refused" in answer.text) == (403, True)
    assert "<script>" not in answer.text


# --- the platform's keys ---


def test_keys_are_asked_for_once_and_again_for_a_new_one_but_not_by_everybody(
    campus: Campus,
) -> None:
    for _ in range(3):
        assert campus.launch().status_code == 303
    assert campus.platform.keys_asked == 1

    campus.platform.published["key-2"] = OTHER_KEY
    for _ in range(3):
        _launch_with(campus, "key-2")
    assert campus.platform.keys_asked == 1, "asked again too soon"
    campus.site.world.clock.advance(31)
    assert _launch_with(campus, "key-2").status_code == 303
    for number in range(3):
        assert _launch_with(campus, f"unknown-{number}").json()["code"] == "lti_key_unknown"
    assert campus.platform.keys_asked == 2


def test_a_key_that_was_taken_back_is_believed_for_an_hour_at_most(campus: Campus) -> None:
    assert campus.launch().status_code == 303
    campus.platform.published = {"key-2": OTHER_KEY}
    campus.site.world.clock.advance(3601)
    assert campus.launch().json()["code"] == "lti_key_unknown"


def test_a_platform_whose_keys_cant_be_read_is_an_error_that_passes(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus(keys_url="http://127.0.0.1:9/jwks")
    _assert_refused(campus, campus.launch(), 503, "lti_keys_unreachable")


def _launch_with(campus: Campus, kid: str) -> httpx.Response:
    asked, cookie = campus.begin()
    claims = campus.platform.claims(asked["nonce"], custom={"exam_id": campus.exam.id})
    return campus.send(asked["state"], campus.platform.signed(claims, OTHER_KEY, kid), cookie)


# --- choosing ---


def _linking(campus: Campus, **changes: Any) -> dict[str, Any]:
    settings = {
        "deep_link_return_url": f"{campus.platform.url}/return?a=1&b=2",
        "accept_types": ["link", "ltiResourceLink"], "data": 'it"s <mine>', **changes,
    }  # fmt: skip
    return {
        "message_type": "LtiDeepLinkingRequest", "deep_linking_settings": settings,
        "resource_link": None, "custom": None,
    }  # fmt: skip


def test_a_teacher_chooses_an_exam_and_the_platform_gets_it_signed(
    make_campus: MakeCampus,
) -> None:
    campus = make_campus(makes_proctors=True)
    arrived = campus.launch("Instructor", **_linking(campus))
    assert arrived.headers["location"].startswith("/lti/choose-exam?choice=")
    answer = campus.choose(arrived, campus.exam.id)

    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert f"form-action {campus.platform.url};" in policy
    assert "frame-ancestors 'none'" in policy
    (action,) = re.findall(r'action="([^"]*)"', answer.text)
    assert html.unescape(action) == f"{campus.platform.url}/return?a=1&b=2"
    (token,) = re.findall(r'name="JWT" value="([^"]*)"', answer.text)
    said = _verified(campus, token, campus.platform.url)
    now_s = campus.site.world.clock().timestamp()
    assert (said["iss"], said["aud"]) == (CLIENT_ID, [campus.platform.url])
    assert said["iat"] <= now_s < said["exp"] <= now_s + 600
    assert len(said["nonce"]) >= 32
    assert said[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert (said[f"{LTI}version"], said[f"{LTI}deployment_id"]) == ("1.3.0", DEPLOYMENT)
    assert said[f"{LINKING}data"] == 'it"s <mine>'
    (item,) = said[f"{LINKING}content_items"]
    assert item == {
        "type": "ltiResourceLink", "title": "Arithmetic", "url": TARGET,
        "custom": {"exam_id": campus.exam.id}, "window": {"targetName": "_blank"},
        "lineItem": {
            "scoreMaximum": 10.0, "label": "Arithmetic", "resourceId": campus.exam.id,
        },
    }  # fmt: skip

    opened = campus.launch(custom=item["custom"], sub="person-2", email="ben@campus.test")
    assert opened.headers["location"] == "/exam"


def test_a_choice_is_answered_once_and_by_nobody_else(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    arrived = campus.launch("Instructor", **_linking(campus))
    other = campus.launch("Instructor", sub="person-2", email="ben@campus.test")
    other.headers["location"] = arrived.headers["location"]
    assert campus.choose(other, campus.exam.id).json()["code"] == "no_choice"
    draft = set_exam(campus.site.world, status="draft")
    assert campus.choose(arrived, draft.id).status_code in (403, 422)
    assert campus.choose(arrived, campus.exam.id).status_code == 200
    assert campus.choose(arrived, campus.exam.id).json()["code"] == "choice_used"


def test_choosing_nothing_tells_the_platform_so(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    answer = campus.choose(campus.launch("Instructor", **_linking(campus, data=None)), "")
    (token,) = re.findall(r'name="JWT" value="([^"]*)"', answer.text)
    said = _verified(campus, token, campus.platform.url)
    assert said[f"{LINKING}content_items"] == []
    assert f"{LINKING}data" not in said


def test_a_choice_waits_for_an_hour(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    arrived = campus.launch("Instructor", **_linking(campus))
    campus.site.world.clock.advance(3600)
    assert campus.choose(arrived, campus.exam.id).json()["code"] == "choice_expired"


def test_a_question_that_cant_be_answered_is_refused(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    for changes, code in (
        ({"deep_link_return_url": None}, "lti_return_url"),
        ({"deep_link_return_url": "javascript:alert(1)"}, "lti_return_url"),
        ({"deep_link_return_url": "https://x.example/;a"}, "lti_return_url"),
        ({"deep_link_return_url": "https://x.example, https:/"}, "lti_return_url"),
        ({"deep_link_return_url": "https://me@x.example/"}, "lti_return_url"),
        ({"accept_types": ["link"]}, "lti_accept_types"),
        ({"data": {"a": 1}}, "lti_token_malformed"),
    ):
        answer = campus.launch("Instructor", **_linking(campus, **changes))
        _assert_refused(campus, answer, 403, code)


def test_a_student_chooses_nothing(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    answer = campus.launch(**_linking(campus))
    _assert_refused(campus, answer, 403, "instructors_not_let_in")


def test_a_place_without_an_exam_is_given_one_by_who_teaches(make_campus: MakeCampus) -> None:
    campus = make_campus(makes_proctors=True)
    _assert_refused(campus, campus.launch(custom=None), 403, "lti_no_exam")
    arrived = campus.launch("Instructor", custom=None, sub="t", email="t@campus.test")
    assert arrived.headers["location"].startswith("/lti/choose-exam?choice=")
    answer = campus.choose(arrived, campus.exam.id)
    assert (answer.status_code, answer.headers["location"]) == (
        303, f"/proctor?exam={campus.exam.id}",
    )  # fmt: skip
    (link,) = campus.site.world.rows(LtiLink)
    assert (link.exam_id, link.resource_link) == (campus.exam.id, "place-1")
    assert link.line_item == f"{campus.platform.url}/items/3?course=7"

    assert campus.launch(custom=None).headers["location"] == "/exam"


# --- scores ---


def _ended(campus: Campus, points: float | None, max_points: float = 10.0) -> str:
    """An attempt of Ana's, who came by the platform, handed in; its id."""
    me = campus.who(campus.launch())
    world = campus.site.world
    with world.database.write() as session:
        (found,) = [a for a in world.rows(Attempt) if a.user_id == me["id"] and a.open_for]
        attempt = session.get_one(Attempt, found.id)
        attempt.status, attempt.open_for = "submitted", None
        attempt.started_at = attempt.ended_at = world.clock()
        attempt.points, attempt.max_points = points, max_points
    return found.id


def _change(campus: Campus, attempt_id: str, **columns: object) -> None:
    with campus.site.world.database.write() as session:
        row = session.get_one(Attempt, attempt_id)
        for name, value in columns.items():
            setattr(row, name, value)


def _turn(campus: Campus) -> int:
    """What the installation does every few seconds; how many scores changed."""
    grades = campus.site.world.services.lti.grades
    found: int = campus.site.run(grades.look)
    campus.site.run(grades.send_due)
    return found


def test_a_score_goes_to_the_platform_once_it_is_released(campus: Campus) -> None:
    attempt_id = _ended(campus, None)
    assert (_turn(campus), campus.platform.scores) == (0, [])
    _change(campus, attempt_id, points=7.5)
    campus.site.world.clock.advance(1)
    assert _turn(campus) == 1

    ((path, headers, body),) = campus.platform.scores
    assert path == "/items/3/scores?course=7"
    assert headers["content-type"] == "application/vnd.ims.lis.v1.score+json"
    assert body == {
        "userId": "person-1", "scoreGiven": 7.5, "scoreMaximum": 10.0,
        "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "timestamp": "2026-03-02T09:00:01.000Z",
    }  # fmt: skip
    (asked,) = campus.platform.tokens
    assert (asked["grant_type"], asked["scope"]) == ("client_credentials", SCORE_SCOPE)
    claims = _verified(campus, asked["client_assertion"], f"{campus.platform.url}/token")
    assert claims["iss"] == claims["sub"] == CLIENT_ID
    assert (_turn(campus), len(campus.platform.scores)) == (0, 1), "sent twice"


def test_nothing_is_told_before_the_exam_releases_it(campus: Campus) -> None:
    campus.exam = campus.offer(set_exam(campus.site.world, results="by_hand"))
    attempt_id = _ended(campus, 7.5)
    assert (_turn(campus), campus.platform.scores) == (0, [])
    _change(campus, attempt_id, released_at=campus.site.world.clock())
    assert (_turn(campus), len(campus.platform.scores)) == (1, 1)


def test_changed_marks_are_sent_again_and_the_best_attempt_counts(campus: Campus) -> None:
    with campus.site.world.database.write() as session:
        session.get_one(Exam, campus.exam.id).attempts_allowed = 0
    first = _ended(campus, 7.0)
    _turn(campus)
    _ended(campus, 5.0)
    assert _turn(campus) == 0
    _change(campus, first, points=4.0)
    _turn(campus)
    assert [body["scoreGiven"] for _, _, body in campus.platform.scores] == [7.0, 5.0]
    assert len(campus.platform.tokens) == 1, "the token was not kept"


def test_a_platform_that_is_away_gets_the_score_when_it_is_back(campus: Campus) -> None:
    _ended(campus, 7.0)
    campus.platform.status = 500
    _turn(campus)
    _turn(campus)
    assert len(campus.platform.scores) == 1, "tried again at once"
    (grade,) = campus.site.world.rows(LtiGrade)
    assert (grade.tries, grade.sent_at) == (1, None)
    assert "500" in grade.error
    campus.site.world.clock.advance(20)
    campus.platform.status = 204
    _turn(campus)
    (grade,) = campus.site.world.rows(LtiGrade)
    assert (len(campus.platform.scores), grade.due_at, grade.error) == (2, None, "")


def test_a_score_that_was_given_up_is_sent_by_an_admin(campus: Campus) -> None:
    _ended(campus, 7.0)
    campus.platform.status = 422
    for _ in range(14):
        _turn(campus)
        campus.site.world.clock.advance(6 * 3600)
    _turn(campus)
    assert len(campus.platform.scores) == 14
    admin = campus.site.world.person(Role.ADMIN)
    (shown,) = _grades(campus, admin.bearer)
    assert (shown["state"], shown["person"], shown["points"]) == ("failed", "Ana Diaz", 7.0)

    campus.platform.status = 200
    again = campus.site.client.post(
        f"/api/v1/admin/lti/grades/{shown['id']}/send", headers=admin.bearer
    )
    assert again.status_code == 202
    _turn(campus)
    (shown,) = _grades(campus, admin.bearer)
    assert (len(campus.platform.scores), shown["state"]) == (15, "sent")


def test_an_expired_token_is_replaced(campus: Campus) -> None:
    attempt_id = _ended(campus, 7.0)
    _turn(campus)
    campus.site.world.clock.advance(3600)
    _change(campus, attempt_id, points=8.0)
    _turn(campus)
    assert (len(campus.platform.tokens), len(campus.platform.scores)) == (2, 2)


def test_a_place_that_takes_no_scores_gets_none(campus: Campus) -> None:
    me = campus.launch(lineitem=None)
    assert me.status_code == 303
    assert campus.site.world.count(LtiGrade) == 0


def _grades(campus: Campus, bearer: dict[str, str]) -> list[dict[str, Any]]:
    answer = campus.site.client.get("/api/v1/admin/lti/grades", headers=bearer)
    assert answer.status_code == 200
    return list(answer.json()["items"])


# --- what admins enter, and what the tool tells of itself ---


def test_admins_add_change_and_disable_platforms(campus: Campus) -> None:
    admin, client = campus.site.world.person(Role.ADMIN), campus.site.client
    body = {
        "name": "Moodle", "issuer": "https://moodle.example", "client_id": "m1",
        "auth_url": "https://moodle.example/auth", "token_url": "https://moodle.example/token",
        "keys_url": "https://moodle.example/keys", "deployments": ["1", "2"],
    }  # fmt: skip
    address = "/api/v1/admin/lti/platforms"
    made = client.post(address, json=body, headers=admin.bearer)
    assert made.status_code == 201
    assert made.json() | body == made.json()
    assert client.post(address, json=body, headers=admin.bearer).json()["code"] == "platform_known"
    changed = client.patch(
        f"{address}/{made.json()['id']}",
        json={"platform": body | {"name": "M"}, "disabled": True},
        headers=admin.bearer,
    )
    assert (changed.json()["name"], changed.json()["disabled"]) == ("M", True)
    listed = client.get(address, headers=admin.bearer).json()["items"]
    assert [one["name"] for one in listed] == ["Campus", "M"]


def test_addresses_that_must_not_be_asked_are_refused(campus: Campus) -> None:
    admin, platforms = (
        campus.site.world.person(Role.ADMIN),
        campus.site.world.services.lti.platforms,
    )
    for name in ("auth_url", "token_url", "keys_url"):
        for url, code in (
            ("http://moodle.example/x", "url_not_https"),
            ("https://192.168.1.2/x", "address_private"),
            ("file:///etc/passwd", "url_not_valid"),
        ):
            with pytest.raises(Invalid) as refused:
                platforms.add(admin.actor, campus.platform.form(client_id="x", **{name: url}))
            assert refused.value.code == code


def test_the_tool_tells_its_addresses_and_keys(campus: Campus) -> None:
    told = campus.site.client.get("/lti/config").json()
    assert told["oidc_initiation_url"] == f"{BASE}/lti/login"
    assert told["target_link_uri"] == TARGET
    assert told["public_jwk_url"] == f"{BASE}/lti/jwks"
    (key,) = campus.site.client.get("/lti/jwks").json()["keys"]
    assert set(key) == {"kid", "kty", "alg", "use", "n", "e"}
    assert campus.site.client.get("/lti/jwks").json()["keys"] == [key]


def test_without_a_public_address_nobody_is_sent_anywhere(make_campus: MakeCampus) -> None:
    campus = make_campus({"PROCTOR_PUBLIC_URL": ""})
    answer = campus.site.client.get(
        "/lti/login", params={"iss": campus.platform.url, "login_hint": "7"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "no_public_url")


def _verified(campus: Campus, token: str, audience: str) -> dict[str, Any]:
    """A message of ours as a platform reads it: by the published keys alone."""
    published = jwt.PyJWKSet.from_dict(campus.site.client.get("/lti/jwks").json())
    key = published[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"verify_exp": False, "verify_iat": False}  # the installation's clock is set
    found: dict[str, Any] = jwt.decode(
        token, key.key, algorithms=["RS256"], audience=audience, options=options
    )
    return found


def _written(campus: Campus) -> dict[str, list[str]]:
    """Every row of every table, but of those launches themselves."""
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name != "lti_logins"]
    with campus.site.world.database.read() as session:
        return {one.name: sorted(map(repr, session.execute(select(one)))) for one in tables}


def _assert_refused(campus: Campus, answer: httpx.Response, status: int, code: str) -> None:
    """Nobody came in, and nothing was written: no account, no log-in, no cookie, no entry."""
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert cookies.NAME not in answer.cookies
    assert _written(campus) == campus.before
