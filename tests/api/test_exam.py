"""Exam sessions over REST: the shapes of the contract, states and refusals."""

from collections.abc import Callable
from typing import Any

import pytest

from proctor_app.db.tables import Attempt
from proctor_app.domain.access import Role
from tests.api.conftest import MakeSite, Site
from tests.fakes import jpeg
from tests.world import Person


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana")


@pytest.fixture
def proctor(site: Site) -> Person:
    return site.world.person(Role.PROCTOR)


def _incident_id(site: Site, who: Person) -> int:
    found: int = site.client.get(f"/api/v1/exam/summary/{who.id}", headers=who.bearer).json()[
        "incidents"
    ][0]["incident_id"]
    return found


# --- start ---


def test_given_a_candidate_when_started_then_the_answer_is_the_contracts(
    site: Site, ana: Person
) -> None:
    answer = site.client.post(f"/api/v1/exam/start/{ana.id}", headers=ana.bearer)

    (attempt,) = site.world.rows(Attempt)
    found = answer.json()
    ticket = found["wsConfig"].pop("token")
    assert answer.status_code == 200
    assert found == {
        "message": "Monitoring is running.",
        "status": "running",
        "wsUrl": f"ws://testserver/ws/{ana.id}",
        "wsConfig": {
            "sessionId": attempt.id,
            "additionalParams": {
                "userId": ana.id,
                "maxDuration": 120 * 60,
                "keepAliveInterval": 15_000,
            },
        },
        "startTime": "2026-03-02T09:00:00.000Z",
        "duration": 120,
    }
    assert site.world.services.tickets.redeem(ticket).attempt_id == attempt.id
    assert attempt.notice_version  # a client that starts accepts the notice


def test_given_an_open_attempt_when_started_again_then_only_the_ticket_is_new(
    site: Site, ana: Person
) -> None:
    first, second = site.start(ana), site.start(ana)

    tickets = {found["wsConfig"].pop("token") for found in (first, second)}
    assert len(tickets) == 2
    assert first == second


def test_given_https_when_started_then_the_websocket_is_secure_and_on_the_host_asked_for(
    site: Site, ana: Person
) -> None:
    url = f"https://exams.example.org:8443/api/v1/exam/start/{ana.id}"

    answer = site.client.post(url, headers=ana.bearer)

    assert answer.json()["wsUrl"] == f"wss://exams.example.org:8443/ws/{ana.id}"


def test_given_another_length_in_the_settings_then_attempts_have_it(make_site: MakeSite) -> None:
    site = make_site(PROCTOR_FREE_SESSION_MINUTES="45")

    found = site.start(site.world.person())

    assert (found["duration"], found["wsConfig"]["additionalParams"]["maxDuration"]) == (45, 2700)


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"json": {"exam_code": "EXAM-1"}}, 404, "no_exam"),
        ({"content": b'{"exam_code": "\\ud800"}'}, 404, "no_exam"),
        ({"json": {"exam_code": 7}}, 422, "invalid_request"),
        ({"json": [1]}, 422, "invalid_request"),
        ({"content": b"{"}, 422, "invalid_request"),
        ({"content": b"\xff\xfe\x00"}, 422, "invalid_request"),
        ({"content": b"[" * 60_000}, 422, "invalid_request"),
    ],
)
def test_given_a_body_that_does_not_serve_when_started_then_it_is_refused_with_a_code(
    site: Site, ana: Person, options: dict[str, Any], status: int, code: str
) -> None:
    headers = ana.bearer | {"content-type": "application/json"}

    answer = site.client.post(f"/api/v1/exam/start/{ana.id}", headers=headers, **options)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"detail", "code"}
    assert site.world.rows(Attempt) == []


@pytest.mark.parametrize("body", [{}, {"exam_code": ""}, {"exam_code": None}, {"unknown": 1}, None])
def test_given_a_body_without_an_exam_when_started_then_it_is_a_free_session(
    site: Site, ana: Person, body: object
) -> None:
    answer = site.client.post(f"/api/v1/exam/start/{ana.id}", headers=ana.bearer, json=body)

    assert (answer.status_code, answer.json()["status"]) == (200, "running")


def test_given_very_many_starts_then_it_is_429_with_the_seconds_to_wait(
    site: Site, ana: Person
) -> None:
    for _ in range(30):
        site.start(ana)

    answer = site.client.post(f"/api/v1/exam/start/{ana.id}", headers=ana.bearer)

    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_given_staff_when_they_start_for_nobody_then_it_is_404(site: Site, proctor: Person) -> None:
    answer = site.client.post("/api/v1/exam/start/nobody", headers=proctor.bearer)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_candidate")


# --- stop ---


def test_given_a_running_attempt_when_stopped_then_it_is_submitted_and_a_second_stop_is_409(
    site: Site, ana: Person
) -> None:
    site.start(ana)
    stop = f"/api/v1/exam/stop/{ana.id}"

    answer = site.client.post(stop, headers=ana.bearer)
    again = site.client.post(stop, headers=ana.bearer)

    assert answer.json() == {"message": "Monitoring has ended.", "status": "submitted"}
    assert (again.status_code, again.json()["code"]) == (409, "no_open_attempt")


def test_given_a_running_attempt_then_a_proctor_may_stop_it(
    site: Site, ana: Person, proctor: Person
) -> None:
    site.start(ana)

    answer = site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=proctor.bearer)

    assert answer.status_code == 200
    assert site.world.rows(Attempt)[0].status_reason == "Ended by the proctor."


# --- session and summary ---


def test_given_an_attempt_then_the_session_is_the_contracts(site: Site, ana: Person) -> None:
    attempt_id = site.start(ana)["wsConfig"]["sessionId"]

    answer = site.client.get(f"/api/v1/exam/session/{ana.id}", headers=ana.bearer)

    assert answer.json() == {
        "user_id": ana.id,
        "status": "running",
        "start_time": "2026-03-02T09:00:00.000Z",
        "duration": 120,
        "attempt_id": attempt_id,
    }


@pytest.mark.parametrize("route", ["session", "summary"])
def test_given_no_attempt_yet_then_it_is_404(site: Site, ana: Person, route: str) -> None:
    answer = site.client.get(f"/api/v1/exam/{route}/{ana.id}", headers=ana.bearer)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_attempt")


def test_given_an_incident_then_the_summary_is_the_contracts(site: Site, ana: Person) -> None:
    site.absent(ana, seconds=4)
    site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer)

    answer = site.client.get(f"/api/v1/exam/summary/{ana.id}", headers=ana.bearer)

    assert answer.json() == {
        "total_duration": 0.07,
        "face_detection_rate": 0.0,
        "suspicious_activities": {"face_absent": 1},
        "overall_compliance": 99.0,
        "score_breakdown": {"face_absent": 1.0},
        "incidents": [
            {
                "incident_id": _incident_id(site, ana),
                "event_type": "face_absent",
                "event": "Face not detected",
                "severity": "alert",
                "detail": "",
                "start_time": "2026-03-02T09:00:01.000Z",
                "end_time": "2026-03-02T09:00:04.000Z",
                "confidence": 1.0,
                "verdict": "not_reviewed",
                "evidence_count": 2,
            }
        ],
    }


def test_given_no_frame_yet_then_the_face_rate_is_unknown_not_zero(site: Site, ana: Person) -> None:
    site.start(ana)

    found = site.client.get(f"/api/v1/exam/summary/{ana.id}", headers=ana.bearer).json()

    assert found["face_detection_rate"] is None
    assert (found["overall_compliance"], found["incidents"]) == (100.0, [])


def test_given_an_earlier_attempt_is_named_then_it_is_summed_up(site: Site, ana: Person) -> None:
    first = site.absent(ana)
    site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer)
    site.world.clock.advance(1)
    site.start(ana)
    summary = f"/api/v1/exam/summary/{ana.id}"

    named = site.client.get(f"{summary}?attempt_id={first}", headers=ana.bearer).json()
    latest = site.client.get(summary, headers=ana.bearer).json()

    assert named["suspicious_activities"] == {"face_absent": 1}
    assert latest["suspicious_activities"] == {}


# --- pictures ---


def test_given_an_incident_then_staff_get_the_picture_itself_and_nobody_keeps_it(
    site: Site, ana: Person, proctor: Person
) -> None:
    site.absent(ana)
    path = f"/api/v1/incidents/{_incident_id(site, ana)}/evidence/0"

    answer = site.client.get(path, headers=proctor.bearer)

    assert (answer.status_code, answer.content) == (200, jpeg(2))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store, private"


def test_given_frames_then_staff_get_the_newest_one(
    site: Site, ana: Person, proctor: Person
) -> None:
    attempt_id = site.absent(ana)

    answer = site.client.get(f"/api/v1/attempts/{attempt_id}/picture?n=3", headers=proctor.bearer)

    assert (answer.status_code, answer.content) == (200, jpeg(2))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store, private"


def test_given_the_attempt_has_ended_then_its_last_picture_is_gone_without_an_error(
    site: Site, ana: Person, proctor: Person
) -> None:
    attempt_id = site.absent(ana)
    site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer)

    answer = site.client.get(f"/api/v1/attempts/{attempt_id}/picture", headers=proctor.bearer)

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/incidents/{incident}/evidence/1", 404),
        ("/api/v1/incidents/{incident}/evidence/-1", 404),
        ("/api/v1/incidents/999/evidence/0", 404),
        ("/api/v1/incidents/0/evidence/0", 404),
        ("/api/v1/incidents/99999999999999999999/evidence/0", 422),
        ("/api/v1/incidents/{incident}/evidence/99999999999999999999", 422),
        ("/api/v1/incidents/one/evidence/0", 422),
        ("/api/v1/incidents/%00/evidence/0", 422),
        ("/api/v1/attempts/no-such-attempt/picture", 404),
        ("/api/v1/attempts/..%2F..%2Fdata/picture", 404),
    ],
)
def test_given_no_such_picture_then_it_is_refused_with_a_code(
    site: Site, ana: Person, proctor: Person, path: str, status: int
) -> None:
    site.absent(ana)

    answer = site.client.get(path.format(incident=_incident_id(site, ana)), headers=proctor.bearer)

    assert answer.status_code == status
    assert set(answer.json()) == {"detail", "code"}


# --- every error is a document ---


@pytest.mark.parametrize(
    "trouble",
    [
        lambda site, ana: site.client.get("/api/v1/auth/me"),
        lambda site, ana: site.client.get("/api/v1/exam/session/another", headers=ana.bearer),
        lambda site, ana: site.client.get(f"/api/v1/exam/session/{ana.id}", headers=ana.bearer),
        lambda site, ana: site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer),
        lambda site, ana: site.client.get("/api/nothing/here"),
        lambda site, ana: site.client.get("/nothing/here"),
        lambda site, ana: site.client.put("/login"),
        lambda site, ana: site.client.post("/login", data={}),
    ],
)
def test_given_any_refusal_then_its_body_is_detail_and_code(
    site: Site, ana: Person, trouble: Callable[[Site, Person], Any]
) -> None:
    answer = trouble(site, ana)

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"detail", "code"}
    assert answer.json()["code"].replace("_", "").isalpha()
