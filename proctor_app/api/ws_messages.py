"""What a client may say on the WebSocket, parsed and capped; pure."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from proctor_app.api.signal_schemas import Signal, Signals, signal_claims
from proctor_app.clock import iso
from proctor_app.domain.incident import Phase
from proctor_app.services.broadcast import IncidentNews, MessageNews
from proctor_app.services.claims import Claim
from proctor_app.services.live import LiveStatus
from proctor_app.vision.frame import FRAME_LIMITS

MAX_TEXT_CHARACTERS = FRAME_LIMITS.max_bytes * 4 // 3 + 1024
"""A frame of the largest size in base64, with some room for the JSON around it."""
_MAX_SEQ = 2**53


@dataclass(frozen=True, slots=True)
class FrameMessage:
    data: bytes
    seq: int | None


@dataclass(frozen=True, slots=True)
class AuthMessage:
    token: str


@dataclass(frozen=True, slots=True)
class EventMessage:
    """What the candidate's program tells of itself."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class PingMessage:
    pass


@dataclass(frozen=True, slots=True)
class BadMessage:
    """too_large: the sender is told 1009 if it happens again and again."""

    code: str
    detail: str
    too_large: bool = False


ClientMessage = FrameMessage | EventMessage | AuthMessage | PingMessage | BadMessage


def parse(message: bytes | str) -> ClientMessage:
    """Read a binary picture, a base64 text with or without ``data:`` prefix, or a JSON object."""
    if isinstance(message, bytes):
        if len(message) > FRAME_LIMITS.max_bytes:
            return _too_large()
        return FrameMessage(message, None)
    if len(message) > MAX_TEXT_CHARACTERS:
        return _too_large()
    if message.lstrip()[:1] == "{":
        return _parse_json(message)
    return _parse_base64(message, None)


def _parse_json(text: str) -> ClientMessage:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return BadMessage("malformed_json", "The message is not valid JSON.")
    if not isinstance(document, dict):
        return BadMessage("malformed_json", "The message is not a JSON object.")
    match document.get("type"):
        case "frame":
            return _parse_frame(document)
        case "auth":
            token = document.get("token")
            return AuthMessage(token if isinstance(token, str) else "")
        case "event":
            return _parse_event(document)
        case "ping":
            return PingMessage()
        case _:
            return BadMessage("unknown_type", 'Known types: "frame", "event", "ping", "auth".')


def _parse_frame(document: dict[str, Any]) -> ClientMessage:
    seq, image = document.get("seq"), document.get("image")
    if seq is not None and (
        not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _MAX_SEQ
    ):
        return BadMessage("bad_seq", '"seq" is a whole number from 0 on.')
    if not isinstance(image, str):
        return BadMessage("image_missing", '"image" is a picture in base64.')
    return _parse_base64(image, seq)


def _parse_event(document: dict[str, Any]) -> EventMessage | BadMessage:
    try:
        event = Signal.model_validate({key: document[key] for key in document if key != "type"})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:40]
        return BadMessage("bad_event", f"An event's {where or 'form'} is not valid.")
    (claim,) = signal_claims(Signals(events=[event]))
    return EventMessage(claim)


def _parse_base64(text: str, seq: int | None) -> FrameMessage | BadMessage:
    if text.startswith("data:"):
        _, _, text = text.partition(",")
    try:
        data = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return BadMessage("malformed_base64", "The picture is not valid base64.")
    if len(data) > FRAME_LIMITS.max_bytes:
        return _too_large()
    return FrameMessage(data, seq)


def _too_large() -> BadMessage:
    detail = f"A frame has at most {FRAME_LIMITS.max_bytes} bytes."
    return BadMessage("frame_too_large", detail, too_large=True)


def logs(news: IncidentNews) -> dict[str, object]:
    """The message that tells of a committed incident."""
    incident = news.incident
    closed = news.phase is Phase.CLOSED and incident.closed_at is not None
    moment = incident.closed_at if closed and incident.closed_at else incident.opened_at
    item = {
        "event": incident.event,
        "time": iso(moment),
        "event_type": incident.event_type.value,
        "severity": incident.severity.value,
        "confidence": incident.confidence,
        "incident_id": incident.id,
        "phase": news.phase.value,
    }
    return {"type": "logs", "data": [item], "stored": True}


def control(news: MessageNews) -> dict[str, object]:
    """The message that brings words to the candidate, and what they come with."""
    return {
        "type": "control",
        "action": "message" if news.action == "warning" else news.action,
        "kind": news.action,
        "text": news.text,
        "time": iso(news.at),
    }


def status(live: LiveStatus, *, degraded: bool) -> dict[str, object]:
    box = [round(edge, 4) for edge in live.face_box] if live.face_box else None
    return {
        "type": "status",
        "face": live.face,
        "face_box": box,
        "quality": live.problem or "ok",
        "open": [event_type.value for event_type in live.open_types],
        "degraded": degraded,
    }
