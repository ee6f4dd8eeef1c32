"""An attempt's incidents with their pictures: for its proctors, and once released its candidate."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from proctor_app.db import tables
from proctor_app.db.repositories.incidents import IncidentPlace
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotAllowed
from proctor_app.services import views
from proctor_app.services.attempt_access import allow_on_id
from proctor_app.services.cursors import Cursors
from proctor_app.services.evidence import EvidenceView, evidence_list
from proctor_app.services.exam_rules import ExamRules, Weights
from proctor_app.services.results import ResultsOf
from proctor_app.services.told import incidents_for
from proctor_app.services.views import IncidentView

MAX_LIMIT = 200
_CURSOR = "incidents"


@dataclass(frozen=True, slots=True)
class ListedIncident:
    """An incident as whoever asked may know it, with its pictures that are still kept."""

    incident: IncidentView
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """next: where the next page begins, empty on the last one."""

    items: tuple[ListedIncident, ...]
    next: str


class IncidentList:
    """Lives on the event loop."""

    def __init__(
        self, database: Database, results: ResultsOf, rules: ExamRules, cursors: Cursors
    ) -> None:
        self._database = database
        self._results = results
        self._rules = rules
        self._cursors = cursors

    async def of(
        self, actor: Actor, attempt_id: str, limit: int = MAX_LIMIT, cursor: str = ""
    ) -> IncidentPage:
        """Oldest first. Raises NotFound, NotAllowed ("not_released" as well), Invalid (the
        cursor)."""
        return await asyncio.to_thread(self._of, actor, attempt_id, limit, cursor)

    def _of(self, actor: Actor, attempt_id: str, limit: int, cursor: str) -> IncidentPage:
        limit = max(1, min(limit, MAX_LIMIT))
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            if not self._results.sees(session, actor, row):
                raise NotAllowed("not_released", "The review of this attempt is not released yet.")
            after = self._place(attempt_id, cursor) if cursor else None
            weights = self._rules.weights(session, [row])[row.id]
            found = told_incidents(session, actor, row, weights, limit + 1, after)
        items, is_more = tuple(found[:limit]), len(found) > limit
        return IncidentPage(items, self._cursor(attempt_id, items[-1]) if is_more else "")

    def _place(self, attempt_id: str, cursor: str) -> IncidentPlace:
        opened_at, key = self._cursors.open(f"{_CURSOR} {attempt_id}", cursor, 2)
        return IncidentPlace(datetime.fromisoformat(opened_at), int(key))

    def _cursor(self, attempt_id: str, last: ListedIncident) -> str:
        place = [last.incident.opened_at.isoformat(), str(last.incident.id)]
        return self._cursors.seal(f"{_CURSOR} {attempt_id}", place)


def told_incidents(
    session: Transaction,
    actor: Actor,
    row: tables.Attempt,
    weights: Weights,
    limit: int,
    after: IncidentPlace | None = None,
) -> list[ListedIncident]:
    """The attempt's incidents as the actor may know them, the oldest first; the caller has made
    sure that they may be shown."""
    rows = IncidentRows(session).page_of(row.id, after, limit)
    pictures = evidence_list(session, [one.id for one in rows if one.id is not None])
    shown = [views.incident(one, len(pictures.get(one.id or 0, ())), weights) for one in rows]
    return [
        ListedIncident(one, pictures.get(one.id, ()))
        for one in incidents_for(actor.user_id, row, shown)
    ]
