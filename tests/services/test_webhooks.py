"""Webhooks: what is told, to whom, how a try ends, and what an admin sees of it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from examples.webhook_receiver import Inbox
from proctor_app.db import tables
from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamTerms
from proctor_app.domain.incident import Verdict
from proctor_app.domain.webhook import KINDS, DeliveryState, Kind
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound, Throttled
from proctor_app.services.webhook_sender import WebhookSender
from proctor_app.services.webhook_sweeping import KEPT, LATE
from proctor_app.services.webhook_views import DeliveryQuery, WebhookTerms
from proctor_app.services.webhooks import MOST, Webhooks
from tests.fakes import jpeg
from tests.papers import set_exam
from tests.reviewing import E, sat
from tests.seats import content
from tests.webhooks import LOOPBACK, Mode, Receiver, bodies, hook, outbox, receiving, sender
from tests.world import Person, World, build

V, S = Verdict, DeliveryState
ALL = WebhookTerms("https://hooks.example.org/in", tuple(KINDS))


@pytest.fixture
def settings() -> dict[str, str]:
    return {"PROCTOR_OUTGOING_ALLOWED": LOOPBACK}


@pytest.fixture
def webhooks(world: World) -> Webhooks:
    return world.services.webhooks


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


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


async def _turn(worker: WebhookSender) -> None:
    """Send what is due now."""
    for job in await asyncio.to_thread(worker._take, {}):
        await worker.send(job)


async def _caught(world: World) -> None:
    """Somebody whose face is away for some seconds, then is back, and hands in."""
    who = world.person(name="Ana Secret")
    started = await world.services.sessions.start(who.actor, who.id)
    for faces in (0, 0, 0, 0, 1, 1, 1):
        world.engine.faces = faces
        world.clock.advance(1.0)
        picture = jpeg(int(world.clock().timestamp()) % 1000)
        await world.services.monitoring.ingest(who.actor, started.attempt.id, picture)
    await world.services.sessions.stop(who.actor, who.id)


# --- what is told ---


async def test_given_an_attempt_then_its_incidents_and_end_are_told_in_their_order(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    webhooks.create(admin.actor, ALL)

    await _caught(monitored)

    told = bodies(monitored)
    assert [one["kind"] for one in told] == [
        "incident.opened", "incident.closed", "attempt.finished",
    ]  # fmt: skip
    opened, closed, finished = told
    (attempt,) = monitored.rows(tables.Attempt)
    (incident,) = monitored.rows(tables.Incident)
    assert opened["incident"] == {
        "incident_id": incident.id, "event_type": "face_absent", "severity": "alert",
        "start_time": opened["created_at"], "end_time": None,
        "confidence": opened["incident"]["confidence"], "verdict": "not_reviewed",
    }  # fmt: skip
    assert closed["incident"]["end_time"] == closed["created_at"]
    assert (finished["attempt"]["id"], finished["attempt"]["status"]) == (attempt.id, "submitted")
    assert opened["attempt"]["status"] == "running"
    assert all("Secret" not in row.body and len(row.body) < 4096 for row in outbox(monitored))


async def test_given_verdicts_then_what_stands_is_told_and_no_proposal(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    exam = set_exam(monitored, reviewers=2)
    one, other = (monitored.person(Role.PROCTOR) for _ in range(2))
    attempt = await sat(monitored, exam, E.PHONE, E.TAB_SWITCH)
    webhooks.create(admin.actor, WebhookTerms(ALL.url, ("verdict.given",)))
    reviews, first = monitored.services.reviews, attempt.incidents[0]

    await reviews.judge(one.actor, first, V.VIOLATION, "A phone on the desk.")
    assert outbox(monitored) == []
    await reviews.judge(other.actor, first, V.VIOLATION, "I see it too.")
    await reviews.judge_attempt(one.actor, attempt.id, V.SUSPICIOUS, "Much of it.")

    of_incident, of_attempt = (body["verdict"] for body in bodies(monitored))
    assert of_incident == {
        "of": "incidents", "incident_ids": [first], "verdict": "violation", "how": "second",
        "reviewer_id": other.id, "at": of_incident["at"],
    }  # fmt: skip
    assert (of_attempt["of"], of_attempt["verdict"]) == ("attempt", "suspicious")
    assert bodies(monitored)[1]["attempt"]["status"] == "suspicious"
    assert all("phone on" not in row.body for row in outbox(monitored))


async def test_given_a_verdict_that_a_proposal_puts_out_of_force_then_that_is_told(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    attempt = await sat(monitored, set_exam(monitored, reviewers=2), E.PHONE)
    one, other = (monitored.person(Role.PROCTOR) for _ in range(2))
    webhooks.create(admin.actor, ALL)
    judge = monitored.services.reviews.judge

    await judge(one.actor, attempt.incidents[0], V.PASSED)
    await judge(other.actor, attempt.incidents[0], V.VIOLATION, "No.")

    assert [one["verdict"]["verdict"] for one in bodies(monitored)] == ["passed", "not_reviewed"]


async def test_given_a_bulk_dismissal_and_its_undoing_then_each_attempt_is_told_of_once(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    exam = set_exam(monitored)
    proctor = monitored.person(Role.PROCTOR)
    attempt = await sat(monitored, exam, *([E.PHONE] * 3), E.TAB_SWITCH)
    webhooks.create(admin.actor, ALL)
    bulk = monitored.services.bulk_reviews

    done = await bulk.dismiss(proctor.actor, exam.id, E.PHONE, "The rule is wrong.")
    await bulk.undo(proctor.actor, done.bulk_id)

    dismissed, undone = (body["verdict"] for body in bodies(monitored))
    assert dismissed["incident_ids"] == list(attempt.incidents[:3]) == undone["incident_ids"]
    assert (dismissed["verdict"], dismissed["how"]) == ("passed", "bulk")
    assert (undone["verdict"], undone["how"]) == ("not_reviewed", "undo")


async def test_given_a_verdict_that_stands_no_longer_then_that_is_told_of_the_attempt_too(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    one, other = (monitored.person(Role.PROCTOR) for _ in range(2))
    attempt = await sat(monitored, set_exam(monitored, reviewers=2), E.PHONE)
    services = monitored.services
    webhooks.create(admin.actor, WebhookTerms(ALL.url, ("verdict.given",)))

    await services.reviews.judge_attempt(one.actor, attempt.id, V.PASSED, "Nothing.")
    await services.reviews.judge_attempt(one.actor, attempt.id, V.VIOLATION, "A phone.")
    await services.reviews.judge_attempt(other.actor, attempt.id, V.SUSPICIOUS, "Perhaps.")
    await services.reviews.release(one.actor, attempt.id)
    await services.appeals.make(attempt.who.actor, attempt.id, "Please look again.")

    told = [body["verdict"] for body in bodies(monitored)]
    assert [(said["verdict"], said["how"], said["reviewer_id"]) for said in told] == [
        ("passed", "attempt", one.id),
        ("not_reviewed", "proposed", one.id),
        ("suspicious", "attempt", other.id),
        ("not_reviewed", "appeal", ""),
    ]
    assert {said["of"] for said in told} == {"attempt"}
    assert bodies(monitored)[-1]["attempt"]["status"] == "under_review"


async def test_given_an_answered_appeal_then_its_verdict_is_told(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    proctor = monitored.person(Role.PROCTOR)
    attempt = await sat(monitored, set_exam(monitored), E.PHONE)
    services = monitored.services
    await services.reviews.judge_attempt(proctor.actor, attempt.id, V.SUSPICIOUS, "Why.")
    await services.reviews.release(proctor.actor, attempt.id)
    await services.appeals.make(attempt.who.actor, attempt.id, "Please look again.")
    webhooks.create(admin.actor, ALL)

    await services.appeals.answer(proctor.actor, attempt.id, "You are right.", V.PASSED)

    (told,) = bodies(monitored)
    assert (told["verdict"]["verdict"], told["verdict"]["how"]) == ("passed", "appeal")
    assert told["attempt"]["status"] == "passed"


async def test_given_a_transaction_that_fails_then_nothing_is_told_of_it(
    monitored: World, webhooks: Webhooks, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    proctor = monitored.person(Role.PROCTOR)
    attempt = await sat(monitored, set_exam(monitored), E.PHONE)
    webhooks.create(admin.actor, ALL)

    def fails(*_given: object, **_named: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(monitored.services.audit, "note", fails)
    with pytest.raises(RuntimeError):
        await monitored.services.reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)

    assert outbox(monitored) == []


async def test_given_webhooks_of_an_exam_or_an_event_then_they_hear_of_nothing_else(
    monitored: World, webhooks: Webhooks, admin: Person
) -> None:
    exam, another = set_exam(monitored), set_exam(monitored)
    mine = webhooks.create(admin.actor, WebhookTerms(ALL.url, ALL.kinds, exam_id=exam.id))
    webhooks.create(admin.actor, WebhookTerms(ALL.url, ALL.kinds, exam_id=another.id))
    webhooks.create(admin.actor, WebhookTerms(ALL.url, ("incident.opened",)))

    await sat(monitored, exam)

    assert [row.webhook_id for row in outbox(monitored)] == [mine.webhook.id]


async def test_given_a_pause_then_messages_wait_and_after_three_days_none_are_kept(
    monitored: World, webhooks: Webhooks, admin: Person, worker: WebhookSender
) -> None:
    made = webhooks.create(admin.actor, ALL)
    webhooks.change(admin.actor, made.webhook.id, is_paused=True)
    exam = set_exam(monitored)
    await sat(monitored, exam)
    assert [row.state for row in outbox(monitored)] == [S.WAITING]

    await _turn(worker)
    assert outbox(monitored)[0].tries == 0
    monitored.clock.advance(3 * 24 * 3600 + 1)
    await sat(monitored, exam)
    worker.sweep()

    assert [row.state for row in outbox(monitored)] == [S.DROPPED]


# --- how a try ends ---


async def _one(world: World, receiver: Receiver) -> WebhookDelivery:
    """A message that waits for the receiver, of an attempt that ended."""
    hook(world, receiver)
    await sat(world, set_exam(world))
    (row,) = outbox(world)
    return row


async def test_given_a_receiver_that_takes_it_then_it_was_signed_and_is_on_record(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    row = await _one(monitored, receiver)

    await _turn(worker)

    (headers, status) = receiver.tries[0]
    assert (receiver.ids, status) == ([row.id], 204)
    assert (headers["proctor-delivery"], headers["proctor-event"]) == (row.id, "attempt.finished")
    assert headers["proctor-timestamp"] == str(int(monitored.clock().timestamp()))
    assert "proctor-redelivery" not in headers
    (row,) = outbox(monitored)
    assert (row.state, row.tries, row.status_code, row.due_at) == (S.DELIVERED, 1, 204, None)
    assert row.ended_at == monitored.clock()


async def test_given_an_old_or_changed_message_then_the_receiver_refuses_it(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    made = hook(monitored, receiver)
    await sat(monitored, set_exam(monitored))
    await _turn(worker)
    headers, body = receiver.tries[0][0], outbox(monitored)[0].body.encode()
    now_s = monitored.clock().timestamp()

    def answer(secret: str, at_s: float, said: bytes) -> int:
        return Inbox(secret, lambda _message: None, lambda: at_s).take(headers, said)

    assert answer(made.secret, now_s + 299, body) == 204
    assert answer(made.secret, now_s + 302, body) == 401
    assert answer(made.secret, now_s - 302, body) == 401
    assert answer(made.secret, now_s, body + b" ") == 401
    for name in ("proctor-delivery", "proctor-timestamp", "proctor-signature"):
        rest = {key: value for key, value in headers.items() if key != name}
        wrong = ({**rest, name: said} for said in ("", "another", "9" * 500, "\xb2\xe9"))
        inbox = Inbox(made.secret, lambda _message: None, lambda: now_s)
        assert {inbox.take(one, body) for one in (rest, *wrong)} == {401}
    assert answer("whsec_another", now_s, body) == 401


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [(503, {}, 5), (404, {}, 5), (302, {"Location": "http://127.0.0.1:1/"}, 5),
     (429, {"Retry-After": "90"}, 90), (429, {"Retry-After": "999999"}, 3600),
     (503, {"Retry-After": "Mon, 02 Mar 2026 09:20:00 GMT"}, None),
     (503, {"Retry-After": "soon"}, 5)],
)  # fmt: skip
async def test_given_a_refusal_then_it_is_tried_again_after_a_while(
    monitored: World,
    receiver: Receiver,
    worker: WebhookSender,
    status: int,
    headers: dict[str, str],
    wait_s: float | None,
) -> None:
    await _one(monitored, receiver)
    receiver.status, receiver.headers = status, headers
    receiver.be(Mode.REFUSES)

    await _turn(worker)
    await _turn(worker)

    (row,) = outbox(monitored)
    assert (row.state, row.tries, row.status_code) == (S.WAITING, 1, status)
    assert row.error == f"The receiver answered {status}."
    assert row.due_at is not None
    if wait_s is None:
        assert row.due_at.isoformat() == "2026-03-02T09:20:00+00:00"
    else:
        assert row.due_at - monitored.clock() == timedelta(seconds=wait_s)
    (webhook,) = monitored.rows(Webhook)
    is_outage = status in (429, 503)
    assert (webhook.failures, webhook.failing_since) == (int(is_outage), monitored.clock())


async def test_given_refusals_for_three_days_then_it_is_given_up_and_the_next_one_tried(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    await _one(monitored, receiver)
    receiver.be(Mode.AWAY)
    for _ in range(12):
        await _turn(worker)
        monitored.clock.advance(7200)
    assert outbox(monitored)[0].state == S.WAITING
    assert outbox(monitored)[0].status_code is None

    monitored.clock.advance(3 * 24 * 3600)
    await _turn(worker)

    (row,) = outbox(monitored)
    assert (row.state, row.tries, row.due_at) == (S.FAILED, 13, None)


async def test_given_410_then_the_webhook_is_paused_and_the_message_kept(
    monitored: World, receiver: Receiver, worker: WebhookSender, admin: Person
) -> None:
    await _one(monitored, receiver)
    receiver.status = 410
    receiver.be(Mode.REFUSES)
    await _turn(worker)
    (webhook,) = monitored.rows(Webhook)
    assert webhook.paused_at == monitored.clock()
    assert monitored.rows(tables.AuditEntry)[-1].action == "webhook.paused"

    receiver.be(Mode.TAKES)
    monitored.services.webhooks.change(admin.actor, webhook.id, is_paused=False)
    await _turn(worker)

    assert [row.state for row in outbox(monitored)] == [S.DELIVERED]


async def test_given_one_message_that_is_refused_then_others_go_and_it_keeps_its_own_pace(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    await _one(monitored, receiver)
    receiver.be(Mode.REFUSES)
    await _turn(worker)
    receiver.be(Mode.TAKES)
    await sat(monitored, set_exam(monitored))

    await _turn(worker)

    refused, taken = outbox(monitored)
    assert (refused.state, taken.state) == (S.WAITING, S.DELIVERED)
    assert refused.due_at is not None
    assert refused.due_at > monitored.clock(), "a success brings back an outage's alone"


async def test_given_a_dead_receiver_then_another_one_is_not_held_up(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    with receiving(monitored.clock) as dead:
        dead.be(Mode.AWAY)
        hook(monitored, dead)
        hook(monitored, receiver)
        for _ in range(3):
            await sat(monitored, set_exam(monitored))
        await _turn(worker)
        await _turn(worker)

    assert len(receiver.messages) == 3


async def test_given_an_address_inside_then_nothing_is_sent_to_it(
    monitored: World, receiver: Receiver, admin: Person, webhooks: Webhooks
) -> None:
    """The installation allowed it when the webhook was made, and does no more."""
    await _one(monitored, receiver)
    another = build(monitored.settings.data_dir, monitored.settings.database_url)
    strict = another.services.webhook_sender
    strict._clock = monitored.clock

    await _turn(strict)

    (row,) = outbox(monitored)
    assert (row.state, receiver.tries) == (S.WAITING, [])
    assert row.error
    await strict.close()
    another.database.close()


# --- what an admin does ---


async def test_given_a_test_then_it_is_sent_at_once_and_its_outcome_shown(
    monitored: World, receiver: Receiver, webhooks: Webhooks, admin: Person
) -> None:
    made = hook(monitored, receiver)

    good = await webhooks.test(admin.actor, made.webhook.id)
    receiver.be(Mode.REFUSES)
    bad = await webhooks.test(admin.actor, made.webhook.id)

    assert (good.kind, good.state, good.status_code) == (Kind.TEST, S.DELIVERED, 204)
    assert (bad.state, bad.problem) == (S.FAILED, "The receiver answered 503.")
    (shown,) = webhooks.all(admin.actor)
    assert (shown.problem, shown.waiting) == ("The receiver answered 503.", 0)
    for _ in range(10):
        await webhooks.test(admin.actor, made.webhook.id)
    with pytest.raises(Throttled):
        await webhooks.test(admin.actor, made.webhook.id)
    await monitored.services.webhook_sender.close()


async def test_given_a_rotated_secret_then_the_new_one_signs(
    monitored: World, receiver: Receiver, webhooks: Webhooks, admin: Person
) -> None:
    made = hook(monitored, receiver)
    other = webhooks.rotate(admin.actor, made.webhook.id)
    assert other.secret != made.secret
    assert len(base64.urlsafe_b64decode(other.secret.removeprefix("whsec_") + "=")) == 32

    tested = await webhooks.test(admin.actor, made.webhook.id)
    assert tested.status_code == 401, "the receiver knows the old one"
    receiver.forget()
    receiver.trust(other.secret)
    assert (await webhooks.test(admin.actor, made.webhook.id)).status_code == 204
    assert made.secret.encode() not in b"".join(one.secret for one in monitored.rows(Webhook))
    await monitored.services.webhook_sender.close()


async def test_given_a_redelivery_then_the_same_body_goes_once_more_under_a_number_of_its_own(
    monitored: World, receiver: Receiver, worker: WebhookSender, webhooks: Webhooks, admin: Person
) -> None:
    first = await _one(monitored, receiver)
    with pytest.raises(Conflict):
        webhooks.redeliver(admin.actor, first.webhook_id, first.id)
    await _turn(worker)

    repeated = webhooks.redeliver(admin.actor, first.webhook_id, first.id)
    await _turn(worker)

    headers, _ = receiver.tries[-1]
    assert headers["proctor-delivery"] == repeated.id != first.id
    assert headers["proctor-redelivery"] == repeated.first_id == first.id
    assert receiver.tries[-1][1] == 204, "what is signed is the id that it carries"
    assert receiver.ids == [first.id, first.id]
    with pytest.raises(NotFound):
        webhooks.redeliver(admin.actor, "another", first.id)


async def test_given_more_deliveries_than_a_page_then_they_come_page_by_page_the_newest_first(
    monitored: World, receiver: Receiver, webhooks: Webhooks, admin: Person
) -> None:
    made = hook(monitored, receiver)
    for _ in range(5):
        await webhooks.test(admin.actor, made.webhook.id)
    rows = [row.id for row in outbox(monitored)][::-1]

    one = webhooks.deliveries(admin.actor, made.webhook.id, DeliveryQuery(limit=3))
    two = webhooks.deliveries(admin.actor, made.webhook.id, DeliveryQuery(limit=3, cursor=one.next))

    assert [row.id for row in one.items + two.items] == rows
    assert two.next == ""
    none = webhooks.deliveries(admin.actor, made.webhook.id, DeliveryQuery(state="failed"))
    assert none.items == ()
    with pytest.raises(Invalid):
        webhooks.deliveries(admin.actor, made.webhook.id, DeliveryQuery(state="lost"))
    with pytest.raises(Invalid):
        webhooks.deliveries(
            admin.actor, made.webhook.id, DeliveryQuery(state="failed", cursor=one.next)
        )
    await monitored.services.webhook_sender.close()


def test_given_terms_that_make_no_sense_then_nothing_is_made(
    world: World, webhooks: Webhooks, admin: Person
) -> None:
    for terms, code in (
        (WebhookTerms("http://hooks.example.org", ALL.kinds), "url_not_https"),
        (WebhookTerms("https://10.0.0.1/", ALL.kinds), "address_private"),
        (WebhookTerms("https://u:p@hooks.example.org/", ALL.kinds), "url_not_valid"),
        (WebhookTerms(ALL.url, ()), "events_missing"),
        (WebhookTerms(ALL.url, ("test",)), "event_unknown"),
        (WebhookTerms(ALL.url, ALL.kinds, "a\nb"), "description_invalid"),
        (WebhookTerms(ALL.url, ALL.kinds, exam_id="none"), "exam_unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            webhooks.create(admin.actor, terms)
        assert refused.value.code == code
    for _ in range(MOST):
        webhooks.create(admin.actor, ALL)
    with pytest.raises(Conflict):
        webhooks.create(admin.actor, ALL)


def test_given_anybody_but_an_admin_then_all_of_it_is_refused(
    world: World, webhooks: Webhooks, admin: Person
) -> None:
    made = webhooks.create(admin.actor, ALL)
    proctor, key = world.person(Role.PROCTOR).actor, made.webhook.id
    for call in (
        lambda: webhooks.all(proctor),
        lambda: webhooks.one(proctor, key),
        lambda: webhooks.create(proctor, ALL),
        lambda: webhooks.change(proctor, key, ALL),
        lambda: webhooks.delete(proctor, key),
        lambda: webhooks.rotate(proctor, key),
        lambda: webhooks.deliveries(proctor, key, DeliveryQuery()),
        lambda: webhooks.redeliver(proctor, key, "x"),
        lambda: asyncio.run(webhooks.test(proctor, key)),
    ):
        with pytest.raises(NotAllowed):
            call()


async def test_given_a_webhook_is_deleted_then_its_log_goes_and_what_is_under_way_harms_nothing(
    monitored: World, receiver: Receiver, worker: WebhookSender, webhooks: Webhooks, admin: Person
) -> None:
    row = await _one(monitored, receiver)
    (job,) = worker._take({})

    webhooks.delete(admin.actor, row.webhook_id)

    assert await worker.send(job) is None
    assert webhooks.all(admin.actor) == ()
    for ask in (
        lambda: webhooks.one(admin.actor, row.webhook_id),
        lambda: webhooks.change(admin.actor, row.webhook_id, is_paused=True),
        lambda: webhooks.delete(admin.actor, row.webhook_id),
        lambda: webhooks.rotate(admin.actor, row.webhook_id),
        lambda: webhooks.deliveries(admin.actor, row.webhook_id, DeliveryQuery()),
        lambda: webhooks.redeliver(admin.actor, row.webhook_id, row.id),
    ):
        with pytest.raises(NotFound):
            ask()
    worker.sweep()
    assert outbox(monitored) == []
    assert len(monitored.rows(Webhook)) == 1
    monitored.clock.advance(LATE.total_seconds() + 1)
    worker.sweep()
    assert monitored.rows(Webhook) == []


# --- what must be forgotten ---


async def test_given_an_erasure_then_nothing_of_the_persons_attempts_is_left_or_sent(
    monitored: World, receiver: Receiver, worker: WebhookSender, admin: Person
) -> None:
    hook(monitored, receiver)
    exam = set_exam(monitored)
    ana, ben = await sat(monitored, exam), await sat(monitored, exam)

    monitored.services.erasure.erase(admin.actor, ana.who.id)
    await _turn(worker)

    assert [row.attempt_id for row in outbox(monitored)] == [ben.id]
    assert ana.who.id not in json.dumps(receiver.messages)


def test_given_a_deleted_exam_then_its_webhooks_go_too(
    world: World, webhooks: Webhooks, admin: Person
) -> None:
    exam = world.services.exams.create(admin.actor, content(), ExamTerms())
    webhooks.create(admin.actor, WebhookTerms(ALL.url, ALL.kinds, exam_id=exam.id))
    other = webhooks.create(admin.actor, ALL)

    world.services.exams.delete(admin.actor, exam.id)

    assert [one.id for one in webhooks.all(admin.actor)] == [other.webhook.id]


async def test_given_old_deliveries_then_they_leave_the_log_after_thirty_days(
    monitored: World, receiver: Receiver, worker: WebhookSender
) -> None:
    await _one(monitored, receiver)
    await _turn(worker)
    monitored.clock.advance(KEPT.total_seconds() - 1)
    worker.sweep()
    assert len(outbox(monitored)) == 1

    monitored.clock.advance(2)
    worker.sweep()

    assert outbox(monitored) == []
