"""One reading for all who ask at the same time."""

import asyncio

import pytest

from proctor_app.services.sharing import Sharing


class Source:
    """Counts how often it is read; a reading lasts until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.free = asyncio.Event()
        self.error: Exception | None = None

    async def read(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.free.wait()
        if self.error is not None:
            raise self.error
        return mine


async def _turn() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_given_a_reading_that_runs_then_who_asks_now_gets_the_next_one() -> None:
    source = Source()
    shared = Sharing(source.read, every_s=0.0)
    first = [asyncio.create_task(shared.fresh()) for _ in range(3)]
    await _turn()
    later = [asyncio.create_task(shared.fresh()) for _ in range(3)]
    await _turn()
    assert source.begun == 1

    source.free.set()

    assert await asyncio.gather(*first, *later) == [1, 1, 1, 2, 2, 2]


async def test_given_a_reading_of_just_now_then_it_will_do_where_that_is_asked() -> None:
    source = Source()
    source.free.set()
    shared = Sharing(source.read, every_s=0.0)

    assert [await shared.recent(60.0), await shared.recent(60.0)] == [1, 1]
    assert await shared.fresh() == 2
    assert await shared.recent(-1.0) == 3


async def test_given_an_error_then_all_who_wait_get_it_and_the_next_reading_goes_on() -> None:
    source = Source()
    source.free.set()
    source.error = ValueError("gone")
    shared = Sharing(source.read, every_s=0.0)

    found = await asyncio.gather(*(shared.fresh() for _ in range(3)), return_exceptions=True)
    source.error = None

    assert [str(one) for one in found] == ["gone"] * 3
    assert await shared.fresh() == 2


async def test_given_one_who_waits_no_longer_then_the_others_still_get_it() -> None:
    source = Source()
    shared = Sharing(source.read, every_s=0.0)
    gone, stays = asyncio.create_task(shared.fresh()), asyncio.create_task(shared.fresh())
    await _turn()
    gone.cancel()
    await _turn()
    source.free.set()

    assert await stays == 1
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_given_a_rhythm_then_a_second_reading_waits_for_its_turn() -> None:
    source = Source()
    source.free.set()
    shared = Sharing(source.read, every_s=3600.0)
    await shared.fresh()

    second = asyncio.create_task(shared.fresh())
    await _turn()

    assert (source.begun, second.done()) == (1, False)
    second.cancel()
