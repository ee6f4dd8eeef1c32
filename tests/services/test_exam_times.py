"""The end of the window and extra time hold for an attempt whenever it began."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamTerms
from proctor_app.services.exam_views import ExamView
from proctor_app.services.roster_files import RosterRow
from tests.authoring import CONTENT, attempt_row, published
from tests.world import Person, World

pytestmark = pytest.mark.every_database

MINUTES = CONTENT.duration_minutes


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN)


def _begin(world: World, who: Person, exam: ExamView) -> str:
    world.services.sitting._joining.join(who.actor, who.id, exam.code)
    return world.services.sitting._attempts.start(who.actor, who.id).id


def _once_after(
    monkeypatch: pytest.MonkeyPatch, where: type, name: str, step: Callable[[], None]
) -> None:
    """Do this right after the method was called for the first time."""
    real, todo = getattr(where, name), [step]

    def called(*given: object, **named: object) -> object:
        found = real(*given, **named)
        if todo:
            todo.pop()()
        return found

    monkeypatch.setattr(where, name, called)


def _only_with_writers_at_once(world: World) -> None:
    if world.database.is_sqlite:
        pytest.skip("SQLite lets one transaction write at a time")


def test_given_an_attempt_begins_while_the_window_changes_then_it_ends_with_the_window(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only_with_writers_at_once(world)
    exam, ana = published(world, admin), world.person()
    closes_at = world.clock() + timedelta(minutes=10)
    begun: list[str] = []
    _once_after(
        monkeypatch, ExamRows, "unfinished_attempts", lambda: begun.append(_begin(world, ana, exam))
    )

    world.services.exams.save(
        admin.actor, exam.id, exam.revision, terms=replace(exam.terms, closes_at=closes_at)
    )

    assert attempt_row(world, begun[0]).ends_by == closes_at


@pytest.mark.parametrize("way", ["by hand", "by file"])
def test_given_an_attempt_begins_while_extra_time_is_given_then_it_has_it(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    _only_with_writers_at_once(world)
    closes_at = world.clock() + timedelta(hours=1)
    exam, ana = published(world, admin, ExamTerms(closes_at=closes_at)), world.person()
    rosters = world.services.rosters
    entry = rosters.add(admin.actor, exam.id, RosterRow(ana.email))
    begun: list[str] = []
    _once_after(
        monkeypatch, ExamRows, "unfinished_attempts", lambda: begun.append(_begin(world, ana, exam))
    )

    if way == "by hand":
        rosters.change(admin.actor, exam.id, entry.id, extra_minutes=30)
    else:
        file = f"email,extra_minutes\n{ana.email},30".encode()
        rosters.import_csv(admin.actor, exam.id, file)

    row = attempt_row(world, begun[0])
    assert row.duration_minutes == MINUTES + 30
    assert row.ends_by == closes_at + timedelta(minutes=30)


@pytest.mark.parametrize("way", ["by hand", "by file"])
def test_given_somebody_sits_an_open_exam_when_put_on_its_roster_then_they_have_the_extra_time(
    world: World, admin: Person, way: str
) -> None:
    closes_at = world.clock() + timedelta(hours=1)
    exam, ana = published(world, admin, ExamTerms(closes_at=closes_at)), world.person()
    attempt_id = _begin(world, ana, exam)

    if way == "by hand":
        world.services.rosters.add(admin.actor, exam.id, RosterRow(ana.email, extra_minutes=20))
    else:
        file = f"email,extra_minutes\n{ana.email},20".encode()
        world.services.rosters.import_csv(admin.actor, exam.id, file)

    row = attempt_row(world, attempt_id)
    assert row.duration_minutes == MINUTES + 20
    assert row.ends_by == closes_at + timedelta(minutes=20)


@pytest.mark.parametrize("is_waiting", [False, True])
def test_given_extra_time_that_a_join_did_not_see_then_the_beginning_does(
    world: World, admin: Person, is_waiting: bool
) -> None:
    closes_at = world.clock() + timedelta(hours=1)
    exam, ana = published(world, admin, ExamTerms(closes_at=closes_at)), world.person()
    joined = world.services.sitting._joining.join(ana.actor, ana.id, exam.code)
    with world.database.write() as session:
        entry = tables.RosterEntry(
            exam_id=exam.id,
            user_id=None if is_waiting else ana.id,
            email=ana.email,
            extra_minutes=25,
            added_at=world.clock(),
        )
        Roster(session).add([entry])

    world.services.sitting._attempts.start(ana.actor, ana.id)

    row = attempt_row(world, joined.id)
    assert row.duration_minutes == MINUTES + 25
    assert row.ends_by == closes_at + timedelta(minutes=25)


def test_given_extra_time_of_an_entry_that_waits_then_a_change_of_another_leaves_it(
    world: World, admin: Person
) -> None:
    exam, ana, ben = published(world, admin), world.person(), world.person()
    rosters = world.services.rosters
    rosters.add(admin.actor, exam.id, RosterRow(ana.email, extra_minutes=25))
    other = rosters.add(admin.actor, exam.id, RosterRow(ben.email))
    with world.database.write() as session:
        found = Roster(session).entry_for(exam.id, ana.id)
        assert found is not None
        found.user_id = None
    ids = [_begin(world, who, exam) for who in (ana, ben)]

    rosters.change(admin.actor, exam.id, other.id, extra_minutes=5)

    assert [attempt_row(world, one).duration_minutes for one in ids] == [MINUTES + 25, MINUTES + 5]


def test_given_the_window_has_no_end_any_more_then_an_attempt_begins_without_one(
    world: World, admin: Person
) -> None:
    closes_at = world.clock() + timedelta(hours=1)
    exam, ana = published(world, admin, ExamTerms(closes_at=closes_at)), world.person()
    joined = world.services.sitting._joining.join(ana.actor, ana.id, exam.code)
    with world.database.write() as session:
        session.get_one(tables.Attempt, joined.id).ends_by = closes_at
        session.get_one(tables.Exam, exam.id).closes_at = None

    world.services.sitting._attempts.start(ana.actor, ana.id)

    assert attempt_row(world, joined.id).ends_by is None
