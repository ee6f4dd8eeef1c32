"""News within the process: the bell, not the truth."""

import asyncio

import pytest

from proctor_app.services.broadcast import AttemptNews, Broadcast, ReplacedNews


@pytest.fixture
def broadcast() -> Broadcast:
    return Broadcast()


async def test_given_watchers_of_one_and_of_all_then_each_hears_what_it_asked_for(
    broadcast: Broadcast,
) -> None:
    mine, others = AttemptNews("mine", "running"), ReplacedNews("another", "connection")
    with broadcast.subscribe("mine") as one, broadcast.subscribe() as everything:
        broadcast.publish(mine)
        broadcast.publish(others)

        assert await one.wait(1) == [mine]
        assert await everything.wait(1) == [mine, others]


async def test_given_no_news_then_waiting_ends_with_nothing(broadcast: Broadcast) -> None:
    with broadcast.subscribe() as news:
        assert await news.wait(0.001) == []


async def test_given_news_while_somebody_waits_then_the_waiting_ends_at_once(
    broadcast: Broadcast,
) -> None:
    with broadcast.subscribe() as news:
        waiting = asyncio.create_task(news.wait(60))
        await asyncio.sleep(0)

        broadcast.publish(AttemptNews("an attempt", "running"))

        assert await asyncio.wait_for(waiting, 60) == [AttemptNews("an attempt", "running")]


async def test_given_news_was_read_then_it_is_not_told_again(broadcast: Broadcast) -> None:
    with broadcast.subscribe() as news:
        broadcast.publish(AttemptNews("an attempt", "running"))
        await news.wait(1)

        assert await news.wait(0.001) == []


async def test_given_a_slow_watcher_then_it_keeps_the_newest_and_learns_that_it_missed_some(
    broadcast: Broadcast,
) -> None:
    with broadcast.subscribe() as news:
        for number in range(300):
            broadcast.publish(AttemptNews(str(number), "running"))

        heard = await news.wait(1)

    assert news.gap
    assert [item.attempt_id for item in heard] == [str(n) for n in range(300 - len(heard), 300)]
    assert len(heard) == 256


async def test_given_a_watcher_has_left_then_it_is_neither_told_nor_counted(
    broadcast: Broadcast,
) -> None:
    with broadcast.subscribe() as news:
        assert broadcast.watchers == 1

    broadcast.publish(AttemptNews("an attempt", "running"))

    assert broadcast.watchers == 0
    assert await news.wait(0.001) == []
