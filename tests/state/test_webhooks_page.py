"""The admins' page of webhooks: what it shows, asks and does."""

import pytest

from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.db.repositories.webhooks import DeliveryRows
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.domain.webhook import KINDS, Kind
from proctor_app.errors import Conflict, Invalid, NotAllowed
from proctor_app.services import outbox
from proctor_app.state.webhooks import WebhooksState
from tests.state.tabs import call, open_page
from tests.world import Person, World

FORM = {
    "url": "https://hooks.invalid/in",
    "description": "The platform",
    "exam_id": "",
    **{f"event.{kind.value}": "on" for kind in KINDS[:2]},
}


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


async def opened(admin: Person) -> WebhooksState:
    page = open_page(WebhooksState, admin.token)
    await call(page, "load")
    return page


async def with_one(admin: Person) -> WebhooksState:
    page = await opened(admin)
    await call(page, "edit", "")
    await call(page, "keep", FORM)
    return page


async def test_given_a_new_webhook_then_its_secret_is_shown_until_the_dialog_is_left(
    world: World, admin: Person
) -> None:
    page = await opened(admin)
    assert (page.webhooks, page.loaded, page.viewer) == ([], True, "Boss")
    await call(page, "edit", "")
    assert page.editing

    await call(page, "keep", {**FORM, "url": "https://10.0.0.1/"})
    assert page.editing
    assert "private address" in page.edit_problem
    await call(page, "keep", FORM)

    (shown,) = page.webhooks
    assert (page.editing, shown.health.text, shown.scope) == (
        False, "Not used yet", "All exams and free sessions",
    )  # fmt: skip
    assert shown.kinds_words == "an incident opened, an incident ended"
    assert page.secret.startswith("whsec_")
    await call(page, "leave", False)
    assert page.secret == ""


async def test_given_a_change_then_the_form_begins_with_what_is_and_no_secret_is_shown(
    world: World, admin: Person
) -> None:
    page = await with_one(admin)
    await call(page, "leave", False)
    await call(page, "edit", page.webhooks[0].id)
    assert (page.edited.url, page.edited.kinds) == (FORM["url"], [k.value for k in KINDS[:2]])

    await call(page, "keep", {**FORM, "description": "Another"})

    assert (page.webhooks[0].description, page.secret) == ("Another", "")


async def test_given_a_test_then_how_it_went_is_said_and_its_log_can_be_read(
    world: World, admin: Person
) -> None:
    page = await with_one(admin)
    target = page.webhooks[0].id

    await call(page, "test", target)
    assert page.said.startswith("The test was not taken. ")
    assert (page.said_good, page.testing) == (False, "")
    assert page.webhooks[0].health.text == "Failing"
    await call(page, "open_log", target)
    (one,) = page.deliveries
    assert (one.kind, one.state.text, one.tries, one.may_repeat) == (
        "Test", "Given up", "1 try", True,
    )  # fmt: skip
    assert one.id in one.body

    await call(page, "redeliver", one.id)
    assert [row.repeats for row in page.deliveries] == [True, False]
    await call(page, "filter_state", "failed")
    assert [row.id for row in page.deliveries] == [one.id]
    await call(page, "filter_state", "waiting")
    assert [row.state.text for row in page.deliveries] == ["Waiting"]


async def test_given_more_than_a_page_then_older_and_newer_walk_through(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.state.webhooks._PAGE", 2)
    page = await with_one(admin)
    target = page.webhooks[0].id
    with world.database.write() as session:
        rows = [outbox.message(target, Kind.TEST, world.clock(), {}) for _ in range(3)]
        DeliveryRows(session).add(rows)
    numbers = [row.id for row in world.rows(WebhookDelivery)][::-1]

    await call(page, "open_log", target)
    assert ([row.id for row in page.deliveries], page.has_next) == (numbers[:2], True)
    await call(page, "next_page")
    assert ([row.id for row in page.deliveries], page.has_next) == (numbers[2:], False)
    await call(page, "previous_page")
    assert ([row.id for row in page.deliveries], page.has_previous) == (numbers[:2], False)


async def test_given_a_question_then_it_is_done_after_a_yes_alone(
    world: World, admin: Person
) -> None:
    page = await with_one(admin)
    target, secret = page.webhooks[0].id, page.secret
    with pytest.raises(Conflict):
        await call(page, "confirm")
    await call(page, "ask", "rotate", target)
    await call(page, "confirm")
    assert page.secret not in ("", secret)

    await call(page, "open_log", target)
    await call(page, "ask", "delete", target)
    assert (page.asking, page.asked.is_grave, world.count(Webhook)) == (True, True, 1)
    await call(page, "confirm")

    assert (page.webhooks, page.opened.id) == ([], "")
    assert [one.deleted_at is not None for one in world.rows(Webhook)] == [True]
    with pytest.raises(Invalid):
        await call(page, "ask", "burn", target)


async def test_given_a_pause_then_it_shows_and_ends(world: World, admin: Person) -> None:
    page = await with_one(admin)
    await call(page, "pause", page.webhooks[0].id, True)
    assert (page.webhooks[0].is_paused, page.webhooks[0].health.text) == (True, "Paused")
    await call(page, "pause", page.webhooks[0].id, False)
    assert not page.webhooks[0].is_paused


async def test_given_no_database_then_the_page_says_so(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await opened(admin)

    def away(_actor: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(world.services.webhooks, "all", away)
    await call(page, "refresh")

    assert page.problem == DatabaseUnavailable.detail


async def test_given_a_proctor_then_the_page_shows_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        await opened(world.person(Role.PROCTOR))
