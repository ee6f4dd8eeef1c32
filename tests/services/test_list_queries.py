"""What candidates find costs as many queries for many exams as for few."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from proctor_app.services.exam_views import ExamQuery
from tests.papers import CONTENT, put_on_roster, set_exam
from tests.world import Person, World

FEW, MANY = 3, 40


@contextmanager
def _queries(world: World) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    engine = world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _with_exams(world: World, count: int) -> Person:
    who = world.person()
    for number in range(count):
        put_on_roster(world, set_exam(world), who, extra_minutes=number)
    return who


def _count(world: World, call: Callable[[], object]) -> int:
    with _queries(world) as asked:
        call()
    return len(asked)


def test_given_many_exams_then_my_exams_ask_no_more_than_for_few(world: World) -> None:
    joining = world.services.sitting._joining
    ana, ben = _with_exams(world, FEW), _with_exams(world, MANY)

    few = _count(world, lambda: joining.mine(ana.actor))
    many = _count(world, lambda: joining.mine(ben.actor))

    assert few == many <= 7
    found = joining.mine(ben.actor).exams
    minutes = sorted(one.duration_minutes for one in found)
    assert minutes == [CONTENT.duration_minutes + number for number in range(MANY)]


def test_given_many_exams_then_a_page_of_them_asks_no_more_than_for_few(world: World) -> None:
    catalogue, query = world.services.catalogue, ExamQuery(limit=100)
    ana, ben = _with_exams(world, FEW), _with_exams(world, MANY)

    few = _count(world, lambda: catalogue.page(ana.actor, query))
    first = _count(world, lambda: catalogue.page(ben.actor, query))
    again = _count(world, lambda: catalogue.page(ben.actor, query))

    assert again < few <= 6
    assert first < few + MANY / 8  # contents are read in portions, once
    page = catalogue.page(ben.actor, query)
    minutes = sorted(item.duration_minutes for item in page.items)
    assert minutes == [CONTENT.duration_minutes + number for number in range(MANY)]
    expected = tuple(question.id for question in CONTENT.questions)
    assert {item.question_ids for item in page.items} == {expected}
