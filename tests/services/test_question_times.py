"""How long each question stood before the candidate, by what their page tells of it."""

from datetime import datetime, timedelta

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.analytics import AnalyticsRows, Scope
from proctor_app.domain.access import Role
from proctor_app.domain.browser import DEFAULT_POLICIES, Policy, SignalKind
from proctor_app.domain.exam import Level
from proctor_app.services.claims import Claim
from tests.papers import begun, browser_only, set_exam, with_
from tests.world import Person, World

AHEAD = timedelta(hours=3)
"""The candidate's clock is wrong by so much."""


class Page:
    """A candidate's page; times are in seconds since it began."""

    def __init__(self, world: World, who: Person, attempt_id: str) -> None:
        self.world, self.who, self.attempt_id = world, who, attempt_id
        self.began = world.clock()
        self._seq = 0

    def claim(self, question: object, at_s: float | None = None, kind: str = "question") -> Claim:
        """at_s: when it was, where it is sent late."""
        self._seq += 1
        when = self.world.clock() if at_s is None else self.began + timedelta(seconds=at_s)
        detail = {"question": question} if isinstance(question, str | int) else {}
        return Claim(kind, when + AHEAD, self._seq, at_s is not None, detail=detail)

    async def show(self, question: object, after_s: float = 0.0) -> None:
        self.world.clock.advance(after_s)
        await self.send(self.claim(question))

    async def send(self, *claims: Claim) -> int:
        signals = self.world.services.browser_signals
        return await signals.take(self.who.actor, self.attempt_id, claims, "page")

    @property
    def views(self) -> list[tuple[str, float | None, float | None]]:
        """Question, from and until."""
        return [
            (row.question_id.removeprefix("q-"), self._s(row.entered_at), self._s(row.left_at))
            for row in self.world.rows(tables.QuestionView)
        ]

    def _s(self, moment: datetime | None) -> float | None:
        return None if moment is None else (moment - self.began).total_seconds()


@pytest.fixture
async def page(monitored: World) -> Page:
    exam, who = set_exam(monitored, browser_only()), monitored.person()
    return Page(monitored, who, await begun(monitored, who, exam))


async def test_given_questions_one_after_the_other_then_each_has_its_time(page: Page) -> None:
    await page.show("q-single", 2)
    await page.show("q-essay", 4)
    await page.show("q-single", 3)

    assert page.views == [("single", 2, 6), ("essay", 6, 9), ("single", 9, None)]
    assert page.world.count(tables.Incident) == 0
    assert page.world.count(tables.Message) == 0


async def test_given_the_same_question_again_or_the_same_signal_then_its_time_goes_on(
    page: Page,
) -> None:
    first = page.claim("q-single")
    await page.send(first)
    await page.send(first)
    await page.show("q-single", 5)

    assert page.views == [("single", 0, None)]
    assert page.world.count(tables.BrowserEvent) == 2


async def test_given_no_question_is_shown_then_the_last_one_was_left(page: Page) -> None:
    await page.show("q-single")
    await page.show("", 5)
    await page.show("", 5)

    assert page.views == [("single", 0, 5)]


@pytest.mark.parametrize("question", ["q-of-another-exam", 7, None, "x" * 500])
async def test_given_what_is_no_question_of_the_exam_then_it_is_passed_over(
    page: Page, question: object
) -> None:
    await page.show("q-single")
    await page.show(question, 5)

    assert page.views == [("single", 0, None)]


async def test_given_an_attempt_that_ends_then_the_last_question_was_left(page: Page) -> None:
    await page.show("q-single")
    page.world.clock.advance(7)
    await page.world.services.sitting.submit(page.who.actor, page.attempt_id)

    assert page.views == [("single", 0, 7)]


async def test_given_a_pause_then_its_time_counts_for_no_question(page: Page) -> None:
    sessions, proctor = page.world.services.sessions, page.world.person(Role.PROCTOR)
    await page.show("q-single")
    page.world.clock.advance(7)
    await sessions.pause(proctor.actor, page.who.id)
    await page.show("q-essay", 5)
    assert page.views == [("single", 0, 7)]

    await sessions.resume(proctor.actor, page.who.id)
    await page.show("q-single", 1)
    assert page.views == [("single", 0, 7), ("single", 13, None)]


async def test_given_an_outage_then_the_times_between_are_the_pages_own(page: Page) -> None:
    await page.show("q-single", 10)
    page.world.clock.advance(60)
    late = [page.claim("q-essay", 20), page.claim("q-numeric", 45)]

    await page.send(*late)
    await page.show("q-short", 5)

    assert page.views == [
        ("single", 10, 20),
        ("essay", 20, 45),
        ("numeric", 45, 75),
        ("short", 75, None),
    ]


async def test_given_times_that_cannot_be_then_they_stay_between_the_last_view_and_now(
    page: Page,
) -> None:
    await page.show("q-single", 10)
    page.world.clock.advance(10)
    await page.send(page.claim("q-essay", -500), page.claim("q-numeric", 5000))

    assert page.views == [("essay", 10, 20), ("numeric", 20, None)]


async def test_given_questions_at_one_and_the_same_time_then_the_last_of_them_was_shown(
    page: Page,
) -> None:
    await page.show("q-single", 10)
    many = [page.claim(name) for name in ("q-essay", "q-numeric") * 40]
    page.world.clock.advance(10)
    await page.send(*many)
    for name in ("q-essay", "q-short") * 3:
        await page.show(name)

    assert page.views == [("single", 10, 20), ("short", 20, None)]


async def test_given_more_views_than_anybody_needs_then_no_more_are_kept(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.services.question_times._MOST", 3)
    for name in ("q-single", "q-essay", "q-single", "q-essay", "q-short"):
        await page.show(name, 1)

    assert page.views == [("single", 1, 2), ("essay", 2, 3), ("single", 3, 4)]


async def test_given_an_outage_at_the_end_then_what_was_seen_is_told_afterwards(
    page: Page,
) -> None:
    await page.show("q-single", 10)
    page.world.clock.advance(50)
    ended = await page.world.services.sitting.submit(page.who.actor, page.attempt_id)
    page.world.clock.advance(30)
    await page.send(page.claim("q-essay", 40))

    assert ended.ended_at is not None
    assert page.views == [("single", 10, 40), ("essay", 40, 60)]


async def test_given_somebody_who_sat_twice_then_they_are_one_candidate_of_the_question(
    monitored: World,
) -> None:
    exam, who = set_exam(monitored, browser_only()), monitored.person()
    with monitored.database.write() as session:
        session.get_one(tables.Exam, exam.id).attempts_allowed = 2
    for _ in range(2):
        page = Page(monitored, who, await begun(monitored, who, exam))
        await page.show("q-single", 5)
        monitored.clock.advance(5)
        await monitored.services.sitting.submit(who.actor, page.attempt_id)

    with monitored.database.read() as session:
        (found,) = AnalyticsRows(session).question_times(Scope(exam.id))

    assert (found.views, found.candidates, round(found.seconds, 1)) == (2, 1, 10.0)


async def test_given_an_exam_that_watches_nothing_then_nothing_is_kept(monitored: World) -> None:
    exam, who = set_exam(monitored, with_(level=Level.NONE)), monitored.person()
    page = Page(monitored, who, await begun(monitored, who, exam))
    await page.show("q-single")

    assert page.views == []


async def test_given_an_exam_that_names_the_signal_then_it_makes_no_incident(
    monitored: World,
) -> None:
    policies = {**DEFAULT_POLICIES, SignalKind.QUESTION: Policy.PAUSE}
    exam = set_exam(monitored, with_(browser_only(), signals=policies))
    who = monitored.person()
    page = Page(monitored, who, await begun(monitored, who, exam))
    await page.show("q-single")

    assert monitored.count(tables.Incident) == 0
    assert page.views == [("single", 0, None)]
