"""A receiver that is down, a second worker, a worker that is killed: nothing lost, nothing twice,
each attempt's messages in their order.

``PROCTOR_OUTAGE_S=60 pytest -n 0 -s tests/services/test_webhook_outage.py`` keeps the receiver down
for so many real seconds and prints what came of it; otherwise a minute passes in one second.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from proctor_app import settings as configuration
from proctor_app.db.partner_tables import Webhook
from proctor_app.db.repositories.webhooks import DeliveryRows
from proctor_app.domain.access import Role
from proctor_app.domain.incident import Verdict
from proctor_app.domain.webhook import DeliveryState, Kind
from proctor_app.services import outbox as outbox_service
from proctor_app.services.webhook_sender import WebhookSender
from tests.fakes import jpeg
from tests.webhooks import LOOPBACK, Mode, Quick, Receiver, hook, outbox, receiving, sender, utc_now
from tests.world import Person, World, eventually

_REAL_S = float(os.environ.get("PROCTOR_OUTAGE_S", "0"))
_OUTAGE_S, _SPEED = (_REAL_S, 1.0) if _REAL_S else (60.0, 15.0)  # few enough frames a second
_TIMEOUT_S, _CLAIM_S = (10.0, 60.0) if _REAL_S else (5.0, 3600.0)
_CANDIDATES = 4
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings() -> dict[str, str]:
    return {"PROCTOR_OUTGOING_ALLOWED": LOOPBACK}


@pytest.fixture
def quick(world: World) -> Quick:
    return Quick(world, _SPEED)


@pytest.fixture
def receiver(quick: Quick) -> Iterator[Receiver]:
    with receiving(quick) as found:
        yield found


@pytest.fixture
async def working(world: World, quick: Quick) -> AsyncIterator[WebhookSender]:
    found = sender(world, quick, timeout_s=_TIMEOUT_S, claim_s=_CLAIM_S)
    found.start()
    yield found
    await found.close()


class Sitters:
    """Candidates whose attempts have incidents all the time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._attempts: list[tuple[Person, str]] = []
        self._steps = 0

    async def begin(self) -> None:
        sessions = self._world.services.sessions
        for _ in range(_CANDIDATES):
            who = self._world.person()
            self._attempts.append((who, (await sessions.start(who.actor, who.id)).attempt.id))

    async def go_on(self, seconds: float) -> None:
        """Nobody for four seconds, two people for three, one for three, and so on."""
        for _ in range(max(1, int(seconds))):
            self._steps += 1
            await asyncio.sleep(1.0 / _SPEED)
            self._world.clock.advance(1.0)
            self._world.engine.faces = (0, 0, 0, 0, 2, 2, 2, 1, 1, 1)[self._steps % 10]
            monitoring = self._world.services.monitoring
            for number, (who, attempt_id) in enumerate(self._attempts):
                picture = jpeg(self._steps * _CANDIDATES + number)
                await monitoring.ingest(who.actor, attempt_id, picture)

    async def stop(self, judge: Person) -> None:
        """All hand in; half of the incidents are dismissed, and each attempt gets a verdict."""
        services = self._world.services
        for who, attempt_id in self._attempts:
            await services.sessions.stop(who.actor, who.id)
            found = await services.incident_list.of(judge.actor, attempt_id)
            for incident in found.items[::2]:
                await services.reviews.judge(judge.actor, incident.incident.id, Verdict.PASSED)
            await services.reviews.judge_attempt(
                judge.actor, attempt_id, Verdict.SUSPICIOUS, "Looked away."
            )


def _in_order(world: World) -> dict[str, list[str]]:
    found = defaultdict(list)
    for row in outbox(world):
        found[str(row.attempt_id)].append(row.id)
    return dict(found)


async def _all_sent(world: World) -> float:
    """Wait until nothing waits; the seconds that took."""
    began_s = time.monotonic()
    while await asyncio.to_thread(_waiting, world):
        assert time.monotonic() - began_s < 60 + 4 * _REAL_S, "something is never sent"
        await asyncio.sleep(0.05)
    assert {row.state for row in outbox(world)} == {DeliveryState.DELIVERED}
    return time.monotonic() - began_s


def _waiting(world: World) -> int:
    with world.database.read() as session:
        return sum(DeliveryRows(session).waiting().values())


@pytest.mark.timeout(120 + 8 * _REAL_S)
async def test_given_a_receiver_that_is_down_then_all_comes_once_in_its_order_when_it_is_back(
    monitored: World, working: WebhookSender, receiver: Receiver
) -> None:
    world, third_s = monitored, _OUTAGE_S / 3
    hook(world, receiver)
    judge, sitters = world.person(Role.PROCTOR), Sitters(world)
    receiver.be(Mode.TAKES)
    await sitters.begin()
    await sitters.go_on(20)
    await _all_sent(world)
    before = len(receiver.messages)
    assert before > 0

    down_s = time.monotonic()
    for mode in (Mode.AWAY, Mode.REFUSES, Mode.HANGS):
        receiver.be(mode)
        await sitters.go_on(20)
        if mode is Mode.HANGS:
            await sitters.stop(judge)
        over_s = down_s + (list(Mode).index(mode)) * third_s / _SPEED
        await asyncio.sleep(max(0.0, over_s - time.monotonic()))
    waiting = [row for row in outbox(world) if row.state == DeliveryState.WAITING]
    assert len(receiver.messages) == before
    assert len(waiting) > 10 * _CANDIDATES

    receiver.be(Mode.TAKES)
    took_s = await _all_sent(world)

    taken = [headers["proctor-delivery"] for headers, status in receiver.tries if status == 204]
    assert receiver.by_attempt == _in_order(world)
    assert max(Counter(taken).values()) == 1
    assert sorted(receiver.ids) == sorted(row.id for row in outbox(world))
    kinds = Counter(message["kind"] for message in receiver.messages)
    assert set(kinds) == set(Kind) - {Kind.TEST}
    assert kinds["attempt.finished"] == _CANDIDATES
    (webhook,) = world.rows(Webhook)
    assert (webhook.failures, webhook.failing_since, webhook.problem) == (0, None, "")
    tries = max(row.tries for row in outbox(world))
    print(  # noqa: T201 - the figures of a run by hand
        f"\ndown {_OUTAGE_S:.0f} s: {len(receiver.messages)} messages of {_CANDIDATES} attempts, "
        f"{len(waiting)} of them waiting at its end; {len(taken)} taken, "
        f"{len(taken) - len(set(taken))} twice, order kept; the backlog was gone after "
        f"{took_s:.1f} s; at most {tries} tries"
    )


def _write(world: World, webhook_id: str, attempt_ids: list[str], each: int) -> None:
    with world.database.write() as session:
        DeliveryRows(session).add(
            outbox_service.message(
                webhook_id, Kind.INCIDENT_OPENED, utc_now(), {"attempt": {"id": one}}, one
            )
            for one in attempt_ids
            for _ in range(each)
        )


async def _attempts(world: World, count: int) -> list[str]:
    sessions, found = world.services.sessions, []
    for _ in range(count):
        who = world.person()
        found.append((await sessions.start(who.actor, who.id)).attempt.id)
    return found


async def test_given_two_workers_then_each_message_is_sent_by_one_of_them(
    monitored: World, receiver: Receiver
) -> None:
    made = hook(monitored, receiver)
    attempt_ids = await _attempts(monitored, 6)
    _write(monitored, made.webhook.id, attempt_ids, each=10)
    workers = [sender(monitored, utc_now) for _ in range(2)]
    receiver.trust(made.secret, utc_now)
    receiver.be(Mode.TAKES)

    for worker in workers:
        worker.start()
    await _all_sent(monitored)
    for worker in workers:
        await worker.close()

    assert len(receiver.tries) == len(set(receiver.ids)) == 60
    assert receiver.by_attempt == _in_order(monitored)
    assert {row.tries for row in outbox(monitored)} == {1}


_WORKER = """
import asyncio, sys
from proctor_app.clock import system_clock
from proctor_app.db.session import Database
from proctor_app.services.audit import Audit
from proctor_app.services.outgoing import Outgoing
from proctor_app.services.vault import Vault
from proctor_app.services.webhook_sender import WebhookSender

async def work():
    url, key, allowed = sys.argv[1:]
    database = Database(url)
    audit = Audit(database, system_clock)
    WebhookSender(database, Outgoing((allowed,)), Vault(key), audit, system_clock).start()
    await asyncio.sleep(60)

asyncio.run(work())
"""


@pytest.mark.parametrize("is_taken", [False, True], ids=["before it is taken", "once it is taken"])
async def test_given_a_worker_killed_in_the_middle_then_another_one_sends_the_rest(
    monitored: World, receiver: Receiver, is_taken: bool
) -> None:
    made = hook(monitored, receiver)
    _write(monitored, made.webhook.id, await _attempts(monitored, 3), each=5)
    receiver.trust(made.secret, utc_now)
    url, key = (
        configuration.database_url(monitored.settings),
        configuration.resolve_data_key(monitored.settings),
    )
    command = [sys.executable, "-c", _WORKER, url, key, LOOPBACK]
    worker = _begun(command)

    def kill(number: int) -> None:
        if number == 6 and worker.poll() is None:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()

    receiver.on_taken, receiver.on_message = (kill, _nothing) if is_taken else (_nothing, kill)
    receiver.be(Mode.TAKES)
    await eventually(lambda: worker.poll() is not None)
    left = [row.id for row in outbox(monitored) if row.state == DeliveryState.WAITING]
    assert left

    later = sender(monitored, lambda: utc_now() + timedelta(seconds=61))
    later.start()
    await _all_sent(monitored)
    await later.close()

    assert len(set(receiver.ids)) == len(receiver.ids) == 15, "nothing lost, nothing used twice"
    assert receiver.by_attempt == _in_order(monitored)
    again = Counter(headers["proctor-delivery"] for headers, _ in receiver.tries)
    assert set(again.values()) <= {1, 2}, "what was under way may come twice, under its own id"


def _begun(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=_ROOT, start_new_session=True)


def _nothing(_number: int) -> None:
    """As it is."""
