"""An attempt with all that a report can tell of it, put into the database as the services would."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from proctor_app import settings as configuration
from proctor_app.db import tables
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.domain.score import WEIGHTS
from proctor_app.services import scores
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.vault import Vault
from tests.fakes import jpeg
from tests.papers import CONTENT, SetExam, put_on_roster, set_exam
from tests.world import Person, World

HOSTILE = (
    '=HYPERLINK("http://evil.example")',
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>",
    "\u202egnp.exe\u202c \u2066turned\u2069",
    "w" * 1000,
    "a\x07b\x1b[31m\r\nnext;=1+1\t=2 '\"&",
    "\uff1dcmd|' /C calc'!A1",
    "url(file:///etc/passwd) @import 'http://evil.example';",
)


@dataclass(frozen=True, slots=True)
class Sat:
    """Somebody's attempt that has ended; incident_ids: oldest first."""

    attempt_id: str
    exam: SetExam
    candidate: Person
    incident_ids: tuple[int, ...]


def pictures_of(world: World) -> FolderStore:
    """Where the installation keeps its pictures."""
    vault = Vault(configuration.resolve_data_key(world.settings))
    return FolderStore(world.settings.data_dir / "pictures", vault)


def attempt_of(world: World, exam: SetExam, who: Person, **columns: Any) -> str:
    """An attempt of an hour that was handed in just now; its id."""
    now = world.clock()
    values: dict[str, Any] = {
        "status": "submitted",
        "notice_version": "2026-01",
        "consented_at": now - timedelta(minutes=62),
        "started_at": now - timedelta(minutes=60),
        "ended_at": now,
        "created_at": now - timedelta(minutes=63),
        "duration_minutes": 60,
        "monitored_s": 3500.0,
        "face_s": 3400.0,
        "version_id": exam.version_id,
        **columns,
    }
    attempt_id = str(uuid.uuid4())
    with world.database.write() as session:
        session.add(tables.Attempt(id=attempt_id, user_id=who.id, exam_id=exam.id, **values))
    return attempt_id


def incident_of(
    world: World,
    attempt_id: str,
    kind: EventType,
    minute: float,
    lasted_s: float = 8.0,
    pictures: int = 0,
    **columns: Any,
) -> int:
    """An incident that began so many minutes after the attempt's start; its id."""
    with world.database.write() as session:
        attempt = session.get_one(tables.Attempt, attempt_id)
        assert attempt.started_at is not None
        opened_at = attempt.started_at + timedelta(minutes=minute)
        values: dict[str, Any] = {
            "severity": Severity.NOTICE.value,
            "confidence": 0.87,
            "models": "fake-faces 1",
            "closed_at": opened_at + timedelta(seconds=lasted_s),
            **columns,
        }
        row = tables.Incident(
            attempt_id=attempt_id, event_type=kind.value, opened_at=opened_at, **values
        )
        scores.price(row, WEIGHTS)
        session.add(row)
        session.flush()
        assert row.id is not None
        for ordinal in range(pictures):
            data = jpeg(row.id * 10 + ordinal, 640, 480)
            key = pictures_of(world).put(attempt_id, data)
            session.add(
                tables.Evidence(
                    incident_id=row.id,
                    ordinal=ordinal,
                    taken_at=opened_at + timedelta(seconds=ordinal - 1),
                    sha256=hashlib.sha256(data).hexdigest(),
                    size_bytes=len(data),
                    key=key,
                    moment=("before", "at", "after")[ordinal],
                )
            )
        scores.changed(session, attempt, [row])
        return row.id


def full_attempt(world: World, proctor: Person, words: str = "", name: str = "Ana Núñez") -> Sat:
    """Everything there can be; words: what everybody said."""
    exam = set_exam(
        world, CONTENT, time_zone="Europe/Madrid", opens_at=world.clock() - timedelta(hours=2)
    )
    who = world.person()
    with world.database.write() as session:  # whatever an older version may have let in
        session.get_one(tables.User, who.id).name = name
    put_on_roster(world, exam, who, extra_minutes=15, may_pause=True, detectors_off="eyes_closed")
    now = world.clock()
    attempt_id = attempt_of(
        world, exam, who, status="suspicious", status_reason=(words or "Two people.")[:200],
        category="help", judged_by=proctor.id, judged_at=now, paused_s=125.0, points=4.5,
        max_points=10.0, marked_at=now, number=2,
    )  # fmt: skip
    alert = {"severity": Severity.ALERT.value}
    judged = {"reviewed_by": proctor.id, "reviewed_at": now, "reason": words or "Seen clearly."}
    ids = (
        incident_of(world, attempt_id, EventType.HEAD_TURNED, 4, detail="left"),
        incident_of(world, attempt_id, EventType.MONITORING_GAP, 12, 150.0),
        incident_of(
            world, attempt_id, EventType.MULTIPLE_FACES, 21, 40.0, 3, **alert, **judged,
            verdict=Verdict.SUSPICIOUS.value, category="help",
        ),
        incident_of(
            world, attempt_id, EventType.PHONE, 33, 6.0, 1, **alert, **judged,
            verdict=Verdict.PASSED.value, category="false_alarm",
        ),
        incident_of(world, attempt_id, EventType.CLIENT_NOTE, 40, detail=words[:120], models=""),
        incident_of(world, attempt_id, EventType.TAB_SWITCH, 48, 14.0, models=""),
    )  # fmt: skip
    _said(world, attempt_id, who, proctor, words, ids[2])
    return Sat(attempt_id, exam, who, ids)


def _said(
    world: World, attempt_id: str, who: Person, proctor: Person, words: str, incident_id: int
) -> None:
    now = world.clock()
    start = now - timedelta(minutes=60)
    minute = timedelta(minutes=1)
    rows: list[object] = [
        tables.AttemptEvent(attempt_id=attempt_id, at=start, kind="running"),
        tables.AttemptEvent(
            attempt_id=attempt_id, at=start + 25 * minute, kind="paused", detail=words[:200]
        ),
        tables.AttemptEvent(attempt_id=attempt_id, at=start + 27 * minute, kind="running"),
        tables.AttemptEvent(attempt_id=attempt_id, at=now, kind="submitted"),
        tables.Review(
            attempt_id=attempt_id, incident_id=incident_id, reviewer_id=proctor.id, kind="first",
            verdict="suspicious", category="help", reason=words or "Seen clearly.", at=now,
        ),
        tables.Review(
            attempt_id=attempt_id, reviewer_id=proctor.id, kind="note", verdict="",
            reason=words or "Asked the candidate.", at=now,
        ),
        tables.Appeal(
            attempt_id=attempt_id, text=words or "My sister came in.", made_at=now,
            answer=words or "We looked again.", answered_by=proctor.id, answered_at=now,
        ),
        tables.Message(
            attempt_id=attempt_id, author_id=proctor.id, text=words or "Are you there?",
            sent_at=start + 13 * minute,
        ),
        tables.Message(
            attempt_id=attempt_id, author_id=who.id, text=words or "Yes.",
            sent_at=start + 14 * minute,
        ),
        tables.BrowserEvent(
            attempt_id=attempt_id, seq=1, source="page", kind="hidden", text=words[:120],
            received_at=start + 48 * minute,
        ),
        tables.Answer(
            attempt_id=attempt_id, question_id="q-single", value='"4"', saved_at=start + minute,
            points=1.0, marked_at=now,
        ),
        tables.Answer(
            attempt_id=attempt_id, question_id="q-essay", value='"Because."', saved_at=now,
            points=3.5, marked_at=now, marked_by=proctor.id,
        ),
        tables.QuestionView(
            attempt_id=attempt_id, question_id="q-single", entered_at=start,
            left_at=start + 3 * minute,
        ),
    ]  # fmt: skip
    with world.database.write() as session:
        session.add_all(rows)
