"""A message's fields in words, read from its JSON Schema."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from proctor_app.api.asyncapi_forms import Document

_LIMITS = {
    "minimum": "at least {:,}",
    "maximum": "at most {:,}",
    "minLength": "length at least {:,}",
    "maxLength": "length at most {:,}",
    "minItems": "items at least {:,}",
    "maxItems": "items at most {:,}",
}


@dataclass(frozen=True, slots=True)
class Field:
    """kind, told: HTML, escaped."""

    name: str
    kind: str
    told: str


def fields_of(payload: Document, within: str = "") -> Iterator[Field]:
    """What a payload consists of; the fields of a list's items follow the list."""
    if "properties" not in payload:
        yield Field(within or "the whole message", _kind(payload), _told(payload))
        return
    needed = payload.get("required", [])
    for name, schema in payload["properties"].items():
        need = "required" if name in needed else "optional"
        yield Field(f"{within}{name}", f"{_kind(schema)}, {need}", _told(schema))
        items = schema.get("items", {})
        if "properties" in items:
            yield from fields_of(items, f"{within}{name}[].")


def _kind(schema: Document) -> str:
    if "const" in schema:
        return f"always {_code(schema['const'])}"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("format") == "binary":
        return "bytes"
    types = schema.get("type", "anything")
    names = [types] if isinstance(types, str) else types
    return " or ".join(escape(_name(one, schema)) for one in names)


def _name(one: str, schema: Document) -> str:
    if one == "array" and "properties" not in schema["items"]:
        return f"array of {schema['items'].get('type', 'anything')}"
    return str(schema.get("format", one)) if one == "string" else one


def _told(schema: Document) -> str:
    parts = [schema, *schema.get("anyOf", [])]
    said = [escape(schema.get("description", ""))]
    known = (part["enum"] for part in (*parts, schema.get("items", {})) if "enum" in part)
    said += [f"One of {', '.join(map(_code, values))}." for values in known]
    for part in parts:
        limits = [told.format(part[name]) for name, told in _LIMITS.items() if name in part]
        said += [f"{', '.join(limits).capitalize()}."] if limits else []
    return " ".join(one for one in said if one)


def _code(value: object) -> str:
    return f"<code>{escape(value if isinstance(value, str) else json.dumps(value))}</code>"
