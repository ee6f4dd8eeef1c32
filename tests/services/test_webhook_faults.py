"""Webhooks when something is in the way: one that is deleted under traffic, messages that are
refused for good, answers that make no sense, a worker that looked too early, a long backlog."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from proctor_app.db import tables
from proctor_app.db.partner_tables import Webhook
from proctor_app.db.repositories.webhooks import DeliveryRows, WebhookRows
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamTerms
from proctor_app.domain.webhook import KINDS, DeliveryState, Kind
from proctor_app.errors import Invalid
from proctor_app.services import outbox as outbox_service
from proctor_app.services import webhook_sweeping
from proctor_app.services.webhook_sender import WebhookSender
from proctor_app.services.webhook_views import WebhookTerms
from tests.seats import content
from tests.webhooks import LOOPBACK, Mode, Receiver, hook, outbox, receiving, sender
from tests.world import Person, World

S = DeliveryState
ALL = WebhookTerms("https://hooks.example.org/in", tuple(KINDS))


@pytest.fixture
def settings() -> dict[str, str]:
    return {"PROCTOR_OUTGOING_ALLOWED": LOOPBACK}


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN)


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    with receiving(world.clock) as found:
        found.be(Mode.TAKES)
        yield found


@pytest.fixture
async def worker(world: World) -> AsyncIterator[WebhookSender]:
    """A sender whose turns the test takes itself."""
    found = sender(world)
    yield found
    await found.close()


def _say(world: World, webhook_id: str, name: str) -> None:
    """A message of an attempt that no other message is about."""
    said: dict[str, object] = {"attempt": {"id": name}}
    row = outbox_service.message(webhook_id, Kind.ATTEMPT_FINISHED, world.clock(), said)
    with world.database.write() as session:
        DeliveryRows(session).add([row])


async def _drain(worker: WebhookSender) -> None:
    """Send until nothing is due."""
    while jobs := await asyncio.to_thread(worker._take, {}):
        for job in jobs:
            await worker.send(job)


# --- a webhook that goes ---


async def test_given_a_webhook_deleted_while_somebody_hands_in_then_neither_waits_or_fails(
    monitored: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deletion and a sweep come between the look at who listens and the message."""
    webhooks = monitored.services.webhooks
    made = webhooks.create(admin.actor, ALL)
    who = monitored.person(name="Ana")
    await monitored.services.sessions.start(who.actor, who.id)
    looks = outbox_service.listeners

    def listeners(session: Transaction, *given: Any) -> list[Webhook]:
        found = looks(session, *given)
        if not monitored.database.is_sqlite:  # there, one writes at a time
            deleting = threading.Thread(target=_delete, args=(monitored, admin, made.webhook.id))
            deleting.start()
            deleting.join(10)
            assert not deleting.is_alive()
        return found

    monkeypatch.setattr(outbox_service, "listeners", listeners)
    await monitored.services.sessions.stop(who.actor, who.id)
    monkeypatch.undo()

    assert [one.status for one in monitored.rows(tables.Attempt)] == ["submitted"]
    if monitored.database.is_sqlite:
        webhooks.delete(admin.actor, made.webhook.id)
    webhook_sweeping.sweep(monitored.database, monitored.clock())
    assert (webhooks.all(admin.actor), len(outbox(monitored))) == ((), 0)
    assert len(monitored.rows(Webhook)) == 1, "somebody may still be writing to it"


def _delete(world: World, admin: Person, webhook_id: str) -> None:
    world.services.webhooks.delete(admin.actor, webhook_id)
    webhook_sweeping.sweep(world.database, world.clock())


def test_given_a_message_that_came_after_all_then_the_webhook_goes_with_the_next_sweep(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.services.webhooks.create(admin.actor, ALL)
    world.services.webhooks.delete(admin.actor, made.webhook.id)
    world.clock.advance(webhook_sweeping.LATE.total_seconds() + 1)
    looks = WebhookRows.deleted

    def deleted(self: WebhookRows, *given: Any) -> list[str]:
        _say(world, made.webhook.id, "late")
        return looks(self, *given)

    monkeypatch.setattr(WebhookRows, "deleted", deleted)
    webhook_sweeping.sweep(world.database, world.clock())
    monkeypatch.undo()
    assert (len(outbox(world)), len(world.rows(Webhook))) == (1, 1)

    webhook_sweeping.sweep(world.database, world.clock())

    assert (outbox(world), world.rows(Webhook)) == ([], [])


def test_given_more_messages_than_a_batch_then_all_of_a_deleted_webhook_go(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sweeping, "_AT_ONCE", 2)
    gone, stays = (world.services.webhooks.create(admin.actor, ALL).webhook.id for _ in range(2))
    for name in "abcde":
        _say(world, gone, name)
    _say(world, stays, "f")
    world.services.webhooks.delete(admin.actor, gone)

    webhook_sweeping.sweep(world.database, world.clock())

    assert [row.webhook_id for row in outbox(world)] == [stays]


# --- messages that are refused, and outages ---


async def _tries_of_refused(
    world: World, receiver: Receiver, worker: WebhookSender, status: int, *, others: bool
) -> list[int]:
    """Five messages that are never taken, and one a minute that is, or none; an hour of it."""
    made, tries = hook(world, receiver), Counter[str]()

    def take(_headers: dict[str, str], body: bytes) -> int:
        name = json.loads(body)["attempt"]["id"]
        tries[name] += 1
        return status if name.startswith("refused") else 204

    receiver.take = take  # type: ignore[assignment,method-assign]
    for number in range(5):
        _say(world, made.webhook.id, f"refused{number}")
    for minute in range(60):
        if others and minute:
            _say(world, made.webhook.id, f"good{minute}")
        await _drain(worker)
        world.clock.advance(60)
    return [tries[f"refused{number}"] for number in range(5)]


@pytest.mark.parametrize(("status", "most"), [(404, 10), (500, 11)])
async def test_given_messages_that_are_always_refused_then_good_ones_do_not_hurry_them(
    world: World, receiver: Receiver, worker: WebhookSender, status: int, most: int
) -> None:
    """Alone each would be tried 10 times. 500 looks like an outage once, at its beginning."""
    found = await _tries_of_refused(world, receiver, worker, status, others=True)
    assert max(found) <= most
    assert min(found) >= 9


async def test_given_the_end_of_an_outage_then_what_the_receiver_put_off_itself_keeps_its_time(
    world: World, receiver: Receiver, worker: WebhookSender
) -> None:
    made = hook(world, receiver)
    receiver.be(Mode.REFUSES)
    for name, status in (("later", 429), ("wrong", 422), ("away", 503), ("away too", 503)):
        receiver.status = status
        receiver.headers = {"Retry-After": "1800"} if status == 429 else {}
        _say(world, made.webhook.id, name)
        await _drain(worker)
    assert world.rows(Webhook)[0].failures == 3, "all but the wrong one"
    receiver.be(Mode.TAKES)
    _say(world, made.webhook.id, "new")

    await _drain(worker)

    assert [message["attempt"]["id"] for message in receiver.messages] == [
        "new", "away", "away too",
    ]  # fmt: skip
    later, wrong, *_ = outbox(world)
    assert (later.state, wrong.state) == (S.WAITING, S.WAITING)
    assert later.due_at is not None
    assert (later.due_at - world.clock()).total_seconds() == 1800


@pytest.mark.parametrize(
    "asked",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 99:99:99 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        ", , ,",
        "9" * 400,
        "-1",
        "\xb2",
    ],
)
async def test_given_a_wait_that_makes_no_sense_then_it_is_a_refusal_like_any_other(
    world: World, receiver: Receiver, worker: WebhookSender, asked: str
) -> None:
    made = hook(world, receiver)
    _say(world, made.webhook.id, "one")
    receiver.headers = {"Retry-After": asked}
    receiver.be(Mode.REFUSES)

    await _drain(worker)

    (row,) = outbox(world)
    assert (row.state, row.status_code, row.claimed_until) == (S.WAITING, 503, None)
    assert row.due_at is not None
    assert 5 <= (row.due_at - world.clock()).total_seconds() <= 3600


async def test_given_a_mishap_of_our_own_then_it_is_a_try_that_failed(
    world: World, receiver: Receiver, worker: WebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = hook(world, receiver)
    _say(world, made.webhook.id, "one")

    async def send(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(worker._outgoing, "send", send)
    await _drain(worker)

    (row,) = outbox(world)
    assert (row.state, row.tries, row.claimed_until) == (S.WAITING, 1, None)
    assert row.error == "This server could not send it. Its log has more."
    world.clock.advance(3 * 24 * 3600)
    await _drain(worker)
    assert outbox(world)[0].state == S.FAILED


# --- looking and claiming ---


async def test_given_a_worker_that_looked_before_a_change_then_it_claims_nothing(
    world: World, admin: Person, receiver: Receiver, worker: WebhookSender
) -> None:
    webhook_id, webhooks = hook(world, receiver).webhook.id, world.services.webhooks
    _say(world, webhook_id, "one")
    now = world.clock()
    with world.database.read() as session:
        seen = DeliveryRows(session).due(webhook_id, now, 4)
    receiver.be(Mode.REFUSES)
    await _drain(worker)

    assert worker._claim(seen, now) == [], "it waits for its next try"
    world.clock.advance(60)
    webhooks.change(admin.actor, webhook_id, is_paused=True)
    assert worker._claim(seen, world.clock()) == []
    webhooks.change(admin.actor, webhook_id, is_paused=False)
    assert len(worker._claim(seen, world.clock())) == 1
    world.clock.advance(61)
    webhooks.delete(admin.actor, webhook_id)
    assert worker._claim(seen, world.clock()) == []


async def _attempts(world: World, count: int) -> list[str]:
    found = []
    for _ in range(count):
        who = world.person()
        started = await world.services.sessions.start(who.actor, who.id)
        found.append(started.attempt.id)
    return found


async def test_given_a_long_backlog_of_few_attempts_then_a_look_passes_over_it_once(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    each, webhook_id = 250, hook(monitored, receiver).webhook.id
    ids, now = await _attempts(monitored, 4), monitored.clock()
    with monitored.database.write() as session:
        rows = [
            outbox_service.message(webhook_id, Kind.INCIDENT_OPENED, now, {}, one)
            for one in ids
            for _ in range(each)
        ]
        DeliveryRows(session).add([*rows, outbox_service.message(webhook_id, Kind.TEST, now, {})])
    numbers = [row.number or 0 for row in outbox(monitored)]

    with monitored.database.read() as session:
        heads, rows_touched = _looked(session, webhook_id, now)

    assert heads == numbers[::each]
    assert rows_touched < 10 * len(numbers)
    assert len(worker._claim(heads[:4], now)) == 4
    with monitored.database.read() as session:
        assert DeliveryRows(session).due(webhook_id, now, 9) == heads[4:]


def _looked(session: Transaction, webhook_id: str, now: datetime) -> tuple[list[int], int]:
    """What is due, and on PostgreSQL how many rows all steps of the plan touched for it."""
    asked: list[Any] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        asked.append((statement, given))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    heads = DeliveryRows(session).due(webhook_id, now, 9)
    event.remove(connection, "before_cursor_execute", note)
    ((statement, given),) = asked
    if connection.dialect.name != "postgresql":
        return heads, 0
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
    told = connection.exec_driver_sql(explain, given).scalar_one()
    return heads, _touched(told[0]["Plan"])


def _touched(plan: dict[str, Any]) -> int:
    mine = sum(plan.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter"))
    return int(mine * plan["Actual Loops"]) + sum(_touched(one) for one in plan.get("Plans", []))


@pytest.mark.parametrize("is_deleted", [False, True])
def test_given_a_deleted_exam_with_a_webhook_then_nothing_refers_to_it(
    world: World, admin: Person, is_deleted: bool
) -> None:
    exam = world.services.exams.create(admin.actor, content(), ExamTerms())
    terms = WebhookTerms(ALL.url, ALL.kinds, exam_id=exam.id)
    made = world.services.webhooks.create(admin.actor, terms)
    if is_deleted:
        world.services.webhooks.delete(admin.actor, made.webhook.id)

    world.services.exams.delete(admin.actor, exam.id)

    assert world.services.webhooks.all(admin.actor) == ()
    (row,) = world.rows(Webhook)
    assert (row.exam_id, row.deleted_at) == (None, world.clock())
    with pytest.raises(Invalid):
        world.services.webhooks.create(admin.actor, terms)
