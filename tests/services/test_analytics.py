"""The analytics: whose figures they are, and that they are the database's own sums."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.analytics import AnalyticsRows, Scope, Standing
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.analytics import HEAT_ROWS, Analytics, Span, Subject
from proctor_app.services.shelf import Shelf
from tests.crowds import START, Crowd, fill
from tests.fakes import FakeClock
from tests.papers import SetExam, assign, set_exam
from tests.world import Person, World

_LATER = timedelta(minutes=150)


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR)


@pytest.fixture
def crowd(world: World) -> Crowd:
    """Forty attempts of an exam that is over, with sixteen incidents each on average."""
    found = Crowd("big", 40, 16, START, judged=0.4)
    fill(world.database, found)
    fill(world.database, Crowd("other", 1, 10, START))
    world.clock.now = START + _LATER
    return found


@pytest.fixture
def analytics(world: World) -> Analytics:
    return world.services.analytics


def _incidents(world: World, prefix: str) -> list[tables.Incident]:
    return [row for row in world.rows(tables.Incident) if row.attempt_id.startswith(prefix)]


_BIG = Subject("big")


async def test_given_an_exam_then_the_counts_are_its_attempts_own(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    found = (await analytics.standing(proctor.actor, _BIG)).value

    incidents = _incidents(world, "big-")
    assert (found.attempts, found.running) == (40, 0)
    assert found.incidents == len(incidents)
    assert found.to_review == sum(one.verdict == "not_reviewed" for one in incidents)
    assert found.compliance is not None
    scores = [row.compliance for row in world.rows(tables.Attempt) if row.exam_id == "big"]
    assert found.compliance == pytest.approx(sum(scores) / 40, abs=0.01)


async def test_given_incidents_then_each_is_counted_in_the_time_it_opened(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    found = (await analytics.over_time(proctor.actor, _BIG)).value

    incidents = _incidents(world, "big-")
    expected = Counter(one.event_type for one in incidents)
    assert {one.event_type.value: one.total for one in found.series} == expected
    assert [one.total for one in found.series] == sorted(expected.values(), reverse=True)
    begin, step = found.times[3], timedelta(seconds=found.step_s)
    then = sum(begin <= one.opened_at < begin + step for one in incidents)
    assert sum(one.counts[3] for one in found.series) == then


async def test_given_verdicts_then_a_rules_false_alarms_are_the_dismissed_of_the_judged(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    rules = {
        one.event_type: one for one in (await analytics.over_time(proctor.actor, _BIG)).value.rules
    }

    gaze = [one for one in _incidents(world, "big-") if one.event_type == "gaze_off_screen"]
    found = rules[EventType.GAZE_OFF_SCREEN]
    assert found.incidents == len(gaze)
    assert found.judged == sum(one.verdict != "not_reviewed" for one in gaze) > 0
    assert found.dismissed == sum(one.verdict == "passed" for one in gaze)
    assert found.low < found.dismissed / found.judged < found.high


async def test_given_attempts_then_each_lies_in_one_step_of_compliance(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    found = (await analytics.compliance(proctor.actor, _BIG)).value

    scores = [row.compliance for row in world.rows(tables.Attempt) if row.exam_id == "big"]
    expected = Counter(min(19, int(score // 5)) for score in scores)
    assert {step: count for step, count in enumerate(found) if count} == expected


async def test_given_many_candidates_then_the_riskiest_come_first_and_the_others_on_the_next_page(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    first = (await analytics.heat(proctor.actor, _BIG)).value
    second = (await analytics.heat(proctor.actor, _BIG, HEAT_ROWS)).value

    rows = [*first.rows, *second.rows]
    assert (len(first.rows), first.has_next, second.has_next) == (HEAT_ROWS, True, False)
    assert len({row.candidate.attempt_id for row in rows}) == 40
    scores = [row.candidate.compliance for row in rows]
    assert scores == sorted(scores)
    assert all(sum(row.incidents) == row.candidate.incidents for row in rows)


async def test_given_questions_then_their_time_and_incidents_that_opened_before_them_are_summed_up(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    found = (await analytics.questions(proctor.actor, _BIG)).value

    views = [v for v in world.rows(tables.QuestionView) if v.attempt_id.startswith("big-")]
    opened: dict[str, list[datetime]] = {}
    for incident in _incidents(world, "big-"):
        opened.setdefault(incident.attempt_id, []).append(incident.opened_at)
    mine = [(v, v.left_at) for v in views if v.question_id == "q3" and v.left_at]
    seconds = sum((left - view.entered_at).total_seconds() for view, left in mine)
    third = found[2]
    assert [one.number for one in found] == sorted(one.number or 0 for one in found)
    assert (third.number, third.text, third.candidates) == (3, "Question number 3?", 40)
    assert third.mean_s == pytest.approx(seconds / 40, abs=0.01)
    assert third.incidents == sum(
        view.entered_at <= at < left for view, left in mine for at in opened[view.attempt_id]
    )


async def test_given_two_peoples_verdicts_then_the_last_word_of_each_is_compared(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    found = (await analytics.agreement(proctor.actor, _BIG)).value

    last: dict[int, dict[str, str]] = {}
    for review in world.rows(tables.Review):
        if review.attempt_id.startswith("big-") and review.incident_id is not None:
            last.setdefault(review.incident_id, {})[review.reviewer_id] = review.verdict
    twice = [tuple(sorted(said.values())) for said in last.values() if len(said) == 2]
    assert found.pairs == Counter(twice)
    assert (found.total, found.agreed) == (len(twice), sum(a == b for a, b in twice))
    assert found.kappa is not None
    assert 0.0 < found.kappa < 1.0


async def test_given_somebody_took_their_verdict_back_then_it_is_compared_with_nothing(
    world: World, proctor: Person, analytics: Analytics
) -> None:
    fill(world.database, Crowd("big", 1, 10, START, judged=0.0))
    incident = _incidents(world, "big-")[0]
    with world.database.write() as session:
        for kind, who, verdict in (
            ("first", "a", "passed"),
            ("bulk", "b", "violation"),
            ("first", "b", "passed"),
            ("bulk", "c", "violation"),
            ("undo", "c", "not_reviewed"),
        ):
            review = tables.Review(
                attempt_id=incident.attempt_id, incident_id=incident.id, reviewer_id=who,
                kind=kind, verdict=verdict, at=START,
            )  # fmt: skip
            session.add(review)
            session.flush()

    found = (await analytics.agreement(proctor.actor, _BIG)).value

    assert found.pairs == {("passed", "passed"): 1}


async def test_given_free_sessions_then_they_are_apart_from_exams_and_ask_nothing(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    fill(world.database, Crowd(None, 2, 10, START))

    assert (await analytics.standing(proctor.actor, Subject())).value.attempts == 2
    assert (await analytics.questions(proctor.actor, Subject())).value == ()


async def test_given_a_span_then_older_attempts_are_left_out(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics
) -> None:
    world.clock.now = START + timedelta(days=2)

    assert (await analytics.standing(proctor.actor, Subject("big", Span.DAY))).value.attempts == 0
    assert (await analytics.standing(proctor.actor, Subject("big", Span.WEEK))).value.attempts == 40


async def test_given_nobody_sat_then_every_figure_is_empty(
    world: World, proctor: Person, analytics: Analytics
) -> None:
    about = Subject(set_exam(world).id)

    assert (await analytics.standing(proctor.actor, about)).value.compliance is None
    assert (await analytics.over_time(proctor.actor, about)).value.times == ()
    assert sum((await analytics.compliance(proctor.actor, about)).value) == 0
    assert (await analytics.heat(proctor.actor, about)).value.rows == ()
    assert (await analytics.questions(proctor.actor, about)).value == ()
    assert (await analytics.agreement(proctor.actor, about)).value.kappa is None


async def test_given_exams_then_a_proctor_may_choose_those_they_watch_and_the_last_sat_comes_first(
    world: World, proctor: Person, analytics: Analytics
) -> None:
    for number, name in enumerate(("mine", "everybodys", "anothers")):
        fill(world.database, Crowd(name, 1, 10, START + timedelta(days=number)))
    set_exam(world)  # nobody sat it
    for name, who in (("mine", proctor), ("anothers", world.person(Role.PROCTOR))):
        assign(world, SetExam(name, "", ""), who)

    found = await analytics.choices(proctor.actor)
    everything = await analytics.choices(world.person(Role.ADMIN).actor)

    assert {exam.id for exam in found.exams} == {"mine", "everybodys"}
    assert found.first == "everybodys"
    assert {exam.id for exam in everything.exams} == {"mine", "everybodys", "anothers"}
    assert everything.first == "anothers"


_ASKED = ("standing", "over_time", "compliance", "heat", "questions", "agreement")


@pytest.mark.parametrize("name", _ASKED)
async def test_figures_are_those_of_people_who_watch_the_exam(world: World, name: str) -> None:
    exam = set_exam(world)
    assigned, other = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    assign(world, exam, assigned)
    ask = getattr(world.services.analytics, name)

    await ask(assigned.actor, Subject(exam.id))
    for nobody in (other, world.person(Role.STUDENT)):
        with pytest.raises(NotAllowed):
            await ask(nobody.actor, Subject(exam.id))
    with pytest.raises(NotAllowed):
        await ask(world.person(Role.STUDENT).actor, Subject())
    with pytest.raises(NotFound):
        await ask(assigned.actor, Subject("none"))


async def test_given_a_candidate_then_neither_choices_nor_health_are_theirs(
    world: World, analytics: Analytics
) -> None:
    candidate = world.person(Role.STUDENT).actor
    with pytest.raises(NotAllowed):
        await analytics.choices(candidate)
    with pytest.raises(NotAllowed):
        await analytics.health(candidate)


async def test_given_many_who_ask_at_once_then_one_finds_it_for_all_and_no_thread_waits() -> None:
    clock, go_on, found = FakeClock(), asyncio.Event(), []
    shelf = Shelf(clock)

    async def find() -> int:
        await go_on.wait()
        found.append(1)
        return len(found)

    asking = [asyncio.create_task(shelf.get("it", find)) for _ in range(8)]
    await asyncio.sleep(0)
    asking[0].cancel()  # whoever began it leaves
    go_on.set()
    answers = [one.value for one in await asyncio.gather(*asking[1:])]
    assert (answers, len(found)) == ([1] * 7, 1)

    clock.advance(6)
    assert (await shelf.get("it", find)).value == 2


async def test_given_what_took_long_to_find_then_it_is_kept_for_longer() -> None:
    clock = FakeClock()
    shelf = Shelf(clock)
    found: list[int] = []

    async def find() -> int:
        found.append(1)
        clock.advance(2)
        return len(found)

    await shelf.get("it", find)
    clock.advance(30)
    assert (await shelf.get("it", find)).value == 1
    clock.advance(15)
    assert (await shelf.get("it", find)).value == 2


async def test_given_a_search_that_failed_then_the_next_one_tries_again() -> None:
    shelf = Shelf(FakeClock())

    async def fail() -> int:
        raise NotFound("none", "None.")

    async def find() -> int:
        return 7

    with pytest.raises(NotFound):
        await shelf.get("it", fail)
    assert (await shelf.get("it", find)).value == 7


async def test_given_searches_that_take_long_then_everybody_elses_threads_are_free(
    world: World, crowd: Crowd, proctor: Person, analytics: Analytics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    begun, go_on = threading.Semaphore(0), threading.Event()
    real = AnalyticsRows.standing

    def slow(rows: AnalyticsRows, scope: Scope) -> Standing:
        begun.release()
        assert go_on.wait(15)
        return real(rows, scope)

    monkeypatch.setattr(AnalyticsRows, "standing", slow)
    common = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(common)
    spans = [Subject("big", span) for span in Span] * 4

    asking = [asyncio.create_task(analytics.standing(proctor.actor, one)) for one in spans]
    assert await asyncio.to_thread(begun.acquire, timeout=15)
    threads = {t.name.rpartition("_")[0] for t in threading.enumerate()}
    elsewhere = await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 15)
    still_asking = not any(one.done() for one in asking)
    go_on.set()
    await asyncio.gather(*asking)

    assert (elsewhere, still_asking) == ("free", True)
    assert "analytics" in threads
