"""Every way to judge, walked method by method: refused to the candidate and to other exams'
proctors, and nothing changes."""

import inspect
from collections.abc import Awaitable, Callable

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAllowed
from proctor_app.services.appeals import Appeals
from proctor_app.services.bulk_reviews import BulkReviews
from proctor_app.services.container import Services
from proctor_app.services.incident_list import IncidentList
from proctor_app.services.reviews import QueueFilter, Reviews
from tests.papers import SetExam, assign, set_exam
from tests.reviewing import E, Sat, sat
from tests.world import World

Call = Callable[[Services, Actor, Sat, SetExam, str], Awaitable[object]]
WAYS: dict[str, Call] = {
    "Reviews.queue": lambda s, a, _, exam, __: s.reviews.queue(a, QueueFilter(exam.id)),
    "Reviews.next_of": lambda s, a, _, exam, __: s.reviews.next_of(
        a, QueueFilter(exam.id), frozenset()
    ),
    "Reviews.sitting": lambda s, a, one, *_: s.reviews.sitting(a, one.id),
    "Reviews.judge": lambda s, a, one, *_: s.reviews.judge(a, one.incidents[0], "passed"),
    "Reviews.note": lambda s, a, one, *_: s.reviews.note(a, one.id, "Look.", one.incidents[0]),
    "Reviews.judge_attempt": lambda s, a, one, *_: s.reviews.judge_attempt(
        a, one.id, "passed", "Fine."
    ),
    "Reviews.release": lambda s, a, one, *_: s.reviews.release(a, one.id),
    "Reviews.take_back_release": lambda s, a, one, *_: s.reviews.take_back_release(a, one.id),
    "Appeals.make": lambda s, a, one, *_: s.appeals.make(a, one.id, "Why?"),
    "Appeals.answer": lambda s, a, one, *_: s.appeals.answer(a, one.id, "So."),
    "Appeals.outcome": lambda s, a, one, *_: s.appeals.outcome(a, one.id),
    "BulkReviews.count": lambda s, a, _, exam, __: s.bulk_reviews.count(a, exam.id, "phone"),
    "BulkReviews.dismiss": lambda s, a, _, exam, __: s.bulk_reviews.dismiss(
        a, exam.id, "phone", "Faulty."
    ),
    "BulkReviews.undo": lambda s, a, _, __, bulk: s.bulk_reviews.undo(a, bulk),
    "BulkReviews.past": lambda s, a, _, exam, __: s.bulk_reviews.past(a, exam.id),
    "IncidentList.of": lambda s, a, one, *_: s.incident_list.of(a, one.id),
}
THEIRS = {"Appeals.make", "Appeals.outcome", "IncidentList.of"}
"""What is the candidate's own affair once the attempt is released to them."""


def _ways() -> set[str]:
    return {
        f"{service.__name__}.{name}"
        for service in (Reviews, Appeals, BulkReviews, IncidentList)
        for name, _ in inspect.getmembers(service, inspect.isfunction)
        if not name.startswith("_")
    }


def test_the_walk_knows_every_way() -> None:
    assert _ways() == set(WAYS)


@pytest.mark.parametrize("who", ["another exam's proctor", "the candidate", "another candidate"])
async def test_given_somebody_who_may_not_then_every_way_is_refused(
    monitored: World, who: str
) -> None:
    services, watches = monitored.services, monitored.person(Role.PROCTOR)
    exam = set_exam(monitored)
    assign(monitored, exam, watches)
    attempt = await sat(monitored, exam, E.PHONE, E.PRINT)
    bulk = await services.bulk_reviews.dismiss(watches.actor, exam.id, "print", "Faulty.")
    await services.reviews.release(watches.actor, attempt.id)
    actor = {
        "another exam's proctor": monitored.person(Role.PROCTOR).actor,
        "the candidate": attempt.who.actor,
        "another candidate": monitored.person().actor,
    }[who]
    before = (monitored.rows(tables.Review), monitored.rows(tables.AuditEntry), attempt.row)

    for name, call in WAYS.items():
        if who == "the candidate" and name in THEIRS:
            continue
        with pytest.raises(NotAllowed):
            await call(services, actor, attempt, exam, bulk.bulk_id)

    after = (monitored.rows(tables.Review), monitored.rows(tables.AuditEntry), attempt.row)
    assert after == before
