"""Incidents with their evidence: written durably first, told to others afterwards."""

from collections.abc import Collection, Sequence
from datetime import datetime

from proctor_app.clock import from_epoch_s
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.incident import Phase, Transition, Verdict
from proctor_app.domain.score import WEIGHTS
from proctor_app.domain.webhook import Kind
from proctor_app.services import outbox, scores, views
from proctor_app.services.attempt_access import allow_on_id
from proctor_app.services.evidence import (
    Moment,
    NotKept,
    Picture,
    as_jpeg,
    hold_owner,
    owner,
    row_of,
)
from proctor_app.services.exam_rules import ExamRules, Weights
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.told import incidents_for
from proctor_app.services.views import IncidentView

__all__ = ["Incidents", "NotKept", "Picture", "close_in", "hold_owner"]


class Incidents:
    def __init__(
        self,
        database: Database,
        pictures: PictureStore,
        rules: ExamRules,
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._rules = rules

    def record(
        self,
        attempt_id: str,
        change: Transition,
        models: str,
        evidence: Picture | None,
        *,
        known_id: int | None = None,
        weights: Weights = WEIGHTS,
        again: bool = False,
    ) -> IncidentView:
        """Commit an opened incident with its picture, or the end of the one that is open.

        The picture is durable before the row that names it; a failed row takes it away again.
        known_id: of the one that ends, where it is known. again: an earlier try failed, and may
        yet have been committed. Raises NotKept, DatabaseUnavailable, OSError (no room for the
        picture).
        """
        if change.phase is Phase.CLOSED:
            with self._database.write() as session:
                owner(session, attempt_id)
                attempt = _held(session, attempt_id)
                return self.end_in(session, attempt, change, models, known_id, weights)
        if again and (found := self._begun(attempt_id, change, weights)) is not None:
            return found
        evidence = evidence and as_jpeg(evidence)
        key = self._pictures.put(attempt_id, evidence.data) if evidence else ""
        try:
            with self._database.write() as session:
                hold_owner(session, attempt_id)
                attempt = _held(session, attempt_id)
                return self._add(session, attempt, change, models, evidence, key, weights)
        except BaseException:
            if key:
                self._pictures.delete(key)
            raise

    def open_in(
        self, session: Transaction, attempt: tables.Attempt, change: Transition, weights: Weights
    ) -> IncidentView:
        """Write an incident without a picture in a transaction of the caller, who holds the rows of
        candidate and attempt."""
        return self._add(session, attempt, change, "", None, "", weights)

    def end_in(
        self,
        session: Transaction,
        attempt: tables.Attempt,
        change: Transition,
        models: str,
        known_id: int | None,
        weights: Weights = WEIGHTS,
        *,
        reword: bool = False,
    ) -> IncidentView:
        """Write an incident's end; a second time changes nothing. The caller holds the rows of
        candidate and attempt. reword: its detail too. Raises NotKept.
        """
        assert change.end_s is not None
        rows = IncidentRows(session)
        row = _to_end(rows, attempt.id, change, known_id)
        if row is None:
            hold_owner(session, attempt.id)
            row = _row(attempt.id, change, models)
            rows.add(row)
            outbox.tell(session, attempt, Kind.INCIDENT_OPENED, row.opened_at, row)
        row.confidence = max(row.confidence, change.confidence)
        if reword:
            row.detail = change.detail
        if row.closed_at is None:
            _end(session, attempt, row, from_epoch_s(change.end_s))
        scores.price(row, weights)
        scores.changed(session, attempt, [row], weights)
        assert row.id is not None
        return views.incident(row, rows.evidence_counts([row.id]).get(row.id, 0), weights)

    def close_strays(self, attempt_id: str, known: Collection[int], at: datetime) -> None:
        """End what stands open and is none of these: nobody knows of it any more."""
        with self._database.write() as session:
            attempt = AttemptRows(session).locked(attempt_id)
            strays = [r for r in IncidentRows(session).open_of(attempt_id) if r.id not in known]
            if attempt is not None and strays:
                weights = self._rules.weights(session, [attempt])[attempt_id]
                close_in(session, attempt, strays, at, weights)

    def of_attempt(self, actor: Actor, attempt_id: str) -> list[IncidentView]:
        """The attempt's incidents, oldest first. Raises NotFound or NotAllowed."""
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            return incidents_for(actor.user_id, row, self._views(session, [attempt_id]))

    def _begun(self, attempt_id: str, change: Transition, weights: Weights) -> IncidentView | None:
        began_at = from_epoch_s(change.start_s)
        with self._database.read() as session:
            rows = IncidentRows(session)
            row = rows.begun_at(attempt_id, change.event_type, began_at)
            if row is None or row.id is None:
                return None
            return views.incident(row, rows.evidence_counts([row.id]).get(row.id, 0), weights)

    def _add(
        self,
        session: Transaction,
        attempt: tables.Attempt,
        change: Transition,
        models: str,
        evidence: Picture | None,
        key: str,
        weights: Weights,
    ) -> IncidentView:
        rows = IncidentRows(session)
        incident = _row(attempt.id, change, models)
        incident_id = rows.add(incident)
        scores.changed(session, attempt, [incident], weights)
        if evidence is not None:
            rows.add_evidence(row_of(incident_id, Moment.AT, evidence, key))
        outbox.tell(session, attempt, Kind.INCIDENT_OPENED, incident.opened_at, incident)
        return views.incident(incident, 1 if evidence else 0, weights)

    def _views(self, session: Transaction, attempt_ids: list[str]) -> list[IncidentView]:
        rows, attempts = IncidentRows(session), AttemptRows(session)
        found = rows.of_attempts(attempt_ids)
        counts = rows.evidence_counts([row.id for row in found if row.id is not None])
        theirs = {row.attempt_id for row in found}
        sat = [row for one in theirs if (row := attempts.by_id(one)) is not None]
        weights = self._rules.weights(session, sat)
        return [
            views.incident(row, counts.get(row.id or 0, 0), weights.get(row.attempt_id, WEIGHTS))
            for row in found
        ]


def _to_end(
    rows: IncidentRows, attempt_id: str, change: Transition, known_id: int | None
) -> tables.Incident | None:
    """The row that ends: the one that is known, else the one that began then, else the open one."""
    if known_id is not None and (row := rows.by_id(known_id)) is not None:
        return row
    began_at = from_epoch_s(change.start_s)
    begun = rows.begun_at(attempt_id, change.event_type, began_at)
    return begun or rows.open_in(attempt_id, change.event_type)


def close_in(
    session: Transaction,
    attempt: tables.Attempt,
    rows: Sequence[tables.Incident],
    at: datetime,
    weights: Weights,
) -> None:
    """End incidents of an attempt whose row the caller holds."""
    for row in rows:
        _end(session, attempt, row, at)
        scores.price(row, weights)
    scores.changed(session, attempt, rows, weights)


def _end(session: Transaction, attempt: tables.Attempt, row: tables.Incident, at: datetime) -> None:
    IncidentRows(session).close(row, at)
    assert row.closed_at is not None
    outbox.tell(session, attempt, Kind.INCIDENT_CLOSED, row.closed_at, row)


def _held(session: Transaction, attempt_id: str) -> tables.Attempt:
    attempt = AttemptRows(session).locked(attempt_id)
    if attempt is None:
        raise NotKept(attempt_id)
    return attempt


def _row(attempt_id: str, change: Transition, models: str) -> tables.Incident:
    return tables.Incident(
        attempt_id=attempt_id,
        event_type=change.event_type.value,
        severity=change.severity.value,
        detail=change.detail,
        opened_at=from_epoch_s(change.start_s),
        confidence=round(change.confidence, 4),
        models=models,
        slot=scores.slot_of(from_epoch_s(change.start_s)),
        verdict=Verdict.NOT_REVIEWED.value,
    )
