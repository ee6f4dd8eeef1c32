"""Log-in by face over the interface: a challenge, frames, a token; and a page's ticket."""

from typing import Any

import pytest

from proctor_app import cookies
from proctor_app.api.body_limit import MAX_BODY_BYTES
from proctor_app.domain.access import Role
from proctor_app.vision.challenge import Action
from proctor_app.vision.errors import VisionFailed
from tests.api.conftest import MakeSite, Site
from tests.face_logins import ANOTHERS, FRAMES, another, enrolled, performed, user
from tests.fakes import jpeg

CHALLENGE = "/api/v1/auth/login/face/challenge"
LOG_IN = "/api/v1/auth/login/face"
SESSION = "/login/face/session"
NOBODY = "nobody@example.test"
STRANGER = (ANOTHERS, ANOTHERS, ANOTHERS)


def ask(site: Site, email: str) -> dict[str, Any]:
    answer = site.client.post(CHALLENGE, json={"email": email})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def send(site: Site, email: str, challenge_id: str, frames: list[bytes] | None = None) -> Any:
    files = [("image", ("f.jpg", frame, "image/jpeg")) for frame in frames or FRAMES]
    data = {"email": email, "challenge_id": challenge_id}
    return site.client.post(LOG_IN, data=data, files=files)


def test_given_the_owner_then_the_token_is_as_of_the_password_and_sets_no_cookie(
    site: Site,
) -> None:
    email = site.run(enrolled, site.world)
    asked = ask(site, email)
    assert set(asked) == {"challenge_id", "action", "expires_in"}
    assert asked["action"] in set(Action)
    assert asked["expires_in"] == 60
    performed(site.world, Action(asked["action"]))

    answer = send(site, email, asked["challenge_id"])

    assert answer.status_code == 200
    token = answer.json()
    assert set(token) == {"access_token", "token_type", "id", "role", "expires_in"}
    assert (token["role"], token["token_type"]) == ("student", "bearer")
    assert "set-cookie" not in answer.headers
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    me = site.client.get("/api/v1/auth/me", headers=bearer).json()
    assert (me["email"], me["id"]) == (email, token["id"])


def test_every_failure_is_the_same_answer(site: Site) -> None:
    email = site.run(enrolled, site.world)
    staff = site.world.person(Role.PROCTOR).email
    answers = []
    for address in (email, NOBODY, staff):
        asked = ask(site, address)
        performed(site.world, Action(asked["action"]), STRANGER)
        answer = send(site, address, asked["challenge_id"])
        answers.append((answer.status_code, answer.json()))
        site.world.engine.script.clear()
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 401
    assert answers[0][1]["code"] == "face_login_failed"


def test_given_another_action_then_the_code_is_the_same_and_the_hint_is_about_it(
    site: Site,
) -> None:
    email = site.run(enrolled, site.world)
    asked = ask(site, email)
    performed(site.world, another(Action(asked["action"])))
    answer = send(site, email, asked["challenge_id"])
    assert (answer.status_code, answer.json()["code"]) == (401, "face_login_failed")
    assert "What was asked was not seen." in answer.json()["detail"]


def test_given_five_failures_then_429_says_to_use_the_password(site: Site) -> None:
    email = site.run(enrolled, site.world)
    for address in (email, NOBODY):
        for _ in range(5):
            assert send(site, address, ask(site, address)["challenge_id"]).status_code == 401
        answer = send(site, address, ask(site, address)["challenge_id"])
        assert (answer.status_code, answer.json()["code"]) == (429, "face_login_paused")
        assert answer.json()["detail"] == "Face log-in is not possible now. Use your password."
        assert int(answer.headers["retry-after"]) > 0
    assert user(site.world, email).face_failures == 5


def test_a_second_use_of_a_challenge_is_refused(site: Site) -> None:
    email = site.run(enrolled, site.world)
    asked = ask(site, email)
    performed(site.world, Action(asked["action"]))
    assert send(site, email, asked["challenge_id"]).status_code == 200
    assert send(site, email, asked["challenge_id"]).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"email": "x" * 255}, 422), ({"email": "no address"}, 422), ([], 422)],
)
def test_a_challenge_needs_an_e_mail(site: Site, body: object, status: int) -> None:
    answer = site.client.post(CHALLENGE, json=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"detail", "code"}


@pytest.mark.parametrize(
    ("frames", "status", "code"),
    [
        ([jpeg(n) for n in range(13)], 422, "invalid_request"),
        ([b"GIF89a"], 415, "frame_not_an_image"),
        ([jpeg() + b"\0" * 300 * 1024], 413, "frame_too_large"),
        ([jpeg(width_px=2000, height_px=64)], 413, "frame_dimensions"),
    ],
)
def test_frames_that_are_none_or_too_many_are_refused_before_anything_looks_at_them(
    site: Site, frames: list[bytes], status: int, code: str
) -> None:
    email = site.run(enrolled, site.world)
    answer = send(site, email, ask(site, email)["challenge_id"], frames)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert site.world.engine.looked_at == []
    assert user(site.world, email).face_failures == 0


def test_a_body_beyond_all_frames_is_refused(site: Site) -> None:
    huge = [b"\xff\xd8\xff" + b"\0" * MAX_BODY_BYTES]
    assert send(site, NOBODY, "x", huge).status_code == 413


@pytest.mark.parametrize("missing", ["email", "challenge_id", "image"])
def test_every_field_is_needed(site: Site, missing: str) -> None:
    data = {"email": NOBODY, "challenge_id": "x"}
    data.pop(missing, None)
    files = None if missing == "image" else [("image", ("f.jpg", jpeg(), "image/jpeg"))]
    assert site.client.post(LOG_IN, data=data, files=files).status_code == 422


def test_models_that_fail_are_told_as_such_and_do_not_count(site: Site) -> None:
    email = site.run(enrolled, site.world)
    site.world.engine.script.append(VisionFailed("a model failed"))
    answer = send(site, email, ask(site, email)["challenge_id"])
    assert (answer.status_code, answer.json()["code"]) == (503, "vision_failed")
    assert user(site.world, email).face_failures == 0


def test_too_many_challenges_are_throttled(site: Site) -> None:
    answers = [site.client.post(CHALLENGE, json={"email": NOBODY}) for _ in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 8 + [429]
    assert "retry-after" in answers[-1].headers


# --- the pages' way ---


def test_a_ticket_sets_the_session_cookie_as_the_password_page_does(make_site: MakeSite) -> None:
    site = make_site(PROCTOR_SECURE_COOKIES="true")
    email = site.run(enrolled, site.world)
    ticket = site.world.services.face_login.hand_over(user(site.world, email))

    answer = site.client.post(SESSION, data={"ticket": ticket})

    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    cookie = answer.headers["set-cookie"]
    for word in (f"{cookies.NAME}=", "HttpOnly", "SameSite=lax", "Secure", "Max-Age=43200"):
        assert word in cookie
    again = site.client.post(SESSION, data={"ticket": ticket})
    assert (again.status_code, "set-cookie" in again.headers) == (401, False)


def test_the_cookie_opens_the_pages(site: Site) -> None:
    email = site.run(enrolled, site.world)
    ticket = site.world.services.face_login.hand_over(user(site.world, email))
    site.client.post(SESSION, data={"ticket": ticket})
    assert site.client.get("/api/v1/auth/me").json()["email"] == email


def test_another_site_cannot_redeem_a_ticket(site: Site) -> None:
    email = site.run(enrolled, site.world)
    ticket = site.world.services.face_login.hand_over(user(site.world, email))
    answer = site.client.post(
        SESSION, data={"ticket": ticket}, headers={"Origin": "https://elsewhere.example"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert site.client.post(SESSION, data={"ticket": ticket}).status_code == 303


@pytest.mark.parametrize("ticket", ["", "made up", "x" * 65])
def test_a_ticket_that_is_none_opens_nothing(site: Site, ticket: str) -> None:
    answer = site.client.post(SESSION, data={"ticket": ticket})
    assert answer.status_code in (401, 422)
    assert "set-cookie" not in answer.headers


def test_a_log_in_token_is_no_ticket(site: Site) -> None:
    token = site.world.person().token[:64]
    assert site.client.post(SESSION, data={"ticket": token}).status_code == 401
