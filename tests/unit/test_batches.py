"""Batches: everybody is answered after their own run, and by what it gave."""

import asyncio
import threading

import pytest

from proctor_app.services.batches import Batches


async def test_given_many_at_once_then_they_share_runs_and_each_has_its_own_result() -> None:
    runs: list[list[int]] = []

    def run(items: list[int]) -> list[int]:
        runs.append(items)
        return [item * 2 for item in items]

    batches = Batches(run, at_most=4)
    found = await asyncio.gather(*(batches.put(number) for number in range(10)))

    assert found == [number * 2 for number in range(10)]
    assert [item for items in runs for item in items] == list(range(10))
    assert [len(items) for items in runs] == [4, 4, 2]
    assert await batches.put(7) == 14


async def test_given_a_run_that_fails_then_its_own_are_told_and_the_next_one_runs() -> None:
    def run(items: list[int]) -> list[int]:
        if 1 in items:
            raise ValueError
        return items

    batches = Batches(run, at_most=2)
    found = await asyncio.gather(*(batches.put(n) for n in range(4)), return_exceptions=True)

    assert [type(one) for one in found[:2]] == [ValueError, ValueError]
    assert found[2:] == [2, 3]


async def test_given_somebody_who_goes_away_then_the_others_are_answered() -> None:
    may_go_on = threading.Event()

    def run(items: list[int]) -> list[int]:
        assert may_go_on.wait(5)
        return items

    batches = Batches(run, at_most=2)
    gone = asyncio.create_task(batches.put(1))
    stays = asyncio.create_task(batches.put(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    may_go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await stays == 2
