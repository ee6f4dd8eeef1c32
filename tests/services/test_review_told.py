"""What a candidate learns of a review before it is released to them, and what of it never."""

import io
import json
import zipfile
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.incident import Verdict
from proctor_app.errors import Invalid, ProctorError
from tests.papers import set_exam
from tests.reviewing import E, Sat, sat
from tests.world import Person, World

V = Verdict


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Paul")


@pytest.fixture
def second(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Petra")


def _archive(world: World, attempt: Sat) -> dict[str, Any]:
    made = world.services.own_data.export(attempt.who.actor)
    with zipfile.ZipFile(io.BytesIO(b"".join(made.chunks()))) as found:
        data: dict[str, Any] = json.loads(found.read("data.json"))
    return data


async def test_given_an_unreleased_verdict_then_no_refusal_and_no_answer_tells_it(
    monitored: World, proctor: Person
) -> None:
    attempt = await sat(monitored, set_exam(monitored), E.PHONE)
    reviews, sitting = monitored.services.reviews, monitored.services.sitting
    await reviews.judge_attempt(proctor.actor, attempt.id, V.VIOLATION, "I saw it.")
    ana = attempt.who.actor
    ways: list[Any] = [
        lambda: sitting.begin(ana, attempt.id),
        lambda: sitting.accept(ana, attempt.id),
        lambda: sitting.confirm_identity(ana, attempt.id, "matched"),
        lambda: sitting.submit(ana, attempt.id),
        lambda: sitting.hold(ana, attempt.id, "tab", other_is_open=False),
        lambda: sitting.paper(ana, attempt.id),
    ]

    for way in ways:
        try:
            told = str(await way())
        except ProctorError as refused:
            told = f"{refused.code} {refused.detail}"
        assert "violation" not in told


async def test_given_a_release_then_the_archive_has_what_stands_and_not_what_staff_discussed(
    monitored: World, proctor: Person, second: Person
) -> None:
    attempt = await sat(
        monitored, set_exam(monitored, reviewers=2), E.PHONE, E.PHONE, E.PRINT, E.PRINT
    )
    reviews = monitored.services.reviews
    agreed, accused, cleared, plain = attempt.incidents
    await reviews.judge(proctor.actor, agreed, V.VIOLATION, "First of two.")
    await reviews.judge(second.actor, agreed, V.VIOLATION, "Second of two.")
    await reviews.judge(proctor.actor, accused, V.VIOLATION, "One person alone.")
    await reviews.judge(proctor.actor, cleared, V.VIOLATION, "A hasty word.")
    await reviews.judge(proctor.actor, cleared, V.PASSED, "I was wrong.")
    await reviews.judge(proctor.actor, plain, V.SUSPICIOUS, "Odd.")
    await reviews.note(proctor.actor, attempt.id, "For colleagues only.")
    await reviews.release(proctor.actor, attempt.id)

    data = _archive(monitored, attempt)

    assert {row["reason"] for row in data["reviews"]} == {"Second of two.", "I was wrong.", "Odd."}
    assert all("proposed" not in row for row in data["incidents"])


async def test_given_a_release_taken_back_then_neither_page_nor_archive_tells_the_answer(
    monitored: World, proctor: Person
) -> None:
    attempt = await sat(monitored, set_exam(monitored), E.PHONE)
    services, ana = monitored.services, attempt.who.actor
    await services.reviews.release(proctor.actor, attempt.id)
    await services.appeals.make(ana, attempt.id, "Why?")
    await services.appeals.answer(proctor.actor, attempt.id, "You held a phone.", V.VIOLATION)
    assert (await services.appeals.outcome(ana, attempt.id)).appeals[0].answer
    (kept,) = _archive(monitored, attempt)["appeals"]
    assert (kept["answer"], kept["answered_by"]) == ("You held a phone.", "staff")

    await services.reviews.take_back_release(proctor.actor, attempt.id)

    (told,) = (await services.appeals.outcome(ana, attempt.id)).appeals
    assert (told.text, told.answer, told.answered_at) == ("Why?", "", None)
    (kept,) = _archive(monitored, attempt)["appeals"]
    assert (kept["text"], "answer" in kept, "answered_at" in kept) == ("Why?", False, False)
    staffs = await services.appeals.outcome(proctor.actor, attempt.id)
    assert staffs.appeals[0].answer == "You held a phone."


async def test_given_many_incidents_then_they_come_page_by_page_and_the_page_counts_the_rest(
    monitored: World, proctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await sat(monitored, set_exam(monitored), *[E.PRINT] * 5)
    services, ana = monitored.services, attempt.who.actor
    with monitored.database.write() as session:  # two began at once
        times = [session.get_one(tables.Incident, one) for one in attempt.incidents]
        times[2].opened_at = times[1].opened_at
    await services.reviews.release(proctor.actor, attempt.id)
    monkeypatch.setattr("proctor_app.services.outcomes.MAX_INCIDENTS", 2)

    found, cursor = list[int](), ""
    for _ in range(3):
        page = await services.incident_list.of(ana, attempt.id, 2, cursor)
        found += [one.incident.id for one in page.items]
        cursor = page.next

    assert (tuple(found), cursor) == (attempt.incidents, "")
    told = await services.outcomes.of(ana, attempt.id)
    assert (len(told.incidents), told.left_out) == (2, 3)
    assert told.compliance is not None
    assert told.compliance.value == attempt.row.compliance
    other = await sat(monitored, None, E.PRINT)
    first = await services.incident_list.of(proctor.actor, attempt.id, 2)
    for wrong in ("nonsense", first.next):
        with pytest.raises(Invalid):
            await services.incident_list.of(proctor.actor, other.id, 2, wrong)
