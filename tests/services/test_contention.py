"""What the database gives up for another transaction's sake is done once more, not refused."""

from collections.abc import Callable

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Contended
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.services.answers import Answers, Save, Saved
from proctor_app.services.audit import Audit
from proctor_app.services.moves import Moves
from proctor_app.services.roster_files import RosterRow
from proctor_app.services.versions import Versions
from tests.authoring import ON_ROSTER, published
from tests.papers import attempt_row, set_exam
from tests.world import World

pytestmark = pytest.mark.every_database


def _contend(monkeypatch: pytest.MonkeyPatch, where: type, name: str, times: int) -> list[str]:
    """Let the method work and then fail as often, as if the database had given it up; the list
    has a word for each time."""
    real, failed = getattr(where, name), list[str]()

    def called(*given: object, **named: object) -> object:
        found = real(*given, **named)
        if len(failed) < times:
            failed.append(name)
            raise Contended
        return found

    monkeypatch.setattr(where, name, called)
    return failed


def test_given_a_join_is_given_up_twice_then_the_third_makes_one_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, exam = world.person(), set_exam(world)
    failed = _contend(monkeypatch, AttemptRows, "add", 2)

    joined = world.services.sitting._joining.join(ana.actor, ana.id, exam.code)

    assert len(failed) == 2
    assert [row.id for row in world.rows(tables.Attempt)] == [joined.id]


def test_given_it_is_given_up_again_and_again_then_it_is_unavailable_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, exam = world.person(), set_exam(world)
    failed = _contend(monkeypatch, AttemptRows, "add", 9)

    with pytest.raises(Contended) as refused:
        world.services.sitting._joining.join(ana.actor, ana.id, exam.code)

    assert refused.value.code == "database_unavailable"
    assert len(failed) == 3
    assert world.rows(tables.Attempt) == []


def test_given_the_way_into_an_exam_is_given_up_at_each_step_then_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, exam = world.person(), set_exam(world)
    joining, attempts = world.services.sitting._joining, world.services.sitting._attempts
    attempt_id = joining.join(ana.actor, ana.id, exam.code).id
    steps: list[Callable[[], object]] = [
        lambda: joining.accept(ana.actor, attempt_id),
        lambda: attempts.begin(ana.actor, attempt_id),
        lambda: attempts.submit(ana.actor, attempt_id),
    ]

    for step in steps:
        with monkeypatch.context() as patch:
            failed = _contend(patch, AttemptRows, "log", 1)
            step()
            assert failed == ["log"]

    assert attempt_row(world, attempt_id).status == AttemptStatus.SUBMITTED
    with world.database.read() as session:
        kinds = [row.kind for row in AttemptRows(session).events(attempt_id)]
    assert kinds == ["joined", "notice_accepted", "ready", "running", "submitted"]


def test_given_saves_are_given_up_once_then_all_of_them_are_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, exam = world.person(), set_exam(world)
    world.services.sitting._joining.join(ana.actor, ana.id, exam.code)
    attempt_id = world.services.sitting._attempts.start(ana.actor, ana.id).id
    versions = Versions(world.database)
    moves = Moves(versions, world.clock, b"key")
    failed = _contend(monkeypatch, AttemptRows, "locked_many", 1)

    found = Answers(world.database, versions, moves, world.clock).save(
        [
            Save(ana.actor, attempt_id, "q-single", "3"),
            Save(ana.actor, attempt_id, "q-short", "Lima"),
        ]
    )

    assert failed == ["locked_many"]
    assert [type(one.saved) for one in found] == [Saved, Saved]
    assert attempt_row(world, attempt_id).answered == 2


def test_given_changes_of_a_roster_are_given_up_once_then_each_is_made_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, rosters = world.person(Role.ADMIN), world.services.rosters
    exam = published(world, admin, ON_ROSTER)
    noted = world.count(tables.AuditEntry)
    entry = rosters.add(admin.actor, exam.id, RosterRow("a@example.test"))
    steps: list[Callable[[], object]] = [
        lambda: rosters.add(admin.actor, exam.id, RosterRow("b@example.test")),
        lambda: rosters.change(admin.actor, exam.id, entry.id, extra_minutes=5),
        lambda: rosters.import_csv(admin.actor, exam.id, b"email\nc@example.test"),
        lambda: rosters.remove(admin.actor, exam.id, entry.id),
    ]

    for step in steps:
        with monkeypatch.context() as patch:
            failed = _contend(patch, Audit, "note", 1)
            step()
            assert failed == ["note"]

    left = [one.email for one in rosters.entries(admin.actor, exam.id)]
    assert left == ["b@example.test", "c@example.test"]
    assert world.count(tables.AuditEntry) == noted + 1 + len(steps)
