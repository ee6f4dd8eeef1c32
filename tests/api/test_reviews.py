"""The review over HTTP: the contract's routes, from an incident's verdict to an answered appeal."""

from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.papers import SetExam, set_exam
from tests.reviewing import E, Sat, sat
from tests.world import Person


@pytest.fixture
def proctor(site: Site) -> Person:
    return site.world.person(Role.PROCTOR, "Paul")


@pytest.fixture
def exam(site: Site) -> SetExam:
    return set_exam(site.world)


@pytest.fixture
def attempt(site: Site, exam: SetExam) -> Sat:
    """An attempt that has ended with a phone and a print-out."""
    found: Sat = site.run(sat, site.world, exam, E.PHONE, E.PRINT)
    return found


def _ask(site: Site, who: Person, method: str, path: str, status: int = 200, **body: Any) -> Any:
    answer = site.client.request(
        method, f"/api/v1{path}", headers=who.bearer, json=body if body else None
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def test_given_an_incidents_verdict_then_it_answers_with_the_new_compliance(
    site: Site, proctor: Person, attempt: Sat
) -> None:
    path = f"/incidents/{attempt.incidents[0]}/verdict"

    found = _ask(site, proctor, "POST", path, verdict="passed")

    assert (found["incident_id"], found["attempt_id"]) == (attempt.incidents[0], attempt.id)
    assert (found["verdict"], found["compliance"], found["event_type"]) == ("passed", 95.0, "phone")
    violation = _ask(
        site, proctor, "POST", path, verdict="violation", reason="A phone.", category="device"
    )
    assert (violation["reason"], violation["category"]) == ("A phone.", "device")
    assert violation["compliance"] == 75.0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"verdict": "violation"}, "reason_missing"),
        ({"verdict": "violation", "reason": " \t"}, "reason_missing"),
        ({"verdict": "guilty"}, "verdict_unknown"),
        ({"verdict": "passed", "category": "none"}, "category_unknown"),
        ({"verdict": "passed", "reason": "x" * 1001}, "invalid_request"),
        ({"verdict": ["passed"]}, "invalid_request"),
        ({"reason": "Why."}, "invalid_request"),
    ],
)
def test_given_a_verdict_that_is_none_then_it_is_refused_by_422(
    site: Site, proctor: Person, attempt: Sat, body: dict[str, Any], code: str
) -> None:
    path = f"/incidents/{attempt.incidents[0]}/verdict"

    assert _ask(site, proctor, "POST", path, 422, **body)["code"] == code
    assert site.world.count(tables.Review) == 0


def test_given_an_incident_that_is_not_there_then_404(site: Site, proctor: Person) -> None:
    found = _ask(site, proctor, "POST", "/incidents/4711/verdict", 404, verdict="passed")

    assert found["code"] == "no_incident"


def test_given_the_review_from_end_to_end_then_the_candidate_is_told_and_answered(
    site: Site, proctor: Person, attempt: Sat
) -> None:
    ana, path = attempt.who, f"/attempts/{attempt.id}"
    _ask(site, proctor, "POST", f"/incidents/{attempt.incidents[0]}/verdict", verdict="suspicious")
    assert _ask(site, ana, "GET", f"{path}/incidents", 403)["code"] == "not_released"
    assert _ask(site, ana, "POST", f"{path}/appeal", 409, text="Why?")["code"] == "not_released"

    judged = _ask(site, proctor, "POST", f"{path}/verdict", verdict="suspicious", reason="Seen.")
    released = _ask(site, proctor, "POST", f"{path}/release")

    assert (judged["status"], judged["released_at"]) == ("suspicious", None)
    assert released["released_at"] is not None
    items = _ask(site, ana, "GET", f"{path}/incidents")["items"]
    assert [(one["verdict"], one["evidence"]) for one in items] == [
        ("suspicious", []),
        ("not_reviewed", []),
    ]

    appeal = _ask(site, ana, "POST", f"{path}/appeal", 201, text="A calculator.")
    assert (appeal["text"], appeal["answered_at"]) == ("A calculator.", None)
    (queued,) = _ask(site, proctor, "GET", "/review?kind=appeal")["items"]
    assert (queued["id"], queued["open_appeal"]) == (attempt.id, True)

    answered = _ask(
        site, proctor, "POST", f"{path}/appeal/answer", text="So it was.", verdict="passed"
    )
    assert answered["status"] == "passed"
    hidden = _ask(site, proctor, "POST", f"{path}/release", released=False)
    assert hidden["released_at"] is None
    _ask(site, ana, "GET", f"{path}/incidents", 403)


def test_given_a_running_attempt_then_no_verdict_of_its_own(
    site: Site, proctor: Person, exam: SetExam
) -> None:
    candidate = site.world.person()
    attempt_id = site.absent(candidate)
    path = f"/attempts/{attempt_id}"

    refused = _ask(site, proctor, "POST", f"{path}/verdict", 409, verdict="passed", reason="Fine.")

    assert refused["code"] == "attempt_not_ended"
    (incident,) = _ask(site, proctor, "GET", f"{path}/incidents")["items"]
    (picture,) = incident["evidence"]
    assert (picture["n"], picture["moment"]) == (0, "at")


def test_given_attempts_that_wait_then_the_queue_comes_page_by_page(
    site: Site, proctor: Person, exam: SetExam, attempt: Sat
) -> None:
    mild: Sat = site.run(sat, site.world, exam, E.PRINT)

    first = _ask(site, proctor, "GET", f"/review?exam_id={exam.id}&limit=1")
    second = _ask(site, proctor, "GET", f"/review?exam_id={exam.id}&limit=1&cursor={first['next']}")

    assert [one["id"] for one in first["items"] + second["items"]] == [attempt.id, mild.id]
    assert (first["items"][0]["compliance"], first["items"][0]["to_review"]) == (75.0, 2)
    assert second["next"] is None
    for query in ("kind=none", "cursor=none", "limit=0", "limit=101"):
        _ask(site, proctor, "GET", f"/review?{query}", 422)
    site.world.clock.advance(60)
    newest = site.run(sat, site.world, exam, E.IDENTITY_MISMATCH)
    by_age = _ask(site, proctor, "GET", f"/review?exam_id={exam.id}&sort=age")["items"]
    assert by_age[-1]["id"] == newest.id
    assert _ask(site, proctor, "GET", "/review?sort=-age", 422)["code"] == "sort_unknown"


def test_given_a_faulty_rule_then_its_incidents_are_dismissed_and_brought_back(
    site: Site, proctor: Person, exam: SetExam, attempt: Sat
) -> None:
    path = f"/exams/{exam.id}/dismissals"

    done = _ask(site, proctor, "POST", path, 201, event_type="phone", reason="A calculator.")
    again = _ask(
        site, proctor, "POST", path, 201,
        event_type="phone", reason="A calculator.", since="2026-01-01T00:00:00",
    )  # fmt: skip
    back = _ask(site, proctor, "DELETE", f"/dismissals/{done['id']}")

    assert (done["incidents"], done["attempts"], again["incidents"]) == (1, 1, 0)
    assert (back["incidents"], attempt.row.to_review) == (1, 2)
    (past,) = _ask(site, proctor, "GET", path)["items"]
    assert (past["id"], past["by"], past["undone"]) == (done["id"], "Paul", 1)
    assert _ask(site, proctor, "DELETE", "/dismissals/none", 404)["code"] == "no_bulk"
    wrong = _ask(site, proctor, "POST", path, 422, event_type="none", reason="Faulty.")
    assert wrong["code"] == "event_type_unknown"


def test_given_many_attempts_then_a_dismissal_goes_on_from_request_to_request(
    site: Site, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.api.reviews.PER_REQUEST", 1)
    for _ in range(2):
        site.run(sat, site.world, exam, E.PHONE)
    path = f"/exams/{exam.id}/dismissals"
    body = {"event_type": "phone", "reason": "A calculator."}

    first = _ask(site, proctor, "POST", path, 201, **body)
    second = _ask(site, proctor, "POST", path, 201, **body, id=first["id"])
    back = _ask(site, proctor, "DELETE", f"/dismissals/{first['id']}")

    assert [one["remaining"] for one in (first, second, back)] == [1, 0, 1]
    assert second["id"] == first["id"]
    assert _ask(site, proctor, "POST", path, 404, **body, id="none")["code"] == "no_bulk"


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_given_a_time_at_the_edge_of_the_calendar_then_it_is_refused_by_422(
    site: Site, proctor: Person, exam: SetExam, since: str
) -> None:
    body = {"event_type": "phone", "reason": "A calculator.", "since": since}

    found = _ask(site, proctor, "POST", f"/exams/{exam.id}/dismissals", 422, **body)

    assert found["code"] == "value_not_storable"


def test_given_many_incidents_then_they_come_page_by_page(
    site: Site, proctor: Person, attempt: Sat
) -> None:
    path = f"/attempts/{attempt.id}/incidents"

    first = _ask(site, proctor, "GET", f"{path}?limit=1")
    second = _ask(site, proctor, "GET", f"{path}?limit=1&cursor={first['next']}")

    found = [one["incident_id"] for one in first["items"] + second["items"]]
    assert (found, second["next"]) == (list(attempt.incidents), None)
    for query in ("cursor=none", "limit=0", "limit=201"):
        _ask(site, proctor, "GET", f"{path}?{query}", 422)
