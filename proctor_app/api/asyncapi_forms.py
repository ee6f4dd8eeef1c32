"""The pieces that the messages of the AsyncAPI document are made of."""

from typing import Any

from proctor_app.services.claims import MAX_SEQ

Document = dict[str, Any]
TIME = "2026-03-02T09:00:01.000Z"
SEQ: Document = {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}


def closed_object(required: list[str], **properties: Document) -> Document:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def kind(name: str) -> Document:
    return {"const": name}


def one_of(values: Any) -> Document:
    return {"type": "string", "enum": [str(value) for value in values]}


def message(title: str, payload: Document, *examples: Any, told: str = "") -> Document:
    found: Document = {
        "name": title,
        "title": title,
        "contentType": "application/json",
        "payload": payload,
        "examples": [{"payload": example} for example in examples],
    }
    return found | ({"summary": told} if told else {})
