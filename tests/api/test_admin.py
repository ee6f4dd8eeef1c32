"""People over REST: paths, fields and refusals as published."""

from typing import Any

import pytest

from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.world import HOME, PASSWORD, Person

USERS = "/api/v1/admin/users"
FIELDS = {
    "id",
    "email",
    "name",
    "role",
    "state",
    "created_at",
    "last_login_at",
    "has_face",
    "has_second_factor",
}


@pytest.fixture
def admin(site: Site) -> Person:
    return site.world.person(Role.ADMIN, "Boss")


def _get(site: Site, admin: Person, path: str = USERS, **params: str | int) -> Any:
    answer = site.client.get(path, headers=admin.bearer, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_given_people_then_the_list_gives_what_is_published_and_no_secret(
    site: Site, admin: Person
) -> None:
    ana = site.world.person(name="Ana")

    found = _get(site, admin)

    assert (found["next"], found["previous"], found["total"]) == (None, None, 2)
    one = found["items"][0]
    assert set(one) == FIELDS
    assert (one["id"], one["email"], one["name"]) == (ana.id, ana.email, "Ana")
    assert (one["role"], one["state"]) == ("student", "active")
    assert one["last_login_at"] == one["created_at"] == "2026-03-02T09:00:00.000Z"
    assert _get(site, admin, f"{USERS}/{ana.id}") == one


def test_given_more_than_a_page_then_cursors_lead_forth_and_back(site: Site, admin: Person) -> None:
    for name in ("Ana", "Ben", "Cat"):
        site.world.person(name=name)

    first = _get(site, admin, limit=2)
    second = _get(site, admin, limit=2, cursor=first["next"])

    assert [item["name"] for item in first["items"] + second["items"]] == [
        "Ana",
        "Ben",
        "Boss",
        "Cat",
    ]
    assert second["next"] is None
    again = _get(site, admin, limit=2, cursor=second["previous"])
    assert again["items"] == first["items"]


def test_given_filters_then_only_such_people_are_listed(site: Site, admin: Person) -> None:
    site.world.person(name="Ana")
    site.world.person(Role.PROCTOR, "Paula")

    assert [i["name"] for i in _get(site, admin, search="an")["items"]] == ["Ana"]
    assert [i["name"] for i in _get(site, admin, role="proctor")["items"]] == ["Paula"]
    assert _get(site, admin, state="disabled")["items"] == []
    assert [i["name"] for i in _get(site, admin, sort="-name")["items"]] == ["Paula", "Boss", "Ana"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=many",
        "sort=secret",
        "role=king",
        "state=odd",
        "cursor=made-up",
        f"search={'x' * 101}",
        f"cursor={'x' * 2001}",
    ],
)
def test_given_a_query_that_makes_no_sense_then_it_is_422(
    site: Site, admin: Person, query: str
) -> None:
    answer = site.client.get(f"{USERS}?{query}", headers=admin.bearer)

    assert answer.status_code == 422
    assert set(answer.json()) == {"detail", "code"}


def test_given_a_new_role_then_the_old_token_is_refused_at_once(site: Site, admin: Person) -> None:
    ana = site.world.person()

    answer = site.client.patch(f"{USERS}/{ana.id}", json={"role": "proctor"}, headers=admin.bearer)

    assert (answer.status_code, answer.json()["role"]) == (200, "proctor")
    assert site.client.get("/api/v1/auth/me", headers=ana.bearer).status_code == 401


def test_given_an_account_is_disabled_and_enabled_then_its_state_follows(
    site: Site, admin: Person
) -> None:
    ana = site.world.person()
    for disabled, state in ((True, "disabled"), (False, "active")):
        answer = site.client.patch(
            f"{USERS}/{ana.id}", json={"disabled": disabled}, headers=admin.bearer
        )
        assert (answer.status_code, answer.json()["state"]) == (200, state)


@pytest.mark.parametrize(
    "body", ['{"role": "king"}', '{"disabled": "perhaps"}', '{"email": "a@b.c"}', "[", "7"]
)
def test_given_a_change_that_makes_no_sense_then_it_is_422_and_nothing_changes(
    site: Site, admin: Person, body: str
) -> None:
    ana = site.world.person()

    answer = site.client.patch(
        f"{USERS}/{ana.id}",
        content=body,
        headers=admin.bearer | {"Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert site.client.get("/api/v1/auth/me", headers=ana.bearer).status_code == 200


def test_given_a_change_of_nothing_then_the_account_is_answered_as_it_is(
    site: Site, admin: Person
) -> None:
    ana = site.world.person(name="Ana")
    bodies: list[dict[str, str] | None] = [None, {}]
    for body in bodies:
        answer = site.client.patch(f"{USERS}/{ana.id}", json=body, headers=admin.bearer)
        assert (answer.status_code, answer.json()["name"]) == (200, "Ana")


@pytest.mark.parametrize("action", ["reset-face", "reset-second-factor", "end-sessions"])
def test_given_an_action_then_it_answers_the_account(
    site: Site, admin: Person, action: str
) -> None:
    ana = site.world.person()

    answer = site.client.post(f"{USERS}/{ana.id}/{action}", headers=admin.bearer)

    assert (answer.status_code, answer.json()["id"]) == (200, ana.id)
    still_in = site.client.get("/api/v1/auth/me", headers=ana.bearer).status_code == 200
    assert still_in == (action == "reset-face")


def test_given_an_erasure_then_the_person_is_gone_and_a_second_one_changes_nothing(
    site: Site, admin: Person
) -> None:
    ana = site.world.person(name="Ana")

    for _ in range(2):
        answer = site.client.delete(f"{USERS}/{ana.id}", headers=admin.bearer)
        assert (answer.status_code, answer.json()["state"]) == (200, "erased")
        assert ana.email not in answer.text
    assert [item["name"] for item in _get(site, admin)["items"]] == ["Boss"]
    assert site.client.get("/api/v1/auth/me", headers=ana.bearer).status_code == 401


def test_given_a_running_attempt_then_erasure_is_409(site: Site, admin: Person) -> None:
    ana = site.world.person()
    site.start(ana)

    answer = site.client.delete(f"{USERS}/{ana.id}", headers=admin.bearer)

    assert (answer.status_code, answer.json()["code"]) == (409, "attempt_running")


def test_given_the_last_admin_then_they_stay_one(site: Site, admin: Person) -> None:
    own = f"{USERS}/{admin.id}"
    answers = [
        site.client.patch(own, json={"role": "student"}, headers=admin.bearer),
        site.client.patch(own, json={"disabled": True}, headers=admin.bearer),
        site.client.delete(own, headers=admin.bearer),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert [answer.json()["code"] for answer in answers] == [
        "last_admin",
        "own_account",
        "own_account",
    ]


@pytest.mark.parametrize("user_id", ["nobody", "x" * 36, "%00", "../me"])
def test_given_nobody_of_this_id_then_it_is_an_error_in_our_words(
    site: Site, admin: Person, user_id: str
) -> None:
    answer = site.client.post(f"{USERS}/{user_id}/end-sessions", headers=admin.bearer)

    assert answer.status_code in (404, 422)
    assert set(answer.json()) == {"detail", "code"}


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PROCTOR])
def test_given_no_admin_then_every_route_is_403(site: Site, admin: Person, role: Role) -> None:
    person = site.world.person(role)
    for method, path in (
        ("GET", USERS),
        ("GET", f"{USERS}/{person.id}"),
        ("PATCH", f"{USERS}/{person.id}"),
        ("POST", f"{USERS}/{person.id}/reset-face"),
        ("POST", f"{USERS}/{person.id}/reset-second-factor"),
        ("POST", f"{USERS}/{person.id}/end-sessions"),
        ("DELETE", f"{USERS}/{person.id}"),
    ):
        answer = site.client.request(method, path, headers=person.bearer)
        assert (path, answer.status_code) == (path, 403)
    site.world.services.logins.log_in(person.email, PASSWORD, HOME)
