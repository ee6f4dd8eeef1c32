"""The proctor's live view: who needs attention first, and whose it is to watch."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from proctor_app.db.tables import Attempt, Exam, ExamProctor, Incident, Message, RosterEntry
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity
from proctor_app.domain.score import WEIGHTS
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services import scores, wall_snapshot
from proctor_app.services import wall as wall_service
from proctor_app.services.attempts import Attempts
from proctor_app.services.exam_views import ExamView
from proctor_app.services.moves import Moves
from proctor_app.services.versions import Versions
from proctor_app.services.wall import FREE, Attendance, Counts, Wall, WallCounts, WallView, Wanted
from proctor_app.vision.observation import QualityProblem
from tests.fakes import jpeg, seen
from tests.seats import content, publish, sit
from tests.world import Person, World, eventually


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_service, "EVERY_S", 0.0)


async def _start(world: World, name: str, faces: list[int]) -> tuple[Person, str]:
    """A running attempt that has sent a picture a second, showing so many faces."""
    who = world.person(name=name)
    world.clock.advance(0.1)
    started = await world.services.sessions.start(who.actor, who.id)
    for count in faces:
        world.clock.advance(1.0)
        world.engine.faces = count
        await world.services.monitoring.ingest(who.actor, started.attempt.id, jpeg())
    return who, started.attempt.id


def _names(view: WallView) -> list[str]:
    return [row.seat.candidate for row in view.rows]


def _open(world: World, attempt_id: str, severity: str = "alert", **changes: Any) -> None:
    """An incident of this severity stands open in the attempt."""
    opened = {
        "event_type": "tab_switch",
        "opened_at": world.clock(),
        "slot": scores.slot_of(world.clock()),
        "confidence": 1.0,
        **changes,
    }
    with world.database.write() as session:
        session.add(Incident(attempt_id=attempt_id, severity=severity, **opened))


def _assign(world: World, exam: ExamView, who: Person) -> None:
    with world.database.write() as session:
        session.add(ExamProctor(exam_id=exam.id, user_id=who.id))


async def test_given_nobody_runs_then_the_wall_is_empty(monitored: World) -> None:
    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)

    assert (view.rows, view.found, view.pages, view.feed) == ((), 0, 1, ())
    assert view.taken_at == monitored.clock()


async def test_given_candidates_then_open_alerts_stand_first_then_the_lower_score(
    monitored: World,
) -> None:
    dark = QualityProblem.DARK
    streams = {
        "is calm": [seen(1) for _ in range(6)],
        "was absent": [seen(0), seen(0), seen(0), seen(1), seen(1), seen(1)],
        "is in the dark": [seen(0, problem=dark) for _ in range(6)],
        "is absent": [seen(1), seen(1), seen(1), seen(0), seen(0), seen(0)],
    }
    candidates = {name: await _start(monitored, name, []) for name in streams}
    for second in range(6):
        monitored.clock.advance(1.0)
        for name, (who, attempt_id) in candidates.items():
            monitored.engine.script.append(streams[name][second])
            await monitored.services.monitoring.ingest(who.actor, attempt_id, jpeg())

    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)

    assert [
        (row.seat.candidate, [note.event_type.value for note in row.seat.open_incidents])
        for row in view.rows
    ] == [
        ("is absent", ["face_absent"]),
        ("was absent", []),
        ("is in the dark", ["frame_quality_low"]),
        ("is calm", []),
    ]
    # 10 x 1 x 3/30, and 3 x 1 x 5/60 until now
    assert [row.seat.compliance for row in view.rows] == [99.3, 99.0, 99.8, 100.0]
    assert view.counts == WallCounts(running=4, notices=0, alerts=1, interrupted=0)


async def test_given_the_wall_then_its_compliance_is_the_summarys(monitored: World) -> None:
    who, attempt_id = await _start(monitored, "twice absent", [0, 0, 0, 1, 1, 1, 0, 0, 0])
    monitored.clock.advance(2.0)

    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)
    summary = await monitored.services.sessions.summary(who.actor, who.id, attempt_id)

    assert [row.seat.compliance for row in view.rows] == [summary.compliance.value]
    assert summary.compliance.value < 99.0


async def test_given_scores_within_a_step_then_nobody_changes_places(monitored: World) -> None:
    ids = [(await _start(monitored, name, []))[1] for name in ("first", "second", "third")]
    for standing in ((99.0, 97.5, 95.1), (95.1, 99.0, 96.0)):
        with monitored.database.write() as session:
            for attempt_id, score in zip(ids, standing, strict=True):
                session.get_one(Attempt, attempt_id).compliance = score
        view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)
        assert _names(view) == ["first", "second", "third"]


async def test_given_attempts_in_every_state_then_the_wall_shows_those_that_go_on(
    monitored: World,
) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    await _start(monitored, "runs", [1])
    who, _ = await _start(monitored, "has ended", [1])
    await monitored.services.sessions.stop(who.actor, who.id)
    moves = Moves(Versions(monitored.database), monitored.clock, b"key")
    attempts = Attempts(monitored.database, moves, monitored.services.audit, monitored.clock, 60)
    for name in ("interrupted", "timed out"):
        _, attempt_id = await _start(monitored, name, [])
        if name == "interrupted":
            attempts.interrupt(attempt_id, "Silence.")
        else:
            attempts.end(attempt_id, AttemptStatus.TIMED_OUT, "The time was up.")

    view = await monitored.services.wall.snapshot(proctor)

    assert sorted(_names(view)) == ["interrupted", "runs"]
    assert (view.counts.running, view.counts.interrupted) == (1, 1)
    with monitored.services.broadcast.subscribe():
        counts = await monitored.services.wall.counts(monitored.person(Role.ADMIN).actor)
    assert counts == Counts(running=1, interrupted=1, finished=2, watchers=1)


async def test_given_a_paused_attempt_then_its_clock_stands_still_on_the_wall(
    monitored: World,
) -> None:
    _, attempt_id = await _start(monitored, "paused", [])
    running = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)
    with monitored.database.write() as session:
        row = session.get_one(Attempt, attempt_id)
        row.status, row.paused_at = "paused", monitored.clock()
        minutes = row.duration_minutes
    monitored.clock.advance(60)

    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)
    counts = await monitored.services.wall.counts(monitored.person(Role.ADMIN).actor)

    before, after = running.rows[0].seat, view.rows[0].seat
    assert (after.status, after.ends_at, after.left_s) == ("paused", None, minutes * 60)
    assert before.ends_at == running.taken_at + timedelta(minutes=minutes)
    assert before.left_s is None
    assert counts == Counts(running=0, interrupted=0, finished=0, watchers=0)


async def test_given_a_silent_candidate_then_a_gap_is_on_the_wall_and_counts_as_no_suspicion(
    monitored: World,
) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    await _start(monitored, "silent", [1])
    monitored.clock.advance(6)
    await eventually(lambda: monitored.count(Incident) == 1)

    view = await monitored.services.wall.snapshot(proctor)
    (row,) = view.rows

    assert [note.event_type for note in row.seat.open_incidents] == [EventType.MONITORING_GAP]
    assert (row.seat.severity, view.counts.notices) == (None, 0)
    assert row.live.face == "unknown"


async def test_given_an_exam_then_its_tile_knows_title_questions_and_unread_messages(
    monitored: World,
) -> None:
    who, attempt_id = await sit(monitored, publish(monitored, content()))
    await monitored.services.sitting.send_message(who.actor, attempt_id, "May I leave?")

    (row,) = (await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)).rows

    assert (row.seat.exam, row.seat.answered, row.seat.questions) == ("Geography", 0, 1)
    assert (row.seat.unread, row.has_camera, row.is_silent) == (1, False, False)
    with monitored.database.write() as session:
        (message,) = (session.get_one(Message, one.id) for one in monitored.rows(Message))
        message.seen_at = monitored.clock()
    (row,) = (await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)).rows
    assert row.seat.unread == 0


FILTERS: list[tuple[Wanted, list[str]]] = [
    (Wanted(), ["absent", "dark", "calm", "sits the exam"]),
    (Wanted(severity=Severity.ALERT), ["absent"]),
    (Wanted(severity=Severity.NOTICE), ["dark"]),
    (Wanted(state="attention"), ["absent", "dark"]),
    (Wanted(state="paused"), []),
    (Wanted(text=" CAL"), ["calm"]),
    (Wanted(exam_id=FREE), ["absent", "dark", "calm"]),
    (Wanted(exam_id="nothing"), []),
    (Wanted(size=3), ["absent", "dark", "calm"]),
    (Wanted(size=3, page=2), ["sits the exam"]),
    (Wanted(size=3, page=99), ["sits the exam"]),
    (Wanted(size=0, page=-1), ["absent"]),
]


async def test_given_filters_then_the_page_holds_those_that_match(monitored: World) -> None:
    for name, severity in (("absent", "alert"), ("dark", "notice"), ("calm", "")):
        _, attempt_id = await _start(monitored, name, [])
        if severity:
            _open(monitored, attempt_id, severity)
    monitored.clock.advance(0.1)
    await sit(monitored, publish(monitored, content()), monitored.person(name="sits the exam"))
    proctor = monitored.person(Role.PROCTOR).actor

    for wanted, names in FILTERS:
        view = await monitored.services.wall.snapshot(proctor, wanted, at_once=True)
        assert (wanted, _names(view)) == (wanted, names)


async def test_given_tiles_that_are_held_then_they_keep_their_places_and_new_ones_follow(
    monitored: World,
) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    ids = [(await _start(monitored, name, []))[1] for name in ("one", "two", "three")]
    held = tuple(ids)
    with monitored.database.write() as session:
        session.get_one(Attempt, ids[2]).compliance = 10.0
        session.get_one(Attempt, ids[0]).status = "submitted"
    await _start(monitored, "new", [])

    wall = monitored.services.wall
    free = await wall.snapshot(proctor, Wanted(size=3))
    kept = await wall.snapshot(proctor, Wanted(size=3, held=held))

    assert _names(free) == ["three", "two", "new"]
    assert _names(kept) == ["two", "three", "new"]


async def test_given_connection_and_camera_then_neither_order_nor_filter_nor_count_suspects_them(
    monitored: World,
) -> None:
    proctor, wall = monitored.person(Role.PROCTOR).actor, monitored.services.wall
    await _start(monitored, "calm", [])
    cases = (
        ("lost", "monitoring_gap", "notice"),
        ("dark", "frame_quality_low", "notice"),
        ("suspect", "tab_switch", "notice"),
        ("covered", "camera_blocked", "alert"),
    )
    for name, kind, severity in cases:
        _open(monitored, (await _start(monitored, name, []))[1], severity, event_type=kind)

    view = await wall.snapshot(proctor)
    notices = await wall.snapshot(proctor, Wanted(severity=Severity.NOTICE))
    attention = await wall.snapshot(proctor, Wanted(state="attention"))

    assert _names(view) == ["covered", "suspect", "calm", "lost", "dark"]
    assert (view.counts.notices, view.counts.alerts) == (1, 1)
    assert [len(row.seat.open_incidents) for row in view.rows] == [1, 1, 0, 1, 1]
    assert _names(notices) == ["suspect"]
    assert [item.newest.candidate for item in notices.feed] == ["suspect"]
    assert _names(attention) == ["covered", "suspect"]


async def test_given_a_full_page_that_is_held_then_a_new_alert_is_shown_beyond_its_size(
    monitored: World,
) -> None:
    proctor, wall = monitored.person(Role.PROCTOR).actor, monitored.services.wall
    held = tuple([(await _start(monitored, name, []))[1] for name in ("one", "two")])
    for name in ("notice", "alert"):
        _open(monitored, (await _start(monitored, name, []))[1], name)

    assert _names(await wall.snapshot(proctor, Wanted(size=2))) == ["alert", "notice"]
    kept = await wall.snapshot(proctor, Wanted(size=2, held=held))
    assert _names(kept) == ["one", "two", "alert"]
    stays = tuple(row.seat.attempt_id for row in kept.rows)
    assert _names(await wall.snapshot(proctor, Wanted(size=2, held=stays))) == [*_names(kept)]


async def test_given_many_new_alerts_then_a_held_page_grows_by_a_few_at_most(
    monitored: World,
) -> None:
    proctor, wall = monitored.person(Role.PROCTOR).actor, monitored.services.wall
    calm = [(await _start(monitored, f"calm {n}", []))[1] for n in range(10)]
    for n in range(10):
        _open(monitored, (await _start(monitored, f"alert {n}", []))[1])

    view = await wall.snapshot(proctor, Wanted(size=10, held=tuple(calm)))

    assert _names(view) == [f"calm {n}" for n in range(10)] + [f"alert {n}" for n in range(8)]


def _noise(world: World, attempt_id: str, count: int, kind: str = "tab_switch") -> None:
    for _ in range(count):
        world.clock.advance(0.1)
        _open(world, attempt_id, "notice", event_type=kind, closed_at=world.clock())


async def test_given_noise_in_one_exam_then_the_feed_of_another_keeps_what_it_tells(
    monitored: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall_snapshot, "_LATE_NOTES", 5)
    monkeypatch.setattr(wall_snapshot, "_LOUD", 3)
    hers, his = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    quiet, noisy = publish(monitored, content()), publish(monitored, content())
    _assign(monitored, quiet, hers)
    _assign(monitored, noisy, his)
    _, calm = await sit(monitored, quiet)
    (_, neighbour), (_, loud) = [await sit(monitored, noisy) for _ in range(2)]
    _noise(monitored, calm, 2, "phone")
    _noise(monitored, neighbour, 1, "print")
    _noise(monitored, loud, 1, "phone")
    _noise(monitored, loud, 8)
    with monitored.database.write() as session:
        scores.changed_all(session, session.get_one(Attempt, loud), WEIGHTS)

    feeds = [(await monitored.services.wall.snapshot(who.actor)).feed for who in (hers, his)]

    assert [(one.newest.event_type.value, one.times) for one in feeds[0]] == [("phone", 2)]
    assert [
        (one.newest.attempt_id, one.newest.event_type.value, one.times >= 5) for one in feeds[1]
    ] == [(loud, "tab_switch", True), (loud, "phone", False), (neighbour, "print", False)]


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.ADMIN])
async def test_given_staff_who_sit_themselves_then_their_wall_holds_nothing_of_their_own(
    monitored: World, role: Role
) -> None:
    exam, eve, colleague = publish(monitored, content()), monitored.person(role), Role.PROCTOR
    _, attempt_id = await sit(monitored, exam, eve)
    _open(monitored, attempt_id)

    own = await monitored.services.wall.snapshot(eve.actor)
    others = await monitored.services.wall.snapshot(monitored.person(colleague).actor)

    assert (own.rows, own.feed, own.exams, own.counts) == ((), (), (), WallCounts())
    assert (len(others.rows), len(others.feed), others.counts.alerts) == (1, 1, 1)


async def test_given_an_assigned_exam_then_nobody_else_sees_its_tiles_counts_or_feed(
    monitored: World,
) -> None:
    hers, other = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    exam = publish(monitored, content())
    _assign(monitored, exam, hers)
    _, attempt_id = await sit(monitored, exam)
    _open(monitored, attempt_id)
    wall = monitored.services.wall

    for who, count in ((hers, 1), (other, 0), (monitored.person(Role.ADMIN), 1)):
        view = await wall.snapshot(who.actor)
        assert (len(view.rows), view.counts.alerts, len(view.feed), len(view.exams)) == (count,) * 4
    await wall.allow_exam(hers.actor, exam.id)
    with pytest.raises(NotAllowed):
        await wall.allow_exam(other.actor, exam.id)
    with pytest.raises(NotFound):
        await wall.allow_exam(other.actor, "nothing")
    with pytest.raises(NotAllowed):
        await wall.allow_exam(monitored.person().actor, "")


async def test_given_many_who_look_at_once_then_the_database_is_read_for_all_together(
    monitored: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    wall: Wall = monitored.services.wall
    read = wall._shared._read

    async def counted() -> object:
        reads.append(1)
        return await read()

    monkeypatch.setattr(wall._shared, "_read", counted)
    proctors = [monitored.person(Role.PROCTOR).actor for _ in range(5)]

    await asyncio.gather(*(wall.snapshot(one) for one in proctors for _ in range(4)))
    await wall.snapshot(proctors[0], at_once=True)

    assert len(reads) == 1


async def test_given_an_incident_of_long_ago_then_the_feed_tells_of_it_only_while_it_is_open(
    monitored: World,
) -> None:
    _, attempt_id = await _start(monitored, "was absent", [])
    opened_at = monitored.clock() - timedelta(hours=3)
    for kind, closed_at in (("phone", None), ("face_absent", opened_at)):
        _open(monitored, attempt_id, event_type=kind, opened_at=opened_at, closed_at=closed_at)

    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)

    assert [item.newest.event_type for item in view.feed] == [EventType.PHONE]


@pytest.mark.parametrize("role", Role)
async def test_given_a_role_then_the_wall_is_for_staff_and_the_counts_for_admins(
    monitored: World, role: Role
) -> None:
    actor = monitored.person(role).actor
    wall = monitored.services.wall

    if role is Role.STUDENT:
        with pytest.raises(NotAllowed):
            await wall.snapshot(actor)
    else:
        assert (await wall.snapshot(actor)).rows == ()
    if role is Role.ADMIN:
        assert (await wall.counts(actor)).running == 0
    else:
        with pytest.raises(NotAllowed):
            await wall.counts(actor)


async def test_given_an_exam_then_it_is_counted_how_many_have_begun_and_who_is_checking_in(
    monitored: World,
) -> None:
    exam, other = publish(monitored, content()), publish(monitored, content())
    eve = monitored.person(Role.PROCTOR)
    for _ in range(2):
        await sit(monitored, exam)
    _, attempt_id = await sit(monitored, exam)
    await sit(monitored, other)
    with monitored.database.write() as session:
        row = session.get_one(Attempt, attempt_id)
        row.status, row.started_at = AttemptStatus.READY.value, None
    wall = monitored.services.wall

    assert await wall.attendance(eve.actor, exam.id) == Attendance(2, 1, None)

    with monitored.database.write() as session:
        session.get_one(Exam, exam.id).access = "roster"
        session.add(
            RosterEntry(
                exam_id=exam.id, user_id=None, email="a@example.test", added_at=monitored.clock()
            )
        )
    assert (await wall.attendance(eve.actor, exam.id)).expected is None, "counted a moment ago"
    monitored.clock.advance(2.5)
    assert await wall.attendance(eve.actor, exam.id) == Attendance(2, 1, 1)


async def test_given_an_exam_of_others_then_nobody_else_is_told_how_many_have_begun(
    monitored: World,
) -> None:
    exam, wall = publish(monitored, content()), monitored.services.wall
    hers = monitored.person(Role.PROCTOR)
    _assign(monitored, exam, hers)
    await wall.attendance(hers.actor, exam.id)

    for who in (monitored.person(Role.PROCTOR), monitored.person()):
        with pytest.raises(NotAllowed):
            await wall.attendance(who.actor, exam.id)
    with pytest.raises(NotFound):
        await wall.attendance(hers.actor, "nothing")
