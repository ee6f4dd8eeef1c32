"""Who is looking, and who took notice: proctors of a team see each other."""

from datetime import timedelta

import pytest

from proctor_app.db.tables import AuditEntry, ExamProctor, Incident
from proctor_app.domain.access import Role
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.attention import LASTS
from proctor_app.services.broadcast import DeskNews, ReviewNews
from tests.seats import content, publish, sit
from tests.world import Person, World


@pytest.fixture
async def attempt_id(monitored: World) -> str:
    return (await sit(monitored, publish(monitored, content())))[1]


def _proctor(world: World, name: str) -> Person:
    return world.person(Role.PROCTOR, name)


def _open(world: World, attempt_id: str, kind: str, minutes_ago: float, *, closed: bool) -> int:
    opened_at = world.clock() - timedelta(minutes=minutes_ago)
    row = Incident(
        attempt_id=attempt_id,
        event_type=kind,
        severity="alert",
        opened_at=opened_at,
        closed_at=opened_at if closed else None,
        confidence=1.0,
    )
    with world.database.write() as session:
        session.add(row)
    assert row.id is not None
    return row.id


async def test_given_proctors_who_look_then_each_is_named_once_until_they_leave(
    monitored: World, attempt_id: str
) -> None:
    attention, eve, max_ = monitored.services.attention, *map(_proctor, [monitored] * 2, "EM")
    with monitored.services.broadcast.subscribe() as news:
        await attention.look(eve.actor, attempt_id, "a tab")
        await attention.look(eve.actor, attempt_id, "another tab")
        await attention.look(max_.actor, attempt_id, "his tab")
        assert attention.looking(attempt_id) == ("E", "M")
        assert attention.all(besides=eve.id) == {attempt_id: ("M",)}
        attention.leave("a tab")
        attention.leave("his tab")
        attention.leave("his tab")
        assert attention.looking(attempt_id) == ("E",)
        assert await news.wait(1) == [DeskNews(attempt_id)] * 5


async def test_given_no_sign_for_a_while_then_nobody_looks_any_more(
    monitored: World, attempt_id: str
) -> None:
    attention, eve = monitored.services.attention, _proctor(monitored, "E")
    await attention.look(eve.actor, attempt_id, "tab")
    monitored.clock.advance(LASTS.total_seconds())
    assert attention.still(eve.actor, attempt_id, "tab")
    monitored.clock.advance(LASTS.total_seconds())
    assert attention.looking(attempt_id) == ("E",)

    monitored.clock.advance(0.1)

    assert attention.looking(attempt_id) == ()
    assert not attention.still(eve.actor, attempt_id, "tab")


async def test_given_another_candidate_then_a_page_looks_at_that_one_alone(
    monitored: World, attempt_id: str
) -> None:
    attention, eve = monitored.services.attention, _proctor(monitored, "E")
    _, other = await sit(monitored, publish(monitored, content()))
    await attention.look(eve.actor, attempt_id, "tab")

    await attention.look(eve.actor, other, "tab")

    assert attention.all() == {other: ("E",)}
    assert not attention.still(eve.actor, attempt_id, "tab")
    assert not attention.still(_proctor(monitored, "M").actor, other, "tab")


async def test_given_a_repeated_incident_then_it_is_acknowledged_with_those_before_it_alone(
    monitored: World, attempt_id: str
) -> None:
    eve = _proctor(monitored, "E")
    first = _open(monitored, attempt_id, "phone", 9, closed=True)
    second = _open(monitored, attempt_id, "phone", 5, closed=True)
    third = _open(monitored, attempt_id, "phone", 1, closed=False)
    other = _open(monitored, attempt_id, "tab_switch", 5, closed=True)
    acknowledging = monitored.services.acknowledging
    with monitored.services.broadcast.subscribe() as news:
        assert await acknowledging.incident(eve.actor, second) == 2
        assert await acknowledging.incident(eve.actor, second) == 0
        assert await news.wait(1) == [ReviewNews(attempt_id)]

    by = {row.id: row.acknowledged_by for row in monitored.rows(Incident)}
    assert by == {first: eve.id, second: eve.id, third: "", other: ""}
    (entry,) = [e for e in monitored.rows(AuditEntry) if e.action == "incident.acknowledged"]
    assert (entry.actor_id, entry.subject_id) == (eve.id, attempt_id)
    view = await monitored.services.wall.snapshot(eve.actor)
    seen = [(item.newest.id, item.newest.is_acknowledged, item.times) for item in view.feed]
    assert seen == [(other, False, 1), (third, False, 3)]


async def test_given_two_lines_of_the_feed_then_acknowledging_one_leaves_the_other(
    monitored: World, attempt_id: str
) -> None:
    eve, acknowledging = _proctor(monitored, "E"), monitored.services.acknowledging
    ids = [_open(monitored, attempt_id, "phone", ago, closed=True) for ago in (59, 30, 21, 12)]
    assert await acknowledging.incident(eve.actor, ids[2]) == 2  # 9 minutes apart

    view = await monitored.services.wall.snapshot(eve.actor)
    assert [(one.newest.id, one.times) for one in view.feed] == [(ids[3], 3), (ids[0], 1)]
    assert await acknowledging.incident(eve.actor, ids[3]) == 1

    view = await monitored.services.wall.snapshot(eve.actor)
    assert [one.newest.is_acknowledged for one in view.feed] == [True, False]


async def test_given_an_attempt_then_all_that_stands_open_in_it_is_acknowledged(
    monitored: World, attempt_id: str
) -> None:
    eve = _proctor(monitored, "Eve")
    stands = {_open(monitored, attempt_id, kind, 1, closed=False) for kind in ("phone", "print")}
    _open(monitored, attempt_id, "tab_switch", 1, closed=True)

    assert await monitored.services.acknowledging.attempt(eve.actor, attempt_id) == 2

    assert {row.id for row in monitored.rows(Incident) if row.acknowledged_at} == stands
    view = await monitored.services.wall.snapshot(eve.actor)
    assert {item.newest.seen_by for item in view.feed} == {"Eve", ""}


async def test_given_somebody_whose_exam_it_is_not_then_they_neither_look_nor_acknowledge(
    monitored: World,
) -> None:
    exam = publish(monitored, content())
    hers = _proctor(monitored, "hers")
    with monitored.database.write() as session:
        session.add(ExamProctor(exam_id=exam.id, user_id=hers.id))
    candidate, attempt_id = await sit(monitored, exam)
    incident_id = _open(monitored, attempt_id, "phone", 0, closed=False)
    services = monitored.services

    for who in (_proctor(monitored, "other"), candidate, monitored.person()):
        with pytest.raises(NotAllowed):
            await services.attention.look(who.actor, attempt_id, "tab")
        with pytest.raises(NotAllowed):
            await services.acknowledging.incident(who.actor, incident_id)
        with pytest.raises(NotAllowed):
            await services.acknowledging.attempt(who.actor, attempt_id)
    assert services.attention.all() == {}
    assert [row.acknowledged_at for row in monitored.rows(Incident)] == [None]


async def test_given_nothing_there_then_it_is_said(monitored: World) -> None:
    eve = _proctor(monitored, "E").actor
    with pytest.raises(NotFound):
        await monitored.services.attention.look(eve, "nothing", "tab")
    with pytest.raises(NotFound):
        await monitored.services.acknowledging.attempt(eve, "nothing")
    for incident_id in (0, -1, 2**40, 2**63, 2**70):
        with pytest.raises(NotFound):
            await monitored.services.acknowledging.incident(eve, incident_id)


async def test_given_staff_who_sit_themselves_then_they_neither_look_at_nor_acknowledge_their_own(
    monitored: World,
) -> None:
    eve = _proctor(monitored, "E")
    _, attempt_id = await sit(monitored, publish(monitored, content()), eve)
    incident_id = _open(monitored, attempt_id, "phone", 0, closed=False)

    with pytest.raises(NotAllowed):
        await monitored.services.acknowledging.incident(eve.actor, incident_id)
    with pytest.raises(NotAllowed):
        await monitored.services.attention.look(eve.actor, attempt_id, "tab")
