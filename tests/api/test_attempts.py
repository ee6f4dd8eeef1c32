"""Attempts as documents: start with a code, answer, hand in, watch, end, clear away."""

from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.papers import (
    CLOSED,
    RIGHT,
    SetExam,
    assign,
    at,
    attempt_row,
    change,
    put_on_roster,
    set_exam,
    with_,
)
from tests.world import Person


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana")


@pytest.fixture
def proctor(site: Site) -> Person:
    return site.world.person(Role.PROCTOR)


@pytest.fixture
def exam(site: Site) -> SetExam:
    return set_exam(site.world)


def _ask(site: Site, who: Person, method: str, path: str, **options: Any) -> Any:
    return site.client.request(method, f"/api/v1{path}", headers=who.bearer, **options)


def _begin(site: Site, who: Person, exam: SetExam) -> str:
    answer = _ask(site, who, "POST", f"/exam/start/{who.id}", json={"exam_code": exam.code})
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["wsConfig"]["sessionId"]
    return found


def _said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- start, pause, resume ---


def test_given_a_code_when_started_then_it_runs_and_is_returned_again_without_the_code(
    site: Site, ana: Person, exam: SetExam
) -> None:
    body = {"exam_code": exam.code.lower()}
    first = _ask(site, ana, "POST", f"/exam/start/{ana.id}", json=body).json()
    second = _ask(site, ana, "POST", f"/exam/start/{ana.id}").json()

    assert (first["status"], first["duration"]) == ("running", 60)
    assert first["wsConfig"]["additionalParams"]["maxDuration"] == 3600
    assert second["wsConfig"]["sessionId"] == first["wsConfig"]["sessionId"]
    assert second["wsConfig"]["token"] != first["wsConfig"]["token"]
    row = attempt_row(site.world, first["wsConfig"]["sessionId"])
    assert (row.exam_id, row.consented_at) == (exam.id, site.world.clock())


def test_given_the_window_is_not_open_when_started_then_it_is_ready(
    site: Site, ana: Person, exam: SetExam
) -> None:
    change(site.world, exam, opens_at=at(site.world, minutes=1))
    body = {"exam_code": exam.code}

    early = _ask(site, ana, "POST", f"/exam/start/{ana.id}", json=body).json()
    site.world.clock.advance(60)
    then = _ask(site, ana, "POST", f"/exam/start/{ana.id}").json()

    assert (early["status"], early["startTime"]) == ("ready", None)
    assert (then["status"], then["startTime"]) == ("running", "2026-03-02T09:01:00.000Z")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"status": "draft"}, (404, "no_exam")),
        ({"access": "roster"}, (403, "not_on_roster")),
        ({"status": "closed"}, (409, "exam_closed")),
    ],
)
def test_given_an_exam_that_is_not_for_them_then_the_answer_says_why(
    site: Site, ana: Person, exam: SetExam, terms: Any, said: tuple[int, str]
) -> None:
    change(site.world, exam, **terms)
    body = {"exam_code": exam.code}
    assert _said(_ask(site, ana, "POST", f"/exam/start/{ana.id}", json=body)) == said


def test_given_a_proctor_then_they_pause_and_resume_and_the_candidate_may_not(
    site: Site, ana: Person, proctor: Person, exam: SetExam
) -> None:
    attempt_id = _begin(site, ana, exam)
    refused = _ask(site, ana, "POST", f"/exam/pause/{ana.id}")
    assert _said(refused) == (403, "pause_not_allowed")

    reason = {"reason": "A fire alarm."}
    paused = _ask(site, proctor, "POST", f"/exam/pause/{ana.id}", json=reason)
    assert (paused.status_code, paused.json()["status"]) == (200, "paused")
    save = _ask(site, ana, "PUT", f"/attempts/{attempt_id}/answers/q-single", json={"value": "4"})
    assert _said(save) == (409, "attempt_paused")
    again = _ask(site, ana, "POST", f"/exam/start/{ana.id}").json()
    assert (again["status"], again["wsConfig"]["sessionId"]) == ("paused", attempt_id)
    site.world.clock.advance(7200)
    resumed = _ask(site, proctor, "POST", f"/exam/resume/{ana.id}")
    assert resumed.json()["status"] == "running"
    found = _ask(site, ana, "GET", f"/attempts/{attempt_id}").json()
    assert found["remaining_s"] == 3600


def test_given_no_open_attempt_then_there_is_nothing_to_pause(
    site: Site, ana: Person, proctor: Person
) -> None:
    for route in ("pause", "resume", "stop"):
        answer = _ask(site, proctor, "POST", f"/exam/{route}/{ana.id}")
        assert _said(answer) == (409, "no_open_attempt")


# --- the sheet, answers, handing in ---


def test_given_an_attempt_then_its_sheet_has_questions_in_order_and_nothing_that_is_right(
    site: Site, ana: Person, exam: SetExam
) -> None:
    attempt_id = _begin(site, ana, exam)
    for question_id, value in RIGHT.items():
        path = f"/attempts/{attempt_id}/answers/{question_id}"
        saved = _ask(site, ana, "PUT", path, json={"value": value, "seq": 2})
        assert saved.json() == {"saved": True, "remaining_s": 3600, "seq": 2}
    path = f"/attempts/{attempt_id}/answers/q-essay"
    assert _ask(site, ana, "PUT", path, json={"flagged": True}).status_code == 200

    answer = _ask(site, ana, "GET", f"/attempts/{attempt_id}")

    found = answer.json()
    assert [one["id"] for one in found["questions"]] == [one.id for one in (*CLOSED,)] + ["q-essay"]
    assert found["answers"] == {
        "q-single": "4",
        "q-multiple": ["2", "4"],
        "q-numeric": "3,14",
        "q-short": " lima ",
    }
    assert found["flagged"] == ["q-essay"]
    assert (found["status"], found["score"], found["compliance"]) == ("running", None, 100)
    assert (found["started_at"], found["ends_at"]) == (
        "2026-03-02T09:00:00.000Z",
        "2026-03-02T10:00:00.000Z",
    )
    for word in ("correct", "tolerance", "Lima", "explanation", "Because"):
        assert word not in answer.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"value": "6"}, (422, "answer_invalid")),
        ({"value": {"a": 1}}, (422, "invalid_request")),
        ({"value": ["4"] * 21}, (422, "invalid_request")),
        ({"value": "x" * 50_001}, (422, "invalid_request")),
        ({"value": "4", "seq": -1}, (422, "invalid_request")),
        ({"value": "4", "seq": 2**53 + 1}, (422, "invalid_request")),
        ({"value": "4", "holder": "x" * 65}, (422, "invalid_request")),
        ([], (422, "invalid_request")),
    ],
)
def test_given_a_body_that_is_no_answer_then_nothing_is_saved(
    site: Site, ana: Person, exam: SetExam, body: Any, said: tuple[int, str]
) -> None:
    attempt_id = _begin(site, ana, exam)
    path = f"/attempts/{attempt_id}/answers/q-single"

    assert _said(_ask(site, ana, "PUT", path, json=body)) == said
    assert site.world.rows(tables.Answer) == []


def test_given_all_is_marked_when_handed_in_then_the_score_waits_for_the_release(
    site: Site, ana: Person, proctor: Person
) -> None:
    exam = set_exam(site.world, with_(questions=CLOSED))
    attempt_id = _begin(site, ana, exam)
    for question_id, value in RIGHT.items():
        path = f"/attempts/{attempt_id}/answers/{question_id}"
        _ask(site, ana, "PUT", path, json={"value": value})

    first = _ask(site, ana, "POST", f"/attempts/{attempt_id}/submit").json()
    second = _ask(site, ana, "POST", f"/attempts/{attempt_id}/submit", json={}).json()

    assert (first["status"], first["score"]) == ("submitted", None)
    assert second == first
    save = _ask(site, ana, "PUT", f"/attempts/{attempt_id}/answers/q-single", json={"value": "3"})
    assert _said(save) == (409, "attempt_ended")
    assert _ask(site, proctor, "GET", f"/attempts/{attempt_id}").json()["score"] == 6.0
    assert _ask(site, ana, "GET", f"/attempts/{attempt_id}").json()["score"] is None
    refused = _ask(site, ana, "GET", f"/attempts/{attempt_id}/incidents")
    assert _said(refused) == (403, "not_released")
    change(site.world, exam, results_at=site.world.clock())
    assert _ask(site, ana, "GET", f"/attempts/{attempt_id}").json()["score"] == 6.0
    shown = _ask(site, ana, "GET", f"/attempts/{attempt_id}/incidents")
    assert shown.json() == {"items": [], "next": None}


def test_given_results_at_once_then_handing_in_tells_the_score(site: Site, ana: Person) -> None:
    exam = set_exam(site.world, with_(questions=CLOSED), results="when_marked")
    attempt_id = _begin(site, ana, exam)

    handed_in = _ask(site, ana, "POST", f"/attempts/{attempt_id}/submit").json()

    assert (handed_in["status"], handed_in["score"]) == ("submitted", 0.0)


def test_given_it_has_ended_then_staff_read_marks_and_comments_and_what_waits_and_nobody_else(
    site: Site, ana: Person, proctor: Person, exam: SetExam
) -> None:
    path = f"/attempts/{_begin(site, ana, exam)}"
    for question_id, value in {"q-single": "4", "q-essay": "Because."}.items():
        _ask(site, ana, "PUT", f"{path}/answers/{question_id}", json={"value": value})
    assert _ask(site, proctor, "GET", path).json()["marks"] is None  # it has not ended
    _ask(site, ana, "POST", f"{path}/submit")

    waiting = _ask(site, proctor, "GET", path).json()["marks"]
    attempt_id = path.rpartition("/")[2]
    site.world.services.marking.give(proctor.actor, attempt_id, "q-essay", 3.5, "Well argued.")
    marked = _ask(site, proctor, "GET", path).json()["marks"]

    assert set(waiting) == {one.id for one in CLOSED} | {"q-essay"}
    assert waiting["q-single"] == {"points": 1.0, "comment": "", "awaits_mark": False}
    assert waiting["q-short"] == {"points": 0.0, "comment": "", "awaits_mark": False}
    assert waiting["q-essay"] == {"points": None, "comment": "", "awaits_mark": True}
    assert marked["q-essay"] == {"points": 3.5, "comment": "Well argued.", "awaits_mark": False}
    own = _ask(site, ana, "GET", path)
    assert own.json()["marks"] is None
    assert "Well argued." not in own.text
    change(site.world, exam, results_at=site.world.clock())
    assert _ask(site, ana, "GET", path).json()["marks"] is None
    assign(site.world, exam, site.world.person(Role.PROCTOR))
    assert _said(_ask(site, proctor, "GET", path)) == (403, "not_your_exam")


def test_given_an_attempt_that_was_cancelled_then_none_of_its_answers_waits_for_a_mark(
    site: Site, ana: Person, proctor: Person, exam: SetExam
) -> None:
    attempt_id = _begin(site, ana, exam)
    path = f"/attempts/{attempt_id}"
    _ask(site, ana, "PUT", f"{path}/answers/q-essay", json={"value": "Because."})
    with site.world.database.write() as session:
        session.get_one(tables.Attempt, attempt_id).status = "cancelled"

    marks = _ask(site, proctor, "GET", path).json()["marks"]

    assert not any(one["awaits_mark"] for one in marks.values())


# --- proctors ---


def test_given_attempts_then_proctors_list_those_they_watch_page_by_page(
    site: Site, proctor: Person, exam: SetExam
) -> None:
    other = set_exam(site.world)
    assign(site.world, other, site.world.person(Role.PROCTOR))
    mine, theirs = [], []
    for number in range(3):
        mine.append(_begin(site, site.world.person(name=f"P{number}"), exam))
        theirs.append(_begin(site, site.world.person(), other))
        site.world.clock.advance(1)
    free = site.start(site.world.person())["wsConfig"]["sessionId"]

    def listed(who: Person, query: str = "") -> list[str]:
        found, cursor = [], ""
        while True:
            page = _ask(site, who, "GET", f"/attempts?limit=2{query}&cursor={cursor}").json()
            assert len(page["items"]) <= 2
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return found

    admin = site.world.person(Role.ADMIN)
    assert listed(proctor) == [free, *mine[::-1]]
    assert sorted(listed(admin)) == sorted([free, *mine, *theirs])
    assert listed(proctor, f"&exam_id={exam.id}") == mine[::-1]
    assert listed(proctor, f"&exam_id={other.id}") == []
    assert listed(proctor, "&status=submitted") == []
    first = _ask(site, proctor, "GET", f"/attempts?exam_id={exam.id}").json()["items"][-1]
    assert (first["name"], first["title"], first["remaining_s"]) == ("P0", "Arithmetic", 3597)
    for query in ("status=asleep", "cursor=nonsense", "limit=0", "limit=101"):
        assert _ask(site, proctor, "GET", f"/attempts?{query}").status_code == 422
    assert _ask(site, site.world.person(), "GET", "/attempts").status_code == 403


def test_given_a_proctor_then_they_write_to_the_candidate_and_end_the_attempt(
    site: Site, ana: Person, proctor: Person, exam: SetExam
) -> None:
    attempt_id = _begin(site, ana, exam)
    path = f"/attempts/{attempt_id}"

    assert _ask(site, proctor, "POST", f"{path}/message", json={"text": "Hello."}).is_success
    empty = _ask(site, proctor, "POST", f"{path}/message", json={"text": " "})
    assert _said(empty) == (422, "text_missing")
    warning = {"text": "Eyes here.", "kind": "warning"}
    assert _said(_ask(site, ana, "POST", f"{path}/message", json=warning)) == (403, "own_attempt")
    assert _ask(site, proctor, "POST", f"{path}/message", json=warning).is_success
    unknown = {"text": "Hello.", "kind": "order"}
    assert _ask(site, proctor, "POST", f"{path}/message", json=unknown).status_code == 422
    without = _ask(site, proctor, "POST", f"{path}/terminate", json={"reason": ""})
    assert _said(without) == (422, "reason_missing")
    theirs = _ask(site, ana, "POST", f"{path}/terminate", json={"reason": "Why."})
    assert _said(theirs) == (403, "not_allowed")
    ended = _ask(site, proctor, "POST", f"{path}/terminate", json={"reason": "Why."})
    assert ended.json()["status"] == "terminated"
    said = [(row.kind, row.text) for row in site.world.rows(tables.Message)]
    assert said == [("message", "Hello."), ("warning", "Eyes here.")]


def test_given_logs_are_cleared_then_they_count_nowhere_until_they_are_restored(
    site: Site, ana: Person, proctor: Person
) -> None:
    attempt_id = site.absent(ana)
    path = f"/exam/clear-logs/{ana.id}"
    assert _said(_ask(site, ana, "POST", path)) == (403, "not_allowed")

    cleared = _ask(site, proctor, "POST", path).json()

    assert cleared["deleted_count"] == 1
    summary = _ask(site, proctor, "GET", f"/exam/summary/{ana.id}").json()
    assert (summary["incidents"], summary["overall_compliance"]) == ([], 100)
    assert len(site.world.rows(tables.Incident)) == 1
    assert _ask(site, proctor, "POST", path).json()["deleted_count"] == 0
    restore = f"/exam/restore-logs/{ana.id}?attempt_id={attempt_id}"
    assert _ask(site, proctor, "POST", restore).json()["deleted_count"] == 1
    summary = _ask(site, proctor, "GET", f"/exam/summary/{ana.id}").json()
    assert len(summary["incidents"]) == 1
    actions = [entry.action for entry in site.world.rows(tables.AuditEntry)]
    assert actions.count("incidents.cleared") == actions.count("incidents.restored") == 1
    unknown = _ask(site, proctor, "POST", f"{path}?attempt_id=nothing")
    assert _said(unknown) == (404, "no_attempt")


def test_given_another_exams_proctor_then_every_route_of_the_attempt_is_refused(
    site: Site, ana: Person, proctor: Person, exam: SetExam
) -> None:
    attempt_id = _begin(site, ana, exam)
    put_on_roster(site.world, exam, ana)
    assign(site.world, exam, site.world.person(Role.PROCTOR))
    for method, path, body in (
        ("GET", f"/attempts/{attempt_id}", None),
        ("GET", f"/attempts/{attempt_id}/incidents", None),
        ("GET", f"/attempts/{attempt_id}/picture", None),
        ("POST", f"/attempts/{attempt_id}/message", {"text": "Hello."}),
        ("POST", f"/attempts/{attempt_id}/terminate", {"reason": "Why."}),
        ("POST", f"/exam/start/{ana.id}", None),
        ("POST", f"/exam/pause/{ana.id}", None),
        ("POST", f"/exam/resume/{ana.id}", None),
        ("POST", f"/exam/stop/{ana.id}", None),
        ("GET", f"/exam/session/{ana.id}", None),
        ("GET", f"/exam/summary/{ana.id}", None),
        ("POST", f"/exam/clear-logs/{ana.id}", None),
        ("POST", f"/exam/restore-logs/{ana.id}", None),
    ):
        answer = _ask(site, proctor, method, path, json=body)
        assert (path, *_said(answer)) == (path, 403, "not_your_exam")
