"""Incidents summed up by attempt, type and slot."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, case, col, delete, func, insert

from proctor_app.db.tables import Incident, IncidentTally
from proctor_app.domain.incident import Verdict


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """All incidents of one type in an attempt. waiting: nobody judged them; cost: of those that
    were not dismissed, without a cap."""

    event_type: str
    incidents: int
    waiting: int
    cost: float


class Tallies:
    def __init__(self, session: Session) -> None:
        self._session = session

    def refresh(self, attempt_id: str, event_type: str, slot: int) -> None:
        """Count anew what one slot holds; the caller has locked the attempt's row."""
        self._session.flush()
        found = self._session.execute(
            select(*_SUMS).where(
                col(Incident.attempt_id) == attempt_id,
                col(Incident.event_type) == event_type,
                col(Incident.slot) == slot,
                col(Incident.hidden_at).is_(None),
            )
        ).one()
        tally = self._session.get(IncidentTally, (attempt_id, event_type, slot))
        if tally is None:
            tally = IncidentTally(attempt_id=attempt_id, event_type=event_type, slot=slot)
            self._session.add(tally)
        tally.incidents, tally.passed, tally.suspicious = found[0], found[1] or 0, found[2] or 0
        tally.violation, tally.cost = found[3] or 0, found[4] or 0.0
        self._session.flush()

    def refresh_all(self, attempt_id: str) -> None:
        """As ``refresh``, everything of one attempt at once."""
        self._session.flush()
        self._session.exec(delete(IncidentTally).where(col(IncidentTally.attempt_id) == attempt_id))
        key = (col(Incident.attempt_id), col(Incident.event_type), col(Incident.slot))
        counted = (
            select(*key, *_SUMS)
            .where(col(Incident.attempt_id) == attempt_id, col(Incident.hidden_at).is_(None))
            .group_by(*key)
        )
        self._session.exec(insert(IncidentTally).from_select(_COLUMNS, counted))
        for known in list(self._session.identity_map.values()):
            if isinstance(known, IncidentTally) and known.attempt_id == attempt_id:
                self._session.expunge(known)

    def totals(self, attempt_ids: Iterable[str]) -> dict[str, list[TypeTotal]]:
        """The sums by type of each of these attempts; those without incidents are left out."""
        one = IncidentTally
        judged = col(one.passed) + col(one.suspicious) + col(one.violation)
        key = (col(one.attempt_id), col(one.event_type))
        sums: tuple[ColumnElement[float], ...] = (
            func.sum(col(one.incidents)),
            func.sum(col(one.incidents) - judged),
            func.sum(col(one.cost)),
        )
        query = select(*key, *sums).where(key[0].in_(list(attempt_ids))).group_by(*key)
        found: dict[str, list[TypeTotal]] = {}
        for attempt_id, event_type, incidents, waiting, cost in self._session.execute(query):
            if incidents:
                total = TypeTotal(event_type, int(incidents), int(waiting), float(cost))
                found.setdefault(attempt_id, []).append(total)
        return found


def _is(verdict: Verdict) -> ColumnElement[int]:
    return func.sum(case((col(Incident.verdict) == verdict.value, 1), else_=0))


_SUMS = (
    func.count(col(Incident.id)),
    _is(Verdict.PASSED),
    _is(Verdict.SUSPICIOUS),
    _is(Verdict.VIOLATION),
    func.sum(case((col(Incident.verdict) == Verdict.PASSED.value, 0.0), else_=col(Incident.cost))),
)
_COLUMNS = ["attempt_id", "event_type", "slot", "incidents", "passed", "suspicious", "violation",
            "cost"]  # fmt: skip
