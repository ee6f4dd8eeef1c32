"""Several people at once: no verdict is lost, and the sums are right afterwards."""

import asyncio

import pytest

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind
from proctor_app.errors import Conflict
from proctor_app.services import views
from tests.papers import set_exam
from tests.reviewing import E, Sat, sat
from tests.world import World

pytestmark = pytest.mark.every_database
V = Verdict
MANY = 12


async def _counted(world: World, attempt: Sat) -> float:
    proctor = world.person(Role.PROCTOR)
    clock: Clock = world.clock
    found = await world.services.sessions.incidents(proctor.actor, attempt.id)
    return views.score(found, clock()).value


async def test_given_two_people_judge_one_attempt_at_once_then_no_verdict_is_lost(
    monitored: World,
) -> None:
    paul, petra = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    attempt = await sat(monitored, set_exam(monitored), *[E.TAB_SWITCH] * MANY)
    judge = monitored.services.reviews.judge

    await asyncio.gather(
        *(
            judge((paul if number % 2 else petra).actor, incident_id, V.PASSED)
            for number, incident_id in enumerate(attempt.incidents)
            if number != 0
        ),
        judge(paul.actor, attempt.incidents[0], V.SUSPICIOUS),
        judge(petra.actor, attempt.incidents[0], V.SUSPICIOUS),
    )

    assert attempt.row.to_review == 0
    assert attempt.row.compliance == await _counted(monitored, attempt) == 98.5
    assert monitored.count(tables.Review) == MANY + 1
    tallies = [t for t in monitored.rows(tables.IncidentTally) if t.attempt_id == attempt.id]
    assert sum(t.passed for t in tallies) == MANY - 1


async def test_given_two_people_propose_at_once_then_the_violation_stands_with_both(
    monitored: World,
) -> None:
    paul, petra = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    attempt = await sat(monitored, set_exam(monitored, reviewers=2), E.PHONE)
    judge = monitored.services.reviews.judge

    await asyncio.gather(
        *(judge(one.actor, attempt.incidents[0], V.VIOLATION, "A phone.") for one in (paul, petra))
    )

    assert attempt.incident().verdict == "violation"
    kinds = sorted(one.kind for one in monitored.rows(tables.Review))
    assert kinds == [ReviewKind.FIRST, ReviewKind.SECOND]


async def test_given_a_bulk_beside_single_verdicts_then_each_incident_is_judged_once(
    monitored: World,
) -> None:
    paul, petra = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    exam = set_exam(monitored)
    attempts = [await sat(monitored, exam, *[E.PHONE] * 4) for _ in range(3)]
    services = monitored.services

    await asyncio.gather(
        services.bulk_reviews.dismiss(paul.actor, exam.id, "phone", "Faulty."),
        *(services.reviews.judge(petra.actor, one.incidents[0], V.SUSPICIOUS) for one in attempts),
    )

    for one in attempts:
        assert one.row.to_review == 0
        assert one.incident(0).verdict == "suspicious"
        assert one.row.compliance == await _counted(monitored, one) == 80.0


async def test_given_one_candidate_appeals_twice_at_once_then_one_appeal_is_open(
    monitored: World,
) -> None:
    paul = monitored.person(Role.PROCTOR)
    attempt = await sat(monitored, set_exam(monitored))
    await monitored.services.reviews.release(paul.actor, attempt.id)

    made = await asyncio.gather(
        *(monitored.services.appeals.make(attempt.who.actor, attempt.id, "Why?") for _ in "ab"),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Conflict) for one in made) == 1
    assert monitored.count(tables.Appeal) == 1
