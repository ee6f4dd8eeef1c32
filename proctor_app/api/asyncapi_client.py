"""What a client sends on the WebSocket, as messages of the AsyncAPI document."""

from proctor_app.api.asyncapi_forms import SEQ, TIME, Document, closed_object, kind, message
from proctor_app.api.signal_schemas import Signal
from proctor_app.api.ws_messages import MAX_TEXT_CHARACTERS
from proctor_app.vision.frame import FRAME_LIMITS

_PIXEL = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQE"
_BASE64: Document = {
    "type": "string",
    "maxLength": MAX_TEXT_CHARACTERS,
    "description": "The picture in base64 as the whole text, with or without data: prefix.",
}


def client_messages() -> dict[str, Document]:
    """By name, in the order in which a client comes to send them."""
    made = (_auth(), _binary_frame(), _base64_frame(), _frame(), _event(), _ping())
    return {one["name"]: one for one in made}


def _auth() -> Document:
    return message(
        "auth",
        closed_object(["type", "token"], type=kind("auth"), token={"type": "string"}),
        {"type": "auth", "token": "5sKx0oBGoJxmZ0eJ3n2vHq1tq8mT4rYw"},
        told="The ticket, first of all, where it is not in the address.",
    )


def _binary_frame() -> Document:
    payload = {
        "type": "string",
        "format": "binary",
        "maxLength": FRAME_LIMITS.max_bytes,
        "description": "The bytes of a JPEG or PNG in a binary message.",
    }
    return message("binaryFrame", payload, told="A picture.") | {"contentType": "image/jpeg"}


def _base64_frame() -> Document:
    example = f"data:image/jpeg;base64,{_PIXEL}"
    made = message("base64Frame", _BASE64, example, told="A picture as text.")
    return made | {"contentType": "text/plain"}


def _frame() -> Document:
    payload = closed_object(["type", "image"], type=kind("frame"), image=_BASE64, seq=SEQ)
    return message(
        "frame",
        payload | {"additionalProperties": True},
        {"type": "frame", "seq": 41, "image": _PIXEL},
        {"type": "frame", "image": _PIXEL},
        told="A picture with the client's own number.",
    )


def _event() -> Document:
    payload = Signal.model_json_schema()
    payload["properties"] = {"type": kind("event"), **payload["properties"]}
    payload["required"] = ["type", *payload["required"]]
    payload.pop("title", None)
    return message(
        "event",
        payload,
        {"type": "event", "kind": "hidden", "timestamp": TIME, "seq": 7},
        {"type": "event", "kind": "copy", "timestamp": 1772442001, "detail": {"length": 12}},
        told="What the browser did; seq: kept once, however often it is sent.",
    )


def _ping() -> Document:
    payload = closed_object(["type"], type=kind("ping")) | {"additionalProperties": True}
    return message("ping", payload, {"type": "ping"}, told="Answered by pong.")
