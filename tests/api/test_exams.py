"""Exams over REST: paths, fields and refusals as published; candidates never see an answer."""

import base64
import json
import threading
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from proctor_app.api import negotiation
from proctor_app.api.exam_schemas import ExamPatch
from proctor_app.db.tables import Exam, RosterEntry
from proctor_app.domain.access import Actor, Role
from proctor_app.services import document_reading
from proctor_app.services.exam_documents import ExamDocument
from tests.api.conftest import Site
from tests.fakes import jpeg, png
from tests.world import Person

EXAMS = "/api/v1/exams"
BODY: dict[str, Any] = {
    "title": "Geography",
    "code": "geo-1",
    "duration_minutes": 45,
    "opens_at": "2026-03-02T08:00:00Z",
    "closes_at": "2026-03-02T18:00:00Z",
    "questions": [
        {
            "kind": "single",
            "text": "Which?",
            "options": ["Oder", "Elbe"],
            "correct": "Elbe",
            "points": 2,
            "explanation": "SECRET-explanation",
        },
        {"kind": "numeric", "text": "How long?", "correct": 1094.5, "tolerance": 7, "points": 1},
        {"kind": "short", "text": "Where?", "correct": ["SECRET-answer"], "points": 1},
        {"kind": "essay", "text": "Why?", "points": 5},
    ],
    "published": True,
}
HEAD = {
    "id", "code", "title", "status", "published", "opens_at", "closes_at", "time_zone", "access",
    "attempts_allowed", "results", "results_released_at", "retention_days", "reviewers",
    "duration_minutes",
    "has_changes", "version", "revision", "attempts", "running", "is_practice", "created_at",
    "updated_at",
}  # fmt: skip
IN_LISTS = HEAD | {"question_count"}
WHOLE = HEAD | {
    "description", "questions", "question_ids", "proctors", "problems", "shuffle_questions",
    "shuffle_options", "level", "preset", "rules", "forbidden", "signals", "candidate_may_pause",
    "identity_check", "fullscreen", "second_device", "grace_s",
}  # fmt: skip
FOR_CANDIDATES = {
    "id", "code", "title", "status", "opens_at", "closes_at", "duration_minutes",
    "attempts_allowed", "question_ids", "is_practice",
}  # fmt: skip


@pytest.fixture
def admin(site: Site) -> Person:
    return site.world.person(Role.ADMIN, "Boss")


def _ask(site: Site, who: Person, method: str, path: str, status: int = 200, **sent: Any) -> Any:
    answer = site.client.request(method, path, headers=who.bearer, **sent)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def _make(site: Site, admin: Person, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = _ask(site, admin, "POST", EXAMS, 201, json={**BODY, **changes})
    return found


@pytest.mark.parametrize("path", [EXAMS, "/admin/exams"])
def test_given_the_contracts_body_then_the_exam_is_made_and_answered(
    site: Site, admin: Person, path: str
) -> None:
    made = _ask(site, admin, "POST", path, 201, json=BODY)

    assert set(made) == WHOLE
    assert (made["code"], made["status"], made["published"]) == ("GEO-1", "published", True)
    assert made["opens_at"] == "2026-03-02T08:00:00.000Z"
    assert [question["kind"] for question in made["questions"]] == [
        "single",
        "numeric",
        "short",
        "essay",
    ]
    assert made["questions"][0]["correct"] == ["Elbe"]
    assert made["questions"][1]["correct"] == [1094.5]
    assert made["question_ids"] == [question["id"] for question in made["questions"]]
    assert _ask(site, admin, "GET", f"{EXAMS}/{made['id']}") == made
    (item,) = _ask(site, admin, "GET", path)["items"]
    assert set(item) == IN_LISTS
    assert (item["id"], item["question_count"]) == (made["id"], 4)


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_given_a_form_with_title_and_duration_then_a_draft_is_made(
    site: Site, admin: Person, kind: str
) -> None:
    fields = {"title": "Quiz", "duration": "30"}
    sent: dict[str, Any] = (
        {"data": fields}
        if kind == "urlencoded"
        else {"files": {name: (None, value) for name, value in fields.items()}}
    )

    made = _ask(site, admin, "POST", "/admin/exams", 201, **sent)

    assert (made["title"], made["duration_minutes"], made["status"]) == ("Quiz", 30, "draft")
    assert made["problems"] == ["There is no question yet."]
    for wrong in ({"title": "Quiz", "duration": "long"}, {"duration": "30"}, {"odd": "x"}):
        _ask(site, admin, "POST", "/admin/exams", 422, data=wrong)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"title": "x" * 201}, 422, "file_invalid"),
        ({"duration_minutes": 0}, 422, "exam_invalid"),
        ({"duration_minutes": "long"}, 422, "file_invalid"),
        ({"questions": [{"kind": "odd", "text": "?"}]}, 422, "file_invalid"),
        ({"questions": []}, 422, "exam_incomplete"),
        ({"closes_at": "2026-03-01T00:00:00Z"}, 422, "exam_invalid"),
        ({"colour": "red"}, 422, "file_invalid"),
        ({"forbidden": ["drone"]}, 422, "file_invalid"),
        ({"code": "?"}, 422, "exam_invalid"),
        ({"code": "GEO-0"}, 409, "code_taken"),
    ],
)
def test_given_a_body_that_makes_no_exam_then_it_is_refused_and_none_is_made(
    site: Site, admin: Person, change: dict[str, Any], status: int, code: str
) -> None:
    _make(site, admin, code="GEO-0")

    refused = _ask(site, admin, "POST", EXAMS, status, json={**BODY, **change})

    assert refused["code"] == code
    assert set(refused) == {"detail", "code"}
    assert site.world.count(Exam) == 1


def test_given_a_candidate_then_they_see_what_they_may_sit_and_never_the_answers(
    site: Site, admin: Person
) -> None:
    ana = site.world.person()
    site.world.services.practice.ensure()
    made = _make(site, admin, access="roster")
    hidden = _make(site, admin, code="other")
    _ask(site, admin, "POST", f"{EXAMS}/{made['id']}/roster", 201, json={"email": ana.email})

    answers = [
        site.client.get(path, headers=ana.bearer) for path in (EXAMS, f"{EXAMS}/{made['id']}")
    ]

    items = answers[0].json()["items"]
    assert {item["code"] for item in items} == {"GEO-1", "PRACTICE"}
    assert all(set(item) == FOR_CANDIDATES for item in [*items, answers[1].json()])
    assert answers[1].json()["question_ids"] == made["question_ids"]
    for answer in answers:
        for secret in ("correct", "SECRET", "Elbe", "tolerance", "1094", "Which?", "explanation"):
            assert secret not in answer.text
    _ask(site, ana, "GET", f"{EXAMS}/{hidden['id']}", 404)
    _ask(site, site.world.person(), "GET", f"{EXAMS}/{made['id']}", 404)
    _ask(site, ana, "GET", "/admin/exams", 403)


def test_given_changes_then_only_what_is_named_changes(site: Site, admin: Person) -> None:
    made = _make(site, admin)
    path = f"{EXAMS}/{made['id']}"

    saved = _ask(
        site, admin, "PATCH", path, json={"title": "Rivers", "closes_at": None, "grace_s": 5}
    )

    expected = {
        **made,
        "title": "Rivers",
        "closes_at": None,
        "grace_s": 5,
        "has_changes": True,
        "revision": made["revision"] + 1,
    }
    assert saved == expected
    stale = {"title": "Stale", "revision": made["revision"]}
    assert _ask(site, admin, "PATCH", path, 409, json=stale)["code"] == "exam_changed"
    assert _ask(site, admin, "PATCH", path, 422, json={"title": None})["code"] == "invalid_request"
    assert _ask(site, admin, "PATCH", path, 422, json={"colour": 1})["code"] == "invalid_request"
    broken = {"questions": [], "published": True}
    assert _ask(site, admin, "PATCH", path, 422, json=broken)["code"] == "exam_incomplete"
    assert _ask(site, admin, "GET", path) == saved
    again = _ask(site, admin, "PATCH", path, json={"published": True})
    assert (again["version"], again["has_changes"]) == (2, False)


def test_given_an_exam_then_its_way_from_draft_to_closed_and_gone(
    site: Site, admin: Person
) -> None:
    made = _make(site, admin, published=False)
    path = f"{EXAMS}/{made['id']}"
    proctor = site.world.person(Role.PROCTOR, "Paula")

    assert _ask(site, admin, "POST", f"{path}/publish")["status"] == "published"
    assert _ask(site, admin, "POST", f"{path}/close")["status"] == "closed"
    assert _ask(site, admin, "POST", f"{path}/reopen")["status"] == "published"
    assert _ask(site, admin, "POST", f"{path}/results")["results_released_at"] is not None
    back = _ask(site, admin, "POST", f"{path}/results", json={"released": False})
    assert back["results_released_at"] is None
    found = _ask(site, admin, "PUT", f"{path}/proctors", json={"user_ids": [proctor.id]})
    assert [one["name"] for one in found["proctors"]] == ["Paula"]
    _ask(site, admin, "PUT", f"{path}/proctors", 422, json={"user_ids": ["nobody"]})
    copy = _ask(site, admin, "POST", f"{path}/duplicate", 201)
    assert (copy["title"], copy["status"]) == ("Geography (copy)", "draft")
    assert _ask(site, admin, "DELETE", path, 409)["code"] == "exam_in_use"
    assert _ask(site, admin, "DELETE", f"{EXAMS}/{copy['id']}", 204) is None
    assert [item["id"] for item in _ask(site, proctor, "GET", EXAMS)["items"]] == [made["id"]]
    other = site.world.person(Role.PROCTOR)
    assert _ask(site, other, "GET", EXAMS)["items"] == []
    _ask(site, other, "GET", path, 403)


DESKS = ("/dismissals", "/exports")
"""What proctors may do with an exam; who may not is refused in test_reviews.py, test_reports.py."""


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PROCTOR])
def test_given_no_admin_then_nothing_is_changed_whatever_is_sent(
    site: Site, admin: Person, role: Role
) -> None:
    made, who = _make(site, admin), site.world.person(role)
    ids = {"exam_id": made["id"], "entry_id": "1", "picture_id": "x"}
    tried = 0
    for context in iter_route_contexts(site.app.routes):
        path = str(context.path)
        if not path.startswith((EXAMS, "/admin/")) or path.endswith(DESKS):
            continue
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value)
        for method in sorted(context.original_route.methods - {"HEAD"}):  # type: ignore[attr-defined]
            if method == "GET" and not path.startswith("/admin/"):
                continue
            for body in ({}, {"content": b"{"}, {"json": BODY}, {"data": {"title": "x"}}):
                answer = site.client.request(method, path, headers=who.bearer, **body)
                assert answer.status_code in (403, 422), (method, path, answer.text)
                assert answer.status_code == 403 or body.get("content") or "data" in body
                tried += 1
    assert tried >= 60
    assert _ask(site, admin, "GET", f"{EXAMS}/{made['id']}") == made
    assert (site.world.count(Exam), site.world.count(RosterEntry)) == (1, 0)


# --- lists ---


def test_given_more_than_a_page_then_cursors_lead_through_all(site: Site, admin: Person) -> None:
    for number in range(5):
        _make(site, admin, title=f"Exam {number}", code=f"exam-{number}")

    first = _ask(site, admin, "GET", EXAMS, params={"limit": 2, "sort": "title"})
    second = _ask(
        site, admin, "GET", EXAMS, params={"limit": 2, "sort": "title", "cursor": first["next"]}
    )
    last = _ask(
        site, admin, "GET", EXAMS, params={"limit": 2, "sort": "title", "cursor": second["next"]}
    )

    titles = [item["title"] for page in (first, second, last) for item in page["items"]]
    assert titles == [f"Exam {number}" for number in range(5)]
    assert (first["total"], first["previous"], last["next"]) == (5, None, None)
    found = _ask(site, admin, "GET", EXAMS, params={"search": "exam-3"})
    assert [item["title"] for item in found["items"]] == ["Exam 3"]
    for query in ("limit=0", "limit=101", "sort=odd", "status=odd", "cursor=odd", "search=%00"):
        _ask(site, admin, "GET", f"{EXAMS}?{query}", 422)


# --- pages and documents at one address ---


@pytest.mark.parametrize("path", ["/admin/dashboard", "/admin/exams", "/admin/users"])
def test_given_an_address_of_a_page_then_programs_get_a_document_and_browsers_do_not(
    site: Site, admin: Person, path: str
) -> None:
    html = "text/html,application/xhtml+xml,*/*;q=0.8"
    site.app.mount("", PlainTextResponse("the page"))  # as the pages' own server is

    assert site.client.get(path).status_code == 401
    for accept in ("*/*", "application/json"):
        answer = site.client.get(path, headers={**admin.bearer, "accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
    page = site.client.get(path, headers={**admin.bearer, "accept": html})
    assert (page.status_code, page.text) == (200, "the page")
    for role in (Role.STUDENT, Role.PROCTOR):
        _ask(site, site.world.person(role), "GET", path, 403)


def test_given_an_installation_then_the_dashboard_counts_it(site: Site, admin: Person) -> None:
    _make(site, admin)
    site.absent(site.world.person())

    assert _ask(site, admin, "GET", "/admin/dashboard") == {
        "exams": 1,
        "users": 2,
        "running_attempts": 1,
        "open_incidents": 1,
        "exams_by_status": {"draft": 0, "published": 1, "closed": 0},
        "users_by_role": {"student": 1, "proctor": 0, "admin": 1},
    }
    assert _ask(site, admin, "GET", "/admin/users") == _ask(
        site, admin, "GET", "/api/v1/admin/users"
    )


# --- files ---


def test_given_an_exam_then_it_goes_out_and_comes_in_as_json_and_gift(
    site: Site, admin: Person
) -> None:
    made = _make(site, admin)
    path = f"{EXAMS}/{made['id']}/export"

    whole = site.client.get(path, headers=admin.bearer)
    gift = site.client.get(f"{path}?format=gift", headers=admin.bearer)

    assert whole.headers["content-disposition"] == 'attachment; filename="exam-geo-1.json"'
    assert "no-store" in whole.headers["cache-control"]
    assert gift.headers["content-type"].startswith("text/plain")
    as_body = _ask(site, admin, "POST", f"{EXAMS}/import", 201, content=whole.content)
    as_form = _ask(
        site, admin, "POST", f"{EXAMS}/import", 201, files={"file": ("x.json", whole.content)}
    )
    as_gift = _ask(
        site,
        admin,
        "POST",
        f"{EXAMS}/import?format=gift&title=Rivers",
        201,
        files={"file": ("x.gift", gift.content)},
    )
    assert as_body["questions"] == as_form["questions"] == made["questions"]
    assert {as_body["status"], as_form["status"], as_gift["status"]} == {"draft"}
    assert (as_gift["title"], len(as_gift["questions"])) == ("Rivers", 4)
    proctor = site.world.person(Role.PROCTOR)
    assert site.client.get(path, headers=proctor.bearer).content == whole.content
    _ask(site, site.world.person(), "GET", path, 403)
    refused = _ask(site, admin, "POST", f"{EXAMS}/import?format=gift", 422, content=b"a\n\nb {")
    assert refused["code"] == "file_invalid"
    assert "Line 1: " in refused["detail"]
    assert "Line 3: " in refused["detail"]
    _ask(site, admin, "POST", f"{EXAMS}/import", 422, data={"file": "text"})
    _ask(site, admin, "POST", f"{EXAMS}/import?format=odd", 422, content=b"x")
    _ask(site, admin, "POST", f"{EXAMS}/import?format=gift", 413, content=b"x" * 4_200_000)


def test_given_a_picture_then_it_is_named_shown_and_removed(site: Site, admin: Person) -> None:
    made, ana = _make(site, admin), site.world.person()
    path = f"{EXAMS}/{made['id']}/pictures"

    added = _ask(site, admin, "POST", path, 201, files={"image": ("a.png", png())})

    assert added["name"] == f"picture:{added['id']}"
    assert _ask(site, admin, "POST", path, 201, content=png()) == added
    assert _ask(site, admin, "GET", path) == {"items": [added], "next": None}
    shown = site.client.get(f"{path}/{added['id']}", headers=admin.bearer)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "private, max-age=3600"
    assert shown.content.startswith(b"\x89PNG")
    _ask(site, ana, "GET", f"{path}/{added['id']}", 403)
    for wrong, status in ((b"<svg/>", 415), (b"", 422), (jpeg()[:100], 422), (bytes(2**22), 413)):
        _ask(site, admin, "POST", path, status, content=wrong)
    _ask(site, admin, "DELETE", f"{path}/{added['id']}", 204)
    _ask(site, admin, "GET", f"{path}/{added['id']}", 404)


def test_given_a_document_with_pictures_then_they_come_with_it(site: Site, admin: Person) -> None:
    picture = {"id": "map", "data": base64.b64encode(png()).decode()}
    text = {"kind": "essay", "text": "![map](picture:map)"}

    made = _make(site, admin, questions=[text], pictures=[picture])

    shown = made["questions"][0]["text"]
    address = f"{EXAMS}/{made['id']}/pictures/{shown.split(':')[1].rstrip(')')}"
    assert site.client.get(address, headers=admin.bearer).status_code == 200


# --- rosters ---


def test_given_a_roster_then_it_is_brought_in_changed_and_taken_out(
    site: Site, admin: Person
) -> None:
    made, ana = _make(site, admin), site.world.person(name="Ana")
    path = f"{EXAMS}/{made['id']}/roster"
    data = f"email;extra_minutes\n{ana.email};10\nben@example.test;\n".encode()

    done = _ask(site, admin, "POST", f"{path}/import", files={"file": ("r.csv", data)})

    assert done == {"added": 2, "changed": 0, "removed": 0}
    entries = {entry["email"]: entry for entry in _ask(site, admin, "GET", path)["items"]}
    entry = entries[ana.email]
    assert entry == {
        "id": entry["id"],
        "email": ana.email,
        "name": "Ana",
        "has_account": True,
        "extra_minutes": 10,
        "may_pause": False,
        "detectors_off": [],
        "preset": "",
        "attempts": 0,
    }
    change = {"may_pause": True, "detectors_off": ["phone"], "preset": "lenient"}
    changed = _ask(site, admin, "PATCH", f"{path}/{entry['id']}", json=change)
    assert changed == {**entry, **change}
    out = site.client.get(f"{path}/export", headers=admin.bearer)
    assert out.headers["content-type"] == "text/csv; charset=utf-8"
    same = _ask(site, admin, "POST", f"{path}/import?mode=replace", content=out.content)
    assert same == {"added": 0, "changed": 0, "removed": 0}
    _ask(site, admin, "DELETE", f"{path}/{entry['id']}", 204)
    _ask(site, admin, "DELETE", f"{path}/{entry['id']}", 404)
    _ask(site, admin, "POST", path, 409, json={"email": "ben@example.test"})
    _ask(site, admin, "POST", path, 422, json={"email": "nobody"})
    _ask(site, admin, "PATCH", f"{path}/{entry['id']}", 422, json={"preset": 7})
    refused = _ask(site, admin, "POST", f"{path}/import", 422, content=b"email\nnobody\n")
    assert refused == {"detail": "Row 2: This is not an e-mail address.", "code": "file_invalid"}
    assert [one["email"] for one in _ask(site, admin, "GET", path)["items"]] == ["ben@example.test"]


def test_given_the_published_document_then_it_tells_what_an_exam_is_made_of(site: Site) -> None:
    found = site.app.openapi()

    body = found["paths"][EXAMS]["post"]["requestBody"]["content"]["application/json"]
    name = body["schema"]["$ref"].rsplit("/", 1)[1]
    schema = found["components"]["schemas"][name]
    assert {"title", "questions", "duration_minutes", "rules"} <= set(schema["properties"])
    assert schema.get("required") == ["title"]
    assert not [name for name in found["components"]["schemas"] if "__" in name]
    assert "SECRET" not in json.dumps(found)


# --- what clients send ---


def test_given_a_form_then_only_what_it_may_say_is_taken(site: Site, admin: Person) -> None:
    for path in (EXAMS, "/admin/exams"):
        fields = {"title": " Quiz ", "duration": "30", "submit": "Create", "published": "true"}
        made = _ask(site, admin, "POST", path, 201, data={**fields, "csrf": "x", "questions": "x"})
        assert (made["title"], made["duration_minutes"]) == ("Quiz", 30)
        assert (made["status"], made["questions"]) == ("draft", [])
        window = {"opens_at": "2026-03-02T08:00:00Z", "closes_at": ""}
        made = _ask(site, admin, "POST", path, 201, data={**fields, **window})
        assert (made["opens_at"], made["closes_at"]) == ("2026-03-02T08:00:00.000Z", None)
    before = site.world.count(Exam)
    for wrong, word in (
        ({"title": "Quiz"}, "duration"),
        ({"title": "Quiz", "duration": " "}, "duration"),
        ({"title": "Quiz", "duration": "1.5"}, "duration"),
        ({"title": " ", "duration": "30"}, "title"),
    ):
        refused = _ask(site, admin, "POST", "/admin/exams", 422, data=wrong)
        assert word in refused["detail"]
    assert site.world.count(Exam) == before


@pytest.mark.parametrize("path", [EXAMS, "/admin/exams"])
def test_given_a_duration_in_a_document_then_it_is_the_minutes(
    site: Site, admin: Person, path: str
) -> None:
    made = _ask(site, admin, "POST", path, 201, json={"title": "Quiz", "duration": 25})

    assert made["duration_minutes"] == 25


def test_given_null_in_a_change_then_what_has_no_empty_value_stays(
    site: Site, admin: Person
) -> None:
    made = _make(site, admin, published=False)
    optional = set(ExamPatch.model_fields) - {"title", "opens_at", "closes_at", "retention_days"}

    path = f"{EXAMS}/{made['id']}"
    saved = _ask(site, admin, "PATCH", path, json=dict.fromkeys(optional))

    assert saved == {**made, "revision": made["revision"] + 1, "updated_at": saved["updated_at"]}
    assert _ask(site, admin, "PATCH", path, json={"opens_at": None})["opens_at"] is None


def test_given_the_document_that_was_answered_then_a_new_right_number_counts(
    site: Site, admin: Person
) -> None:
    made = _make(site, admin)
    questions = made["questions"]
    assert questions[1]["correct"] == [1094.5]
    questions[1]["correct"] = 3.14

    saved = _ask(site, admin, "PATCH", f"{EXAMS}/{made['id']}", json={"questions": questions})

    assert saved["questions"][1]["correct"] == [3.14]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_given_a_crowded_body_then_it_is_refused_before_any_value_is_made(
    site: Site, admin: Person, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = EXAMS if method == "POST" else f"{EXAMS}/{_make(site, admin)['id']}"
    lists = b'{"title":"x","forbidden":[' + b"[]," * 2_700_000 + b"[]]}"
    headers = {**admin.bearer, "content-type": "application/json"}
    monkeypatch.delattr(document_reading, "_OBJECT")  # what would make them

    refused = site.client.request(method, path, headers=headers, content=lists)

    assert refused.status_code == 422
    assert "100000 values" in refused.json()["detail"]


async def test_given_a_body_then_it_is_read_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []

    def read(_data: bytes) -> ExamDocument:
        seen.append(threading.current_thread() is threading.main_thread())
        return ExamDocument(title="x")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    monkeypatch.setattr(negotiation, "read_document", read)
    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    await negotiation.posted_exam(request, Actor("a", "Boss", Role.ADMIN, "s"))

    assert seen == [False]
