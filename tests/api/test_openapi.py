"""The OpenAPI document: whole, valid, with examples that hold, and the same as the stored one."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from schemathesis.specs.openapi.definitions import OPENAPI_31

from proctor_app import __version__
from proctor_app.api import asyncapi, openapi_examples
from proctor_app.api.error_codes import ERROR_CODES, statuses_of
from proctor_app.api.negotiation import FORM_FIELDS, FORMS
from proctor_app.api.openapi_webhooks import schema
from proctor_app.api.openapi_words import TAGS
from proctor_app.api.operations import OPERATIONS
from proctor_app.api.origin import FROM_ELSEWHERE
from proctor_app.api.scopes import KEYED
from proctor_app.domain.access import Role
from proctor_app.domain.webhook import KINDS, Kind
from proctor_app.services.report_csv import INCIDENT_COLUMNS
from tests.api import documented
from tests.api.conftest import MakeSite, Site
from tests.api.test_access import PUBLIC
from tests.webhooks import LOOPBACK, bodies, hook, receiving

DOCS = Path(__file__).parents[2] / "docs"
Document = dict[str, Any]


def medias() -> Iterator[tuple[str, str, Document]]:
    """Every JSON body and answer of every operation."""
    for key, found in documented.operations().items():
        bodies = {"body": found.get("requestBody", {})} | found["responses"]
        for where, one in bodies.items():
            media = one.get("content", {}).get("application/json")
            if media:
                yield key, where, media


def examples_of(media: Document) -> list[Any]:
    if "example" in media:
        return [media["example"]]
    return [one["value"] for one in media.get("examples", {}).values()]


def test_the_document_is_valid_by_the_standards_own_schema() -> None:
    standard = jsonschema_rs.validator_for(OPENAPI_31)

    assert [error.message for error in standard.iter_errors(documented.document())] == []
    assert not standard.is_valid({**documented.document(), "info": {}})


def test_every_route_is_an_operation_with_a_name_of_its_own(site: Site) -> None:
    routes = set(_routes(site.app))

    assert routes == set(OPERATIONS), "describe a new route in proctor_app/api/operations_*.py"
    assert routes == set(documented.operations())
    names = Counter(found["operationId"] for found in documented.operations().values())
    assert [name for name, count in names.items() if count > 1] == []
    assert all(re.fullmatch("[a-z][A-Za-z]{2,30}", name) for name in names)


def _routes(app: FastAPI) -> Iterator[str]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            yield from (
                f"{method} {context.path}" for method in (route.methods or set()) - {"HEAD"}
            )


def test_every_operation_has_summary_tags_and_described_parameters() -> None:
    for key, found in documented.operations().items():
        assert found["summary"], key
        assert set(found["tags"]) <= set(TAGS), key
        for parameter in found.get("parameters", []):
            assert parameter.get("description"), (key, parameter["name"])


def test_every_json_body_and_answer_has_an_example_and_each_is_of_its_schema() -> None:
    seen = 0
    for key, where, media in medias():
        examples = examples_of(media)
        assert examples, f"{key} {where} has no example: give one in examples.json"
        for example in examples:
            assert documented.problems(media["schema"], example) == [], (key, where)
            seen += 1
    assert seen > 300


def test_every_body_and_every_answer_that_is_text_has_an_example_of_its_schema() -> None:
    kinds = Counter[str]()
    for key, found in documented.operations().items():
        asked = found.get("requestBody", {}).get("content", {})
        answered = [one.get("content", {}) for one in found["responses"].values()]
        texts = [(kind, it) for one in answered for kind, it in one.items() if "text/" in kind]
        for kind, media in [*asked.items(), *texts]:
            examples = examples_of(media)
            assert examples, f"{key} {kind} has no example: give one in examples.json"
            for example in examples:
                assert documented.problems(media["schema"], example) == [], (key, kind)
            kinds[kind] += 1
    assert set(kinds) >= {
        "application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data",
        "text/csv", "text/html", "text/plain",
    }  # fmt: skip


def test_every_field_of_a_forms_example_stands_at_the_field_where_the_page_takes_it_from() -> None:
    """Swagger UI fills a form in by its fields' examples; a file is chosen by the reader."""
    seen = 0
    for key, found in documented.operations().items():
        for kind, media in found.get("requestBody", {}).get("content", {}).items():
            if kind not in FORMS:
                continue
            fields = _whole(media["schema"])["properties"]
            for name, value in media["example"].items():
                is_file = fields[name].get("items", fields[name]).get("format") == "binary"
                assert is_file or name not in ("file", "image"), key
                wanted = None if is_file else [value]
                assert fields[name].get("examples") == wanted, (key, name)
                seen += 1
    assert seen > 30


def _whole(schema: Document) -> Document:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Document = documented.document()["components"]["schemas"][name] if name else schema
    return found


def _body(key: str, kind: str) -> Any:
    return documented.operations()[key]["requestBody"]["content"][kind]["example"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/octet-stream"])
def test_the_files_of_the_examples_are_taken_as_exams(site: Site, kind: str) -> None:
    admin = site.world.person(Role.ADMIN)
    body = _body("POST /api/v1/exams/import", kind)

    answer = site.client.post(
        "/api/v1/exams/import",
        params={"format": "json"} if kind.endswith("json") else {"format": "gift", "title": "Geo"},
        content=json.dumps(body) if kind.endswith("json") else body,
        headers={**admin.bearer, "Content-Type": kind},
    )

    assert answer.status_code == 201, answer.text
    assert len(answer.json()["questions"]) == 3


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data"])
def test_the_files_of_the_examples_are_taken_as_rosters_and_come_out_as_documented(
    site: Site, kind: str
) -> None:
    admin = site.world.person(Role.ADMIN)
    made = site.client.post(
        "/api/v1/exams",
        data=_body("POST /api/v1/exams", "application/x-www-form-urlencoded"),
        headers=admin.bearer,
    )
    roster = f"/api/v1/exams/{made.json()['id']}/roster"
    body = _body("POST /api/v1/exams/{exam_id}/roster/import", kind)

    if kind == "text/csv":
        way = {**admin.bearer, "Content-Type": kind}
        answer = site.client.post(f"{roster}/import", content=body, headers=way)
    else:
        answer = site.client.post(f"{roster}/import", files=body, headers=admin.bearer)
    assert answer.json()["added"] == 2, answer.text
    told = documented.operations()["GET /api/v1/exams/{exam_id}/roster/export"]["responses"]["200"]
    written = site.client.get(f"{roster}/export", headers=admin.bearer).content.decode("utf-8-sig")
    assert written.replace('""', '"Ana Ruiz"', 1) == told["content"]["text/csv"]["example"]


def test_the_form_that_makes_an_exam_has_every_field_that_is_read(site: Site) -> None:
    body = _body("POST /admin/exams", "application/x-www-form-urlencoded")

    assert {*body, "duration_minutes"} == set(FORM_FIELDS)


def test_the_reports_example_has_the_columns_of_a_report() -> None:
    told = documented.operations()["GET /api/v1/attempts/{attempt_id}/report"]["responses"]["200"]

    first, second = csv.reader(io.StringIO(told["content"]["text/csv"]["example"]))
    assert tuple(first) == INCIDENT_COLUMNS
    assert len(second) == len(first)


def test_every_example_belongs_to_something() -> None:
    document = documented.document()
    known = openapi_examples.examples()

    assert set(known["schemas"]) <= set(document["components"]["schemas"])
    assert set(known["operations"]) <= {one.id for one in OPERATIONS.values()}


def test_an_example_that_is_not_of_its_schema_is_noticed() -> None:
    media = documented.operations()["GET /api/v1/auth/me"]["responses"]["200"]["content"]
    schema = media["application/json"]["schema"]

    assert documented.problems(schema, {"id": 5})


def test_every_code_an_operation_lists_is_in_the_catalogue() -> None:
    for key, one in OPERATIONS.items():
        codes = [code.partition("/") for code in one.codes.split()]
        assert len(codes) == len(set(codes)), key
        for code, _, status in codes:
            assert statuses_of(code), (key, code)
            assert not status or int(status) in statuses_of(code), (key, code)
            assert status or len(statuses_of(code)) == 1, f"{key}: say of {code} which status"


def test_who_needs_no_log_in_says_so_and_nobody_else() -> None:
    for key, found in documented.operations().items():
        path = key.partition(" ")[2]
        assert (found["security"] == []) == (path in PUBLIC), key
        assert ("401" in found["responses"]) or found["security"] == [], key


def test_what_takes_forms_from_elsewhere_refuses_no_other_site_and_everything_else_does() -> None:
    for key, found in documented.operations().items():
        method, _, path = key.partition(" ")
        told = str(found["responses"].get("403", {}))
        assert ("foreign_origin" in told) == (method != "GET" and path not in FROM_ELSEWHERE), key


def test_the_scope_of_a_key_is_named_where_one_is_taken() -> None:
    for key, found in documented.operations().items():
        method, _, path = key.partition(" ")
        named = [way["apiKey"] for way in found["security"] if "apiKey" in way]
        scope = KEYED.get((method, path))
        assert named == ([[scope.value] if scope else []] if (method, path) in KEYED else []), key


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 429, 503])
def test_errors_differ_from_operation_to_operation(status: int) -> None:
    found = {
        str(one["responses"].get(str(status), {}).get("description"))
        for one in documented.operations().values()
    }
    assert len(found) > 2
    assert ERROR_CODES[status]


def test_the_document_names_licence_version_and_no_other_host(site: Site) -> None:
    answer = site.client.get("/api/openapi.json")

    info = answer.json()["info"]
    assert (info["title"], info["version"]) == ("Proctor", __version__)
    assert info["license"]["identifier"] == "MIT"
    assert "/api/asyncapi.json" in info["description"]
    assert answer.json()["servers"] == [{"url": "/", "description": "This installation"}]
    assert answer.json() == documented.document()


def test_every_webhook_has_an_example_of_its_schema() -> None:
    hooks = documented.document()["webhooks"]

    assert set(hooks) == {kind.value for kind in Kind}
    for one in hooks.values():
        media = one["post"]["requestBody"]["content"]["application/json"]
        jsonschema_rs.validator_for(media["schema"]).validate(media["example"])


def test_what_is_sent_to_a_webhook_is_of_the_documents_schema(make_site: MakeSite) -> None:
    site = make_site(PROCTOR_OUTGOING_ALLOWED=LOOPBACK)
    world = site.world
    with receiving(world.clock) as receiver:
        hook(world, receiver)
    ana = world.person()
    site.absent(ana)
    site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer)
    proctor = world.person(Role.PROCTOR)
    site.client.post(
        "/api/v1/incidents/1/verdict", json={"verdict": "passed"}, headers=proctor.bearer
    )

    sent = bodies(world)
    assert {body["kind"] for body in sent} == {kind.value for kind in KINDS}
    for body in sent:
        jsonschema_rs.validator_for(schema(Kind(body["kind"]))).validate(body)


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
def test_the_stored_document_is_what_is_served(site: Site, name: str) -> None:
    stored = json.loads((DOCS / f"{name}.json").read_text("utf-8"))

    assert stored == site.client.get(f"/api/{name}.json").json(), "run `make api-docs`"


def test_the_asyncapi_document_is_the_one_that_is_built(site: Site) -> None:
    assert site.client.get("/api/asyncapi.json").json() == asyncapi.build()
