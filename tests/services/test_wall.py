"""The proctor's live view: who needs attention first."""

import pytest

from proctor_app.db.tables import Attempt, Incident
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import NotAllowed
from proctor_app.services.attempts import Attempts
from proctor_app.services.wall import Counts
from proctor_app.vision.observation import QualityProblem
from tests.fakes import jpeg, seen
from tests.world import Person, World, eventually


async def _start(world: World, name: str, faces: list[int]) -> tuple[Person, str]:
    """A running attempt that has sent a picture a second, showing so many faces."""
    who = world.person(name=name)
    started = await world.services.sessions.start(who.actor, who.id)
    for count in faces:
        world.clock.advance(1.0)
        world.engine.faces = count
        await world.services.monitoring.ingest(who.actor, started.attempt.id, jpeg())
    return who, started.attempt.id


async def test_given_nobody_runs_then_the_wall_is_empty(monitored: World) -> None:
    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)

    assert (view.rows, view.taken_at) == ((), monitored.clock())


async def test_given_candidates_then_open_alerts_stand_first_then_notices_then_the_lower_score(
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
        (row.candidate, [incident.event_type.value for incident in row.open_incidents])
        for row in view.rows
    ] == [
        ("is absent", ["face_absent"]),
        ("is in the dark", ["frame_quality_low"]),
        ("was absent", []),
        ("is calm", []),
    ]
    # 10 x 1 x 3/30, and 3 x 1 x 5/60 until now
    assert [row.compliance for row in view.rows] == [99.3, 99.8, 99.0, 100.0]


async def test_given_a_row_then_it_shows_the_newest_picture_and_its_age(monitored: World) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    await _start(monitored, "with pictures", [1, 1])
    monitored.clock.advance(1.4)

    (row,) = (await monitored.services.wall.snapshot(proctor)).rows

    assert (row.frame_number, row.picture_age_s) == (2, 1.4)
    assert row.live.face == "one"


async def test_given_no_picture_yet_then_there_is_none_and_nothing_is_known(
    monitored: World,
) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    await _start(monitored, "without pictures", [])

    (row,) = (await monitored.services.wall.snapshot(proctor)).rows

    assert (row.frame_number, row.picture_age_s, row.live.face) == (None, None, "unknown")


async def test_given_attempts_in_every_state_then_the_wall_shows_those_that_go_on(
    monitored: World,
) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    await _start(monitored, "runs", [1])
    who, _ = await _start(monitored, "has ended", [1])
    await monitored.services.sessions.stop(who.actor, who.id)
    attempts = Attempts(monitored.database, monitored.services.audit, monitored.clock, 60)
    for name in ("interrupted", "timed out"):
        _, attempt_id = await _start(monitored, name, [])
        if name == "interrupted":
            attempts.interrupt(attempt_id, "Silence.")
        else:
            attempts.end(attempt_id, AttemptStatus.TIMED_OUT, "The time was up.")

    view = await monitored.services.wall.snapshot(proctor)

    assert sorted(row.candidate for row in view.rows) == ["interrupted", "runs"]
    with monitored.services.broadcast.subscribe():
        counts = await monitored.services.wall.counts(monitored.person(Role.ADMIN).actor)
    assert counts == Counts(running=1, interrupted=1, finished=2, watchers=1)


async def test_given_a_paused_attempt_then_it_is_on_the_wall_and_not_finished(
    monitored: World,
) -> None:
    _, attempt_id = await _start(monitored, "paused", [1])
    with monitored.database.write() as session:
        session.get_one(Attempt, attempt_id).status = "paused"

    view = await monitored.services.wall.snapshot(monitored.person(Role.PROCTOR).actor)
    counts = await monitored.services.wall.counts(monitored.person(Role.ADMIN).actor)

    assert [row.attempt.status for row in view.rows] == ["paused"]
    assert counts == Counts(running=0, interrupted=0, finished=0, watchers=0)


async def test_given_a_silent_candidate_then_a_gap_is_a_notice_on_the_wall(
    monitored: World,
) -> None:
    proctor = monitored.person(Role.PROCTOR).actor
    await _start(monitored, "silent", [1])
    monitored.clock.advance(6)
    await eventually(lambda: monitored.count(Incident) == 1)

    (row,) = (await monitored.services.wall.snapshot(proctor)).rows

    assert [incident.severity for incident in row.open_incidents] == ["notice"]
    assert row.live.face == "unknown"


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
