"""Safe Exam Browser over REST: the file, the two headers, and the hashes of a page."""

import plistlib
from typing import Any

import pytest

from proctor_app.db.partner_tables import SebEntry
from proctor_app.db.tables import Attempt
from proctor_app.domain.access import Role
from proctor_app.domain.seb import proof
from proctor_app.services.exam_views import ExamView
from proctor_app.services.logins import Origin
from tests.api.conftest import MakeSite, Site
from tests.exams import publish
from tests.unit.test_seb import key_of_file
from tests.world import PASSWORD, Person

HERE = "http://testserver"
PUBLIC = "https://exams.example.org"
EXAM_KEY = "c" * 64


def exam_of(site: Site) -> ExamView:
    """A published exam in Safe Exam Browser alone."""
    services, admin = site.world.services, site.world.person(Role.ADMIN).actor
    found = publish(site.world)
    services.seb.require(admin, found.id, True)
    return found


@pytest.fixture
def exam(site: Site) -> ExamView:
    return exam_of(site)


def path(exam: ExamView) -> str:
    return f"/api/v1/exams/{exam.id}/seb"


def config_key(site: Site, who: Person, exam: ExamView) -> str:
    answer = site.client.get(path(exam), headers=who.bearer)
    assert answer.status_code == 200, answer.text
    return key_of_file(answer.content)


def headers(url: str, key: str, exam_key: str = "") -> dict[str, str]:
    """What Safe Exam Browser adds to a request of this address."""
    found = {"X-SafeExamBrowser-ConfigKeyHash": proof(url, key)}
    return found | ({"X-SafeExamBrowser-RequestHash": proof(url, exam_key)} if exam_key else {})


def start_of(site: Site, who: Person, exam: ExamView) -> str:
    """The address of a start for this log-in, by what it got with the exam's file."""
    tag = site.client.get(path(exam), headers=who.bearer).headers["proctor-seb-for"]
    return f"/api/v1/exam/start/{who.id}?for={tag}"


def start(
    site: Site, who: Person, exam: ExamView, sent: dict[str, str], route: str | None = None
) -> Any:
    """route: instead of the one with the log-in's tag."""
    url, body = route or start_of(site, who, exam), {"exam_code": exam.code}
    return site.client.post(url, json=body, headers=who.bearer | sent)


def test_given_the_headers_on_the_start_itself_then_the_attempt_runs(
    site: Site, exam: ExamView
) -> None:
    ana = site.world.person()
    url = HERE + start_of(site, ana, exam)
    answer = start(site, ana, exam, headers(url, config_key(site, ana, exam)))

    assert (answer.status_code, answer.json()["status"]) == (200, "running")
    (entry,) = site.world.rows(SebEntry)
    assert (entry.login_id, entry.exam_id, entry.how) == (ana.actor.session_id, exam.id, "header")
    attempt_id = answer.json()["wsConfig"]["sessionId"]
    saved = site.client.put(
        f"/api/v1/attempts/{attempt_id}/answers/q1", json={"value": "a"}, headers=ana.bearer
    )
    assert saved.status_code == 200
    resumed = start(site, ana, exam, {})  # this log-in has shown it
    assert resumed.status_code == 200


def test_given_the_headers_of_a_start_then_they_begin_nothing_in_another_log_in(
    site: Site, exam: ExamView
) -> None:
    ana = site.world.person()
    url = HERE + start_of(site, ana, exam)
    captured = headers(url, config_key(site, ana, exam))
    assert start(site, ana, exam, captured).status_code == 200
    again = site.world.services.logins.log_in(ana.email, PASSWORD, Origin("127.0.0.1"))
    other = Person(ana.actor, ana.email, again.token)
    for route in (url.removeprefix(HERE), None):
        refused = start(site, other, exam, captured, route)
        assert (refused.status_code, refused.json()["code"]) == (403, "seb_required")


def test_given_wrong_headers_or_none_then_nothing_begins(site: Site, exam: ExamView) -> None:
    ana, ben = site.world.person(), site.world.person()
    other = exam_of(site)
    url, key = HERE + start_of(site, ana, exam), config_key(site, ana, exam)
    for sent in (
        {},
        headers(url, "0" * 64),
        headers(url, config_key(site, ana, other)),
        headers(f"{url}&x=1", key),
        headers(url.replace(ana.id, ben.id), key),
        headers("http://elsewhere/api/v1/exam/start", key),
        {"X-SafeExamBrowser-ConfigKeyHash": key},
        {"X-SafeExamBrowser-RequestHash": proof(url, key)},
    ):
        answer = start(site, ana, exam, sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "seb_required"), sent
    replayed = start(site, ben, exam, headers(url, key))
    assert replayed.json()["code"] == "seb_required"
    plain = f"/api/v1/exam/start/{ana.id}"
    untagged = start(site, ana, exam, headers(HERE + plain, key), plain)
    assert untagged.json()["code"] == "seb_required"
    assert site.world.count(SebEntry) == 0


def test_given_browser_exam_keys_then_one_of_them_is_asked_for_in_its_own_header(
    site: Site, exam: ExamView
) -> None:
    ana, admin = site.world.person(), site.world.person(Role.ADMIN)
    site.world.services.seb.set_exam_keys(admin.actor, exam.id, EXAM_KEY)
    url, key = HERE + start_of(site, ana, exam), config_key(site, ana, exam)
    assert start(site, ana, exam, headers(url, key)).status_code == 403
    assert start(site, ana, exam, headers(url, key, "d" * 64)).status_code == 403
    assert start(site, ana, exam, headers(url, key, EXAM_KEY)).status_code == 200


def test_given_the_hashes_of_the_page_then_the_log_in_is_let_in_and_no_other_one(
    site: Site, exam: ExamView
) -> None:
    world, ana = site.world, site.world.person()
    found = world.services.seb.exam(ana.actor, exam.id)
    url = f"{HERE}/seb/{exam.id}/?for={found.tag}"
    body = {"url": url, "config_key": proof(url, config_key(site, ana, exam))}
    again = world.services.logins.log_in(ana.email, PASSWORD, Origin("127.0.0.1"))
    for token in (again.token, world.person().token):
        answer = site.client.post(
            path(exam), json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "seb_not_proved")

    assert site.client.post(path(exam), json=body, headers=ana.bearer).status_code == 200
    assert start(site, ana, exam, {}).status_code == 200
    elsewhere = Person(ana.actor, ana.email, again.token)
    refused = start(site, elsewhere, exam, {})
    assert refused.json()["code"] == "seb_required"
    attempt = f"/api/v1/attempts/{site.world.rows(Attempt)[0].id}"
    sheet = site.client.get(attempt, headers=elsewhere.bearer)
    saved = site.client.put(f"{attempt}/answers/q1", json={"value": "a"}, headers=elsewhere.bearer)
    assert {sheet.json()["code"], saved.json()["code"]} == {"seb_required"}


def test_given_an_older_browser_then_the_headers_of_the_same_route_do(
    site: Site, exam: ExamView
) -> None:
    ana = site.world.person()
    file = site.client.get(path(exam), headers=ana.bearer)
    tag, key = file.headers["proctor-seb-for"], key_of_file(file.content)
    assert tag == site.world.services.seb.exam(ana.actor, exam.id).tag
    untagged = site.client.post(path(exam), headers=ana.bearer | headers(HERE + path(exam), key))
    assert untagged.status_code == 403
    address = f"{path(exam)}?for={tag}"
    answer = site.client.post(address, json={}, headers=ana.bearer | headers(HERE + address, key))
    assert answer.status_code == 200
    assert [row.how for row in site.world.rows(SebEntry)] == ["header"]


def test_the_file_comes_with_its_name_and_type_and_by_its_link_without_a_log_in(
    site: Site, exam: ExamView
) -> None:
    ana = site.world.person()
    answer = site.client.get(path(exam), headers=ana.bearer)
    assert answer.headers["content-type"] == "application/seb"
    assert answer.headers["content-disposition"] == f'attachment; filename="{exam.code}.seb"'
    assert "no-store" in answer.headers["cache-control"]
    assert plistlib.loads(answer.content)["startURL"] == f"{HERE}/seb/{exam.id}"

    file = site.world.services.seb.exam(ana.actor, exam.id).file
    by_link = site.client.get(file)
    assert by_link.content == answer.content
    assert "proctor-seb-for" not in by_link.headers
    for wrong in (path(exam), f"{path(exam)}?link=1-2", f"{path(exam)}?link=%FF"):
        assert site.client.get(wrong).status_code == 401


def test_given_a_public_address_then_it_is_the_one_that_is_hashed(make_site: MakeSite) -> None:
    site = make_site(PROCTOR_PUBLIC_URL=f"{PUBLIC}/")
    exam, ana = exam_of(site), site.world.person()
    answer = site.client.get(path(exam), headers=ana.bearer)
    assert plistlib.loads(answer.content)["startURL"] == f"{PUBLIC}/seb/{exam.id}"
    key, route = key_of_file(answer.content), start_of(site, ana, exam)
    assert start(site, ana, exam, headers(HERE + route, key)).status_code == 403
    assert start(site, ana, exam, headers(PUBLIC + route, key)).status_code == 200


@pytest.mark.parametrize("body", [{"url": "x" * 1001}, {"config_key": "a" * 65}, {"url": 1}])
def test_given_what_is_too_long_or_no_text_then_it_is_refused_as_such(
    site: Site, exam: ExamView, body: dict[str, Any]
) -> None:
    answer = site.client.post(path(exam), json=body, headers=site.world.person().bearer)
    assert answer.status_code == 422
