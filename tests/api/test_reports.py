"""Reports and archives through the API: who gets them, as what, and what a browser may do with
them."""

import io
import json
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from proctor_app.domain.access import Role
from proctor_app.services import reports as service
from proctor_app.services.report_pdf import PdfUnavailable
from tests.api.conftest import Site
from tests.papers import assign, set_exam
from tests.reports import HOSTILE, Sat, full_attempt
from tests.world import Person, eventually_in_thread

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}


@pytest.fixture
def proctor(site: Site) -> Person:
    return site.world.person(Role.PROCTOR, "Pia")


@pytest.fixture
def sat(site: Site, proctor: Person) -> Sat:
    return full_attempt(site.world, proctor, HOSTILE[1], "Ana")


@pytest.mark.parametrize("kind", list(TYPES))
def test_given_a_proctor_then_the_report_comes_in_every_format_and_is_kept_by_nobody(
    site: Site, proctor: Person, sat: Sat, kind: str
) -> None:
    answer = site.client.get(
        f"/api/v1/attempts/{sat.attempt_id}/report?format={kind}", headers=proctor.bearer
    )

    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[kind])
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    how, _, name = answer.headers["content-disposition"].partition("; ")
    assert how == ("inline" if kind in ("html", "pdf") else "attachment")
    assert name == f'filename="report-{sat.attempt_id[:8]}.{kind}"'
    if kind == "pdf":
        assert answer.content.startswith(b"%PDF-")
    if kind == "json":
        assert answer.json()["candidate"]["name"] == "Ana"


def test_given_no_format_then_it_is_json_and_an_unknown_one_is_422(
    site: Site, proctor: Person, sat: Sat
) -> None:
    path = f"/api/v1/attempts/{sat.attempt_id}/report"
    assert site.client.get(path, headers=proctor.bearer).json()["format"].endswith("report/1")
    for wrong in ("docx", "", "../x", "PDF"):
        answer = site.client.get(path, params={"format": wrong}, headers=proctor.bearer)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_given_a_page_then_the_browser_is_told_to_run_and_to_load_nothing(
    site: Site, proctor: Person, sat: Sat
) -> None:
    path = f"/api/v1/attempts/{sat.attempt_id}/report?format=html"
    answer = site.client.get(path, headers=proctor.bearer)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert policy.endswith("sandbox")
    assert "<script" not in answer.text
    saved = site.client.get(f"{path}&download=true", headers=proctor.bearer)
    assert saved.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("kind", list(TYPES))
def test_given_a_candidate_or_an_unassigned_proctor_then_every_format_is_403(
    site: Site, proctor: Person, sat: Sat, kind: str
) -> None:
    assign(site.world, sat.exam, proctor)
    for who in (sat.candidate, site.world.person(), site.world.person(Role.PROCTOR)):
        for path in (f"attempts/{sat.attempt_id}/report?format={kind}",):
            answer = site.client.get(f"/api/v1/{path}", headers=who.bearer)
            assert answer.status_code == 403
            assert set(answer.json()) == {"detail", "code"}


def test_given_a_machine_that_cant_make_pdf_then_it_is_a_coded_503(
    site: Site, proctor: Person, sat: Sat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_given: object) -> bytes:
        raise PdfUnavailable

    monkeypatch.setattr(service, "make_pdf", missing)
    path = f"/api/v1/attempts/{sat.attempt_id}/report"

    answer = site.client.get(f"{path}?format=pdf", headers=proctor.bearer)

    assert (answer.status_code, answer.json()["code"]) == (503, "pdf_unavailable")
    assert site.client.get(f"{path}?format=html", headers=proctor.bearer).status_code == 200


def test_given_a_pdf_that_takes_long_then_the_next_of_theirs_is_429_and_all_else_goes_on(
    site: Site, proctor: Person, sat: Sat, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_given: object) -> bytes:
        begun.set()
        assert go_on.wait(15)
        return b"%PDF-"

    monkeypatch.setattr(service, "make_pdf", slow)
    path = f"/api/v1/attempts/{sat.attempt_id}/report"

    def get(kind: str) -> Any:
        return site.client.get(f"{path}?format={kind}", headers=proctor.bearer)

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(get, "pdf")
        assert begun.wait(15)
        second, other = get("pdf"), get("json")
        go_on.set()

    assert first.result().status_code == 200
    assert (second.status_code, second.json()["code"]) == (429, "throttled")
    assert int(second.headers["retry-after"]) > 0
    assert other.status_code == 200
    assert get("pdf").status_code == 200


def test_given_an_export_then_it_is_started_watched_fetched_and_removed(
    site: Site, proctor: Person, sat: Sat
) -> None:
    client, me = site.client, proctor.bearer
    started = client.post(
        f"/api/v1/exams/{sat.exam.id}/exports", json={"formats": ["json", "json"]}, headers=me
    )
    assert started.status_code == 202, started.text
    assert (started.json()["formats"], started.json()["total"]) == (["json"], 1)
    path = f"/api/v1/exports/{started.json()['id']}"
    eventually_in_thread(lambda: client.get(path, headers=me).json()["status"] == "done")

    listed = client.get("/api/v1/exports", headers=me).json()["items"]
    file = client.get(f"{path}/file", headers=me)
    removed = client.delete(path, headers=me)

    assert [(one["id"], one["percent"]) for one in listed] == [(started.json()["id"], 100)]
    assert file.headers["content-type"] == "application/zip"
    assert "no-store" in file.headers["cache-control"]
    assert file.headers["content-disposition"].startswith('attachment; filename="proctor-exam-')
    archive = zipfile.ZipFile(io.BytesIO(file.content))
    (report,) = (name for name in archive.namelist() if name.endswith("report.json"))
    assert json.loads(archive.read(report))["attempt"]["id"] == sat.attempt_id
    assert removed.status_code == 204
    assert client.get(f"{path}/file", headers=me).status_code == 404


def test_given_somebody_elses_exam_or_export_then_it_is_refused(
    site: Site, proctor: Person, sat: Sat
) -> None:
    assign(site.world, sat.exam, proctor)
    client, exports = site.client, f"/api/v1/exams/{sat.exam.id}/exports"
    started = client.post(exports, json={"formats": ["csv"]}, headers=proctor.bearer).json()
    path = f"/api/v1/exports/{started['id']}"
    candidate, other = site.world.person(), site.world.person(Role.PROCTOR)

    for who, status in ((candidate, 403), (other, 404)):
        for ask in (client.get(path, headers=who.bearer), client.delete(path, headers=who.bearer)):
            assert ask.status_code == status
        assert client.get(f"{path}/file", headers=who.bearer).status_code == status
        assert client.post(exports, json={}, headers=who.bearer).status_code == 403
    eventually_in_thread(
        lambda: client.get(path, headers=proctor.bearer).json()["status"] == "done"
    )


def test_given_nonsense_then_it_is_refused_in_words(site: Site, proctor: Person) -> None:
    exam = set_exam(site.world)
    exports = f"/api/v1/exams/{exam.id}/exports"
    wrong: list[list[str]] = [[], ["docx"], ["csv"] * 9]
    for formats in wrong:
        answer = site.client.post(exports, json={"formats": formats}, headers=proctor.bearer)
        assert answer.status_code == 422
    empty = site.client.post(exports, json={}, headers=proctor.bearer)
    assert (empty.status_code, empty.json()["code"]) == (409, "no_attempts")


def test_given_the_documents_then_the_format_of_a_report_is_described(site: Site) -> None:
    document = site.client.get("/api/openapi.json").json()

    described = document["paths"]["/api/v1/attempts/{attempt_id}/report"]["get"]["responses"]["200"]
    assert described["content"]["application/json"]["schema"]["$ref"].endswith("/AttemptReport")
    assert {"application/pdf", "text/csv", "text/html"} <= set(described["content"])
    fields = document["components"]["schemas"]["AttemptReport"]["properties"]
    assert {"statement", "compliance", "incidents", "reviews", "appeals"} <= set(fields)
