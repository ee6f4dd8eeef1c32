"""Pauses that meet one another: whoever may lift one decides under the attempt's lock, and the
watching goes by what the database says in the end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.domain.browser import DEFAULT_POLICIES, Policy, SignalKind
from proctor_app.domain.exam import Level
from proctor_app.errors import Conflict, NotAllowed, Throttled
from proctor_app.services.attempts import Attempts
from proctor_app.services.broadcast import MessageNews
from proctor_app.services.browser_signals import Claim
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.sessions import Sessions
from proctor_app.services.throttle import Limit
from tests.papers import SetExam, attempt_row, begun, browser_only, set_exam, with_
from tests.world import Person, World, eventually

pytestmark = pytest.mark.every_database

PAUSES = {**DEFAULT_POLICIES, SignalKind.HIDDEN: Policy.PAUSE}


@pytest.fixture
def sessions(monitored: World) -> Sessions:
    return monitored.services.sessions


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR)


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored, browser_only(with_(candidate_may_pause=True, signals=PAUSES)))


@pytest.fixture
async def attempt_id(monitored: World, ana: Person, exam: SetExam) -> str:
    return await begun(monitored, ana, exam)


def _before(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, step: Callable[[], Any]
) -> None:
    """Do this right before the method is called for the first time."""
    real, todo = getattr(where, name), [step]

    def called(*given: Any, **named: Any) -> Any:
        if todo:
            todo.pop()()
        return real(*given, **named)

    monkeypatch.setattr(where, name, called)


def _kinds(world: World, attempt_id: str) -> list[tuple[str, str]]:
    rows = world.rows(tables.AttemptEvent)
    return [(row.kind, row.detail) for row in rows if row.attempt_id == attempt_id]


# --- who lifts whose ---


async def test_given_staff_pause_in_the_moment_a_candidate_resumes_then_the_pause_stays(
    monitored: World,
    sessions: Sessions,
    ana: Person,
    proctor: Person,
    attempt_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = sessions._attempts
    _before(
        monkeypatch,
        attempts,
        "go_on",
        lambda: attempts.pause(attempt_id, "staff", "Wait.", proctor.actor),
    )

    with pytest.raises(NotAllowed) as refused:
        await sessions.resume(ana.actor, ana.id)

    assert refused.value.code == "resume_not_allowed"
    row = attempt_row(monitored, attempt_id)
    assert (row.status, row.paused_by) == ("paused", "staff")


async def test_given_a_resume_that_lifts_nothing_then_nobody_is_told(
    monitored: World, sessions: Sessions, ana: Person, attempt_id: str
) -> None:
    with monitored.services.broadcast.subscribe(attempt_id) as news:
        assert (await sessions.resume(ana.actor, ana.id)).status is AttemptStatus.RUNNING
        assert await news.wait(0.001) == []


async def test_given_many_pauses_of_the_candidates_own_then_only_a_proctor_pauses_for_a_while(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, attempt_id: str
) -> None:
    for _ in range(20):
        await sessions.pause(ana.actor, ana.id)
        await sessions.resume(ana.actor, ana.id)
    with pytest.raises(Throttled):
        await sessions.pause(ana.actor, ana.id)
    assert attempt_row(monitored, attempt_id).status == "running"

    await sessions.pause(proctor.actor, ana.id)

    assert attempt_row(monitored, attempt_id).status == "paused"


@pytest.mark.parametrize("call", ["pause", "resume"])
async def test_given_very_many_pauses_then_they_are_throttled(
    sessions: Sessions, ana: Person, attempt_id: str, call: str
) -> None:
    for _ in range(240):
        sessions._throttle.hit(Limit.PAUSE, ana.id)
    with pytest.raises(Throttled):
        await getattr(sessions, call)(ana.actor, ana.id)


async def test_given_a_candidates_own_pause_when_staff_pause_then_it_is_theirs_and_is_told(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, attempt_id: str
) -> None:
    began = monitored.clock()
    await sessions.pause(ana.actor, ana.id)
    monitored.clock.advance(10)
    with monitored.services.broadcast.subscribe(attempt_id) as news:
        paused = await sessions.pause(proctor.actor, ana.id, "Please wait for me.")
        said = [one for one in await news.wait(1) if isinstance(one, MessageNews)]

    assert (paused.paused_by, paused.status_reason) == ("staff", "Please wait for me.")
    assert paused.paused_at == began  # its clock stood still already
    assert [(one.action, one.text) for one in said] == [("pause", "Please wait for me.")]
    assert ("paused", "Please wait for me.") in _kinds(monitored, attempt_id)
    entries = [one.action for one in monitored.rows(tables.AuditEntry)]
    assert entries.count("attempt.paused") == 2
    with pytest.raises(NotAllowed):
        await sessions.resume(ana.actor, ana.id)


async def test_given_a_rules_pause_when_staff_or_the_candidate_pause_then_it_stays_as_it_is(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, attempt_id: str
) -> None:
    sessions._attempts.pause(attempt_id, "installation", "The page was left.")
    for who in (ana, proctor):
        paused = await sessions.pause(who.actor, ana.id, "Another reason.")
        assert (paused.paused_by, paused.status_reason) == ("installation", "The page was left.")


# --- interrupted ---


@pytest.mark.parametrize("by", ["staff", "rule"])
async def test_given_an_interrupted_attempt_then_it_can_be_paused_and_goes_on_afterwards(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, by: str
) -> None:
    exam = set_exam(monitored, with_(level=Level.CAMERA, signals=PAUSES))
    attempt_id = await begun(monitored, ana, exam)
    monitored.clock.advance(61)
    await eventually(lambda: attempt_row(monitored, attempt_id).status == "interrupted")

    if by == "staff":
        await sessions.pause(proctor.actor, ana.id, "Wait.")
    else:
        take = monitored.services.browser_signals.take
        await take(ana.actor, attempt_id, [Claim("hidden", seq=1)], "page")

    row = attempt_row(monitored, attempt_id)
    assert (row.status, row.paused_at) == ("paused", monitored.clock())
    assert monitored.services.monitoring.live(attempt_id) is None
    assert (await sessions.resume(proctor.actor, ana.id)).status is AttemptStatus.RUNNING
    assert monitored.services.monitoring.live(attempt_id) is not None


# --- by a rule ---


async def test_given_a_rule_pauses_then_signal_and_pause_are_one_transaction(
    monitored: World,
    ana: Person,
    attempt_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What dies right after the commit has paused; what dies before has kept no signal."""
    take = monitored.services.browser_signals.take
    audit, note = monitored.services.audit, monitored.services.audit.note

    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(audit, "note", away)
    with pytest.raises(DatabaseUnavailable):
        await take(ana.actor, attempt_id, [Claim("hidden", seq=1)], "page")
    assert monitored.rows(tables.BrowserEvent) == []
    monkeypatch.setattr(audit, "note", note)

    async def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Monitoring, "follow", crash)
    with pytest.raises(RuntimeError):
        await take(ana.actor, attempt_id, [Claim("hidden", seq=1)], "page")
    monkeypatch.undo()

    row = attempt_row(monitored, attempt_id)
    assert (row.status, row.paused_by) == ("paused", "installation")
    assert monitored.rows(tables.AuditEntry)[-1].action == "attempt.paused"
    assert await take(ana.actor, attempt_id, [Claim("hidden", seq=1)], "page") == 0
    await eventually(lambda: monitored.services.monitoring.live(attempt_id) is None)


async def test_given_the_time_is_up_when_a_rule_asks_for_a_pause_then_it_ends_instead(
    monitored: World, ana: Person, attempt_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ticks here: the signal itself finds the end."""
    monkeypatch.setattr(Monitoring, "_tick", _nothing)
    monitored.clock.advance(3600)

    take = monitored.services.browser_signals.take
    assert await take(ana.actor, attempt_id, [Claim("hidden", seq=1)], "page") == 1

    assert attempt_row(monitored, attempt_id).status == "timed_out"
    assert monitored.services.monitoring.live(attempt_id) is None


async def _nothing(*_: object) -> None:
    return None


# --- the watching follows ---


async def test_given_pauses_and_resumes_that_cross_then_only_what_runs_is_watched(
    monitored: World,
    sessions: Sessions,
    proctor: Person,
    exam: SetExam,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [monitored.person() for _ in range(3)]
    sat = [await begun(monitored, who, exam) for who in people]
    monkeypatch.setattr(sessions._throttle, "hit", lambda *_: None)
    take = monitored.services.browser_signals.take

    async def quietly(awaitable: Any) -> None:
        with suppress(Conflict):
            await awaitable

    for seq in range(12):
        steps: list[Any] = []
        for who, one in zip(people, sat, strict=True):
            steps += [
                sessions.pause(proctor.actor, who.id),
                sessions.resume(proctor.actor, who.id),
                take(who.actor, one, [Claim("hidden", seq=2 * seq + 1)], "page"),
                sessions.resume(proctor.actor, who.id),
            ]
        async with asyncio.timeout(60):
            await asyncio.gather(*(quietly(step) for step in steps))
        for one in sat:
            runs = AttemptStatus(attempt_row(monitored, one).status) in MONITORED
            assert (monitored.services.monitoring.live(one) is not None) is runs


async def test_given_a_resume_between_a_pause_and_what_follows_it_then_it_is_still_watched(
    monitored: World,
    sessions: Sessions,
    ana: Person,
    proctor: Person,
    attempt_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The pause was committed first and tells monitoring last."""
    real = Attempts.pause
    at_once: list[object] = []

    def pause(attempts: Attempts, *given: Any, **named: Any) -> Any:
        found = real(attempts, *given, **named)
        if not at_once:
            at_once.append(attempts.go_on(attempt_id, "Go on.", proctor.actor))
        return found

    monkeypatch.setattr(Attempts, "pause", pause)
    await sessions.pause(proctor.actor, ana.id, "Wait.")

    assert attempt_row(monitored, attempt_id).status == "running"
    assert monitored.services.monitoring.live(attempt_id) is not None


async def test_given_a_running_attempt_that_nobody_watches_then_a_later_turn_does(
    monitored: World, attempt_id: str
) -> None:
    await monitored.services.monitoring.finish(attempt_id)

    await eventually(lambda: monitored.services.monitoring.live(attempt_id) is not None)


async def test_given_a_watched_attempt_that_was_paused_elsewhere_then_a_later_turn_lets_it_go(
    monitored: World, sessions: Sessions, attempt_id: str
) -> None:
    sessions._attempts.pause(attempt_id, "staff", "By another process.")

    await eventually(lambda: monitored.services.monitoring.live(attempt_id) is None)
    assert attempt_row(monitored, attempt_id).status == "paused"


# --- start while paused ---


async def test_given_a_paused_attempt_when_started_then_it_stays_paused_with_a_ticket(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, attempt_id: str
) -> None:
    await sessions.pause(proctor.actor, ana.id, "Wait.")

    started = await sessions.start(ana.actor, ana.id)

    assert (started.attempt.id, started.attempt.status) == (attempt_id, AttemptStatus.PAUSED)
    assert started.attempt.status_reason == "Wait."
    assert monitored.services.tickets.redeem(started.ticket).attempt_id == attempt_id
    assert monitored.services.monitoring.live(attempt_id) is None
