"""API keys over REST: every route, walked with a key, and what a keyed answer tells."""

from itertools import product

import pytest

from proctor_app import cookies
from proctor_app.api.scopes import KEYED
from proctor_app.db.partner_tables import ApiKey
from proctor_app.domain.access import Role
from proctor_app.domain.scopes import MEANING, Scope
from tests.api.conftest import MakeSite, Site
from tests.api.test_access import BODIES, PUBLIC, Door, doors, ids
from tests.api_keys import ALL, api_key, header
from tests.world import Person

__all__ = ["ids"]
KEYS, OWN = "/api/v1/admin/api-keys", "/api/v1/key"
LIST = "/api/v1/exams"
JUDGING = [
    ("POST", "/api/v1/incidents/{incident_id}/verdict"),
    ("POST", "/api/v1/attempts/{attempt_id}/verdict"),
    ("POST", "/api/v1/attempts/{attempt_id}/release"),
    ("POST", "/api/v1/attempts/{attempt_id}/terminate"),
    ("POST", "/api/v1/attempts/{attempt_id}/appeal"),
    ("POST", "/api/v1/attempts/{attempt_id}/appeal/answer"),
    ("POST", "/api/v1/exams/{exam_id}/dismissals"),
    ("DELETE", "/api/v1/dismissals/{dismissal_id}"),
    ("POST", "/api/v1/exams/{exam_id}/results"),
    ("POST", "/api/v1/exam/clear-logs/{user_id}"),
    ("POST", "/api/v1/exam/start/{user_id}"),
    ("POST", "/api/v1/exam/stop/{user_id}"),
    ("PUT", "/api/v1/attempts/{attempt_id}/answers/{question_id}"),
    ("POST", "/api/v1/attempts/{attempt_id}/submit"),
    ("PATCH", "/api/v1/admin/users/{user_id}"),
    ("DELETE", "/api/v1/admin/users/{user_id}"),
    ("GET", "/api/v1/auth/me"),
    ("POST", "/api/v1/auth/logout-all"),
    ("POST", "/api/v1/auth/password"),
    ("POST", "/api/v1/me/face"),
    ("GET", "/api/v1/me/export"),
    ("GET", KEYS),
    ("POST", KEYS),
    ("DELETE", f"{KEYS}/{{key_id}}"),
]


@pytest.fixture
def admin(site: Site) -> Person:
    return site.world.person(Role.ADMIN)


def _ask(site: Site, door: Door, headers: dict[str, str]) -> tuple[int, str]:
    """Status and code of the answer, empty where there is none."""
    answer = site.client.request(
        door.method, door.path, headers=headers, json=BODIES.get(door.template)
    )
    is_json = answer.headers.get("content-type", "") == "application/json"
    found = answer.json() if is_json and answer.content else {}
    return answer.status_code, found.get("code", "") if isinstance(found, dict) else ""


# --- which routes ---


def test_every_entry_of_the_table_is_a_route_and_every_scope_opens_one(
    site: Site, ids: dict[str, str]
) -> None:
    served = {(door.method, door.template) for door in doors(site.app, ids)}
    assert set(KEYED) - served == set()
    assert {scope for scope in KEYED.values() if scope} == set(Scope) == set(MEANING)
    assert not [entry for entry in KEYED if entry[1] in PUBLIC]


@pytest.mark.parametrize(("method", "template"), JUDGING)
def test_what_only_a_person_may_do_is_in_no_table(method: str, template: str) -> None:
    assert (method, template) not in KEYED


def test_a_route_that_is_not_in_the_table_refuses_a_key_with_every_scope(
    site: Site, ids: dict[str, str], admin: Person
) -> None:
    headers = header(api_key(site.world, admin))
    others = [
        door
        for door in doors(site.app, ids)
        if (door.method, door.template) not in KEYED and door.template not in PUBLIC
    ]
    assert {(door.method, door.template) for door in others} >= set(JUDGING)
    found = {door: _ask(site, door, headers) for door in others}
    assert {door: got for door, got in found.items() if got != (403, "key_not_allowed")} == {}


def test_a_route_of_the_table_asks_for_its_scope_and_opens_with_it(
    site: Site, ids: dict[str, str], admin: Person
) -> None:
    made = {
        (scope, holds): header(
            api_key(site.world, admin, tuple(s for s in ALL if (s is scope) is holds))
        )
        for scope, holds in product(Scope, (True, False))
    }
    walked = sorted(doors(site.app, ids), key=lambda door: (door.method == "DELETE", door.path))
    for door in walked:
        scope = KEYED.get((door.method, door.template))
        if scope is None:
            continue
        assert (door, _ask(site, door, made[scope, False])) == (door, (403, "scope_missing"))
        status, code = _ask(site, door, made[scope, True])
        assert (door, status not in (401, 403), code) == (
            door, True, code,
        ), f"{door} answered {status} {code}"  # fmt: skip
        assert status < 500, door


# --- how a key is shown ---


def test_a_key_counts_in_its_header_alone(site: Site, admin: Person) -> None:
    key, ask = api_key(site.world, admin).key, site.client.get
    assert ask(LIST, headers={"X-API-Key": key}).status_code == 200
    assert ask(LIST, headers={"X-API-Key": f" {key} "}).status_code == 200
    for wrong in (
        ask(LIST, params={"api_key": key, "X-API-Key": key, "token": key}),
        ask(LIST, headers={"cookie": f"{cookies.NAME}={key}; X-API-Key={key}"}),
        ask(LIST, headers={"authorization": f"Bearer {key}"}),
        ask(LIST, headers={"X-API-Key": ""}),
        ask(LIST, headers={"X-API-Key": key[:-1]}),
    ):
        assert wrong.status_code == 401
        assert "ratelimit-limit" not in wrong.headers
    codes = [
        ask(LIST, headers=headers).json()["code"]
        for headers in (
            {"X-API-Key": key, **admin.bearer},
            [("X-API-Key", key), ("X-API-Key", key)],
        )
    ]
    assert codes == ["two_credentials", "two_credentials"]


def test_a_key_beats_a_cookie_and_lends_it_nothing(site: Site, admin: Person) -> None:
    made = api_key(site.world, admin, (Scope.EXAMS_READ,))
    cookie = {"cookie": f"{cookies.NAME}={admin.token}"}
    answer = site.client.get("/api/v1/admin/users", headers={**header(made), **cookie})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_key_opens_no_websocket_and_no_other_site_may_send_one(
    make_site: MakeSite,
) -> None:
    allowed = "https://lms.example.org"
    site = make_site(PROCTOR_ALLOWED_ORIGINS=allowed)
    asked = {"origin": allowed, "access-control-request-method": "GET"}
    wanted = {"access-control-request-headers": "x-api-key"}
    answer = site.client.options(LIST, headers={**asked, **wanted})
    assert answer.status_code == 400
    admin = site.world.person(Role.ADMIN)
    key = api_key(site.world, admin).key
    with site.client.websocket_connect(f"/ws/{admin.id}?token={key}") as socket:
        assert socket.receive()["code"] == 4401


@pytest.mark.parametrize("who", ["revoked", "demoted"])
def test_a_key_that_is_over_says_so(site: Site, admin: Person, who: str) -> None:
    boss, made = site.world.person(Role.ADMIN), api_key(site.world, admin)
    if who == "revoked":
        answer = site.client.delete(f"{KEYS}/{made.view.id}", headers=boss.bearer)
        assert (answer.status_code, answer.json()["state"]) == (200, "revoked")
    else:
        path, change = f"/api/v1/admin/users/{admin.id}", {"role": "proctor"}
        assert site.client.patch(path, headers=boss.bearer, json=change).status_code == 200
    answer = site.client.get(LIST, headers=header(made))
    assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")


# --- how much ---


def test_keyed_answers_tell_what_is_left_also_where_they_refuse(site: Site, admin: Person) -> None:
    headers = header(api_key(site.world, admin, (Scope.EXAMS_READ,), per_minute=4))

    def asked(path: str) -> tuple[int, str, str, bool]:
        answer = site.client.get(path, headers=headers)
        told = answer.headers
        resets = 1 <= int(told["ratelimit-reset"]) <= 60
        return answer.status_code, told["ratelimit-limit"], told["ratelimit-remaining"], resets

    assert asked(LIST) == (200, "4", "3", True)
    assert asked("/api/v1/admin/users") == (403, "4", "2", True)
    assert asked(f"{LIST}/nothing") == (404, "4", "1", True)
    assert asked(f"{LIST}?limit=x") == (422, "4", "0", True)
    assert asked(LIST) == (429, "4", "0", True)
    answer = site.client.get(LIST, headers=headers)
    assert answer.json()["code"] == "rate_limited"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert "ratelimit-limit" not in site.client.get(LIST, headers=admin.bearer).headers


def test_a_quota_that_is_used_up_says_when_it_begins_anew(site: Site, admin: Person) -> None:
    made = api_key(site.world, admin, (Scope.EXAMS_READ,), per_day=2)
    own = site.client.get(OWN, headers=header(made)).json()
    assert (own["id"], own["used_today"], own["per_day"]) == (made.view.id, 1, 2)
    assert (own["scopes"], "key" in own) == (["exams:read"], False)
    assert site.client.get("/api/v1/wall/pictures", headers=header(made)).status_code == 403
    assert site.client.get(LIST, headers=header(made)).status_code == 200
    answer = site.client.get(LIST, headers=header(made))
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_used_up")
    assert 1 <= int(answer.headers["retry-after"]) <= 86_400


def test_a_large_change_counts_once(site: Site, admin: Person, ids: dict[str, str]) -> None:
    made = api_key(site.world, admin, (Scope.EXAMS_WRITE,), per_minute=9)
    path = f"/api/v1/exams/{ids['exam_id']}"
    answer = site.client.patch(path, headers=header(made), json={"title": "Another"})
    assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (200, "8")
    assert site.world.services.api_keys.one(admin.actor, made.view.id).used_today == 1


# --- the admins' routes ---


def test_an_admin_makes_a_key_that_is_shown_once(site: Site, admin: Person) -> None:
    body = {"name": "LMS", "scopes": ["rosters:write", "exams:read"], "expires_in_days": 30}
    answer = site.client.post(KEYS, headers=admin.bearer, json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["scopes"], made["per_minute"]) == (["exams:read", "rosters:write"], 120)
    listed = site.client.get(KEYS, headers=admin.bearer)
    assert made.pop("key") not in listed.text
    assert listed.json()["items"] == [made]
    (row,) = site.world.rows(ApiKey)
    assert row.expires_at is not None
    assert (row.expires_at - row.created_at).days == 30


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["verdicts:write"]},
        {"name": "x", "scopes": ["exams:read"], "per_minute": 0},
        {"name": "x", "scopes": ["exams:read"], "owner_id": "somebody"},
        {"name": "\u0000", "scopes": ["exams:read"]},
    ],
)
def test_what_no_key_can_have_is_422(site: Site, admin: Person, body: dict[str, object]) -> None:
    answer = site.client.post(KEYS, headers=admin.bearer, json=body)
    assert (answer.status_code, set(answer.json())) == (422, {"detail", "code"})
    assert site.world.rows(ApiKey) == []


def test_a_proctor_is_refused_and_an_unknown_key_is_404(site: Site, admin: Person) -> None:
    proctor = site.world.person(Role.PROCTOR)
    body = {"name": "x", "scopes": ["exams:read"]}
    assert site.client.get(KEYS, headers=proctor.bearer).status_code == 403
    assert site.client.post(KEYS, headers=proctor.bearer, json=body).status_code == 403
    assert site.client.delete(f"{KEYS}/nothing", headers=admin.bearer).status_code == 404
    assert site.client.get(OWN, headers=admin.bearer).json()["code"] == "no_key"
