"""Clearing an attempt's incidents away, as the published contract has it: they are hidden and count
for nothing, nothing is deleted, and staff can bring them back for as long as the attempt is there.
"""

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotFound
from proctor_app.services import scores
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on, not_ones_own
from proctor_app.services.audit import Audit
from proctor_app.services.exam_rules import ExamRules


class Clearing:
    def __init__(self, database: Database, rules: ExamRules, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._audit = audit
        self._clock = clock

    @again
    def clear(self, actor: Actor, user_id: str, attempt_id: str = "") -> int:
        """Hide the incidents of the candidate's latest attempt, or of the one named; how many.

        Raises NotAllowed (also for whoever sat it: it is evidence), NotFound.
        """
        allow(actor, Action.READ_EVIDENCE)
        with self._database.write() as session:
            row = _attempt(session, actor, user_id, attempt_id)
            count = IncidentRows(session).hide(row.id, self._clock())
            if count:
                self._sum_up(session, row)
                self._audit.note(
                    session, actor, "incidents.cleared", "attempt", row.id, count=count
                )
        return count

    @again
    def restore(self, actor: Actor, user_id: str, attempt_id: str = "") -> int:
        """Bring back what was cleared away; how many. Raises as ``clear``."""
        allow(actor, Action.READ_EVIDENCE)
        with self._database.write() as session:
            row = _attempt(session, actor, user_id, attempt_id)
            count = IncidentRows(session).show_again(row.id)
            if count:
                self._sum_up(session, row)
                self._audit.note(
                    session, actor, "incidents.restored", "attempt", row.id, count=count
                )
        return count

    def _sum_up(self, session: Transaction, row: tables.Attempt) -> None:
        scores.changed_all(session, row, self._rules.weights(session, [row])[row.id])


def _attempt(session: Transaction, actor: Actor, user_id: str, attempt_id: str) -> tables.Attempt:
    rows = AttemptRows(session)
    row = rows.by_id(attempt_id) if attempt_id else rows.latest_of(user_id)
    if row is None or row.user_id != user_id:
        raise NotFound("no_attempt", "There is no such attempt.")
    allow_on(session, actor, Action.READ_EVIDENCE, row)
    not_ones_own(actor, row)
    held = rows.locked(row.id)
    assert held is not None
    return held
