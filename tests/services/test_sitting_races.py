"""What happens at the same moment: one attempt, nothing after the end, nobody waits for ever."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import Conflict
from proctor_app.services.answers import Saved
from proctor_app.services.claims import Claim
from tests.papers import attempt_row, begun, set_exam
from tests.world import Person, World

pytestmark = pytest.mark.every_database


def test_given_several_threads_join_at_once_then_one_attempt_is_made(world: World) -> None:
    ana, exam = world.person(), set_exam(world)
    joining = world.services.sitting._joining
    together = threading.Barrier(4)

    def join() -> str:
        together.wait(5)
        return joining.join(ana.actor, ana.id, exam.code).id

    with ThreadPoolExecutor(4) as pool:
        ids = {future.result() for future in [pool.submit(join) for _ in range(4)]}

    (row,) = world.rows(tables.Attempt)
    assert ids == {row.id}


async def test_given_saves_while_it_is_handed_in_then_what_came_first_is_in_the_receipt(
    monitored: World,
) -> None:
    exam, sitting = set_exam(monitored), monitored.services.sitting
    people = [monitored.person() for _ in range(3)]
    sat = [await begun(monitored, who, exam) for who in people]

    async def save(number: int, turn: int) -> Saved | Conflict:
        try:
            value = f"{turn}"
            return await sitting.save(
                people[number].actor, sat[number], "q-essay", value, seq=turn + 1
            )
        except Conflict as refused:
            return refused

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(
            *(save(number, turn) for turn in range(15) for number in range(3)),
            *(sitting.submit(who.actor, one) for who, one in zip(people, sat, strict=True)),
            *(save(number, turn) for turn in range(15, 30) for number in range(3)),
        )

    refused = [one for one in outcomes if isinstance(one, Conflict)]
    assert {one.code for one in refused} <= {"attempt_ended"}
    rows = {row.attempt_id: row for row in monitored.rows(tables.Answer)}
    for who, attempt_id in zip(people, sat, strict=True):
        row = attempt_row(monitored, attempt_id)
        assert row.status == AttemptStatus.SUBMITTED
        assert row.ended_at is not None
        if attempt_id in rows:
            assert rows[attempt_id].saved_at <= row.ended_at
        assert await sitting.is_receipt(who.actor, attempt_id, row.receipt)


async def test_given_a_pause_a_save_and_an_end_at_once_then_all_come_to_an_end(
    monitored: World,
) -> None:
    exam, services = set_exam(monitored), monitored.services
    proctor = monitored.person(Role.PROCTOR)
    for _ in range(5):
        who = monitored.person()
        attempt_id = await begun(monitored, who, exam)
        async with asyncio.timeout(30):
            outcomes = await asyncio.gather(
                services.sessions.pause(proctor.actor, who.id, "Wait."),
                services.sitting.save(who.actor, attempt_id, "q-essay", "So."),
                services.sessions.terminate(proctor.actor, attempt_id, "Why."),
                services.sitting.paper(who.actor, attempt_id),
                return_exceptions=True,
            )
        assert all(isinstance(one, Conflict) for one in outcomes if isinstance(one, Exception))
        row = attempt_row(monitored, attempt_id)
        assert (row.status, row.paused_at) == ("terminated", None)


async def test_given_an_end_beside_a_beginning_and_signals_then_none_waits_for_the_other(
    monitored: World,
) -> None:
    """PostgreSQL would make the end wait for the account, and the beginning for the attempt."""
    exam, services = set_exam(monitored, attempts_allowed=0), monitored.services

    async def sit(who: Person) -> tuple[object, ...]:
        attempt_id = await begun(monitored, who, exam)
        await services.sitting.save(who.actor, attempt_id, "q-essay", "So.")
        return await asyncio.gather(
            services.sitting.submit(who.actor, attempt_id),
            services.sessions.start(who.actor, who.id, exam.code),
            services.browser_signals.take(who.actor, attempt_id, [Claim("paste", seq=1)], "page"),
            services.sessions.start(who.actor, who.id, exam.code),
            return_exceptions=True,
        )

    async with asyncio.timeout(60):
        for _ in range(4):
            people = [monitored.person() for _ in range(4)]
            for outcome in await asyncio.gather(*(sit(who) for who in people)):
                failed = [one for one in outcome if isinstance(one, Exception)]
                assert all(isinstance(one, Conflict) for one in failed), failed
