"""Exams as admins make them: drafts, versions that never change, terms that hold at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from proctor_app.db.tables import AuditEntry, Exam, ExamProctor, ExamVersion
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import Access, ExamContent, ExamStatus, ExamTerms, Results, RuleChange
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound, ProctorError
from proctor_app.services.exam_views import ExamPage, ExamQuery, ExamView
from proctor_app.services.practice import CODE, Practice
from proctor_app.services.versions import Versions, to_json
from tests.authoring import CONTENT, DRAFT, QUESTIONS, attempt, attempt_row, published
from tests.world import Person, World

TERMS = ExamTerms()


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Paula")


def _refused(code: str, call: Callable[[], object]) -> str:
    with pytest.raises(ProctorError) as refused:
        call()
    assert refused.value.code == code
    return refused.value.detail


def _actions(world: World, exam_id: str) -> list[str]:
    return [entry.action for entry in world.rows(AuditEntry) if entry.subject_id == exam_id]


def _page(world: World, who: Person, **query: Any) -> ExamPage:
    return world.services.exams.page(who.actor, ExamQuery(**query))


def _titles(page: ExamPage) -> list[str]:
    return [item.title for item in page.items]


# --- making ---


def test_given_content_and_terms_then_the_exam_has_them_and_a_code_of_its_own(
    world: World, admin: Person
) -> None:
    content = replace(
        CONTENT,
        shuffle_options=True,
        rules={EventType.PHONE: RuleChange(hold_s=1.5), EventType.EYES_CLOSED: RuleChange(False)},
    )
    terms = ExamTerms(
        opens_at=world.clock(),
        closes_at=world.clock() + timedelta(days=1),
        time_zone="Europe/Berlin",
        access=Access.ROSTER,
        attempts_allowed=2,
        results=Results.WHEN_CLOSED,
        retention_days=30,
    )

    made = world.services.exams.create(admin.actor, content, terms)

    assert world.services.exams.one(admin.actor, made.id) == made
    assert made.content == content
    assert made.terms == replace(terms, code=made.code)
    assert len(made.code) == 8
    assert not set(made.code) & set("O0I1L")
    assert (made.status, made.version, made.has_changes) == (ExamStatus.DRAFT, None, False)
    assert (made.problems, made.proctors, made.attempts, made.running) == ((), (), 0, 0)
    assert _actions(world, made.id) == ["exam.created"]


def test_given_somebody_who_writes_on_then_the_log_tells_it_once_and_others_beside(
    world: World, admin: Person
) -> None:
    exams, other = world.services.exams, world.person(Role.ADMIN)
    made = exams.create(admin.actor, DRAFT, TERMS)

    for number, (who, wait_s) in enumerate(
        [(admin, 0), (admin, 60), (other, 0), (admin, 60), (admin, 600), (other, 0)]
    ):
        world.clock.advance(wait_s)
        content = replace(DRAFT, title=f"Title {number}")
        made = exams.save(who.actor, made.id, made.revision, content)

    entries = [e for e in world.rows(AuditEntry) if e.action == "exam.saved"]
    assert [e.actor_id for e in entries] == [admin.id, other.id, admin.id, other.id]


def test_given_a_code_then_it_is_kept_in_capitals_and_nobody_elses(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = exams.create(admin.actor, DRAFT, ExamTerms(code=" geo-1 "))

    assert made.code == "GEO-1"
    _refused("code_taken", lambda: exams.create(admin.actor, DRAFT, ExamTerms(code="Geo-1")))
    other = exams.create(admin.actor, DRAFT, TERMS)
    taken = ExamTerms(code="GEO-1")
    _refused("code_taken", lambda: exams.save(admin.actor, other.id, 1, terms=taken))
    assert exams.one(admin.actor, other.id) == other


def test_given_questions_without_ids_then_they_get_some_that_stay(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    nameless = tuple(replace(question, id="") for question in QUESTIONS)

    made = exams.create(admin.actor, replace(CONTENT, questions=nameless), TERMS)
    ids = [question.id for question in made.content.questions]
    saved = exams.save(
        admin.actor, made.id, 1, replace(made.content, questions=made.content.questions[::-1])
    )

    assert len(set(ids)) == len(QUESTIONS)
    assert all(ids)
    assert [question.id for question in saved.content.questions] == ids[::-1]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (replace(CONTENT, title="x" * 201), "title is longer"),
        (replace(CONTENT, title="a\x07b"), "title has characters"),
        (replace(CONTENT, description="x" * 10_001), "description is longer"),
        (replace(CONTENT, duration_minutes=0), "duration must lie"),
        (replace(CONTENT, duration_minutes=10**9), "duration must lie"),
        (replace(CONTENT, grace_s=601), "late answers"),
        (replace(CONTENT, questions=QUESTIONS * 61), "more than 300 questions"),
        (replace(CONTENT, questions=QUESTIONS * 2), "the same id"),
        (replace(CONTENT, questions=(replace(QUESTIONS[0], text="x" * 10_001),)), "Question 1"),
        (replace(CONTENT, rules={EventType.PHONE: RuleChange(hold_s=-1)}), "rule's seconds"),
        (
            replace(CONTENT, rules={EventType.PHONE: RuleChange(points=float("nan"))}),
            "rule's points",
        ),
        (replace(CONTENT, forbidden=("x" * 41,)), "forbidden thing"),
        (replace(CONTENT, forbidden=tuple(map(str, range(31)))), "things are forbidden"),
        (replace(CONTENT, forbidden=("book", "drone")), "Forbidden thing 2"),
        (replace(CONTENT, forbidden=("Laptop",)), "book, laptop, tv"),
    ],
)
def test_given_content_that_cannot_be_kept_then_nothing_is(
    world: World, admin: Person, content: ExamContent, word: str
) -> None:
    said = _refused(
        "exam_invalid", lambda: world.services.exams.create(admin.actor, content, TERMS)
    )

    assert word in said
    assert world.count(Exam) == world.count(ExamVersion) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"code": "a b"},
        {"code": "ab"},
        {"code": "Ä" * 4},
        {"code": "X" * 17},
        {"opens_at": timedelta(1), "closes_at": timedelta(0)},
        {"opens_at": timedelta(1), "closes_at": timedelta(1)},
        {"closes_at": timedelta(days=200 * 365)},
        {"closes_at": datetime(2026, 3, 3, 9, 0)},  # noqa: DTZ001
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"attempts_allowed": -1},
        {"attempts_allowed": 1001},
        {"retention_days": 0},
        {"reviewers": 3},
        {"retention_days": 4000},
    ],
)
def test_given_terms_on_which_nobody_could_sit_it_then_they_are_refused(
    world: World, admin: Person, change: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {
        name: world.clock() + value if isinstance(value, timedelta) else value
        for name, value in change.items()
    }
    terms = ExamTerms(**fields)
    exams = world.services.exams
    made = exams.create(admin.actor, DRAFT, TERMS)

    _refused("exam_invalid", lambda: exams.create(admin.actor, DRAFT, terms))
    _refused("exam_invalid", lambda: exams.save(admin.actor, made.id, 1, terms=terms))

    assert world.count(Exam) == 1
    assert exams.one(admin.actor, made.id) == made


# --- saving ---


def test_given_a_save_then_it_is_there_and_an_older_view_cannot_overwrite_it(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = exams.create(admin.actor, DRAFT, TERMS)
    world.clock.advance(60)

    saved = exams.save(admin.actor, made.id, made.revision, CONTENT)

    assert (saved.content, saved.revision) == (CONTENT, made.revision + 1)
    assert saved.updated_at > made.updated_at
    stale = replace(CONTENT, title="Stale")
    _refused("exam_changed", lambda: exams.save(admin.actor, made.id, made.revision, stale))
    assert exams.one(admin.actor, made.id) == saved
    assert world.count(ExamVersion) == 1


def test_given_two_saves_of_the_same_view_at_once_then_one_of_them_is_told(
    world: World, admin: Person
) -> None:
    made = world.services.exams.create(admin.actor, DRAFT, TERMS)

    def save(number: int) -> str:
        content = replace(CONTENT, title=f"Title {number}")
        try:
            return world.services.exams.save(admin.actor, made.id, made.revision, content).title
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(save, range(4)))

    assert sorted(done)[1:] == ["exam_changed"] * 3
    assert world.services.exams.one(admin.actor, made.id).title in done


def test_given_a_published_exam_then_changes_are_a_draft_until_they_are_published(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = published(world, admin)
    changed = replace(CONTENT, title="Rivers", questions=QUESTIONS[:2])

    saved = exams.save(admin.actor, made.id, made.revision, changed)

    assert (saved.has_changes, saved.version, saved.content) == (True, 1, changed)
    assert world.count(ExamVersion) == 2
    kept = world.rows(Exam)[0].version_id
    assert kept is not None
    assert _content(world, kept) == CONTENT
    assert _titles(_page(world, admin)) == ["Geography"]

    again = exams.publish(admin.actor, made.id)

    assert (again.has_changes, again.version, again.title) == (False, 2, "Rivers")
    assert _titles(_page(world, admin)) == ["Rivers"]
    assert _content(world, kept) == CONTENT


def _content(world: World, version_id: str) -> ExamContent:
    """By a reader that remembers nothing."""
    return Versions(world.database).content(version_id)


def test_given_an_exam_with_a_thing_that_nothing_finds_then_it_loads_and_takes_no_other(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = published(world, admin)
    old = replace(made.content, forbidden=("drone", "book"))
    with world.database.write() as session:
        session.get_one(ExamVersion, _version_id(world, made.id)).content = to_json(old)
    found = exams.one(admin.actor, made.id)
    assert found.content.forbidden == ("drone", "book")
    assert exams.duplicate(admin.actor, made.id).content.forbidden == ("drone", "book")

    saved = exams.save(admin.actor, made.id, found.revision, replace(old, title="Geometry"))
    assert (saved.content.title, saved.content.forbidden) == ("Geometry", ("drone", "book"))
    said = _refused(
        "exam_invalid",
        lambda: exams.save(
            admin.actor, made.id, saved.revision, replace(old, forbidden=("drone", "cup"))
        ),
    )
    assert said.startswith("Forbidden thing 2")


def _version_id(world: World, exam_id: str) -> str:
    (row,) = [one for one in world.rows(ExamVersion) if one.exam_id == exam_id]
    return row.id


def test_given_a_save_that_changes_nothing_then_there_is_no_draft(
    world: World, admin: Person
) -> None:
    made = published(world, admin)

    saved = world.services.exams.save(admin.actor, made.id, made.revision, CONTENT)

    assert (saved.has_changes, world.count(ExamVersion)) == (False, 1)


def test_given_an_incomplete_exam_then_it_is_not_published_and_says_what_is_missing(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    broken = Question("q", QuestionKind.SINGLE, "", ("a",), ())
    content = replace(CONTENT, title=" ", questions=(broken, *QUESTIONS))

    made = exams.create(admin.actor, content, TERMS)
    said = _refused("exam_incomplete", lambda: exams.publish(admin.actor, made.id))

    assert made.problems == tuple(said.split("\n"))
    assert {"The title is missing.", "Question 1: the text is missing."} <= set(made.problems)
    assert exams.one(admin.actor, made.id).status is ExamStatus.DRAFT
    count = world.count(Exam)
    _refused("exam_incomplete", lambda: exams.create(admin.actor, content, TERMS, publish=True))
    assert world.count(Exam) == count
    saving = replace(content, title="Named")
    _refused("exam_incomplete", lambda: exams.save(admin.actor, made.id, 1, saving, publish=True))
    assert exams.one(admin.actor, made.id) == made


def test_given_terms_then_they_hold_at_once_and_keep_their_code(
    world: World, admin: Person
) -> None:
    made = published(world, admin)
    terms = ExamTerms(access=Access.ROSTER, attempts_allowed=3)

    saved = world.services.exams.save(admin.actor, made.id, made.revision, terms=terms)

    assert saved.terms == replace(terms, code=made.code)
    assert not saved.has_changes


def test_given_another_end_of_the_window_then_open_attempts_end_then_with_their_extra_time(
    world: World, admin: Person
) -> None:
    closes_at = world.clock() + timedelta(hours=2)
    made = published(world, admin, ExamTerms(closes_at=closes_at))
    plain, slow, done = (world.person() for _ in range(3))
    world.services.rosters.import_csv(
        admin.actor, made.id, f"email,extra_minutes\n{slow.email},20\n".encode()
    )
    ids = [
        attempt(world, made, plain, "running", closes_at),
        attempt(world, made, slow, "paused", closes_at),
        attempt(world, made, done, "submitted", closes_at),
    ]
    later = closes_at + timedelta(hours=1)

    saved = world.services.exams.save(
        admin.actor, made.id, made.revision, terms=replace(made.terms, closes_at=later)
    )

    assert [attempt_row(world, one).ends_by for one in ids] == [
        later,
        later + timedelta(minutes=20),
        closes_at,
    ]
    world.services.exams.save(
        admin.actor, made.id, saved.revision, terms=replace(saved.terms, closes_at=None)
    )
    assert [attempt_row(world, one).ends_by for one in ids] == [None, None, closes_at]


# --- open and closed ---


def test_given_an_exam_then_it_is_published_closed_and_reopened_and_each_is_noted(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = exams.create(admin.actor, CONTENT, TERMS)
    _refused("not_published", lambda: exams.close(admin.actor, made.id))
    _refused("not_closed", lambda: exams.reopen(admin.actor, made.id))

    found = [
        step(admin.actor, made.id).status
        for step in (exams.publish, exams.publish, exams.close, exams.close, exams.reopen)
    ]

    assert found == ["published", "published", "closed", "closed", "published"]
    noted = _actions(world, made.id)
    assert noted.count("exam.closed") == noted.count("exam.reopened") == 1
    assert world.services.audit.verify().problem == ""


def test_given_a_copy_then_it_is_a_draft_of_its_own(
    world: World, admin: Person, proctor: Person
) -> None:
    exams = world.services.exams
    closes_at = world.clock() + timedelta(days=1)
    made = published(world, admin, ExamTerms(closes_at=closes_at, attempts_allowed=3))
    exams.set_proctors(admin.actor, made.id, [proctor.id])

    copy = exams.duplicate(admin.actor, made.id)

    assert copy.content == replace(CONTENT, title="Geography (copy)")
    assert (copy.status, copy.version, copy.proctors) == (ExamStatus.DRAFT, None, ())
    assert (copy.terms.closes_at, copy.terms.attempts_allowed) == (None, 3)
    assert copy.code != made.code
    assert exams.one(admin.actor, made.id).title == "Geography"


def test_given_a_draft_nobody_has_sat_then_it_can_go_and_nothing_else(
    world: World, admin: Person, proctor: Person
) -> None:
    exams = world.services.exams
    draft = exams.create(admin.actor, DRAFT, TERMS)
    exams.set_proctors(admin.actor, draft.id, [proctor.id])
    world.services.rosters.import_csv(admin.actor, draft.id, b"email\nana@example.test\n")
    kept = published(world, admin)
    exams.close(admin.actor, kept.id)

    exams.delete(admin.actor, draft.id)

    _refused("no_exam", lambda: exams.one(admin.actor, draft.id))
    _refused("exam_in_use", lambda: exams.delete(admin.actor, kept.id))
    assert [row.id for row in world.rows(Exam)] == [kept.id]
    assert world.count(ExamVersion) == 1
    assert world.count(ExamProctor) == 0
    assert _actions(world, draft.id)[-1] == "exam.deleted"


def test_given_results_then_they_are_released_once_and_can_be_taken_back(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = published(world, admin)

    first = exams.release_results(admin.actor, made.id)
    world.clock.advance(60)
    again = exams.release_results(admin.actor, made.id)
    back = exams.release_results(admin.actor, made.id, released=False)

    assert first.results_at == again.results_at is not None
    assert back.results_at is None
    assert _actions(world, made.id)[-2:] == ["exam.results_released", "exam.results_withdrawn"]


# --- who may ---


def test_given_proctors_then_they_read_what_is_theirs_and_what_is_nobodys(
    world: World, admin: Person, proctor: Person
) -> None:
    exams = world.services.exams
    other = world.person(Role.PROCTOR)
    mine, free, draft = (
        published(world, admin),
        published(world, admin),
        exams.create(admin.actor, DRAFT, TERMS),
    )
    found = exams.set_proctors(admin.actor, mine.id, [proctor.id, admin.id])

    assert {one.id for one in found.proctors} == {proctor.id, admin.id}
    assert exams.one(proctor.actor, mine.id).content == CONTENT
    assert exams.one(other.actor, free.id).content == CONTENT
    for who, exam in ((other, mine), (proctor, draft)):
        _refused("not_allowed", lambda who=who, exam=exam: exams.one(who.actor, exam.id))  # type: ignore[misc]
    assert {item.id for item in _page(world, proctor).items} == {mine.id, free.id}
    assert {item.id for item in _page(world, other).items} == {free.id}
    assert len(_page(world, admin).items) == 3
    exams.set_proctors(admin.actor, mine.id, [])
    assert len(_page(world, other).items) == 2


def test_given_somebody_who_is_no_proctor_then_they_cannot_be_one(
    world: World, admin: Person, proctor: Person
) -> None:
    exams = world.services.exams
    made = exams.set_proctors(admin.actor, published(world, admin).id, [proctor.id])
    gone = world.person(Role.PROCTOR)
    world.services.people.change(admin.actor, gone.id, disabled=True)

    for who in (world.person().id, gone.id, "nobody"):
        _refused(
            "no_proctor",
            lambda who=who: exams.set_proctors(admin.actor, made.id, [proctor.id, who]),  # type: ignore[misc]
        )
    many = [str(number) for number in range(201)]
    _refused("too_many_proctors", lambda: exams.set_proctors(admin.actor, made.id, many))
    assert exams.one(admin.actor, made.id).proctors == made.proctors


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PROCTOR])
def test_given_no_admin_then_nothing_can_be_changed(
    world: World, admin: Person, role: Role
) -> None:
    exams, who = world.services.exams, world.person(role).actor
    made = published(world, admin)
    calls: list[Callable[[Actor], object]] = [
        lambda actor: exams.create(actor, CONTENT, TERMS),
        lambda actor: exams.save(actor, made.id, made.revision, DRAFT),
        lambda actor: exams.publish(actor, made.id),
        lambda actor: exams.close(actor, made.id),
        lambda actor: exams.reopen(actor, made.id),
        lambda actor: exams.duplicate(actor, made.id),
        lambda actor: exams.delete(actor, made.id),
        lambda actor: exams.set_proctors(actor, made.id, []),
        lambda actor: exams.release_results(actor, made.id),
        lambda actor: world.services.overview.counts(actor),
        lambda actor: world.services.exam_files.bring(actor, b"{}"),
    ]
    for call in calls:
        with pytest.raises(NotAllowed):
            call(who)
    if role is Role.STUDENT:
        for call in (
            lambda actor: exams.page(actor, ExamQuery()),
            lambda actor: exams.one(actor, made.id),
            lambda actor: world.services.exam_files.export(actor, made.id),
            lambda actor: world.services.rosters.entries(actor, made.id),
        ):
            with pytest.raises(NotAllowed):
                call(who)
    assert exams.one(admin.actor, made.id) == made


def test_given_no_such_exam_then_every_call_says_so(world: World, admin: Person) -> None:
    exams, actor = world.services.exams, admin.actor
    made = published(world, admin)
    for exam_id in ("nobody", made.id.upper(), ""):
        for call in (
            exams.one,
            exams.publish,
            exams.close,
            exams.reopen,
            exams.duplicate,
            exams.delete,
            exams.release_results,
        ):
            with pytest.raises(NotFound):
                call(actor, exam_id)


# --- the list ---


@pytest.fixture
def library(world: World, admin: Person) -> dict[str, ExamView]:
    """Exams a minute apart, of every status."""
    found = {}
    for number, title in enumerate(("Art 100%", "Biology", "art_history", "Überblick", "Zoology")):
        world.clock.advance(60)
        content = replace(CONTENT, title=title, questions=QUESTIONS[: number + 1])
        found[title] = world.services.exams.create(
            admin.actor, content, ExamTerms(code=f"CODE-{number}"), publish=number > 1
        )
    world.services.exams.close(admin.actor, found["Zoology"].id)
    return found


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, ["Zoology", "Überblick", "art_history", "Biology", "Art 100%"]),
        ({"sort": "created"}, ["Art 100%", "Biology", "art_history", "Überblick", "Zoology"]),
        ({"search": "ART"}, ["art_history", "Art 100%"]),
        ({"search": "t_h"}, ["art_history"]),
        ({"search": "%"}, ["Art 100%"]),
        ({"search": "über"}, ["Überblick"]),
        ({"search": "code-3"}, ["Überblick"]),
        ({"search": "nothing"}, []),
        ({"status": "draft"}, ["Biology", "Art 100%"]),
        ({"status": "closed"}, ["Zoology"]),
        ({"status": "published", "search": "art"}, ["art_history"]),
    ],
)
def test_given_a_query_then_such_exams_are_listed(
    world: World,
    admin: Person,
    library: dict[str, ExamView],
    query: dict[str, Any],
    titles: list[str],
) -> None:
    found = _page(world, admin, **query)

    assert _titles(found) == titles
    assert found.total == len(titles)


@pytest.mark.parametrize("sort", ["created", "-created", "title", "-title"])
def test_given_more_than_a_page_then_cursors_lead_through_all_and_back(
    world: World, admin: Person, library: dict[str, ExamView], sort: str
) -> None:
    whole = _titles(_page(world, admin, sort=sort))
    pages = [_page(world, admin, sort=sort, limit=2)]
    while pages[-1].next:
        pages.append(_page(world, admin, sort=sort, limit=2, cursor=pages[-1].next))

    assert [title for page in pages for title in _titles(page)] == whole
    assert [page.total for page in pages] == [5, 5, 5]
    back = _page(world, admin, sort=sort, limit=2, cursor=pages[-1].previous)
    assert _titles(back) == _titles(pages[1])
    assert _titles(_page(world, admin, sort=sort, limit=2, cursor=back.previous)) == whole[:2]


def test_given_titles_that_are_the_same_then_no_exam_is_left_out(
    world: World, admin: Person
) -> None:
    ids = {world.services.exams.create(admin.actor, DRAFT, TERMS).id for _ in range(5)}
    for sort in ("title", "-title", "created", "-created"):
        found, cursor = set(), ""
        for _ in range(5):
            page = _page(world, admin, sort=sort, limit=1, cursor=cursor)
            found.add(page.items[0].id)
            cursor = page.next
        assert (found, cursor) == (ids, "")


def test_given_the_list_then_it_tells_what_each_exam_is(
    world: World, admin: Person, library: dict[str, ExamView]
) -> None:
    exam = library["art_history"]
    attempt(world, exam, world.person(), "running")
    attempt(world, exam, world.person(), "submitted")
    world.services.exams.save(
        admin.actor, exam.id, exam.revision, replace(CONTENT, title="New", duration_minutes=7)
    )

    item = next(one for one in _page(world, admin).items if one.id == exam.id)

    assert (item.title, item.questions, item.duration_minutes) == ("art_history", 5, 7)
    assert (item.version, item.has_changes, item.attempts, item.running) == (1, True, 2, 1)
    view = world.services.exams.one(admin.actor, exam.id)
    assert (view.attempts, view.running, view.title) == (2, 1, "New")


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "secret"},
        {"status": "odd"},
        {"search": "a\x00b"},
        {"cursor": "made-up"},
        {"cursor": "x" * 3000},
    ],
)
def test_given_a_query_that_makes_no_sense_then_it_is_invalid(
    world: World, admin: Person, query: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        _page(world, admin, **query)


# --- the practice exam ---


def test_given_a_start_then_the_practice_exam_is_there_for_everybody_and_stays_as_it_is(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    exams, practice = world.services.exams, world.services.practice
    practice.ensure()
    practice.ensure()

    (row,) = world.rows(Exam)
    view = exams.one(admin.actor, row.id)
    assert (view.code, view.status, view.is_practice) == (CODE, ExamStatus.PUBLISHED, True)
    assert (view.problems, view.version, world.count(ExamVersion)) == ((), 1, 1)
    assert {question.kind for question in view.content.questions} == set(QuestionKind)
    assert view.terms.attempts_allowed == 0
    assert world.services.catalogue.one(world.person().actor, row.id).code == CODE
    for call in (exams.publish, exams.close, exams.reopen, exams.delete):
        _refused("practice_exam", lambda call=call: call(admin.actor, row.id))  # type: ignore[misc]
    _refused("practice_exam", lambda: exams.save(admin.actor, row.id, 1, CONTENT))
    copy = exams.duplicate(admin.actor, row.id)
    assert (copy.is_practice, copy.content.questions) == (False, view.content.questions)

    newer = replace(view.content, title="Practice, better")
    monkeypatch.setattr("proctor_app.services.practice.CONTENT", newer)
    practice.ensure()
    assert exams.one(admin.actor, row.id).content == newer
    assert exams.one(admin.actor, row.id).version == 2


def test_given_several_processes_that_start_at_once_then_there_is_one_practice_exam(
    world: World,
) -> None:
    services = world.services
    starts = [Practice(services.database, services.audit, world.clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda one: one.ensure(), starts))

    assert [row.code for row in world.rows(Exam)] == [CODE]


# --- what candidates find ---


def test_given_a_candidate_then_they_find_what_they_may_sit_and_nothing_of_what_is_asked(
    world: World, admin: Person
) -> None:
    catalogue, ana = world.services.catalogue, world.person()
    listed = published(world, admin, ExamTerms(access=Access.ROSTER))
    sat, hidden = published(world, admin), published(world, admin)
    draft = world.services.exams.create(admin.actor, CONTENT, ExamTerms(access=Access.ROSTER))
    for exam in (listed, draft):
        world.services.rosters.import_csv(
            admin.actor, exam.id, f"email,extra_minutes\n{ana.email},15\n".encode()
        )
    attempt(world, sat, ana, "submitted")

    found = catalogue.page(ana.actor, ExamQuery())

    assert {item.id for item in found.items} == {listed.id, sat.id}
    one = catalogue.one(ana.actor, listed.id)
    assert one.question_ids == tuple(question.id for question in QUESTIONS)
    assert (one.duration_minutes, catalogue.one(ana.actor, sat.id).duration_minutes) == (60, 45)
    for exam in (hidden, draft):
        with pytest.raises(NotFound):
            catalogue.one(ana.actor, exam.id)
    with pytest.raises(NotFound):
        catalogue.one(world.person().actor, listed.id)
    first = catalogue.page(ana.actor, ExamQuery(limit=1))
    second = catalogue.page(ana.actor, ExamQuery(limit=1, cursor=first.next))
    assert {first.items[0].id, second.items[0].id} == {listed.id, sat.id}


def test_given_an_installation_then_admins_see_how_much_there_is(
    world: World, admin: Person, library: dict[str, ExamView]
) -> None:
    attempt(world, library["art_history"], world.person(), "paused")

    counts = world.services.overview.counts(admin.actor)

    assert counts.exams == {"draft": 2, "published": 2, "closed": 1}
    assert (counts.users[Role.ADMIN], counts.users[Role.STUDENT]) == (1, 1)
    assert (counts.running_attempts, counts.open_incidents) == (1, 0)


def test_given_a_closed_exam_then_publishing_changes_does_not_open_it(
    world: World, admin: Person
) -> None:
    exams = world.services.exams
    made = published(world, admin)
    closed = exams.close(admin.actor, made.id)
    changed = exams.save(admin.actor, made.id, closed.revision, replace(CONTENT, grace_s=5))

    found = exams.publish(admin.actor, made.id)
    again = exams.save(
        admin.actor, made.id, found.revision, replace(CONTENT, grace_s=6), publish=True
    )

    assert (changed.has_changes, found.has_changes, found.version) == (True, False, 2)
    assert (again.version, again.has_changes) == (3, False)
    assert found.status == again.status == ExamStatus.CLOSED
    assert exams.reopen(admin.actor, made.id).status == ExamStatus.PUBLISHED


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": Role.STUDENT}])
def test_given_a_proctor_who_may_not_watch_any_more_then_others_can_still_be_changed(
    world: World, admin: Person, proctor: Person, change: dict[str, Any]
) -> None:
    exams, other = world.services.exams, world.person(Role.PROCTOR)
    made = exams.set_proctors(admin.actor, published(world, admin).id, [proctor.id])
    world.services.people.change(admin.actor, proctor.id, **change)

    both = exams.set_proctors(admin.actor, made.id, [proctor.id, other.id])

    assert {one.id for one in both.proctors} == {proctor.id, other.id}
    found = exams.set_proctors(admin.actor, made.id, [other.id])
    assert [one.id for one in found.proctors] == [other.id]
    again = lambda: exams.set_proctors(admin.actor, made.id, [proctor.id, other.id])  # noqa: E731
    _refused("no_proctor", again)
