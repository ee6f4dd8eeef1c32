"""What the routes answer, as documents: names and units of the published contract."""

from pydantic import BaseModel, Field

from proctor_app.clock import iso
from proctor_app.services.sessions import Started, Summary
from proctor_app.services.views import AttemptView, IncidentView


class Error(BaseModel):
    detail: str
    code: str


class SignedUp(BaseModel):
    id: str
    email: str
    message: str


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a word, no password
    id: str
    role: str
    expires_in: int


class Me(BaseModel):
    id: str
    email: str
    name: str
    role: str


class Message(BaseModel):
    message: str


class ErasureRequest(BaseModel):
    message: str
    requested_at: str


class StartRequest(BaseModel):
    exam_code: str | None = None


class ReasonRequest(BaseModel):
    """reason: shown to the candidate and kept."""

    reason: str = Field(default="", max_length=200)


class AdditionalParams(BaseModel):
    userId: str  # noqa: N815 - the contract's spelling
    maxDuration: int  # noqa: N815
    keepAliveInterval: int  # noqa: N815


class WsConfig(BaseModel):
    sessionId: str  # noqa: N815
    token: str
    additionalParams: AdditionalParams  # noqa: N815


class StartAnswer(BaseModel):
    """status: running, paused, or ready while the exam's window is not open; then startTime is
    null."""

    message: str
    status: str
    wsUrl: str  # noqa: N815
    wsConfig: WsConfig  # noqa: N815
    startTime: str | None  # noqa: N815
    duration: int


class StopAnswer(BaseModel):
    message: str
    status: str


class ClearAnswer(BaseModel):
    """deleted_count: how many are hidden now, or shown again; nothing is deleted."""

    message: str
    deleted_count: int


class SessionAnswer(BaseModel):
    user_id: str
    status: str
    start_time: str | None
    duration: int
    attempt_id: str


class IncidentDocument(BaseModel):
    incident_id: int
    event_type: str
    event: str
    severity: str
    detail: str
    start_time: str
    end_time: str | None
    confidence: float
    verdict: str
    evidence_count: int


class SummaryAnswer(BaseModel):
    """face_detection_rate: share (0 to 1) of the monitored time with a face, null before any."""

    total_duration: float
    face_detection_rate: float | None
    suspicious_activities: dict[str, int]
    overall_compliance: float
    score_breakdown: dict[str, float]
    incidents: list[IncidentDocument]


KEEP_ALIVE_MS = 15_000


def started(answer: Started, ws_origin: str) -> StartAnswer:
    attempt = answer.attempt
    is_begun = attempt.started_at is not None
    return StartAnswer(
        message="Monitoring is running." if is_begun else "The exam is not open yet.",
        status=attempt.status.value,
        wsUrl=f"{ws_origin}/ws/{attempt.user_id}",
        wsConfig=WsConfig(
            sessionId=attempt.id,
            token=answer.ticket,
            additionalParams=AdditionalParams(
                userId=attempt.user_id,
                maxDuration=attempt.duration_minutes * 60,
                keepAliveInterval=KEEP_ALIVE_MS,
            ),
        ),
        startTime=iso(attempt.started_at) if attempt.started_at else None,
        duration=attempt.duration_minutes,
    )


def session(attempt: AttemptView) -> SessionAnswer:
    return SessionAnswer(
        user_id=attempt.user_id,
        status=attempt.status.value,
        start_time=iso(attempt.started_at) if attempt.started_at else None,
        duration=attempt.duration_minutes,
        attempt_id=attempt.id,
    )


def incident(view: IncidentView) -> IncidentDocument:
    return IncidentDocument(
        incident_id=view.id,
        event_type=view.event_type.value,
        event=view.event,
        severity=view.severity.value,
        detail=view.detail,
        start_time=iso(view.opened_at),
        end_time=iso(view.closed_at) if view.closed_at else None,
        confidence=view.confidence,
        verdict=view.verdict.value,
        evidence_count=view.evidence_count,
    )


def summary(found: Summary) -> SummaryAnswer:
    return SummaryAnswer(
        total_duration=round(found.total_minutes, 2),
        face_detection_rate=found.attempt.face_detection_rate,
        suspicious_activities=found.counts,
        overall_compliance=found.compliance.value,
        score_breakdown={t.event_type.value: t.points_lost for t in found.compliance.terms},
        incidents=[incident(item) for item in found.incidents],
    )
