"""Every query of the desk finds its rows by an index, on every database: so a million incidents
are no slower to look through than the few that are looked for."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session

from proctor_app.db.migrations import upgrade
from proctor_app.db.repositories.analytics import AnalyticsRows, Scope
from proctor_app.db.repositories.bulk_reviews import BulkReviews, Unjudged
from proctor_app.db.repositories.desk import DeskRows
from proctor_app.db.repositories.exams import ExamFilter, ExamPlace
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.marking import MarkingRows
from proctor_app.db.repositories.messages import Messages as MessageRows
from proctor_app.db.repositories.review_queue import QueuePlace, QueueQuery, ReviewQueue
from proctor_app.db.repositories.reviews import ReviewRows
from proctor_app.db.repositories.wall import Wall
from proctor_app.db.session import Database
from proctor_app.db.tables import Attempt, Incident
from proctor_app.domain.review import QueueKind, QueueSort
from proctor_app.services import wall_snapshot
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.scores import slot_of
from proctor_app.services.versions import Versions
from proctor_app.services.wall_snapshot import WallReader
from tests.crowds import START, Crowd, analyse, fill
from tests.databases import BACKENDS, empty_database
from tests.plans import Asked, asked, assert_indexed, full_scans

pytestmark = pytest.mark.every_database
_EXAMS, _CANDIDATES, _INCIDENTS, _ELSEWHERE = 14, 12, 30, 1500
_SCOPES = (Scope("exam3"), Scope(None), Scope("exam3", START))
Call = Callable[[AnalyticsRows, Scope], object]


@pytest.fixture(scope="module", params=BACKENDS)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Exams that are over and judged but for one, one that runs, and free sessions; the database
    has counted its rows."""
    with empty_database(request.param, tmp_path_factory.mktemp("plans")) as url:
        found = Database(url)
        upgrade(found.engine)
        for number in range(_EXAMS):
            is_done = number < _EXAMS - 1
            status, judged = ("passed", 1.0) if is_done else ("submitted", 0.2)
            name = f"exam{number}"
            size = (_CANDIDATES, _INCIDENTS, START)
            fill(found, Crowd(name, *size, status=status, judged=judged))
        # So many that reading all attempts is never the shorter way to those of one exam.
        fill(found, Crowd("elsewhere", _ELSEWHERE, 1, START, status="passed", judged=1.0))
        fill(found, Crowd("now", _CANDIDATES, _INCIDENTS, START, status="running"))
        fill(found, Crowd(None, _CANDIDATES, _INCIDENTS, START, status="passed", judged=1.0))
        analyse(found)
        yield found
        found.close()


_ANALYTICS: dict[str, Call] = {
    "exams": lambda rows, scope: rows.exams(None, 100),
    "exams of a proctor": lambda rows, scope: rows.exams("somebody", 100),
    "sat last": lambda rows, scope: rows.sat_last(None),
    "sat last, of a proctor": lambda rows, scope: rows.sat_last("somebody"),
    "standing": lambda rows, scope: rows.standing(scope),
    "compliance": lambda rows, scope: rows.compliance(scope, (0.0, 50.0, 90.0)),
    "by type and time": lambda rows, scope: rows.by_type_and_time(scope, 3),
    "riskiest": lambda rows, scope: rows.riskiest(scope, 30, 0),
    "riskiest, second page": lambda rows, scope: rows.riskiest(scope, 5, 5),
    "cells": lambda rows, scope: rows.cells([f"exam3-a{number}" for number in range(10)]),
    "question times": lambda rows, scope: rows.question_times(scope),
    "incidents before questions": lambda rows, scope: rows.question_incidents(scope),
    "newest version": lambda rows, scope: rows.newest_version(scope),
    "verdict pairs": lambda rows, scope: rows.verdict_pairs(scope),
}


@pytest.mark.parametrize("name", _ANALYTICS)
def test_the_analytics_read_by_index(database: Database, name: str) -> None:
    for scope in _SCOPES:
        with database.read() as session:
            rows = AnalyticsRows(session)
            assert_indexed(database, lambda: _ANALYTICS[name](rows, scope))  # noqa: B023 - at once


_SOON = START + timedelta(minutes=90)
_WALL: dict[str, Callable[[Wall], object]] = {
    "seats": lambda rows: rows.seats(["running", "paused", "interrupted"]),
    "open notes": lambda rows: rows.open_notes(),
    "late notes": lambda rows: rows.late_notes(_SOON, 500),
    "assigned": lambda rows: rows.assigned(["now", "exam3"]),
    "notes": lambda rows: rows.notes([1, 2, 3]),
    "newest of each": lambda rows: rows.newest_of_each(_SOON),
    "newest by type": lambda rows: rows.newest_by_type(["now-a1", "now-a2"], slot_of(_SOON)),
    "watched": lambda rows: rows.watched(["now-a1", "now-a2"], "somebody", "me"),
    "watched by an admin": lambda rows: rows.watched(["now-a1"], None, "me"),
    "attendance": lambda rows: rows.attendance("now"),
    "unacknowledged": lambda rows: rows.unacknowledged("now-a1", _SOON),
    "up to one": lambda rows: rows.up_to("now-a1", "phone", START, 1000),
}


@pytest.mark.parametrize("name", _WALL)
def test_the_wall_reads_by_index(database: Database, name: str) -> None:
    with database.read() as session:
        rows = Wall(session)
        assert_indexed(database, lambda: _WALL[name](rows))


@pytest.mark.parametrize("late_notes", [10**6, 30])
def test_one_reading_of_the_wall_asks_little_and_by_index(
    database: Database, late_notes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where more happened than is read: then what others crowded out is asked for, too."""
    monkeypatch.setattr(wall_snapshot, "_LATE_NOTES", late_notes)
    monkeypatch.setattr(wall_snapshot, "_LOUD", 4)
    monkeypatch.setattr(wall_snapshot, "_OF_EXAM", 6)  # a table this small is else read in full
    rules = ExamRules(database, Versions(database))
    with database.write() as session:
        session.add(
            Incident(
                attempt_id="now-a1",
                event_type="phone",
                severity="alert",
                opened_at=_SOON,
                confidence=1.0,
            )
        )
    reader = WallReader(database, rules, lambda: START + timedelta(minutes=120))
    with asked(database) as statements:
        snapshot = reader.read()

    assert len(snapshot.seats) == _CANDIDATES
    assert any(seat.open_incidents for seat in snapshot.seats)
    assert len(statements) <= (12 if late_notes == 30 else 9)
    assert (len(snapshot.notes) > late_notes) == (late_notes == 30)
    # All of the few messages here are asked for: then a table is rightly read in full.
    others = [one for one in statements if "FROM messages" not in one.statement]
    assert full_scans(database, others) == []


_ID = "now-a3"
_UNJUDGED = Unjudged("exam13", "phone", None, "")
_IDS = [f"now-a{number}" for number in range(_CANDIDATES)]


def _attempt(session: Session) -> Attempt:
    return session.get_one(Attempt, _ID)


def _incident(session: Session) -> int:
    found = DeskRows(session).newest(_ID, 1)[0].id
    assert found is not None
    return found


_DESK: dict[str, Callable[[Session], object]] = {
    "attempt, head": lambda session: DeskRows(session).head(_attempt(session)),
    "attempt, newest": lambda session: DeskRows(session).newest(_ID, 50),
    "attempt, gravest": lambda session: DeskRows(session).gravest(_ID, 50),
    "attempt, open": lambda session: DeskRows(session).open_now(_ID),
    "attempt, gaps": lambda session: DeskRows(session).gaps(_ID, 50),
    "attempt, answers": lambda session: DeskRows(session).answers(_ID),
    "attempt, question": lambda session: DeskRows(session).stands_at(_ID),
    "attempt, others": lambda session: DeskRows(session).others(_attempt(session), 10, "somebody"),
    "wall, unseen messages": lambda session: MessageRows(session).unseen(["now-a1", "now-a2"]),
    "reviews, of": lambda session: ReviewRows(session).of(_ID, [_incident(session)], 50),
    "reviews, accusers": lambda session: ReviewRows(session).accusers(_ID, _incident(session)),
    "reviews, accusers of all": lambda session: ReviewRows(session).accusers(_ID, None),
    "reviews, since": lambda session: ReviewRows(session).given_since(_ID),
    "reviews, verdict": lambda session: ReviewRows(session).last_of_attempt(_ID, standing=True),
    "reviews, to judge": lambda session: ReviewRows(session).to_judge(_ID, 200),
    "reviews, rules": lambda session: ReviewRows(session).judged_by_type("exam3", ["phone"]),
    "bulk, count": lambda session: BulkReviews(session).count(_UNJUDGED),
    "bulk, attempts": lambda session: BulkReviews(session).attempts(_UNJUDGED),
    "queue, appeals": lambda session: ReviewQueue(session).appealed(_IDS),
    "queue, seconds": lambda session: ReviewQueue(session).second_wanted(_IDS),
    **{
        f"queue by {sort}, {kind.name.lower()}, {exam_id or 'all'}, {watcher or 'admin'}": partial(
            lambda kind, exam_id, watcher, sort, session: ReviewQueue(session).page(
                QueueQuery(kind, _ID, exam_id, watcher, sort), None, 20
            ),
            kind,
            exam_id,
            watcher,
            sort,
        )
        for kind in QueueKind
        for exam_id in ("", f"exam{_EXAMS - 1}")
        for watcher in (None, "somebody")
        for sort in QueueSort
    },
    **{
        f"queue by {sort}, {exam_id or 'all'}, second page": partial(
            lambda exam_id, sort, session: ReviewQueue(session).page(
                QueueQuery(QueueKind.ALL, _ID, exam_id, None, sort),
                QueuePlace(80.0, START + timedelta(minutes=60), "now-a3"),
                20,
            ),
            exam_id,
            sort,
        )
        for exam_id in ("", f"exam{_EXAMS - 1}")
        for sort in QueueSort
    },
}


@pytest.mark.parametrize("name", _DESK)
def test_an_attempts_page_and_the_review_queue_read_by_index(database: Database, name: str) -> None:
    with database.read() as session:
        assert_indexed(database, lambda: _DESK[name](session))


_MARKING: dict[str, Callable[[Session], object]] = {
    "left": lambda session: MarkingRows(session).left(["exam3", "exam4", "exam13"]),
    **{
        f"{name}, {marking}, {watcher or 'admin'}": partial(
            lambda ask, marking, watcher, session: ask(
                ExamRows(session), ExamFilter(proctor_id=watcher, marking=marking)
            ),
            ask,
            marking,
            watcher,
        )
        for name, ask in {
            "exams": lambda rows, wanted: rows.page(
                wanted, "created", down=True, start=ExamPlace(START, "exam3"), limit=26
            ),
            "count": lambda rows, wanted: rows.count(wanted, 10_000),
        }.items()
        for marking in ("sat", "left")
        for watcher in ("", "somebody")
    },
}


@pytest.mark.parametrize("name", _MARKING)
def test_what_there_is_to_mark_is_found_by_index(database: Database, name: str) -> None:
    with database.read() as session:
        assert_indexed(database, lambda: _MARKING[name](session))


_SCANS = (
    "SELECT COUNT(*) FROM incidents WHERE detail = 'x'",
    "SELECT i.id FROM incidents i ORDER BY i.confidence LIMIT 3",
    "SELECT a.id FROM attempts AS a, incidents AS b WHERE a.id = b.attempt_id AND b.detail = 'x'",
    "SELECT id FROM messages WHERE text = 'x'",
)


@pytest.mark.parametrize("statement", _SCANS)
def test_a_query_that_reads_a_table_in_full_is_noticed(database: Database, statement: str) -> None:
    assert full_scans(database, [Asked(statement, ())])


def test_what_is_asked_is_told_with_its_values(database: Database, tmp_path: Path) -> None:
    with database.read() as session, asked(database) as statements:
        AnalyticsRows(session).standing(Scope("exam3"))

    (one,) = statements
    assert "exam3" in (one.values.values() if isinstance(one.values, dict) else one.values)
    assert full_scans(database, statements) == []
