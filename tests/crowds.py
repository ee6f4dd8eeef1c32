"""Very many candidates and incidents, put into a database by the database itself.

What happens in an attempt is one of a few scripts, made up here once; the database copies the
script for each attempt that plays it, so a million rows take seconds, on every kind of database.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, insert, text
from sqlmodel import SQLModel, select

from proctor_app.db.session import Database
from proctor_app.db.tables import Attempt, UtcDateTime
from proctor_app.domain.exam import ExamContent, Level
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.domain.score import WEIGHTS
from proctor_app.services import scores
from proctor_app.services.versions import to_json

SCRIPTS = 20
REVIEWERS = ("reviewer-ada", "reviewer-ben", "reviewer-eva")
_TYPES = (
    (EventType.GAZE_OFF_SCREEN, 24), (EventType.HEAD_TURNED, 18), (EventType.FACE_ABSENT, 10),
    (EventType.MOUTH_MOVEMENT, 9), (EventType.WINDOW_BLUR, 8), (EventType.TAB_SWITCH, 6),
    (EventType.FRAME_QUALITY_LOW, 6), (EventType.MONITORING_GAP, 5), (EventType.HAND_GESTURE, 5),
    (EventType.PHONE, 4), (EventType.MULTIPLE_FACES, 2), (EventType.IDENTITY_MISMATCH, 1),
    (EventType.EYES_CLOSED, 1), (EventType.CLIPBOARD, 1),
)  # fmt: skip
_ALERTS = {
    EventType.PHONE, EventType.MULTIPLE_FACES, EventType.FACE_ABSENT, EventType.IDENTITY_MISMATCH,
}  # fmt: skip
_FALSE_ALARMS = {EventType.GAZE_OFF_SCREEN: 0.7, EventType.HEAD_TURNED: 0.5, EventType.PHONE: 0.1}
_BATCH = 1000
_POINTS = 20.0
_LAST_S = 30
"""Incidents that begin so late are open still, where the attempt runs."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """exam_id: None for free sessions. incidents: of each attempt. status: of every attempt.
    begun_at: of all; lasted: since then. judged: the share of incidents with a verdict. minutes:
    that the exam gives. level: of what it watches."""

    exam_id: str | None
    candidates: int
    incidents: int
    begun_at: datetime
    questions: int = 20
    status: str = "submitted"
    lasted: timedelta = timedelta(minutes=120)
    judged: float = 0.2
    minutes: int = 180
    level: Level = Level.CAMERA

    @property
    def prefix(self) -> str:
        return self.exam_id or "free"

    @property
    def ended_at(self) -> datetime:
        return self.begun_at + self.lasted


_HELPERS = MetaData()
_INCIDENTS = Table(
    "crowd_incidents",
    _HELPERS,
    Column("script", Integer, index=True),
    Column("event_type", String(32)),
    Column("severity", String(16)),
    Column("opened_at", UtcDateTime()),
    Column("closed_at", UtcDateTime()),
    Column("confidence", Float),
    Column("verdict", String(16)),
    Column("slot", Integer),
    Column("cost", Float),
    prefixes=["TEMPORARY"],
)
_VIEWS = Table(
    "crowd_views",
    _HELPERS,
    Column("script", Integer, index=True),
    Column("question_id", String(36)),
    Column("entered_at", UtcDateTime()),
    Column("left_at", UtcDateTime()),
    prefixes=["TEMPORARY"],
)


def fill(database: Database, crowd: Crowd) -> None:
    """Add an exam, its candidates, and everything that happened to them."""
    with database.engine.begin() as connection:
        _add_people(connection, crowd)
        _play(connection, crowd)
    _score(database, crowd)


def analyse(database: Database) -> None:
    """Let the database count what it plans with, as it does by itself after a while."""
    command = "ANALYZE"
    if database.engine.dialect.name in ("mysql", "mariadb"):
        command = f"ANALYZE TABLE {', '.join(SQLModel.metadata.tables)}"
    with database.engine.connect() as connection:
        connection.execute(text(command))
        connection.commit()


def content(crowd: Crowd) -> ExamContent:
    return ExamContent(
        f"Exam {crowd.prefix}",
        duration_minutes=crowd.minutes,
        level=crowd.level,
        questions=tuple(
            Question(f"q{number}", QuestionKind.SHORT, f"Question number {number}?")
            for number in range(1, crowd.questions + 1)
        ),
    )


def _add_people(connection: Connection, crowd: Crowd) -> None:
    tables, at = SQLModel.metadata.tables, crowd.begun_at
    if crowd.exam_id is not None:
        exam = {"id": crowd.exam_id, "code": crowd.exam_id[:16].upper(), "status": "published",
                "title": content(crowd).title, "time_zone": "UTC", "access": "open",
                "attempts_allowed": 1, "results": "by_hand", "is_practice": False, "revision": 1,
                "created_by": "", "created_at": at, "updated_at": at,
                "version_id": f"{crowd.exam_id}-v"}  # fmt: skip
        version = {"id": f"{crowd.exam_id}-v", "exam_id": crowd.exam_id, "number": 1,
                   "content": to_json(content(crowd)), "question_count": crowd.questions,
                   "duration_minutes": content(crowd).duration_minutes, "saved_by": "",
                   "saved_at": at, "published_at": at}  # fmt: skip
        connection.execute(insert(tables["exams"]), [exam])
        connection.execute(insert(tables["exam_versions"]), [version])
    is_over = crowd.status not in ("running", "paused", "interrupted")
    for numbers in _batches(range(crowd.candidates)):
        people = [
            {"id": f"{crowd.prefix}-u{n}", "email": f"{crowd.prefix}.{n}@example.test",
             "name": f"{_FIRST[n % len(_FIRST)]} {_LAST[n // len(_FIRST) % len(_LAST)]} {n}",
             "password_hash": "", "role": "student", "created_at": at, "face_model": "",
             "face_photo_key": "", "face_failures": 0}
            for n in numbers
        ]  # fmt: skip
        attempts = [
            {"id": f"{crowd.prefix}-a{n}", "user_id": f"{crowd.prefix}-u{n}",
             "open_for": None if is_over else f"{crowd.prefix}-u{n}", "status": crowd.status,
             "status_reason": "", "notice_version": "", "created_at": at, "started_at": at,
             "ended_at": crowd.ended_at if is_over else None,
             "duration_minutes": content(crowd).duration_minutes, "monitored_s": 0.0,
             "face_s": 0.0, "exam_id": crowd.exam_id, "answered": n % (crowd.questions + 1),
             "version_id": None if crowd.exam_id is None else f"{crowd.exam_id}-v",
             "number": 1, "seed": n % SCRIPTS, "paused_s": 0.0, "paused_by": "", "holder": "",
             "neutral": "", "receipt": ""}
            for n in numbers
        ]  # fmt: skip
        connection.execute(insert(tables["users"]), people)
        connection.execute(insert(tables["attempts"]), attempts)


def _play(connection: Connection, crowd: Crowd) -> None:
    """Copy the scripts; an attempt's seed says which one is its own."""
    _HELPERS.create_all(connection, checkfirst=False)
    for rows in _batches(list(_incidents(crowd))):
        connection.execute(insert(_INCIDENTS), rows)
    for rows in _batches(list(_views(crowd))):
        connection.execute(insert(_VIEWS), rows)
    ada, ben, eva = REVIEWERS
    chosen = {"some": f"{crowd.prefix}-a%", "now": crowd.ended_at.replace(tzinfo=None), "ada": ada,
              "ben": ben, "eva": eva}  # fmt: skip
    is_mysql = connection.dialect.name in ("mysql", "mariadb")
    no_bytes = "CAST('' AS bytea)" if connection.dialect.name == "postgresql" else "X''"
    for statement in _COPIES:
        words = statement.format(key="`key`" if is_mysql else "key", no_bytes=no_bytes)
        named = text(words)
        wanted = {name: value for name, value in chosen.items() if name in named._bindparams}
        connection.execute(named, wanted)
    _HELPERS.drop_all(connection, checkfirst=False)


_COPIES = (
    "INSERT INTO incidents (attempt_id, event_type, severity, detail, opened_at, closed_at,"
    " confidence, models, verdict, slot, cost) SELECT a.id, s.event_type, s.severity, '',"
    " s.opened_at, s.closed_at, s.confidence, 'made up', s.verdict, s.slot, s.cost"
    " FROM attempts a JOIN crowd_incidents s ON s.script = a.seed WHERE a.id LIKE :some",
    "INSERT INTO question_views (attempt_id, question_id, entered_at, left_at)"
    " SELECT a.id, v.question_id, v.entered_at, v.left_at"
    " FROM attempts a JOIN crowd_views v ON v.script = a.seed WHERE a.id LIKE :some",
    "INSERT INTO answers (attempt_id, question_id, value, seq, is_flagged, saved_at, comment,"
    " marked_by) SELECT DISTINCT a.id, v.question_id, '\"an answer\"', 1, FALSE, a.started_at, '',"
    " '' FROM attempts a JOIN crowd_views v ON v.script = a.seed WHERE a.id LIKE :some"
    " AND a.exam_id IS NOT NULL",
    "INSERT INTO incident_tallies (attempt_id, event_type, slot, incidents, passed, suspicious,"
    " violation, cost) SELECT attempt_id, event_type, slot, COUNT(*),"
    " SUM(CASE WHEN verdict = 'passed' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN verdict = 'suspicious' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN verdict = 'violation' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN verdict = 'passed' THEN 0 ELSE cost END) FROM incidents"
    " WHERE attempt_id LIKE :some GROUP BY attempt_id, event_type, slot",
    "INSERT INTO reviews (attempt_id, incident_id, reviewer_id, kind, verdict, category, reason,"
    " at) SELECT attempt_id, id, CASE WHEN id % 2 = 0 THEN :ada ELSE :ben END,"
    " 'first', verdict, '', '', :now FROM incidents"
    " WHERE attempt_id LIKE :some AND verdict <> 'not_reviewed'",
    "INSERT INTO reviews (attempt_id, incident_id, reviewer_id, kind, verdict, category, reason,"
    " at) SELECT attempt_id, id, :eva, 'second',"
    " CASE WHEN id % 7 = 0 THEN 'suspicious' ELSE verdict END, '', '', :now FROM incidents"
    " WHERE attempt_id LIKE :some AND verdict <> 'not_reviewed' AND id % 5 < 2",
    "INSERT INTO evidence (incident_id, ordinal, taken_at, sha256, size_bytes, {key}, moment)"
    " SELECT id, 0, opened_at, '', 0, 'made-up', 'at' FROM incidents"
    " WHERE attempt_id LIKE :some AND severity = 'alert'",
    "INSERT INTO messages (attempt_id, author_id, kind, text, sent_at, seen_at)"
    " SELECT id, user_id, 'message', 'May I ask something?', started_at, NULL FROM attempts"
    " WHERE id LIKE :some AND seed = 3",
    "INSERT INTO signal_traces (attempt_id, slot, data) SELECT DISTINCT attempt_id, slot,"
    " {no_bytes} FROM incident_tallies WHERE attempt_id LIKE :some",
)


def _incidents(crowd: Crowd) -> Iterator[dict[str, object]]:
    chance = random.Random(17)
    kinds, weights = [kind for kind, _ in _TYPES], [weight for _, weight in _TYPES]
    length_s = crowd.lasted.total_seconds()
    little = min(1.0, _POINTS / crowd.incidents)
    for script in range(SCRIPTS):
        # From calm to lively; on average as many as asked for.
        count = round(crowd.incidents * (0.1 + 1.8 * script / (SCRIPTS - 1)))
        for _ in range(count):
            kind = chance.choices(kinds, weights)[0]
            begun_s = chance.uniform(0.0, length_s)
            lasted_s = chance.uniform(1.0, 20.0)
            opened_at = crowd.begun_at + timedelta(seconds=begun_s)
            is_open = crowd.status == "running" and begun_s > length_s - _LAST_S
            confidence = chance.uniform(0.6, 1.0)
            weight = WEIGHTS[kind]
            share = min(1.0, lasted_s / weight.reference_s) if weight.reference_s else 1.0
            yield {
                "script": script,
                "event_type": kind.value,
                "severity": "alert" if kind in _ALERTS else "notice",
                "opened_at": opened_at,
                "closed_at": None if is_open else opened_at + timedelta(seconds=lasted_s),
                "confidence": confidence,
                "verdict": _verdict(chance, kind, crowd.judged),
                "slot": scores.slot_of(opened_at),
                # Little each where there are many: else everybody's compliance would be naught.
                "cost": 0.0 if is_open else weight.points * confidence * share * little,
            }


def _verdict(chance: random.Random, kind: EventType, judged: float) -> str:
    if chance.random() >= judged:
        return "not_reviewed"
    if chance.random() < _FALSE_ALARMS.get(kind, 0.3):
        return "passed"
    return "suspicious" if chance.random() < 0.7 else "violation"


def _views(crowd: Crowd) -> Iterator[dict[str, object]]:
    """Every question once or twice, one after the other; the last one stands there still."""
    if crowd.exam_id is None:
        return
    chance = random.Random(23)
    length_s = crowd.lasted.total_seconds()
    for script in range(SCRIPTS):
        order = [n for n in range(1, crowd.questions + 1) for _ in range(1 + n % 2)]
        shares = [chance.uniform(0.5, 1.5) * (1 + n / crowd.questions) for n in order]
        at = crowd.begun_at
        for place, (number, share) in enumerate(zip(order, shares, strict=True)):
            until = at + timedelta(seconds=length_s * share / sum(shares))
            is_last = place == len(order) - 1
            yield {
                "script": script,
                "question_id": f"q{number}",
                "entered_at": at,
                "left_at": None if is_last else until,
            }
            at = until


def _score(database: Database, crowd: Crowd) -> None:
    with database.write() as session:
        ids = select(Attempt).where(Attempt.id.like(f"{crowd.prefix}-a%"))  # type: ignore[attr-defined]
        for attempt in session.exec(ids):
            scores.changed(session, attempt, [])


def _batches(items: Sequence[object] | range) -> Iterator[list]:  # type: ignore[type-arg]
    for start in range(0, len(items), _BATCH):
        yield list(items[start : start + _BATCH])


_FIRST = ("Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivan", "Jun", "Kofi")
_LAST = ("Adler", "Brown", "Chen", "Diaz", "Evans", "Fischer", "Garcia", "Hill", "Ito", "Jones")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
