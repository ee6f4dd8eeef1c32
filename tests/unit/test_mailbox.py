"""The one-slot mailbox: the newest frame wins, and nobody waits for an answer that won't come."""

import asyncio

import pytest

from proctor_app.services.mailbox import Mailbox, MailboxClosed, Replaced


async def test_given_several_frames_when_one_is_taken_then_it_is_the_newest() -> None:
    box: Mailbox[int, str] = Mailbox()
    answers = [box.put(number) for number in range(4)]

    letter = await box.take()
    letter.answer.set_result("seen")

    assert letter.content == 3
    assert await answers[3] == "seen"
    assert box.replaced == 3
    for answer in answers[:3]:
        with pytest.raises(Replaced):
            await answer


async def test_given_an_empty_box_when_a_frame_comes_then_the_one_who_waits_gets_it() -> None:
    box: Mailbox[int, str] = Mailbox()
    waiting = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    assert not waiting.done()

    box.put(1)

    assert (await waiting).content == 1


async def test_given_a_sender_who_gave_up_then_its_frame_is_skipped() -> None:
    box: Mailbox[int, str] = Mailbox()
    box.put(1).cancel()
    waiting = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    assert not waiting.done()

    box.put(2)

    assert (await waiting).content == 2


async def test_given_a_closed_box_then_waiting_taking_and_putting_are_told() -> None:
    box: Mailbox[int, str] = Mailbox()
    left = box.put(1)

    box.close()

    for outcome in (left, box.take(), box.put(2)):
        with pytest.raises(MailboxClosed):
            await outcome


async def test_given_somebody_waits_when_the_box_closes_then_the_waiting_ends() -> None:
    box: Mailbox[int, str] = Mailbox()
    waiting = asyncio.create_task(box.take())
    await asyncio.sleep(0)

    box.close()

    with pytest.raises(MailboxClosed):
        await waiting
