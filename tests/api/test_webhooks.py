"""Webhooks over REST: what is published, and the secret once alone."""

from typing import Any

import pytest

from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.world import Person

HOOKS = "/api/v1/admin/webhooks"
BODY = {"url": "https://hooks.example.org/in", "events": ["attempt.finished", "incident.opened"]}
FIELDS = {
    "id", "url", "events", "description", "exam_id", "created_at", "updated_at", "paused_at",
    "failing_since", "problem", "waiting", "last_delivered_at", "last_status_code",
}  # fmt: skip


@pytest.fixture
def admin(site: Site) -> Person:
    return site.world.person(Role.ADMIN)


def _ask(
    site: Site, who: Person, method: str, path: str = "", /, **body: object
) -> tuple[int, Any]:
    answer = site.client.request(method, f"{HOOKS}{path}", headers=who.bearer, json=body or None)
    return answer.status_code, answer.json() if answer.content else None


def test_given_a_webhook_then_it_is_made_shown_changed_and_deleted(
    site: Site, admin: Person
) -> None:
    status, made = _ask(site, admin, "POST", **BODY)
    assert (status, set(made)) == (201, FIELDS | {"secret"})
    assert made["events"] == ["incident.opened", "attempt.finished"]
    path = f"/{made['id']}"

    status, listed = _ask(site, admin, "GET")
    assert (status, [set(one) for one in listed["items"]]) == (200, [FIELDS])
    status, changed = _ask(site, admin, "PATCH", path, description="The platform", paused=True)
    assert (status, changed["description"], changed["url"]) == (200, "The platform", BODY["url"])
    assert changed["paused_at"]
    status, rotated = _ask(site, admin, "POST", f"{path}/secret")
    assert status == 200
    assert rotated["secret"] not in ("", made["secret"])
    assert _ask(site, admin, "DELETE", path) == (204, None)
    assert _ask(site, admin, "PATCH", path, paused=False)[0] == 404


def test_given_a_test_that_can_not_be_sent_then_its_outcome_is_the_answer(
    site: Site, admin: Person
) -> None:
    _, made = _ask(site, admin, "POST", url="https://hooks.invalid/in", events=["verdict.given"])
    path = f"/{made['id']}"

    status, tested = _ask(site, admin, "POST", f"{path}/test")

    assert (status, tested["kind"], tested["state"]) == (200, "test", "failed")
    assert (tested["status_code"], tested["body"]["id"]) == (None, tested["id"])
    assert tested["problem"]
    status, page = _ask(site, admin, "GET", f"{path}/deliveries?state=failed")
    assert (status, [one["id"] for one in page["items"]], page["next"]) == (
        200,
        [tested["id"]],
        None,
    )
    status, again = _ask(site, admin, "POST", f"{path}/deliveries/{tested['id']}/redeliver")
    assert (status, again["repeats"], again["state"]) == (201, tested["id"], "waiting")
    status, refused = _ask(site, admin, "POST", f"{path}/deliveries/{again['id']}/redeliver")
    assert (status, refused["code"]) == (409, "delivery_waiting")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**BODY, "url": "http://hooks.example.org/"}, "url_not_https"),
        ({**BODY, "url": "https://127.0.0.1/"}, "address_private"),
        ({**BODY, "events": ["lunch"]}, "event_unknown"),
        ({**BODY, "events": []}, "invalid_request"),
        ({**BODY, "exam_id": "none"}, "exam_unknown"),
        ({**BODY, "secret": "mine"}, "invalid_request"),
    ],
)
def test_given_what_makes_no_sense_then_it_is_refused(
    site: Site, admin: Person, body: dict[str, object], code: str
) -> None:
    status, refused = _ask(site, admin, "POST", **body)
    assert (status, refused["code"]) == (422, code)


def test_given_a_proctor_then_not_even_the_list_is_shown(site: Site) -> None:
    proctor = site.world.person(Role.PROCTOR)
    assert _ask(site, proctor, "GET")[0] == 403
    assert _ask(site, proctor, "POST", **BODY)[0] == 403
