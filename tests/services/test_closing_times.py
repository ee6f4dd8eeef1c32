"""When an exam closes: who sits it ends, who never began gives way, and nothing else begins."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.errors import Conflict
from proctor_app.services.broadcast import AttemptNews
from tests.papers import at, attempt_row, begun, browser_only, change, put_on_roster, set_exam
from tests.world import Person, World, eventually


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


async def test_given_a_watched_attempt_when_its_exam_closes_earlier_then_it_ends_with_it(
    monitored: World, ana: Person
) -> None:
    exam = set_exam(monitored, browser_only())
    attempt_id = await begun(monitored, ana, exam)
    with monitored.services.broadcast.subscribe(attempt_id) as news:
        with monitored.database.write() as session:
            session.get_one(tables.Attempt, attempt_id).ends_by = at(monitored, minutes=1)
        monitored.clock.advance(30)
        await monitored.services.browser_signals.beat(ana.actor, attempt_id)
        monitored.clock.advance(30)

        await eventually(lambda: attempt_row(monitored, attempt_id).status == "timed_out")
        await eventually(lambda: monitored.services.monitoring.live(attempt_id) is None)
        told = AttemptNews(attempt_id, "timed_out")
        async with asyncio.timeout(5):
            while told not in await news.wait(1):
                pass


async def _joined(world: World, who: Person, code: str, step: str) -> str:
    sitting = world.services.sitting
    attempt = await sitting.join(who.actor, code)
    if step == "ready":
        await sitting.accept(who.actor, attempt.id)
    assert attempt_row(world, attempt.id).status == step
    return attempt.id


@pytest.mark.parametrize("step", ["created", "ready"])
@pytest.mark.parametrize("by", ["time", "hand"])
async def test_given_an_attempt_that_never_began_when_the_exam_closes_then_it_gives_way(
    monitored: World, ana: Person, step: str, by: str
) -> None:
    exam = set_exam(monitored, closes_at=at(monitored, minutes=30))
    attempt_id = await _joined(monitored, ana, exam.code, step)
    assert monitored.services.sessions._attempts.expire_overdue() == []
    if by == "time":
        monitored.clock.advance(1800)
    else:
        change(monitored, exam, status="closed")

    await eventually(lambda: attempt_row(monitored, attempt_id).status == "cancelled")

    row = attempt_row(monitored, attempt_id)
    assert (row.open_for, row.status_reason) == (None, "The exam has closed.")
    assert (await monitored.services.sitting.mine(ana.actor)).open is None


async def test_given_extra_time_then_an_attempt_that_never_began_gives_way_after_it(
    world: World,
) -> None:
    """Nothing ticks here but the test."""
    ana, attempts = world.person(), world.services.sessions._attempts
    exam = set_exam(world, closes_at=at(world, minutes=30))
    put_on_roster(world, exam, ana, extra_minutes=10)
    attempt_id = await _joined(world, ana, exam.code, "created")
    world.clock.advance(39 * 60)
    assert attempts.expire_overdue() == []
    world.clock.advance(60)

    assert [one.id for one in attempts.expire_overdue()] == [attempt_id]


async def test_given_an_attempt_that_never_began_when_started_after_the_close_then_it_is_in_no_way(
    world: World,
) -> None:
    ana, attempts = world.person(), world.services.sessions._attempts
    exam = set_exam(world, closes_at=at(world, minutes=30))
    attempt_id = await _joined(world, ana, exam.code, "ready")
    world.clock.advance(1800)

    started = attempts.start(ana.actor, ana.id)

    assert (started.exam_id, started.status) == (None, "running")
    assert attempt_row(world, attempt_id).status == "cancelled"


@pytest.mark.parametrize("by", ["candidate", "proctor"])
async def test_given_the_exams_attempt_ends_while_it_is_started_then_no_free_session_begins(
    monitored: World, ana: Person, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exam = set_exam(monitored, browser_only())
    attempt_id = await begun(monitored, ana, exam)
    sessions = monitored.services.sessions
    real: Callable[..., Any] = sessions._joining.join

    def join(*given: Any) -> Any:
        found = real(*given)
        sessions._attempts.submit(ana.actor, attempt_id)  # the other tab hands in at this moment
        return found

    monkeypatch.setattr(sessions._joining, "join", join)
    who = ana if by == "candidate" else monitored.person(Role.PROCTOR)
    with pytest.raises(Conflict) as refused:
        await sessions.start(who.actor, ana.id, exam.code)

    assert refused.value.code == "attempt_ended"
    assert monitored.count(tables.Attempt) == 1
