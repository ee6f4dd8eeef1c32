"""The published contract: clients of both public systems against the whole program."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from tests.e2e.contract_client import FirstSystem, SecondSystem, as_base64, in_every_form
from tests.e2e.harness import ADMIN, MEDIA, STUDENT_PASSWORD, Server, scenes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_ACTIONS = {"turn_left", "turn_right", "blink", "open_mouth"}


@pytest.fixture(scope="module")
def url(server: Server) -> str:
    return server.url


@pytest.fixture(scope="module")
def face() -> bytes:
    return (MEDIA / "astronaut.png").read_bytes()


@pytest.fixture(scope="module")
def program(url: str) -> Iterator[Callable[[], FirstSystem]]:
    """Make one more program of the first system's kind."""
    made: list[FirstSystem] = []

    def make() -> FirstSystem:
        made.append(FirstSystem(url))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture(scope="module")
def candidate(program: Callable[[], FirstSystem], face: bytes) -> FirstSystem:
    client, email = program(), fresh_email()
    assert client.sign_up(email, STUDENT_PASSWORD, face, name=email).status_code == 201
    client.log_in(email, STUDENT_PASSWORD)
    return client


@pytest.fixture
def ada(candidate: FirstSystem) -> Iterator[FirstSystem]:
    """A candidate, logged in, with no open attempt."""
    yield candidate
    candidate.post(f"/api/v1/exam/stop/{candidate.id}")


@pytest.fixture(scope="module")
def admin(program: Callable[[], FirstSystem]) -> FirstSystem:
    client = program()
    client.log_in(*ADMIN)
    return client


@pytest.fixture
def second(url: str) -> Iterator[SecondSystem]:
    client = SecondSystem(url)
    yield client
    client.http.close()


def fresh_email() -> str:
    return f"ada-{uuid.uuid4().hex[:8]}@example.test"


def jpeg(scene: str) -> bytes:
    return cv2.imencode(".jpg", scenes()[scene])[1].tobytes()


def camera(scene: str) -> Iterator[bytes]:
    """Pictures of a scene as a sensor gives them: no two alike."""
    rng, picture = np.random.default_rng(3), scenes()[scene].astype(np.int16)
    while True:
        noisy = np.clip(picture + rng.integers(-4, 5, picture.shape), 0, 255)
        yield cv2.imencode(".jpg", noisy.astype(np.uint8))[1].tobytes()


def now() -> str:
    return datetime.now(UTC).isoformat()


def refused(answer: httpx.Response, status: int, code: str = "") -> bool:
    """Whether the answer is an error as the contract has them."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) >= {"detail", "code"}
    assert not code or answer.json()["code"] == code, answer.text
    return True


# --- the first system ---


def test_a_candidate_signs_up_streams_frames_in_every_form_and_reads_what_was_noted(
    program: Callable[[], FirstSystem], face: bytes, admin: FirstSystem
) -> None:
    client, email = program(), fresh_email()
    made = client.sign_up(email, STUDENT_PASSWORD, face, name="Grace", role="admin")
    assert made.status_code == 201
    assert set(made.json()) == {"id", "email", "message"}
    again = client.sign_up(email, STUDENT_PASSWORD, face)
    assert refused(again, 409)
    token = client.log_in(email, STUDENT_PASSWORD, field="username")
    assert (token["token_type"], token["role"], token["id"]) == (
        "bearer", "student", made.json()["id"],
    )  # fmt: skip
    assert token["expires_in"] > 0
    assert client.get("/api/v1/auth/me").json()["email"] == email

    start = client.exam("start")
    more = start["wsConfig"]["additionalParams"]
    assert start["status"] == "running"
    assert more["userId"] == client.id
    assert more["maxDuration"] == start["duration"] * 60
    assert more["keepAliveInterval"] >= 1000
    assert datetime.fromisoformat(start["startTime"]).utcoffset() is not None
    session = client.look("session")
    assert session == {
        "user_id": client.id, "status": "running", "start_time": start["startTime"],
        "duration": start["duration"], "attempt_id": start["wsConfig"]["sessionId"],
    }  # fmt: skip

    with client.stream(start) as stream:
        for frame, _ in zip(in_every_form(camera("face")), range(12), strict=False):
            assert stream.answer_to(frame)["type"] == "ack"
        status = stream.hear("status")
        assert status.keys() >= {"face_box", "quality", "degraded"}
        assert status["face_box"] is not None
        assert stream.logs() == []
        stream.stream_until("Face not detected", in_every_form(camera("nobody")))
        (log,) = stream.logs()
        assert set(log) == {
            "event", "time", "event_type", "severity", "confidence", "incident_id", "phase",
        }  # fmt: skip
        assert (log["event_type"], log["severity"], log["phase"]) == (
            "face_absent", "alert", "opened",
        )  # fmt: skip
        frames = in_every_form(camera("face"))
        while stream.logs()[-1]["phase"] != "closed":
            stream.answer_to(next(frames))
        assert stream.logs()[-1]["incident_id"] == log["incident_id"]

        summary = client.look("summary")
        assert summary["suspicious_activities"] == {"face_absent": 1}
        assert 0 <= summary["overall_compliance"] < 100
        assert summary["score_breakdown"]
        assert [one["incident_id"] for one in summary["incidents"]] == [log["incident_id"]]
        assert client.look("summary")["incidents"] == summary["incidents"]
        path = f"/api/v1/incidents/{log['incident_id']}"
        picture = admin.get(f"{path}/evidence/0")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        assert "no-store" in picture.headers["cache-control"]
        assert refused(client.get(f"{path}/evidence/0"), 403)
        judged = admin.post(f"{path}/verdict", {"verdict": "passed"}).json()
        assert (judged["verdict"], judged["compliance"]) == ("passed", 100)

        assert client.exam("stop")["status"] == "submitted"
        assert stream.close_code() == 1000
    assert client.look("session")["status"] == "submitted"
    assert refused(client.post(f"/api/v1/exam/stop/{client.id}"), 409, "no_open_attempt")
    summary = client.look("summary")
    assert 0 < summary["total_duration"] < 2
    assert 0 < summary["face_detection_rate"] < 1
    attempt = start["wsConfig"]["sessionId"]
    named = client.get(f"/api/v1/exam/summary/{client.id}?attempt_id={attempt}").json()
    assert named["suspicious_activities"] == {"face_absent": 1}


def test_errors_have_a_code_and_say_nothing_of_who_has_an_account(
    program: Callable[[], FirstSystem], face: bytes, ada: FirstSystem, admin: FirstSystem
) -> None:
    stranger = program()
    form = {"email": ADMIN[0], "password": "a wrong phrase here"}
    wrong = stranger.http.post("/api/v1/auth/login/password", data=form)
    unknown = stranger.http.post(
        "/api/v1/auth/login/password", data={**form, "email": "nobody@example.test"}
    )
    assert refused(wrong, 401)
    assert wrong.json() == unknown.json()
    assert refused(stranger.post(f"/api/v1/exam/start/{ada.id}"), 401)
    assert refused(ada.post(f"/api/v1/exam/start/{admin.id}"), 403)
    assert refused(ada.get(f"/api/v1/exam/summary/{admin.id}"), 403)
    unknown_code = ada.post(f"/api/v1/exam/start/{ada.id}", {"exam_code": "NOSUCHCODE"})
    assert refused(unknown_code, 404)
    assert refused(ada.get("/api/v1/no/such/route"), 404)
    landscape = (MEDIA / "china.jpg").read_bytes()
    assert refused(stranger.sign_up("x@example.test", STUDENT_PASSWORD, landscape), 422)
    assert refused(stranger.sign_up("x@example.test", STUDENT_PASSWORD, b"no picture"), 415)
    assert refused(stranger.sign_up("x@example.test", STUDENT_PASSWORD, face + bytes(10**8)), 413)

    email = ada.get("/api/v1/auth/me").json()["email"]
    challenges = [
        stranger.post("/api/v1/auth/login/face/challenge", {"email": one}).json()
        for one in ("nobody@example.test", email)
    ]
    assert [set(one) for one in challenges] == [{"challenge_id", "action", "expires_in"}] * 2
    assert {one["action"] for one in challenges} <= _ACTIONS
    tried = stranger.http.post(
        "/api/v1/auth/login/face",
        data={"email": email, "challenge_id": challenges[1]["challenge_id"]},
        files=[("image", ("1.jpg", jpeg("face"), "image/jpeg"))] * 3,
    )
    assert refused(tried, 401)


def test_a_log_in_that_ends_is_refused_at_once_also_on_an_open_socket(
    program: Callable[[], FirstSystem], face: bytes
) -> None:
    client, email = program(), fresh_email()
    client.sign_up(email, STUDENT_PASSWORD, face)
    client.log_in(email, STUDENT_PASSWORD)
    (mine,) = client.get("/api/v1/auth/sessions").json()["items"]
    assert mine["current"] is True
    with client.stream(client.exam("start")) as stream:
        assert stream.answer_to(jpeg("face"))["type"] == "ack"
        assert client.http.delete(f"/api/v1/auth/sessions/{mine['id']}").is_success
        assert stream.close_code() == 4401
    assert refused(client.get("/api/v1/auth/me"), 401)
    for way in ("logout", "logout-all"):
        client.log_in(email, STUDENT_PASSWORD)
        assert client.post(f"/api/v1/auth/{way}").is_success
        assert refused(client.get("/api/v1/auth/me"), 401)


def test_a_ticket_is_for_one_socket_of_its_candidate_and_nothing_else(
    ada: FirstSystem, admin: FirstSystem
) -> None:
    start = ada.exam("start")
    ticket, address = start["wsConfig"]["token"], start["wsUrl"]
    as_bearer = ada.http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {ticket}"})
    assert refused(as_bearer, 401)
    with ada.open(f"{address}?token={ada.token}") as stream:
        assert stream.close_code() == 4401  # a log-in is not for the socket
    with ada.open(address) as stream:
        stream.send({"type": "ping"})
        assert stream.close_code() == 4401  # the first message is no ticket
    with ada.stream(start, ticket_in_message=True) as stream:
        stream.send({"type": "ping"})
        stream.hear("pong")
    with ada.stream(start) as stream:
        assert stream.close_code() == 4401  # it was used

    again = ada.exam("start")
    assert again["wsConfig"]["sessionId"] == start["wsConfig"]["sessionId"]
    assert again["startTime"] == start["startTime"]
    assert again["wsConfig"]["token"] != ticket
    with ada.stream(again, origin="https://elsewhere.example") as stream:
        assert stream.close_code() == 4403
    others = address.replace(ada.id, admin.id)
    with ada.open(f"{others}?token={ada.exam('start')['wsConfig']['token']}") as stream:
        assert stream.close_code() == 4403
    with ada.stream(ada.exam("start")) as first, ada.stream(ada.exam("start")) as second:
        assert first.close_code() == 4409
        assert second.answer_to(jpeg("face"))["type"] == "ack"


def test_what_the_socket_cannot_use_is_told_and_the_socket_lives_on(ada: FirstSystem) -> None:
    wide = cv2.imencode(".jpg", np.zeros((1100, 1930, 3), np.uint8))[1].tobytes()
    too_large = bytes(300 * 1024 + 1)
    with ada.stream(ada.exam("start")) as stream:
        for bad in (
            b"no picture", "no base64!", '{"type": "frame"', {"type": "dance"},
            {"type": "frame", "seq": 1}, wide, too_large, as_base64(too_large),
            {"type": "event", "timestamp": now()},
        ):  # fmt: skip
            answer = stream.answer_to(bad)
            assert (answer["type"], bool(answer["code"]), bool(answer["detail"])) == (
                "error", True, True,
            )  # fmt: skip
        assert stream.answer_to({"type": "frame", "seq": 70, "image": as_base64(jpeg("face"))}) == {
            "type": "ack", "seq": 70, "analysed": True,
        }  # fmt: skip
        assert isinstance(stream.answer_to(jpeg("face"))["seq"], int)
        event = {"type": "event", "kind": "hidden", "timestamp": now(), "seq": 1}
        assert stream.answer_to(event)["type"] == "ack"
        assert stream.hear_of("Tab switch detected")["severity"] == "notice"
        for _ in range(20):
            stream.send(too_large)
        assert stream.close_code() == 1009


def test_a_pause_needs_a_proctor_and_logs_are_cleared_by_proctors_alone(
    ada: FirstSystem, admin: FirstSystem
) -> None:
    with ada.stream(ada.exam("start")) as stream:
        assert refused(ada.post(f"/api/v1/exam/pause/{ada.id}"), 403, "pause_not_allowed")
        assert admin.exam("pause", ada.id, {"reason": "A fire drill."})["status"] == "paused"
        control = stream.hear("control")
        assert (control["action"], control["text"]) == ("pause", "A fire drill.")
        assert refused(ada.post(f"/api/v1/exam/resume/{ada.id}"), 403)
        assert admin.exam("resume", ada.id)["status"] == "running"
        assert stream.hear("control")["action"] == "resume"
        stream.send({"type": "event", "kind": "blur", "timestamp": now(), "seq": 1})
        stream.send({"type": "event", "kind": "paste", "timestamp": now(), "seq": 2})
        stream.hear("logs")
    counted = sum(ada.look("summary")["suspicious_activities"].values())
    assert counted > 0
    assert refused(ada.post(f"/api/v1/exam/clear-logs/{ada.id}"), 403)
    cleared = admin.exam("clear-logs", ada.id)
    assert set(cleared) == {"message", "deleted_count"}
    assert cleared["deleted_count"] >= counted
    assert ada.look("summary")["suspicious_activities"] == {}
    assert admin.exam("restore-logs", ada.id)["deleted_count"] == cleared["deleted_count"]


def published(admin: FirstSystem, **more: object) -> str:
    """The code of a new exam that can be sat."""
    question = {"kind": "essay", "text": "Why?", "points": 1}
    exam = {"title": "Exam", "duration_minutes": 30, "questions": [question], "published": True}
    made = admin.post("/api/v1/exams", exam | more)
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


def test_before_its_window_an_exam_is_ready_and_one_may_let_candidates_pause(
    ada: FirstSystem, admin: FirstSystem
) -> None:
    opens_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    later = ada.exam("start", body={"exam_code": published(admin, opens_at=opens_at)})
    assert (later["status"], later["startTime"], later["duration"]) == ("ready", None, 30)
    ada.exam("stop")

    code = published(admin, candidate_may_pause=True)
    start = ada.exam("start", body={"exam_code": code})
    assert ada.exam("pause")["status"] == "paused"
    assert ada.exam("resume")["status"] == "running"
    attempt = f"/api/v1/attempts/{start['wsConfig']['sessionId']}"
    with ada.stream(ada.exam("start")) as stream:
        assert admin.post(f"{attempt}/message", {"text": "Ten minutes left."}).is_success
        said = stream.hear("control")
        assert (said["action"], said["text"]) == ("message", "Ten minutes left.")
        assert refused(ada.post(f"{attempt}/terminate", {"reason": "Mine."}), 403)
        assert admin.post(f"{attempt}/terminate", {"reason": "The hall closes."}).is_success
        said = stream.hear("control")
        assert (said["action"], said["text"]) == ("terminate", "The hall closes.")
        assert stream.close_code() == 1000
    assert ada.look("session")["status"] == "terminated"


def test_too_many_tries_are_told_when_to_come_back(program: Callable[[], FirstSystem]) -> None:
    client, asked = program(), {"email": fresh_email()}
    answers = (client.post("/api/v1/auth/login/face/challenge", asked) for _ in range(30))
    throttled = next(answer for answer in answers if answer.status_code != 200)
    assert refused(throttled, 429)
    assert int(throttled.headers["retry-after"]) > 0


# --- the second system ---


def test_the_second_systems_admin_logs_in_by_form_and_sees_pages_and_documents(
    second: SecondSystem,
) -> None:
    client = second
    assert refused(client.log_in(ADMIN[0], "a wrong phrase here"), 401)
    entered = client.log_in(*ADMIN)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin/dashboard")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ADMIN[0] not in cookie

    assert set(client.document("/admin/dashboard")) >= {
        "exams", "users", "running_attempts", "open_incidents",
    }  # fmt: skip
    for path in ("/admin/exams", "/admin/users"):
        assert set(client.document(path)) >= {"items", "next"}
    for path in ("/admin/dashboard", "/admin/exams", "/admin/users"):
        page = client.page(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert page.text.lstrip().lower().startswith("<!doctype html")

    draft = client.http.post("/admin/exams", data={"title": "History", "duration": "45"})
    assert draft.status_code == 201
    assert (draft.json()["published"], draft.json()["duration_minutes"]) == (False, 45)
    question = {
        "kind": "single", "text": "2 + 2", "options": ["3", "4"], "correct": "4", "points": 2,
    }  # fmt: skip
    exam = client.http.post(
        "/admin/exams",
        json={
            "title": "Sums", "duration_minutes": 30, "questions": [question], "published": True,
        },
    )  # fmt: skip
    assert exam.status_code == 201
    titles = {one["title"] for one in client.document("/admin/exams")["items"]}
    assert {"History", "Sums"} <= titles
    ids = {draft.json()["id"], exam.json()["id"]}
    assert len(ids) == 2


def test_a_name_that_two_accounts_share_opens_neither(
    program: Callable[[], FirstSystem], second: SecondSystem, face: bytes
) -> None:
    name = f"Twin {uuid.uuid4().hex[:8]}"
    program().sign_up(fresh_email(), STUDENT_PASSWORD, face, name=name)
    assert second.log_in(name, STUDENT_PASSWORD, field="name").status_code == 303
    program().sign_up(fresh_email(), STUDENT_PASSWORD, face, name=name)
    assert refused(second.log_in(name, STUDENT_PASSWORD, field="name"), 401)


def test_the_second_systems_candidate_tells_of_faces_and_tabs_each_saved_once(
    second: SecondSystem, ada: FirstSystem
) -> None:
    client, me = second, ada.get("/api/v1/auth/me").json()
    nobody = client.tell("/api/monitor/tab_event", {"kind": "hidden", "timestamp": now()})
    assert refused(nobody, 401)
    entered = client.log_in(me["name"], STUDENT_PASSWORD, field="name")
    assert (entered.status_code, entered.headers["location"]) == (303, "/dashboard")
    for path in ("/admin/dashboard", "/admin/exams", "/admin/users"):
        assert refused(client.http.get(path, headers={"Accept": "application/json"}), 403)
    body: dict[str, Any] = {"kind": "hidden", "timestamp": now(), "seq": 1}
    assert refused(client.tell("/api/monitor/tab_event", body), 409, "no_open_attempt")
    ada.exam("start")

    def saved(path: str, told: dict[str, Any]) -> int:
        answer = client.tell(path, {"timestamp": now(), **told})
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "ok"
        return int(answer.json()["saved"])

    assert saved("/api/monitor/tab_event", body) == 1
    assert saved("/api/monitor/tab_event", body) == 0
    kinds = (
        "visible", "blur", "focus", "fullscreen_exit", "copy", "cut", "paste", "context_menu",
        "print", "devtools", "second_screen", "offline", "online",
    )  # fmt: skip
    for kind in kinds:
        assert saved("/api/monitor/tab_event", {"kind": kind}) == 1
    face_log = "/api/monitor/face_log"
    assert saved(face_log, {"matched": False, "distance": 0.7, "faces": 1, "seq": 30}) == 1
    assert "identity_mismatch" not in ada.look("summary")["suspicious_activities"]
    assert saved(face_log, {"matched": False, "seq": 31}) == 1
    claimed = [
        one for one in ada.look("summary")["incidents"] if one["event_type"] == "identity_mismatch"
    ]
    assert [one["severity"] for one in claimed] == ["notice"]
    reasons = ("no_face_detected", "unverified_face_detected", "tab_switch", "sound_of_a_duck")
    events = [
        {"reason": reason, "timestamp": now(), "seq": 40 + number}
        for number, reason in enumerate(reasons)
    ]
    batch = client.tell("/api/proctor/events", {"events": events})
    assert batch.json() == {"status": "ok", "saved": 4}
    assert client.tell("/api/proctor/events", {"events": events}).json()["saved"] == 0
    noted = ada.look("summary")
    assert noted["suspicious_activities"].keys() >= {
        "face_absent", "identity_mismatch", "tab_switch",
    }  # fmt: skip
    assert "sound_of_a_duck" in str(noted["incidents"])
    assert refused(client.tell("/api/monitor/tab_event", {"kind": "dance"}), 422)
