"""Incidents with their evidence: written durably first, told to others afterwards."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock, from_epoch_s
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.incident import Phase, Transition, Verdict
from proctor_app.errors import NotFound
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.people import erasure_begun
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.views import IncidentView
from proctor_app.vision.frame import EncodedFrame, decode, encode_jpeg

_ONE_LOOK = timedelta(minutes=10)
"""A page that shows a picture again within this time is the same look at it."""


class NotKept(AlreadyThere):
    """The attempt is gone, or its candidate's erasure was begun: refused for good."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture as it came from the candidate, already checked to be one."""

    data: bytes
    taken_at: datetime
    media_type: str


class Incidents:
    def __init__(
        self, database: Database, pictures: PictureStore, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._audit = audit
        self._clock = clock

    def record(
        self, attempt_id: str, change: Transition, models: str, evidence: Picture | None
    ) -> IncidentView:
        """Commit an opened incident with its picture, or the end of the one that is open.

        The picture is durable before the row that names it; a failed row takes it away again.
        Raises NotKept, DatabaseUnavailable, OSError (no room for the picture).
        """
        if change.phase is Phase.CLOSED:
            return self._record_end(attempt_id, change, models)
        evidence = evidence and _as_jpeg(evidence)
        key = self._pictures.put(attempt_id, evidence.data) if evidence else ""
        try:
            with self._database.write() as session:
                _hold_owner(session, attempt_id)
                return self._add(IncidentRows(session), attempt_id, change, models, evidence, key)
        except BaseException:
            if key:
                self._pictures.delete(key)
            raise

    def of_attempt(self, actor: Actor, attempt_id: str) -> list[IncidentView]:
        """The attempt's incidents, oldest first. Raises NotFound or NotAllowed."""
        with self._database.read() as session:
            attempt = AttemptRows(session).by_id(attempt_id)
            if attempt is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            allow(actor, Action.READ_ATTEMPT, attempt.user_id)
            return _views(IncidentRows(session), [attempt_id])

    def of_attempts(self, actor: Actor, attempt_ids: list[str]) -> list[IncidentView]:
        """The incidents of several attempts, for the wall. Raises NotAllowed."""
        allow(actor, Action.WATCH)
        with self._database.read() as session:
            return _views(IncidentRows(session), attempt_ids)

    def evidence(self, actor: Actor, incident_id: int, ordinal: int) -> bytes:
        """The picture's bytes; that staff looked is in the audit log before they see anything.

        Raises NotAllowed or NotFound.
        """
        allow(actor, Action.READ_EVIDENCE)
        with self._database.read() as session:
            found = IncidentRows(session).evidence(incident_id, ordinal)
        if found is None or not found.key:
            raise NotFound("no_evidence", "There is no such picture.")
        picture = self._pictures.get(found.key)
        self._audit.note_once(actor, "evidence.read", "incident", str(incident_id), _ONE_LOOK)
        return picture

    def _add(
        self,
        rows: IncidentRows,
        attempt_id: str,
        change: Transition,
        models: str,
        evidence: Picture | None,
        key: str,
    ) -> IncidentView:
        incident = _row(attempt_id, change, models)
        incident_id = rows.add(incident)
        if evidence is not None:
            rows.add_evidence(
                tables.Evidence(
                    incident_id=incident_id,
                    ordinal=0,
                    taken_at=evidence.taken_at,
                    sha256=hashlib.sha256(evidence.data).hexdigest(),
                    size_bytes=len(evidence.data),
                    key=key,
                )
            )
        return views.incident(incident, 1 if evidence else 0)

    def _record_end(self, attempt_id: str, change: Transition, models: str) -> IncidentView:
        assert change.end_s is not None
        with self._database.write() as session:
            rows = IncidentRows(session)
            row = rows.open_in(attempt_id, change.event_type)
            if row is None:
                _hold_owner(session, attempt_id)
                row = _row(attempt_id, change, models)
                rows.add(row)
            row.confidence = max(row.confidence, change.confidence)
            rows.close(row, from_epoch_s(change.end_s))
            assert row.id is not None
            return views.incident(row, rows.evidence_counts([row.id]).get(row.id, 0))


def _hold_owner(session: Transaction, attempt_id: str) -> None:
    """Lock the candidate's row: an erasure comes wholly before what is written now, or after."""
    attempt = AttemptRows(session).by_id(attempt_id)
    owner = Users(session).locked(attempt.user_id) if attempt else None
    if owner is None or erasure_begun(owner):
        raise NotKept(attempt_id)


def _as_jpeg(picture: Picture) -> Picture:
    if picture.media_type == "image/jpeg":
        return picture
    frame = decode(EncodedFrame(picture.data, picture.taken_at.timestamp()))
    return Picture(encode_jpeg(frame), picture.taken_at, "image/jpeg")


def _row(attempt_id: str, change: Transition, models: str) -> tables.Incident:
    return tables.Incident(
        attempt_id=attempt_id,
        event_type=change.event_type.value,
        severity=change.severity.value,
        detail=change.detail,
        opened_at=from_epoch_s(change.start_s),
        confidence=round(change.confidence, 4),
        models=models,
        verdict=Verdict.NOT_REVIEWED.value,
    )


def _views(rows: IncidentRows, attempt_ids: list[str]) -> list[IncidentView]:
    found = rows.of_attempts(attempt_ids)
    counts = rows.evidence_counts([row.id for row in found if row.id is not None])
    return [views.incident(row, counts.get(row.id or 0, 0)) for row in found]
