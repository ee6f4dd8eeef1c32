"""The OpenAPI document: what the framework knows of the routes, with what only we know of them.

Made once, when it is first asked for. `operations.py` names each operation and the errors it
answers, `examples.json` has an example for every document; tests compare both with the program.
"""

import copy
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from proctor_app import cookies
from proctor_app.api.error_codes import ERROR_CODES, statuses_of
from proctor_app.api.negotiation import FORMS
from proctor_app.api.openapi_examples import examples, fill_in, give_examples, page
from proctor_app.api.openapi_webhooks import webhooks
from proctor_app.api.openapi_words import (
    DESCRIPTION,
    HEADERS,
    PARAMETERS,
    STATUSES,
    TAGS,
    is_time,
)
from proctor_app.api.operation import Operation
from proctor_app.api.operations import OPERATIONS, fallback
from proctor_app.api.origin import FROM_ELSEWHERE
from proctor_app.api.scopes import KEYED

Document = dict[str, Any]
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_SECURED = frozenset({
    "not_authenticated", "token_expired", "token_invalid", "token_revoked", "role_changed",
    "second_factor_removed",
})  # fmt: skip
_ERROR_SCHEMA = {"$ref": "#/components/schemas/Error"}
_KEYS = frozenset({
    "key_expired", "key_owner_refused", "key_revoked", "two_credentials",
})  # fmt: skip
_DATABASE_FREE = frozenset({"getHealth"})


def install(app: FastAPI) -> None:
    """Serve the whole document in the place of the framework's own."""

    def document() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = build(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the framework's documented way


def operation_id(route: APIRoute) -> str:
    """The stable name of a route's operation, which also names the schemas of its forms."""
    method = min((route.methods or {"GET"}) - {"HEAD"})
    return OPERATIONS.get(f"{method} {route.path}", fallback(route.name)).id


def build(app: FastAPI) -> Document:
    """The whole document, as JSON-compatible values."""
    made: Document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        tags=[{"name": name, "description": told} for name, told in TAGS.items()],
        servers=[{"url": "/", "description": "This installation"}],
        routes=app.routes,
    )
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Error"] = _error_schema()
    made["components"]["securitySchemes"] = _security_schemes()
    for key, found in operations_of(made):
        _describe(found, key, OPERATIONS.get(key, fallback(found["operationId"])))
    for name, schema in schemas.items():
        _describe_schema(schema, examples()["schemas"].get(name))
    for name in _forms(made):
        fill_in(schemas[name], examples()["schemas"].get(name, {}))
    made["components"]["responses"] = _share_errors(made)
    made["webhooks"] = webhooks()
    return made


def _forms(made: Document) -> Iterator[str]:
    """The names of the schemas that forms are sent by."""
    for _, found in operations_of(made):
        for kind, media in found.get("requestBody", {}).get("content", {}).items():
            if kind in FORMS and "$ref" in media["schema"]:
                yield media["schema"]["$ref"].rpartition("/")[2]


def _share_errors(made: Document) -> Document:
    """Take out the error answers that are the same in several operations, by status and number."""
    texts = Counter(
        _text(answer) for _, found in operations_of(made) for answer in _errors(found).values()
    )
    names: dict[str, str] = {}
    shared: Document = {}
    for _, found in operations_of(made):
        for status, answer in _errors(found).items():
            text = _text(answer)
            if texts[text] > 1:
                number = sum(name.startswith(f"Error{status}") for name in shared) + 1
                name = names.setdefault(text, f"Error{status}_{number}")
                shared[name] = answer
                found["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _errors(found: Mapping[str, Any]) -> Document:
    return {status: one for status, one in found["responses"].items() if int(status) >= 400}


def _text(answer: Document) -> str:
    return json.dumps(answer, sort_keys=True)


def operations_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    """Each operation of a document with its key, as "GET /api/v1/health"."""
    for path, item in document["paths"].items():
        for method, found in item.items():
            if method in _METHODS:
                yield f"{method.upper()} {path}", found


def _describe(found: Document, key: str, known: Operation) -> None:
    is_secured = bool(found.pop("security", None))
    found["operationId"], found["summary"] = known.id, known.summary
    found["security"] = _security(key) if is_secured else []
    for parameter in found.get("parameters", []):
        told = PARAMETERS.get(parameter["name"])
        if told and "description" not in parameter:
            parameter["description"] = told
    give_examples(found.get("requestBody", {}).get("content", {}), known.id)
    answers = {status: answer for status, answer in found["responses"].items() if int(status) < 400}
    for status, answer in answers.items():
        _describe_answer(answer, int(status), known)
    errors = {}
    for status, codes in codes_of(found, known, key, is_secured=is_secured).items():
        errors[str(status)] = _error_answer(status, codes, is_page=" /lti/" in key)
    found["responses"] = {**answers, **errors, **_own_error(known)}


def codes_of(
    found: Mapping[str, Any], known: Operation, key: str, *, is_secured: bool
) -> dict[int, list[str]]:
    """Which codes an operation answers, by status: its own, and what its kind brings along. key:
    its method and path."""
    method, _, path = key.partition(" ")
    codes = set(known.codes.split())
    if is_secured:
        codes |= {f"{code}/401" for code in (*_SECURED, *_KEYS, "key_unknown")} | {"throttled"}
        is_keyed = any("apiKey" in way for way in found["security"])
        codes |= (
            {"scope_missing", "rate_limited", "quota_used_up"} if is_keyed else {"key_not_allowed"}
        )
    if "not_allowed" in codes:
        codes.add("second_factor_setup_required")
    if method != "GET" and path not in FROM_ELSEWHERE:
        codes.add("foreign_origin")
    if found.get("requestBody"):
        codes |= {"body_too_large", "invalid_request"}
    if any(_can_be_wrong(one) for one in found.get("parameters", [])):
        codes.add("invalid_request")
    if found.get("parameters") or found.get("requestBody"):
        codes.add("value_not_storable")
    if known.id not in _DATABASE_FREE:
        codes.add("database_unavailable")
    by_status: dict[int, list[str]] = {}
    for one in sorted(codes):
        code, _, wanted = one.partition("/")
        for status in (int(wanted),) if wanted else statuses_of(code):
            by_status.setdefault(status, []).append(code)
    return {status: by_status[status] for status in sorted(by_status)}


def _can_be_wrong(parameter: Mapping[str, Any]) -> bool:
    """Whether any value of a parameter is refused: a text without limits takes all of them."""
    schema = dict(parameter["schema"])
    plain = schema.get("type") == "string" and not schema.keys() & {"maxLength", "enum", "pattern"}
    return not plain or (parameter["in"] == "query" and bool(parameter.get("required")))


def _describe_answer(answer: Document, status: int, known: Operation) -> None:
    answer["description"] = STATUSES[status]
    if known.media:
        written = answer.get("content", {})
        answer["content"] = {
            kind: written.get(kind) or _bytes(kind) for kind in known.media.split()
        }
        if status == 204:
            del answer["content"]
    give_examples(answer.get("content", {}), known.id)
    if "schema" in answer.get("content", {}).get("application/json", {}):
        answer["content"]["application/json"]["schema"].pop("title", None)
    if status == 303:
        answer.pop("content", None)
        answer["headers"] = {"Location": HEADERS["Location"], "Set-Cookie": HEADERS["Set-Cookie"]}
    elif known.is_file:
        named = {"Content-Disposition": HEADERS["Content-Disposition"]}
        answer["headers"] = named | answer.get("headers", {})


def _bytes(kind: str) -> Document:
    if kind.startswith("text/"):
        return {"schema": {"type": "string"}}
    return {"schema": {"type": "string", "format": "binary"}}


def _error_answer(status: int, codes: list[str], *, is_page: bool) -> Document:
    told = "\n".join(f"- `{code}`: {ERROR_CODES[status][code]}" for code in codes)
    schema = {
        "allOf": [_ERROR_SCHEMA, {"properties": {"code": {"enum": codes}}}],
    }
    answer: Document = {
        "description": f"{STATUSES[status]}\n\n{told}",
        "content": {"application/json": {"schema": schema, "example": {
            "detail": ERROR_CODES[status][codes[0]], "code": codes[0],
        }}},
    }  # fmt: skip
    if is_page:
        shown = page("This did not work", ERROR_CODES[status][codes[0]], f"Code: {codes[0]}")
        answer["content"]["text/html"] = {"schema": {"type": "string"}, "example": shown}
    headers = {401: "WWW-Authenticate", 429: "Retry-After"}
    if status in headers:
        answer["headers"] = {headers[status]: HEADERS[headers[status]]}
    return answer


def _own_error(known: Operation) -> Document:
    """Health says in the same form that it is not well."""
    if known.id != "getHealth":
        return {}
    schema = {"$ref": "#/components/schemas/Health"}
    media = {"schema": schema, "example": {**examples()["schemas"]["Health"], "status": "starting"}}
    return {"503": {"description": STATUSES[503], "content": {"application/json": media}}}


def _error_schema() -> Document:
    return {
        "type": "object",
        "title": "Error",
        "description": "detail: for people, and may change. code: for programs, and stays.",
        "required": ["detail", "code"],
        "additionalProperties": False,
        "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
    }


def _security_schemes() -> Document:
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access_token` of a log-in.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookies.NAME,
            "description": "The session of the pages, set by `POST /login`; only from our own"
            " origin.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "A machine's key. The scope that an operation names is the one it needs;"
            " an operation that names no key takes none.",
        },
    }


def _security(key: str) -> list[dict[str, list[str]]]:
    """Which ways in an operation takes; of a key, with the scope it needs."""
    method, _, path = key.partition(" ")
    ways: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
    if (method, path) not in KEYED:
        return ways
    scope = KEYED[method, path]
    return [*ways, {"apiKey": [scope.value] if scope else []}]


def _describe_schema(schema: Document, example: object) -> None:
    """Give a schema its example, and say which of its texts are times."""
    if example is not None:
        schema["examples"] = [copy.deepcopy(example)]
    for name, one in schema.get("properties", {}).items():
        kinds = one.get("anyOf", [one])
        for kind in kinds:
            if is_time(name) and kind.get("type") == "string":
                kind.setdefault("format", "date-time")
