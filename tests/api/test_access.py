"""Every route, walked from the route table: refused to nobody-in-particular and to the wrong one.

A new route is walked by itself; only what is listed here is open, each with its reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from proctor_app.api.dependencies import CurrentActor
from proctor_app.domain.access import Role
from proctor_app.services.roster_files import RosterRow
from proctor_app.services.webhook_views import WebhookTerms
from tests.api.conftest import Site
from tests.api_keys import api_key
from tests.exams import publish
from tests.fakes import png

PUBLIC = {
    "/api/v1/auth/signup",  # how accounts begin
    "/api/v1/auth/login/password",  # how sessions begin
    "/login",
    "/api/v1/auth/login/face/challenge",  # the same for any e-mail
    "/api/v1/auth/login/face",
    "/login/face/session",  # takes a one-use ticket
    "/api/v1/auth/password/forgot",  # for whoever can't log in
    "/api/v1/auth/password/reset",  # the link's token says whose
    "/api/v1/health",  # says only whether the service runs
    "/lti/login",  # leads whoever comes back to the platform
    "/lti/launch",  # how a platform's people come in: a signed message says who
    "/lti/jwks",  # public keys
    "/lti/config",  # this installation's addresses
    "/api/openapi.json",  # documents of the interface itself
    "/api/asyncapi.json",
    "/api/docs",
    "/api/docs/websocket",
    "/api/docs/oauth2-redirect",
    "/api/docs-static",
    "/api/{path:path}",  # says 404
}
OWN = {
    "/api/v1/auth/me",  # about the caller, whoever it is
    "/api/v1/auth/logout",
    "/api/v1/auth/logout-all",
    "/api/v1/auth/sessions",
    "/api/v1/auth/second-factor",
    "/api/v1/auth/second-factor/confirm",
    "/api/v1/auth/second-factor/disable",
    "/api/v1/auth/password",
    "/api/v1/me/export",
    "/api/v1/me/erasure-request",
    "/api/v1/me/face",
    "/api/monitor/face_log",  # about the caller's own open attempt
    "/api/monitor/tab_event",
    "/api/proctor/events",
    "/api/v1/exams",  # what the caller may sit; making one is refused in test_exams.py
}
STAFF = {
    "/api/v1/attempts/{attempt_id}/picture",
    "/api/v1/incidents/{incident_id}/evidence/{n}",
}

BODIES = {
    "/api/v1/exams/{exam_id}/exports": {},
    "/api/v1/attempts/{attempt_id}/answers/{question_id}": {"value": "4"},
    "/api/v1/attempts/{attempt_id}/message": {"text": "Hello."},
    "/api/v1/attempts/{attempt_id}/terminate": {"reason": "Why."},
    "/api/v1/incidents/{incident_id}/verdict": {"verdict": "passed"},
    "/api/v1/attempts/{attempt_id}/verdict": {"verdict": "passed", "reason": "Fine."},
    "/api/v1/attempts/{attempt_id}/appeal": {"text": "Why?"},
    "/api/v1/attempts/{attempt_id}/appeal/answer": {"text": "So."},
    "/api/v1/exams/{exam_id}/dismissals": {"event_type": "phone", "reason": "Faulty."},
}
"""What a route must be sent before it asks who may do this; the others take no body, or none at
all is one."""


@dataclass(frozen=True, slots=True)
class Door:
    """A route and a method, with the ids of a candidate put in."""

    method: str
    template: str
    path: str


def doors(app: FastAPI, ids: dict[str, str]) -> Iterator[Door]:
    """Every method of every HTTP route; a parameter that is not known here fails the walk."""
    for context in iter_route_contexts(app.routes):
        route, template = context.original_route, context.path
        assert template is not None, route
        if isinstance(route, APIWebSocketRoute):
            continue
        path = template.replace(":path", "")
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, f"the walk has no value for a parameter of {template}"
        for method in sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD"}):
            yield Door(method, template, path)


@pytest.fixture
def ids(site: Site) -> dict[str, str]:
    """A candidate with a running attempt, an incident and its picture."""
    candidate = site.world.person()
    attempt_id = site.absent(candidate)
    (incident,) = site.client.get(
        f"/api/v1/exam/summary/{candidate.id}", headers=candidate.bearer
    ).json()["incidents"]
    assert incident["evidence_count"] == 1
    admin = site.world.person(Role.ADMIN)
    services = site.world.services
    exam = publish(site.world)
    entry = services.rosters.add(admin.actor, exam.id, RosterRow(candidate.email))
    picture = services.exam_pictures.add(admin.actor, exam.id, png())
    terms = WebhookTerms("https://hooks.example.org/in", ("attempt.finished",))
    hook = services.webhooks.create(admin.actor, terms).webhook
    return {
        "exam_id": exam.id,
        "entry_id": str(entry.id),
        "picture_id": picture.id,
        "user_id": candidate.id,
        "login_id": candidate.actor.session_id,
        "attempt_id": attempt_id,
        "incident_id": str(incident["incident_id"]),
        "n": "0",
        "question_id": "q-single",
        "export_id": "nothing",
        "platform_id": "nothing",
        "grade_id": "1",
        "dismissal_id": "none",
        "key_id": api_key(site.world, admin).view.id,
        "webhook_id": hook.id,
        "delivery_id": "none",
        "path": "nothing",
    }


def open_doors(client: TestClient, app: FastAPI, ids: dict[str, str]) -> list[str]:
    """What anybody can pass who has no session, apart from what is listed as public."""
    return [
        f"{door.method} {door.path} answered {answer.status_code}"
        for door in doors(app, ids)
        if door.template not in PUBLIC
        and (answer := client.request(door.method, door.path)).status_code != 401
    ]


def test_without_a_session_every_route_answers_401(site: Site, ids: dict[str, str]) -> None:
    assert len(list(doors(site.app, ids))) > len(PUBLIC) + len(OWN)
    assert open_doors(site.client, site.app, ids) == []


def test_the_lists_of_exceptions_name_routes_that_exist(site: Site, ids: dict[str, str]) -> None:
    assert {door.template for door in doors(site.app, ids)} >= PUBLIC | OWN | STAFF


@pytest.mark.parametrize("token", ["garbage", "eyJhbGciOiJub25lIn0.e30.", ""])
def test_with_a_wrong_token_every_route_answers_401(
    site: Site, ids: dict[str, str], token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for door in doors(site.app, ids):
        if door.template not in PUBLIC:
            answer = site.client.request(door.method, door.path, headers=headers)
            assert (door, answer.status_code) == (door, 401)


def doors_open_to_others(site: Site, ids: dict[str, str]) -> list[str]:
    """What another candidate can pass, or learn anything from."""
    other = site.world.person()
    found = []
    for door in doors(site.app, ids):
        if door.template in PUBLIC | OWN:
            continue
        body = BODIES.get(door.template)
        answer = site.client.request(door.method, door.path, headers=other.bearer, json=body)
        refused = answer.status_code in (403, 404) and set(answer.json()) == {"detail", "code"}
        if not refused or ids["user_id"] in answer.text:
            found.append(f"{door.method} {door.path} answered {answer.status_code}")
    return found


def test_another_candidate_is_refused_at_every_route(site: Site, ids: dict[str, str]) -> None:
    assert doors_open_to_others(site, ids) == []


def test_what_is_the_staffs_is_not_even_the_candidates_own(site: Site) -> None:
    candidate = site.world.person()
    attempt_id = site.absent(candidate)
    own = {"attempt_id": attempt_id, "incident_id": "1", "n": "0"}
    for template in STAFF:
        path = template
        for name, value in own.items():
            path = path.replace(f"{{{name}}}", value)
        assert site.client.get(path, headers=candidate.bearer).status_code == 403


def test_staff_may_look(site: Site, ids: dict[str, str]) -> None:
    proctor = site.world.person(Role.PROCTOR)
    for door in doors(site.app, ids):
        if door.template in STAFF:
            answer = site.client.request(door.method, door.path, headers=proctor.bearer)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
            assert "no-store" in answer.headers["cache-control"]


def test_every_websocket_refuses_a_foreign_ticket_and_none_at_all(
    site: Site, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.api.ws.AUTH_TIMEOUT_S", 0.1)
    other = site.world.person()
    sockets = [
        context.path
        for context in iter_route_contexts(site.app.routes)
        if isinstance(context.original_route, APIWebSocketRoute)
    ]
    assert sockets == ["/ws/{user_id}"]
    for query, code in (("", 4401), ("?token=garbage", 4401), (f"?token={other.token}", 4401)):
        with site.client.websocket_connect(f"/ws/{ids['user_id']}{query}") as socket:
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == code
    ticket = site.start(other)["wsConfig"]["token"]
    with site.client.websocket_connect(f"/ws/{ids['user_id']}?token={ticket}") as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 4403


def test_the_walk_notices_a_route_that_does_not_ask(site: Site, ids: dict[str, str]) -> None:
    careless = APIRouter()

    @careless.get("/careless/{user_id}")
    def show(user_id: str) -> str:
        return user_id

    site.app.include_router(careless)
    assert open_doors(site.client, site.app, ids) == [
        f"GET /careless/{ids['user_id']} answered 200"
    ]


def test_the_walk_notices_a_route_that_asks_who_but_not_whose(
    site: Site, ids: dict[str, str]
) -> None:
    careless = APIRouter()

    @careless.get("/careless/{user_id}")
    def show(user_id: str, actor: CurrentActor) -> list[str]:
        return [user_id, actor.user_id]

    site.app.include_router(careless)
    assert open_doors(site.client, site.app, ids) == []
    assert doors_open_to_others(site, ids) == [f"GET /careless/{ids['user_id']} answered 200"]
