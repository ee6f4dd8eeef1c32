"""The AsyncAPI 3.0 document of the WebSocket: every message, close code, limit, with examples.

Values come from the code where it has them; a test drives the WebSocket through every form and
holds what comes back against these schemas.
"""

from functools import cache
from typing import Any, get_args

from proctor_app import __version__
from proctor_app.api.signal_schemas import Signal
from proctor_app.api.ws import AUTH_TIMEOUT_S
from proctor_app.api.ws_messages import MAX_TEXT_CHARACTERS
from proctor_app.domain.incident import EventType, Phase, Severity
from proctor_app.services.broadcast import Control
from proctor_app.services.claims import MAX_SEQ
from proctor_app.services.tickets import GOOD_FOR
from proctor_app.vision.frame import FRAME_LIMITS
from proctor_app.vision.observation import QualityProblem
from proctor_app.vision.signals import FaceCount

Document = dict[str, Any]

CLOSES: dict[int, str] = {
    1000: "The attempt has ended (`stopped`).",
    1009: "Five messages in a row were too large.",
    1013: "Not now: the database does not answer, or there are too many connections.",
    4401: "Not authenticated: no ticket in time, or one that is unknown, used, expired or no ticket"
    " at all; later, that the log-in it came from has ended.",
    4403: "Not allowed: another's path, or a page of another site.",
    4409: "Replaced by a newer connection of the same attempt.",
}
ERRORS: dict[str, str] = {
    "already_authenticated": "The connection is in use; a ticket is sent once.",
    "attempt_ended": "The attempt has ended, and nothing of it may come any more.",
    "attempt_not_running": "The attempt does not take frames now.",
    "attempt_paused": "The attempt is paused.",
    "bad_event": "An event has no kind, or a field is not valid.",
    "bad_seq": "`seq` is no whole number from 0 on.",
    "camera_not_used": "The exam does not use the camera.",
    "database_unavailable": "The database does not answer; the frame was not kept.",
    "frame_dimensions": "The picture has more pixels than it may.",
    "frame_empty": "The message has no bytes.",
    "frame_failed": "The frame could not be looked at.",
    "frame_not_an_image": "The message is neither a JPEG nor a PNG.",
    "frame_too_large": "The message is too large.",
    "frame_truncated": "The picture ends too soon.",
    "frame_undecodable": "The picture is damaged.",
    "illegal_state": "The attempt moved on in this very moment; it does not take this any more.",
    "image_missing": "`image` is no text.",
    "malformed_base64": "The text is no base64.",
    "malformed_json": "The text begins with { and is no JSON object.",
    "no_attempt": "The attempt is not kept any more.",
    "not_allowed": "This log-in may not send for the attempt any more.",
    "seb_required": "The exam is sat in Safe Exam Browser; this log-in has not shown it.",
    "throttled": "Too many messages at once; this one was let go.",
    "unknown_type": "The object's `type` is none that a client sends.",
    "value_not_storable": "An event has characters or a size that can't be kept.",
    "vision_failed": "The frame could not be looked at.",
}
_PIXEL = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQE"
_TIME = "2026-03-02T09:00:01.000Z"
_SEQ: Document = {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}
_DESCRIPTION = f"""\
The stream of one candidate's attempt: frames and events go up; acknowledgements, the status of the
picture and incidents come down. The REST document is [openapi.json](/api/openapi.json).

`POST /api/v1/exam/start/{{user_id}}` answers with `wsUrl` and a ticket (`wsConfig.token`). It is
good for {int(GOOD_FOR.total_seconds())} s and for one connection; send it as `?token=` or, within
{AUTH_TIMEOUT_S:g} s, in the first message. The token of a log-in is no ticket.

A frame is a JPEG or PNG of at most {FRAME_LIMITS.max_bytes:,} bytes and
{FRAME_LIMITS.max_long_side_px} x {FRAME_LIMITS.max_short_side_px} pixels; a text has at most
{MAX_TEXT_CHARACTERS:,} characters. Every frame and event is answered by `ack` or `error`, and
after an error the connection lives on. Frames wait for nobody: where several are under
way the newest is looked at, and the others are acknowledged with `analysed: false`.

Closes:
"""


def _closed_object(required: list[str], **properties: Document) -> Document:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _kind(name: str) -> Document:
    return {"const": name}


def _one_of(values: Any) -> Document:
    return {"type": "string", "enum": [str(value) for value in values]}


def _message(title: str, payload: Document, *examples: Any, told: str = "") -> Document:
    found: Document = {
        "name": title,
        "title": title,
        "contentType": "application/json",
        "payload": payload,
        "examples": [{"payload": example} for example in examples],
    }
    return found | ({"summary": told} if told else {})


def _client() -> dict[str, Document]:
    event = Signal.model_json_schema()
    event["properties"] = {"type": _kind("event"), **event["properties"]}
    event["required"] = ["type", *event["required"]]
    event.pop("title", None)
    binary = {
        "type": "string",
        "format": "binary",
        "maxLength": FRAME_LIMITS.max_bytes,
        "description": "The bytes of a JPEG or PNG in a binary message.",
    }
    text = {
        "type": "string",
        "maxLength": MAX_TEXT_CHARACTERS,
        "description": "The picture in base64 as the whole text, with or without data: prefix.",
    }
    frame = _closed_object(["type", "image"], type=_kind("frame"), image=text, seq=_SEQ)
    frame["additionalProperties"] = True
    auth = _closed_object(["type", "token"], type=_kind("auth"), token={"type": "string"})
    return {
        "auth": _message(
            "auth",
            auth,
            {"type": "auth", "token": "5sKx0oBGoJxmZ0eJ3n2vHq1tq8mT4rYw"},
            told="The ticket, first of all, where it is not in the address.",
        ),
        "binaryFrame": _message("binaryFrame", binary, told="A picture.")
        | {"contentType": "image/jpeg"},
        "base64Frame": _message(
            "base64Frame", text, f"data:image/jpeg;base64,{_PIXEL}", told="A picture as text."
        )
        | {"contentType": "text/plain"},
        "frame": _message(
            "frame",
            frame,
            {"type": "frame", "seq": 41, "image": _PIXEL},
            {"type": "frame", "image": _PIXEL},
            told="A picture with the client's own number.",
        ),
        "event": _message(
            "event",
            event,
            {"type": "event", "kind": "hidden", "timestamp": _TIME, "seq": 7},
            {"type": "event", "kind": "copy", "timestamp": 1772442001, "detail": {"length": 12}},
            told="What the browser did; seq: kept once, however often it is sent.",
        ),
        "ping": _message(
            "ping",
            _closed_object(["type"], type=_kind("ping")) | {"additionalProperties": True},
            {"type": "ping"},
            told="Answered by pong.",
        ),
    }


def _server() -> dict[str, Document]:
    time: Document = {"type": "string", "format": "date-time"}
    item = _closed_object(
        ["event", "time", "event_type", "severity", "confidence", "incident_id", "phase"],
        event={"type": "string", "description": "In words, for people."},
        time=time,
        event_type=_one_of(EventType),
        severity=_one_of(Severity),
        confidence={"type": "number", "minimum": 0, "maximum": 1},
        incident_id={"type": "integer"},
        phase=_one_of(Phase),
    )
    logged = {
        "event": "Face not detected",
        "time": _TIME,
        "event_type": "face_absent",
        "severity": "alert",
        "confidence": 1.0,
        "incident_id": 12,
        "phase": "opened",
    }
    share = {"type": "number", "minimum": 0, "maximum": 1}
    box = {
        "type": ["array", "null"],
        "items": share,
        "minItems": 4,
        "maxItems": 4,
        "description": "Left, top, right, bottom of the face as shares of the picture.",
    }
    quality = _one_of(["ok", *QualityProblem])
    return {
        "ack": _message(
            "ack",
            _closed_object(
                ["type", "seq"],
                type=_kind("ack"),
                seq={**_SEQ, "type": ["integer", "null"]},
                analysed={"type": "boolean"},
                saved={"type": "integer", "minimum": 0},
            )
            | {"oneOf": [{"required": ["analysed"]}, {"required": ["saved"]}]},
            {"type": "ack", "seq": 41, "analysed": True},
            {"type": "ack", "seq": 7, "saved": 1},
            told="To a frame (analysed; seq is the server's own where none came) or an event"
            " (saved: 0 for a seq that is kept already).",
        ),
        "status": _message(
            "status",
            _closed_object(
                ["type", "face", "face_box", "quality", "open", "degraded"],
                type=_kind("status"),
                face=_one_of(get_args(FaceCount)),
                face_box=box,
                quality=quality,
                open={"type": "array", "items": _one_of(EventType)},
                degraded={"type": "boolean"},
            ),
            {
                "type": "status",
                "face": "one",
                "face_box": [0.25, 0.25, 0.5, 0.75],
                "quality": "ok",
                "open": [],
                "degraded": False,
            },
            told="What the last frame showed. degraded: it was not looked at.",
        ),
        "logs": _message(
            "logs",
            _closed_object(
                ["type", "data", "stored"],
                type=_kind("logs"),
                data={"type": "array", "items": item, "minItems": 1},
                stored={"const": True},
            ),
            {"type": "logs", "data": [logged], "stored": True},
            told="An incident opened or closed, and that is in the database.",
        ),
        "control": _message(
            "control",
            _closed_object(
                ["type", "action", "kind", "text", "time"],
                type=_kind("control"),
                action=_one_of([one for one in get_args(Control) if one != "warning"]),
                kind=_one_of(get_args(Control)),
                text={"type": "string"},
                time=time,
            ),
            {
                "type": "control",
                "action": "message",
                "kind": "warning",
                "text": "Please look at your own screen.",
                "time": _TIME,
            },
            told="Words for the candidate, and what they come with.",
        ),
        "error": _message(
            "error",
            _closed_object(
                ["type", "code", "detail"],
                type=_kind("error"),
                code=_one_of(ERRORS),
                detail={"type": "string"},
                seq=_SEQ,
            ),
            {"type": "error", "code": "frame_truncated", "detail": "The frame ends too soon."},
            told="A message that did not serve; the connection lives on.",
        ),
        "pong": _message(
            "pong",
            _closed_object(["type"], type=_kind("pong")),
            {"type": "pong"},
            told="To a ping.",
        ),
    }


@cache
def build() -> Document:
    """The whole document, as JSON-compatible values."""
    client, server = _client(), _server()
    closes = "\n".join(f"- {code}: {told}" for code, told in CLOSES.items())
    errors = "\n".join(f"- `{code}`: {told}" for code, told in ERRORS.items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Proctor, the stream of an attempt",
            "version": __version__,
            "license": {"name": "MIT"},
            "description": f"{_DESCRIPTION}\n{closes}\n\nCodes of `error`:\n\n{errors}\n",
        },
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "localhost:8080",
                "protocol": "ws",
                "description": "Use `wsUrl` of a start: the host that served it, wss over TLS.",
                "security": [{"$ref": "#/components/securitySchemes/ticket"}],
            }
        },
        "channels": {
            "stream": {
                "address": "/ws/{user_id}",
                "parameters": {"user_id": {"description": "The candidate's id."}},
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"} for name in (*client, *server)
                },
                "bindings": {"ws": {"method": "GET", "query": _query(), "bindingVersion": "0.1.0"}},
                "x-close-codes": {str(code): told for code, told in CLOSES.items()},
            }
        },
        "operations": {
            "send": _operation("receive", "What a client sends", client),
            "receive": _operation("send", "What the server sends", server),
        },
        "components": {
            "messages": client | server,
            "securitySchemes": {
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "token",
                    "description": "A one-use ticket of a start; or as the first message.",
                }
            },
        },
    }


def _query() -> Document:
    token = {"type": "string", "description": "The ticket, where it is not the first message."}
    return {"type": "object", "properties": {"token": token}}


def _operation(action: str, summary: str, messages: dict[str, Document]) -> Document:
    """action: from the server's side, as the standard has it."""
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/stream"},
        "messages": [{"$ref": f"#/channels/stream/messages/{name}"} for name in messages],
    }
