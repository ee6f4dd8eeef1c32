"""Threads of their own: how many wait in them, and who is refused."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from proctor_app.services.workers import Busy, Workers
from tests.world import eventually


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers("test", threads=1, most_waiting=1)
    yield workers
    workers.close()


class Work:
    """Goes on until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.go_on.wait(15)
        return "done"


async def test_given_as_many_as_there_is_room_for_then_the_next_is_refused_at_once(
    workers: Workers,
) -> None:
    work = Work()
    asked = [asyncio.create_task(workers.run(work)) for _ in range(2)]
    await eventually(work.begun.is_set)

    with pytest.raises(Busy):
        await workers.run(str)

    work.go_on.set()
    assert await asyncio.gather(*asked) == ["done", "done"]
    assert await workers.run(str, 7) == "7"


async def test_given_one_of_a_person_that_is_not_done_then_only_theirs_is_refused(
    workers: Workers,
) -> None:
    work = Work()
    first = asyncio.create_task(workers.run_for("ana", work))
    await eventually(work.begun.is_set)

    with pytest.raises(Busy):
        await workers.run_for("ana", str)
    other = asyncio.create_task(workers.run_for("ben", str, 7))
    await asyncio.sleep(0)

    work.go_on.set()
    assert (await first, await other) == ("done", "7")
    assert await workers.run_for("ana", str, 8) == "8"


async def test_given_somebody_who_leaves_then_there_is_room_only_when_the_thread_is_done(
    workers: Workers,
) -> None:
    work = Work()
    asked = asyncio.create_task(workers.run_for("ana", work))
    await eventually(work.begun.is_set)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    with pytest.raises(Busy):
        await workers.run_for("ana", str)
    work.go_on.set()

    async def again() -> str:
        while True:
            try:
                return await workers.run_for("ana", str, 7)
            except Busy:
                await asyncio.sleep(0.005)

    assert await asyncio.wait_for(again(), 15) == "7"


async def test_given_work_that_fails_then_it_says_why_and_the_room_is_free(
    workers: Workers,
) -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="invalid literal"):
            await workers.run_for("ana", int, "x")
