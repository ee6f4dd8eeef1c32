"""What this server sends on the WebSocket, as messages of the AsyncAPI document."""

from typing import get_args

from proctor_app.api.asyncapi_codes import ERRORS
from proctor_app.api.asyncapi_forms import (
    SEQ,
    TIME,
    Document,
    closed_object,
    kind,
    message,
    one_of,
)
from proctor_app.domain.incident import EventType, Phase, Severity
from proctor_app.services.broadcast import Control
from proctor_app.vision.observation import QualityProblem
from proctor_app.vision.signals import FaceCount

_MOMENT: Document = {"type": "string", "format": "date-time"}
_SHARE: Document = {"type": "number", "minimum": 0, "maximum": 1}
_BOX: Document = {
    "type": ["array", "null"],
    "items": _SHARE,
    "minItems": 4,
    "maxItems": 4,
    "description": "Left, top, right, bottom of the face as shares of the picture.",
}


def server_messages() -> dict[str, Document]:
    """By name."""
    made = (_ack(), _status(), _logs(), _control(), _error(), _pong())
    return {one["name"]: one for one in made}


def _ack() -> Document:
    payload = closed_object(
        ["type", "seq"],
        type=kind("ack"),
        seq={**SEQ, "type": ["integer", "null"]},
        analysed={"type": "boolean"},
        saved={"type": "integer", "minimum": 0},
    )
    return message(
        "ack",
        payload | {"oneOf": [{"required": ["analysed"]}, {"required": ["saved"]}]},
        {"type": "ack", "seq": 41, "analysed": True},
        {"type": "ack", "seq": 7, "saved": 1},
        told="To a frame (analysed; seq is the server's own where none came) or an event"
        " (saved: 0 for a seq that is kept already).",
    )


def _status() -> Document:
    payload = closed_object(
        ["type", "face", "face_box", "quality", "open", "degraded"],
        type=kind("status"),
        face=one_of(get_args(FaceCount)),
        face_box=_BOX,
        quality=one_of(["ok", *QualityProblem]),
        open={"type": "array", "items": one_of(EventType)},
        degraded={"type": "boolean"},
    )
    example = {
        "type": "status",
        "face": "one",
        "face_box": [0.25, 0.25, 0.5, 0.75],
        "quality": "ok",
        "open": [],
        "degraded": False,
    }
    told = "What the last frame showed. degraded: it was not looked at."
    return message("status", payload, example, told=told)


def _logs() -> Document:
    item = closed_object(
        ["event", "time", "event_type", "severity", "confidence", "incident_id", "phase"],
        event={"type": "string", "description": "In words, for people."},
        time=_MOMENT,
        event_type=one_of(EventType),
        severity=one_of(Severity),
        confidence=_SHARE,
        incident_id={"type": "integer"},
        phase=one_of(Phase),
    )
    data = {"type": "array", "items": item, "minItems": 1}
    payload = closed_object(
        ["type", "data", "stored"], type=kind("logs"), data=data, stored={"const": True}
    )
    logged = {
        "event": "Face not detected",
        "time": TIME,
        "event_type": "face_absent",
        "severity": "alert",
        "confidence": 1.0,
        "incident_id": 12,
        "phase": "opened",
    }
    example = {"type": "logs", "data": [logged], "stored": True}
    told = "An incident opened or closed, and that is in the database."
    return message("logs", payload, example, told=told)


def _control() -> Document:
    payload = closed_object(
        ["type", "action", "kind", "text", "time"],
        type=kind("control"),
        action=one_of([one for one in get_args(Control) if one != "warning"]),
        kind=one_of(get_args(Control)),
        text={"type": "string"},
        time=_MOMENT,
    )
    example = {
        "type": "control",
        "action": "message",
        "kind": "warning",
        "text": "Please look at your own screen.",
        "time": TIME,
    }
    told = "Words for the candidate, and what they come with."
    return message("control", payload, example, told=told)


def _error() -> Document:
    payload = closed_object(
        ["type", "code", "detail"],
        type=kind("error"),
        code=one_of(ERRORS),
        detail={"type": "string"},
        seq=SEQ,
    )
    example = {"type": "error", "code": "frame_truncated", "detail": "The frame ends too soon."}
    told = "A message that did not serve; the connection lives on."
    return message("error", payload, example, told=told)


def _pong() -> Document:
    payload = closed_object(["type"], type=kind("pong"))
    return message("pong", payload, {"type": "pong"}, told="To a ping.")
