"""Reports on attempts: who may have them, what they say, and that no stranger's text does harm."""

import csv
import io
import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from pydantic import TypeAdapter

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType
from proctor_app.errors import Invalid, NotAllowed, NotFound
from proctor_app.services import report_reader, reports
from proctor_app.services.report_data import FORMAT, STATEMENT, AttemptReport
from proctor_app.services.reports import Format
from tests.papers import assign, set_exam
from tests.reports import HOSTILE, Sat, attempt_of, full_attempt, incident_of, pictures_of
from tests.world import Person, World

_TAGS = """html head meta title style body header main section h1 h2 h3 p div span small b br bdi ul
li dl dt dd table caption colgroup col thead tbody tr th td figure figcaption img"""
ALLOWED_TAGS = frozenset(_TAGS.split())
_ATTRIBUTES = """lang charset http-equiv content name class id aria-labelledby style scope colspan
alt src"""
ALLOWED_ATTRIBUTES = frozenset(_ATTRIBUTES.split())


class _Page(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Pia Proctor")


@pytest.fixture
def sat(world: World, proctor: Person) -> Sat:
    return full_attempt(world, proctor)


def made(world: World, who: Person, sat: Sat, kind: Format) -> bytes:
    return world.services.reports.make(who.actor, sat.attempt_id, kind).data


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


# --- who may ---


@pytest.mark.parametrize("kind", list(Format))
def test_given_a_candidate_then_every_format_is_refused_even_of_their_own(
    world: World, sat: Sat, kind: Format
) -> None:
    for who in (sat.candidate, world.person()):
        with pytest.raises(NotAllowed):
            made(world, who, sat, kind)
    assert not [e for e in world.rows(tables.AuditEntry) if e.action == "report.made"]


@pytest.mark.parametrize("kind", list(Format))
def test_given_a_proctor_of_other_exams_then_every_format_is_refused(
    world: World, proctor: Person, sat: Sat, kind: Format
) -> None:
    assign(world, sat.exam, proctor)
    with pytest.raises(NotAllowed):
        made(world, world.person(Role.PROCTOR), sat, kind)


def test_given_no_such_attempt_then_it_is_not_found(world: World, proctor: Person) -> None:
    with pytest.raises(NotFound):
        world.services.reports.make(proctor.actor, "nothing", Format.JSON)


def test_given_a_report_then_who_made_it_and_how_is_in_the_log(
    world: World, proctor: Person, sat: Sat
) -> None:
    made(world, proctor, sat, Format.CSV)

    last = world.rows(tables.AuditEntry)[-1]
    assert (last.action, last.actor_id, last.subject_id) == (
        "report.made", proctor.id, sat.attempt_id
    )  # fmt: skip
    assert json.loads(last.detail) == {"format": "csv"}


# --- what it says ---


def test_given_a_report_as_json_then_it_says_everything_in_the_documented_format(
    world: World, proctor: Person, sat: Sat
) -> None:
    data = made(world, proctor, sat, Format.JSON)

    report = TypeAdapter(AttemptReport).validate_json(data)
    assert (report.format, report.statement) == (FORMAT, STATEMENT)
    assert report.exam is not None
    assert (report.exam.title, report.exam.version) == ("Arithmetic", 1)
    assert (report.candidate.name, report.candidate.email) == ("Ana Núñez", sat.candidate.email)
    assert (report.attempt.number, report.attempt.status) == (2, "suspicious")
    assert (report.attempt.status_reason, report.attempt.category) == ("Two people.", "help")
    assert report.attempt.decision_by is not None
    assert report.attempt.decision_by.name == "Pia Proctor"
    assert report.attempt.took_s == 3600 - 125
    assert [one.ended_at is not None for one in report.attempt.pauses] == [True]
    assert report.attempt.face_rate == pytest.approx(3400 / 3500)
    assert report.accommodation is not None
    assert report.accommodation.extra_minutes == 15
    assert EventType.EYES_CLOSED in report.watched.off
    assert [one.kind for one in report.reviews] == ["first", "note"]
    assert [one.answer for one in report.appeals] == ["We looked again."]
    assert [one.is_candidates for one in report.messages] == [False, True]
    assert [(one.kind, one.count) for one in report.signals] == [("hidden", 1)]
    assert {(one.is_answered, one.points) for one in report.answers} == {
        (True, 1.0), (True, 3.5), (False, None)
    }  # fmt: skip
    assert [one.shown_s for one in report.answers if one.question_id == "q-single"] == [180.0]
    assert json.loads(data)["attempt"]["started_at"] == "2026-03-02T08:00:00Z"


def test_given_incidents_then_each_is_told_with_its_verdict_and_its_pictures_digests(
    world: World, proctor: Person, sat: Sat
) -> None:
    report = world.services.reports.read(proctor.actor, sat.attempt_id)

    assert tuple(one.id for one in report.incidents) == sat.incident_ids
    people = report.incidents[2]
    assert (people.event, people.severity, people.verdict) == (
        "Multiple people detected", "alert", "suspicious"
    )  # fmt: skip
    assert (people.source, people.detector, people.duration_s) == ("camera", "fake-faces 1", 40.0)
    assert people.reviewed_by is not None
    assert people.reviewed_by.name == "Pia Proctor"
    assert [one.moment for one in people.pictures] == ["before", "at", "after"]
    kept = {one.sha256 for one in world.rows(tables.Evidence)}
    assert {one.sha256 for incident in report.incidents for one in incident.pictures} == kept
    assert report.incidents[5].source == "browser"


def test_given_terms_then_they_are_what_the_compliance_is_made_of(
    world: World, proctor: Person, sat: Sat
) -> None:
    found = world.services.reports.read(proctor.actor, sat.attempt_id).compliance

    attempt = next(row for row in world.rows(tables.Attempt) if row.id == sat.attempt_id)
    assert found.value == attempt.compliance < 100
    assert 100 - sum(one.points_lost for one in found.terms) == pytest.approx(found.value, abs=0.1)
    dismissed = next(one for one in found.terms if one.event_type is EventType.PHONE)
    assert dismissed.points_lost == 0


def test_given_incidents_that_were_cleared_away_then_they_are_in_no_report(
    world: World, proctor: Person, sat: Sat
) -> None:
    admin = world.person(Role.ADMIN)
    world.services.clearing.clear(admin.actor, sat.candidate.id)

    report = world.services.reports.read(proctor.actor, sat.attempt_id)
    assert (report.incidents, report.incident_count, report.compliance.value) == ((), 0, 100.0)
    assert rows_of(made(world, proctor, sat, Format.CSV)) == []


def test_given_an_attempt_that_still_runs_then_the_report_says_what_is_known(
    world: World, proctor: Person
) -> None:
    exam = set_exam(world)
    who = world.person()
    attempt_id = attempt_of(world, exam, who, status="running", ended_at=None, started_at=None)

    report = world.services.reports.read(proctor.actor, attempt_id)
    page = world.services.reports.make(proctor.actor, attempt_id, Format.HTML).data.decode()

    assert (report.attempt.took_s, report.attempt.decision_by) == (None, None)
    assert "No verdict on this attempt was given yet." in page
    assert "No incident was noted." in page


def test_given_a_free_session_then_it_has_a_report_without_an_exam(
    world: World, proctor: Person
) -> None:
    who = world.person(name="Free")
    with world.database.write() as session:
        session.add(
            tables.Attempt(
                id="free", user_id=who.id, status="submitted", created_at=world.clock(),
                duration_minutes=30,
            )
        )  # fmt: skip

    report = world.services.reports.read(proctor.actor, "free")

    assert (report.exam, report.answers, report.watched.level) == (None, (), "camera")
    assert b"Free session" in world.services.reports.make(proctor.actor, "free", Format.HTML).data


def test_given_an_erased_candidate_then_the_report_names_nobody(
    world: World, proctor: Person, sat: Sat
) -> None:
    world.services.erasure.erase(world.person(Role.ADMIN).actor, sat.candidate.id)

    report = world.services.reports.read(proctor.actor, sat.attempt_id)

    assert (report.candidate.name, report.candidate.email) == ("Erased person", "")
    assert report.candidate.is_erased
    assert not any(one.is_kept for incident in report.incidents for one in incident.pictures)
    for kind in (Format.JSON, Format.CSV, Format.HTML):
        data = made(world, proctor, sat, kind).decode()
        assert "Ana" not in data
        assert sat.candidate.email not in data


# --- the page ---


def test_given_a_page_then_it_stands_alone_and_says_that_no_machine_sanctions(
    world: World, proctor: Person, sat: Sat
) -> None:
    html = made(world, proctor, sat, Format.HTML).decode()
    page = _Page(html)

    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert STATEMENT in page.text
    for words in (
        "Ana Núñez",
        "Europe/Madrid",
        "My sister came in.",
        "We looked again.",
        "Dismissed",
    ):
        assert words in page.text
    sources = [value for name, value in page.attributes if name == "src"]
    assert len(sources) == 2 + 4  # two charts, four pictures
    assert all(re.match(r"data:image/(png|jpeg);base64,", one) for one in sources)
    assert all(value for name, value in page.attributes if name == "alt")
    for digest in (one.sha256 for one in world.rows(tables.Evidence)):
        assert digest in page.text


@pytest.mark.parametrize("words", HOSTILE)
def test_given_hostile_words_everywhere_then_no_markup_is_theirs_and_no_cell_a_formula(
    world: World, proctor: Person, words: str
) -> None:
    sat = full_attempt(world, proctor, words, words[:120])

    html = made(world, proctor, sat, Format.HTML).decode()
    page = _Page(html)

    assert page.tags <= ALLOWED_TAGS
    assert {name for name, _ in page.attributes} <= ALLOWED_ATTRIBUTES
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)

    data = made(world, proctor, sat, Format.CSV)
    rows = rows_of(data)

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n") == 1 + len(sat.incident_ids)
    assert [int(row["incident_id"]) for row in rows] == list(sat.incident_ids)
    for row in rows:
        for cell in row.values():
            assert not re.match("\\s*[=+@\uff1d\uff0b\uff0d\uff20-]", cell)
            assert ";" not in cell
    json.loads(made(world, proctor, sat, Format.JSON))


# --- much of it ---


def test_given_more_incidents_than_a_document_takes_then_csv_has_them_all_and_the_page_says_so(
    world: World, proctor: Person, sat: Sat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_reader, "MAX_INCIDENTS", 3)
    monkeypatch.setattr(reports, "_BATCH", 2)

    report = world.services.reports.read(proctor.actor, sat.attempt_id)
    rows = rows_of(made(world, proctor, sat, Format.CSV))
    page = made(world, proctor, sat, Format.HTML).decode()

    assert (report.incident_count, len(report.incidents)) == (6, 3)
    assert [int(row["incident_id"]) for row in rows] == list(sat.incident_ids)
    assert "3 more are in the CSV file" in page


def test_given_a_picture_that_can_no_longer_be_read_then_the_page_says_so_and_comes_all_the_same(
    world: World, proctor: Person, sat: Sat
) -> None:
    for row in world.rows(tables.Evidence)[:2]:
        pictures_of(world).delete(row.key)

    page = _Page(made(world, proctor, sat, Format.HTML).decode())

    assert page.text.count("Not shown here") == 2


# --- finding ---


def test_given_a_part_of_a_name_a_title_or_a_code_then_the_attempts_are_found(
    world: World, proctor: Person, sat: Sat
) -> None:
    other = set_exam(world)
    assign(world, other, world.person(Role.PROCTOR))
    attempt_of(world, other, world.person(name="Ana Elsewhere"))
    find = world.services.reports.find

    for search in (
        "núñ" if world.database.is_sqlite else "Núñ",
        "arith",
        sat.exam.code.lower(),
        "",
    ):
        found = find(proctor.actor, search)
        assert [one.attempt.id for one in found] == [sat.attempt_id]
    assert find(proctor.actor, "nobody") == ()
    assert len(find(world.person(Role.ADMIN).actor, "Ana")) == 2
    with pytest.raises(NotAllowed):
        find(sat.candidate.actor, "")
    with pytest.raises(Invalid):
        find(proctor.actor, "a\x00b")


def test_given_an_incident_that_is_still_open_then_it_is_told_without_an_end(
    world: World, proctor: Person
) -> None:
    exam = set_exam(world)
    attempt_id = attempt_of(world, exam, world.person(), status="running", ended_at=None)
    incident_of(world, attempt_id, EventType.PHONE, 10, closed_at=None)
    world.clock.advance(timedelta(minutes=5).total_seconds())

    (one,) = world.services.reports.read(proctor.actor, attempt_id).incidents
    page = world.services.reports.make(proctor.actor, attempt_id, Format.HTML).data.decode()

    assert (one.closed_at, one.duration_s, one.cost) == (None, None, 0.0)
    assert "still open" in page
