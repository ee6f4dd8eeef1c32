"""One attempt as a proctor looks at it, and what they do about it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Verdict
from proctor_app.domain.score import WEIGHTS
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound
from proctor_app.services import scores
from proctor_app.services.broadcast import MessageNews
from proctor_app.services.container import Services
from proctor_app.services.desk import CandidateView, Desk
from proctor_app.services.desk_actions import DeskActions
from proctor_app.services.evidence import Moment
from tests.fakes import jpeg
from tests.papers import (
    SetExam,
    assign,
    attempt_row,
    begun,
    browser_only,
    put_on_roster,
    set_exam,
    with_,
)
from tests.world import Person, World, eventually


@pytest.fixture
def desk(monitored: World) -> Desk:
    return monitored.services.desk


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Pat")


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored, with_(browser_only(), shuffle_questions=False))


@pytest.fixture
async def attempt_id(monitored: World, ana: Person, exam: SetExam) -> str:
    return await begun(monitored, ana, exam)


def _incident(world: World, attempt_id: str, **columns: object) -> int:
    """An incident that has ended, counted as the product counts it; its id."""
    opened_at = world.clock()
    values: dict[str, Any] = {
        "event_type": "phone",
        "severity": "alert",
        "opened_at": opened_at,
        "closed_at": opened_at + timedelta(seconds=5),
        "confidence": 1.0,
    } | columns
    with world.database.write() as session:
        attempt = session.get_one(tables.Attempt, attempt_id)
        row = tables.Incident(attempt_id=attempt_id, **values)
        session.add(row)
        session.flush()
        scores.price(row, WEIGHTS)
        scores.changed(session, attempt, [row])
        assert row.id is not None
        return row.id


async def test_given_an_exam_with_answers_then_it_is_known_how_far_the_candidate_is_and_no_answer(
    monitored: World, desk: Desk, ana: Person, proctor: Person, attempt_id: str
) -> None:
    sitting = monitored.services.sitting
    await sitting.save(ana.actor, attempt_id, "q-single", "4")
    await sitting.save(ana.actor, attempt_id, "q-multiple", flagged=True)
    with monitored.database.write() as session:
        for question, left in (("q-single", monitored.clock()), ("q-short", None)):
            session.add(
                tables.QuestionView(
                    attempt_id=attempt_id,
                    question_id=question,
                    entered_at=monitored.clock(),
                    left_at=left,
                )
            )

    view = await desk.candidate(proctor.actor, attempt_id)

    assert (view.candidate, view.title, view.level) == ("Ana", "Arithmetic", "browser")
    assert [(q.number, q.is_answered, q.is_flagged, q.is_here) for q in view.questions] == [
        (1, True, False, False),
        (2, False, True, False),
        (3, False, False, False),
        (4, False, False, True),
        (5, False, False, False),
    ]
    assert "Lima" not in repr(view)


async def test_given_a_stream_then_face_and_age_of_the_picture_are_told(
    monitored: World, desk: Desk, ana: Person, proctor: Person
) -> None:
    started = await monitored.services.sessions.start(ana.actor, ana.id)
    before = await desk.candidate(proctor.actor, started.attempt.id)
    for number in range(2):
        monitored.clock.advance(1)
        await monitored.services.monitoring.ingest(ana.actor, started.attempt.id, jpeg(number))
    monitored.clock.advance(1.4)

    after = await desk.candidate(proctor.actor, started.attempt.id)

    assert (before.stream.picture_age_s, before.stream.frames, before.stream.status.face) == (
        None,
        0,
        "unknown",
    )
    assert (after.stream.picture_age_s, after.stream.frames, after.stream.status.face) == (
        1.4,
        2,
        "one",
    )
    assert (after.title, after.questions) == (None, ())


async def test_given_incidents_then_compliance_is_explained_term_by_term_with_what_is_open(
    monitored: World, desk: Desk, proctor: Person, attempt_id: str
) -> None:
    for _ in range(4):
        _incident(monitored, attempt_id)
        monitored.clock.advance(10)
    opened_at = monitored.clock() - timedelta(seconds=15)
    absent = {"event_type": "face_absent", "opened_at": opened_at, "closed_at": None}
    _incident(monitored, attempt_id, **absent)
    _incident(monitored, attempt_id, event_type="head_turned", verdict="passed")

    view = await desk.candidate(proctor.actor, attempt_id)

    terms = {one.term.event_type: one for one in view.terms}
    phone, face = terms[EventType.PHONE], terms[EventType.FACE_ABSENT]
    assert (phone.term.points_lost, phone.cap, phone.is_capped) == (60.0, 60, True)
    assert (face.term.points_lost, face.is_capped) == (5.0, False)  # half of 30 s at 10 points
    assert terms[EventType.HEAD_TURNED].term.points_lost == 0
    assert view.compliance == 35.0
    assert [one.verdict for one in view.incidents].count(Verdict.PASSED) == 1


async def test_given_a_hidden_incident_then_the_page_knows_nothing_of_it(
    monitored: World, desk: Desk, proctor: Person, attempt_id: str
) -> None:
    _incident(monitored, attempt_id, hidden_at=monitored.clock())
    gap = {"event_type": "monitoring_gap", "severity": "notice"}
    _incident(monitored, attempt_id, hidden_at=monitored.clock(), **gap)

    view = await desk.candidate(proctor.actor, attempt_id)

    assert (view.incidents, view.terms, view.spans) == ((), (), ())


async def test_given_pictures_of_an_incident_then_they_stand_in_the_order_they_were_taken(
    monitored: World, desk: Desk, proctor: Person, attempt_id: str
) -> None:
    incident_id = _incident(monitored, attempt_id)
    moments = ((0, Moment.AT, 0), (1, Moment.BEFORE, -2), (2, Moment.AFTER, 2))
    with monitored.database.write() as session:
        for ordinal, moment, seconds in moments:
            session.add(
                tables.Evidence(
                    incident_id=incident_id,
                    ordinal=ordinal,
                    moment=moment.value,
                    taken_at=monitored.clock() + timedelta(seconds=seconds),
                    sha256="0" * 64,
                    size_bytes=1,
                    key=f"a/{ordinal}",
                )
            )

    view = await desk.candidate(proctor.actor, attempt_id)

    assert [shot.moment for shot in view.shots[incident_id]] == ["before", "at", "after"]
    assert view.incidents[0].evidence_count == 3


async def test_given_gaps_pauses_and_interruptions_then_each_is_a_span_of_its_own_kind(
    monitored: World, desk: Desk, ana: Person, proctor: Person, attempt_id: str
) -> None:
    clock, sessions = monitored.clock, monitored.services.sessions
    start = clock()
    clock.advance(2)
    await sessions.pause(proctor.actor, ana.id, "A call")
    clock.advance(20)
    await sessions.resume(proctor.actor, ana.id)
    gap = {"event_type": "monitoring_gap", "severity": "notice"}
    _incident(monitored, attempt_id, **gap)
    clock.advance(2)
    with monitored.database.write() as session:
        session.add(
            tables.AttemptEvent(
                attempt_id=attempt_id, at=clock(), kind="interrupted", detail="Silence."
            )
        )

    view = await desk.candidate(proctor.actor, attempt_id)

    def since_start(moment: object) -> object:
        return None if moment is None else (moment - start).total_seconds()  # type: ignore[operator]

    assert [(s.kind, since_start(s.began_at), since_start(s.ended_at)) for s in view.spans] == [
        ("paused", 2, 22),
        ("gap", 22, 27),
        ("interrupted", 24, None),
    ]
    assert ("paused", "A call") in [(line.kind, line.detail) for line in view.history]


async def test_given_very_many_pauses_then_the_newest_are_read_and_the_longest_shown(
    monitored: World,
    desk: Desk,
    proctor: Person,
    attempt_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("proctor_app.services.desk._HISTORY", 10)
    monkeypatch.setattr("proctor_app.services.desk._SPANS", 3)
    start = monitored.clock()
    with monitored.database.write() as session:
        for number, length_s in enumerate((9, 9, 9, 1, 4, 2, 5, 3)):
            for seconds, kind in ((0, "paused"), (length_s, "running")):
                at = start + timedelta(seconds=10 * number + seconds)
                session.add(tables.AttemptEvent(attempt_id=attempt_id, at=at, kind=kind))
                session.flush()

    view = await desk.candidate(proctor.actor, attempt_id)

    spans = [(s.began_at - start, s.ended_at and s.ended_at - start) for s in view.spans]
    assert spans == [
        (timedelta(seconds=began_s), timedelta(seconds=ended_s))
        for began_s, ended_s in ((40, 44), (60, 65), (70, 73))
    ]
    assert len(view.history) == 10
    assert view.history[-1].at == start + timedelta(seconds=73)


async def test_given_other_attempts_then_a_proctor_sees_those_of_their_exams_and_an_admin_all(
    monitored: World, desk: Desk, ana: Person, proctor: Person
) -> None:
    mine, others = (set_exam(monitored, with_(browser_only(), title=t)) for t in ("Mine", "Others"))
    assign(monitored, others, monitored.person(Role.PROCTOR))
    for exam in (mine, others):
        attempt = await begun(monitored, ana, exam)
        await monitored.services.sitting.submit(ana.actor, attempt)
    put_on_roster(monitored, mine, ana)
    started = await monitored.services.sessions.start(ana.actor, ana.id)

    seen = await desk.candidate(proctor.actor, started.attempt.id)
    admin = monitored.person(Role.ADMIN)
    all_of_them = await desk.candidate(admin.actor, started.attempt.id)

    assert [one.title for one in seen.others] == ["Mine"]
    assert {one.title for one in all_of_them.others} == {"Mine", "Others"}


async def test_given_very_many_incidents_then_the_newest_and_the_gravest_are_handed_out(
    monitored: World,
    desk: Desk,
    proctor: Person,
    attempt_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("proctor_app.services.desk.DRAWN", 6)
    monkeypatch.setattr("proctor_app.services.desk._GRAVEST", 2)
    ids = []
    for number in range(12):
        monitored.clock.advance(0.1)
        severity = "alert" if number in (0, 2, 4) else "notice"
        ids.append(_incident(monitored, attempt_id, severity=severity))

    view = await desk.candidate(proctor.actor, attempt_id)

    assert [one.id for one in view.incidents] == [ids[2], ids[4], *ids[6:]]
    assert view.attempt.incidents == 12


_DEEDS: dict[str, Callable[[Services, Actor, str], Awaitable[object]]] = {
    "look": lambda s, a, i: s.desk.candidate(a, i),
    "messages": lambda s, a, i: s.desk_actions.messages(a, i),
    "saw": lambda s, a, i: s.desk_actions.saw(a, i),
    "say": lambda s, a, i: s.desk_actions.say(a, i, "Hello"),
    "warn": lambda s, a, i: s.desk_actions.say(a, i, "Hello", warn=True),
    "pause": lambda s, a, i: s.desk_actions.pause(a, i, ""),
    "resume": lambda s, a, i: s.desk_actions.resume(a, i),
    "terminate": lambda s, a, i: s.desk_actions.terminate(a, i, "Because."),
}


def test_no_deed_of_the_page_is_left_out_of_the_walk() -> None:
    public = {name for name in vars(DeskActions) if not name.startswith("_")}
    assert public
    assert public <= set(_DEEDS)


async def test_whoever_is_not_assigned_to_the_exam_or_sits_it_themselves_is_refused(
    monitored: World, exam: SetExam, attempt_id: str, ana: Person, proctor: Person
) -> None:
    assign(monitored, exam, monitored.person(Role.PROCTOR))
    before = attempt_row(monitored, attempt_id).status

    stranger = monitored.person()
    for deed in _DEEDS.values():
        for who in (proctor, ana, stranger):
            with pytest.raises(NotAllowed):
                await deed(monitored.services, who.actor, attempt_id)

    assert attempt_row(monitored, attempt_id).status == before
    assert monitored.rows(tables.Message) == []


async def test_nobody_of_the_staff_does_anything_about_their_own_attempt(
    monitored: World, exam: SetExam
) -> None:
    admin = monitored.person(Role.ADMIN)
    attempt_id = await begun(monitored, admin, exam)

    for deed in _DEEDS.values():
        with pytest.raises(NotAllowed, match="your own"):
            await deed(monitored.services, admin.actor, attempt_id)


async def test_given_an_unknown_attempt_then_it_is_not_there(
    monitored: World, desk: Desk, proctor: Person
) -> None:
    with pytest.raises(NotFound):
        await desk.candidate(proctor.actor, "nowhere")


async def test_given_the_attempt_is_over_then_the_candidates_next_one_is_left_alone(
    monitored: World, ana: Person, proctor: Person, attempt_id: str
) -> None:
    actions = monitored.services.desk_actions
    await monitored.services.sitting.submit(ana.actor, attempt_id)
    newer = (await monitored.services.sessions.start(ana.actor, ana.id)).attempt.id

    for deed in ("pause", "resume", "terminate", "say", "warn"):
        with pytest.raises(Conflict):
            await _DEEDS[deed](monitored.services, proctor.actor, attempt_id)

    assert attempt_row(monitored, newer).status == AttemptStatus.RUNNING
    assert await actions.messages(proctor.actor, attempt_id) == ()


async def test_given_a_pause_with_a_reason_then_it_goes_on_and_ends_by_the_proctors_word(
    monitored: World, desk: Desk, proctor: Person, attempt_id: str
) -> None:
    actions = monitored.services.desk_actions

    paused = await actions.pause(proctor.actor, attempt_id, "The fire alarm rings.")
    assert (paused.status, paused.status_reason) == ("paused", "The fire alarm rings.")
    resumed = await actions.resume(proctor.actor, attempt_id)
    assert resumed.status == AttemptStatus.RUNNING
    with pytest.raises(Invalid):
        await actions.terminate(proctor.actor, attempt_id, "  ")
    ended = await actions.terminate(proctor.actor, attempt_id, "Left the room.")

    assert (ended.status, ended.status_reason) == ("terminated", "Left the room.")
    view: CandidateView = await desk.candidate(proctor.actor, attempt_id)
    assert view.history[-1].detail == "Left the room."


async def test_given_words_and_a_warning_then_both_are_kept_and_told_apart(
    monitored: World, ana: Person, proctor: Person, attempt_id: str
) -> None:
    actions = monitored.services.desk_actions
    with monitored.services.broadcast.subscribe(attempt_id) as news:
        await actions.say(proctor.actor, attempt_id, "Can you hear me?")
        await actions.say(proctor.actor, attempt_id, "Put the book away.", warn=True)
        told = [one for one in await news.wait(1) if isinstance(one, MessageNews)]
    await monitored.services.sitting.send_message(ana.actor, attempt_id, "Yes.")

    said = await actions.messages(proctor.actor, attempt_id)
    await actions.saw(proctor.actor, attempt_id)

    assert [(one.action, one.text) for one in told] == [
        ("message", "Can you hear me?"),
        ("warning", "Put the book away."),
    ]
    assert [(one.author, one.kind) for one in said] == [
        ("proctor", "message"),
        ("proctor", "warning"),
        ("candidate", "message"),
    ]
    await eventually(lambda: all(row.seen_at for row in monitored.rows(tables.Message)))
