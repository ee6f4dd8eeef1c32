"""After a crash: what ran when the server died is interrupted, not lost."""

from collections import defaultdict

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Database
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.incidents import close_in
from proctor_app.services.moves import Moves

_REASON = "The server was restarted."


class Recovery:
    def __init__(self, database: Database, moves: Moves, rules: ExamRules) -> None:
        self._database = database
        self._moves = moves
        self._rules = rules

    def recover(self) -> int:
        """At the server's start, before anything is monitored. Open incidents end at the last sign
        of life that was noted, or where they began. Returns how many attempts were found."""
        with self._database.write() as session:
            grouped: dict[str, list[tables.Incident]] = defaultdict(list)
            for incident, attempt in IncidentRows(session).unclosed():
                grouped[attempt.id].append(incident)
            running = AttemptRows(session).with_status([AttemptStatus.RUNNING])
            held = AttemptRows(session).locked_many([*grouped, *(row.id for row, _ in running)])
            weights = self._rules.weights(session, [held[attempt_id] for attempt_id in grouped])
            for attempt_id, rows in grouped.items():
                attempt = held[attempt_id]
                seen = attempt.last_seen_at or attempt.last_frame_at or rows[0].opened_at
                close_in(session, attempt, rows, seen, weights[attempt_id])
            for attempt, _user in running:
                self._moves.move(session, attempt, AttemptStatus.INTERRUPTED, _REASON)
        return len(running)
