"""Holds an answer against the OpenAPI document: its status, its kind, its form, its code."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from fastapi import FastAPI

from proctor_app.api import openapi
from proctor_app.api.app import build_api
from proctor_app.api.dependencies import ApiContext

Document = dict[str, Any]
NOWHERE = frozenset({405, 500})
"""What any address can answer, and the document of none says."""


@cache
def document() -> Document:
    """The document of the routes as they are written; the services behind them don't matter."""
    nothing: Any = None
    app = build_api(ApiContext(nothing, (), secure_cookies=False))
    assert isinstance(app, FastAPI)
    return openapi.build(app)


@cache
def operations() -> Mapping[str, Document]:
    """By "GET /path", with the answers they share put in."""
    shared = document()["components"]["responses"]
    found = {}
    for key, one in openapi.operations_of(document()):
        answers = {
            status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            for status, answer in one["responses"].items()
        }
        found[key] = {**one, "responses": answers}
    return found


@cache
def _patterns() -> list[tuple[re.Pattern[str], str, str]]:
    """Path templates as patterns, those with the fewest parameters first."""
    found = []
    for key in sorted(operations(), key=lambda key: (key.count("{"), key)):
        method, _, template = key.partition(" ")
        parts = re.split(r"\{[^}]+\}", template)
        found.append((re.compile("[^/]+".join(map(re.escape, parts))), method, key))
    return found


def key_of(method: str, path: str) -> str | None:
    """Which operation a request is for, None where the document has none."""
    wanted = "GET" if method == "HEAD" else method
    for pattern, known, key in _patterns():
        if known == wanted and pattern.fullmatch(path):
            return key
    return None


@cache
def validator(schema: str) -> Any:
    """Of a schema of the document, given as JSON; references lead into the document."""
    whole = {**json.loads(schema), "components": document()["components"]}
    return jsonschema_rs.validator_for(whole)


def problems(schema: Mapping[str, Any], value: object) -> list[str]:
    """Where a value is not of a schema."""
    found = validator(json.dumps(schema, sort_keys=True)).iter_errors(value)
    return [f"{list(error.instance_path)}: {error.message[:300]}" for error in found]


def check(method: str, path: str, answer: Any) -> None:
    """Raise AssertionError where the document does not say that this can be answered."""
    key = key_of(method, path)
    status = answer.status_code
    if key is None or status in NOWHERE:
        return
    kind = answer.headers.get("content-type", "").partition(";")[0]
    known = operations()[key]["responses"]
    if _is_page(answer, key):
        return
    assert str(status) in known, f"{key} answered {status} {answer.text[:200]}: not documented"
    content = known[str(status)].get("content", {})
    if status == 204:  # empty, whatever kind its header says
        assert not answer.content, key
        return
    assert kind in content or not (kind or content), f"{key} {status} is {kind!r}, not {[*content]}"
    if kind == "application/json" and method != "HEAD":
        wrong = problems(content[kind].get("schema", {}), answer.json())
        assert not wrong, f"{key} {status}: {wrong} in {answer.text[:300]}"
    for name, header in known[str(status)].get("headers", {}).items():
        missing = header.get("required") and name.lower() not in answer.headers
        assert not missing, f"{key} {status} has no {name}"


def _is_page(answer: Any, key: str) -> bool:
    """Whether the pages answered in the place of a route that has their address."""
    kind = answer.headers.get("content-type", "")
    return key.startswith("GET /admin/") and not kind.startswith("application/json")
