"""What this server sends to others, as the OpenAPI document's webhooks."""

from typing import Any

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.domain.webhook import Kind

Document = dict[str, Any]
_ID: Document = {"type": "string"}
_TIME: Document = {"type": "string", "format": "date-time"}
_MAYBE_TIME: Document = {"type": ["string", "null"], "format": "date-time"}
_TOLD = {
    Kind.INCIDENT_OPENED: "An incident opened.",
    Kind.INCIDENT_CLOSED: "An incident closed.",
    Kind.ATTEMPT_FINISHED: "An attempt ended, in whatever way.",
    Kind.VERDICT_GIVEN: (
        "A person's verdict stands, of incidents or of the attempt itself, or does so no longer: "
        "`not_reviewed`."
    ),
    Kind.TEST: "An admin's test.",
}
_HEADERS = {
    "Proctor-Delivery": "The message's id; the same in every try. Take each once.",
    "Proctor-Event": "The kind, as in the body.",
    "Proctor-Timestamp": "When this try was made, in seconds since 1970; refuse old ones.",
    "Proctor-Signature": (
        "`v1=` and the HMAC-SHA256 of `id.timestamp.body` in hexadecimal, with the webhook's "
        "secret; the id is that of Proctor-Delivery."
    ),
}
_EXAMPLE: Document = {
    "id": "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9",
    "created_at": "2026-03-02T09:00:00.000Z",
}
_ATTEMPT: Document = {
    "id": "c2d4e6f8-1a3b-4c5d-8e7f-9a0b1c2d3e4f",
    "exam_id": "0b7a3c52-6d1f-4e8a-b9c0-1d2e3f4a5b6c",
    "user_id": "5f0c1f1e-8a51-4f0e-9a3b-2c7d4e6b8a10",
    "status": "running",
    "started_at": "2026-03-02T08:00:00.000Z",
    "ended_at": None,
}
_INCIDENT: Document = {
    "incident_id": 12,
    "event_type": "phone",
    "severity": "alert",
    "start_time": "2026-03-02T09:00:00.000Z",
    "end_time": None,
    "confidence": 0.91,
    "verdict": "not_reviewed",
}
_VERDICT: Document = {
    "of": "incidents",
    "incident_ids": [12],
    "verdict": "passed",
    "how": "first",
    "reviewer_id": "9e8d7c6b-5a49-4838-a727-161504f3e2d1",
    "at": "2026-03-02T10:00:00.000Z",
}


def webhooks() -> Document:
    """Path items by the kind of message."""
    return {kind.value: {"post": _sent(kind)} for kind in Kind}


def schema(kind: Kind) -> Document:
    """Of the body of a message."""
    properties: Document = {"id": _ID, "kind": {"const": kind.value}, "created_at": _TIME}
    required = [*properties]
    if kind is not Kind.TEST:
        properties["attempt"] = _object(
            id=_ID,
            exam_id={"type": ["string", "null"]},
            user_id=_ID,
            status={"type": "string", "enum": [one.value for one in AttemptStatus]},
            started_at=_MAYBE_TIME,
            ended_at=_MAYBE_TIME,
        )
        required.append("attempt")
    if kind in (Kind.INCIDENT_OPENED, Kind.INCIDENT_CLOSED, Kind.VERDICT_GIVEN):
        properties["incident"] = _incident()
    if kind in (Kind.INCIDENT_OPENED, Kind.INCIDENT_CLOSED):
        required.append("incident")
    if kind is Kind.VERDICT_GIVEN:
        properties["verdict"] = _verdict()
        required.append("verdict")
    return {"type": "object", "required": required, "properties": properties}


def _sent(kind: Kind) -> Document:
    example = {**_EXAMPLE, "kind": kind.value}
    example |= {} if kind is Kind.TEST else {"attempt": _ATTEMPT}
    example |= {"incident": _INCIDENT} if "incident" in schema(kind)["required"] else {}
    example |= {"verdict": _VERDICT} if kind is Kind.VERDICT_GIVEN else {}
    return {
        "operationId": "".join(part.title() for part in ("on", *kind.value.split("."))),
        "summary": _TOLD[kind],
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": told,
                "schema": {"type": "string"},
            }
            for name, told in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema(kind), "example": example}},
        },
        "responses": {
            "2XX": {"description": "Taken"},
            "410": {"description": "Nobody is there any more: the webhook pauses"},
            "default": {"description": "Tried again later, for three days"},
        },
    }


def _incident() -> Document:
    return _object(
        incident_id={"type": "integer"},
        event_type={"type": "string", "enum": [one.value for one in EventType]},
        severity={"type": "string", "enum": [one.value for one in Severity]},
        start_time=_TIME,
        end_time=_MAYBE_TIME,
        confidence={"type": "number", "minimum": 0, "maximum": 1},
        verdict={"type": "string", "enum": [one.value for one in Verdict]},
    )


def _verdict() -> Document:
    return _object(
        of={"type": "string", "enum": ["incidents", "attempt"]},
        incident_ids={"type": "array", "items": {"type": "integer"}},
        verdict={"type": "string"},
        how={"type": "string"},
        reviewer_id=_ID,
        at=_TIME,
    )


def _object(**properties: Document) -> Document:
    return {"type": "object", "required": [*properties], "properties": properties}
