"""What the document says of bodies that are files, or forms that no model describes.

A file goes in as the body itself or in a form. What is text has its own kind first, so that the
document's page has a place to write it in; of the others a browser chooses a file."""

from typing import Any

Document = dict[str, Any]
_TEXT: Document = {"schema": {"type": "string"}}
_EXAM: Document = {"schema": {"$ref": "#/components/schemas/ExamDocument"}}
_BYTES: Document = {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
            "additionalProperties": False,
        }
    },
}


def _form(required: list[str], **fields: Document) -> Document:
    """With an example made of those of its fields."""
    return {
        "schema": {"type": "object", "required": required, "properties": fields},
        "example": {name: field["examples"][0] for name, field in fields.items()},
    }


def _field(kind: str, example: str | int, told: str) -> Document:
    return {"type": kind, "examples": [example], "description": told}


_EXAM_FORM = _form(
    ["title", "duration"],
    title=_field("string", "Geography", "What the exam is called"),
    duration=_field("integer", 45, "In minutes"),
    description=_field("string", "Rivers of Europe.", "Markdown"),
    code=_field("string", "GEO-1", "3 to 16 of A to Z, 0 to 9 and -; without one, one is made"),
    opens_at=_field("string", "2026-03-02T08:00:00Z", "ISO 8601"),
    closes_at=_field("string", "2026-03-02T18:00:00Z", "ISO 8601"),
    time_zone=_field("string", "Europe/Madrid", "For showing the times"),
)


def _body(content: Document) -> Document:
    return {"requestBody": {"required": True, "content": content}}


EXAM_BODY = _body({"application/json": _EXAM, "application/x-www-form-urlencoded": _EXAM_FORM})
EXAM_FILE = _body({"application/json": _EXAM, "text/plain": _TEXT, **_BYTES})
"""text/plain: GIFT."""
ROSTER_FILE = _body({"text/csv": _TEXT, **_BYTES})
PICTURE_FILE = _body(_BYTES)
