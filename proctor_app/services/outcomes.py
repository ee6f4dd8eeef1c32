"""What somebody is told of the review of an attempt: the incidents with what was said of each, what
they took from its compliance, the attempt's verdict, and the appeals."""

import asyncio
from dataclasses import dataclass

from proctor_app.db.repositories.tallies import Tallies
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.score import Compliance
from proctor_app.services import scores
from proctor_app.services.appeals import Appeals, Outcome
from proctor_app.services.attempt_access import allow_on_id
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.incident_list import ListedIncident, told_incidents
from proctor_app.services.results import ResultsOf

MAX_INCIDENTS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """is_released: whether incidents may be told; there are none here and no compliance where they
    may not. left_out: how many more there are than are told."""

    outcome: Outcome
    is_released: bool
    compliance: Compliance | None
    incidents: tuple[ListedIncident, ...]
    left_out: int


class Outcomes:
    """Lives on the event loop."""

    def __init__(
        self, database: Database, appeals: Appeals, results: ResultsOf, rules: ExamRules
    ) -> None:
        self._database = database
        self._appeals = appeals
        self._results = results
        self._rules = rules

    async def of(self, actor: Actor, attempt_id: str) -> Told:
        """For the candidate, once it is released, and for staff. Raises NotFound, NotAllowed."""
        outcome = await self._appeals.outcome(actor, attempt_id)
        return await asyncio.to_thread(self._of, actor, attempt_id, outcome)

    def _of(self, actor: Actor, attempt_id: str, outcome: Outcome) -> Told:
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            if not self._results.sees(session, actor, row):
                return Told(outcome, False, None, (), 0)
            weights = self._rules.weights(session, [row])[row.id]
            shown = told_incidents(session, actor, row, weights, MAX_INCIDENTS)
            totals = Tallies(session).totals([row.id]).get(row.id, [])
        return Told(
            outcome=outcome,
            is_released=True,
            compliance=scores.by_totals(totals, weights),
            incidents=tuple(shown),
            left_out=max(0, row.incidents - len(shown)),
        )
