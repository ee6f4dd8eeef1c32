"""An attempt from start to end, on a real database: legal moves, one at a time, reasons noted."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import AlreadyThere
from proctor_app.db.tables import Attempt, AttemptEvent, Incident
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import MONITORED, OPEN, TRANSITIONS, AttemptStatus
from proctor_app.errors import Conflict, NotAllowed, NotFound
from proctor_app.services.attempts import NOTICE_VERSION, Attempts, Progress
from proctor_app.services.moves import Moves
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView
from tests.world import Person, World, recover

MINUTES = 90


@pytest.fixture
def attempts(world: World) -> Attempts:
    moves = Moves(Versions(world.database), world.clock, b"key")
    return Attempts(world.database, moves, world.services.audit, world.clock, MINUTES)


@pytest.fixture
def ana(world: World) -> Person:
    return world.person()


def _put(world: World, attempt_id: str, status: AttemptStatus) -> None:
    """Bring an attempt into a state, whatever the table says."""
    with world.database.write() as session:
        row = session.get_one(Attempt, attempt_id)
        row.status = status.value
        row.open_for = row.user_id if status in OPEN else None
        row.ended_at = None


def _history(world: World, attempt_id: str) -> list[tuple[str, str]]:
    with world.database.read() as session:
        return [(e.kind, e.detail) for e in AttemptRows(session).events(attempt_id)]


# --- start ---


def test_given_a_candidate_when_started_then_it_runs_from_now_and_the_notice_is_recorded(
    world: World, attempts: Attempts, ana: Person
) -> None:
    started = attempts.start(ana.actor, ana.id)

    assert (started.status, started.user_id) == (AttemptStatus.RUNNING, ana.id)
    assert started.started_at == world.clock()
    assert started.ends_at is not None
    assert (started.ends_at - world.clock()).total_seconds() == MINUTES * 60
    (row,) = world.rows(Attempt)
    assert (row.notice_version, row.consented_at) == (NOTICE_VERSION, world.clock())
    assert _history(world, started.id) == [
        ("notice_accepted", NOTICE_VERSION),
        ("running", "started"),
    ]


def test_given_a_running_attempt_when_started_again_then_it_is_the_same_and_keeps_its_time(
    world: World, attempts: Attempts, ana: Person
) -> None:
    first = attempts.start(ana.actor, ana.id)
    world.clock.advance(60)

    assert attempts.start(ana.actor, ana.id) == first
    assert world.count(Attempt) == 1


def test_given_several_threads_start_at_once_then_one_attempt_is_made(
    world: World, attempts: Attempts, ana: Person
) -> None:
    together = threading.Barrier(4)

    def start() -> str:
        together.wait(5)
        return attempts.start(ana.actor, ana.id).id

    with ThreadPoolExecutor(4) as pool:
        ids = {future.result() for future in [pool.submit(start) for _ in range(4)]}

    (row,) = world.rows(Attempt)
    assert ids == {row.id}
    assert [kind for kind, _ in _history(world, row.id)].count("notice_accepted") == 1


def test_given_an_open_attempt_then_the_database_itself_refuses_a_second_one(
    world: World, attempts: Attempts, ana: Person
) -> None:
    first = attempts.start(ana.actor, ana.id)
    second = Attempt(
        id="another",
        user_id=ana.id,
        open_for=ana.id,
        status="created",
        created_at=world.clock(),
        duration_minutes=MINUTES,
    )

    with pytest.raises(AlreadyThere), world.database.write() as session:
        AttemptRows(session).add(second)

    assert [row.id for row in world.rows(Attempt)] == [first.id]


def test_given_an_attempt_has_ended_when_started_then_a_new_one_is_made(
    attempts: Attempts, ana: Person
) -> None:
    first = attempts.start(ana.actor, ana.id)
    attempts.end(first.id, AttemptStatus.SUBMITTED, "Done.")

    second = attempts.start(ana.actor, ana.id)

    assert second.id != first.id
    assert attempts.open_of(ana.actor, ana.id) == second


@pytest.mark.parametrize(
    "status", [AttemptStatus.RUNNING, AttemptStatus.INTERRUPTED, AttemptStatus.PAUSED]
)
def test_given_an_overdue_attempt_when_started_then_it_is_timed_out_and_a_new_one_is_made(
    world: World, attempts: Attempts, ana: Person, status: AttemptStatus
) -> None:
    old = attempts.start(ana.actor, ana.id)
    _put(world, old.id, status)
    world.clock.advance(MINUTES * 60)

    new = attempts.start(ana.actor, ana.id)

    assert new.id != old.id
    ended = attempts.by_id(ana.actor, old.id)
    assert (ended.status, ended.ended_at) == (AttemptStatus.TIMED_OUT, world.clock())
    assert _history(world, old.id)[-1] == ("timed_out", "The time was up.")


def test_given_two_threads_start_when_the_old_attempt_is_overdue_then_both_get_the_new_one(
    world: World, attempts: Attempts, ana: Person
) -> None:
    old = attempts.start(ana.actor, ana.id)
    world.clock.advance(MINUTES * 60)
    together = threading.Barrier(2)

    def start() -> AttemptView:
        together.wait(5)
        return attempts.start(ana.actor, ana.id)

    with ThreadPoolExecutor(2) as pool:
        found = [future.result() for future in [pool.submit(start), pool.submit(start)]]

    assert found[0].id == found[1].id != old.id
    assert _history(world, old.id).count(("timed_out", "The time was up.")) == 1


def test_given_somebody_elses_attempt_is_overdue_when_started_then_it_is_left_to_monitoring(
    world: World, attempts: Attempts, ana: Person
) -> None:
    ben = world.person()
    theirs = attempts.start(ben.actor, ben.id)
    world.clock.advance(MINUTES * 60)

    attempts.start(ana.actor, ana.id)

    assert attempts.by_id(ben.actor, theirs.id).status is AttemptStatus.RUNNING


def test_given_an_interrupted_attempt_when_started_then_it_goes_on_with_its_own_time(
    world: World, attempts: Attempts, ana: Person
) -> None:
    first = attempts.start(ana.actor, ana.id)
    attempts.interrupt(first.id, "No picture for a minute.")
    world.clock.advance(60)

    again = attempts.start(ana.actor, ana.id)

    assert (again.id, again.status) == (first.id, AttemptStatus.RUNNING)
    assert again.started_at == first.started_at
    assert again.status_reason == ""
    assert _history(world, first.id)[-1] == ("running", "resumed")


def test_given_a_paused_attempt_when_started_then_it_stays_paused(
    world: World, attempts: Attempts, ana: Person
) -> None:
    first = attempts.start(ana.actor, ana.id)
    _put(world, first.id, AttemptStatus.PAUSED)

    before = _history(world, first.id)

    again = attempts.start(ana.actor, ana.id)

    assert (again.id, again.status) == (first.id, AttemptStatus.PAUSED)
    assert _history(world, first.id) == before


def test_given_nobody_of_that_id_when_started_by_a_proctor_then_it_is_not_found(
    world: World, attempts: Attempts
) -> None:
    with pytest.raises(NotFound):
        attempts.start(world.person(Role.PROCTOR).actor, "nobody")


# --- moves ---

_MOVES: dict[AttemptStatus, Callable[[Attempts, str], AttemptView]] = {
    AttemptStatus.SUBMITTED: lambda a, i: a.end(i, AttemptStatus.SUBMITTED, "Why."),
    AttemptStatus.TIMED_OUT: lambda a, i: a.end(i, AttemptStatus.TIMED_OUT, "Why."),
    AttemptStatus.TERMINATED: lambda a, i: a.end(i, AttemptStatus.TERMINATED, "Why."),
    AttemptStatus.INTERRUPTED: lambda a, i: a.interrupt(i, "Why."),
    AttemptStatus.PAUSED: lambda a, i: a.pause(i, "installation", "Why.").attempt,
}


@pytest.mark.parametrize("status", AttemptStatus)
def test_given_any_state_then_only_the_tables_moves_are_made_and_noted(
    world: World, attempts: Attempts, ana: Person, status: AttemptStatus
) -> None:
    attempt_id = attempts.start(ana.actor, ana.id).id
    for to, move in _MOVES.items():
        if to is status is AttemptStatus.PAUSED:
            continue  # whose pause it is then is a question of its own
        _put(world, attempt_id, status)
        before = _history(world, attempt_id)
        if to in TRANSITIONS[status]:
            moved = move(attempts, attempt_id)
            assert (moved.status, moved.status_reason) == (to, "Why.")
            assert (moved.ended_at == world.clock()) is (to not in OPEN)
            assert _history(world, attempt_id) == [*before, (to.value, "Why.")]
        else:
            with pytest.raises(Conflict) as refused:
                move(attempts, attempt_id)
            assert refused.value.code == "illegal_state"
            assert attempts.now(attempt_id).status is status
            assert _history(world, attempt_id) == before


@pytest.mark.parametrize("status", AttemptStatus)
def test_given_any_state_then_every_other_one_is_reached_only_as_the_table_says(
    world: World, attempts: Attempts, ana: Person, status: AttemptStatus
) -> None:
    attempt_id = attempts.start(ana.actor, ana.id).id
    for to in AttemptStatus:
        _put(world, attempt_id, status)
        if to not in TRANSITIONS[status]:
            with pytest.raises(Conflict):
                _move(world, attempts, attempt_id, to)
            assert attempts.now(attempt_id).status is status
            continue
        _move(world, attempts, attempt_id, to)
        (row,) = world.rows(Attempt)
        assert row.status == to
        assert (row.open_for is None) is (to not in OPEN)
        assert (row.paused_at is not None) is (to is AttemptStatus.PAUSED)


def _move(world: World, attempts: Attempts, attempt_id: str, to: AttemptStatus) -> None:
    with world.database.write() as session:
        attempts._moves.move(session, session.get_one(Attempt, attempt_id), to, "Why.")


@pytest.mark.parametrize("status", AttemptStatus)
def test_given_any_state_then_a_picture_lets_only_an_interrupted_attempt_go_on(
    world: World, attempts: Attempts, ana: Person, status: AttemptStatus
) -> None:
    attempt_id = attempts.start(ana.actor, ana.id).id
    _put(world, attempt_id, status)
    before = _history(world, attempt_id)
    if status is AttemptStatus.INTERRUPTED:
        assert attempts.resume(attempt_id, "Why.").status is AttemptStatus.RUNNING
        assert _history(world, attempt_id) == [*before, ("running", "Why.")]
    elif status is AttemptStatus.RUNNING:
        assert attempts.resume(attempt_id, "Why.").status is status  # it goes on as it was
        assert _history(world, attempt_id) == before
    else:
        with pytest.raises(Conflict):
            attempts.resume(attempt_id, "Why.")
        assert attempts.now(attempt_id).status is status


@pytest.mark.parametrize("status", AttemptStatus)
def test_given_any_state_then_a_person_lets_only_a_paused_attempt_go_on(
    world: World, attempts: Attempts, ana: Person, status: AttemptStatus
) -> None:
    attempt_id = attempts.start(ana.actor, ana.id).id
    _put(world, attempt_id, status)
    if status is AttemptStatus.PAUSED:
        assert attempts.go_on(attempt_id, "Why.", ana.actor).attempt.status == "running"
    elif status in MONITORED:
        gone_on = attempts.go_on(attempt_id, "Why.", ana.actor)
        assert (gone_on.attempt.status, gone_on.is_new) == (status, False)
    else:
        with pytest.raises(Conflict):
            attempts.go_on(attempt_id, "Why.", ana.actor)
        assert attempts.now(attempt_id).status is status


@pytest.mark.parametrize("move", [*_MOVES.values(), lambda a, i: a.now(i).status])
def test_given_no_such_attempt_then_nothing_can_be_done_with_it(
    attempts: Attempts, move: Callable[[Attempts, str], object]
) -> None:
    with pytest.raises(NotFound):
        move(attempts, "no such attempt")


def test_given_an_end_and_an_interruption_at_once_then_the_end_stands(
    world: World, attempts: Attempts, ana: Person
) -> None:
    for _ in range(5):
        started = attempts.start(ana.actor, ana.id)
        together = threading.Barrier(2)

        def end(attempt_id: str = started.id, barrier: threading.Barrier = together) -> None:
            barrier.wait(5)
            attempts.end(attempt_id, AttemptStatus.SUBMITTED, "Done.")

        def interrupt(attempt_id: str = started.id, barrier: threading.Barrier = together) -> str:
            barrier.wait(5)
            try:
                return attempts.interrupt(attempt_id, "Silence.").status.value
            except Conflict as refused:
                return refused.code

        with ThreadPoolExecutor(2) as pool:
            ending, interrupting = pool.submit(end), pool.submit(interrupt)
            ending.result()
            assert interrupting.result() in ("interrupted", "illegal_state")

        assert attempts.now(started.id).status is AttemptStatus.SUBMITTED


# --- reading ---


def test_given_attempts_then_the_latest_and_the_history_are_newest_first(
    world: World, attempts: Attempts, ana: Person
) -> None:
    ids = []
    for _ in range(3):
        ids.append(attempts.start(ana.actor, ana.id).id)
        attempts.end(ids[-1], AttemptStatus.SUBMITTED, "Done.")
        world.clock.advance(60)

    assert [view.id for view in attempts.history(ana.actor, ana.id)] == ids[::-1]
    assert attempts.latest_of(ana.actor, ana.id).id == ids[-1]
    with pytest.raises(NotFound):
        attempts.open_of(ana.actor, ana.id)


def test_given_no_attempt_yet_then_it_is_said(attempts: Attempts, ana: Person) -> None:
    with pytest.raises(NotFound):
        attempts.latest_of(ana.actor, ana.id)
    with pytest.raises(NotFound):
        attempts.by_id(ana.actor, "no such attempt")
    assert attempts.history(ana.actor, ana.id) == []


@pytest.mark.parametrize(
    "read",
    [
        lambda a, actor, owner, _: a.start(actor, owner),
        lambda a, actor, owner, _: a.open_of(actor, owner),
        lambda a, actor, owner, _: a.latest_of(actor, owner),
        lambda a, actor, owner, _: a.history(actor, owner),
        lambda a, actor, _, attempt_id: a.by_id(actor, attempt_id),
    ],
)
def test_given_another_candidate_then_nothing_of_it_is_theirs_and_staff_may(
    world: World, attempts: Attempts, ana: Person, read: Callable[..., object]
) -> None:
    started = attempts.start(ana.actor, ana.id)

    with pytest.raises(NotAllowed):
        read(attempts, world.person().actor, ana.id, started.id)
    for role in (Role.PROCTOR, Role.ADMIN):
        assert read(attempts, world.person(role).actor, ana.id, started.id)


# --- time and crashes ---


def test_given_attempts_whose_time_is_up_then_they_are_timed_out_and_no_others(
    world: World, attempts: Attempts, ana: Person
) -> None:
    ben, eve = world.person(), world.person()
    overdue = attempts.start(ana.actor, ana.id)
    paused = attempts.start(ben.actor, ben.id)
    attempts.pause(paused.id, "staff", "Wait.")
    world.clock.advance(MINUTES * 60 - 1)
    fresh = attempts.start(eve.actor, eve.id)
    assert attempts.expire_overdue() == []
    world.clock.advance(1)

    expired = attempts.expire_overdue()

    assert [view.id for view in expired] == [overdue.id]
    assert attempts.now(overdue.id).status is AttemptStatus.TIMED_OUT
    assert attempts.now(paused.id).status is AttemptStatus.PAUSED
    assert attempts.now(fresh.id).status is AttemptStatus.RUNNING


def test_given_progress_then_it_is_kept_and_nothing_else_changes(
    world: World, attempts: Attempts, ana: Person
) -> None:
    started = attempts.start(ana.actor, ana.id)
    at = world.clock.advance(3)

    attempts.save_progress(
        [Progress(started.id, at, 3.0, 2.5), Progress("no such attempt", at, 1.0, 1.0)]
    )

    found = attempts.by_id(ana.actor, started.id)
    assert (found.last_frame_at, found.monitored_s, found.face_s) == (at, 3.0, 2.5)
    assert found.face_detection_rate == pytest.approx(2.5 / 3)
    assert found.status is AttemptStatus.RUNNING


@pytest.mark.parametrize(
    ("frame_after_s", "closed_after_s"), [(30, 30), (5, 10), (None, 10)], ids=str
)
def test_given_a_crash_when_recovered_then_incidents_end_at_the_last_frame_noted(
    world: World,
    attempts: Attempts,
    ana: Person,
    frame_after_s: float | None,
    closed_after_s: float,
) -> None:
    start = world.clock()
    running, opened_at = attempts.start(ana.actor, ana.id), world.clock.advance(10)
    with world.database.write() as session:
        session.add(
            Incident(
                attempt_id=running.id,
                event_type="face_absent",
                severity="alert",
                opened_at=opened_at,
                confidence=1.0,
            )
        )
        if frame_after_s is not None:
            row = session.get_one(Attempt, running.id)
            row.last_frame_at = start + (opened_at - start) * (frame_after_s / 10)
    world.clock.advance(60 * 60)

    assert recover(world) == 1

    (incident,) = world.rows(Incident)
    assert incident.closed_at is not None
    assert (incident.closed_at - start).total_seconds() == closed_after_s
    found = attempts.by_id(ana.actor, running.id)
    assert (found.status, found.status_reason) == (
        AttemptStatus.INTERRUPTED,
        "The server was restarted.",
    )
    assert _history(world, running.id)[-1] == ("interrupted", "The server was restarted.")
    assert recover(world) == 0


def test_given_ended_attempts_when_recovered_then_they_stay_as_they_are(
    world: World, attempts: Attempts, ana: Person
) -> None:
    ended = attempts.start(ana.actor, ana.id)
    ended = attempts.end(ended.id, AttemptStatus.SUBMITTED, "Done.")
    events = world.count(AttemptEvent)

    assert recover(world) == 0

    assert attempts.by_id(ana.actor, ended.id) == ended
    assert world.count(AttemptEvent) == events
