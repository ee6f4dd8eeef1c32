"""The proctor's live view: every running candidate, who needs attention first."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.incident import Severity
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.live import LiveStatus
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.views import AttemptView, IncidentView

FEED_LENGTH = 30
_SHOWN = [AttemptStatus.RUNNING, AttemptStatus.PAUSED, AttemptStatus.INTERRUPTED]


@dataclass(frozen=True, slots=True)
class WallRow:
    """frame_number and picture_age_s are None where no picture has come in this process."""

    attempt: AttemptView
    candidate: str
    compliance: float
    incidents: tuple[IncidentView, ...]
    live: LiveStatus
    frame_number: int | None
    picture_age_s: float | None

    @property
    def open_incidents(self) -> tuple[IncidentView, ...]:
        return tuple(i for i in self.incidents if i.closed_at is None)


@dataclass(frozen=True, slots=True)
class WallView:
    """rows: most urgent first, otherwise in the order of their start. feed: the newest incidents of
    all attempts, those that have ended included, with the candidates' names; newest first."""

    taken_at: datetime
    rows: tuple[WallRow, ...]
    feed: tuple[tuple[str, IncidentView], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    running: int
    interrupted: int
    finished: int
    watchers: int


_Found = tuple[AttemptView, str, tuple[IncidentView, ...]]


class Wall:
    def __init__(
        self, database: Database, monitoring: Monitoring, broadcast: Broadcast, clock: Clock
    ) -> None:
        self._database = database
        self._monitoring = monitoring
        self._broadcast = broadcast
        self._clock = clock

    async def snapshot(self, actor: Actor) -> WallView:
        """Read the wall afresh from the database and the running streams. Raises NotAllowed."""
        allow(actor, Action.WATCH)
        found, feed = await asyncio.to_thread(self._read)
        now = self._clock()
        rows = [self._row(attempt, name, incidents, now) for attempt, name, incidents in found]
        return WallView(now, tuple(sorted(rows, key=_urgency)), feed)

    async def counts(self, actor: Actor) -> Counts:
        """Raises NotAllowed for anybody but an admin."""
        allow(actor, Action.ADMINISTER)
        by_status = await asyncio.to_thread(self._count)
        running = by_status.get(AttemptStatus.RUNNING, 0)
        interrupted = by_status.get(AttemptStatus.INTERRUPTED, 0)
        finished = sum(count for status, count in by_status.items() if status not in OPEN)
        return Counts(running, interrupted, finished, self._broadcast.watchers)

    def _count(self) -> dict[str, int]:
        with self._database.read() as session:
            return AttemptRows(session).count_by_status()

    def _read(self) -> tuple[list[_Found], tuple[tuple[str, IncidentView], ...]]:
        with self._database.read() as session:
            attempts = AttemptRows(session).with_status(_SHOWN)
            rows = IncidentRows(session)
            incidents = rows.of_attempts(attempt.id for attempt, _ in attempts)
            latest = rows.latest(FEED_LENGTH)
            shown = [*incidents, *(row for row, _ in latest)]
            counts = rows.evidence_counts({row.id for row in shown if row.id is not None})
        grouped: dict[str, list[IncidentView]] = defaultdict(list)
        for row in incidents:
            grouped[row.attempt_id].append(views.incident(row, counts.get(row.id or 0, 0)))
        found = [
            (views.attempt(attempt), user.name, tuple(grouped[attempt.id]))
            for attempt, user in attempts
        ]
        feed = tuple(
            (name, views.incident(row, counts.get(row.id or 0, 0))) for row, name in latest
        )
        return found, feed

    def _row(
        self,
        attempt: AttemptView,
        candidate: str,
        incidents: tuple[IncidentView, ...],
        now: datetime,
    ) -> WallRow:
        live = self._monitoring.live(attempt.id)
        picture = live.picture if live else None
        return WallRow(
            attempt=attempt,
            candidate=candidate,
            compliance=views.score(incidents, now).value,
            incidents=incidents,
            live=live.status if live else LiveStatus(),
            frame_number=live.frames if live and picture else None,
            picture_age_s=(now - picture.taken_at).total_seconds() if picture else None,
        )


def _urgency(row: WallRow) -> tuple[int, float]:
    severities = {incident.severity for incident in row.open_incidents}
    rank = 0 if Severity.ALERT in severities else 1 if severities else 2
    return rank, row.compliance
