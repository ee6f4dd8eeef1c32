"""The wall as it stands for everybody: one reading for all proctors who look at the same time."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db.repositories.tallies import Tallies, TypeTotal
from proctor_app.db.repositories.wall import NoteRow, SeatRow
from proctor_app.db.repositories.wall import Wall as WallRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity, Verdict, event_text
from proctor_app.domain.score import ScoredIncident, Weight
from proctor_app.services import messages, scores, views
from proctor_app.services.exam_rules import ExamRules

SHOWN = (AttemptStatus.RUNNING, AttemptStatus.PAUSED, AttemptStatus.INTERRUPTED)
FEED_GOES_BACK = timedelta(hours=2)
_LATE_NOTES = 500
"""So many of the newest incidents are read; those that are open are read whatever their age."""
_LOUD = 20
"""An attempt with more of them than these could hide its other incidents behind those of a type."""
_OF_EXAM = 120
"""Where more happens than is read, so many of every exam are read still, so that one exam's noise
hides nothing of the others, and one candidate's nothing of a neighbour's."""
_APART = frozenset(
    {EventType.MONITORING_GAP, EventType.FRAME_QUALITY_LOW, EventType.CAMERA_BLOCKED}
)
_STEP = 5
"""Points of compliance within which two candidates stand in the order of their start, so that a
tenth of a point makes nobody change places."""


@dataclass(frozen=True, slots=True)
class Note:
    """An incident as the wall tells of it. seen_by: who acknowledged it, "" for nobody yet."""

    id: int
    attempt_id: str
    user_id: str
    candidate: str
    exam_id: str | None
    event_type: EventType
    severity: Severity
    event: str
    opened_at: datetime
    closed_at: datetime | None
    is_acknowledged: bool
    seen_by: str

    @property
    def is_apart(self) -> bool:
        """Connection and camera, while they are notices: grey and apart from what may be
        suspicious, in numbers and order too."""
        return self.event_type in _APART and self.severity is Severity.NOTICE

    @property
    def rank(self) -> Severity | None:
        """How grave it is; None for what is held against nobody."""
        return None if self.is_apart else self.severity


@dataclass(frozen=True, slots=True)
class Seat:
    """A candidate who sits an exam now. questions: None for a free session. left_s: while the
    clock stands still. ends_at: None then, and before the start."""

    attempt_id: str
    user_id: str
    candidate: str
    exam_id: str | None
    exam: str
    status: AttemptStatus
    started_at: datetime | None
    ends_at: datetime | None
    left_s: float | None
    answered: int
    questions: int | None
    compliance: float
    open_incidents: tuple[Note, ...]
    unread: int

    @property
    def ranks(self) -> frozenset[Severity]:
        """Of the incidents that stand open, but for connection and camera."""
        return frozenset(note.rank for note in self.open_incidents if note.rank is not None)

    @property
    def severity(self) -> Severity | None:
        """The gravest of its ranks."""
        return Severity.ALERT if Severity.ALERT in self.ranks else next(iter(self.ranks), None)

    @property
    def urgency(self) -> tuple[int, int, float, str]:
        """What seats are sorted by: who needs attention first, else as they began."""
        rank = {Severity.ALERT: 0, Severity.NOTICE: 1, None: 2}[self.severity]
        began = self.started_at.timestamp() if self.started_at else 0.0
        return rank, int(self.compliance // _STEP), began, self.attempt_id


@dataclass(frozen=True, slots=True)
class Snapshot:
    """seats: by urgency. notes: open ones and those of the last hours, newest first. assigned: who
    watches an exam, where it is not everybody's."""

    taken_at: datetime
    seats: tuple[Seat, ...]
    notes: tuple[Note, ...]
    assigned: Mapping[str, frozenset[str]]

    def is_watched(self, exam_id: str | None, proctor_id: str | None) -> bool:
        """Whether an exam is this proctor's to watch; None watches all."""
        if proctor_id is None or exam_id is None:
            return True
        assigned = self.assigned.get(exam_id)
        return not assigned or proctor_id in assigned


class WallReader:
    def __init__(self, database: Database, rules: ExamRules, clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    def read(self) -> Snapshot:
        """Everything that goes on now. Blocks."""
        now = self._clock()
        with self._database.read() as session:
            rows = WallRows(session)
            found = rows.seats(one.value for one in SHOWN)
            stands_open = rows.open_notes()
            late = _late_notes(rows, now - FEED_GOES_BACK)
            unread = messages.unseen(session, [row.id for row in found])
            noted = [*stands_open, *late]
            exams = {row.exam_id for row in found if row.exam_id}
            exams |= {row.exam_id for row in noted if row.exam_id}
            assigned = rows.assigned(exams)
            standing = self._standing(session, found, stands_open, now)
        notes = {row.id: _note(row) for row in noted}
        of_attempt: dict[str, list[Note]] = defaultdict(list)
        for row in stands_open:
            of_attempt[row.attempt_id].append(notes[row.id])
        seats = [
            _seat(row, standing.get(row.id, row.compliance), of_attempt[row.id], unread)
            for row in found
        ]
        newest = sorted(notes.values(), key=lambda note: note.id, reverse=True)
        by_urgency = sorted(seats, key=lambda seat: seat.urgency)
        return Snapshot(now, tuple(by_urgency), tuple(newest), assigned)

    def _standing(
        self,
        session: Transaction,
        found: Sequence[SeatRow],
        stands_open: Sequence[NoteRow],
        now: datetime,
    ) -> dict[str, float]:
        """Compliance of those with something open, which costs more by the second; of the others
        it stands in their rows."""
        incidents: dict[str, list[NoteRow]] = defaultdict(list)
        for row in stands_open:
            incidents[row.attempt_id].append(row)
        concerned = [row for row in found if row.id in incidents]
        if not concerned:
            return {}
        weights = self._rules.weights(session, concerned)
        totals = Tallies(session).totals([row.id for row in concerned])
        return {
            row.id: _compliance(totals.get(row.id, []), weights[row.id], incidents[row.id], now)
            for row in concerned
        }


def _late_notes(rows: WallRows, since: datetime) -> list[NoteRow]:
    """The newest of all, and what they would crowd out."""
    late = rows.late_notes(since, _LATE_NOTES)
    if len(late) < _LATE_NOTES:
        return late
    counted = Counter(row.attempt_id for row in late)
    loud = [attempt_id for attempt_id, count in counted.items() if count > _LOUD]
    wanted = set(rows.newest_by_type(loud, scores.slot_of(since))) if loud else set()
    for ids in rows.newest_of_each(since).values():
        wanted.update(sorted(ids, reverse=True)[:_OF_EXAM])
    wanted.difference_update(row.id for row in late)
    return [*late, *rows.notes(wanted)] if wanted else late


def _compliance(
    totals: Sequence[TypeTotal],
    weights: Mapping[EventType, Weight],
    stands_open: Sequence[NoteRow],
    now: datetime,
) -> float:
    costing = [
        ScoredIncident(
            EventType(row.event_type),
            row.confidence,
            (now - row.opened_at).total_seconds(),
            Verdict(row.verdict),
            weights.get(EventType(row.event_type)),
        )
        for row in stands_open
    ]
    return scores.by_totals(totals, weights, costing).value


def _note(row: NoteRow) -> Note:
    kind = EventType(row.event_type)
    return Note(
        id=row.id,
        attempt_id=row.attempt_id,
        user_id=row.user_id,
        candidate=row.candidate,
        exam_id=row.exam_id,
        event_type=kind,
        severity=Severity(row.severity),
        event=event_text(kind, row.detail),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        is_acknowledged=row.acknowledged_at is not None,
        seen_by=row.seen_by or "",
    )


def _seat(
    row: SeatRow, compliance: float, stands_open: Sequence[Note], unread: Mapping[str, int]
) -> Seat:
    ends_at = views.ends_at(row.started_at, row.duration_minutes, row.ends_by, row.paused_s)
    stands_still = row.paused_at is not None and ends_at is not None
    left_s = (ends_at - row.paused_at).total_seconds() if ends_at and row.paused_at else None
    gravest_first = sorted(stands_open, key=lambda note: (note.severity, note.opened_at))
    return Seat(
        attempt_id=row.id,
        user_id=row.user_id,
        candidate=row.candidate,
        exam_id=row.exam_id,
        exam=row.exam or "",
        status=AttemptStatus(row.status),
        started_at=row.started_at,
        ends_at=None if stands_still else ends_at,
        left_s=max(0.0, left_s) if left_s is not None else None,
        answered=row.answered,
        questions=row.questions,
        compliance=compliance,
        open_incidents=tuple(gravest_first),
        unread=unread.get(row.id, 0),
    )
