"""Question ids and e-mails that only differ by case or accent are different, on every database."""

from dataclasses import replace

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.erasure import Traces
from proctor_app.db.session import AlreadyThere
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid
from proctor_app.services.answers import Answers, Save, Saved
from proctor_app.services.moves import Moves
from proctor_app.services.rosters import Imported
from proctor_app.services.versions import Versions
from tests.authoring import ON_ROSTER, published
from tests.papers import ESSAY, set_exam, with_
from tests.world import Person, World

pytestmark = pytest.mark.every_database

TWO = with_(questions=(replace(ESSAY, id="q1"), replace(ESSAY, id="Q1")))
ALIKE = ("jose@example.test", "josé@example.test", "joße@example.test", "josse@example.test")


def _answers(world: World) -> Answers:
    versions = Versions(world.database)
    return Answers(world.database, versions, Moves(versions, world.clock, b"key"), world.clock)


def _sat(world: World, who: Person) -> str:
    sitting = world.services.sitting
    sitting._joining.join(who.actor, who.id, set_exam(world, TWO).code)
    return sitting._attempts.start(who.actor, who.id).id


def test_given_ids_that_differ_by_case_then_each_question_has_its_own_answer(world: World) -> None:
    ana, answers = world.person(), _answers(world)
    attempt_id = _sat(world, ana)

    first = answers.save([Save(ana.actor, attempt_id, "q1", "small")])
    second = answers.save([Save(ana.actor, attempt_id, "Q1", "big")])

    assert [type(one.saved) for one in (*first, *second)] == [Saved, Saved]
    kept = {row.question_id: row.value for row in world.rows(tables.Answer)}
    assert kept == {"q1": '"small"', "Q1": '"big"'}


def test_given_a_save_that_is_there_already_then_only_that_one_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, answers = world.person(), world.person(), _answers(world)
    of_ana, of_ben = _sat(world, ana), _sat(world, ben)
    real = AnswerRows.new

    def new(rows: AnswerRows, attempt_id: str, question_id: str, at: object) -> tables.Answer:
        if attempt_id == of_ana:
            raise AlreadyThere
        return real(rows, attempt_id, question_id, at)  # type: ignore[arg-type]

    monkeypatch.setattr(AnswerRows, "new", new)
    found = answers.save(
        [Save(ana.actor, of_ana, "q1", "mine"), Save(ben.actor, of_ben, "q1", "his")]
    )
    alone = answers.save([Save(ana.actor, of_ana, "q1", "mine")])

    assert isinstance(found[1].saved, Saved)
    for one in (found[0], alone[0]):
        assert isinstance(one.saved, Invalid)
        assert one.saved.code == "answer_not_storable"
    assert [row.attempt_id for row in world.rows(tables.Answer)] == [of_ben]


def test_given_emails_that_differ_by_an_accent_then_both_are_on_the_roster(world: World) -> None:
    admin = world.person(Role.ADMIN)
    exam = published(world, admin, ON_ROSTER)
    file = "\n".join(["email", *ALIKE]).encode()

    done = world.services.rosters.import_csv(admin.actor, exam.id, file)

    assert done == Imported(4, 0, 0)
    entries = world.services.rosters.entries(admin.actor, exam.id)
    assert sorted(entry.email for entry in entries) == sorted(ALIKE)


def test_given_somebody_is_erased_then_another_of_almost_the_same_email_stays_on_the_roster(
    world: World,
) -> None:
    admin = world.person(Role.ADMIN)
    exam = published(world, admin, ON_ROSTER)
    file = "\n".join(["email", *ALIKE]).encode()
    world.services.rosters.import_csv(admin.actor, exam.id, file)
    jose = world.person()
    with world.database.write() as session:
        session.get_one(tables.User, jose.id).email = ALIKE[0]

    with world.database.write() as session:
        Traces(session, jose.id).leave_rosters()

    left = {row.email for row in world.rows(tables.RosterEntry)}
    assert left == set(ALIKE[1:])
