"""Attempts in which something was noted, put into the database as monitoring would have."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from proctor_app import settings as configuration
from proctor_app.db import tables
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.incident import BROWSER_EVENTS, EventType, Severity
from proctor_app.domain.score import WEIGHTS
from proctor_app.services import scores
from proctor_app.services.evidence import Moment, Picture, row_of
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.vault import Vault
from proctor_app.settings import Settings

_OFF_S = {Moment.BEFORE: -2.0, Moment.AT: 0.0, Moment.AFTER: 2.0}
MODELS = (
    "face_detection_full_range_sparse@1a2b3c4d, face_landmarker@5e6f7a8b, "
    "object_detector@9c0d1e2f, gesture_recognizer@3a4b5c6d, mediapipe 0.10.35"
)


@dataclass(frozen=True, slots=True)
class Noted:
    """An incident that is to be there. after_s: since the attempt's start. lasted_s: None while it
    is open. pictures: JPEGs by their moment."""

    event_type: EventType
    after_s: float
    lasted_s: float | None = 10.0
    confidence: float = 0.83
    severity: Severity = Severity.NOTICE
    detail: str = ""
    pictures: Mapping[Moment, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempted:
    """incident_ids: in the order in which they were asked for."""

    id: str
    incident_ids: tuple[int, ...]


def attempted(
    database: Database,
    settings: Settings,
    user_id: str,
    noted: Sequence[Noted],
    begun_at: datetime,
    **columns: Any,
) -> Attempted:
    """An attempt of an hour that was handed in; columns: of its row that are to differ."""
    attempt_id = str(uuid.uuid4())
    values: dict[str, Any] = {
        "status": "submitted",
        "created_at": begun_at,
        "started_at": begun_at,
        "ended_at": begun_at + timedelta(minutes=60),
        "duration_minutes": 60,
        "monitored_s": 3600.0,
        "face_s": 3500.0,
        **columns,
    }
    with database.write() as session:
        attempt = tables.Attempt(id=attempt_id, user_id=user_id, **values)
        session.add(attempt)
        session.flush()
        rows = [_incident(attempt_id, one, begun_at) for one in noted]
        session.add_all(rows)
        session.flush()
        ids = tuple(row.id for row in rows if row.id is not None)
        for incident_id, row, one in zip(ids, rows, noted, strict=True):
            _picture(session, settings, attempt_id, incident_id, row.opened_at, one)
        scores.changed_all(session, attempt)
    return Attempted(attempt_id, ids)


def _incident(attempt_id: str, one: Noted, begun_at: datetime) -> tables.Incident:
    opened_at = begun_at + timedelta(seconds=one.after_s)
    is_over = one.lasted_s is not None
    row = tables.Incident(
        attempt_id=attempt_id,
        event_type=one.event_type.value,
        severity=one.severity.value,
        detail=one.detail,
        opened_at=opened_at,
        closed_at=opened_at + timedelta(seconds=one.lasted_s or 0.0) if is_over else None,
        confidence=one.confidence,
        models="" if one.event_type in BROWSER_EVENTS else MODELS,
    )
    scores.price(row, WEIGHTS)
    return row


def _picture(
    session: Transaction,
    settings: Settings,
    attempt_id: str,
    incident_id: int,
    opened_at: datetime,
    one: Noted,
) -> None:
    store = FolderStore(
        settings.data_dir / "pictures", Vault(configuration.resolve_data_key(settings))
    )
    for moment, data in one.pictures.items():
        at = opened_at + timedelta(seconds=_OFF_S[moment])
        key = store.put(attempt_id, data)
        session.add(row_of(incident_id, moment, Picture(data, at, "image/jpeg"), key))
